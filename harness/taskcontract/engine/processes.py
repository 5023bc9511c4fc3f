"""Judging in sealed worker processes: a task that ruins its process costs the cell that was being judged, and nothing else.

One sealed process imports the targets (`zygote`), and a worker is forked from it for each task: a copy that has everything
loaded and that no other task has touched. This process reads what the workers say, watches the clock, and never imports,
unpickles or waits for anything of theirs. When a worker dies, its cell is *unproven* with the reason and a fresh worker
goes on with the task's next cell.
"""

from __future__ import annotations

import functools
import os
import selectors
import sys
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from taskcontract.engine import wire
from taskcontract.engine.asking import Plan, lost
from taskcontract.engine.executors import Book, Interrupted, Judged, Limits, Listener, Signals, interruptible
from taskcontract.engine.watch import Watch, processor_time
from taskcontract.engine.worker import Order
from taskcontract.engine.zygote import SealedProcessError, Tail, Zygote, death, scratch, started
from taskcontract.errors import TaskcontractError
from taskcontract.model import Cell, Level, TaskRow, TaskSpec, Unimportable, Verdict

SESSION: Final = "taskcontract.engine.session:Session"
"""Where the sealed process finds what makes a session out of settings."""

_TIDY_SECONDS: Final = 10.0
_SILENT_SECONDS: Final = 0.5


class ProcessExecutor:
    """Judges in `jobs` worker processes at a time. `factory` is the dotted name, `module:callable`, of what makes a session."""

    def __init__(
        self,
        jobs: int,
        *,
        factory: str = SESSION,
        levels: Mapping[str, Level] | None = None,
        limits: Limits | None = None,
    ) -> None:
        if jobs < 1:
            raise ValueError(f"jobs is {jobs}; at least one worker process is needed")
        self._jobs, self._factory, self._levels = jobs, factory, dict(levels or {})
        self._limits = limits or Limits()
        self.layers: tuple[str, ...] = ()

    def run(self, settings: Any, listener: Listener) -> Judged:
        """See Executor.run. Raises SealedProcessError when no sealed process can be started."""
        book = Book(listener)
        with interruptible() as signals:
            try:
                with scratch() as directory:
                    pool = _Pool(self._order(settings, directory), self._jobs, self._limits, book)
                    try:
                        self.layers = pool.open()
                        pool.run(signals)
                    finally:
                        signals.deaf = True
                        pool.close()
            except KeyboardInterrupt:
                raise Interrupted(*book.result(whole=False), signals.first) from None
        return book.result()

    def describe(self, settings: Any) -> list[TaskSpec | Unimportable]:
        """What the targets hold, read in a sealed process; nothing is run. Raises as `run` does."""
        with interruptible(), scratch() as directory:
            order = replace(self._order(settings, directory), describe=True)
            zygote, found, _ = started(order, self._limits.import_seconds)
            zygote.close()
        assert isinstance(found, list)
        return found

    def _order(self, settings: Any, directory: str) -> Order:
        path, memory = tuple(sys.path), self._limits.memory
        return Order(settings, self._factory, path, directory, os.getpid(), memory, levels=self._levels)


@dataclass(slots=True)
class _Job:
    """A task and how far its cells are judged. `deaths` counts those in a row that ended their worker."""

    task: str
    codes: tuple[str, ...]
    at: int = 0
    deaths: int = 0

    @property
    def left(self) -> tuple[str, ...]:
        return self.codes[self.at :]


@dataclass(slots=True)
class _Worker:
    """A worker process as it looks from here. `why` is set when it was ended for cause, `killed` when it was told to end,
    `silent` when its channel is closed while nothing is known of its end, `spent` how long the cell took that it was lost in.
    """

    number: int
    job: _Job
    channel: int
    output: int
    since: float
    watch: Watch
    frames: wire.Frames = field(default_factory=wire.Frames)
    tail: Tail = field(default_factory=Tail)
    judged: int = 0
    done: bool = False
    why: str = ""
    killed: bool = False
    silent: bool = False
    spent: float = 0.0


class _Pool:
    """The workers, the tasks that wait for one, and the loop that serves them."""

    def __init__(self, order: Order, jobs: int, limits: Limits, book: Book) -> None:
        self._order, self._most, self._limits, self._book = order, jobs, limits, book
        self._waiting = selectors.DefaultSelector()
        self._zygote: Zygote | None = None
        self._queue: deque[_Job] = deque()
        self._alone: deque[_Job] = deque()  # one of these ended the sealed process: each is tried with nobody beside it
        self._workers: dict[int, _Worker] = {}
        self._count = 0
        self._idle_deaths = 0

    def open(self) -> tuple[str, ...]:
        """Load the targets; gives the sealing layers in force."""
        plan, layers = self._start()
        self._queue.extend(_Job(task, codes) for task, codes in plan.tasks if codes)
        self._book.open(plan)
        return layers

    def run(self, signals: Signals) -> None:
        """Until every planned cell is in the book. When interrupted, what workers have already said is taken in first."""
        try:
            while self._queue or self._alone or self._workers:
                with signals.held():
                    self._fill()
                ready = self._waiting.select(self._patience())
                with signals.held():
                    for key, _ in ready:
                        key.data()
                    self._look_at_the_clock()
        except KeyboardInterrupt:
            signals.deaf = True
            for worker in self._workers.values():
                self._read(worker)
            raise

    def close(self) -> None:
        """Leave nothing running."""
        for worker in list(self._workers.values()):
            self._forget(worker)
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None
        self._waiting.close()

    # --- the sealed process

    def _start(self) -> tuple[Plan, tuple[str, ...]]:
        zygote, plan, excluded = started(self._order, self._limits.import_seconds)
        assert isinstance(plan, Plan)
        self._order = replace(self._order, excluded=excluded)
        self._zygote = zygote
        self._waiting.register(zygote.control, selectors.EVENT_READ, self._hear)
        self._waiting.register(zygote.output, selectors.EVENT_READ, self._overhear)
        return plan, zygote.layers

    def _overhear(self) -> None:
        if self._zygote is not None and not self._zygote.drain():
            with suppress(KeyError):
                self._waiting.unregister(self._zygote.output)

    def _hear(self) -> None:
        if self._zygote is None:
            return
        try:
            for message in self._zygote.listen():
                worker = self._workers.get(message[1]) if len(message) == 3 and type(message[1]) is int else None
                if worker is not None and message[0] == "forked" and type(message[2]) is int:
                    worker.watch.meter = functools.partial(processor_time, message[2])
                elif worker is not None and message[0] == "failed":
                    worker.why = f"no worker process could be started for it ({message[2]})"
                    self._ended(worker, 0)
                elif worker is not None and type(message[2]) is int:
                    self._ended(worker, message[2])
        except (EOFError, wire.Malformed):
            self._restart()

    def _restart(self) -> None:
        """The sealed process is gone, and every worker with it. Who did it is found by trying each suspect alone."""
        if self._zygote is None:
            return
        workers = list(self._workers.values())
        self._drop_zygote()
        for worker in workers:
            self._read(worker)
            self._forget(worker)
        suspects = [worker for worker in workers if worker.job.left]
        self._idle_deaths = 0 if suspects else self._idle_deaths + 1
        for worker in suspects:
            if len(suspects) == 1 or worker.why:
                why = worker.why or "judging it ended the process that all worker processes come from"
                self._charge(worker.job, why, worker.spent, self._alone)
            else:
                self._alone.append(worker.job)
        if not (self._queue or self._alone):
            return
        try:
            if self._idle_deaths > 2:
                raise SealedProcessError("the sealed process that judges ended again and again with no task being judged")
            plan, _ = self._start()
            if plan.tasks != self._book.plan.tasks:
                raise SealedProcessError("the sealed process had to be restarted and then found other tasks than before")
        except TaskcontractError as error:
            self._give_up(str(error))

    def _drop_zygote(self) -> None:
        zygote, self._zygote = self._zygote, None
        if zygote is None:
            return
        for source in (zygote.control, zygote.output):
            with suppress(KeyError):
                self._waiting.unregister(source)
        zygote.close()

    def _give_up(self, why: str) -> None:
        self._drop_zygote()
        for job in (*self._alone, *self._queue):
            for code in job.left:
                self._book.add(Cell(job.task, code, self._level(code), Verdict.ERROR, why=why))
        self._alone.clear()
        self._queue.clear()

    # --- workers

    def _fill(self) -> None:
        """Start workers for the tasks that wait, as many as may run."""
        while self._zygote is not None:
            if self._alone:
                if self._workers:
                    return
                job = self._alone.popleft()
            elif self._queue and sum(not worker.done for worker in self._workers.values()) < self._most:
                job = self._queue.popleft()
            else:
                return
            try:
                channel, output = self._zygote.fork(self._count, job.task, job.left)
            except OSError:
                self._queue.appendleft(job)
                self._restart()
                return
            now = time.monotonic()
            worker = _Worker(self._count, job, channel, output, now, Watch(self._limits, now))
            self._workers[worker.number] = worker
            self._count += 1
            self._waiting.register(channel, selectors.EVENT_READ, lambda worker=worker: self._listen(worker))
            self._waiting.register(output, selectors.EVENT_READ, lambda worker=worker: self._swallow(worker))

    def _listen(self, worker: _Worker) -> None:
        if worker.number not in self._workers or self._read(worker):
            return
        self._waiting.unregister(worker.channel)
        if worker.why:
            self._kill(worker)
        elif not worker.killed:
            worker.silent, worker.spent, worker.since = True, time.monotonic() - worker.since, time.monotonic()

    def _swallow(self, worker: _Worker) -> None:
        """Keep the pipe of a worker's output empty."""
        if worker.number not in self._workers:
            return
        with suppress(BlockingIOError):
            data = os.read(worker.output, 1 << 18)
            worker.tail.feed(data)
            if not data:
                self._waiting.unregister(worker.output)
        if worker.tail.count > self._limits.output:
            self._kill(worker, f"it wrote more than {self._limits.output:,} bytes to its output")

    def _read(self, worker: _Worker) -> bool:
        """Take in everything that a worker has said; whether more can come."""
        try:
            while data := os.read(worker.channel, 1 << 18):
                for message in worker.frames.feed(data):
                    self._heard(worker, message)
        except BlockingIOError:
            return True
        except wire.Malformed as error:
            worker.why = worker.why or f"what came from its worker process is not what a worker says ({error})"
        return False

    def _heard(self, worker: _Worker, message: tuple[Any, ...]) -> None:
        job = worker.job
        expected = job.codes[job.at] if job.left and not worker.done else None
        if message == ("done",):
            worker.done = True
            return
        if message[0] == "judged" and len(message) == 3:
            cell, row = message[1:]
            if not (isinstance(cell, Cell) and isinstance(row, TaskRow)):
                raise wire.Malformed("not a cell and a row")
            if (cell.task, cell.clause, row.task) != (job.task, expected, job.task):
                raise wire.Malformed("not the cell that was asked for")
        elif message[0] == "unsayable" and len(message) == 3 and message[1] == expected is not None:
            why = f"the harness broke: the result cannot be told in plain data: {message[2]}"
            cell, row = Cell(job.task, expected, self._level(expected), Verdict.ERROR, why=why), None
        else:
            raise wire.Malformed("not what a worker says")
        job.at, job.deaths, worker.judged, worker.since = job.at + 1, 0, worker.judged + 1, time.monotonic()
        worker.watch.begin(worker.since)
        self._book.add(cell, row)

    def _ended(self, worker: _Worker, status: int) -> None:
        """A worker is gone: what it left unjudged goes to a fresh one, without the cell that it died of."""
        self._read(worker)
        worker.spent = worker.spent or time.monotonic() - worker.since
        with suppress(BlockingIOError):
            worker.tail.feed(os.read(worker.output, 1 << 18))
        self._forget(worker)
        if not worker.job.left:
            return
        if worker.done and worker.judged and not worker.why:
            self._queue.appendleft(worker.job)
            return
        self._charge(worker.job, worker.why or death(status, worker.tail.line()), worker.spent, self._queue)

    def _charge(self, job: _Job, why: str, seconds: float, again: deque[_Job]) -> None:
        """The cell being judged was lost to `why`. The task goes `again` to a worker, unless it ended too many in a row."""
        code, job.at, job.deaths = job.codes[job.at], job.at + 1, job.deaths + 1
        self._book.add(lost(job.task, code, self._level(code), why, seconds))
        if job.deaths < self._limits.deaths:
            if job.left:
                again.appendleft(job)
            return
        rest, job.at = job.left, len(job.codes)
        for code in rest:
            given_up = f"not judged, because {job.deaths} clauses in a row ended so: {why}"
            self._book.add(lost(job.task, code, self._level(code), given_up, 0.0))

    def _kill(self, worker: _Worker, why: str = "") -> None:
        if worker.killed or self._zygote is None:
            return
        now = time.monotonic()
        worker.spent = worker.spent or now - worker.since
        worker.killed, worker.why, worker.since = True, worker.why or why, now
        self._zygote.kill(worker.number)

    def _forget(self, worker: _Worker) -> None:
        if self._workers.pop(worker.number, None) is None:
            return
        for fd in (worker.channel, worker.output):
            with suppress(KeyError):
                self._waiting.unregister(fd)
            os.close(fd)

    def _level(self, code: str) -> Level:
        return self._order.levels.get(code, Level.RULE)

    # --- the clock

    def _deadline(self, worker: _Worker) -> float:
        if worker.done or worker.killed:
            return worker.since + _TIDY_SECONDS
        return worker.since + _SILENT_SECONDS if worker.silent else worker.watch.due()

    def _patience(self) -> float:
        if not self._workers:
            return 0.0
        return max(0.0, min(map(self._deadline, self._workers.values())) - time.monotonic())

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        for worker in list(self._workers.values()):
            if now < self._deadline(worker) or (not worker.killed and self._spoke(worker)):
                continue
            if worker.killed:  # the sealed process does not do as it is told: it goes, and the workers with it
                self._restart()
                return
            if worker.done or worker.silent:
                self._kill(worker, "" if worker.done else "it closed descriptors that are not its own")
            elif late := worker.watch.late(now):
                self._kill(worker, late)

    def _spoke(self, worker: _Worker) -> bool:
        """Whether there is something to read of a worker after all: this process may have been the one that slept."""
        before = worker.judged, worker.done
        self._read(worker)
        return before != (worker.judged, worker.done)
