"""TC304: an argument left out never reaches the outside as None."""

from __future__ import annotations

import re
from typing import Any

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.leaves import leaves
from taskcontract.clauses.leaving import as_text, leave_out, null_in_place, verb
from taskcontract.clauses.tc301 import droppable
from taskcontract.model import Case, Effect, Finding, Observation, TaskSpec

HOST = "host: "


class NoneNeverLeaks(Clause):
    """An argument left out never reaches the outside as the text `None`, or, where it is required, as null.

    `"token {}".format(token)` sends `Authorization: token None`; `f"/repos/{owner}"` asks for a repository called None;
    services answer with puzzling errors, or with somebody else's data.

    Judged by leaving each optional argument out at both places and reading everything that left the task: URLs, headers
    (Basic credentials decoded), bodies, command lines, arguments of client calls. The text `None` is a breach where the
    value itself stands when it is given; null in a body or in a client's call only where documentation or declaration say
    that the argument is required.
    """

    code, slug = "TC304", "none-never-leaks"
    nothing = "no argument can be left out at both places"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return droppable(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = leave_out(bench, subject)
        pairs = [(found.given, found.without)]
        if subject not in bench.baseline.minimal.values:
            narrow = bench.baseline.minimal
            value = bench.baseline.full.values.get(subject)
            if value is not None and narrow.values != bench.baseline.full.values:
                pairs.append((narrow.setting(subject, value).case(everywhere=True), narrow.case(everywhere=True)))
        looked = 0
        for given, without in pairs:
            seen_given, seen = bench(given), bench(without)
            leak = _leak(bench, subject, given, seen_given, seen)
            if leak is not None and bench.steady(without, seen):
                return self._leaked(bench, subject, given, without, leak)
            told = seen_given.reached and as_text(dict((*given.init, *given.call)).get(subject)) is not None
            if not told and _mentions_none(seen):
                continue  # None is there, and whether it stands for this argument cannot be told
            stopped = seen.outcome.kind == "raised" and seen_given.trace != seen.trace and seen_given.reached
            if seen.reached or stopped or (seen.outcome.is_a("ValueError") and seen_given.trace != seen.trace):
                looked += 1
        if looked:
            return holds(subject, "left out, it shows nowhere as None in what leaves the task", looked)
        return unproven(subject, found.why or f"left out, the run {telling.ending(found.seen)}", settle_by_values(subject))

    def _leaked(self, bench: Bench, subject: str, given: Case, without: Case, leak: tuple[Effect, str, Any, Any]) -> Finding:
        effect, place, expected, actual = leak
        path = re.sub(r"\[\d+\] ", "", place)
        sent = "null" if actual is None else telling.short(actual)
        return violated(
            subject,
            f"without `{subject}`, {telling.usage(without)} sends {path}{sent} in {effect.what[:160]}",
            expected=f"nothing in place of {telling.short(expected)}, or ValueError",
            actual=f"{path}{sent}",
            fix=f"{telling.place_of_run(bench.spec)}: leave out what depends on `{subject}` when it is None, "
            "or raise ValueError",
            reproduce=reproduce.alone(without, f"{_written(actual)} not in repr(seen.effects)"),
            cases=(without, given),
            examples=2,
        )


def _mentions_none(seen: Observation) -> bool:
    return any(isinstance(leaf, str) and "None" in leaf for e in seen.effects for _, leaf in leaves(e.detail))


def _leak(bench: Bench, subject: str, given: Case, one: Observation, two: Observation) -> tuple[Effect, str, Any, Any] | None:
    """An effect of the run without the argument that has None just where, with the argument, its value stands."""
    text = as_text(dict((*given.init, *given.call)).get(subject))
    required = subject in bench.spec.declared.get("required", ()) or any(bench.spec.about("required", subject))
    if text is None or not two.effects:
        return None
    empty = null_in_place(text, one, two) if required else None
    if empty is not None:
        return *empty, text, None
    for effect in two.effects:
        before = [dict(leaves(e.detail)) for e in one.effects if e.kind == effect.kind and verb(e.what) == verb(effect.what)]
        for path, leaf in leaves(effect.detail):
            for known in before:
                filled = known.get(path)
                if isinstance(leaf, str) and isinstance(filled, str) and leaf != filled and _filled(path, leaf, text) == filled:
                    return effect, path, filled, leaf
    return None


def _written(actual: Any) -> str:
    """How a leaf is found in the `repr` of the effects, as an expression."""
    return repr(repr(actual)) if isinstance(actual, str) and "decoded" not in actual else repr("None")


def _filled(path: str, leaf: str, text: str) -> str:
    """`leaf` with `text` in place of None. A host is written in small letters, whatever it was made from."""
    if path == HOST:
        return re.sub(r"\bnone\b", text.lower(), leaf)
    return re.sub(r"(?<![A-Za-z])None(?![A-Za-z])", lambda _: text, leaf)
