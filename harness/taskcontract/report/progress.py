"""What is shown while judging: a live line on a terminal, and now and then a plain line where there is none (a CI log).

It listens to the engine and writes to standard error only, so that the report on standard output stays clean.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from taskcontract.model import Cell, TaskRow, Verdict
from taskcontract.report.totals import counted
from taskcontract.report.words import elided, printable

PLAIN_EVERY: Final = 10.0
LIVE_EVERY: Final = 0.1
"""Seconds between two plain lines, and between two redraws of the live one."""


class Listener:
    """Shows how far judging has come. Use as a context manager, so that the terminal is left as it was found.

    Args:
        stream: where to; live when it is a terminal
        now: the clock, in seconds
    """

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now = now
        self._shown = now()
        self._tasks = self._tasks_done = self._cells = self._cells_done = 0
        self._verdicts = dict.fromkeys(Verdict, 0)
        self._last = ""
        self._live: Progress | None = None
        self._bar: TaskID | None = None
        if stream.isatty():
            self._live = _live(Console(file=stream), now)

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
            self._bar = self._live.add_task("reading the tasks", total=None)
            self._live.refresh()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def found(self, rows: Sequence[TaskRow], cells: int) -> None:
        """The engine knows what there is to judge."""
        self._tasks = sum(row.status != "unimportable" for row in rows)
        self._cells = cells
        broken = len(rows) - self._tasks
        if not self._live:
            rest = f", {counted(broken, 'module')} could not be imported" if broken else ""
            self._say(f"{counted(self._tasks, 'task')}, {counted(cells, 'cell')} to judge{rest}")
        self._show(always=True)

    def cell(self, cell: Cell) -> None:
        """One cell is judged."""
        self._cells_done += 1
        self._verdicts[cell.verdict] += 1
        self._last = cell.task
        self._show()

    def task(self, row: TaskRow) -> None:
        """One task is done."""
        self._tasks_done += row.status != "unimportable"
        self._show()

    @property
    def line(self) -> str:
        """How far it has come, in one line."""
        done = f"{self._cells_done:,} of {self._cells:,} cells, {self._tasks_done:,} of {self._tasks:,} tasks"
        count = self._verdicts
        said = [f"{count[v]:,} {word}" for v, word in ((Verdict.VIOLATED, "violated"), (Verdict.UNPROVEN, "unproven"))]
        return f"{done}: {', '.join(said)}, {counted(count[Verdict.ERROR], 'error')}"

    def _show(self, always: bool = False) -> None:
        now = self._now()
        if not always and now - self._shown < (LIVE_EVERY if self._live else PLAIN_EVERY):
            return
        self._shown = now
        if self._live and self._bar is not None:
            said = f"{self._verdicts[Verdict.VIOLATED]:,} violated  {elided(printable(self._last), 40)}"
            self._live.update(self._bar, total=self._cells or None, completed=self._cells_done, description=said)
            self._live.refresh()
        elif self._cells_done:
            self._say(self.line)

    def _say(self, text: str) -> None:
        self._stream.write(f"taskcontract: {text}\n")
        self._stream.flush()


def _live(console: Console, now: Callable[[], float]) -> Progress:
    """A line that is redrawn by us alone: no thread beside the judging, nobody's standard streams replaced."""
    return Progress(
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        get_time=now,
    )
