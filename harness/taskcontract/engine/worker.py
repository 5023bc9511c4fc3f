"""What runs in the sealed process: it imports the targets once, then forks a worker for each task.

The process that judges loads strangers' code, so it is not the one that the user started. `main` seals it, loads the
session, says what was found, and then does as it is told on its socket: fork a worker for a task, kill a worker. A worker
judges the task's cells in order, sends each as it is done, and ends without ceremony. No worker outlives this process, and
this process does not outlive the one that started it.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import importlib
import os
import pickle
import random
import resource
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

from taskcontract.engine import wire
from taskcontract.engine.asking import Session, ask, plan_of, told
from taskcontract.errors import TaskcontractError
from taskcontract.model import Level
from taskcontract.world import kernel

SPARE_THREADS: Final = 16
"""A worker with more threads than this left behind by its task judges no further cell; a fresh one does."""

_os = SimpleNamespace(**vars(os))
"""The system's functions as they were before strangers' code was imported, which may replace them."""

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass(frozen=True, slots=True)
class Order:
    """What the sealed process is started with. It comes from the harness, so it may be a pickle."""

    settings: Any
    factory: str
    path: tuple[str, ...]
    directory: str
    parent: int
    memory: int
    excluded: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, Level] = field(default_factory=dict)
    describe: bool = False


def main() -> None:
    """The sealed process, from its first breath. `sys.argv[1]` is the number of the socket that it is told things on."""
    control = socket.socket(fileno=int(sys.argv[1]))
    with control.makefile("rb") as stream:
        order: Order = pickle.load(stream)
    die_with(order.parent)
    _adopt_orphans()
    sys.path[:] = order.path
    _os.environ.pop("PYTHONPATH", None)
    layers = kernel.seal_process((order.directory,), memory=order.memory)
    die_with(order.parent)
    layers += tuple(layer for layer in _layers_of_a_worker() if layer not in layers)
    said = Saying(control.fileno())
    session = _loaded(order, said, layers)
    if session is not None:
        Keeper(control, session, order, said).serve()
    _os._exit(0)


class Saying:
    """The writing end of a channel. Only the process that opened it says anything; a copy of it that lives on is ended."""

    def __init__(self, fd: int) -> None:
        self._fd, self._pid = fd, _os.getpid()

    def __call__(self, *message: Any) -> None:
        """Send one message. Ends the process when nobody can hear it any more."""
        self.send(wire.frame(message))

    def send(self, frame: bytes) -> None:
        """Send one message that is in its frame already."""
        data = memoryview(frame)
        if _os.getpid() != self._pid:
            _os._exit(0)
        try:
            while data:
                data = data[_os.write(self._fd, data) :]
        except OSError:
            _os._exit(3)


def _loaded(order: Order, said: Saying, layers: tuple[str, ...]) -> Session | None:
    """The loaded session, or None when the harness was told why there is none or needed no more."""
    try:
        module, _, name = order.factory.partition(":")
        session: Session = getattr(importlib.import_module(module), name)(order.settings)
        found = session.load(lambda module: said("importing", module), order.excluded)
        if order.describe:
            for thing in found:
                said("described", thing)
            said("end")
            return None
        plan = plan_of(session, found)
    except TaskcontractError as error:
        said("refused", type(error).__name__, str(error))
        return None
    except KeyboardInterrupt:  # nobody's Ctrl-C comes here, so the module that is being imported raised it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _os.kill(_os.getpid(), signal.SIGINT)
        return None
    except BaseException as error:
        said("broken", told(error))
        return None
    said("loaded", plan, layers)
    del found, plan
    return session


class Keeper:
    """Forks workers, kills them, and tells how each ended."""

    def __init__(self, control: socket.socket, session: Session, order: Order, said: Saying) -> None:
        self._control, self._session, self._order, self._said = control, session, order, said
        self._workers: dict[int, int] = {}  # process id -> the harness's number for it
        self._frames = wire.Frames()
        self._handed: list[int] = []
        self._woken, wakes = socket.socketpair()
        self._woken.setblocking(False)
        wakes.setblocking(False)
        self._wakes = wakes

    def serve(self) -> None:
        """Until the harness hangs up."""
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._reap_strays()
        make_ready = getattr(self._session, "make_ready", None)
        if make_ready is not None:
            make_ready()
        gc.collect()
        gc.freeze()
        waiting = selectors.DefaultSelector()
        waiting.register(self._control, selectors.EVENT_READ)
        waiting.register(self._woken, selectors.EVENT_READ)
        told_on = True
        while told_on:
            for key, _ in waiting.select():
                if key.fileobj is self._woken:
                    with suppress(BlockingIOError):
                        self._woken.recv(4096)
                else:
                    told_on = self._listen()
            self._reap()
        for pid in self._workers:
            _kill(pid)
        self._reap_strays()

    def _listen(self) -> bool:
        data, fds, _, _ = socket.recv_fds(self._control, 1 << 16, 64)
        self._handed += fds
        for message in self._frames.feed(data):
            if message[0] == "fork":
                self._fork(*message[1:])
            else:
                self._kill(message[1])
        return bool(data)

    def _kill(self, number: int) -> None:
        for pid, known in self._workers.items():
            if known == number:
                _kill(pid)

    def _fork(self, number: int, task: str, codes: tuple[str, ...]) -> None:
        channel, output, *self._handed = self._handed
        parent = _os.getpid()
        try:
            pid = _os.fork()
        except OSError as error:
            self._said("failed", number, f"{error.strerror}")
            pid = -1
        if pid == 0:
            try:
                self._become_worker(parent, number, output)
                work(self._session, task, codes, self._order.levels, Saying(_out_of_the_way(channel)))
            except BaseException:
                _os.write(2, traceback.format_exc().encode(errors="replace"))
            finally:
                _os._exit(4)
        _os.close(channel)
        _os.close(output)
        if pid > 0:
            self._workers[pid] = number
            self._said("forked", number, pid)

    def _become_worker(self, parent: int, number: int, output: int) -> None:
        _os.setsid()
        die_with(parent)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for mine in (self._control, self._woken, self._wakes):
            mine.close()
        _os.dup2(output, 1)
        _os.dup2(output, 2)
        _os.close(output)
        _first_to_go()
        tempfile.tempdir = _os.environ["TMPDIR"] = self._folder(number)
        _os.mkdir(tempfile.tempdir)
        kernel.seal_worker()

    def _folder(self, number: int) -> str:
        """The only folder a worker needs. It goes when the worker is gone, so that no number of tasks fills a disk."""
        return f"{self._order.directory}/{number:08d}"

    def _reap(self) -> None:
        """Tell of every worker that ended, after ending what it left behind in its own process group."""
        some = False
        with suppress(ChildProcessError):
            while (ended := _os.waitid(_os.P_ALL, 0, _os.WEXITED | _os.WNOHANG | _os.WNOWAIT)) is not None:
                some = True
                if ended.si_pid in self._workers:
                    _kill(ended.si_pid)
                _, status = _os.waitpid(ended.si_pid, 0)
                if ended.si_pid in self._workers:
                    number = self._workers.pop(ended.si_pid)
                    self._said("ended", number, _os.waitstatus_to_exitcode(status))
                    shutil.rmtree(self._folder(number), ignore_errors=True)
        if some:
            self._reap_strays()

    def _reap_strays(self) -> None:
        """End what workers left behind outside their process groups: orphans come to this process."""
        for _ in range(1000):
            strays = [pid for pid in _children() if pid not in self._workers]
            if not strays:
                return
            for pid in strays:
                with suppress(OSError):
                    _os.kill(pid, signal.SIGKILL)
                    _os.waitpid(pid, 0)


def work(session: Session, task: str, codes: tuple[str, ...], levels: Mapping[str, Level], said: Saying) -> None:
    """Judge a task's cells and send each. Stops early, to be replaced, when the process is no longer fit for the next one."""
    least = threading.active_count()
    for code in codes:
        asked = ask(session, task, code, levels.get(code, Level.RULE))
        try:
            frame = wire.frame(("judged", asked.cell, asked.row))
        except (TypeError, ValueError, RecursionError) as error:
            said("unsayable", code, told(error))
            continue
        said.send(frame)
        if not asked.sound or threading.active_count() > least + SPARE_THREADS:
            break
    said("done")
    _os._exit(0)


# --- the process itself ----------------------------------------------------------------------------------------------


def die_with(parent: int) -> None:
    """Have the system end this process when `parent` does, where the system can; at once if that has already happened."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if _os.getppid() != parent:
        _os._exit(0)


def _layers_of_a_worker() -> tuple[str, ...]:
    """Which layers a worker adds, as a child finds out that then has no further use."""
    reading, writing = _os.pipe()
    pid = _os.fork()
    if pid == 0:
        try:
            _os.write(writing, " ".join(kernel.seal_worker()).encode())
        finally:
            _os._exit(0)
    _os.close(writing)
    with open(reading) as names:
        found = tuple(names.read().split())
    _os.waitpid(pid, 0)
    return found


def _adopt_orphans() -> None:
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _first_to_go() -> None:
    """When the machine runs out of memory, a worker goes before anything of the user's."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _out_of_the_way(fd: int) -> int:
    """The same channel under a high number that a task does not meet by counting up from 3."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(soft, 1 << 16) - 64
    try:
        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, random.SystemRandom().randrange(most // 2, most))
    except (OSError, ValueError):
        return fd
    _os.close(fd)
    return moved


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{_os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except (OSError, ValueError):
        return []


def _kill(pid: int) -> None:
    for end in (_os.killpg, _os.kill):
        with suppress(OSError):
            end(pid, signal.SIGKILL)
