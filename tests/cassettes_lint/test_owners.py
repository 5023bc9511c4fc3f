"""Whether a recorded task is still there: found, provably gone, or not to be known, without importing anything."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from taskcontract.cassettes.owners import There, look_for, split_names

GITHUB = """
raise SystemExit("never imported")
import json
from typing import Any as Anything
MADE = TASK, *OTHERS = 1, 2
named: int = 3
try:
    from acme.new import Renamed
except ImportError:
    class Renamed: ...
else:
    Later = 1
finally:
    Always = 1
if True:
    class Conditional: ...
with open("x") as file:
    class Within: ...

class CreateBranch:
    class Inner: ...
    inner_value = 1

async def push(): ...
"""


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    files = {
        "acme/__init__.py": "",
        "acme/github.py": GITHUB,
        "acme/star.py": "from acme.github import *",
        "acme/lazy.py": "def __getattr__(name): return 1",
        "acme/made.py": "for n in ('A', 'B'):\n    globals()[n] = type(n, (), {})",
        "acme/looped.py": "for n in ('A', 'B'):\n    class Kept: ...",
        "acme/broken.py": "def (",
        "acme/sub/__init__.py": "",
        "spread/deep/er/tasks.py": "class Kept: ...",
        "lone.py": "class Lone: ...",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return [str(tmp_path)]


@pytest.mark.parametrize(
    "name",
    [
        *("CreateBranch", "CreateBranch.Inner", "CreateBranch.inner_value", "push", "json", "Anything", "MADE", "TASK"),
        *("OTHERS", "named", "Renamed", "Later", "Always", "Conditional", "Within", "MADE.anything"),
    ],
)
def test_a_name_that_the_source_binds_is_there(paths: list[str], name: str) -> None:
    assert look_for(f"acme.github:{name}", paths).there is There.YES


def test_folders_without_an_init_file_are_packages_too(paths: list[str]) -> None:
    assert look_for("spread.deep.er.tasks:Kept", paths).there is There.YES
    assert look_for("spread.deep.er.tasks:Gone", paths).there is There.GONE
    assert look_for("spread.deep:Kept", paths).why == "spread.deep has no source to look for it in"


@pytest.mark.parametrize("task", ["acme.star:Any", "acme.lazy:Any", "acme.made:A"])
def test_what_cannot_be_known_by_reading_counts_as_there(paths: list[str], task: str) -> None:
    assert look_for(task, paths).there is There.YES


@pytest.mark.parametrize(
    ("task", "why"),
    [
        ("acme.github:DeleteBranch", "acme.github has no DeleteBranch"),
        ("acme.github:CreateBranch.Outer", "acme.github.CreateBranch has no Outer"),
        ("acme.gitlab:CreateBranch", "there is no module acme.gitlab"),
        ("acme.gitlab.repos:CreateBranch", "there is no module acme.gitlab"),
        ("lone.inner:Lone", "there is no module lone.inner"),
        ("lone:Other", "lone has no Other"),
        ("acme.looped:Gone", "acme.looped has no Gone"),
    ],
)
def test_what_is_gone_is_said_with_the_reason(paths: list[str], task: str, why: str) -> None:
    found = look_for(task, paths)
    assert (found.there, found.why) == (There.GONE, why)


@pytest.mark.parametrize(
    ("task", "why"),
    [
        ("absent.github:Create", "there is no package absent here to look for it in"),
        ("_taskcontract_file_0a1b2c3d_x:Create", "it was loaded from a file whose place is not known"),
        ("acme.github", "it was loaded from a file whose place is not known"),
        ("acme.broken:Create", "acme.broken cannot be read"),
    ],
)
def test_what_cannot_be_known_is_not_called_gone(paths: list[str], task: str, why: str) -> None:
    found = look_for(task, paths)
    assert (found.there, found.why) == (There.UNKNOWN, why)


def test_a_module_without_source_may_have_it() -> None:
    found = look_for("_bisect:Create", sys.path)
    assert (found.there, found.why) == (There.UNKNOWN, "_bisect has no source to look for it in")


def test_nothing_is_imported(paths: list[str]) -> None:
    before = set(sys.modules)
    assert look_for("acme.github:CreateBranch", paths).there is There.YES
    assert look_for("prefect.tasks.github.repos:CreateBranch", sys.path).there is There.YES
    assert look_for("prefect.tasks.github.repos:CreateBrunch", sys.path).there is There.GONE
    assert not {n for n in set(sys.modules) - before if n.partition(".")[0] in ("acme", "prefect")}


def test_the_tasks_that_a_file_name_can_mean() -> None:
    assert list(split_names("acme.github.CreateBranch")) == ["acme.github:CreateBranch", "acme:github.CreateBranch"]
    assert list(split_names("test_create")) == []
    assert list(split_names("v1.2")) == []
