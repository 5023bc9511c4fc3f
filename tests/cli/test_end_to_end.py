"""The command line on a real task, with the real engine beneath it: what a user sees of a file of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import taskcontract

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


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "pages.py").write_text(TASKS)
    environment = {**os.environ, "PYTHONPATH": SOURCE, "NO_COLOR": "1"}
    called = [sys.executable, "-m", "taskcontract", *arguments]
    return subprocess.run(called, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_breach_in_a_module_of_the_current_folder_is_found(tmp_path: Path) -> None:
    done = command(tmp_path, "check", "pages", "--clause", "TC201", "--clause", "TC202", "--jobs", "1", "--json", "r.json")
    assert done.returncode == 1, done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert {(cell["task"], cell["clause"], cell["verdict"]) for cell in report["cells"]} == {
        ("pages:Get", "TC201", "holds"),
        ("pages:Get", "TC202", "violated"),
    }
    assert "✗ TC202 run-value-wins: url" in done.stdout
    assert "2 of 2 applicable cells proven (100%): 1 hold, 1 violated" in done.stdout
    breach = next(cell for cell in report["cells"] if cell["verdict"] == "violated")["findings"][0]
    assert breach["reproduce"] in done.stdout


def test_the_same_seed_gives_the_same_report(tmp_path: Path) -> None:
    def judged() -> object:
        done = command(tmp_path, "check", "pages.py", "--clause", "TC204", "--json", "-", "--seed", "5", "--profile", "quick")
        report = json.loads(done.stdout)
        return [{**cell, "seconds": 0} for cell in report["cells"]], report["totals"], report["seed"], report["tasks"]

    assert judged() == judged()


def test_list_and_show_describe_it(tmp_path: Path) -> None:
    listed = command(tmp_path, "list", "pages")
    assert (listed.returncode, listed.stdout.split("\n")[1]) == (0, "    construction  url=None, **kwargs")
    shown = command(tmp_path, "show", "pages:Get")
    assert shown.returncode == 0, shown.stderr
    assert '[tool.taskcontract.tasks."pages:Get"]' in shown.stdout


def test_what_show_prints_is_read_back_as_a_declaration(tmp_path: Path) -> None:
    (tmp_path / "declared.toml").write_text(command(tmp_path, "show", "pages:Get").stdout)
    done = command(tmp_path, "list", "pages", "--config", "declared.toml")
    assert done.returncode == 0, done.stderr
