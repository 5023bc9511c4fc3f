"""TC406: odd answers fail clearly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, get_args

from taskcontract.cassettes.paths import How, at, branches, leaves
from taskcontract.clauses import answering, reproduce, search, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.returned import SETTLE_BY_ANSWERS, looked_at
from taskcontract.model import Case, Finding, Observation, TaskSpec, Twist

SUBJECT: Final = "an odd answer"
PLACES: Final = 60
"""How many places of one answer may be made odd."""
TIMES: Final = 3
"""How many odd answers are drawn for each example of a search."""
_NONE: Final = re.compile(r"\bnone\b|\boptional\b|\bnull\b|\bany\b|\bnothing\b|\bempty\b", re.I)
_HOWS: Final[tuple[How, ...]] = get_args(How)


class OddAnswersFailClearly(Clause):
    """An odd answer gives plain data or an exception: never a hang, an end of the process, or half a result.

    Services leave fields out, send null, change a number into a text, cut a connection. A task may raise at that, and it may
    hand on what it was sent; it must not poll for ever, end the interpreter, or return something that looks whole and is not.

    Judged on a recorded conversation, or on stubs, with one place of one answer odd at a time: missing, null, of another type,
    emptied, or the body cut in the middle; a search chooses the place and shrinks what it finds. Counted as breaches: a run
    that does not end, when it did before; `SystemExit`; a result with the text `None` in it that was not there before; a whole
    result that becomes None where it was something, if annotation or documentation promise something and do not speak of None;
    a result with an object in it that is no plain data. A field that the service itself made null and the task hands on is
    data; any exception is fine.
    """

    code, slug = "TC406", "odd-answers-fail-clearly"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (SUBJECT,)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        if bench.recorded is None:
            fine = bench(looked_at(bench.baseline.full))
            if not fine.answered and not fine.via:
                return None  # it asks nobody, or comes to nothing before it does
            return unproven(subject, "there is no real answer that could be made odd", SETTLE_BY_ANSWERS)
        case = looked_at(bench.recorded.full)
        fine = bench(case)
        if fine.outcome.kind not in ("returned", "signal"):
            return unproven(subject, f"with its recorded answers it {telling.ending(fine)}", SETTLE_BY_ANSWERS)
        twists = list(_twists(fine))
        if not twists:
            return unproven(subject, "no answer of its recording is a JSON document", "a recording with a JSON document in it")
        return self._search(bench, case, fine, twists)

    def _search(self, bench: Bench, case: Case, fine: Observation, twists: list[Twist]) -> Finding:
        from hypothesis import strategies as st

        def wrong(twist: Twist) -> str:
            return _wrong(bench.spec, fine, bench(_odd(case, twist)), twist)

        most = min(len(twists), max(1, bench.examples) * TIMES)
        found = search.falsify(bench, st.sampled_from(twists), lambda twist: bool(wrong(twist)), most)
        if found is None:
            return holds(SUBJECT, f"{most} odd answers, and each gives plain data or an exception", most)
        odd = _odd(case, found)
        return violated(
            SUBJECT,
            f"with {_said(found)}, it {wrong(found)}: {telling.usage(odd)}",
            expected="plain data that was sent so, or an exception that says what is wrong with the answer",
            actual=telling.ending(bench(odd)),
            fix=f"{telling.place_of_run(bench.spec)}: look at {found.at or 'the answer'} before it is used, and raise",
            reproduce=reproduce.alone(odd, _check(bench(odd))),
            cases=(odd, case),
            examples=most,
        )


def _twists(seen: Observation) -> Iterator[Twist]:
    """Every way to make one place of one answer odd; the plainest first, since that is what a search shrinks to."""
    for number, answered in enumerate(seen.answered):
        tree = answering.document(answered)
        if not isinstance(tree, (dict, list)):
            continue
        places = [p for p in dict.fromkeys((*leaves(tree), *branches(tree))) if p != "$"][:PLACES]
        for how in _HOWS:
            yield from (Twist(number, how, place) for place in places if _is_odd(at(tree, place), how))
        yield Twist(number, "empty", "$")
        yield Twist(number, "truncated")


def _is_odd(now: Any, how: How) -> bool:
    """Whether the change changes anything: what is null or empty cannot be made so."""
    return not (how == "null" and now is None) and not (how == "empty" and not now)


def _odd(case: Case, twist: Twist) -> Case:
    return case.with_(answers=replace(case.answers, twist=twist))


def _wrong(spec: TaskSpec, fine: Observation, seen: Observation, twist: Twist) -> str:
    """What is wrong with how a run took an odd answer; "" if nothing is."""
    outcome = seen.outcome
    if outcome.kind == "cut" and fine.outcome.kind != "cut":
        return f"does not end ({outcome.text})"
    if outcome.kind == "exited":
        return "ends the process"
    if outcome.kind != "returned" or seen.result is None or outcome.value == fine.outcome.value:
        return ""
    known = {f.type for f in fine.result.foreign} if fine.result is not None else set()
    foreign = [f for f in seen.result.foreign if f.type not in known]
    if foreign:
        return f"returns {foreign[0].type} at {foreign[0].path}"
    before, after = answering.shown(fine.outcome.value), answering.shown(outcome.value)
    if _says_none(after) and not _says_none(before) and not _sent_none(seen):
        return f"returns the text 'None' in {telling.short(after)}"
    if after is None and before is not None and _promises_something(spec) and not _handed_on(fine, twist):
        return f"returns None instead of {telling.short(before)}"
    return ""


def _says_none(tree: Any) -> bool:
    """Whether a text in plain data has the word None in it: something that was not there, written down."""
    return any("None" in _words(text) for text in answering.texts(tree))


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def _sent_none(seen: Observation) -> bool:
    return any("None" in _words(a.text) for a in seen.answered)


def _promises_something(spec: TaskSpec) -> bool:
    """Whether annotation or documentation say what comes back, and no word of None."""
    said = [str(f.value) for kind in ("returns", "documented-result") for f in spec.about(kind)]
    return bool(said) and not any(_NONE.search(text) for text in said)


def _handed_on(fine: Observation, twist: Twist) -> bool:
    """Whether the odd field is the whole result, as the service sent it: then None is what it sent."""
    tree = answering.document(fine.answered[twist.number])
    if twist.how not in ("null", "missing"):
        return False
    return bool(at(tree, twist.at) == answering.shown(fine.outcome.value))


def _check(seen: Observation) -> str:
    kind = seen.outcome.kind
    return f"seen.outcome.kind != {kind!r}" if kind != "returned" else f"seen.outcome.value != {seen.outcome.value!r}"


def _said(twist: Twist) -> str:
    what = {
        "missing": f"{twist.at} missing from",
        "null": f"{twist.at} null in",
        "type": f"{twist.at} of another type in",
        "empty": f"{'nothing' if twist.at == '$' else twist.at + ' empty'} in",
    }.get(twist.how, "half of the body of")
    return f"{what} answer {json.dumps(twist.number + 1)}"
