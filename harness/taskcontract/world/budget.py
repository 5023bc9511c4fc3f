"""What ends a run that would not end: a limit on processor time, on waiting, and on memory, watched by a timer.

When a limit is passed, `Cut` is raised wherever the run's own code happens to be. Code that swallows it is asked again, at
every moment at which the interpreter looks for signals. It then also meets the handler that swallowed and the loop around it:
pure Python cannot hold out. Code that never comes back to the interpreter is ended from outside, by whoever watches it.
"""

from __future__ import annotations

import resource
import signal
import threading
from types import FrameType

from taskcontract.world.state import Cut, Run, active

_TICK = 0.1
_OWN = "taskcontract."
_real_raise = signal.raise_signal


class BudgetLayer:
    """Cuts a run after `processor` seconds of processor time, `wall` seconds in all, or `memory` more bytes.

    Works in the main thread, which is where runs are; elsewhere there is no limit but the watcher's.
    """

    name = "budget"

    def __init__(self, processor: float = 4.0, wall: float = 10.0, memory: int = 1 << 30) -> None:
        self.processor, self.wall, self.memory = processor, wall, memory
        self._armed = False

    def install(self) -> None:
        """Nothing is kept for good: the timers belong to a run."""

    def enter(self, run: Run) -> None:
        """Start the timers, unless someone else uses them."""
        self._armed = threading.current_thread() is threading.main_thread()
        if not self._armed:
            return
        self._asked = 0
        self._ticks = 0
        self._resident = _resident()
        self._handlers = {signal.SIGPROF: signal.signal(signal.SIGPROF, self._tick)}
        signal.setitimer(signal.ITIMER_PROF, _TICK, _TICK)
        if signal.getsignal(signal.SIGALRM) in (signal.SIG_DFL, signal.SIG_IGN) and not signal.getitimer(signal.ITIMER_REAL)[0]:
            self._handlers[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._alarm)
            signal.setitimer(signal.ITIMER_REAL, self.wall, _TICK)

    def exit(self, run: Run) -> None:
        """Stop the timers."""
        if not self._armed:
            return
        signal.setitimer(signal.ITIMER_PROF, 0)
        if signal.SIGALRM in self._handlers:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._armed = False

    def _tick(self, number: int, frame: FrameType | None) -> None:
        self._ticks += 1
        if self._ticks * _TICK >= self.processor:
            self._end(f"more than {self.processor:g} s of processor time", number, frame)
        elif _resident() - self._resident > self.memory:
            self._end(f"more than {self.memory >> 20} MiB of memory", number, frame)

    def _alarm(self, number: int, frame: FrameType | None) -> None:
        self._end(f"more than {self.wall:g} s in all", number, frame)

    def _end(self, why: str, number: int, frame: FrameType | None) -> None:
        run = active()
        if run is None or run.over or not _of_the_task(frame):
            return
        self._asked += 1
        run.stopped = run.stopped or Cut(why)
        if self._asked > 1:  # it was swallowed: ask again as soon as the interpreter looks
            _real_raise(number)
        raise run.stopped


def _of_the_task(frame: FrameType | None) -> bool:
    """Whether the code that was interrupted is the task's or a client's, not the harness's own or what that is leaving."""
    while frame is not None and frame.f_globals.get("__name__") == "contextlib":
        frame = frame.f_back
    return frame is not None and not str(frame.f_globals.get("__name__", "")).startswith(_OWN)


def _resident() -> int:
    """Most memory this process ever held: it only grows, and costs one call."""
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024

