"""The awkward library beside these tests, and the command line as a user runs it on it."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import taskcontract

LIBRARY = Path(__file__).parent / "library"
SOURCE = str(Path(taskcontract.__file__).parent.parent)


@dataclass(frozen=True)
class Ended:
    """What a run of the command line ended in, printed and wrote."""

    code: int
    out: str
    err: str
    report: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> dict[str, tuple[str, str]]:
        """Status and reason of each task and module."""
        return {row["task"]: (row["status"], row["why"]) for row in self.report["tasks"]}

    def cells(self, task: str) -> dict[str, dict[str, Any]]:
        """The cells of one task by clause, without what time they took."""
        found = [cell for cell in self.report["cells"] if cell["task"] == task]
        return {cell["clause"]: {key: value for key, value in cell.items() if key != "seconds"} for cell in found}


Command = Callable[[str], Ended]
Once = Callable[[str, Callable[[], dict[str, Any]]], dict[str, Any]]


def environment(**more: str) -> dict[str, str]:
    """Where the command finds taskcontract and leaves nothing in the library."""
    return {**os.environ, "PYTHONPATH": SOURCE, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", **more}


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory, once: Once) -> Command:
    """Runs `taskcontract check` on targets of the awkward library, once each."""

    def run(target: str) -> Ended:
        return Ended(**once(target, lambda: dataclasses.asdict(judge(target))))

    def judge(target: str) -> Ended:
        report = tmp_path_factory.mktemp("report") / "report.json"
        options = ("--profile", "quick", "--jobs", "2", "--json", str(report))
        done = subprocess.run(
            [sys.executable, "-m", "taskcontract", "check", target, *options],
            cwd=LIBRARY,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr, json.loads(report.read_text()) if report.is_file() else {})

    return run


@pytest.fixture(scope="session")
def whole(command: Command) -> Ended:
    """The whole awkward library, judged once."""
    return command("awkward")


@pytest.fixture(scope="session")
def alone(command: Command) -> Ended:
    """The task that behaves, judged by itself."""
    return command("awkward.zz_well")
