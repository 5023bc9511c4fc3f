"""Live objects as `Value`s: the expression that makes them, where there is one.

A case is held as code so that a run and its reproduction cannot differ. Literals, containers, the standard library's value
types and everything that can be imported by name have such code. What has none (a closure, an instance of a class of the
test's own) is kept in this process and looked up by number: it works here, and only here.
"""

from __future__ import annotations

import builtins
import datetime
import decimal
import enum
import functools
import importlib
import pathlib
import uuid
from collections.abc import Callable
from typing import Any

from taskcontract.model import Value

_held: list[Any] = []


def value_of(thing: Any) -> Value:
    """The `Value` that makes `thing`; a `Value` is returned as it is."""
    if isinstance(thing, Value):
        return thing
    setup: dict[str, None] = {}
    return Value(_code(thing, setup), tuple(setup))


def held(number: int) -> Any:
    """The object that `value_of` kept under a number."""
    return _held[number]


def _code(thing: Any, setup: dict[str, None]) -> str:
    """The expression for `thing`; what must have been imported for it is added to `setup`."""
    kind = type(thing)
    if thing is None or kind in (bool, int, str, bytes, complex, range):
        return repr(thing)
    if kind is float:
        return repr(thing) if thing == thing and abs(thing) != float("inf") else f"float({str(thing)!r})"
    if kind in _CONTAINERS:
        return _CONTAINERS[kind](thing, setup)
    if isinstance(thing, pathlib.PurePath):
        return f"{_imported('pathlib', setup)}.{kind.__name__}({str(thing)!r})"
    if kind in (datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone):
        _imported("datetime", setup)
        return repr(thing)
    if kind in (decimal.Decimal, uuid.UUID):
        return f"{_imported(kind.__module__, setup)}.{kind.__name__}({str(thing)!r})"
    if isinstance(thing, enum.Enum) and importable(kind):
        return f"{_imported(kind.__module__, setup)}.{kind.__qualname__}[{thing.name!r}]"
    if isinstance(thing, functools.partial) and kind is functools.partial:
        given = [_code(thing.func, setup), *(_code(a, setup) for a in thing.args)]
        given += [f"{name}={_code(value, setup)}" for name, value in thing.keywords.items()]
        return f"{_imported('functools', setup)}.partial({', '.join(given)})"
    name = getattr(thing, "__name__", None)
    if isinstance(name, str) and getattr(builtins, name, None) is thing:
        return name
    if importable(thing):
        return f"{_imported(thing.__module__, setup)}.{thing.__qualname__}"
    return _hold(thing, setup)


def _imported(module: str, setup: dict[str, None]) -> str:
    setup[f"import {module}"] = None
    return module


def importable(thing: Any) -> bool:
    """Whether importing its module and following its name leads back to the very same object."""
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not (isinstance(module, str) and isinstance(name, str)) or module in ("__main__", "builtins"):
        return False
    try:
        found = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError):
        return False
    return found is thing


def _hold(thing: Any, setup: dict[str, None]) -> str:
    number = next((n for n, kept in enumerate(_held) if kept is thing), len(_held))
    if number == len(_held):
        _held.append(thing)
    return f"{_imported(__name__, setup)}.held({number})"


def _dict(thing: dict[Any, Any], setup: dict[str, None]) -> str:
    return "{" + ", ".join(f"{_code(k, setup)}: {_code(v, setup)}" for k, v in thing.items()) + "}"


def _items(opening: str, closing: str) -> Callable[[Any, dict[str, None]], str]:
    def code(thing: Any, setup: dict[str, None]) -> str:
        return opening + ", ".join(_code(item, setup) for item in thing) + closing

    return code


def _tuple(thing: tuple[Any, ...], setup: dict[str, None]) -> str:
    items = [_code(item, setup) for item in thing]
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _set(thing: set[Any], setup: dict[str, None]) -> str:
    return "{" + ", ".join(sorted(_code(item, setup) for item in thing)) + "}" if thing else "set()"


_CONTAINERS: dict[type, Callable[[Any, dict[str, None]], str]] = {
    dict: _dict,
    list: _items("[", "]"),
    tuple: _tuple,
    set: _set,
    frozenset: lambda thing, setup: f"frozenset({_set(set(thing), setup)})",
    bytearray: lambda thing, setup: repr(thing),
}
