"""The harness's side of the sealed process: starting it, loading the targets in it, having it fork and kill, ending it.

Importing is where strangers' code first gets a chance to ruin its process. So the sealed process names each module before
it imports it, and when it dies or hangs it is started again with that module left out, as an `Unimportable` with the reason.
"""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from taskcontract import errors
from taskcontract.engine import wire
from taskcontract.engine.asking import Plan
from taskcontract.engine.worker import Order
from taskcontract.errors import TaskcontractError
from taskcontract.model import TaskSpec, Unimportable
from taskcontract.world.canon import stable_text

_START: Final = "from taskcontract.engine.worker import main; main()"
_INHERITED: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME")


class SealedProcessError(TaskcontractError):
    """The process that judges could not be started, or broke while no task could be blamed for it."""

    exit_code = 3


class Died(Exception):
    """The sealed process ended, or was ended, while it was loading. `module` is what it was importing, or ''."""

    def __init__(self, module: str, how: str) -> None:
        super().__init__(how)
        self.module, self.how = module, how


class Tail:
    """The last that was written to a pipe that must be read but not kept."""

    def __init__(self, most: int = 4096) -> None:
        self._most, self._kept, self.count = most, b"", 0

    def feed(self, data: bytes) -> None:
        self.count += len(data)
        self._kept = (self._kept + data[-self._most :])[-self._most :]

    def line(self) -> str:
        """The last line that is not blank, in a form that does not differ between two runs, or ''."""
        lines = [line.strip() for line in self._kept.decode(errors="replace").splitlines() if line.strip()]
        return stable_text("".join(c if c.isprintable() else "�" for c in lines[-1][-200:])) if lines else ""


def how_ended(status: int) -> str:
    """An exit status (negative: a signal) in words."""
    if status >= 0:
        return f"exit code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = str(-status)
    return f"signal {name}" + (", which the system sends when it is short of memory" if status == -signal.SIGKILL else "")


def death(status: int, words: str) -> str:
    """That a worker's process ended while it judged; `words` are the last that it wrote."""
    return f"judging it ended the worker process ({how_ended(status)})" + (f"; it last wrote: {words}" if words else "")


class Zygote:
    """The sealed process. After `load` it forks workers; `control` and `output` are to be read whenever they have something."""

    def __init__(self, order: Order) -> None:
        self.control, theirs = socket.socketpair()
        self.control.settimeout(10)
        self.tail = Tail()
        self.layers: tuple[str, ...] = ()
        self._frames = wire.Frames()
        self._module = ""  # the one being imported
        self.output, output = os.pipe()
        os.set_blocking(self.output, False)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(),),
                env=_environment(order),
                start_new_session=True,
            )
        finally:
            theirs.close()
            os.close(output)
        with suppress(OSError):  # it ended already: reading its end of the socket will tell
            self.control.sendall(pickle.dumps(order))

    def load(self, seconds: float) -> Plan | list[TaskSpec | Unimportable]:
        """The plan, or what was described. Raises Died, and the TaskcontractError that loading ended with."""
        described: list[TaskSpec | Unimportable] = []
        deadline = float("inf")
        while True:
            if not self._wait(deadline - time.monotonic()):
                self.end()
                raise Died(self._module, f"importing it took longer than {seconds:g} s")
            for message in self._said():
                if message[0] == "importing" and len(message) == 2:
                    self._module = str(message[1])
                    deadline = time.monotonic() + seconds if self._module else float("inf")
                elif message[0] == "described" and isinstance(message[1], (TaskSpec, Unimportable)):
                    described.append(message[1])
                elif message[0] == "loaded" and len(message) == 3 and type(message[1]) is Plan:
                    self.layers = tuple(map(str, message[2]))
                    return message[1]
                elif message[0] == "end":
                    return described
                else:
                    raise _refusal(message)

    def _wait(self, seconds: float) -> bool:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.control, selectors.EVENT_READ)
            waiting.register(self.output, selectors.EVENT_READ)
            while ready := waiting.select(None if seconds == float("inf") else max(seconds, 0)):
                if any(key.fileobj is self.control for key, _ in ready):
                    return True
                if not self.drain():
                    waiting.unregister(self.output)
        return False

    def _said(self) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self.listen()
        except wire.Malformed:
            self.end()
            raise Died(self._module, "importing it wrote to descriptors that are not its own") from None
        except EOFError:
            status = self.end()
            self.drain()
            raise Died(self._module, f"importing it ended the process: {how_ended(status)}") from None

    def drain(self) -> bool:
        """Read what was written to standard output and error; whether more can come."""
        with suppress(BlockingIOError):
            while data := os.read(self.output, 1 << 16):
                self.tail.feed(data)
                if len(data) < 1 << 16:
                    return True
            return False
        return True

    def listen(self) -> Iterator[tuple[Any, ...]]:
        """The messages that have come. Raises EOFError when nothing can come any more, and Malformed."""
        try:
            data = self.control.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        yield from self._frames.feed(data)

    def fork(self, number: int, task: str, codes: tuple[str, ...]) -> tuple[int, int]:
        """Have a worker forked; gives the reading ends of its channel and of its output. Raises OSError when nobody listens."""
        channel, channel_in = os.pipe()
        output, output_in = os.pipe()
        try:
            socket.send_fds(self.control, [wire.frame(("fork", number, task, codes))], [channel_in, output_in])
        except OSError:
            os.close(channel)
            os.close(output)
            raise
        finally:
            os.close(channel_in)
            os.close(output_in)
        os.set_blocking(channel, False)
        os.set_blocking(output, False)
        return channel, output

    def kill(self, number: int) -> None:
        """Have a worker ended, with what it started. Its end is told as any other."""
        with suppress(OSError):
            self.control.sendall(wire.frame(("kill", number)))

    def end(self) -> int:
        """End the process and everything it started, and give its exit status (what it had ended with, if it already had)."""
        pid = self._process.pid
        if self._process.returncode is not None:
            return self._process.returncode
        patience = 100 if self._hung_up() else 0  # it closed its end: most likely it is about to be gone
        while not _gone(pid) and patience:
            patience -= 1
            time.sleep(0.01)
        if not _gone(pid):
            os.kill(pid, signal.SIGSTOP)  # so that nothing below it is reaped, and no number used again, meanwhile
            for _ in range(3):
                for below in descendants(pid):
                    with suppress(OSError):
                        os.kill(below, signal.SIGKILL)
        with suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        return self._process.wait()

    def _hung_up(self) -> bool:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.control, selectors.EVENT_READ)
            try:
                return bool(waiting.select(0)) and self.control.recv(1, socket.MSG_PEEK) == b""
            except OSError:
                return True

    def close(self) -> None:
        """End the process and give back the descriptors."""
        self.end()
        self.control.close()
        os.close(self.output)


def _refusal(message: tuple[Any, ...]) -> TaskcontractError:
    """The error that the sealed process ended loading with, as it was raised there."""
    if message[0] == "refused" and len(message) == 3:
        kind = getattr(errors, str(message[1]), TaskcontractError)
        known = isinstance(kind, type) and issubclass(kind, TaskcontractError)
        return kind(str(message[2])) if known else TaskcontractError(str(message[2]))
    what = str(message[1]) if message[0] == "broken" and len(message) == 2 else f"it said {message[0][:80]!r}"
    return SealedProcessError(f"loading the targets broke the harness: {what}")


def started(order: Order, seconds: float) -> tuple[Zygote, Plan | list[TaskSpec | Unimportable], dict[str, str]]:
    """A loaded sealed process, what it found, and the modules that had to be left out, with the reason.

    Raises SealedProcessError when the process dies without a module to blame, and the error that loading ended with.
    """
    excluded = dict(order.excluded)
    while True:
        zygote = Zygote(replace(order, excluded=excluded))
        try:
            return zygote, zygote.load(seconds), excluded
        except Died as died:
            zygote.close()
            if not died.module or died.module in excluded:
                raise SealedProcessError(_inexplicable(died, zygote.tail.line())) from died
            excluded[died.module] = died.how
        except BaseException:
            zygote.close()
            raise


def _inexplicable(died: Died, words: str) -> str:
    when = f"although {died.module} was left out, " if died.module else "before a module was imported, "
    how = died.how.removeprefix("importing it ended the process: ")
    return f"the sealed process that judges could not be started: {when}it ended ({how}); it last wrote: {words or 'nothing'}"


def _gone(pid: int) -> bool:
    """Whether a child has ended; its number stays taken until its status is fetched."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def descendants(pid: int) -> list[int]:
    """The processes below `pid`, as far as the system tells."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += [*descendants(int(child)), int(child)]
    except OSError:
        pass
    return found


def _environment(order: Order) -> Mapping[str, str]:
    """What the sealed process sees: nothing of the user's but where programs are."""
    home = Path(order.directory, "home")
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    own = {"HOME": str(home), "TMPDIR": order.directory, "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
    return {"PYTHONPATH": os.pathsep.join(filter(None, order.path)), **kept, **own}


def scratch() -> tempfile.TemporaryDirectory[str]:
    """The only directory that the sealed process may write to."""
    return tempfile.TemporaryDirectory(prefix="taskcontract-", ignore_cleanup_errors=True)
