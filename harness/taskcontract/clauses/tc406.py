"""TC406: odd answers fail clearly."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from taskcontract.clauses import answering, oddities, reproduce, search, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.returned import SETTLE_BY_ANSWERS, looked_at
from taskcontract.model import NOT_MADE_ODD, UNTOLD, Answered, Case, Finding, Observation, TaskSpec, Twist

SUBJECT: Final = "an odd answer"
TIMES: Final = 3
"""How many odd answers are drawn for each example of a search."""
_NONE: Final = re.compile(r"\bnone\b|\boptional\b|\bnull\b|\bany\b|\bnothing\b|\bempty\b", re.I)


class OddAnswersFailClearly(Clause):
    """An odd answer gives plain data or an exception: never a hang, an end of the process, or half a result.

    Services leave fields out, send null, change a number into a text, cut a connection. A task may raise at that, and it may
    hand on what it was sent; it must not poll for ever, end the interpreter, or return something that looks whole and is not.

    Judged on a recorded conversation, or on stubs, with one place of one answer odd at a time: a field of its JSON, or an
    element of its XML, missing, null, of another type or emptied (of a list, one item and all of them); any other body emptied;
    a header missing where there is no body; the body cut in the middle. A search chooses the place and shrinks what it finds.
    Counted as breaches: a run that does not end, when it did before; `SystemExit`; a result with the text `None` in it that was
    not there before; a whole result that becomes None where it was something, if annotation or documentation promise something
    and do not speak of None; a result with an object in it that is no plain data; the first half of a body, returned as if it
    were all, though the client raised an error when its connection broke. A client that raises none (`http.client`, read in
    pieces) leaves that unproven. A field that the service itself made null or empty and the task hands on is data; any
    exception is fine.
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
        twists = list(oddities.twists(fine))
        if not twists:
            return unproven(
                subject, "no answer of its recording has anything in it", "a recording with an answer that has a body"
            )
        return self._search(bench, case, fine, twists)

    def _search(self, bench: Bench, case: Case, fine: Observation, twists: list[Twist]) -> Finding:
        from hypothesis import strategies as st

        odd_ones: set[Twist] = set()
        doubtful: list[Twist] = []

        def wrong(twist: Twist) -> str:
            seen = bench(_odd(case, twist))
            if any(NOT_MADE_ODD in note for note in seen.notes):
                return ""
            odd_ones.add(twist)
            half = twist.how == "truncated" and _half_of(fine, seen, twist)
            if half and UNTOLD in seen.notes:
                doubtful.append(twist)
                return ""
            return half or _wrong(bench.spec, fine, seen, twist)

        most = min(len(twists), max(1, bench.examples) * TIMES)
        found = search.falsify(bench, st.sampled_from(twists), lambda twist: bool(wrong(twist)), most)
        if found is None and doubtful:
            why = f"with {oddities.said(doubtful[0])}, it returns half of the data, and its client did not say so"
            return unproven(SUBJECT, why, "a check of the length that the service announces")
        if found is None and not odd_ones:
            return unproven(SUBJECT, "none of its answers could be made odd", "a recording in an encoding that can be undone")
        if found is None:
            return holds(SUBJECT, f"{most} odd answers, and each gives plain data or an exception", most)
        odd = _odd(case, found)
        return violated(
            SUBJECT,
            f"with {oddities.said(found)}, it {wrong(found)}: {telling.usage(odd)}",
            expected="plain data that was sent so, or an exception that says what is wrong with the answer",
            actual=telling.ending(bench(odd)),
            fix=f"{telling.place_of_run(bench.spec)}: look at {found.at or 'the answer'} before it is used, and raise",
            reproduce=reproduce.alone(odd, _check(bench(odd))),
            cases=(odd, case),
            examples=most,
        )


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
    promised = after is None and before is not None and _promises_something(spec)
    if promised and not oddities.was_sent(fine.answered[twist.number], twist, before):
        return f"returns None instead of {telling.short(before)}"
    return ""


def _half_of(fine: Observation, seen: Observation, twist: Twist) -> str:
    """What is wrong with a run that returns a beginning of a body of which it returned the whole before; "" if it does not."""
    if seen.outcome.kind != "returned" or fine.outcome.kind != "returned":
        return ""
    answered = fine.answered[twist.number]
    wholes = [part for part in answering.leaves(answering.shown(fine.outcome.value)) if _is_all(part, answered)]
    for part in answering.leaves(answering.shown(seen.outcome.value)):
        if part and any(type(part) is type(whole) and part != whole and whole.startswith(part) for whole in wholes):
            return f"returns {telling.short(part)}, which is half of the data, and does not say so"
    return ""


def _is_all(part: Any, answered: Answered) -> bool:
    """Whether a text, or bytes, are the body of an answer, all of it."""
    return part == answered.text if isinstance(part, str) else isinstance(part, bytes) and len(part) == answered.size


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


def _check(seen: Observation) -> str:
    kind = seen.outcome.kind
    return f"seen.outcome.kind != {kind!r}" if kind != "returned" else f"seen.outcome.value != {seen.outcome.value!r}"
