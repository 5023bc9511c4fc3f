"""The session that kills, importable by name here and in the sealed process; and a look at what is left running."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskcontract.engine.zygote import descendants


@pytest.fixture(autouse=True)
def specimens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "specimens"))


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """After the test, this process has no child that it had not before."""
    before = set(descendants(_own()))
    yield
    assert eventually(lambda: set(descendants(_own())) <= before), "processes were left running"


def _own() -> int:
    import os

    return os.getpid()


def eventually(holds: object, seconds: float = 10.0) -> bool:
    """Whether `holds()` comes to be true: the system needs a moment to take a process down."""
    assert callable(holds)
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
