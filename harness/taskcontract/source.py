"""Source text of live objects: each file is read and parsed once; classes are found in it by name, functions by line.

What has no readable source (made by `exec`, compiled, in syntax that this Python does not know) is None, never an error.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import os
import sys
import tokenize
from collections import OrderedDict
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One parsed file. `classes` is by qualified name (the last definition wins, as in Python), `functions` by first line."""

    path: str
    text: str
    tree: ast.Module
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    functions: dict[int, list[FunctionNode]] = field(default_factory=dict)

    def segment(self, node: ast.AST | None) -> str:
        """The source text of a node, in one line's spacing."""
        return "" if node is None else ast.unparse(node)

    def lines(self, node: ast.ClassDef) -> str:
        """The text of a class as it stands, decorators included."""
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        return "\n".join(self.text.splitlines()[first - 1 : node.end_lineno])


def file_of(path: str | None) -> SourceFile | None:
    """The parsed file at `path`; None when it cannot be read or parsed."""
    if not path:
        return None
    try:
        status = os.stat(path)
        return _files.file(path, status.st_mtime_ns, status.st_size)
    except (OSError, ValueError):
        text = "".join(linecache.getlines(path))  # a notebook's cell or a doctest, perhaps
        return _parse(path, text) if text else None


_MOST_TEXT = 1_200_000
"""How much source is kept parsed, in bytes. A tree takes thirty times the memory of its text; Prefect's task library is less
than this, and of a larger one what was asked for last is kept, since tasks are judged module by module."""


class _Files:
    """The parsed files that were asked for last."""

    def __init__(self) -> None:
        self.kept: OrderedDict[tuple[str, int, int], SourceFile | None] = OrderedDict()
        self.size = 0

    def file(self, path: str, modified: int, size: int) -> SourceFile | None:
        """The file, parsed again when it was written to since."""
        key = (path, modified, size)
        if key in self.kept:
            self.kept.move_to_end(key)
            return self.kept[key]
        found = self.kept[key] = _read(path)
        self.size += size
        while self.size > _MOST_TEXT and len(self.kept) > 1:
            (_, _, forgotten), _ = self.kept.popitem(last=False)
            self.size -= forgotten
        return found


_files = _Files()


def _read(path: str) -> SourceFile | None:
    try:
        with tokenize.open(path) as stream:
            text = stream.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
    return _parse(path, text)


def _parse(path: str, text: str) -> SourceFile | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = SourceFile(path, text, tree)
    _index(tree, "", found)
    return found


def _index(node: ast.AST, prefix: str, found: SourceFile) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            found.classes[prefix + child.name] = child
            _index(child, f"{prefix}{child.name}.", found)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
            for line in {first, child.lineno}:
                found.functions.setdefault(line, []).append(child)
            _index(child, f"{prefix}{child.name}.<locals>.", found)
        else:
            if isinstance(child, ast.Lambda):
                found.functions.setdefault(child.lineno, []).append(child)
            _index(child, prefix, found)


def class_node(cls: type) -> tuple[SourceFile, ast.ClassDef] | None:
    """Where a class is written; None when it is not written anywhere."""
    module = sys.modules.get(str(getattr(cls, "__module__", "")))
    found = file_of(getattr(module, "__file__", None))
    if found is None:
        return None
    node = found.classes.get(cls.__qualname__)
    return None if node is None else (found, node)


def function_node(function: Any) -> tuple[SourceFile, FunctionNode] | None:
    """Where a Python function is written; None when it is not written anywhere."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if not isinstance(code, CodeType):
        return None
    found = file_of(code.co_filename)
    if found is None:
        return None
    nodes = found.functions.get(code.co_firstlineno, [])
    name = code.co_name
    named = [n for n in nodes if getattr(n, "name", "<lambda>") == name]
    return (found, named[0]) if len(named) >= 1 else None


def layers(function: Any) -> list[Any]:
    """A function and everything it wraps, outermost first: by `__wrapped__`, or as the one function it closes over."""
    found: list[Any] = []
    current: Any = getattr(function, "__func__", function)
    while current is not None and all(current is not layer for layer in found):
        found.append(current)
        current = getattr(current, "__wrapped__", None) or _closed_over(current)
    return found


def _closed_over(function: Any) -> Any:
    """The only plain function that a wrapper closes over, where the wrapper takes anything and passes it on."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType) or not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return None
    cells = []
    for cell in getattr(function, "__closure__", None) or ():
        try:
            cells.append(cell.cell_contents)
        except ValueError:  # not filled yet
            continue
    functions = [c for c in cells if type(c) is FunctionType]
    return functions[0] if len(functions) == 1 else None
