"""The host's file descriptors in a run: listed only when the run opens or closes one, and never taken for the run's."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taskcontract.world import descriptors


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each look at which descriptors are open."""
    looks: list[str] = []
    plain = descriptors._list

    def listing(folder: str) -> list[str]:
        looks.append(folder)
        return plain(folder)

    monkeypatch.setattr(descriptors, "_list", listing)
    return looks


def _open_and_close() -> None:
    with open("here", "w") as file:
        file.write("x")


def _socket() -> None:
    socket.socket().close()


def _pipe() -> None:
    for number in os.pipe():
        os.close(number)


def _copy() -> None:
    os.close(os.dup(1))


def _memory() -> None:
    os.close(os.memfd_create("here"))


def _temporary() -> None:
    number, _ = tempfile.mkstemp()
    os.write(number, b"x")
    os.close(number)


OWN = [_open_and_close, _socket, _pipe, _copy, _memory, _temporary]


@pytest.mark.parametrize("act", OWN)
def test_what_a_run_opened_it_may_close(sealed: Any, listed: list[str], act: Callable[[], None]) -> None:
    def thrice() -> None:
        for _ in range(3):
            act()

    seen = sealed(thrice)
    assert seen.ended == "returned", seen
    assert len(listed) == 1, "once, before the first"


def test_a_run_that_opens_nothing_lists_nothing(sealed: Any, listed: list[str]) -> None:
    assert sealed(lambda: sum(range(9))).value == 36
    assert listed == []


ON_THE_HOSTS: list[Callable[[int], object]] = [
    lambda number: os.close(number),
    lambda number: os.closerange(number, number + 1),
    lambda number: os.dup2(1, number),
    lambda number: os.write(number, b""),
]


@pytest.mark.parametrize("opened_before", [False, True])
@pytest.mark.parametrize("act", ON_THE_HOSTS)
def test_what_the_host_opened_is_the_hosts(
    sealed: Any, tmp_path: Path, act: Callable[[int], object], opened_before: bool
) -> None:
    number = os.open(tmp_path / "host", os.O_CREAT | os.O_WRONLY)

    def acting() -> None:
        if opened_before:
            _pipe()
        act(number)

    try:
        seen = sealed(acting)
        assert seen.ended == "refused" and str(seen.run.stopped).endswith(f"descriptor {number}")
        os.fstat(number)
    finally:
        os.close(number)


def test_copies_of_the_standard_descriptors_are_kept_and_renewed(sealed: Any, tmp_path: Path) -> None:
    sealed(lambda: None)
    before = dict(descriptors._copies)
    sealed(lambda: None)
    assert descriptors._copies == before, "the same from run to run"
    saved = os.dup(0)
    try:
        with open(tmp_path / "input", "w+") as file:
            os.dup2(file.fileno(), 0)
            sealed(lambda: None)
            copy = descriptors._copies[0]
            assert copy.place == descriptors._place(copy.number) == descriptors._place(file.fileno())
            os.close(0)
            sealed(lambda: None)
            assert descriptors._place(0) is None, "one that was closed before stays so"
            os.dup2(file.fileno(), 0)
            os.close(descriptors._copies[0].number)
            sealed(lambda: None)
            assert descriptors._place(descriptors._copies[0].number) == descriptors._place(0), (
                "a copy that was lost is made anew"
            )
    finally:
        os.dup2(saved, 0)
        os.close(saved)
