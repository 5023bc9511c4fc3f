"""Executors: who asks the session for its cells. In this process, or in sealed ones that a task may ruin.

Whatever the executor, the rows and cells come back in the order of the plan, every planned cell is there, and an
interrupted run gives back what was judged until then.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, Protocol

from taskcontract.engine.asking import Asked, Factory, Plan, ask, plan_of
from taskcontract.model import Cell, Level, TaskRow

Judged = tuple[list[TaskRow], list[Cell]]


class Listener(Protocol):
    """Who is told how the run goes. What a listener raises ends the run."""

    def found(self, rows: Sequence[TaskRow], cells: int) -> None:
        """Everything is loaded: these rows, this many cells to come."""
        ...

    def cell(self, cell: Cell) -> None:
        """A cell is judged; cells of different tasks come in any order."""
        ...

    def task(self, row: TaskRow) -> None:
        """All cells of a task are judged."""
        ...


class Executor(Protocol):
    """Judges everything that the settings ask for. `layers` names the sealing layers that were in force, after a run."""

    layers: tuple[str, ...]

    def run(self, settings: Any, listener: Listener) -> Judged:
        """All rows and cells, in plan order. Raises Interrupted, TaskcontractError, and what the listener raises."""
        ...


class Interrupted(KeyboardInterrupt):
    """The run was ended from outside; `rows` and `cells` are what was judged until then, `signal` is what ended it."""

    def __init__(self, rows: list[TaskRow], cells: list[Cell], number: int = signal.SIGINT) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name} after {len(cells)} cells")
        self.rows, self.cells, self.signal = rows, cells, number


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker process may take.

    `cell_seconds` is the processor time for one cell, `idle_seconds` how long it may use none meanwhile, `wall_seconds` how
    long the cell may take in all: a busy machine ends nothing. `deaths` is how many cells of a task in a row may end the
    worker before the rest is given up.
    """

    cell_seconds: float = 20.0
    idle_seconds: float = 60.0
    wall_seconds: float = 600.0
    import_seconds: float = 60.0
    memory: int = 4 << 30
    output: int = 256 << 20
    deaths: int = 3

    @classmethod
    def of(cls, profile: str) -> Limits:
        """The limits of a profile: a quick look gives up early, a thorough one waits."""
        seconds = {"quick": 10.0, "thorough": 120.0}.get(profile, 20.0)
        return cls(cell_seconds=seconds, idle_seconds=3 * seconds, wall_seconds=30 * seconds)


class Book:
    """The results so far: kept as they come, given back in plan order."""

    def __init__(self, listener: Listener) -> None:
        self.plan = Plan()
        self._listener = listener
        self._cells: dict[str, list[Cell]] = {}
        self._rows: dict[str, TaskRow] = {}
        self._codes: dict[str, int] = {}

    def open(self, plan: Plan) -> None:
        """Take the plan and tell the listener what was found."""
        self.plan = plan
        self._rows = {row.task: row for row in plan.rows}
        self._codes = {task: len(codes) for task, codes in plan.tasks}
        self._listener.found(plan.rows, plan.cells)

    def add(self, cell: Cell, row: TaskRow | None = None) -> None:
        """Keep a cell, and what it adds to the task's row."""
        cells = self._cells.setdefault(cell.task, [])
        cells.append(cell)
        if row is not None:
            self._rows[cell.task] = _joined(self._rows.get(cell.task), row)
        self._listener.cell(cell)
        if len(cells) == self._codes[cell.task]:
            self._listener.task(self._rows.get(cell.task) or TaskRow(cell.task, None, None, "judged"))

    def result(self, *, whole: bool = True) -> Judged:
        """Rows and cells in plan order; when not `whole`, without the tasks that nothing was judged of."""
        cells = [cell for task, _ in self.plan.tasks for cell in self._cells.get(task, ())]
        planned = {task for task, _ in self.plan.tasks}
        names = dict.fromkeys([row.task for row in self.plan.rows] + [task for task, _ in self.plan.tasks])
        kept = (name for name in names if whole or name in self._cells or name not in planned)
        return [self._rows.get(name) or TaskRow(name, None, None, "judged") for name in kept], cells


def _joined(old: TaskRow | None, new: TaskRow) -> TaskRow:
    """Two looks at one task: what either process saw of it."""
    if old is None:
        return new
    via = tuple(sorted({*old.via, *new.via} - {"none"})) or new.via
    if old.status == "error":
        return replace(old, via=via)
    return replace(new, via=via, file=new.file or old.file, line=old.line if new.line is None else new.line)


class Signals:
    """The signals that ask a run to end. Each raises KeyboardInterrupt, until `deaf` is set to tidy up undisturbed."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.deaf = False
        self._holding = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.came.append(number)
        if not self.deaf and not (self._holding and len(self.came) == 1):
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have the first signal wait for the end of a step that should not be cut in two; a second one does not wait."""
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
        if self.came and not self.deaf:
            raise KeyboardInterrupt

    @property
    def first(self) -> int:
        return self.came[0] if self.came else signal.SIGINT


@contextmanager
def interruptible() -> Iterator[Signals]:
    """Have SIGINT and SIGTERM handled by the Signals that this gives, when in the main thread; elsewhere none can come."""
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before = {number: signal.signal(number, signals) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class InlineExecutor:
    """Judges in this process: cheapest, and nothing stands between the caller and what a task does to its process."""

    def __init__(self, factory: Factory, levels: Mapping[str, Level] | None = None) -> None:
        self._factory = factory
        self._levels = levels or {}
        self.layers: tuple[str, ...] = ()

    def run(self, settings: Any, listener: Listener) -> Judged:
        """See Executor.run. An unimportable module is whatever the session says it is; a module that exits ends the run."""
        book = Book(listener)
        with interruptible() as signals:
            try:
                session = self._factory(settings)
                book.open(plan_of(session, session.load(lambda module: None, {})))
                for task, codes in book.plan.tasks:
                    for code in codes:
                        asked: Asked = ask(session, task, code, self._levels.get(code, Level.RULE))
                        book.add(asked.cell, asked.row)
            except KeyboardInterrupt:
                raise Interrupted(*book.result(whole=False), signals.first) from None
        return book.result()
