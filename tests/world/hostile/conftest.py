"""A server that counts what reaches it, and a folder and a process that must stay as they are."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("hostile_specimens", Path(__file__).with_name("specimens.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


specimens = _load()


class Listener:
    """Counts connections and datagrams."""

    def __init__(self) -> None:
        self.packets = 0
        self.tcp, self.udp = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        for work in (self._accept, self._receive):
            threading.Thread(target=work, daemon=True).start()

    def _accept(self) -> None:
        while True:
            connection, _ = self.tcp.accept()
            self.packets += 1
            connection.close()

    def _receive(self) -> None:
        while True:
            self.udp.recvfrom(100)
            self.packets += 1


@pytest.fixture(scope="session")
def listener() -> Listener:
    return Listener()


@pytest.fixture
def place(listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Where harm could be done; checked afterwards."""
    from taskcontract.world import places

    victim, home = tmp_path / "victim", tmp_path / "home"
    for folder in (victim, home):
        folder.mkdir()
    (victim / "kept").write_text("kept")
    (home / ".netrc").write_text("machine example.com password hunter2")
    monkeypatch.setenv("TASKCONTRACT_HOST_SECRET", "hunter2")
    monkeypatch.setattr(places, "_homes", lambda: (str(home),))
    before = _inspect(victim)
    packets = listener.packets
    yield specimens.Place("127.0.0.1", listener.tcp.getsockname()[1], listener.udp.getsockname()[1], str(victim), str(home))
    assert _inspect(victim) == before
    assert listener.packets == packets


def _inspect(folder: Path) -> list[tuple[str, int, float, bytes]]:
    found = sorted(folder.rglob("*"))
    return [(p.name, p.stat().st_mode, p.stat().st_mtime, p.read_bytes() if p.is_file() else b"") for p in (folder, *found)]


@pytest.fixture
def process_unharmed() -> Iterator[None]:
    """What a run may not leave different in the process that judges it."""
    before = _process()
    yield
    assert _process() == before


def _process() -> dict[str, Any]:
    import builtins
    import locale
    import logging
    import random
    import subprocess
    import tempfile
    import warnings

    mask = os.umask(0)
    os.umask(mask)
    return {
        "environment": {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"},
        "environment object": id(os.environ),
        "folder": os.getcwd(),
        "mask": mask,
        "descriptors": [(os.fstat(n).st_dev, os.fstat(n).st_ino) for n in (0, 1, 2)],
        "functions": [os.getcwd, time.time, socket.socket.connect, subprocess.Popen.__init__, open, isinstance],
        "builtins": sorted(vars(builtins)),
        "modules": "json" in sys.modules,
        "lists": [list(sys.path), list(sys.meta_path), list(sys.argv)],
        "hooks": [sys.excepthook, sys.displayhook, sys.unraisablehook, threading.excepthook, sys.gettrace()],
        "logging": [list(logging.root.handlers), logging.root.manager.disable],
        "warnings": list(warnings.filters),
        "signals": [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGALRM, signal.SIGPROF, signal.SIGTERM)],
        "timers": [signal.getitimer(signal.ITIMER_REAL), signal.getitimer(signal.ITIMER_PROF)],
        "settings": [locale.setlocale(locale.LC_ALL), sys.getrecursionlimit(), sys.getswitchinterval()],
        "chance": random.getstate(),
        "sockets": socket.getdefaulttimeout(),
        "temporary": tempfile.tempdir,
        "streams": [sys.stdin, sys.stdout, sys.stderr],
    }
