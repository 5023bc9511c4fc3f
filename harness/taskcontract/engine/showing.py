"""Watching one task for `show`: where its credentials come from, found by running it in a sealed worker process.

What a clause would be asked is asked here of a session that has one cell for each task, whose findings are the sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Final

from taskcontract.config import Config
from taskcontract.engine.executors import Limits
from taskcontract.engine.processes import ProcessExecutor
from taskcontract.engine.session import Session
from taskcontract.engine.settings import Settings
from taskcontract.model import Arrival, Cell, Finding, Level, TaskRow, Verdict

CODE: Final = "sources"
_SEPARATOR: Final = "\n"


class Watching(Session):
    """A session whose one cell for each task says where its credentials come from."""

    def plan(self) -> Sequence[tuple[str, str]]:
        return [(task, CODE) for task in self._specs]

    def judge(self, task: str, clause: str) -> Cell:
        from taskcontract.clauses.arriving import arriving

        desk = self._at(self._specs[task])
        findings = tuple(_finding(arrival) for arrival in arriving(desk.bench))
        verdict = Verdict.HOLDS if findings else Verdict.NOT_APPLICABLE
        why = "" if findings else "no credential was seen to leave the task" if desk.bench.works else desk.bench.why_not()
        return Cell(task, clause, Level.ADVICE, verdict, findings, why)


def _finding(arrival: Arrival) -> Finding:
    argument, kind, name, source, places = astuple(arrival)
    return Finding(argument, Verdict.HOLDS, source, kind, name, reproduce=_SEPARATOR.join(places), examples=1)


def _arrival(finding: Finding) -> Arrival:
    places = tuple(place for place in finding.reproduce.split(_SEPARATOR) if place)
    return Arrival(finding.subject, finding.expected, finding.actual, finding.message, places)


def sources_of(target: str, config: Config) -> tuple[tuple[Arrival, ...], str]:
    """The sources of the credentials of the one task that `target` names, and why there are none.

    Raises TaskcontractError for what the user must mend.
    """
    executor = ProcessExecutor(
        1, factory=f"{__name__}:{Watching.__name__}", levels={CODE: Level.ADVICE}, limits=Limits.of("thorough")
    )
    _, cells = executor.run(Settings((target,), config=config), _Nobody())
    found = tuple(_arrival(f) for cell in cells for f in cell.findings if f.verdict is Verdict.HOLDS)
    return found, "; ".join(cell.why for cell in cells if cell.why)


class _Nobody:
    """A listener that is told how it goes and says nothing."""

    def found(self, rows: Sequence[TaskRow], cells: int) -> None:
        """Nothing is shown."""

    def cell(self, cell: Cell) -> None:
        """Nothing is shown."""

    def task(self, row: TaskRow) -> None:
        """Nothing is shown."""
