"""Following a call into the library's own code: methods, bases, helpers, and classes that are made."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from taskcontract.describe.origins import UNKNOWN, Made, Thing, function_in, is_class, is_function, static
from taskcontract.source import layers

if TYPE_CHECKING:
    from taskcontract.describe.reader import Reader


def follow(reader: Reader, node: ast.Call, positional: list[Thing], keywords: dict[str, Thing]) -> Thing | None:
    """Read what is called, where it is the library's own; None where it is not."""
    target = node.func
    if isinstance(target, ast.Attribute):
        if _is_super(target.value):
            return _super(reader, target.attr, positional, keywords, node)
        owner = reader.value(target.value)
        cls = reader.cls if owner.is_task else owner.made.cls if owner.made else None
        if cls is not None:
            found = static(cls, target.attr)
            function = function_in(found)
            if is_function(function) and reader.library.owns(layers(function)[-1]):
                this = None if isinstance(found, staticmethod) else owner
                return reader.call(function, positional, keywords, this, _owner(cls, target.attr))
            return None
    callee = function_in(reader.live(target))
    if is_function(callee) and reader.library.owns(callee):
        base = reader.live(target.value) if isinstance(target, ast.Attribute) else None
        if is_class(base) and positional and positional[0].is_task:  # Base.method(self, …)
            return reader.call(callee, positional[1:], keywords, positional[0], base)
        return reader.call(callee, positional, keywords, None, None)
    if is_class(callee) and reader.library.owns(callee):
        return _make(reader, callee, positional, keywords)
    if isinstance(target, ast.Attribute) and target.attr == "__init__" and positional and positional[0].is_task:
        _forward(reader, keywords, node)
    return None


def _make(reader: Reader, cls: type, positional: list[Thing], keywords: dict[str, Thing]) -> Thing:
    made = Made(cls)
    thing = Thing(made=made)
    constructor = static(cls, "__init__")
    if is_function(constructor) and reader.library.owns(layers(constructor)[-1]):
        reader.call(constructor, positional, keywords, thing, _owner(cls, "__init__"))
    return thing


def _super(
    reader: Reader, name: str, positional: list[Thing], keywords: dict[str, Thing], node: ast.Call
) -> Thing | None:
    this = reader.frame.names.get(reader.frame.receiver, UNKNOWN)
    cls = reader.cls if this.is_task else this.made.cls if this.made else None
    if cls is None or reader.frame.owner is None:
        return None
    after = cls.__mro__[cls.__mro__.index(reader.frame.owner) + 1 :] if reader.frame.owner in cls.__mro__ else ()
    for base in after:
        if name not in vars(base):
            continue
        function = function_in(vars(base)[name])
        if is_function(function) and reader.library.owns(layers(function)[-1]) and reader.library.owns(base):
            return reader.call(function, positional, keywords, this, base)
        break
    if name == "__init__" and this.is_task:
        _forward(reader, keywords, node)
    return None


def _forward(reader: Reader, keywords: Mapping[str, Thing], node: ast.Call) -> None:
    """The framework's own `__init__` is reached: which options the task's parameters are passed on as."""
    for option, thing in keywords.items():
        for kind, name in thing.origins:
            if kind == "init" and thing.plain and option in reader.options:
                reader.notes.forwarded[name] = option
                reader.notes.add("forwarded", name, option, reader.source("super().__init__", node))


def _owner(cls: type, name: str) -> type | None:
    return next((c for c in cls.__mro__ if name in vars(c)), None)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
