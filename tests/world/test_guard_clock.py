"""Waiting takes no time, every clock agrees, and each run begins at the same instant."""

from __future__ import annotations

import asyncio
import datetime
import queue
import select
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest


def _slept(seen: Any) -> list[Any]:
    return [effect.detail[1] for effect in seen.run.effects if effect.kind == "sleep"]


def test_every_way_to_ask_agrees(sealed: Any) -> None:
    def run() -> Any:
        time.sleep(90)
        utc = datetime.UTC
        return {
            time.time(), float(time.time_ns()) / 1e9, time.clock_gettime(time.CLOCK_REALTIME),
            time.clock_gettime_ns(time.CLOCK_REALTIME) / 1e9, datetime.datetime.now(utc).timestamp(),
            datetime.datetime.now().timestamp(), datetime.datetime.utcnow().replace(tzinfo=utc).timestamp(),
            time.mktime(time.localtime()), float(time.mktime(time.strptime(time.ctime()))),
            float(time.mktime(time.strptime(time.asctime()))), time.mktime(time.gmtime()),
            float(time.strftime("%s")) if time.strftime("%Y-%m-%d") == str(datetime.date.today()) else 0.0,
        }  # fmt: skip

    assert sealed(run).value == ("set", 1_736_942_490.0)


def test_steady_clocks_move_with_it(sealed: Any) -> None:
    def run() -> Any:
        before = time.monotonic(), time.perf_counter(), time.monotonic_ns(), time.clock_gettime(time.CLOCK_MONOTONIC)
        time.sleep(2.5)
        after = time.monotonic(), time.perf_counter(), time.monotonic_ns(), time.clock_gettime(time.CLOCK_MONOTONIC)
        return [b - a for a, b in zip(before, after, strict=True)]

    assert sealed(run).value == ("list", 2.5, 2.5, 2_500_000_000, 2.5)


def test_given_moments_are_not_touched(sealed: Any) -> None:
    def run() -> Any:
        moment = time.gmtime(0)
        return moment.tm_year, time.strftime("%Y", moment), time.asctime(moment), datetime.datetime(1, 1, 1)

    assert sealed(run).value[1:4] == (1970, "1970", "Thu Jan  1 00:00:00 1970")


def test_timed_waits_return_at_once(sealed: Any) -> None:
    def run() -> Any:
        one, other = socket.socketpair()
        lock = threading.Condition()
        with lock:
            waited = lock.wait(5), lock.wait_for(lambda: False, 5)
        try:
            queue.Queue[int]().get(timeout=7)
        except queue.Empty:
            waited = (*waited, "empty")  # type: ignore[assignment]
        with one, other:
            return (*waited, threading.Event().wait(6), select.select([one], [], [], 8))

    seen = sealed(run)
    assert seen.value == ("tuple", False, False, "empty", False, ("tuple", ("list",), ("list",), ("list",)))
    assert _slept(seen) == [5, 5, 7, 6, 8]


def test_event_loops_wait_virtually(sealed: Any) -> None:
    async def main() -> Any:
        started = asyncio.get_running_loop().time()
        await asyncio.gather(asyncio.sleep(30), asyncio.sleep(10))
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 5)
        return round(asyncio.get_running_loop().time() - started, 3)

    seen = sealed(lambda: asyncio.run(main()))
    assert seen.value == 35 and _slept(seen) == [10, 20, 5]


def test_waiting_for_another_thread_gives_it_a_chance(sealed: Any) -> None:
    def run() -> Any:
        done = threading.Event()
        def work() -> None:
            time.sleep(3)
            done.set()

        def wait(number: int) -> int:
            time.sleep(1)
            return number

        thread = threading.Thread(target=work)
        thread.start()
        came = done.wait(60)
        thread.join(60)
        with ThreadPoolExecutor(2) as pool:
            return came, thread.is_alive(), list(pool.map(wait, range(3)))

    seen = sealed(run)
    assert seen.value == ("tuple", True, False, ("list", 0, 1, 2))
    assert sorted(_slept(seen)) == [1, 1, 1, 3]


def test_joining_a_thread_that_stays(sealed: Any) -> None:
    def run() -> Any:
        thread = threading.Thread(target=threading.Event().wait, daemon=True)
        thread.start()
        thread.join(4)
        return thread.is_alive()

    seen = sealed(run)
    assert seen.value is True and _slept(seen) == [4]
    assert "a thread that the run started was still running when it was over" in seen.run.notes


def test_waiting_is_limited(sealed: Any) -> None:
    often = sealed(lambda: list(map(time.sleep, [1] * 100)))
    assert often.ended == "cut" and str(often.run.stopped) == "waited more than 30 times"
    long = sealed(lambda: time.sleep(40 * 86_400))
    assert long.ended == "cut" and str(long.run.stopped) == "waited more than 30 days"


def test_a_clock_that_is_only_looked_at_moves_in_the_end(sealed: Any) -> None:
    def run() -> Any:
        while time.time() < 2e9:
            pass

    seen = sealed(run)
    assert seen.ended == "cut" and "times without waiting" in str(seen.run.stopped)


def test_odd_waiting_times_raise_as_they_would(sealed: Any) -> None:
    assert isinstance(sealed(lambda: time.sleep(-1)).value, ValueError)
    assert isinstance(sealed(lambda: time.sleep("1")).value, TypeError)  # type: ignore[arg-type]
    assert isinstance(sealed(lambda: time.sleep(None)).value, TypeError)  # type: ignore[arg-type]
    assert _slept(sealed(lambda: time.sleep(0))) == []


def test_who_looks_is_told_unless_it_is_the_standard_library(sealed: Any) -> None:
    def run() -> None:
        time.time()
        queue.Queue[int](1).put(1, timeout=1)

    assert {(read.kind, read.name) for read in sealed(run).run.reads} == {("clock", __name__)}


def test_the_hosts_clock_is_its_own(sealed: Any) -> None:
    sealed(lambda: time.sleep(1000))
    assert abs(time.time() - datetime.datetime.now().timestamp()) < 60
    assert datetime.datetime.now().year >= 2024 and datetime.date.today().year >= 2024
    assert time.time() != 1_736_942_400.0 and datetime.datetime.now(datetime.UTC).tzinfo is not None
    assert time.localtime().tm_year == datetime.datetime.utcnow().year == int(time.strftime("%Y"))
    assert str(datetime.datetime.now().year) in time.asctime() and time.clock_gettime_ns(time.CLOCK_REALTIME) > 0
    assert threading.Event().wait(0.001) is False and select.select([], [], [], 0.001) == ([], [], [])
