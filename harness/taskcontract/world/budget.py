"""What ends a run that would not end: a limit on processor time, on waiting, and on memory, watched by a timer.

When a limit is passed, `Cut` is raised wherever the run's own code happens to be. Code that swallows it is pressed: every line
of it is made to last longer than the timer's period, so that the next place at which the interpreter looks for signals raises
again, in the handler that swallowed and in the loop around it too. Pure Python does not hold out. Code that never comes back to
the interpreter is ended from outside, by whoever watches the process.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import functools
import resource
import signal
import sys
import threading
import types
from types import FrameType

from taskcontract.world import garbage
from taskcontract.world.state import Cut, Run, active

_PROF, _ALRM = int(signal.SIGPROF), int(signal.SIGALRM)
_UNUSED = (int(signal.SIG_DFL), int(signal.SIG_IGN))
_handle, _handler_of = _signal.signal, _signal.getsignal
"""Those of `signal` look every number and handler up in an enumeration first, which takes longer than what they do."""
_TICK = 0.1
_OWN = "taskcontract."
_PRESSING = 0.0001
_RUNS_PER_LOOK = 50
_drag = functools.partial(print, [0] * 2_000, file=types.SimpleNamespace(write=len))
"""Takes longer than `_PRESSING`, without one step of Python in which a signal could be handled. Traces by doing nothing."""


class BudgetLayer:
    """Cuts a run after `processor` seconds of processor time, `wall` seconds in all, or `memory` more bytes.

    Works in the main thread, which is where runs are; elsewhere there is no limit but the watcher's.
    """

    name = "budget"

    def __init__(self, processor: float = 4.0, wall: float = 10.0, memory: int = 1 << 30) -> None:
        self.processor, self.wall, self.memory = processor, wall, memory
        self._armed = False
        self._runs = self._ticks = self._resident = 0

    def install(self) -> None:
        """Nothing is kept for good: the timers belong to a run."""

    def enter(self, run: Run) -> None:
        """Start the timers, unless someone else uses them."""
        self._armed = threading.current_thread() is threading.main_thread()
        if not self._armed:
            return
        self._asked = 0
        self._handling = False
        self._pressing = False
        self._tracing = sys.gettrace()
        self._look_at_memory()
        self._handlers = {_PROF: _handle(_PROF, self._tick)}
        signal.setitimer(signal.ITIMER_PROF, _TICK, _TICK)
        if _handler_of(_ALRM) in _UNUSED and not signal.getitimer(signal.ITIMER_REAL)[0]:
            self._handlers[_ALRM] = _handle(_ALRM, self._alarm)
            signal.setitimer(signal.ITIMER_REAL, self.wall, _TICK)

    def _look_at_memory(self) -> None:
        """Now and then, and after a run that lasted: asking the system takes long, and short runs take little memory."""
        self._runs += 1
        if self._ticks or self._runs % _RUNS_PER_LOOK == 1:
            self._resident = _resident()
        self._ticks = 0

    def exit(self, run: Run) -> None:
        """Stop the timers."""
        if not self._armed:
            return
        self._ease()
        signal.setitimer(signal.ITIMER_PROF, 0)
        if _ALRM in self._handlers:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._handlers.items():
            _handle(number, handler)
        self._armed = False

    def _tick(self, number: int, frame: FrameType | None) -> None:
        self._ticks += 1
        garbage.lasts()
        if self._ticks * _TICK >= self.processor:
            self._end(f"more than {self.processor:g} s of processor time", frame)
        elif _resident() - self._resident > self.memory:
            self._end(f"more than {self.memory >> 20} MiB of memory", frame)

    def _alarm(self, number: int, frame: FrameType | None) -> None:
        self._end(f"more than {self.wall:g} s in all", frame)

    def _end(self, why: str, frame: FrameType | None) -> None:
        if self._handling:  # the signal interrupted its own handler
            return
        self._handling = True
        try:
            run = active()
            if run is None or run.over or not run.working or not _of_the_task(frame):
                self._ease()
                return
            self._asked += 1
            run.stopped = run.stopped or Cut(why)
            if self._asked > 1:  # it was swallowed
                self._press(frame)
            raise run.stopped.with_traceback(None)
        finally:
            self._handling = False

    def _press(self, frame: FrameType | None) -> None:
        """From now on the run's code meets the signal at each line."""
        if not self._pressing:
            self._pressing = True
            timer = signal.ITIMER_REAL if _ALRM in self._handlers else signal.ITIMER_PROF
            self._pressing_timer = timer
            sys.settrace(_drag)
            signal.setitimer(timer, _PRESSING, _PRESSING)
        while frame is not None and not _harness(frame):
            frame.f_trace = _drag
            frame = frame.f_back

    def _ease(self) -> None:
        """The run's code has let go, or the harness is at work: back to looking now and then."""
        if self._pressing:
            self._pressing = False
            signal.setitimer(self._pressing_timer, _TICK, _TICK)
            sys.settrace(self._tracing)


def _of_the_task(frame: FrameType | None) -> bool:
    """Whether the code that was interrupted is the task's or a client's, not the harness's own or what that is leaving."""
    while frame is not None and frame.f_globals.get("__name__") == "contextlib":
        frame = frame.f_back
    return frame is not None and not _harness(frame)


def _harness(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith(_OWN)


def _resident() -> int:
    """Most memory this process ever held: it only grows, and costs one call, a slow one."""
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024
