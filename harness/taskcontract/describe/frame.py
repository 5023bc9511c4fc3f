"""What a walk through the source keeps: its notes on the task, and the state of the function it is in."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taskcontract.describe.origins import UNKNOWN, Origins, Thing, static
from taskcontract.model import Fact, Source
from taskcontract.source import FunctionNode, SourceFile


@dataclass
class Notes:
    """Everything the walk found out about one task."""

    facts: dict[tuple[str, str, str], Fact] = field(default_factory=dict)
    fallbacks: dict[str, str] = field(default_factory=dict)
    stored: dict[str, str] = field(default_factory=dict)
    forwarded: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Origins] = field(default_factory=dict)
    loaded: set[tuple[str, str]] = field(default_factory=set)
    dynamic: bool = False

    def add(self, kind: str, about: str, value: Any, source: Source) -> None:
        self.facts.setdefault((kind, about, repr(value)), Fact(kind, about, value, source))


@dataclass(frozen=True)
class Condition:
    """What must be so for a line to run. `without`: it is only that these are missing."""

    words: str
    without: tuple[Thing, ...] = ()


@dataclass
class Frame:
    """One function being read: its names, whose method it is, and the conditions it stands under."""

    function: Any
    file: SourceFile
    names: dict[str, Thing]
    live: dict[str, Any] = field(default_factory=dict)
    displays: dict[str, ast.expr] = field(default_factory=dict)
    receiver: str = ""
    owner: type | None = None
    returned: list[Thing] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)

    def stands_for(self, node: ast.expr, cls: type | None) -> Any:
        """The live object that a dotted name means here, through an attribute of the task `cls` too; None for any other."""
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and self.names.get(node.value.id, UNKNOWN).is_task:
                return static(cls, node.attr)
            owner = self.stands_for(node.value, cls)
            return None if owner is None else static(owner, node.attr)
        if not isinstance(node, ast.Name) or node.id in self.names:
            return None
        return self.global_of(node.id)

    def global_of(self, name: str) -> Any:
        """The live object that a name means here when it is no local: imported, closed over, of the module, or built in."""
        if name in self.live:
            return self.live[name]
        code, cells = getattr(self.function, "__code__", None), getattr(self.function, "__closure__", None) or ()
        for free, cell in zip(getattr(code, "co_freevars", ()), cells, strict=False):
            if free == name:
                try:
                    return cell.cell_contents
                except ValueError:
                    return None
        return getattr(self.function, "__globals__", {}).get(name, vars(builtins).get(name))


def arguments(node: FunctionNode) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def bound(node: FunctionNode, positional: list[Thing], keywords: Mapping[str, Thing]) -> dict[str, Thing]:
    """The names of a function as one call fills them."""
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    filled = dict.fromkeys([a.arg for a in arguments(node)], UNKNOWN)
    filled.update({n: d for n, d in _defaults(node).items() if n in filled})
    filled.update(zip(names, positional, strict=False))
    filled.update({n: t for n, t in keywords.items() if n in filled})
    if node.args.vararg:
        filled[node.args.vararg.arg] = UNKNOWN
    if node.args.kwarg:
        filled[node.args.kwarg.arg] = Thing(keywords={n: t for n, t in keywords.items() if n not in filled})
    return filled


def _defaults(node: FunctionNode) -> dict[str, Thing]:
    """The parameters whose default is a text."""
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    pairs = [*zip(reversed(names), reversed(node.args.defaults), strict=False)]
    pairs += [(a.arg, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
    return {n: Thing(text=d.value) for n, d in pairs if isinstance(d, ast.Constant) and isinstance(d.value, str)}


def imported(node: ast.Import | ast.ImportFrom, scope: Mapping[str, Any]) -> dict[str, Any]:
    """What an import inside a function binds, as far as it is imported already: nothing is imported for it."""
    if isinstance(node, ast.Import):
        return {
            a.asname or a.name.partition(".")[0]: sys.modules.get(a.name if a.asname else a.name.partition(".")[0])
            for a in node.names
        }
    name = node.module or ""
    if node.level:
        package = str(scope.get("__package__") or "").split(".")
        name = ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])
    module = sys.modules.get(name)
    return {a.asname or a.name: static(module, a.name) for a in node.names} if module is not None else {}


def as_load(node: ast.expr) -> ast.expr:
    """The name that is assigned to, as one that is read; any other target as it is."""
    return ast.copy_location(ast.Name(node.id, ast.Load()), node) if isinstance(node, ast.Name) else node
