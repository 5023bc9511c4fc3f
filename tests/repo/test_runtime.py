"""What is installed with taskcontract is seen by the library that is judged, so it must bring none of that library's clients.

A client that is absent is stood in for by a phantom and the tasks that use it are judged. One that is there by accident, in a
version that the library was not written for, makes a module of the library unimportable: Prefect 1's Databricks tasks were
written for pydantic 1.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata, util
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def same(name: str) -> str:
    """The one spelling of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def brought(requirements: Iterable[str], found: dict[str, str] | None = None, by: str = "taskcontract") -> dict[str, str]:
    """Every distribution that these requirements install, with the chain that asks for it; extras only where asked for."""
    found = {} if found is None else found
    for requirement in map(Requirement, requirements):
        name = same(requirement.name)
        if name in found:
            continue
        found[name] = f"{by} > {name}"
        wanted = [
            line
            for line in metadata.requires(name) or ()
            if (marker := Requirement(line).marker) is None
            or any(marker.evaluate({"extra": extra}) for extra in {"", *requirement.extras})
        ]
        brought(wanted, found, found[name])
    return found


def declared() -> list[str]:
    """The run-time requirements."""
    listed: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return listed


@cache
def clients() -> frozenset[str]:
    """Every foreign top-level name that Prefect's task library imports and that Prefect itself does not bring."""
    spec = util.find_spec("prefect")
    assert spec is not None and spec.origin is not None
    files = Path(spec.origin).parent.joinpath("tasks").rglob("*.py")
    names = {name for file in files for name in imported(ast.parse(file.read_text(encoding="utf-8")))}
    own = {name for each in brought(["prefect"]) for name in modules(each)}
    return frozenset(names - own - sys.stdlib_module_names)


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def modules(distribution: str) -> set[str]:
    """The top-level names that a distribution installs."""
    return {name for name, by in installed().items() if distribution in by}


@cache
def installed() -> dict[str, set[str]]:
    """Every top-level name here, with the distributions that have it."""
    return {name: {same(each) for each in by} for name, by in metadata.packages_distributions().items()}


def test_the_clients_of_the_library_are_known() -> None:
    assert {"pydantic", "boto3", "google", "snowflake", "psycopg2", "redis"} <= clients()


def test_no_dependency_brings_a_client_of_the_judged_library() -> None:
    chains = brought(declared())
    met = {name: chain for name, chain in chains.items() if modules(name) & clients()}
    assert met == {}
    assert not {"pydantic", "pydantic-core", "boto3", "botocore"} & chains.keys()


def test_a_dependency_of_a_dependency_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        "direct": ["Indirect.One>=1", 'optional; extra == "more"', 'elsewhere; sys_platform == "nowhere"'],
        "indirect-one": ["direct", "pydantic>=2"],
    }
    monkeypatch.setattr(metadata, "requires", known.get)
    assert brought(["direct>=1"]) == {
        "direct": "taskcontract > direct",
        "indirect-one": "taskcontract > direct > indirect-one",
        "pydantic": "taskcontract > direct > indirect-one > pydantic",
    }
    assert "optional" in brought(["direct[more]"])
