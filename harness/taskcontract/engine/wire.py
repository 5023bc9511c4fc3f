"""What the sealed process may say to the harness, and how it is read without trusting a byte of it.

A message is a tuple that begins with a word. It travels as JSON in which everything JSON lacks (tuples, bytes, sets, the
nouns of `model`) is tagged, inside a frame of a mark, a length and a checksum. Reading builds nothing but plain data and
the dataclasses and enums of `model`, through their own constructors and with every field's type checked, because the writer
shares its process with code that nobody vouches for. Anything else is `Malformed`.
"""

from __future__ import annotations

import base64
import collections.abc
import dataclasses
import enum
import functools
import json
import struct
import types
import typing
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from taskcontract import model
from taskcontract.engine.asking import Plan

MOST_BYTES: Final = 64 << 20
"""The longest frame that is accepted; a longer one is a sign of garbage."""

_HEAD: Final = struct.Struct("!4sII")
_MARK: Final = b"tc\x1f\x01"
_BIG: Final = 1 << 63

NOUNS: Final[Mapping[str, type[Any]]] = {
    name: thing
    for name, thing in (*vars(model).items(), ("Plan", Plan))
    if isinstance(thing, type) and dataclasses.is_dataclass(thing)
}
ENUMS: Final[Mapping[str, type[enum.Enum]]] = {
    name: thing
    for part in (model.report, model.task)
    for name, thing in vars(part).items()
    if isinstance(thing, type) and issubclass(thing, enum.Enum) and thing.__module__ == part.__name__
}
_FIELDS: Final = {name: tuple(f.name for f in dataclasses.fields(noun)) for name, noun in NOUNS.items()}


class Malformed(Exception):
    """What arrived is not a message."""


# --- writing ---------------------------------------------------------------------------------------------------------


def frame(message: tuple[Any, ...]) -> bytes:
    """The bytes of one message. Raises TypeError for an object that cannot be told in plain data, ValueError if too long."""
    body = json.dumps(_plain(message), separators=(",", ":"), check_circular=False).encode()
    if len(body) > MOST_BYTES:
        raise ValueError(f"a message of {len(body):,} bytes is longer than {MOST_BYTES:,}")
    return _HEAD.pack(_MARK, len(body), zlib.crc32(body)) + body


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value
    if kind is int:
        return value if -_BIG < value < _BIG else {"i": hex(value)}
    if kind is list:
        return [_plain(v) for v in value]
    if kind is tuple:
        return {"t": [_plain(v) for v in value]}
    if NOUNS.get(kind.__name__) is kind:
        return {"o": [kind.__name__, *(_plain(getattr(value, name)) for name in _FIELDS[kind.__name__])]}
    if ENUMS.get(kind.__name__) is kind:
        return {"e": [kind.__name__, value.name]}
    if isinstance(value, Mapping):
        return {"d": [[_plain(k), _plain(v)] for k, v in value.items()]}
    if isinstance(value, frozenset):
        return {"f": [_plain(v) for v in sorted(value, key=repr)]}
    if isinstance(value, set):
        return {"s": [_plain(v) for v in sorted(value, key=repr)]}
    if isinstance(value, (bytes, bytearray)):
        return {"b": base64.b64encode(value).decode()}
    if isinstance(value, complex):
        return {"c": [value.real, value.imag]}
    return _plain(_exact(value))


def _exact(value: Any) -> Any:
    """A subclass of a plain type (a library's own `str`, a namedtuple) as that plain type."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, (list, tuple)):
        return [*value] if isinstance(value, list) else (*value,)
    raise TypeError(f"a value of type {type(value).__name__!r} cannot be told in plain data")


# --- reading ---------------------------------------------------------------------------------------------------------


class Frames:
    """Cuts a stream of bytes into messages; keeps what is incomplete."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Any, ...]]:
        """The messages that `data` completes. Raises Malformed at the first byte that cannot belong to one."""
        self._bytes += data
        while len(self._bytes) >= _HEAD.size:
            mark, length, checksum = _HEAD.unpack_from(self._bytes)
            if mark != _MARK or length > MOST_BYTES:
                raise Malformed("bytes that are no message")
            if len(self._bytes) < _HEAD.size + length:
                return
            body = bytes(self._bytes[_HEAD.size : _HEAD.size + length])
            del self._bytes[: _HEAD.size + length]
            if zlib.crc32(body) != checksum:
                raise Malformed("a message that was damaged on its way")
            yield _message(body)
        if not _MARK.startswith(bytes(self._bytes[: len(_MARK)])):
            raise Malformed("bytes that are no message")


def _message(body: bytes) -> tuple[Any, ...]:
    try:
        message = json.loads(body, object_hook=_built)
    except Malformed:
        raise
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error
    if type(message) is not tuple or not message or type(message[0]) is not str:
        raise Malformed("not a message")
    return message


def _built(tagged: dict[str, Any]) -> Any:
    ((tag, body),) = tagged.items()
    if tag == "i":
        return int(body, 16)
    if tag == "t":
        return tuple(body)
    if tag == "o":
        return _noun(*body)
    if tag == "e":
        return ENUMS[body[0]][body[1]]
    if tag == "d":
        return dict(body)
    if tag in ("f", "s"):
        return frozenset(body) if tag == "f" else set(body)
    if tag == "b":
        return base64.b64decode(body, validate=True)
    if tag == "c":
        return complex(*body)
    raise Malformed(f"unknown tag {tag!r}")


def _noun(name: str, *values: Any) -> Any:
    names = _FIELDS[name]
    if len(values) != len(names):
        raise Malformed(f"a {name} of {len(values)} fields, not {len(names)}")
    for field, value, fits in zip(names, values, _checks(name), strict=True):
        if not fits(value):
            raise Malformed(f"{name}.{field} is of type {type(value).__name__!r}")
    return NOUNS[name](*values)


# --- checking fields against their annotations -----------------------------------------------------------------------

_Check = Callable[[Any], bool]


@functools.cache
def _checks(name: str) -> tuple[_Check, ...]:
    hints = typing.get_type_hints(NOUNS[name])
    return tuple(_check(hints[field]) for field in _FIELDS[name])


def _check(hint: Any) -> _Check:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return lambda value: True
    if origin is typing.Literal:
        return lambda value: value in args
    if origin in (typing.Union, types.UnionType):
        some = tuple(_check(arg) for arg in args)
        return lambda value: any(fits(value) for fits in some)
    if origin is tuple and args[-1] is Ellipsis:
        each = _check(args[0])
        return lambda value: type(value) is tuple and all(map(each, value))
    if origin is tuple:
        every = tuple(_check(arg) for arg in args)
        return lambda value: (
            type(value) is tuple and len(value) == len(every) and all(f(v) for f, v in zip(every, value, strict=True))
        )
    if origin is frozenset:
        member = _check(args[0])
        return lambda value: type(value) is frozenset and all(map(member, value))
    if origin is collections.abc.Mapping:
        key, held = _check(args[0]), _check(args[1])
        return lambda value: type(value) is dict and all(key(k) and held(v) for k, v in value.items())
    if hint is float:
        return lambda value: type(value) in (int, float)
    return lambda value: type(value) is hint
