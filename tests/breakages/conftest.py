"""What both kinds of breakage share: the source of a module of Prefect's library with one class of it broken."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

Broken = Callable[[str, Iterable[tuple[str, str]], str], str]
"""Gives the source of the module of a task ("module:Class") with its class edited, and other imports first."""


@pytest.fixture(scope="session")
def broken_source() -> Broken:
    """Each edit, the text that is there and what replaces it, must fit exactly once in the class."""
    return _broken_source


def _broken_source(task: str, edits: Iterable[tuple[str, str]], imports: str = "") -> str:
    module, _, name = task.partition(":")
    source = _absolute(_file_of(module).read_text(), module.rpartition(".")[0])
    node = next(n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == name)
    lines = source.splitlines(keepends=True)
    body = "".join(lines[node.lineno - 1 : node.end_lineno])
    for old, new in edits:
        assert body.count(old) == 1, f"{old!r} is {body.count(old)} times in {task}"
        body = body.replace(old, new)
    return "".join([imports, "\n", *lines[: node.lineno - 1], body, *lines[node.end_lineno :]])


def _absolute(source: str, package: str) -> str:
    """The source of a module of `package` without relative imports, which a lone file cannot have."""
    return re.sub(r"^from \.(\w+) import", rf"from {package}.\1 import", source, flags=re.MULTILINE)


def _file_of(module: str) -> Path:
    """The file of an installed module, which is not imported, nor any package that it is in but the outermost."""
    top, *inner = module.split(".")
    spec = importlib.util.find_spec(top)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent.joinpath(*inner).with_suffix(".py")
