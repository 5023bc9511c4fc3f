"""The clock of the sealed world: every run begins at the same instant, and waiting moves it instead of taking time.

Sleeping, timed waits, event-loop timers and `select` with a time-out return at once and advance `Run.clock`; whatever tells the
time (`time.*`, `datetime.now`, and all that is built on them) tells that clock. A clock that stood still would make a loop that
waits for a deadline without sleeping endless, so after many looks it also advances by being looked at.
"""

from __future__ import annotations

import datetime
import select
import selectors
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from taskcontract.model import Effect
from taskcontract.world.callers import caller
from taskcontract.world.patches import replace, replace_method, sweep
from taskcontract.world.state import Cut, Run, active
from taskcontract.world.threads import others_alive

EPOCH = 1_736_942_400.0
"""2025-01-15 12:00:00 UTC: when every run begins."""
MOST_SLEEPS = 30
MOST_SECONDS = 30 * 86_400.0
_PATIENT_LOOKS = 1_000
_STARTED = 10_000.0
_real_sleep = time.sleep
_REAL_WAIT = 0.02


class _Pace:
    """How often a run slept and looked."""

    __slots__ = ("looks", "sleeps")

    def __init__(self) -> None:
        self.looks = 0
        self.sleeps = 0


_paces: weakref.WeakKeyDictionary[Run, _Pace] = weakref.WeakKeyDictionary()


class ClockLayer:
    """Virtual time ("sleep 5 s"); more than 30 sleeps or 30 days of them end the run."""

    name = "clock"

    def install(self) -> None:
        """Replace what waits and what tells the time."""
        _install_waiting()
        _install_telling()
        sweep()

    def enter(self, run: Run) -> None:
        """Reach the modules that were imported meanwhile."""
        sweep()

    def exit(self, run: Run) -> None:
        """Forget the run's pace."""
        _paces.pop(run, None)


def advance(run: Run, seconds: float) -> None:
    """Let `seconds` of virtual time pass, and record it. Raises Cut when the run has waited too often or too long."""
    pace = _pace(run)
    pace.looks = 0
    if seconds <= 0:
        return
    run.clock += seconds
    pace.sleeps += 1
    shown = round(seconds, 3)
    run.record(Effect("sleep", f"sleep {shown:g} s", ("seconds", shown)))
    if pace.sleeps > MOST_SLEEPS:
        run.stop(Cut(f"waited more than {MOST_SLEEPS} times"))
    if run.clock > MOST_SECONDS:
        run.stop(Cut(f"waited more than {MOST_SECONDS / 86_400:g} days"))


def _pace(run: Run) -> _Pace:
    pace = _paces.get(run)
    if pace is None:
        pace = _paces[run] = _Pace()
    return pace


# --- waiting -------------------------------------------------------------------------------------------------------------


def _install_waiting() -> None:
    replace(time, "sleep", _sleep)
    replace_method(threading.Condition, "wait", _condition_wait)
    replace_method(threading.Thread, "join", _join)
    replace(select, "select", _select)
    for name in ("EpollSelector", "PollSelector", "SelectSelector", "KqueueSelector", "DevpollSelector"):
        cls = getattr(selectors, name, None)
        if cls is not None and "select" in cls.__dict__:
            replace_method(cls, "select", _selector_select)


def _seconds(value: Any) -> float:
    """A waiting time as a number; raises what `time.sleep` raises for what is none."""
    if type(value) is str or value is None:
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    seconds = float(value)
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    return seconds


def _let_others_work(run: Run, seconds: float) -> None:
    if others_alive(run):
        _real_sleep(min(seconds, _REAL_WAIT))


def _sleep(original: Any) -> Any:
    def sleep(seconds: Any, /) -> Any:
        run = active()
        if run is None:
            return original(seconds)
        span = _seconds(seconds)
        _let_others_work(run, span)
        advance(run, span)

    return sleep


def _condition_wait(original: Any) -> Any:
    def wait(self: Any, timeout: Any = None) -> Any:
        run = active()
        if run is None or timeout is None:
            return original(self, timeout)
        if original(self, min(timeout, 10 * _REAL_WAIT) if others_alive(run) else 0):
            return True
        advance(run, float(timeout))
        return False

    return wait


def _join(original: Any) -> Any:
    def join(self: Any, timeout: Any = None) -> Any:
        run = active()
        if run is None or timeout is None:
            return original(self, timeout)
        original(self, min(max(timeout, 0), 10 * _REAL_WAIT))
        if self.is_alive():
            advance(run, float(timeout))

    return join


def _select(original: Any) -> Any:
    def select(rlist: Any, wlist: Any, xlist: Any, timeout: Any = None, /) -> Any:
        run = active()
        if run is None or not timeout:
            return original(rlist, wlist, xlist, timeout)
        ready = original(rlist, wlist, xlist, min(timeout, _REAL_WAIT) if others_alive(run) else 0)
        if not any(ready):
            advance(run, float(timeout))
        return ready

    return select


def _selector_select(original: Any) -> Any:
    def select(self: Any, timeout: Any = None) -> Any:
        run = active()
        if run is None or timeout is None or timeout <= 0:
            return original(self, timeout)
        ready = original(self, min(timeout, _REAL_WAIT) if others_alive(run) else 0)
        if not ready:
            advance(run, float(timeout))
        return ready

    return select


# --- telling -------------------------------------------------------------------------------------------------------------


def _install_telling() -> None:
    for name, started in (("time", EPOCH), ("monotonic", _STARTED), ("perf_counter", _STARTED)):
        replace(time, name, _telling(started, float))
        replace(time, name + "_ns", _telling(started, lambda now: round(now * 1e9)))
    replace(time, "clock_gettime", _clock_gettime)
    replace(time, "clock_gettime_ns", _clock_gettime_ns)
    for name in ("localtime", "gmtime", "ctime"):
        replace(time, name, _converted)
    replace(time, "strftime", _formatted)
    replace(time, "asctime", _as_text)
    replace_method(datetime.datetime, "now", _now)
    replace_method(datetime.datetime, "utcnow", _utcnow)
    replace_method(datetime.date, "today", _today)


def _look(run: Run) -> float:
    """Seconds since the run began, as told to whoever asks now."""
    pace = _pace(run)
    pace.looks += 1
    if pace.looks > _PATIENT_LOOKS:
        run.clock += 2.0 ** min((pace.looks - _PATIENT_LOOKS) // 50, 16)
        if run.clock > MOST_SECONDS:
            run.stop(Cut(f"looked at the clock {pace.looks} times without waiting"))
    if run.phase != "setup":
        who = caller(2)
        if who:
            run.read("clock", who, who)
    return run.clock


def _telling(started: float, convert: Callable[[float], Any]) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def now() -> Any:
            run = active()
            return original() if run is None else convert(started + _look(run))

        return now

    return make


def _clock_gettime(original: Any) -> Any:
    def clock_gettime(clock: Any) -> Any:
        run = active()
        return original(clock) if run is None else (EPOCH if clock == time.CLOCK_REALTIME else _STARTED) + _look(run)

    return clock_gettime


def _clock_gettime_ns(original: Any) -> Any:
    def clock_gettime_ns(clock: Any) -> Any:
        run = active()
        start = EPOCH if clock == time.CLOCK_REALTIME else _STARTED
        return original(clock) if run is None else round((start + _look(run)) * 1e9)

    return clock_gettime_ns


def _converted(original: Any) -> Any:
    def convert(seconds: Any = None) -> Any:
        run = active()
        return original(seconds) if run is None or seconds is not None else original(EPOCH + _look(run))

    return convert


def _formatted(original: Any) -> Any:
    def strftime(format: Any, moment: Any = None) -> Any:
        run = active()
        if moment is None and run is not None:
            return original(format, time.localtime(EPOCH + _look(run)))
        return original(format) if moment is None else original(format, moment)

    return strftime


def _as_text(original: Any) -> Any:
    def asctime(moment: Any = None) -> Any:
        run = active()
        if moment is None and run is not None:
            return original(time.localtime(EPOCH + _look(run)))
        return original() if moment is None else original(moment)

    return asctime


def _now(original: Any) -> Any:
    def now(cls: Any, tz: Any = None) -> Any:
        run = active()
        return original.__get__(None, cls)(tz) if run is None else cls.fromtimestamp(EPOCH + _look(run), tz)

    return classmethod(now)


def _utcnow(original: Any) -> Any:
    def utcnow(cls: Any) -> Any:
        run = active()
        return original.__get__(None, cls)() if run is None else cls.utcfromtimestamp(EPOCH + _look(run))

    return classmethod(utcnow)


def _today(original: Any) -> Any:
    def today(cls: Any) -> Any:
        run = active()
        return original.__get__(None, cls)() if run is None else cls.fromtimestamp(EPOCH + _look(run))

    return classmethod(today)
