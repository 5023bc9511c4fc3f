"""Judging for a test run in sealed worker processes: the cells are judged beside the run, which waits for each in its turn.

A background thread drives the process executor over the tasks that were selected; what it judges is kept until the item of
that cell asks. Where the cells that will be asked for cannot be known (a worker of an xdist run gets them one by one), each
task is judged when its first cell is asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from taskcontract.clauses.reproduce import target
from taskcontract.engine.executors import Limits
from taskcontract.engine.processes import ProcessExecutor
from taskcontract.model import Cell, Level, TaskRow, TaskSpec, Unimportable, Verdict

Planned = tuple[str, str]


class Isolated:
    """Cells from sealed worker processes. `settings` as for `engine.check`; `levels` maps clause codes to levels."""

    def __init__(self, settings: Any, levels: Mapping[str, Level]) -> None:
        self._settings, self._levels = settings, dict(levels)
        self._specs: dict[str, TaskSpec] = {}
        self._streams: dict[str, _Stream] = {}
        self._codes: dict[str, set[str]] = {}

    def load(self) -> Sequence[TaskSpec | Unimportable]:
        """Describe the targets in a sealed process; nothing of theirs is imported here."""
        found = self._executor().describe(self._settings)
        self._specs = {thing.id: thing for thing in found if isinstance(thing, TaskSpec)}
        return found

    def expect(self, planned: Iterable[Planned], together: bool) -> None:
        """Say which cells may be asked for, and whether all of them will be."""
        for task, clause in planned:
            self._codes.setdefault(task, set()).add(clause)
        if together and self._codes:
            stream = self._stream(list(self._codes))
            self._streams = dict.fromkeys(self._codes, stream)

    def cell(self, task: str, clause: str) -> Cell:
        """Wait for the cell."""
        if task not in self._streams:
            self._codes.setdefault(task, set()).add(clause)
            self._streams[task] = self._stream([task])
        cell = self._streams[task].wait((task, clause))
        if isinstance(cell, Cell):
            return cell
        return Cell(task, clause, self._levels.get(clause, Level.RULE), Verdict.ERROR, why=cell)

    def close(self) -> None:
        """End the judging that goes on."""
        for stream in self._streams.values():
            stream.stop()

    def _stream(self, tasks: list[str]) -> _Stream:
        codes = frozenset[str]().union(*(self._codes[task] for task in tasks))
        targets = self._settings.targets if len(tasks) == len(self._specs) else tuple(target(self._specs[t].ref) for t in tasks)
        return _Stream(self._executor(), replace(self._settings, targets=targets, clauses=codes))

    def _executor(self) -> ProcessExecutor:
        jobs = max(1, self._settings.jobs)
        return ProcessExecutor(jobs, levels=self._levels, limits=Limits.of(self._settings.profile))


class _Stopped(Exception):
    """Nobody waits for more cells."""


class _Stream:
    """One run of the executor, in a thread of its own."""

    def __init__(self, executor: ProcessExecutor, settings: Any) -> None:
        self._cells: dict[Planned, Cell] = {}
        self._news = threading.Condition()
        self._over: str | None = None
        self._stop = False
        self._thread = threading.Thread(target=self._run, args=(executor, settings), name="taskcontract-isolated", daemon=True)
        self._thread.start()

    def wait(self, planned: Planned) -> Cell | str:
        """The cell, or why there will be none."""
        with self._news:
            while planned not in self._cells and self._over is None:
                self._news.wait()
            return self._cells.pop(planned, None) or self._over or "it was not judged"

    def stop(self) -> None:
        """Make the executor end at its next cell, and give it a moment to tidy up."""
        self._stop = True
        self._thread.join(timeout=5)

    def _run(self, executor: ProcessExecutor, settings: Any) -> None:
        over = "isolated judging ended without judging this"
        try:
            executor.run(settings, self)
        except _Stopped:
            over = "isolated judging was stopped"
        except BaseException as error:
            over = f"isolated judging broke: {type(error).__name__}: {error}"
        finally:
            with self._news:
                self._over = over
                self._news.notify_all()

    # --- what the executor tells

    def found(self, rows: Sequence[TaskRow], cells: int) -> None:
        """Nothing to do: what there is was described before."""

    def cell(self, cell: Cell) -> None:
        """Keep a cell for whoever waits."""
        if self._stop:
            raise _Stopped
        with self._news:
            self._cells[cell.task, cell.clause] = cell
            self._news.notify_all()

    def task(self, row: TaskRow) -> None:
        """Nothing to do: rows are not shown in a test run."""
