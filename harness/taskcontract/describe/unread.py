"""Parameters that are accepted and then ignored: nothing the library can run ever reads them.

Conservative: one mention of the name as an attribute anywhere near, or any access by a computed name, and nothing is said.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from taskcontract.describe.frame import Notes
from taskcontract.describe.origins import Library
from taskcontract.model import Parameter
from taskcontract.source import FunctionNode, SourceFile, file_of, function_node, layers


def unread(
    cls: type | None,
    function: object,
    parameters: Iterable[Parameter],
    elsewhere: Iterable[str],
    library: Library,
    notes: Notes,
) -> Iterator[Parameter]:
    """The parameters of one side (`function`) that nothing can read; none when the code cannot be read, or reads by any name.

    `elsewhere` are attributes that others than the library read: decorators, and the framework itself.
    """
    written = function_node(layers(function)[-1])
    if written is None or notes.dynamic:
        return
    mentions = _Mentions(written[1])
    files = _files(cls, library) if cls is not None else []
    if mentions.all_at_once or None in files:
        return
    for parameter in parameters:
        name = parameter.name
        if not mentions.loads[name]:
            yield parameter
        elif parameter.side == "init" and len(mentions.stores[name]) == mentions.loads[name]:
            attributes = set(mentions.stores[name])
            if not attributes & {*elsewhere} and not any(attributes & attributes_read(f.path) for f in files if f):
                yield parameter


class _Mentions:
    """How often a function reads each name, and the attributes it does nothing but store it in."""

    def __init__(self, node: FunctionNode) -> None:
        self.loads: Counter[str] = Counter()
        self.stores: defaultdict[str, list[str]] = defaultdict(list)
        for part in node.body if isinstance(node.body, list) else [node.body]:
            for inner in ast.walk(part):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                    self.loads[inner.id] += 1
                elif isinstance(inner, (ast.Assign, ast.AnnAssign)):
                    self._store(inner)
        by_any_name = ("locals", "vars", "inspect", "currentframe", "eval", "exec")
        self.all_at_once = any(self.loads[name] for name in by_any_name)

    def _store(self, node: ast.Assign | ast.AnnAssign) -> None:
        """`self.attribute = name`, or `self.attribute = name or …`."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value.values[0] if isinstance(node.value, ast.BoolOp) else node.value
        if isinstance(value, ast.Name):
            self.stores[value.id] += [t.attr for t in targets if isinstance(t, ast.Attribute)]


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


@functools.lru_cache(maxsize=1024)
def attributes_read(path: str) -> frozenset[str]:
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
