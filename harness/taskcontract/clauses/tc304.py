"""TC304: an argument left out never reaches the outside as None."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.leaving import leave_out
from taskcontract.clauses.tc301 import droppable
from taskcontract.model import Case, Effect, Finding, Observation, TaskSpec
from taskcontract.values import Configuration, alternative

Leaf = tuple[str, Any]


class NoneNeverLeaks(Clause):
    """An argument left out never reaches the outside as the text `None`, or, where it is required, as null.

    `"token {}".format(token)` sends `Authorization: token None`; `f"/repos/{owner}"` asks for a repository called None;
    services answer with puzzling errors, or with somebody else's data.

    Judged by leaving each optional argument out at both places and reading everything that left the task: URLs, headers
    (Basic credentials decoded), bodies, command lines, arguments of client calls. The text `None` is a breach where the
    value itself stands when it is given; null in a body only where documentation or declaration call the argument required.
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
            if seen.reached or (seen.outcome.is_a("ValueError") and seen_given.trace != seen.trace):
                looked += 1
        if looked:
            return holds(subject, "left out, it shows nowhere as None in what leaves the task", looked)
        return unproven(subject, found.why or f"left out, the run {telling.ending(found.seen)}", settle_by_values(subject))

    def _leaked(self, bench: Bench, subject: str, given: Case, without: Case, leak: tuple[Effect, str, Any, Any]) -> Finding:
        effect, path, expected, actual = leak
        where = f"{(bench.spec.ref.file or '').rpartition('/')[2]}:{bench.spec.line_of_run or bench.spec.ref.line}"
        return violated(
            subject,
            f"without `{subject}`, {telling.usage(without)} sends {telling.short(actual)} {path}in {effect.what[:160]}",
            expected=f"nothing in place of {telling.short(expected)}, or ValueError",
            actual=f"{path}{telling.short(actual)}",
            fix=f"{where}: leave out what depends on `{subject}` when it is None, or raise ValueError",
            reproduce=reproduce.beside(given, without, "'None' not in repr(other.effects).replace(': None', '')" if isinstance(actual, str)
                                       else "one.effects == other.effects"),
            cases=(without, given),
            examples=2,
        )  # fmt: skip


def _leak(bench: Bench, subject: str, given: Case, one: Observation, two: Observation) -> tuple[Effect, str, Any, Any] | None:
    """An effect of the run without the argument that has None where, with the argument, its value stands.

    That it is the argument's place is shown by giving a second value: the same leaf changes with it.
    """
    if not two.effects:
        return None
    config = next((c for c in (bench.baseline.full, bench.baseline.minimal) if subject in c.values), None)
    required = subject in bench.spec.declared.get("required", ()) or any(bench.spec.about("required", subject))
    third = _with_another(bench, config, given, subject)
    for effect in two.effects:
        twins = [e for e in one.effects if e.kind == effect.kind and _shape(e.what) == _shape(effect.what)] or list(one.effects)
        leaves = list(_leaves(effect.detail))
        for path, leaf in leaves:
            if not _is_none(leaf, required and effect.kind == "http"):
                continue
            for twin in twins:
                before = dict(_leaves(twin.detail)).get(path)
                if before is None or before == leaf or _is_none(before, False) or not _stands_for(before, leaf):
                    continue
                moved = {dict(_leaves(e.detail)).get(path) for e in third.effects} if third is not None else set()
                if third is None or (before not in moved) or len(moved) > 1:
                    return effect, path, before, leaf
    return None


def _with_another(bench: Bench, config: Configuration | None, given: Case, subject: str) -> Observation | None:
    if config is None:
        return None
    other = alternative(config.values[subject], subject, 2)

    def swap(pairs: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
        return tuple((n, other if n == subject else v) for n, v in pairs)

    return bench(given.with_(init=swap(given.init), call=swap(given.call)))


def _is_none(leaf: Any, null_counts: bool) -> bool:
    return (isinstance(leaf, str) and re.search(r"(?<![A-Za-z])None(?![A-Za-z])", leaf) is not None) or (null_counts and leaf is None)


def _stands_for(before: Any, leaf: Any) -> bool:
    """Whether `leaf` is `before` with None in place of something."""
    if leaf is None:
        return True
    if not isinstance(before, str):
        return False
    head, _, tail = leaf.partition("None")
    return before.startswith(head) and (before.endswith(tail.partition("None")[0]) or "None" in tail)


def _shape(what: str) -> str:
    return what.split(" ")[0]


def _leaves(tree: Any, path: str = "") -> Iterator[Leaf]:
    """Every leaf of a canonical tree with its path; dict entries by key, Basic credentials and UTF-8 bytes as text."""
    if isinstance(tree, tuple):
        if tree[:1] == ("dict",):
            for pair in tree[1:]:
                if isinstance(pair, tuple) and len(pair) == 2:
                    yield from _leaves(pair[1], f"{path}{pair[0]}: ")
            return
        if len(tree) == 2 and isinstance(tree[0], str) and not isinstance(tree[1], tuple):
            yield from _leaves(tree[1], f"{path}{tree[0]}: ")
            return
        for n, item in enumerate(tree):
            yield from _leaves(item, path if n == 0 else f"{path}[{n}] ")
        return
    if isinstance(tree, bytes):
        tree = tree.decode("utf-8", "replace")
    yield path, tree
    if isinstance(tree, str) and tree[:6].lower() == "basic ":
        try:
            yield f"{path}decoded: ", base64.b64decode(tree[6:], validate=True).decode()
        except ValueError:
            return
