"""Replacing functions of the standard library for good, so that they can ask each time whether a run is in progress.

A replacement made here acts as the original whenever no run is active, so it may stay for the life of the process. Two things
make it reach further than an attribute assignment: `sweep` also replaces names that other modules bound before
(`from time import sleep`), and `replace_method` reaches classes written in C, where the class itself stays what it was.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_HOST_TOOLS = frozenset({"taskcontract", "_pytest", "pytest", "pluggy", "hypothesis", "xdist", "execnet", "coverage"})
_replaced: dict[int, tuple[Any, Any]] = {}
_swept: dict[str, int] = {}
_methods: set[tuple[type, str]] = set()
_original_of: dict[int, Any] = {}


def replace(owner: Any, name: str, make: Callable[[Any], Callable[..., Any]]) -> Any:
    """Put `make(original)` in the place of `owner.name`, once; returns the original, or None where there is no such name."""
    original = getattr(owner, name, None)
    if original is None or id(original) in _original_of:
        return _original_of.get(id(original))
    replacement = make(original)
    functools.update_wrapper(replacement, original)
    if hasattr(replacement, "__wrapped__"):
        del replacement.__wrapped__  # inspect.signature of a C function with no signature must keep failing as it did
    setattr(owner, name, replacement)
    _original_of[id(replacement)] = original
    if isinstance(owner, ModuleType):
        _replaced[id(original)] = (original, replacement)
    return original


def substitute(module: ModuleType, name: str, replacement: Any) -> None:
    """Put a ready-made `replacement` in the place of `module.name`, and of what other modules bound to it."""
    original = getattr(module, name)
    setattr(module, name, replacement)
    _original_of[id(replacement)] = original
    _replaced[id(original)] = (original, replacement)


def replace_method(cls: type, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original descriptor)` in the place of a method, once; also of a class written in C, which is read-only."""
    if (cls, name) in _methods:
        return
    _methods.add((cls, name))
    original = cls.__dict__[name]
    try:
        setattr(cls, name, make(original))
    except TypeError:
        namespace = gc.get_referents(cls.__dict__)[0]
        namespace[name] = make(original)
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))


def sweep() -> None:
    """Replace the names that modules bound to an original before it was replaced. Cheap when no module is new."""
    if len(sys.modules) == len(_swept):
        return
    for name, module in list(sys.modules.items()):
        if _swept.get(name) == id(module):
            continue
        _swept[name] = id(module)
        if type(module) is ModuleType and name.partition(".")[0] not in _HOST_TOOLS:
            _sweep_one(vars(module))
    for name in _swept.keys() - sys.modules.keys():
        del _swept[name]


def _sweep_one(namespace: dict[str, Any]) -> None:
    for key, value in list(namespace.items()):
        pair = _replaced.get(id(value))
        if pair is not None and pair[0] is value:
            namespace[key] = pair[1]
