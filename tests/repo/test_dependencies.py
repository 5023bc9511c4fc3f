"""What the project declares is what its code imports."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "harness" / "taskcontract"

OPTIONAL = {
    "httpx": "its transports are patched when a task's library has it",
    "aiohttp": "likewise",
    "boto3": "likewise",
    "botocore": "likewise",
    "urllib3": "likewise; requests brings it",
    "requests": "responses and Prefect 1 bring it",
    "pendulum": "Prefect 1 brings it and hands its objects to tasks",
}
"""Imported where it is installed, and done without where it is not."""

DISTRIBUTIONS = {"yaml": "pyyaml", "vcr": "vcrpy"}
"""What is imported by another name than it is installed by."""


def declared() -> set[str]:
    """The names of the run-time dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[<>=!~ ;\[]", requirement)[0] for requirement in project["dependencies"]}


def imported() -> Iterator[tuple[str, Path]]:
    """Every top-level name that the source imports, wherever in a file, with the file."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from ((alias.name.partition(".")[0], file) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0], file


def third_party() -> dict[str, set[str]]:
    """Which files import which foreign package; `_pytest` is pytest."""
    found: dict[str, set[str]] = {}
    for name, file in imported():
        if name not in sys.stdlib_module_names and name != "taskcontract":
            package = name.removeprefix("_")
            found.setdefault(DISTRIBUTIONS.get(package, package), set()).add(str(file.relative_to(SOURCE)))
    return found


def test_everything_imported_is_declared() -> None:
    undeclared = {name: sorted(files) for name, files in third_party().items() if name not in declared() | OPTIONAL.keys()}
    assert undeclared == {}


def test_everything_declared_is_imported() -> None:
    assert declared() - third_party().keys() == set()


def test_prefect_is_imported_behind_its_protocol_only() -> None:
    assert {file.partition("/")[0] for file in third_party()["prefect"]} == {"frameworks"}
