"""The command line on a real task, with the real engine beneath it: what a user sees of a file of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import taskcontract
from taskcontract.cli import main

SOURCE = str(Path(taskcontract.__file__).parent.parent)
TASKS = '''
import requests
from prefect import Task


class Get(Task):
    """Gets a page.

    Args:
        - url (str): where it is
    """

    def __init__(self, url=None, **kwargs):
        self.url = url
        super().__init__(**kwargs)

    def run(self, url=None):
        """Gets it. Args: - url (str): where it is"""
        if url or self.url:
            return requests.get(self.url or url).status_code
        raise ValueError("url is missing")
'''


@dataclass(frozen=True)
class Judged:
    """What one run of `check` ended in, printed and wrote."""

    code: int
    printed: str
    report: dict[str, Any]


def judge(folder: Path) -> Judged:
    """Judge the task in a process of its own, as a user does; by the few clauses that show the most."""
    (folder / "pages.py").write_text(TASKS)
    clauses = [option for code in ("TC201", "TC202") for option in ("--clause", code)]
    options = [*clauses, "--profile", "quick", "--seed", "5", "--jobs", "1", "--json", "report.json"]
    done = subprocess.run(
        [sys.executable, "-m", "taskcontract", "check", "pages", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": SOURCE, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return Judged(done.returncode, done.stdout, json.loads((folder / "report.json").read_text()))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """One run of the engine, which the tests share."""
    return judge(tmp_path_factory.mktemp("judged"))


def test_a_breach_in_a_module_of_the_current_folder_is_found(judged: Judged) -> None:
    assert judged.code == 1
    cells = {(cell["task"], cell["clause"]): cell for cell in judged.report["cells"]}
    assert {of: cell["verdict"] for of, cell in cells.items()} == {
        ("pages:Get", "TC201"): "holds",
        ("pages:Get", "TC202"): "violated",
    }
    assert "✗ TC202 run-value-wins: url" in judged.printed
    assert cells["pages:Get", "TC202"]["findings"][0]["reproduce"] in judged.printed


def test_the_same_seed_gives_the_same_report(judged: Judged, tmp_path: Path) -> None:
    def told(report: dict[str, Any]) -> object:
        return [{**cell, "seconds": 0} for cell in report["cells"]], report["totals"], report["seed"]

    assert told(judge(tmp_path).report) == told(judged.report)


def test_what_show_prints_is_read_back_as_a_declaration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        out, err = capsys.readouterr()
        assert end.value.code == 0, err
        return out

    (tmp_path / "shown_pages.py").write_text(TASKS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    shown = told("show", "shown_pages:Get")
    assert '[tool.taskcontract.tasks."shown_pages:Get"]' in shown
    (tmp_path / "declared.toml").write_text(shown)
    assert told("list", "shown_pages", "--config", "declared.toml").split("\n")[1] == "    construction  url=None, **kwargs"
