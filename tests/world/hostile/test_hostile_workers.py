"""What only the kernel stops: compiled code, the interpreter's end, memory; each tried in a sealed child process."""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taskcontract.world import kernel, kernel_filter, kernel_landlock


def _sealed_child(body: Callable[[], Any], folder: Path) -> dict[str, Any]:
    """Run `body` in a forked child that called `seal_process` and `seal_worker`; what it said and how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        faulthandler.disable()
        said: dict[str, Any] = {"walls": [*kernel.seal_process([folder], memory=1 << 31), *kernel.seal_worker()]}
        try:
            said["value"] = body()
        except BaseException as error:
            said["raised"] = type(error).__name__
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    return {**json.loads(text or "{}"), "status": os.waitstatus_to_exitcode(status)}


def _address(port: int) -> bytes:
    return bytes([2, 0]) + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)


def _compiled_connect(place: Any) -> int:
    library = ctypes.CDLL(None)
    return int(library.connect(library.socket(2, 1, 0), _address(place.port), 16))


def _compiled_datagram(place: Any) -> int:
    library = ctypes.CDLL(None)
    return int(library.sendto(library.socket(2, 2, 0), b"hello", 5, 0, _address(place.udp), 16))


def _compiled_write(place: Any) -> int:
    return int(ctypes.CDLL(None).open(f"{place.victim}/made".encode(), os.O_CREAT | os.O_WRONLY, 0o600))


COMPILED: dict[str, Callable[[Any], int]] = {
    "connect": _compiled_connect,
    "datagram": _compiled_datagram,
    "write": _compiled_write,
    "unlink": lambda place: int(ctypes.CDLL(None).unlink(f"{place.victim}/kept".encode())),
    "rename": lambda place: int(ctypes.CDLL(None).rename(f"{place.victim}/kept".encode(), f"{place.victim}/gone".encode())),
    "truncate": lambda place: int(ctypes.CDLL(None).truncate(f"{place.victim}/kept".encode(), 0)),
    "mkdir": lambda place: int(ctypes.CDLL(None).mkdir(f"{place.victim}/made".encode(), 0o700)),
    "symlink": lambda place: int(ctypes.CDLL(None).symlink(b"/etc/passwd", f"{place.victim}/made".encode())),
    "fork": lambda place: int(ctypes.CDLL(None).fork()),
    "kill": lambda place: int(ctypes.CDLL(None).kill(os.getppid(), signal.SIGTERM)),
    "execute": lambda place: int(ctypes.CDLL(None).execl(b"/bin/touch", b"touch", f"{place.victim}/made".encode(), None)),
    "trace": lambda place: int(ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)),
}


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_code_gets_nowhere(name: str, place: Any, tmp_path: Path) -> None:
    ended = _sealed_child(lambda: COMPILED[name](place), tmp_path / "own")
    assert ended["status"] == 0 and ended["value"] == -1


def test_compiled_shell_gets_nowhere(place: Any, tmp_path: Path) -> None:
    ended = _sealed_child(lambda: ctypes.CDLL(None).system(f"touch {place.victim}/made".encode()), tmp_path)
    assert ended["value"] != 0


def test_all_walls_stand_here(tmp_path: Path) -> None:
    ended = _sealed_child(lambda: 0, tmp_path)
    assert ended["walls"] == [
        "private-user", "no-network", "no-new-privileges", "landlock", "limits", "dies-with-parent",
        "no-signals", "no-processes", "dies-with-parent",
    ]  # fmt: skip


def test_own_folder_stays_writable_and_threads_start(tmp_path: Path) -> None:
    def work() -> list[Any]:
        import threading

        (tmp_path / "a").write_text("x")
        os.rename(tmp_path / "a", tmp_path / "b")
        done: list[Any] = []
        thread = threading.Thread(target=lambda: done.append((tmp_path / "b").read_text()))
        thread.start()
        thread.join()
        one, other = socket.socketpair()
        one.send(b"x")
        Path("/dev/null").write_text("x")
        return [done, other.recv(1).decode()]

    assert _sealed_child(work, tmp_path)["value"] == [["x"], "x"]


def test_memory_ends_in_an_error(tmp_path: Path) -> None:
    assert _sealed_child(lambda: len(bytearray(3 << 30)), tmp_path)["raised"] == "MemoryError"


def test_a_file_does_not_grow_without_end(tmp_path: Path) -> None:
    def work() -> None:
        with open(tmp_path / "big", "wb") as file:
            file.truncate(kernel.FILE_SIZE + 1)

    assert _sealed_child(work, tmp_path)["raised"] == "OSError"


@pytest.mark.parametrize(
    ("body", "status"),
    [(lambda: os._exit(7), 7), (lambda: ctypes.string_at(0), -signal.SIGSEGV), (os.abort, -signal.SIGABRT)],
    ids=["exit", "segfault", "abort"],
)
def test_an_end_of_the_interpreter_stays_in_the_child(body: Callable[[], Any], status: int, tmp_path: Path) -> None:
    assert _sealed_child(body, tmp_path)["status"] == status


def test_seals_are_left_out_where_the_kernel_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel.sys, "platform", "darwin")  # type: ignore[attr-defined]
    assert kernel.seal_process(["/"]) == kernel.seal_worker() == ()


def test_an_unknown_machine_has_no_call_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_filter.platform, "machine", lambda: "mips")  # type: ignore[attr-defined]
    assert kernel_filter.forbid_processes() is False


def test_a_kernel_without_landlock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_landlock, "_call", lambda *_: -1)
    assert kernel_landlock.forbid_files(["/"]) is False and kernel_landlock.forbid_signals() is False


def test_a_refusing_kernel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        def __getattr__(self, name: str) -> Callable[..., int]:
            return lambda *_: -1

    def no_limits(*_: Any) -> None:
        raise ValueError("not allowed")

    monkeypatch.setattr(kernel, "_library", Library)
    monkeypatch.setattr(kernel, "forbid_files", lambda _: False)
    monkeypatch.setattr(kernel, "forbid_processes", lambda: False)
    monkeypatch.setattr(kernel, "forbid_signals", lambda: False)
    monkeypatch.setattr(kernel.resource, "setrlimit", no_limits)  # type: ignore[attr-defined]
    assert kernel.seal_process(["/"]) == kernel.seal_worker() == ()


SAVED_EARLY = """
import sys
from os import system, remove
from socket import create_connection, getaddrinfo
from subprocess import Popen, run
from time import sleep, time
from datetime import datetime
from uuid import uuid4
from threading import Thread
import pathlib, tempfile, socket
connect = socket.socket.connect

from taskcontract.model import Case, TaskRef
from taskcontract.world import guard, state

for layer in guard.LAYERS:
    layer.install()

def attempt(function):
    run = state.Run(Case(TaskRef("m", "q")), pathlib.Path(tempfile.mkdtemp()))
    for layer in guard.LAYERS:
        layer.enter(run)
    with state.running(run):
        run.phase = "run"
        try:
            value = function()
        except state.Stopped as stopped:
            value = "stopped"
    for layer in reversed(guard.LAYERS):
        layer.exit(run)
    print(value, [effect.what for effect in run.effects])

port, victim = int(sys.argv[1]), sys.argv[2]
attempt(lambda: create_connection(("127.0.0.1", port)))
attempt(lambda: connect(socket.socket(), ("127.0.0.1", port)))
attempt(lambda: getaddrinfo("taskcontract.invalid", 1))
attempt(lambda: system("touch " + victim + "/made"))
attempt(lambda: run(["touch", victim + "/made"]).returncode)
attempt(lambda: remove(victim + "/kept"))
attempt(lambda: sleep(100))
attempt(lambda: (int(time()), str(datetime.now()), str(uuid4())))
"""


def test_names_saved_before_the_guard_came_are_caught(place: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAVED_EARLY, str(place.port), place.victim], capture_output=True, text=True, check=True
    )
    assert done.stdout.replace(place.victim, "VICTIM").replace(str(place.port), "PORT").splitlines() == [
        "stopped ['connect 127.0.0.1:PORT']",
        "stopped ['connect 127.0.0.1:PORT']",
        "stopped ['connect taskcontract.invalid:1']",
        "0 ['run touch VICTIM/made']",
        "0 ['run touch VICTIM/made']",
        "stopped ['delete VICTIM/kept']",
        "None ['sleep 100 s']",
        "(1736942400, '2025-01-15 12:00:00', 'dab39957-7ada-4d56-8416-35c4f8920547') []",
    ]
