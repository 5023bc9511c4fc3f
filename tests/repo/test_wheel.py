"""The wheel in the environment of a contributor whose project has a `harness` and a `fixtures` of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLEAN = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}

OWN_FILES = {
    "harness/__init__.py": "OWN = 'the harness of the project'\n",
    "fixtures/__init__.py": "OWN = 'the fixtures of the project'\n",
    "tests/test_own.py": """
from pathlib import Path

import fixtures
import harness
import taskcontract


def test_own_packages_are_not_shadowed():
    assert harness.OWN == 'the harness of the project'
    assert fixtures.OWN == 'the fixtures of the project'


def test_the_wheel_is_what_is_imported():
    assert Path(taskcontract.__file__).parent.parent.name == 'site-packages'


def test_the_fixtures_are_there(task_world, contract_secrets, contract_env):
    assert callable(task_world) and contract_secrets == {} and contract_env == {}
""",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the working copy."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel and its dependencies, and neither the working copy nor anything in it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # as a plain path entry: the link to the working copy that lies there is not followed
    (site / "dependencies.pth").write_text(str(Path(pytest.__file__).resolve().parent.parent) + "\n")
    return folder / "bin" / "python"


def test_the_wheel_holds_one_package_and_its_texts(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {"taskcontract", "taskcontract-0.1.0.dist-info"}
    assert {"taskcontract-0.1.0.dist-info/licenses/LICENSE", "taskcontract/py.typed", "taskcontract/plugin.py"} <= set(names)


def test_a_project_with_its_own_harness_and_fixtures_is_not_disturbed(python: Path, tmp_path: Path) -> None:
    for name, text in OWN_FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=tmp_path, env=CLEAN, capture_output=True, text=True, check=False)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_the_command_is_the_wheels(python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(python), "-m", "taskcontract", "--version"], cwd=tmp_path, env=CLEAN, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("taskcontract 0.1.0 (prefect 1.4.1, Python 3.11"), done.stderr


def test_the_source_root_is_no_package(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import harness.taskcontract"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "ImportError: taskcontract was imported as 'harness.taskcontract'. Its source root is the folder" in done.stderr
