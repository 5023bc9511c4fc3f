"""An engine that judges nothing: each cell has the verdict that `verdicts.json` in the current folder gives it.

So that every verdict, also one that no clause gives yet, can be seen going through pytest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskcontract.errors import UsageError
from taskcontract.model import Case, Cell, Finding, Level, TaskRef, TaskRow, TaskSpec, Unimportable, Verdict

TABLE = "verdicts.json"


@dataclass(frozen=True)
class StandInClause:
    """Applies wherever the table has something for it."""

    code: str
    slug: str
    level: Level = Level.RULE
    since: str = "0.1"

    def applies(self, spec: TaskSpec) -> str | None:
        """The table decides; 'breaks' is a clause with a bug."""
        given = table()[spec.id].get(self.code)
        if given == "breaks":
            raise RuntimeError("the clause has a bug")
        return None if given else "nothing to judge"


CATALOGUE = (
    StandInClause("TC101", "init-inert"),
    StandInClause("TC201", "init-value-used"),
    StandInClause("TC202", "run-value-wins"),
    StandInClause("TC210", "positional-agrees", Level.ADVICE),
)


@dataclass(frozen=True)
class Settings:
    """As the engine's own."""

    targets: tuple[str, ...]
    clauses: frozenset[str] | None
    profile: str
    seed: int
    jobs: int
    config: Any


class Session:
    """Loads, plans and judges what the table says, and notes what it was asked in `asked.txt`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def load(self, importing: Any, excluded: Mapping[str, str]) -> Sequence[TaskSpec | Unimportable]:
        """The tasks of the table that the targets name."""
        found: list[TaskSpec | Unimportable] = []
        for target in self.settings.targets:
            named = [task for task in table() if task == target or task.startswith((f"{target}:", f"{target}."))]
            if not named:
                raise UsageError(f"{target!r} names nothing that is a task")
            found += [_described(task) for task in named]
        return found

    def plan(self) -> Sequence[tuple[str, str]]:
        """All cells."""
        return [(task, clause.code) for task in table() for clause in CATALOGUE]

    def judge(self, task: str, clause: str) -> Cell:
        """The cell as the table has it."""
        with Path("asked.txt").open("a") as file:
            file.write(f"{task} {clause} {self.settings.profile} {self.settings.seed}\n")
        return cell(task, clause, table()[task][clause])

    def row(self, task: str) -> TaskRow:
        """Nothing special about any task."""
        return TaskRow(task, None, None, "judged")

    def close(self) -> None:
        """Leave a trace."""
        Path("closed.txt").write_text("closed")


def table() -> dict[str, dict[str, str]]:
    """Verdict by clause, by task; a module without a colon cannot be imported."""
    read: dict[str, dict[str, str]] = json.loads(Path(TABLE).read_text())
    return read


def _described(task: str) -> TaskSpec | Unimportable:
    module, colon, name = task.partition(":")
    file = str(Path(f"{module.rpartition('.')[2]}.py").resolve())
    if not colon:
        return Unimportable(module, "ModuleNotFoundError: No module named 'lost'\n  caused by OSError: disk is full", file, 3)
    return TaskSpec(TaskRef(module, name, file, 12))


def cell(task: str, clause: str, verdict: str) -> Cell:
    """A cell of the kind that the engine makes."""
    level = next(c.level for c in CATALOGUE if c.code == clause)
    if verdict in ("raises", "breaks"):
        raise RuntimeError("the harness has a bug")
    kind = Verdict(verdict)
    findings: tuple[Finding, ...] = ()
    if kind is Verdict.HOLDS:
        findings = (Finding("repo", kind, "", examples=3),)
    elif kind is Verdict.UNPROVEN:
        findings = (Finding("repo", kind, "no working configuration was found", settles="declare values for repo"),)
    elif kind in (Verdict.VIOLATED, Verdict.WAIVED):
        findings = (_violated("repo"), _violated("branch"))
    why = "" if kind in (Verdict.HOLDS, Verdict.VIOLATED) else f"because it is {verdict}"
    return Cell(task, clause, level, kind, findings, why, executions=7)


def _violated(subject: str) -> Finding:
    return Finding(
        subject,
        Verdict.VIOLATED,
        f"the call's {subject} is ignored",
        expected="POST /repos/given",
        actual="POST /repos/own",
        fix="line 12: use the argument",
        reproduce="from taskcontract.testing import observe\nprint('reproduced')",
        cases=(Case(TaskRef("acme.github", "CreateBranch")),),
    )
