"""The host's file descriptors during a run: a run neither closes them nor writes to them, and what it broke is mended."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from taskcontract.model import Effect
from taskcontract.world.patches import replace
from taskcontract.world.state import active

_STANDARD = (0, 1, 2)
_hosts: frozenset[int] = frozenset()


class Descriptors:
    """Which descriptors were open when the run began; the standard ones kept as copies."""

    def __init__(self) -> None:
        global _hosts
        self._copies: dict[int, int] = {}
        self._identities: dict[int, tuple[int, int]] = {}
        for number in _STANDARD:
            with contextlib.suppress(OSError):
                found = os.fstat(number)
                self._copies[number] = os.dup(number)
                self._identities[number] = (found.st_dev, found.st_ino)
        _hosts = _open_now()

    def restore(self) -> None:
        """Put standard descriptors back that no longer are what they were."""
        global _hosts
        _hosts = frozenset()
        for number, copy in self._copies.items():
            try:
                found = os.fstat(number)
                same = (found.st_dev, found.st_ino) == self._identities[number]
            except OSError:
                same = False
            with contextlib.suppress(OSError):
                if not same:
                    os.dup2(copy, number)
                os.close(copy)


def _open_now() -> frozenset[int]:
    try:
        numbers = {int(name) for name in os.listdir("/proc/self/fd")}
        listing = os.dup(0)  # gets the number that the listing itself had while it was read
        os.close(listing)
    except OSError:
        return frozenset(_STANDARD)
    return frozenset(numbers - {listing})


def install_descriptors() -> None:
    """Ask, before a descriptor is closed, replaced or written to, whose it is."""
    replace(os, "close", _close)
    replace(os, "closerange", _closerange)
    replace(os, "dup2", _dup2)
    replace(os, "write", _write)


def _refuse(verb: str, number: int) -> None:
    run = active()
    if run is not None and number in _hosts:
        raise run.refuse(Effect("file", f"{verb} descriptor {number}", (verb, number), refused=True))


def _close(original: Any) -> Any:
    def close(fd: int) -> None:
        _refuse("close", fd)
        original(fd)

    return close


def _closerange(original: Any) -> Any:
    def closerange(fd_low: int, fd_high: int, /) -> None:
        if active() is not None:
            for number in sorted(_hosts):
                if fd_low <= number < fd_high:
                    _refuse("close", number)
        original(fd_low, fd_high)

    return closerange


def _dup2(original: Any) -> Any:
    def dup2(fd: int, fd2: int, inheritable: bool = True) -> Any:
        _refuse("replace", fd2)
        return original(fd, fd2, inheritable)

    return dup2


def _write(original: Any) -> Any:
    def write(fd: int, data: Any, /) -> Any:
        if active() is not None and fd in _STANDARD:
            return len(data)
        _refuse("write", fd)
        return original(fd, data)

    return write
