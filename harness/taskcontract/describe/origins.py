"""Where a value in the source comes from, as far as can be told without running it, and which code belongs to the library.

A `Thing` stands for the value of an expression: the parameters and attributes it may be, unchanged or lightly wrapped; the
library object it may be an instance of; the names that a `**kwargs` holds; the text it is.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Origin = tuple[Literal["init", "run", "attr"], str]
Origins = frozenset[Origin]
NOTHING: Origins = frozenset()


@dataclass(frozen=True, slots=True)
class Thing:
    """What an expression may be. `plain` is whether it is the parameter itself, not something made from it.

    `text` is the text that it is, where that is written in the source.
    """

    origins: Origins = NOTHING
    plain: bool = False
    is_task: bool = False
    made: Made | None = None
    keywords: Mapping[str, Thing] | None = None
    text: str | None = None

    def __or__(self, other: Thing) -> Thing:
        return Thing(
            self.origins | other.origins,
            False,
            self.is_task or other.is_task,
            self.made or other.made,
            self.keywords if self.keywords is not None else other.keywords,
            self.text if self.text == other.text else None,
        )

    def wrapped(self) -> Thing:
        """The same value, lightly changed (copied, stripped, made a text)."""
        return Thing(self.origins, False, False, self.made, self.keywords)


UNKNOWN = Thing()


@dataclass(slots=True, eq=False)
class Made:
    """An instance of a library class that the source makes: what its attributes were set to."""

    cls: type
    attributes: dict[str, Thing] = field(default_factory=dict)


def parameter(side: Literal["init", "run"], name: str) -> Thing:
    return Thing(frozenset({(side, name)}), True)


def is_function(value: object) -> bool:
    return type(value) is types.FunctionType


def is_class(value: object) -> bool:
    return issubclass(type(value), type)


class Library:
    """Whose code is read: modules of the task's own top-level package or folder, and what the framework ships for tasks.

    Its helpers make clients and read secrets for tasks of any library; its machinery is never read.
    """

    def __init__(self, module: str, path: str | None, bases: tuple[type, ...], machinery: Callable[[str], bool]) -> None:
        self._top, self._machinery = module.partition(".")[0], machinery
        self._folder = path.rpartition("/")[0] if path else None
        self._bases = bases
        self._shipped = {base.__module__.partition(".")[0] for base in bases} - {"builtins"}

    def owns(self, value: object) -> bool:
        """Whether a function or class is the library's own or the framework's help for it, and none of its base classes."""
        if not (is_function(value) or is_class(value)) or value in self._bases:
            return False
        module = getattr(value, "__module__", None)
        if not isinstance(module, str) or self._machinery(module):
            return False
        return self._has(module) or module.partition(".")[0] in self._shipped

    def modules(self) -> list[types.ModuleType]:
        """The library's modules that are imported."""
        return [module for name, module in list(sys.modules.items()) if type(module) is types.ModuleType and self._has(name)]

    def _has(self, module: str) -> bool:
        if module.partition(".")[0] == self._top:
            return True
        file = getattr(sys.modules.get(module), "__file__", None)
        return bool(self._folder and isinstance(file, str) and file.startswith(self._folder + "/"))


def static(owner: Any, name: str) -> Any:
    """An attribute of a class or module, looked up without running anything; None when there is none."""
    if isinstance(owner, types.ModuleType):
        return vars(owner).get(name)
    try:
        return inspect.getattr_static(owner, name, None)
    except Exception:  # a metaclass that objects
        return None


def function_in(value: Any) -> Any:
    """The function behind a method object, static or class method or property."""
    if isinstance(value, (staticmethod, classmethod)):
        return value.__func__
    return value.fget if isinstance(value, property) else value


def definer(cls: type, function: Any) -> type | None:
    """The class in the family of `cls` whose own attribute `function` is, whatever decorates it there."""
    return next((c for c in cls.__mro__ if any(function_in(v) is function for v in vars(c).values())), None)
