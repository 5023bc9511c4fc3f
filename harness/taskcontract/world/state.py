"""The run in progress: what every layer of the sealed world records to, and how a thread knows which run it belongs to.

One run is in progress in a process at a time. Code that runs for a task (its own thread, a thread it started, a thread that
its library started at import) sees that run through `active()`; the host's own threads (pytest, xdist) see None.
"""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

from taskcontract.model import Answered, Case, Effect, Fork, Read
from taskcontract.world.callers import reader


class Stopped(BaseException):
    """Ends the task's own code. A BaseException so that `except Exception` in the task cannot swallow it; the run keeps it."""


class Refused(Stopped):
    """The task tried something the world does not allow. The effect was recorded with `refused=True` before this is raised."""


class Cut(Stopped):
    """A budget (effects, processor time, virtual time) is used up. The trace up to here still counts."""


class Run:
    """The mutable record of one run of one case; becomes a frozen `Observation` when the run is over."""

    def __init__(self, case: Case, directory: Path, *, most_effects: int = 150) -> None:
        self.case = case
        self.directory = directory
        self.phase: Literal["setup", "construct", "bind", "run"] = "setup"
        self.effects: list[Effect] = []
        self.reads: list[Read] = []
        self.logs: list[tuple[str, str]] = []
        self.forks: list[Fork] = []
        self.notes: list[str] = []
        self.given: dict[str, list[object]] = {}
        """The values that the case configures by parameter: construction's, then the call's."""
        self.played: list[int] = []
        self.unmatched: list[str] = []
        self.answered: list[Answered] = []
        self.stopped: Stopped | None = None
        self.over = False
        self.working = False
        """Whether the task's own code is at work: only then may a limit end it, whatever code it is in at that moment."""
        self.clock = 0.0
        self._most_effects = most_effects
        self._equal: dict[str, str] = {p: c for p, c in case.answers.choices if not c.startswith("no:")}
        self._unequal: set[tuple[str, str]] = {(p, c[3:]) for p, c in case.answers.choices if c.startswith("no:")}

    def record(self, effect: Effect) -> None:
        """Append an effect. Raises Cut when the budget of effects is used up, and for anything that comes after the end."""
        if self.over:
            raise Cut("the run is over")
        if self.stopped is not None:  # the task swallowed a refusal with a bare except: it goes no further
            raise self.stopped
        self.effects.append(effect)
        if len(self.effects) >= self._most_effects:
            self.stop(Cut(f"more than {self._most_effects} effects"))

    def refuse(self, effect: Effect) -> Refused:
        """Record a refused effect and return what the caller must raise (`raise run.refuse(effect)`)."""
        if not self.over and self.stopped is None:
            self.effects.append(effect)
            self.stopped = Refused(effect.what)
        return self.stopped if isinstance(self.stopped, Refused) else Refused(effect.what)

    def stop(self, why: Stopped) -> None:
        """Remember why the run ends and raise it."""
        self.stopped = self.stopped or why
        raise self.stopped

    def read(self, kind: str, name: str, by: str = "", through: str = "") -> None:
        """Record that the task asked its surroundings for something.

        `by` is the module whose code asked, and `through` the client that had it ask, if they are known.
        """
        if not self.over and self.phase in ("construct", "run", "bind"):
            phase: Literal["construct", "run"] = "construct" if self.phase == "construct" else "run"
            self.reads.append(Read(kind, name, phase, by or reader(), through))

    def note(self, text: str) -> None:
        """Something a reader of an unproven verdict will want to know; said once."""
        if text not in self.notes:
            self.notes.append(text)

    def choose(self, path: str, literal: object, default: bool = True) -> bool:
        """Whether the leaf of an answer at the symbolic `path` equals `literal`.

        What the case binds is obeyed. Otherwise the first comparison of a leaf decides by `default` and the leaf keeps that
        value for the rest of the run. Every undetermined decision is a fork that a search can take the other way.
        """
        text = repr(literal)
        if path in self._equal:
            return self._equal[path] == text
        taken = default and (path, text) not in self._unequal
        if not self.over:
            self.forks.append(Fork(path, text, taken))
        if taken:
            self._equal[path] = text
        return taken

    def literal(self, path: str) -> str | None:
        """The `repr` of the literal that a leaf is bound to, if it is."""
        return self._equal.get(path)


_mine: contextvars.ContextVar[Run | None] = contextvars.ContextVar("taskcontract_run", default=None)
_excused: contextvars.ContextVar[bool] = contextvars.ContextVar("taskcontract_outside", default=False)
_trusted: contextvars.ContextVar[bool] = contextvars.ContextVar("taskcontract_trusted", default=False)
_current: Run | None = None
_host_threads: set[int] = set()
_stragglers: set[int] = set()


def active() -> Run | None:
    """The run that the calling code works for, or None for the harness and the host."""
    return None if _excused.get() else owner()


def owner() -> Run | None:
    """The run that the calling thread belongs to, also while the harness works inside it.

    A task's objects are still the task's when the harness looks at them: a `repr` that connects somewhere is refused.
    """
    if _trusted.get():
        return None
    run = _mine.get()
    if run is not None:
        return run
    if _current is None or threading.get_ident() in _host_threads:
        return None
    return _current


def mark_host_thread(ident: int | None = None) -> None:
    """Declare a thread (default: the calling one) to be the host's: what it does is no task's doing."""
    _host_threads.add(threading.get_ident() if ident is None else ident)


def adopt(run: Run) -> None:
    """Declare that the calling thread works for `run` from now on, also when the run is over."""
    _mine.set(run)


def mark_stragglers(idents: set[int]) -> None:
    """Declare threads that a run left behind without anyone having seen them start: they are never the host's."""
    _stragglers.update(idents)


@contextmanager
def running(run: Run) -> Iterator[Run]:
    """Make `run` the one in progress for the calling thread, and for foreign threads of the library.

    The calling thread is the task's while this lasts, even where its code enters an empty context of its own.
    """
    global _current
    alive = set(sys._current_frames())
    _stragglers.intersection_update(alive)
    _host_threads.clear()
    _host_threads.update(alive - _stragglers - {threading.get_ident()})
    token = _mine.set(run)
    _current = run
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # what a run imports, it does not write beside the source
    try:
        yield run
    finally:
        sys.dont_write_bytecode = bytecode
        run.over = True
        _current = None
        _mine.reset(token)


class outside:
    """The harness's own work inside a run (making values, canonical forms): not the task's doing, so not recorded or refused.

    Only for the calling thread: what the task's other threads do meanwhile is still the task's doing. A class, since it is
    entered for every request.
    """

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token = _excused.set(True)

    def __exit__(self, *_: object) -> None:
        _excused.reset(self._token)


@contextmanager
def trusted() -> Iterator[None]:
    """An act of the harness that would be refused a task, and that runs no stranger's code."""
    token = _trusted.set(True)
    try:
        yield
    finally:
        _trusted.reset(token)


class Layer(Protocol):
    """One side of the sealed world. `install` patches once per process; `enter`/`exit` set it up for one run and undo that.

    A patched function asks `active()` first and behaves as the original when that is None.
    """

    name: str

    def install(self) -> None: ...

    def enter(self, run: Run) -> None: ...

    def exit(self, run: Run) -> None: ...
