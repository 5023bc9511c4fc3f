"""Whether namespaces were written to since the last look, without looking at what is in them.

CPython numbers each change of a dict (PEP 509), and reading the numbers of forty dicts takes less than reading one of their
values each. Whether this interpreter does so is tried out, not assumed; where it does not, the addresses of all values are the
sign. A number that differs says that something was written, maybe the same as before: `addresses` then tells.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_POINTER = ctypes.sizeof(ctypes.c_void_p)
_OFFSET = object.__basicsize__ + _POINTER
"""Where the number stands in a dict: after what every object has, and the count of its entries."""
_SIZE = 8


class Signs(Protocol):
    """What is compared: a sign of several namespaces together, and which of them two signs differ in."""

    def now(self) -> Any:
        """The sign as it is now; of the same type, and equal to the one before as long as nothing is written."""

    def first(self) -> bytes:
        """The same for the first namespace alone, asked without any built-in function; empty where that cannot be."""

    def differing(self, before: Any, after: Any) -> list[int]:
        """The positions of the namespaces that two signs differ in."""


class _Versions:
    def __init__(self, spaces: Sequence[Mapping[str, Any]]) -> None:
        self._keep = [_writable(space) for space in spaces]
        self._numbers = [
            memoryview((ctypes.c_char * _SIZE).from_address(id(space) + _OFFSET)).cast("B") for space in self._keep
        ]

    def now(self) -> bytes:
        return b"".join(self._numbers)

    def first(self) -> bytes:
        return self._numbers[0].tobytes()

    def differing(self, before: bytes, after: bytes) -> list[int]:
        places = range(0, len(before), _SIZE)
        return [n for n, at in enumerate(places) if before[at : at + _SIZE] != after[at : at + _SIZE]]


class _Contents:
    def __init__(self, spaces: Sequence[Mapping[str, Any]]) -> None:
        self._spaces = spaces

    def now(self) -> list[bytes]:
        return [addresses(space) for space in self._spaces]

    def first(self) -> bytes:
        return b""

    def differing(self, before: list[bytes], after: list[bytes]) -> list[int]:
        return [n for n, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]


def signs(spaces: Sequence[Mapping[str, Any]]) -> Signs:
    """Signs of these namespaces: of modules (`vars(module)`) and classes (`vars(cls)`)."""
    return _Versions(spaces) if NUMBERED else _Contents(spaces)


def addresses(space: Mapping[str, Any]) -> bytes:
    """Of all names and values, in order: what is compared must not be asked, since a run may have put it there."""
    values = (*space, *space.values())
    return ctypes.string_at(id(values) + tuple.__basicsize__, len(values) * _POINTER)


def _writable(space: Mapping[str, Any]) -> Any:
    """The dict itself, also of a class, which shows it through a proxy."""
    return space if type(space) is dict else gc.get_referents(space)[0]


def _numbered() -> bool:
    """Whether every way of writing to a namespace changes its number here, and reading it does not."""
    if sys.implementation.name != "cpython":
        return False
    cls = type("Probe", (), {"there": 0})
    space: dict[str, Any] = {"there": 0}
    seen = _Versions([space, vars(cls)])
    numbers = [seen.now()]
    for statement in ("there = 1", "new = 1", "del new", "there = 2"):
        exec(f"global {statement.removeprefix('del ').partition(' ')[0]}; {statement}", space)
        exec(statement.replace("there", "cls.there").replace("new", "cls.new"), {"cls": cls})
        numbers.append(seen.now())
        if seen.differing(numbers[-2], numbers[-1]) != [0, 1]:
            return False
    _ = space["there"], getattr(cls(), "there", None), dict(space), dict(vars(cls))
    return seen.now() == numbers[-1] and len(set(numbers)) == len(numbers)


NUMBERED = _numbered()
"""Whether this interpreter numbers the changes of its dicts."""
