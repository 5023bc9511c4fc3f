"""The host's file descriptors during a run: a run neither closes them nor writes to them, and what it broke is mended."""

from __future__ import annotations

import contextlib
import os
from typing import Any, NamedTuple

from taskcontract.model import Effect
from taskcontract.world import audit
from taskcontract.world.patches import replace
from taskcontract.world.state import Run, active, trusted

_STANDARD = (0, 1, 2)
_MAKERS = ("dup", "pipe", "pipe2", "memfd_create", "eventfd", "openpty")
"""What gives a descriptor and announces nothing."""

_hosts: frozenset[int] | None = frozenset()
"""The descriptors that were open when the run began; None while nobody has looked, because none was opened or closed yet."""


class _Copy(NamedTuple):
    number: int
    place: tuple[int, int]


_copies: dict[int, _Copy] = {}
"""Of the standard descriptors: kept from run to run for as long as each is what it was."""


class Descriptors:
    """Which descriptors were open when the run began; the standard ones kept as copies."""

    def __init__(self) -> None:
        global _hosts
        self._places = {number: place for number in _STANDARD if (place := _place(number))}
        for number, place in self._places.items():
            if number not in _copies or _copies[number].place != place or _place(_copies[number].number) != place:
                _copies[number] = _copied(number, place)
        _hosts = None

    def restore(self) -> None:
        """Put standard descriptors back that no longer are what they were."""
        global _hosts
        _hosts = frozenset()
        for number, place in self._places.items():
            if _place(number) != place:
                with contextlib.suppress(OSError):
                    os.dup2(_copies[number].number, number)


def _place(number: int) -> tuple[int, int] | None:
    """What tells the file that is open under a number from others; None when there is none."""
    try:
        found = os.fstat(number)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _copied(number: int, place: tuple[int, int]) -> _Copy:
    old = _copies.pop(number, None)
    if old is not None and _place(old.number) == old.place:
        with contextlib.suppress(OSError):
            os.close(old.number)
    return _Copy(os.dup(number), place)


_list, _dup, _close_number = os.listdir, os.dup, os.close


def _known() -> frozenset[int]:
    """The host's descriptors; looked up when the run is about to open its first, or has come to close one."""
    global _hosts
    if _hosts is None:
        with trusted():
            _hosts = _open_now()
    return _hosts


def _open_now() -> frozenset[int]:
    try:
        numbers = {int(name) for name in _list("/proc/self/fd")}
        listing = _dup(0)  # gets the number that the listing itself had while it was read
        _close_number(listing)
    except OSError:
        return frozenset(_STANDARD)
    return frozenset(numbers - {listing})


def install_descriptors() -> None:
    """Ask, before a descriptor is closed, replaced or written to, whose it is."""
    audit.on("open socket.__new__", _opening)
    for name in _MAKERS:
        replace(os, name, _making)
    replace(os, "close", _close)
    replace(os, "closerange", _closerange)
    replace(os, "dup2", _dup2)
    replace(os, "write", _write)


def _opening(run: Run, arguments: tuple[Any, ...]) -> None:
    if _hosts is None:
        _known()


def _making(original: Any) -> Any:
    def make(*args: Any, **kwargs: Any) -> Any:
        if _hosts is None and active() is not None:
            _known()
        return original(*args, **kwargs)

    return make


def _refuse(verb: str, number: int) -> None:
    run = active()
    if run is not None and number in _known():
        raise run.refuse(Effect("file", f"{verb} descriptor {number}", (verb, number), refused=True))


def _close(original: Any) -> Any:
    def close(fd: int) -> None:
        _refuse("close", fd)
        original(fd)

    return close


def _closerange(original: Any) -> Any:
    def closerange(fd_low: int, fd_high: int, /) -> None:
        if active() is not None:
            for number in sorted(_known()):
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
