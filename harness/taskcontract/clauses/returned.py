"""What a task returned, in which cases, and how much that proves: what the clauses about results share.

A result is made of answers. Where a cassette or stubs answer, or where nothing is asked of anyone, it is what users get, and a
rule can be said to hold. Where answers are invented, only what does not depend on them can be told: that it breaks a rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import SETTLE_BY_CONFIGURATION, Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.model import Answers, Case, Finding, Observation, ResultSeen, TaskSpec
from taskcontract.values import Baseline, Configuration, alternative

RESULT: Final = "the result"
SETTLE_BY_ANSWERS: Final = "real answers: a cassette (`taskcontract record`) or stubs (`answers`)"
SWITCHES: Final = 3
"""How many switches are tried the other way."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A run that returned. `real` is whether everything that answered it was said by a service, or by someone who knows one."""

    case: Case
    seen: Observation
    result: ResultSeen
    real: bool

    @property
    def answered_alike(self) -> bool:
        """Whether the run would have gone the same way whatever it was answered."""
        return self.real or not self.seen.forks


@dataclass(frozen=True, slots=True)
class Evidence:
    """The runs that returned. `why` says why they do not prove that a rule holds; "" if they do."""

    runs: tuple[Returned, ...]
    why: str = ""
    settles: str = SETTLE_BY_ANSWERS


@dataclass(frozen=True, slots=True)
class Wrong:
    """A breach: what happened, what a reader expects, what was seen, what to do, and the expression that shows it."""

    message: str
    expected: str
    actual: str
    remedy: str
    check: str


class ResultClause(Clause):
    """A clause about what `run` returns, judged in every run that does. `wrong` says what is wrong with one, if anything."""

    nothing: ClassVar[str] = "`run` returns nothing"
    kept: ClassVar[str]
    """What is true of the results if nothing is wrong."""

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (RESULT,) if gives_something(spec) else ()

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = evidence(bench)
        for run in found.runs:
            wrong = self.wrong(bench, run, subject)
            if wrong is not None:
                return told(bench, subject, run, wrong, len(found.runs))
        if found.why:
            return unproven(subject, found.why, found.settles)
        unclear = next((why for run in found.runs if (why := self.unclear(bench, run, subject))), "")
        if unclear:
            return unproven(subject, unclear, SETTLE_BY_ANSWERS)
        return holds(subject, self.kept, len(found.runs))

    def wrong(self, bench: Bench, run: Returned, subject: str) -> Wrong | None:
        raise NotImplementedError(f"{type(self).__name__} does not say what is wrong with a result")

    def unclear(self, bench: Bench, run: Returned, subject: str) -> str:
        """Why a run that nothing is wrong with proves nothing: by default, because a part of its result is not known."""
        return not_known(run)


def gives_something(spec: TaskSpec) -> bool:
    """Whether `run` can return anything."""
    return not any(spec.about("no-result"))


def told(bench: Bench, subject: str, run: Returned, wrong: Wrong, examples: int) -> Finding:
    """The finding that says what is wrong with one run."""
    return violated(
        subject,
        wrong.message,
        expected=wrong.expected,
        actual=wrong.actual,
        fix=f"{telling.place_of_run(bench.spec)}: {wrong.remedy}",
        reproduce=reproduce.alone(run.case, wrong.check),
        cases=(run.case,),
        examples=examples,
    )


def not_known(run: Returned) -> str:
    """Why a run's result tells little: a part of it was given by something that is not known here."""
    if not run.result.unknown:
        return ""
    through = ", ".join(sorted(run.seen.via - {"http"})) or "an answer that was invented"
    where = "what it returns" if run.result.unknown == "$" else f"{run.result.unknown} of what it returns"
    return f"{where} comes from {through}, and what that really is, is not known"


# --- the runs ----------------------------------------------------------------------------------------------------------


def evidence(bench: Bench) -> Evidence:
    """The runs that returned: with real answers if there are any, else with invented ones, as the task explores them."""
    recorded = bench.recorded
    if recorded is not None:
        runs = tuple(r for r in _returned(bench, recorded, None) if not r.seen.unmatched)
        if runs:
            return Evidence(runs)
    runs = tuple(_returned(bench, bench.baseline, Answers(choices=bench.baseline.full.answers.choices)))
    if not runs:
        seen = bench(looked_at(bench.baseline.full))
        why = f"no run returned: it {telling.ending(seen)}" if bench.works else bench.why_not()
        return Evidence((), why, SETTLE_BY_CONFIGURATION)
    if all(alone(run.seen) for run in runs):
        return Evidence(tuple(replace(run, real=True) for run in runs))
    if recorded is not None:
        ending = telling.ending(bench(looked_at(recorded.full)))
        return Evidence(runs, f"with its recorded answers it {ending}", "a recording with which the task returns")
    return Evidence(runs, f"what it returns hangs on answers of {_asked(runs)}, which were invented")


def _returned(bench: Bench, baseline: Baseline, answers: Answers | None) -> Iterator[Returned]:
    for configuration in ways(baseline):
        case = looked_at(configuration if answers is None else configuration.with_(answers=answers))
        seen = bench(case)
        if seen.outcome.kind == "returned" and seen.result is not None:
            yield Returned(case, seen, seen.result, real=answers is None)


def looked_at(configuration: Configuration) -> Case:
    """The case in which everything is given everywhere, with a look at its result."""
    return configuration.case(everywhere=True).with_(inspect=True)


def ways(baseline: Baseline) -> list[Configuration]:
    """Configurations that may return different things: as much, as little, switches the other way, other values throughout."""
    full, minimal = baseline.full, baseline.minimal
    switches = [n for n, v in full.values.items() if v.kind == "bool"][:SWITCHES]
    flipped = [full.setting(n, alternative(full.values[n], n)) for n in switches]
    others = full.with_(values={n: alternative(v, n) for n, v in full.values.items()})
    found = (full, minimal, *flipped, others)
    return list({c.case(everywhere=True): c for c in found}.values())


def alone(seen: Observation) -> bool:
    """Whether a run asked nobody for anything: what it returned is its own doing."""
    asked = any(r.kind in ("secret", "context") and r.phase == "run" for r in seen.reads)
    return not asked and not seen.forks and not seen.via and all(e.constructing for e in seen.effects)


def _asked(runs: tuple[Returned, ...]) -> str:
    gone = [e.what for run in runs for e in run.seen.effects if not e.constructing]
    read = [f"the {r.kind} {r.name!r}" for run in runs for r in run.seen.reads if r.kind in ("secret", "context")]
    made = [e.what for run in runs for e in run.seen.effects]
    return next(iter((*gone, *read, *made)), "its surroundings")[:80]


__all__ = [
    "RESULT", "SETTLE_BY_ANSWERS", "Evidence", "ResultClause", "Returned", "Wrong", "alone", "evidence", "gives_something",
    "looked_at", "not_known", "told", "ways",
]  # fmt: skip
