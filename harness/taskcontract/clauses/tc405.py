"""TC405: an HTTP error is never returned as if it were data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from taskcontract.clauses import answering, reproduce, telling
from taskcontract.clauses.bench import SETTLE_BY_CONFIGURATION, Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.returned import SETTLE_BY_ANSWERS, gives_something, looked_at
from taskcontract.model import Case, Finding, Observation, TaskSpec, Twist

SUBJECT: Final = "an error answer"
STATUSES: Final = (400, 401, 403, 404, 409, 429, 500, 503)
PLAIN_FAILURES: Final = (500, 503, 400, 403)
"""Statuses that nobody means as an answer: what is not there (404) or there already (409) may be one."""
MOST_ANSWERS: Final = 8
_CARES: Final = re.compile(r"status|\.ok\b|raise_for|HTTPError|\bexcept\b|\breason\b")
_ASKS: Final = re.compile(r"\b(requests|httpx|urllib3?|urlopen|http\.client|session|Session)\b")
_EMPTY_MEANT: Final = re.compile(r"\b(none|empty|nothing)\b", re.I)


class HttpErrorsRaise(Clause):
    """A 4xx or 5xx answer is never returned as if it were data.

    `requests.get(url).json()` is happy with `{"message": "Not Found"}`: the flow goes on with the text of an error in place of
    a repository, and fails somewhere else or not at all. The task must look at the status (`raise_for_status()`) and raise.

    Judged by giving each answer of a run that returns the statuses 400, 401, 403, 404, 409, 429, 500 and 503 in turn, with a
    body as services send it then. It is a breach when the run returns all the same and the error's own body is the result, or
    in it without the status beside it; and when a plain failure makes the result None or empty although nothing in the task's
    source so much as looks at a status or catches anything. A result that does not depend on the failed answer, a retry that
    is answered at last, None for what was not found, a status handed back: none of them is. Invented answers can show the
    first kind of breach; that there is none, only real ones.
    """

    code, slug = "TC405", "http-errors-raise"
    nothing = "`run` returns nothing"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (SUBJECT,) if gives_something(spec) else ()

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        base = bench.recorded if bench.recorded is not None and bench.recorded.works else bench.baseline
        case = looked_at(base.full)
        seen = bench(case)
        if seen.outcome.kind != "returned":
            return unproven(subject, f"no run returned: it {telling.ending(seen)}", SETTLE_BY_CONFIGURATION)
        if not seen.answered:
            return _nobody_asked(seen)
        tried, unclear = 0, ""
        for number in _telling(seen):
            for status in STATUSES:
                trial = _trial(bench, case, number, status)
                tried += trial.answered
                wrong = _wrong(bench, seen, trial) if trial.answered else ""
                if wrong:
                    return _violated(bench, trial, wrong, tried)
                unclear = unclear or _unclear(seen, trial)
        if not case.answers.real:
            why = f"what it is answered to {_request(seen, 0)} is not known, nor what an error of that service looks like"
            return unproven(subject, why, SETTLE_BY_ANSWERS)
        if not tried:
            return unproven(subject, "no answer could be made to fail", SETTLE_BY_ANSWERS)
        if unclear:
            return unproven(subject, unclear, "a result that is plain data")
        return holds(subject, f"{tried} error answers, and none is returned as data", tried)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A run whose answer `number` has an error status; `answered` is whether the run came to ask for it."""

    case: Case
    seen: Observation
    number: int
    status: int

    @property
    def answered(self) -> bool:
        known = self.seen.answered
        return self.number < len(known) and known[self.number].status == self.status


def _trial(bench: Bench, case: Case, number: int, status: int) -> _Trial:
    twisted = case.with_(answers=replace(case.answers, twist=Twist(number, "status", str(status))))
    return _Trial(twisted, bench(twisted), number, status)


def _telling(seen: Observation) -> list[int]:
    """The numbers of the answers to try: one for each different request, which a poll or a retry makes again and again."""
    asked = [e.what for e in seen.effects if e.kind == "http" and not e.refused]
    last = {what: number for number, what in reversed(list(enumerate(asked[: len(seen.answered)])))}
    return sorted(last.values())[:MOST_ANSWERS]


def _nobody_asked(seen: Observation) -> Finding | None:
    """Nothing went over HTTP: that is that, unless it may have, through a client that is not there."""
    absent = sorted(via for via in seen.via if via.startswith("phantom:"))
    if not absent:
        return None
    why = f"it works through {', '.join(absent)}, and what goes over HTTP there is not seen"
    return unproven(SUBJECT, why, SETTLE_BY_ANSWERS)


def _wrong(bench: Bench, fine: Observation, trial: _Trial) -> str:
    """What is wrong with a run that was answered an error; "" if nothing is, or nothing that is certain."""
    seen = trial.seen
    if seen.outcome.kind != "returned" or seen.result is None or seen.outcome.value == fine.outcome.value:
        return ""
    if seen.result.foreign or seen.result.unknown:
        return ""
    result = answering.shown(seen.outcome.value)
    if answering.holds_whole(result, seen.answered[trial.number]):
        return "" if _tells_status(result, trial) else "returns the error's own body as its result"
    emptied = result is None or (isinstance(result, (str, list, dict, tuple)) and not result)
    if emptied and trial.status in PLAIN_FAILURES and _careless(bench.spec) and not _may_be_empty(bench.spec):
        return f"returns {result!r}, as if there were nothing"
    return ""


def _unclear(fine: Observation, trial: _Trial) -> str:
    """Why it cannot be told whether an error is in what a run returned; "" if it can."""
    outcome, result = trial.seen.outcome, trial.seen.result
    if outcome.kind != "returned" or result is None or outcome.value == fine.outcome.value:
        return ""
    if result.foreign:
        return f"answered {trial.status}, it returns {result.foreign[0].type}, of which nothing is known"
    return f"answered {trial.status}, it returns something that is not known" if result.unknown else ""


def _tells_status(result: Any, trial: _Trial) -> bool:
    """Whether the status stands in the result beside the error's body: then whoever uses it is told."""
    body = answering.document(trial.seen.answered[trial.number])
    beside = [part for part in answering.parts(result) if part != body]
    return any(type(part) is int and part == trial.status for part in beside)


def _careless(spec: TaskSpec) -> bool:
    """Whether the task asks by itself, and nothing in its source looks at a status or catches anything."""
    return bool(_ASKS.search(spec.source)) and not _CARES.search(spec.source)


def _may_be_empty(spec: TaskSpec) -> bool:
    return any(_EMPTY_MEANT.search(str(f.value)) for f in spec.about("documented-result"))


def _violated(bench: Bench, trial: _Trial, wrong: str, tried: int) -> Finding:
    request = _request(trial.seen, trial.number)
    return violated(
        SUBJECT,
        f"answered {trial.status} to {request}, it {wrong}: {telling.usage(trial.case)}",
        expected=f"an exception that says that the service answered {trial.status}",
        actual=telling.ending(trial.seen),
        fix=f"{telling.place_of_run(bench.spec)}: `response.raise_for_status()` before the answer is used",
        reproduce=reproduce.alone(trial.case, "seen.outcome.kind != 'returned'"),
        cases=(trial.case,),
        examples=tried,
    )


def _request(seen: Observation, number: int) -> str:
    asked = [e.what for e in seen.effects if e.kind == "http" and not e.refused]
    return asked[number][:100] if number < len(asked) else "its request"
