"""A session whose tasks are named after what judging them does to the process that judges them."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskcontract.errors import UsageError
from taskcontract.model import Cell, Finding, Level, TaskRef, TaskRow, TaskSpec, Unimportable, Verdict

CLAUSES = ("TC101", "TC102", "TC103")


@dataclass(frozen=True)
class Settings:
    """Which tasks there are ('module:deed' or a bare deed), which modules are imported, how many clauses there are."""

    tasks: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    clauses: tuple[str, ...] = CLAUSES
    scratch: str = ""


class LethalSession:
    """Judges 'TC102' of a task by doing the task's deed; all other cells hold."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.judged: list[str] = []
        self.task = ""
        self.seen: tuple[str, ...] = ()

    def load(self, importing: Callable[[str], None], excluded: Mapping[str, str]) -> Sequence[TaskSpec | Unimportable]:
        found: list[TaskSpec | Unimportable] = []
        for module in self.settings.modules:
            if module in excluded:
                found.append(Unimportable(module, excluded[module]))
                continue
            importing(module)
            IMPORTS[module](self)
        importing("")
        found += [Unimportable("environment", line) for line in self.seen]
        return [*found, *(TaskSpec(TaskRef("m", task, "m.py", 1)) for task in self.settings.tasks)]

    def plan(self) -> Sequence[tuple[str, str]]:
        return [(f"m:{task}", code) for task in self.settings.tasks for code in self.settings.clauses]

    def judge(self, task: str, clause: str) -> Cell:
        deed = task.removeprefix("m:").partition("#")[0]
        self.judged.append(clause)
        self.task = task.removeprefix("m:")
        if clause == "TC102" or deed.startswith("always-"):
            odd = DEEDS.get(deed.removeprefix("always-"), nothing)(self)
            if odd is not None:
                return odd  # type: ignore[no-any-return]
        finding = Finding("x", Verdict.HOLDS, f"{','.join(self.judged)}", examples=1)
        return Cell(task, clause, Level.RULE, Verdict.HOLDS, (finding,))

    def row(self, task: str) -> TaskRow:
        if task == "m:no-row":
            raise LookupError("no such row")
        return TaskRow(task, "m.py", 1, "judged", via=(f"phantom:{self.judged[-1]}",))


def scratch(session: LethalSession) -> Path:
    """A file that may be written, and that a test can see."""
    return Path(session.settings.scratch or os.environ["TMPDIR"], "mark")


def mark(session: LethalSession) -> None:
    scratch(session).write_text("here")


def nothing(session: LethalSession) -> None:
    """Leave the process as it is."""


def stubborn_loop(session: LethalSession) -> None:
    while True:
        with contextlib.suppress(BaseException):
            while True:
                pass


def endless_threads(session: LethalSession) -> None:
    for _ in range(3):
        threading.Thread(target=stubborn_loop, args=(session,), daemon=False).start()


def many_threads(session: LethalSession) -> None:
    for _ in range(40):
        threading.Thread(target=time.sleep, args=(1e6,), daemon=False).start()


def flood(session: LethalSession) -> None:
    while True:
        os.write(1, b"flood\n" * 10_000)


def write_a_lot(session: LethalSession) -> None:
    for _ in range(100):
        os.write(1, b"x" * 100_000)
        os.write(2, b"y" * 100_000)


def garbage(session: LethalSession) -> None:
    for fd in open_descriptors():
        with contextlib.suppress(OSError):
            os.write(fd, b"\0\xffgarbage" * 100)
    time.sleep(60)


def close_everything(session: LethalSession) -> None:
    os.closerange(0, 1 << 17)
    time.sleep(60)


def open_descriptors() -> list[int]:
    return [int(fd) for fd in os.listdir("/proc/self/fd")]


def forged_cell(session: LethalSession) -> None:
    """Say of another task's cell, in perfect form, that it holds."""
    finding = Finding("x", Verdict.HOLDS, "trust me", examples=1)
    cell = Cell("m:innocent", "TC102", Level.RULE, Verdict.HOLDS, (finding,))
    say("judged", cell, TaskRow("m:innocent", None, None, "judged"))


def say(*message: Any) -> None:
    """Write a perfect message to whatever may be the channel."""
    from taskcontract.engine import wire

    for fd in open_descriptors():
        with contextlib.suppress(OSError):
            if fd > 2:
                os.write(fd, wire.frame(message))
    time.sleep(60)


def memory_bomb(session: LethalSession) -> None:
    held = []
    while True:
        held.append(bytearray(64 << 20))


def fork(session: LethalSession) -> None:
    os.fork()


def fork_by_libc(session: LethalSession) -> None:
    """Start processes that leave the process group and stay, past everything that Python sees; until one of them runs."""
    libc = ctypes.CDLL(None)
    pids = []
    for _ in range(20):
        pids.append(libc.fork())
        if pids[-1] == 0:
            os.setsid()
            mark(session)
            time.sleep(600)
    while max(pids) > 0 and not scratch(session).exists():
        time.sleep(0.01)


def kill_the_zygote(session: LethalSession) -> None:
    time.sleep(0.05)  # so that workers beside this one are in the middle of something
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)


def take_a_while(session: LethalSession) -> None:
    time.sleep(0.3)


def write_and_abort(session: LethalSession) -> None:
    os.write(2, b"first\nterminate called after throwing \x1b[1m at 0x7f0011223344\n\n")
    faulthandler.disable()
    os.abort()


def run_until_told(session: LethalSession) -> None:
    mark(session)
    time.sleep(60)


def unsayable(session: LethalSession) -> Cell:
    finding = Finding("x", Verdict.HOLDS, object(), examples=1)  # type: ignore[arg-type]
    return Cell("m:unsayable", "TC102", Level.RULE, Verdict.HOLDS, (finding,))


def wrong_type(session: LethalSession) -> Cell:
    return Cell("m:wrong-type", "TC102", Level.RULE, Verdict.HOLDS, (Finding("x", Verdict.HOLDS, 5, examples=1),))  # type: ignore[arg-type]


def other_cell(session: LethalSession) -> Cell:
    return Cell("m:innocent", "TC101", Level.RULE, Verdict.NOT_APPLICABLE, why="nothing to say")


def harness_bug(session: LethalSession) -> None:
    raise LookupError("a clause\nis broken")


def unreadable_bug(session: LethalSession) -> None:
    class Rude(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    raise Rude


def count_folders(session: LethalSession) -> Cell:
    """How many workers' folders there are besides this one's, in which a file is left."""
    mark(session)
    folders = len(os.listdir(Path(os.environ["TMPDIR"]).parent))
    return Cell("m:" + session.task, "TC102", Level.RULE, Verdict.NOT_APPLICABLE, why=str(folders))


def stop_the_zygote(session: LethalSession) -> None:
    os.kill(os.getppid(), signal.SIGSTOP)
    os._exit(7)


DEEDS: dict[str, Callable[[LethalSession], Any]] = {
    "exit-7": lambda session: os._exit(7),
    "exit-0": lambda session: os._exit(0),
    "abort": write_and_abort,
    "segfault": lambda session: ctypes.string_at(0),
    "killed": lambda session: os.kill(os.getpid(), signal.SIGKILL),
    "real-time-signal": lambda session: os.kill(os.getpid(), 40),
    "sleep-in-c": lambda session: ctypes.PyDLL(None).sleep(1000),  # holds the interpreter's lock
    "stubborn-loop": stubborn_loop,
    "endless-threads": endless_threads,
    "many-threads": many_threads,
    "flood": flood,
    "write-a-lot": write_a_lot,
    "garbage": garbage,
    "close-everything": close_everything,
    "forged-cell": forged_cell,
    "nonsense": lambda session: say("hello", 1),
    "odd-cell": lambda session: say("judged", "no cell", "no row"),
    "memory-bomb": memory_bomb,
    "fork": fork,
    "fork-by-libc": fork_by_libc,
    "exec": lambda session: os.execv("/bin/true", ["true"]),
    "kill-the-parent": lambda session: os.kill(os.getppid(), signal.SIGKILL),
    "kill-the-zygote": kill_the_zygote,
    "stop-the-zygote": stop_the_zygote,
    "count-folders": count_folders,
    "take-a-while": take_a_while,
    "until-told": run_until_told,
    "unsayable": unsayable,
    "wrong-type": wrong_type,
    "other-cell": other_cell,
    "harness-bug": harness_bug,
    "unreadable-bug": unreadable_bug,
    "recursion": lambda session: recurse(0),
    "system-exit": lambda session: sys.exit(5),
    "interrupt": lambda session: (_ for _ in ()).throw(KeyboardInterrupt),
    "out-of-memory": lambda session: (_ for _ in ()).throw(MemoryError),
}


def recurse(depth: int) -> int:
    return recurse(depth + 1) + 1


def start_threads(session: LethalSession) -> None:
    threading.Thread(target=time.sleep, args=(1e6,), daemon=False).start()


def refuse(session: LethalSession) -> None:
    raise UsageError("no module named that; did you mean this?")


def fork_at_import(session: LethalSession) -> None:
    os.fork()


def import_garbage(session: LethalSession) -> None:
    for fd in open_descriptors():
        with contextlib.suppress(OSError):
            if fd > 2:
                os.write(fd, b"garbage that is no message")
    time.sleep(60)


def patch_the_process(session: LethalSession) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write = lambda *_: 0
    sys.stdout = sys.stderr = None


def lie(session: LethalSession) -> None:
    say("loaded", "everything")


def start_a_process(session: LethalSession) -> None:
    if os.fork() == 0:
        os.setsid()
        mark(session)
        time.sleep(600)
    while not scratch(session).exists():
        time.sleep(0.01)


def note_the_environment(session: LethalSession) -> None:
    session.seen = tuple(f"{name}={value}" for name, value in os.environ.items())


IMPORTS: dict[str, Callable[[LethalSession], Any]] = {
    "lies": lie,
    "starts": start_a_process,
    "environment": note_the_environment,
    "closes": lambda session: os.closerange(0, 1 << 16),
    "fine": lambda session: None,
    "prints": lambda session: os.write(1, b"hello\n" * 100_000),
    "exits": lambda session: os._exit(7),
    "segfaults": lambda session: ctypes.string_at(0),
    "hangs": stubborn_loop,
    "threads": start_threads,
    "refuses": refuse,
    "breaks": lambda session: sys.exit("bye"),
    "forks": fork_at_import,
    "garbage": import_garbage,
    "patches": patch_the_process,
    "marks": run_until_told,
}


class UnconfinedSession(LethalSession):
    """As on a system that lets workers fork."""

    def load(self, importing: Callable[[str], None], excluded: Mapping[str, str]) -> Sequence[TaskSpec | Unimportable]:
        from taskcontract.world import kernel

        kernel.seal_worker = lambda: ()
        return super().load(importing, excluded)


class ForgetfulSession(LethalSession):
    """Imports a module that it was told to leave out."""

    def load(self, importing: Callable[[str], None], excluded: Mapping[str, str]) -> Sequence[TaskSpec | Unimportable]:
        return super().load(importing, {})


class UnforkableSession(LethalSession):
    """As on a system that gives no more processes."""

    def plan(self) -> Sequence[tuple[str, str]]:
        from taskcontract.engine import worker

        worker._os.fork = self.refused
        return super().plan()

    def refused(self) -> int:
        raise OSError(11, "Resource temporarily unavailable")


class BrokenForkSession(UnforkableSession):
    """The sealed process does not survive a fork."""

    def refused(self) -> int:
        os._exit(9)


class FickleSession(UnconfinedSession):
    """Finds one task more each time it is loaded."""

    def plan(self) -> Sequence[tuple[str, str]]:
        file = scratch(self)
        times = len(file.read_text()) if file.exists() else 0
        file.write_text("." * (times + 1))
        return [*super().plan(), *((f"m:more{n}", "TC101") for n in range(times))]


def broken_factory(settings: Settings) -> LethalSession:
    raise TypeError("not these settings")


def deadly_factory(settings: Settings) -> LethalSession:
    os.write(2, b"cannot go on\n")
    os._exit(9)
