"""When a cell has taken too long: by the processor time that its worker had, so that a busy machine makes no verdict.

A worker that has to wait for a processor is not late. One that is given none because it wants none (it sleeps in compiled code,
or waits for what never comes) stands still, and is ended after a longer while; and there is an end to everything in all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from taskcontract.engine.executors import Limits
from taskcontract.engine.zygote import descendants

Meter = Callable[[], float | None]
"""Processor time in seconds that was used until now; None where the system does not tell."""

_SOONEST: Final = 0.05


class Watch:
    """One worker's clock. `meter` tells its processor time; without one, all time counts as if it were."""

    def __init__(self, limits: Limits, now: float, meter: Meter | None = None) -> None:
        self._limits, self.meter = limits, meter
        self.begin(now)

    def begin(self, now: float) -> None:
        """A cell begins. Times are in seconds of a clock that only goes forward."""
        self._since = self._moved = now
        self._start = self._seen = self._metered() or 0.0
        self._next = now + min(self._limits.cell_seconds, self._limits.idle_seconds, self._limits.wall_seconds)

    def due(self) -> float:
        """When to look next: nothing can be too late before."""
        return self._next

    def late(self, now: float) -> str:
        """Why the cell has taken too long by `now`; "" if it may go on."""
        limits, metered = self._limits, self._metered()
        if metered is None:
            metered = self._start + now - self._since
        if metered != self._seen:
            self._seen, self._moved = metered, now
        used = metered - self._start
        self._next = max(
            now + _SOONEST,
            min(now + limits.cell_seconds - used, self._moved + limits.idle_seconds, self._since + limits.wall_seconds),
        )
        if used >= limits.cell_seconds:
            return f"judging it took more than {limits.cell_seconds:g} s of processor time"
        if now - self._moved >= limits.idle_seconds:
            return f"judging it stood still for {limits.idle_seconds:g} s"
        return f"judging it took more than {limits.wall_seconds:g} s in all" if now - self._since >= limits.wall_seconds else ""

    def _metered(self) -> float | None:
        return self.meter() if self.meter is not None else None


def processor_time(pid: int) -> float | None:
    """The processor time that a process and all below it had so far, in seconds; None where the system does not tell."""
    own = _ticks(pid)
    if own is None:
        return None
    return (own + sum(_ticks(below) or 0 for below in descendants(pid))) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int | None:
    """Its own and that of its children which have ended, in user and system mode."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            after_the_name = file.read().rpartition(b")")[2].split()
        return sum(map(int, after_the_name[11:15]))
    except (OSError, ValueError):
        return None
