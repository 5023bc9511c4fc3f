"""What a task says of its own result: the annotation, the documentation, and whether `run` can return anything at all."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any

from taskcontract.describe.frame import Notes
from taskcontract.model import Source
from taskcontract.source import FunctionNode, function_node, layers

_TITLE = re.compile(r"^\s*(returns?|yields?)\s*:?\s*$", re.I)
_FIELD = re.compile(r"^\s*:(?:returns?|rtype)\s*:\s*(?P<text>.*)$")
_OTHER = re.compile(
    r"^(args|arguments|parameters|params|raises?|examples?|notes?|references?|see also|warnings?|warns|usage|todo)\s*:?\s*$",
    re.I,
)


def of_run(notes: Notes, run: Any, documents: list[str]) -> None:
    """Add the facts 'returns' (the annotation as source text), 'documented-result' and 'no-result' about a task.

    `run` is the function that runs, wrapped or not; `documents` are the docstrings that speak of the task.
    """
    found = function_node(layers(run)[-1]) if run is not None else None
    if found is not None:
        file, node = found
        declared = getattr(node, "returns", None)
        if declared is not None:
            notes.add("returns", "", _unquoted(declared), Source("annotation", file.path, node.lineno))
        if not _gives_something(node):
            notes.add("no-result", "", True, Source("body", file.path, node.lineno))
    for document in documents:
        text = documented(document)
        if text:
            notes.add("documented-result", "", text, Source("docstring", found[0].path if found else None))


def _unquoted(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)


def _gives_something(node: FunctionNode) -> bool:
    """Whether a function's body can give anything but None: it returns a value, yields, or is one expression."""
    if isinstance(node, ast.Lambda):
        return True
    return any(_is_value(inner) for statement in node.body for inner in _own(statement))


def _is_value(node: ast.AST) -> bool:
    if isinstance(node, (ast.Yield, ast.YieldFrom)):
        return True
    if not isinstance(node, ast.Return) or node.value is None:
        return False
    return not (isinstance(node.value, ast.Constant) and node.value.value is None)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it that belongs to the same function."""
    yield node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)


def documented(docstring: str) -> str:
    """What a docstring says is returned, in one line; "" when it says nothing."""
    lines = inspect.cleandoc(docstring).splitlines()
    said: list[str] = []
    for number, line in enumerate(lines):
        field = _FIELD.match(line)
        if field:
            said += [field["text"], *_block(lines[number + 1 :], 0)]
        elif _TITLE.match(line):
            said += _block(lines[number + 1 :], _indent(line))
    return " ".join(" ".join(said).split())


def _block(lines: list[str], indent: int) -> list[str]:
    """The lines of a section: to the next title, or to where the text goes back beyond the title's margin."""
    found: list[str] = []
    for line in lines:
        if line.strip() and (_OTHER.match(line.strip()) or line.lstrip().startswith(":") or _indent(line) < indent):
            break
        if found and not line.strip() and indent == 0 and not any(rest.startswith((" ", "-", "*")) for rest in lines):
            break
        if not set(line.strip()) <= {"-"}:
            found.append(line.strip())
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
