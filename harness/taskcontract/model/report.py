"""What it means: findings about subjects, cells of tasks and clauses, the report of them all."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal, Protocol

from taskcontract.model.case import Case
from taskcontract.model.seen import Observation


class Verdict(enum.StrEnum):
    """What a clause says about a task, or about one subject of it (DESIGN section 3)."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNPROVEN = "unproven"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"
    STALE = "stale"
    ERROR = "error"


class Level(enum.StrEnum):
    """A breach of a RULE fails the run; ADVICE is reported without failing unless it is selected or `--strict` is given."""

    RULE = "rule"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict about one subject (a parameter, an option, a split), with what a reader needs to believe or mend it.

    `message` says what happened; `expected`, `actual` and `fix` are set on *violated*; `fix` names the line to change.
    `reproduce` is Python that runs as it stands. `examples` is how many cases were judged. `settles` says what would
    settle an *unproven* one. `cases` are the cases that decided it, the counterexample first.
    """

    subject: str
    verdict: Verdict
    message: str
    expected: str = ""
    actual: str = ""
    fix: str = ""
    reproduce: str = ""
    examples: int = 0
    settles: str = ""
    cases: tuple[Case, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict is Verdict.HOLDS and self.examples < 1:
            raise ValueError(f"{self.subject}: 'holds' needs at least one conclusive case")
        if self.verdict is Verdict.VIOLATED and not (self.expected and self.actual and self.cases):
            raise ValueError(f"{self.subject}: 'violated' needs a counterexample with expected and actual")
        if self.verdict is Verdict.UNPROVEN and not (self.message and self.settles):
            raise ValueError(f"{self.subject}: 'unproven' needs its reason and what would settle it")


@dataclass(frozen=True, slots=True)
class Cell:
    """One clause about one task. `why` explains everything that is not *holds* in one line."""

    task: str
    clause: str
    level: Level
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    why: str = ""
    seconds: float = 0.0
    executions: int = 0

    def __post_init__(self) -> None:
        verdicts = {f.verdict for f in self.findings}
        if self.verdict is Verdict.HOLDS and verdicts != {Verdict.HOLDS}:
            raise ValueError(f"{self.task} {self.clause}: 'holds' needs every subject judged and holding")
        if self.verdict is Verdict.VIOLATED and Verdict.VIOLATED not in verdicts:
            raise ValueError(f"{self.task} {self.clause}: 'violated' without a violated finding")
        if self.verdict in (Verdict.UNPROVEN, Verdict.NOT_APPLICABLE, Verdict.ERROR) and not self.why:
            raise ValueError(f"{self.task} {self.clause}: {self.verdict} needs a reason")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task of the report, or one module that could not be imported."""

    task: str
    file: str | None
    line: int | None
    status: Literal["judged", "unimportable", "error"]
    why: str = ""
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a renderer may see. `layers` names the sealing layers that were in force."""

    version: str
    prefect: str
    python: str
    seed: int
    profile: str
    seconds: float
    tasks: tuple[TaskRow, ...]
    cells: tuple[Cell, ...]
    layers: tuple[str, ...] = ()
    interrupted: bool = False


class Probe(Protocol):
    """What a clause is given to look with. Calling it observes a case in the sealed world; equal cases are observed once."""

    def __call__(self, case: Case) -> Observation: ...
