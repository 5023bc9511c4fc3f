"""The session that kills, importable by name here and in the sealed process; and a look at what is left running."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from taskcontract.engine.zygote import descendants

SPECIMENS = Path(__file__).parent / "specimens"


@pytest.fixture(autouse=True)
def specimens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SPECIMENS))


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], bool]:
    """Whether something comes to be true: the system, which may have much to do, starts processes and takes them down."""

    def wait(holds: Callable[[], bool]) -> bool:
        for _ in range(12_000):
            if holds():
                return True
            time.sleep(0.01)
        return False

    return wait


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], bool]:
    """Whether a sealed process of this test has written its mark."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return lambda: any(tmp_path.glob("**/mark"))


@pytest.fixture
def nothing_left(eventually: Callable[[Callable[[], bool]], bool]) -> Iterator[None]:
    """After the test, this process has no process below it that it had not before."""
    before = set(descendants(os.getpid()))
    yield
    assert eventually(lambda: set(descendants(os.getpid())) <= before), "processes were left running"
