"""What a library's source says about its use of a client: which imports it can do without, what it catches, what it decorates.

A phantom is asked things that only the text around the question can answer: whether an absent module is an error here, whether
a name must be an exception class, which exception would end a loop. Files are parsed once, when they are first asked about.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ABSENCE = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True, slots=True)
class _Span:
    first: int
    last: int

    def __contains__(self, line: object) -> bool:
        return isinstance(line, int) and self.first <= line <= self.last

    @property
    def size(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class Facts:
    """One file: lines of imports with whether they are optional, exception names, lines of decorators, `try` bodies."""

    imports: tuple[tuple[_Span, bool], ...]
    errors: frozenset[str]
    decorators: frozenset[int]
    tries: tuple[tuple[_Span, tuple[str, ...]], ...]

    def demands(self, line: int) -> bool:
        """Whether an import stands at `line` whose failure the file does not put up with."""
        found = [optional for span, optional in self.imports if line in span]
        return bool(found) and not all(found)


@functools.cache
def facts_of(file: str) -> Facts:
    """What `file` says. A file that cannot be read or parsed says nothing."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, ValueError, SyntaxError):
        return Facts((), frozenset(), frozenset(), ())
    used = frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return Facts(
        tuple(_imports(tree, False, used)), frozenset(_errors(tree)), frozenset(_decorators(tree)), tuple(_tries(tree))
    )


@functools.cache
def caught_at(file: str, line: int) -> tuple[str, ...]:
    """Dotted names of the exceptions that handlers around a line catch, innermost first."""
    around = sorted((t for t in facts_of(file).tries if line in t[0]), key=lambda t: t[0].size)
    return tuple(name for _, names in around for name in names)


def dotted(node: ast.expr | None) -> str:
    """`a.b.c` of a name or attribute expression; '' of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def _names(node: ast.expr | None) -> tuple[str, ...]:
    if isinstance(node, ast.Tuple):
        return tuple(name for item in node.elts for name in _names(item))
    name = dotted(node)
    return (name,) if name else ()


def _span(node: Any) -> _Span:
    return _Span(node.lineno, node.end_lineno or node.lineno)


def _imports(node: ast.AST, optional: bool, used: frozenset[str]) -> Iterator[tuple[_Span, bool]]:
    """Every import, with whether the file lives on without what it imports: something around it forgives the absence."""
    if isinstance(node, (ast.Import, ast.ImportFrom)) or _is_import_call(node):
        yield _span(node), optional
    elif isinstance(node, ast.Try):
        forgiven = any(_forgives_absence(handler, used & _bound(node.body)) for handler in node.handlers)
        for inner in node.body:
            yield from _imports(inner, optional or forgiven, used)
        for rest in (*node.handlers, *node.orelse, *node.finalbody):
            yield from _imports(rest, optional, used)
        return
    elif isinstance(node, ast.With):
        forgiven = any(_suppresses_absence(item.context_expr) for item in node.items)
        for inner in node.body:
            yield from _imports(inner, optional or forgiven, used)
        return
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, optional, used)


def _is_import_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("import_module", "__import__")


def _forgives_absence(handler: ast.ExceptHandler, needed: frozenset[str]) -> bool:
    """Whether a handler makes do without a module; one that only passes over it does not, if its name is `needed` later."""
    caught = {name.rpartition(".")[2] for name in _names(handler.type)}
    if handler.type is not None and not caught & _ABSENCE:
        return False
    passes = all(isinstance(statement, ast.Pass) for statement in handler.body)
    return not isinstance(handler.body[-1], ast.Raise) and not (passes and needed)


def _bound(body: list[ast.stmt]) -> frozenset[str]:
    """The names that the imports of a block bind."""
    aliases = [a for n in body if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names]
    return frozenset(a.asname or a.name.partition(".")[0] for a in aliases)


def _suppresses_absence(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] != "suppress":
        return False
    return bool({dotted(a).rpartition(".")[2] for a in node.args} & _ABSENCE)


def _errors(tree: ast.AST) -> Iterator[str]:
    """The last identifiers of everything that is caught or raised: these attributes of a client are exception classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            yield from (name.rpartition(".")[2] for name in _names(node.type))
        elif isinstance(node, ast.Raise):
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = dotted(raised).rpartition(".")[2]
            if name[:1].isupper():
                yield name


def _decorators(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for decorator in node.decorator_list:
                yield from range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1)


def _tries(tree: ast.AST) -> Iterator[tuple[_Span, tuple[str, ...]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and node.handlers:
            names = tuple(name for handler in node.handlers for name in _names(handler.type))
            yield _Span(node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno), names
