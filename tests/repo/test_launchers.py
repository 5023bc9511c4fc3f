"""The commands of the README: what they set up, and what they say when they cannot."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    """scripts/environment.py as a module."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "scripts" / "environment.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_judging_environment_holds_prefect_and_nothing_else(environment: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert environment.requirements(project, "judging") == ["prefect==1.4.1", "marshmallow<4"]


def test_groups_include_groups(environment: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for group in ("development", "benchmarks", "services"):
        assert environment.requirements(project, group)[:2] == ["prefect==1.4.1", "marshmallow<4"]


def test_an_unknown_environment_is_refused_with_the_known_ones(
    environment: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert environment.main(["production", "--", "true"]) == 2
    said = capsys.readouterr().err
    assert "no environment is called 'production'; pyproject.toml has benchmarks, development, judging, services" in said


def test_a_wrong_call_shows_the_usage(environment: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert environment.main(["judging"]) == 2
    assert "environment.py NAME -- COMMAND ARGUMENT..." in capsys.readouterr().err


def test_another_python_is_refused(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "sys", SimpleNamespace(version_info=(3, 13, 0), version="3.13.0", stderr=sys.stderr))
    assert environment.main(["judging", "--", "true"]) == 2
    assert "Prefect 1.4.1 needs Python 3.11, and this is 3.13.0." in capsys.readouterr().err


def test_an_environment_is_made_once_and_again_when_its_requirements_change(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(root: Path, name: str, folder: Path) -> None:
        made.append(name)
        folder.mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(environment, "_make", make)
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\nname = "p"\n[dependency-groups]\njudging = ["prefect"]\n')
    folder = environment.ready(tmp_path, "judging")
    assert environment.ready(tmp_path, "judging") == folder == tmp_path / ".venv" / "judging"
    assert made == ["judging"]
    project.write_text('[project]\nname = "p"\n[dependency-groups]\njudging = ["prefect<2"]\n')
    environment.ready(tmp_path, "judging")
    assert made == ["judging", "judging"]


def test_a_step_that_fails_shows_its_output_and_a_hint(environment: ModuleType) -> None:
    with pytest.raises(environment.EnvironmentProblem, match=r"(?s)no such thing\n.*This step failed: .*\nLook there"):
        environment._run([sys.executable, "-c", "raise SystemExit('no such thing')"], "Look there")


@pytest.mark.parametrize("launcher", ["try", "test", "bench"])
def test_without_python_311_a_launcher_says_what_to_install(launcher: str, tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    done = subprocess.run(
        ["/bin/sh", str(ROOT / launcher)], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Python 3.11 is needed and none was found. Install it" in done.stderr
    assert "TASKCONTRACT_PYTHON=/path/to/python3.11" in done.stderr


def test_ci_runs_the_test_command_and_nothing_else() -> None:
    lines = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]
    assert lines == ["set -eu", 'cd "$(dirname "$0")/.."', "exec ./test"]


def test_the_readme_names_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    for launcher in ("./try", "./test"):
        assert f"\n{launcher} " in readme
