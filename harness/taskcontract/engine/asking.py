"""Asking a session for one cell at a time, so that whatever happens there is a cell, with its reason.

A session knows the tasks and the clauses; who asks it (in this process, or in a worker that may die) is an executor's
business. Both ask through `ask`, and both tell of a process that was lost with `lost`.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from taskcontract.model import Cell, Finding, Level, TaskRow, TaskSpec, Unimportable, Verdict

Importing = Callable[[str], None]


class Session(Protocol):
    """What an executor asks for: the targets' tasks, the plan, one cell, one row. A factory makes it from settings."""

    def load(self, importing: Importing, excluded: Mapping[str, str]) -> Sequence[TaskSpec | Unimportable]:
        """Import the targets and describe their tasks.

        Calls `importing(module)` before each module that it imports, and `importing("")` when all are imported: should the
        process die or hang in between, the module named last is to blame. Modules in `excluded` are not imported: each
        becomes an `Unimportable` with the reason it is mapped to. Raises TaskcontractError for what the user must mend.
        """
        ...

    def plan(self) -> Sequence[tuple[str, str]]:
        """Every cell there will be, as (task id, clause code), in the order of the report."""
        ...

    def judge(self, task: str, clause: str) -> Cell:
        """One cell of the plan."""
        ...

    def row(self, task: str) -> TaskRow:
        """The task's row of the report, by what has been seen of it so far."""
        ...


Factory = Callable[[Any], Session]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was found: a row for each task and each unimportable module, and per task the codes of its cells, in order."""

    rows: tuple[TaskRow, ...] = ()
    tasks: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def cells(self) -> int:
        return sum(len(codes) for _, codes in self.tasks)


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell and the task's row as it stands after it. `sound` is false when the process should judge nothing more."""

    cell: Cell
    row: TaskRow
    sound: bool = field(default=True)


def plan_of(session: Session, found: Sequence[TaskSpec | Unimportable]) -> Plan:
    """The session's plan, its cells brought together by task."""
    codes: dict[str, list[str]] = {}
    for task, code in session.plan():
        codes.setdefault(task, []).append(code)
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}
    tasks = tuple((task, shared.setdefault(tuple(some), tuple(some))) for task, some in codes.items())
    return Plan(tuple(_first_row(thing) for thing in found), tasks)


def _first_row(thing: TaskSpec | Unimportable) -> TaskRow:
    if isinstance(thing, Unimportable):
        return TaskRow(thing.name, thing.file, thing.line, "unimportable", thing.why)
    return TaskRow(thing.id, thing.ref.file, thing.ref.line, "judged")


def ask(session: Session, task: str, clause: str, level: Level) -> Asked:
    """Judge one cell. An exception of the harness is an *error* cell; memory that ran out is *unproven* and not `sound`."""
    began, sound = time.monotonic(), True
    try:
        cell = session.judge(task, clause)
        _insist(cell, Cell, (task, clause))
    except KeyboardInterrupt:
        raise
    except MemoryError:
        cell, sound = lost(task, clause, level, "judging it used up the memory that a worker process may have", 0.0), False
    except BaseException as error:
        seconds = time.monotonic() - began
        cell = Cell(task, clause, level, Verdict.ERROR, why=f"the harness broke: {told(error)}", seconds=seconds)
    return Asked(cell, _row(session, task), sound)


def _row(session: Session, task: str) -> TaskRow:
    try:
        row = session.row(task)
        _insist(row, TaskRow, (task,))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return TaskRow(task, None, None, "error", f"the harness broke: {told(error)}")
    return row


def lost(task: str, clause: str, level: Level, why: str, seconds: float) -> Cell:
    """The *unproven* cell of a task that took the process with it."""
    settles = "a task that leaves the process it runs in alive and gives it back in time; judge it alone to see where it ends"
    finding = Finding("the task", Verdict.UNPROVEN, why, settles=settles)
    return Cell(task, clause, level, Verdict.UNPROVEN, (finding,), why, seconds)


def told(error: BaseException) -> str:
    """An exception in one line, with the place that raised it."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "<no text>"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" (at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text[:300]}{place}" if text else f"{type(error).__name__}{place}"


def _insist(thing: object, kind: type[Any], key: tuple[str, ...]) -> None:
    have = tuple(getattr(thing, name, None) for name in ("task", "clause")[: len(key)])
    if not isinstance(thing, kind) or have != key:
        name = type(thing).__name__
        raise TypeError(f"asked for the {kind.__name__} of {' '.join(key)}, got a {name} of {' '.join(map(str, have))}")
