"""Secrets that hold a document: the experiment of TC502 about the forms in which Prefect hands one to a task.

A local secret is stored as JSON text. Where Prefect's configuration reads it, the run context has the document itself, unless
there is a true, false or null in it; put into the context by hand, it has the text. `Secret(name).get()` gives the document
either way. Stored as documented it must work: a task that parses once more what is parsed already is in breach. One that reads
the context itself, and finds the document there, is not, though it cannot use a text that somebody puts there by hand.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.chain import Origin, arrivals, candidates, given, secrets_of, sent
from taskcontract.model import Case, Finding, Observation, TaskSpec
from taskcontract.source import file_of

DOCUMENTS: Final = "documents in secrets"
"""The subject."""
UNUSED: Final = "taskcontract_unused"
"""A key that no task asks for: where its value turns up, the document was handed on whole."""
MOST_KEYS, MOST_ROUNDS = 40, 8
Form = Literal["document", "text", "text within text"]
_MISUSE = ("TypeError", "AttributeError")


@dataclass(frozen=True, slots=True)
class Tried:
    """A run with the secret in one form. `works` is whether it took values out of the document, `whole` handed it on."""

    case: Case
    seen: Observation
    works: bool
    whole: bool


def judge(bench: Bench) -> Finding | None:
    """The finding about all secrets that the task takes apart; None where there is none."""
    fine, unclear = [], ""
    for name, case, others in _asked(bench):
        document, text, twice = (_tried(bench, name, case, others, form) for form in _FORMS)
        if document.whole or text.whole:
            continue
        if not document.works and (text.works or twice.works):
            if _misused(document.seen) and bench.steady(document.case, document.seen):
                return _broken(bench, name, document)
            unclear = unclear or f"the secret {name}, given as a document: the run {telling.ending(document.seen)}"
        elif document.works:
            fine.append(name if text.works else f"{name} (not as text that is put into the run context by hand)")
    if unclear:
        return unproven(DOCUMENTS, unclear, "`Secret(name).get()`, which gives the document either way")
    return (
        holds(DOCUMENTS, f"used as the document that the configuration gives: {', '.join(fine)}", 2 * len(fine))
        if fine
        else None
    )


_FORMS: Final[tuple[Form, ...]] = ("document", "text", "text within text")


def _misused(seen: Observation) -> bool:
    return seen.outcome.kind == "raised" and any(seen.outcome.is_a(error) for error in _MISUSE)


def _broken(bench: Bench, name: str, tried: Tried) -> Finding:
    return violated(
        DOCUMENTS,
        f"the secret {name} holds a document, and the run {telling.ending(tried.seen)}",
        expected=f"the document is used as `Secret({name!r}).get()` gives it",
        actual=telling.ending(tried.seen),
        fix=f"{telling.place_of_run(bench.spec)}: take what `Secret({name!r}).get()` gives as it is; it is parsed already",
        reproduce=reproduce.alone(tried.case, "seen.outcome.kind != 'raised'"),
        cases=(tried.case,),
        examples=2,
    )


# --- which secrets ---------------------------------------------------------------------------------------------------


def _asked(bench: Bench) -> Iterator[tuple[str, Case, tuple[str, ...]]]:
    """Each secret that is asked for, with the first case in which it is, and the other secrets that are asked for there."""
    full = bench.baseline.full
    given_up = [name for name in candidates(bench.spec) if name in full.values]
    known: set[str] = set()
    for config in (full, *(full.setting(name, None) for name in given_up)):
        case = config.case(everywhere=True)
        asked = secrets_of(bench(case))
        for name in asked:
            if name not in known and re.fullmatch(r"[\w.-]+", name):  # and no document that was taken for a name
                known.add(name)
                yield name, case, tuple(other for other in asked if other != name)


# --- what is planted -------------------------------------------------------------------------------------------------


def _tried(bench: Bench, name: str, case: Case, others: tuple[str, ...], form: Form) -> Tried:
    """The run with the secret in this form, with every key that it was seen to ask for."""
    keys = [*_keys_seen(bench, name, case, others), *_keys_written(bench.spec)]
    for _ in range(MOST_ROUNDS):
        tried = _once(bench, name, case, others, form, tuple(dict.fromkeys(keys))[:MOST_KEYS])
        missing = _missing(tried.seen)
        if not missing or missing in keys:
            break
        keys.insert(0, missing)
    return tried


def _once(bench: Bench, name: str, case: Case, others: tuple[str, ...], form: Form, keys: tuple[str, ...]) -> Tried:
    values = {key: f"value-of-{name}-{number}-end" for number, key in enumerate(keys)}
    decoy = f"unused-in-{name}"
    text = json.dumps({**values, UNUSED: decoy})
    stored = given(case, [Origin("secret", name, (), json.dumps(text) if form == "text within text" else text)], others)
    stored = stored.with_(tables=(name,)) if form == "document" else stored
    seen = bench(stored)
    whole = bool(arrivals(seen, [Origin("secret", name, (decoy,))]))
    works = any(arrivals(seen, [Origin("secret", name, tuple(values.values()))])) if values else False
    return Tried(stored, seen, works and not whole, whole)


def _keys_seen(bench: Bench, name: str, case: Case, others: tuple[str, ...]) -> list[str]:
    """The keys that turn up of a secret that has every key."""
    seen = bench(given(case, [Origin("secret", name, ())], others))
    return re.findall(rf"secret-of-{re.escape(name)}-(\w+)", "\n".join(sent(seen).values()))


def _keys_written(spec: TaskSpec) -> list[str]:
    """The texts that the task's module, and those it takes helpers from, take something out of something with."""
    file = file_of(spec.ref.file)
    nodes = list(ast.walk(file.tree)) if file is not None else []
    helpers = dict.fromkeys(n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module and _near(n.module, spec))
    for name in helpers:
        helper = file_of(getattr(sys.modules.get(name), "__file__", None))
        nodes += ast.walk(helper.tree) if helper is not None else ()
    found = []
    for node in nodes:
        if isinstance(node, ast.Subscript):
            found.append(node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
            found += node.args[:1]
    return [key.value for key in found if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def _near(module: str, spec: TaskSpec) -> bool:
    """Whether a module is of the same library as the task, and not the whole library at once."""
    return "." in module and module.partition(".")[0] == spec.ref.module.partition(".")[0]


def _missing(seen: Observation) -> str:
    """The key that a run ended for want of, or ''."""
    found = re.fullmatch(r"'([\w.-]+)'", seen.outcome.text) if seen.outcome.is_a("KeyError") else None
    return found[1] if found else ""
