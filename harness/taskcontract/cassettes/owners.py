"""Whose a cassette is, and whether that task is still there: read from files alone; nothing is imported, nothing runs.

A cassette is a task's if a declaration names it, if the recording says so, or if it is called as the task is. That a task is
*gone* is said only where its package is here and provably has no such name; a package that is not installed tells nothing.
"""

from __future__ import annotations

import ast
import enum
import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

SYNTHETIC = "_taskcontract_file_"
"""What the name of a module begins with that was loaded from a lone file: it says nothing of where that file is."""


class There(enum.Enum):
    """Whether a task is where its id says."""

    YES = "yes"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`there`, and in words why not."""

    there: There
    why: str = ""


def look_for(task: str, paths: Sequence[str]) -> Whereabouts:
    """Whether `task` (`module:Class`) is in a module found on `paths`, which are searched as `sys.path` is."""
    module, _, name = task.partition(":")
    if module.startswith(SYNTHETIC) or not name:
        return Whereabouts(There.UNKNOWN, "it was loaded from a file whose place is not known")
    spec: ModuleSpec | None = None
    for part in _prefixes(module):
        where = list(paths) if spec is None else _folders(spec)
        if where is None:
            return Whereabouts(There.GONE, f"there is no module {part}")
        found = PathFinder.find_spec(part.rpartition(".")[2], where)  # by its whole name it would ask for parents
        if found is None and spec is None:
            return Whereabouts(There.UNKNOWN, f"there is no package {part} here to look for it in")
        if found is None:
            return Whereabouts(There.GONE, f"there is no module {part}")
        spec = found
    return _in_source(spec.origin if spec else None, module, name)


def _folders(spec: ModuleSpec) -> list[str] | None:
    """Where a package's modules are; None for a module."""
    where = spec.submodule_search_locations
    return None if where is None else list(where)


def split_names(stem: str) -> Iterator[str]:
    """Every task id that a conventional file name can mean: `a.b.C` is `a.b:C` or `a:b.C`."""
    parts = stem.split(".")
    if len(parts) > 1 and all(part.isidentifier() for part in parts):
        yield from (f"{'.'.join(parts[:n])}:{'.'.join(parts[n:])}" for n in range(len(parts) - 1, 0, -1))


def _prefixes(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def _in_source(origin: str | None, module: str, name: str) -> Whereabouts:
    """Whether the source of a module binds `name`; what does not have Python source, or binds names as it runs, may."""
    if origin is None or not origin.endswith(".py"):
        return Whereabouts(There.UNKNOWN, f"{module} has no source to look for it in")
    try:
        body: Sequence[ast.stmt] = _parsed(origin, os.stat(origin).st_mtime_ns)
    except (OSError, SyntaxError, ValueError):
        return Whereabouts(There.UNKNOWN, f"{module} cannot be read")
    so_far = module
    for part in name.split("."):
        bound = dict(_bound(body))
        if "*" in bound or "__getattr__" in bound:
            return Whereabouts(There.YES)
        if part not in bound:
            return Whereabouts(There.GONE, f"{so_far} has no {part}")
        node = bound[part]
        if not isinstance(node, ast.ClassDef):
            return Whereabouts(There.YES)
        body, so_far = node.body, f"{so_far}.{part}"
    return Whereabouts(There.YES)


@functools.lru_cache(maxsize=64)
def _parsed(origin: str, written: int) -> Sequence[ast.stmt]:
    """The statements of a file as it was `written`; the cassettes of one module stand beside each other."""
    return ast.parse(Path(origin).read_bytes()).body


def _bound(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.AST]]:
    """The names that statements bind, with what binds them, blocks included; `*` for what cannot be known by reading."""
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name.partition(".")[0], node) for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            yield from ((n.id, node) for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        else:
            yield from _inside(node)


def _inside(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    for name in ("body", "orelse", "finalbody"):
        yield from _bound(getattr(node, name, []))
    for handler in getattr(node, "handlers", []):
        yield from _bound(handler.body)
    calls = (n.func for n in ast.walk(node) if isinstance(n, ast.Call))
    if any(isinstance(f, ast.Name) and f.id in ("exec", "globals", "setattr", "vars") for f in calls):
        yield "*", node
