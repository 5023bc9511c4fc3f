"""When a cell is too late, by clocks that the test sets: no machine is too slow for these."""

from __future__ import annotations

import os
import sys

import pytest

from taskcontract.engine import watch
from taskcontract.engine.executors import Limits
from taskcontract.engine.watch import Watch, processor_time

LIMITS = Limits(cell_seconds=20.0, idle_seconds=60.0, wall_seconds=600.0)
START = 1000.0


class Machine:
    """A clock, and a worker that has `share` of a processor while it passes."""

    def __init__(self, share: float) -> None:
        self.share, self.now, self.used, self.looks = share, START, 0.0, 0

    def meter(self) -> float:
        return self.used

    def until_late(self, watched: Watch) -> str:
        """Look whenever that is due, until the cell is late."""
        while not (why := watched.late(self.now)):
            self.looks += 1
            step = watched.due() - self.now
            assert step > 0, "looking is never due at once: that would be a busy loop"
            self.now += step
            self.used += step * self.share
        return why


def test_nothing_is_looked_at_before_it_can_be_late() -> None:
    assert Watch(LIMITS, START).due() == START + 20


@pytest.mark.parametrize(
    ("share", "after", "why"),
    [
        (1.0, 20.0, "judging it took more than 20 s of processor time"),
        (0.05, 400.0, "judging it took more than 20 s of processor time"),
        (2.0, 20.0, "judging it took more than 20 s of processor time"),
        (0.0, 60.0, "judging it stood still for 60 s"),
        (0.01, 600.0, "judging it took more than 600 s in all"),
    ],
    ids=["alone", "one of twenty", "two processors", "asleep", "hardly anything"],
)
def test_a_cell_is_late_by_what_it_used(share: float, after: float, why: str) -> None:
    machine = Machine(share)
    assert machine.until_late(Watch(LIMITS, START, machine.meter)) == why
    assert machine.now - START == pytest.approx(after, abs=0.1)
    assert machine.looks < 300


def test_a_busy_machine_makes_no_verdict() -> None:
    """Fifty seconds for what takes six of processor time: in time."""
    machine = Machine(0.13)
    watched = Watch(LIMITS, START, machine.meter)
    machine.now, machine.used = START + 50, 6.5
    assert watched.late(machine.now) == ""
    assert watched.due() == machine.now + 13.5


def test_each_cell_begins_anew() -> None:
    machine = Machine(1.0)
    watched = Watch(LIMITS, START, machine.meter)
    machine.now, machine.used = START + 19, 19.0
    assert watched.late(machine.now) == ""
    watched.begin(machine.now)
    assert watched.due() == START + 39
    machine.now, machine.used = START + 38, 38.0
    assert watched.late(machine.now) == ""


def test_where_the_system_does_not_tell_all_time_counts() -> None:
    assert Machine(0.0).until_late(Watch(LIMITS, START)) == "judging it took more than 20 s of processor time"
    assert Machine(0.0).until_late(Watch(LIMITS, START, lambda: None)) == "judging it took more than 20 s of processor time"


def test_what_a_process_used_is_read_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    used = processor_time(os.getpid())
    if sys.platform == "linux":
        assert used is not None and used > 0
    ticks = {7: 300, 8: 50}
    monkeypatch.setattr(watch, "_ticks", ticks.get)
    monkeypatch.setattr(watch, "descendants", lambda pid: [8, 9])
    monkeypatch.setattr(os, "sysconf", lambda name: 100)
    assert processor_time(7) == 3.5, "with what is below it; one that is gone meanwhile counts nothing"
    assert processor_time(6) is None, "a process that is gone"


def test_a_process_that_is_not_there_has_no_time() -> None:
    assert processor_time(-1) is None
