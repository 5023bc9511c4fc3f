"""Parameters that are accepted and then ignored: nothing the library can run ever reads them.

Conservative: one mention of the name as an attribute anywhere near, or any access by a computed name, and nothing is said.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterable, Iterator

from taskcontract.describe.origins import Library
from taskcontract.describe.reader import Notes
from taskcontract.model import Parameter
from taskcontract.source import FunctionNode, SourceFile, file_of, function_node, layers


def unread(
    cls: type | None, function: object, parameters: Iterable[Parameter], injected: Iterable[str], library: Library, notes: Notes
) -> Iterator[Parameter]:
    """The parameters of one side (`function`) that nothing can read. Nothing when the code cannot be read, or reads by name."""
    inner = layers(function)[-1]
    written = function_node(inner)
    if written is None or notes.dynamic or _reaches_all(written[1]):
        return
    files = _files(cls, library) if cls is not None else []
    if cls is not None and any(file is None for file in files):
        return
    for parameter in parameters:
        if parameter.name in _loaded(written[1]):
            if parameter.side == "run" or not _only_stored(written[1], parameter.name):
                continue
            attributes = _stored_in(written[1], parameter.name)
            if any(a in _attributes_read(f.path) for a in attributes for f in files if f) or attributes & set(injected):
                continue
        yield parameter


def _files(cls: type, library: Library) -> list[SourceFile | None]:
    """The files of the class and its bases in the library, and of every library module that these import from."""
    modules: dict[str, None] = {}
    for base in cls.__mro__:
        if library.owns(base):
            modules[base.__module__] = None
    for name in list(modules):
        for value in list(vars(sys.modules.get(name, ast)).values()):
            if library.owns(value):
                modules[value.__module__] = None
    return [file_of(getattr(sys.modules.get(name), "__file__", None)) for name in modules]


def _loaded(node: FunctionNode) -> set[str]:
    body = node.body if isinstance(node.body, list) else [node.body]
    return {n.id for part in body for n in ast.walk(part) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _reaches_all(node: FunctionNode) -> bool:
    """Whether the function can read its own parameters without naming them."""
    return bool({"locals", "vars", "inspect", "currentframe", "eval", "exec"} & _loaded(node))


def _only_stored(node: FunctionNode, name: str) -> bool:
    """Whether every mention of `name` is the right-hand side of `self.attribute = name` (or `name or …`)."""
    stores = sum(1 for _ in _stores(node, name))
    mentions = sum(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for part in _body(node) for n in ast.walk(part)
    )
    return stores == mentions and stores > 0


def _stored_in(node: FunctionNode, name: str) -> set[str]:
    return set(_stores(node, name))


def _stores(node: FunctionNode, name: str) -> Iterator[str]:
    for part in _body(node):
        for statement in ast.walk(part):
            if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                value = statement.value
                if isinstance(value, ast.BoolOp):
                    value = value.values[0]
                if isinstance(value, ast.Name) and value.id == name:
                    yield from (t.attr for t in targets if isinstance(t, ast.Attribute))


def _body(node: FunctionNode) -> list[ast.AST]:
    return list(node.body) if isinstance(node.body, list) else [node.body]


@functools.lru_cache(maxsize=1024)
def _attributes_read(path: str) -> frozenset[str]:
    """Every attribute name that a file reads, on anything, and every identifier-like text in it (`getattr`, decorators)."""
    found = file_of(path)
    if found is None:
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(found.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            names.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            names.add(node.value)
    return frozenset(names)
