"""Which cassette belongs to a task: declared, by convention, or none; and what is said of one that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from taskcontract.cassettes.folder import cassette_of, cassettes_in, conventional_name, sharing
from taskcontract.errors import ConfigError
from taskcontract.model import TaskRef, TaskSpec

REF = TaskRef("acme.github", "CreateBranch")


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("interactions: []\n")


def spec(cassette: str = "", ref: TaskRef = REF) -> TaskSpec:
    return TaskSpec(ref, declared={"cassette": cassette} if cassette else {})


def test_a_declared_cassette_is_looked_for_in_the_folder_first_then_beside_the_project_file(tmp_path: Path) -> None:
    put(tmp_path, "cassettes/one.yaml", "one.yaml", "tests/two.yaml")
    assert cassette_of(tmp_path, "cassettes", spec("one.yaml")) == tmp_path / "cassettes/one.yaml"
    assert cassette_of(tmp_path, "cassettes", spec("tests/two.yaml")) == tmp_path / "tests/two.yaml"
    assert cassette_of(tmp_path, "tests", spec("two.yaml")) == tmp_path / "tests/two.yaml"


def test_an_absolute_name_is_itself(tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/one.yaml")
    file = tmp_path / "elsewhere/one.yaml"
    assert cassette_of(tmp_path / "project", "cassettes", spec(str(file))) == file


def test_a_declaration_goes_before_the_convention(tmp_path: Path) -> None:
    put(tmp_path, "cassettes/one.yaml", "cassettes/acme.github.CreateBranch.yaml")
    assert cassette_of(tmp_path, "cassettes", spec("one.yaml")) == tmp_path / "cassettes/one.yaml"


@pytest.mark.parametrize("suffix", [".yaml", ".yml", ".json"])
def test_a_cassette_called_as_the_task_is_answers_it(tmp_path: Path, suffix: str) -> None:
    put(tmp_path, f"cassettes/acme.github.CreateBranch{suffix}", "cassettes/acme.github.DeleteBranch.yaml")
    assert cassette_of(tmp_path, "cassettes", spec()) == tmp_path / f"cassettes/acme.github.CreateBranch{suffix}"


def test_of_several_the_yaml_answers(tmp_path: Path) -> None:
    put(tmp_path, *(f"cassettes/acme.github.CreateBranch{suffix}" for suffix in (".json", ".yml", ".yaml")))
    assert cassette_of(tmp_path, "cassettes", spec()) == tmp_path / "cassettes/acme.github.CreateBranch.yaml"


def test_the_path_is_absolute_also_for_a_relative_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "cassettes/acme.github.CreateBranch.yaml", "one.yaml")
    monkeypatch.chdir(tmp_path)
    assert cassette_of(Path("."), "cassettes", spec()) == tmp_path / "cassettes/acme.github.CreateBranch.yaml"
    assert cassette_of(Path("."), "cassettes", spec("one.yaml")) == tmp_path / "one.yaml"


@pytest.mark.parametrize("name", ["test_github/test_create_branch.yaml", "create_branch.yaml", "CreateBranch.yaml"])
def test_a_recording_of_a_test_is_attached_to_no_task(tmp_path: Path, name: str) -> None:
    put(tmp_path, f"cassettes/{name}")
    assert cassette_of(tmp_path, "cassettes", spec()) is None


def test_without_a_folder_there_is_no_cassette(tmp_path: Path) -> None:
    assert cassette_of(tmp_path, "cassettes", spec()) is None


def test_a_task_of_a_lone_file_is_called_after_the_file() -> None:
    lone = TaskRef("_taskcontract_file_0a1b2c3d_deploy", "Deploy.Nested", path="/project/deploy.py")
    assert conventional_name(lone) == "deploy.Deploy.Nested"
    assert conventional_name(REF) == "acme.github.CreateBranch"


def test_a_declared_cassette_that_is_not_there_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    put(tmp_path, "cassettes/create_branch.yaml", "cassettes/issues/open.yaml")
    said = (
        'tool.taskcontract.tasks."acme.github:CreateBranch".cassette: '
        f"there is no file 'create_brunch.yaml' in {tmp_path / 'cassettes'} or in {tmp_path}; "
        "did you mean 'create_branch.yaml'?"
    )
    with pytest.raises(ConfigError, match=f"^{re.escape(said)}$"):
        cassette_of(tmp_path, "cassettes", spec("create_brunch.yaml"))


def test_where_there_are_no_cassettes_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"; `taskcontract record acme\.github:CreateBranch` makes one$"):
        cassette_of(tmp_path, "cassettes", spec("one.yaml"))


def test_a_folder_is_no_cassette(tmp_path: Path) -> None:
    put(tmp_path, "cassettes/one.yaml/inner.yaml")
    with pytest.raises(ConfigError, match=r"there is no file 'one\.yaml'"):
        cassette_of(tmp_path, "cassettes", spec("one.yaml"))


def test_all_cassettes_of_a_folder_in_order_without_hidden_and_foreign_files(tmp_path: Path) -> None:
    put(tmp_path, "b.yaml", "a/z.json", "a/y.yml", "README.md", ".hidden.yaml", ".git/c.yaml", "__pycache__/d.yaml")
    assert [path.relative_to(tmp_path).as_posix() for path in cassettes_in(tmp_path)] == ["a/y.yml", "a/z.json", "b.yaml"]
    assert cassettes_in(tmp_path / "absent") == []


def test_tasks_that_declare_one_cassette_share_it() -> None:
    tasks = {"a:A": {"cassette": "x.yaml"}, "a:B": {"cassette": "x.yaml"}, "a:C": {"cassette": "y.yaml"}, "a:D": {}, "a:E": {}}
    assert sharing(tasks, "a:A") == ("a:B",)
    assert [sharing(tasks, name) for name in ("a:C", "a:D", "a:F")] == [(), (), ()]
