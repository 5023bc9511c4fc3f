"""Imports what a task's module imports only when it runs, before the first run is sealed.

Importing a client may start threads, ask the environment or the machine, and takes longer than the run. None of that is what
the task does with a case; and what a client remembers from the start can only be told before a first case has used it.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import io
import sys
from collections.abc import Iterator
from typing import Any

from taskcontract.frameworks import Framework
from taskcontract.model import TaskRef
from taskcontract.source import file_of
from taskcontract.world import memory_places
from taskcontract.world.importing import library_imports

_done: set[str] = set()


def imported(framework: Framework, ref: TaskRef) -> None:
    """Import the module of `ref`, what its functions import, and so on through the library's own modules; once.

    What is not installed stays as it is, for the run to ask for. Raises nothing: what cannot be imported says so in the run.
    """
    if ref.module in _done:
        return
    _done.add(ref.module)
    with contextlib.suppress(Exception):
        framework.load(ref)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        _follow(ref.module)


def _follow(module: str) -> None:
    waiting, seen = [module], {module}
    while waiting:
        name = waiting.pop()
        if not memory_places.is_own(name):
            continue
        for wanted in _wanted(sys.modules.get(name)):
            if wanted not in seen:
                seen.add(wanted)
                waiting.append(wanted)
                _import(wanted)


def _wanted(module: Any) -> Iterator[str]:
    """The modules that a module imports at its head and in its functions, relative ones included."""
    file = file_of(getattr(module, "__file__", None))
    if file is None:
        return
    package = str(getattr(module, "__package__", "") or "")
    for node in _statements(file.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            with contextlib.suppress(ImportError, ValueError):
                yield importlib.util.resolve_name("." * node.level + (node.module or ""), package or None)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but what only a type checker sees."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def _import(name: str) -> None:
    if name in sys.modules or not name:
        return
    try:
        if importlib.util.find_spec(name.partition(".")[0]) is None:
            return
        with library_imports():
            importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException:  # the run that needs it will tell
        return
