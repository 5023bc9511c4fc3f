"""Runs that are answered an error where they were answered well before, and whether they return it as if it were data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from taskcontract.clauses import answering
from taskcontract.clauses.bench import Bench
from taskcontract.model import Case, Observation, TaskSpec, Twist

STATUSES: Final = (400, 401, 403, 404, 409, 429, 500, 503)
PLAIN_FAILURES: Final = (500, 503, 400, 403)
"""Statuses that nobody means as an answer: what is not there (404) or there already (409) may be one."""
MOST_ANSWERS: Final = 8
_CARES: Final = re.compile(r"status|\.ok\b|raise_for|HTTPError|\bexcept\b|\breason\b")
_ASKS: Final = re.compile(r"\b(requests|httpx|urllib3?|urlopen|http\.client|session|Session)\b")
_EMPTY_MEANT: Final = re.compile(r"\b(none|empty|nothing)\b", re.I)


@dataclass(frozen=True, slots=True)
class Trial:
    """A run whose answer `number` has an error status; `answered` is whether the run came to ask for it."""

    case: Case
    seen: Observation
    number: int
    status: int

    @property
    def answered(self) -> bool:
        known = self.seen.answered
        return self.number < len(known) and known[self.number].status == self.status


def trial_of(bench: Bench, case: Case, number: int, status: int) -> Trial:
    """Run `case` with the error `status` in place of answer `number`."""
    twisted = case.with_(answers=replace(case.answers, twist=Twist(number, "status", str(status))))
    return Trial(twisted, bench(twisted), number, status)


def worth_failing(seen: Observation) -> list[int]:
    """The numbers of the answers to try: the last to each different request, which is the one that a poll goes on with."""
    asked = [e.what for e in seen.effects if e.kind == "http" and not e.refused]
    last = {what: number for number, what in enumerate(asked[: len(seen.answered)])}
    return sorted(last.values())[:MOST_ANSWERS]


def wrong_with(spec: TaskSpec, fine: Observation, trial: Trial) -> str:
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
    if emptied and trial.status in PLAIN_FAILURES and _careless(spec) and not _may_be_empty(spec):
        return f"returns {result!r}, as if there were nothing"
    return ""


def unclear(fine: Observation, trial: Trial) -> str:
    """Why it cannot be told whether an error is in what a run returned; "" if it can."""
    outcome, result = trial.seen.outcome, trial.seen.result
    if outcome.kind != "returned" or result is None or outcome.value == fine.outcome.value:
        return ""
    if result.foreign:
        return f"answered {trial.status}, it returns {result.foreign[0].type}, of which nothing is known"
    return f"answered {trial.status}, it returns something that is not known" if result.unknown else ""


def _tells_status(result: Any, trial: Trial) -> bool:
    """Whether the status stands in the result beside the error's body: then whoever uses it is told."""
    body = answering.document(trial.seen.answered[trial.number])
    beside = [part for part in answering.parts(result) if part != body]
    return any(type(part) is int and part == trial.status for part in beside)


def _careless(spec: TaskSpec) -> bool:
    """Whether the task asks by itself, and nothing in its source looks at a status or catches anything."""
    return bool(_ASKS.search(spec.source)) and not _CARES.search(spec.source)


def _may_be_empty(spec: TaskSpec) -> bool:
    return any(_EMPTY_MEANT.search(str(f.value)) for f in spec.about("documented-result"))


def request(seen: Observation, number: int) -> str:
    """The request that answer `number` is to, in words."""
    asked = [e.what for e in seen.effects if e.kind == "http" and not e.refused]
    return asked[number][:100] if number < len(asked) else "its request"
