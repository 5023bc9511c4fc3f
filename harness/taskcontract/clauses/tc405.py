"""TC405: an HTTP error is never returned as if it were data."""

from __future__ import annotations

from typing import Final

from taskcontract.clauses import failing, reproduce, telling
from taskcontract.clauses.bench import SETTLE_BY_CONFIGURATION, Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.returned import SETTLE_BY_ANSWERS, gives_something, looked_at
from taskcontract.model import Finding, Observation, TaskSpec

SUBJECT: Final = "an error answer"


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
        for number in failing.worth_failing(seen):
            for status in failing.STATUSES:
                trial = failing.trial_of(bench, case, number, status)
                tried += trial.answered
                wrong = failing.wrong_with(bench.spec, seen, trial) if trial.answered else ""
                if wrong:
                    return _violated(bench, trial, wrong, tried)
                unclear = unclear or failing.unclear(seen, trial)
        if not case.answers.real:
            request = failing.request(seen, 0)
            why = f"what it is answered to {request} is not known, nor what an error of that service looks like"
            return unproven(subject, why, SETTLE_BY_ANSWERS)
        if not tried:
            return unproven(subject, "no answer could be made to fail", SETTLE_BY_ANSWERS)
        if unclear:
            return unproven(subject, unclear, "a result that is plain data")
        return holds(subject, f"{tried} error answers, and none is returned as data", tried)


def _nobody_asked(seen: Observation) -> Finding | None:
    """Nothing went over HTTP: that is that, unless it may have, through a client that is not there."""
    absent = sorted(via for via in seen.via if via.startswith("phantom:"))
    if not absent:
        return None
    why = f"it works through {', '.join(absent)}, and what goes over HTTP there is not seen"
    return unproven(SUBJECT, why, SETTLE_BY_ANSWERS)


def _violated(bench: Bench, trial: failing.Trial, wrong: str, tried: int) -> Finding:
    request = failing.request(trial.seen, trial.number)
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
