"""Canonical forms: any Python object as a tree of hashable plain data that two runs can be compared by.

A leaf is None, bool, int, float, complex, str or bytes; everything else is a tuple that begins with a type's qualified name.
What is never stable is taken out: the case's own directory reads `<case>`, memory addresses `0x…`, sets are sorted, dicts are
in key order. Objects of unknown classes are told by class and attributes, to a bounded depth. Nothing here trusts the object:
a `repr`, `__eq__`, `__getattr__` or iterator that raises or never ends costs that leaf and nothing else.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import inspect
import io
import logging
import operator
import pathlib
import re
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from taskcontract.world.state import Stopped

DEPTH, WIDTH, TEXT = 12, 400, 200_000
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_LEAVES = frozenset(map(id, (type(None), bool, int, float, complex)))
_VALUES = (datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, decimal.Decimal, uuid.UUID, range, re.Pattern)


def qualified(cls: type) -> str:
    """`module.QualName`, without `builtins.`."""
    module = getattr(cls, "__module__", "?")
    name = getattr(cls, "__qualname__", "?")
    return str(name) if module == "builtins" else f"{module}.{name}"


def stable_text(text: str, directory: str = "") -> str:
    """`text` with the case's directory and memory addresses replaced by constant words."""
    if directory and directory in text:
        text = text.replace(directory, "<case>")
    if "0x" in text:
        text = _ADDRESS.sub("0x…", text)
    return text if len(text) <= TEXT else text[:TEXT] + f"…(+{len(text) - TEXT})"


def canon(value: Any, directory: str = "", _depth: int = 0, _seen: tuple[int, ...] = ()) -> Any:
    """The canonical tree of `value`; never raises an Exception and never runs for long."""
    kind = type(value)
    if id(kind) in _LEAVES:
        return value
    if kind is str:
        return stable_text(value, directory)
    if kind is bytes:
        return value if not directory else value.replace(directory.encode(), b"<case>")
    if _depth >= DEPTH:
        return (qualified(kind), "…")
    if id(value) in _seen:
        return (qualified(kind), "<cycle>")
    try:
        return _tree(value, kind, directory, _depth, (*_seen, id(value)))
    except (Exception, Stopped) as error:
        return (qualified(kind), f"<unreadable: {type(error).__name__}>")


def _tree(value: Any, kind: type, directory: str, depth: int, seen: tuple[int, ...]) -> Any:
    def sub(item: Any) -> Any:
        cls = type(item)
        return item if id(cls) in _LEAVES else canon(item, directory, depth + 1, seen)

    usual = _USUAL.get(id(kind))
    if usual is not None:
        return usual(value, sub)
    own = getattr(kind, "__taskcontract_canon__", None)
    if own is not None:
        return own(value, sub)
    name = qualified(kind)
    if isinstance(value, enum.Enum):
        return (name, value.name)
    if isinstance(value, type):
        return ("type", qualified(value))
    if isinstance(value, types.ModuleType):
        return ("module", value.__name__)
    if isinstance(value, dict):
        pairs = [(sub(k), sub(v)) for k, v in list(dict.items(value))[:WIDTH]]
        return (name, *sorted(pairs, key=repr))
    if isinstance(value, (set, frozenset)):
        return (name, *sorted((sub(v) for v in list(value)[:WIDTH]), key=repr))
    if isinstance(value, (list, tuple)):
        cls: type[Any] = list if isinstance(value, list) else tuple
        return (name, *(sub(v) for v in list(cls.__iter__(value))[:WIDTH]))
    if isinstance(value, str):
        return (name, stable_text(str.__str__(value), directory))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return (name, canon(bytes(value), directory))
    if isinstance(value, (int, float)):
        return (name, int(value) if isinstance(value, int) else float(value))
    if isinstance(value, pathlib.PurePath):
        return (name.rpartition(".")[2].replace("Posix", ""), stable_text(str(value), directory))
    if isinstance(value, _VALUES):
        return (name, stable_text(repr(value), directory))
    if isinstance(value, functools.partial):
        return (name, sub(value.func), sub(value.args), sub(value.keywords))
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)) or inspect.isroutine(value):
        return (name, str(getattr(value, "__qualname__", "?")))
    if isinstance(value, logging.Logger):
        return (name, value.name)
    if isinstance(value, BaseException):
        return (name, sub(list(value.args)))
    if isinstance(value, io.BytesIO):
        return (name, canon(value.getvalue(), directory))
    if isinstance(value, io.StringIO):
        return (name, canon(value.getvalue(), directory))
    if isinstance(value, io.IOBase):
        return (name, stable_text(str(getattr(value, "name", "")), directory))
    if inspect.isgenerator(value) or inspect.iscoroutine(value) or inspect.isasyncgen(value):
        return (name, str(getattr(value, "__qualname__", "?")))
    attributes: dict[str, Any] = {}
    if hasattr(kind, "__dict__") and isinstance(getattr(value, "__dict__", None), dict):
        only_read = getattr(kind, "__taskcontract_only_read__", None)
        attributes.update((k, v) for k, v in value.__dict__.items() if only_read is None or not only_read(value, k))
    for cls in kind.__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else tuple(slots):
            if slot not in ("__dict__", "__weakref__") and hasattr(value, slot):
                attributes.setdefault(slot, getattr(value, slot))
    if attributes:
        return (name, *sorted(((k, sub(v)) for k, v in list(attributes.items())[:WIDTH]), key=lambda p: str(p[0])))
    return (name, stable_text(repr(value), directory))


# --- the same for values of exactly the usual types, without asking what else they might be ---------------------------------


_first = operator.itemgetter(0)


def _dict(value: dict[Any, Any], sub: Callable[[Any], Any]) -> Any:
    pairs = [(sub(k), sub(v)) for k, v in list(value.items())[:WIDTH]]
    names = {k for k, _ in pairs if type(k) is str}
    pairs.sort(key=_first if len(names) == len(pairs) else repr)
    return ("dict", *pairs)


def _set(value: Any, sub: Callable[[Any], Any]) -> Any:
    return (type(value).__name__, *sorted((sub(v) for v in list(value)[:WIDTH]), key=repr))


def _routine(value: Any, sub: Callable[[Any], Any]) -> Any:
    return (qualified(type(value)), str(getattr(value, "__qualname__", "?")))


def _plain_value(value: Any, sub: Callable[[Any], Any]) -> Any:
    return (qualified(type(value)), stable_text(repr(value)))


def _signature(value: inspect.Signature, sub: Callable[[Any], Any]) -> Any:
    """How it is called; what its parameters are annotated with changes nothing about that."""
    empty = inspect.Signature.empty
    parameters = value.parameters.values()
    return ("inspect.Signature", *[(p.name, int(p.kind), "" if p.default is empty else sub(p.default)) for p in parameters])


_BY_TYPE: dict[type, Callable[[Any, Callable[[Any], Any]], Any]] = {
    dict: _dict,
    list: lambda value, sub: ("list", *[sub(v) for v in value[:WIDTH]]),
    tuple: lambda value, sub: ("tuple", *[sub(v) for v in value[:WIDTH]]),
    set: _set,
    frozenset: _set,
    types.FunctionType: _routine,
    types.BuiltinFunctionType: _routine,
    types.MethodType: _routine,
    datetime.date: _plain_value,
    datetime.timedelta: _plain_value,
    decimal.Decimal: _plain_value,
    uuid.UUID: _plain_value,
    logging.Logger: lambda value, sub: ("logging.Logger", value.name),
    inspect.Signature: _signature,
}
_USUAL = {id(kind): form for kind, form in _BY_TYPE.items()}
"""By identity: to look a class up by itself would run its metaclass's `__hash__`."""


_FIXED = (str, bytes, types.FunctionType, datetime.timedelta, datetime.date, inspect.Signature)
_UNCHANGING = _LEAVES | frozenset(map(id, _FIXED))


def unchanging(value: Any) -> bool:
    """Whether the same object always has the same canonical form: nothing can be put into it or taken out."""
    return id(type(value)) in _UNCHANGING


def texts(tree: Any) -> Iterator[str]:
    """Every text in a canonical tree, bytes decoded as latin-1, numbers as their text: where canaries are looked for."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, bytes):
        yield tree.decode("latin-1")
    elif isinstance(tree, (tuple, list)):
        for item in tree:
            yield from texts(item)
    elif isinstance(tree, (int, float)) and not isinstance(tree, bool):
        yield str(tree)
