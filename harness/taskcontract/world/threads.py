"""Threads of a run: each works for the run that started it, also after that run is over, and none outlives it unnoticed."""

from __future__ import annotations

import _thread
import atexit
import contextlib
import contextvars
import ctypes
import sys
import threading
import time
import weakref
from typing import Any

from taskcontract.model import Effect
from taskcontract.world.callers import caller
from taskcontract.world.patches import replace
from taskcontract.world.state import Cut, Run, Stopped, active, adopt, mark_stragglers

_started: weakref.WeakKeyDictionary[Run, set[int]] = weakref.WeakKeyDictionary()
_told: weakref.WeakKeyDictionary[Run, set[str]] = weakref.WeakKeyDictionary()
_sleep = time.sleep
_PATIENCE = 20
_raise_in_thread = ctypes.pythonapi.PyThreadState_SetAsyncExc


class ThreadLayer:
    """Records that a run starts threads ("thread Class.method", once each), and ends what is left of them after it."""

    name = "threads"

    def install(self) -> None:
        """Stamp each new thread with the run that starts it."""
        replace(_thread, "start_new_thread", _stamping)
        threading._start_new_thread = _thread.start_new_thread  # type: ignore[attr-defined]
        replace(_thread, "start_new", _stamping)
        replace(atexit, "register", _at_exit)
        replace(threading, "excepthook", _thread_ended)

    def enter(self, run: Run) -> None:
        """Remember which threads there are."""
        self._before = set(sys._current_frames())

    def exit(self, run: Run) -> None:
        """Ask the run's threads to end, give them a moment, and tell of those that do not."""
        alive = _alive(run)
        if alive:
            alive = _end(run, alive)
        strangers = set(sys._current_frames()) - self._before - alive
        if strangers:
            mark_stragglers(strangers)
        _told.pop(run, None)


def others_alive(run: Run) -> bool:
    """Whether any other thread of the run could still bring about what the calling one waits for."""
    return bool(_started.get(run))


def _alive(run: Run) -> set[int]:
    return set(_started.get(run, ())) & set(sys._current_frames())


def _stamping(original: Any) -> Any:
    def start_new_thread(function: Any, args: Any, kwargs: Any = None, /) -> Any:
        given = (args,) if kwargs is None else (args, kwargs)
        run = active()
        if run is None:
            return original(function, *given)
        name = _name(function)
        told = _told.setdefault(run, set())
        if name not in told:
            told.add(name)
            run.record(Effect("thread", f"thread {name}", ("thread", name), constructing=True))

        threads = _started.setdefault(run, set())
        beginning = -1 - len(threads)
        threads.add(beginning)

        def work(*args: Any, **kwargs: Any) -> None:
            adopt(run)
            threads.add(threading.get_ident())
            threads.discard(beginning)
            try:
                function(*args, **kwargs)
            finally:
                threads.discard(threading.get_ident())

        try:
            return original(work, *given)
        except BaseException:
            threads.discard(beginning)
            raise

    return start_new_thread


def _thread_ended(original: Any) -> Any:
    """How a run's thread ends is the run's matter, not the host's."""

    def excepthook(args: Any, /) -> None:
        run = active()
        if run is None:
            original(args)
        elif not issubclass(args.exc_type, (Stopped, SystemExit)):
            run.note(f"a thread that the run started ended with {args.exc_type.__name__}")

    return excepthook


def _name(function: Any) -> str:
    """What the thread does, not what it is numbered."""
    target = getattr(getattr(function, "__self__", None), "_target", None) or function
    return str(getattr(target, "__qualname__", None) or type(target).__qualname__)


def _end(run: Run, alive: set[int]) -> set[int]:
    for _ in range(_PATIENCE):
        for ident in alive:
            _raise_in_thread(ctypes.c_ulong(ident), ctypes.py_object(Cut))
        _sleep(0.002)
        alive = _alive(run)
        if not alive:
            return alive
    run.note("a thread that the run started was still running when it was over")
    for thread in threading.enumerate():
        if thread.ident in alive:
            _let_the_host_end_without(thread)
    return alive


def _let_the_host_end_without(thread: threading.Thread) -> None:
    """An interpreter waits at its end for threads that are no daemons; it shall not wait for this one."""
    locks = getattr(threading, "_shutdown_locks", None)
    if locks is not None:
        locks.discard(getattr(thread, "_tstate_lock", None))
    pool = sys.modules.get("concurrent.futures.thread")
    if pool is not None:
        getattr(pool, "_threads_queues", {}).pop(thread, None)


def _at_exit(original: Any) -> Any:
    """What a run leaves to be done at the interpreter's end is then done as its doing: whatever leads out is refused."""

    def register(function: Any, /, *args: Any, **kwargs: Any) -> Any:
        run = active()
        if run is None or not caller():  # the standard library registers what the host needs too
            return original(function, *args, **kwargs)

        def as_the_run() -> None:
            adopt(run)
            with contextlib.suppress(Stopped):
                function(*args, **kwargs)

        original(contextvars.Context().run, as_the_run)
        return function

    return register
