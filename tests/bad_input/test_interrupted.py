"""Ctrl-C in the middle: what is known is printed and written, and nothing is left running or lying about."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import taskcontract
from taskcontract.clauses import CATALOGUE

LIBRARY = Path(__file__).parent / "library"
SOURCE = str(Path(taskcontract.__file__).parent.parent)
MANY = 40
"""More tasks than are judged until the signal comes."""

SLOW = """

class YetToCome(Task):
    '''Takes its time, so that a signal finds it being judged.'''

    def run(self, word: str = None):
        return sum(range(30_000_000))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which the task that behaves comes first and many come after it."""
    text = (LIBRARY / "awkward" / "zz_well.py").read_text()
    more = "".join(f"\n\nclass More{number}(WellBehaved):\n    '''One more.'''\n" for number in range(MANY))
    for name in ("project", "scratch"):
        (tmp_path / name).mkdir()
    (tmp_path / "project" / "many.py").write_text(text + more)
    (tmp_path / "project" / "slowly.py").write_text(text + SLOW)
    (tmp_path / "project" / "hangs.py").write_text(
        "import os, tempfile, time\nopen(os.path.join(tempfile.gettempdir(), 'mark'), 'w').close()\ntime.sleep(3600)\n"
    )
    return tmp_path / "project"


def _start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    """As a shell does: a process group of its own, to which a terminal sends Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, [SOURCE, *sys.path])),
            "TMPDIR": str(project.parent / "scratch"),
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _check(project: Path, *targets: str) -> subprocess.Popen[str]:
    return _start(
        project, "taskcontract", "check", *targets, "--profile", "quick", "--jobs", "1", "--json", str(project / "report.json")
    )


def _until(holds: Callable[[], Any], process: subprocess.Popen[str]) -> None:
    while not holds():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def _interrupt(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate()
    return process.returncode, out, err


def _left(project: Path) -> list[str]:
    """Processes that know the run's scratch folder, and what is in it."""
    scratch = project.parent / "scratch"
    wanted, found = os.fsencode(scratch), [str(path) for path in scratch.iterdir()]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes() or wanted in (folder / "cmdline").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it ended, or is somebody else's
    return found


def test_what_is_known_is_printed_and_written(project: Path, alone: Any) -> None:
    process = _check(project, "many")
    third = project.parent / "scratch"
    _until(lambda: list(third.glob("taskcontract-*/00000002")), process)

    code, out, err = _interrupt(process)

    assert code == 130, err
    assert "Interrupted: the rest was not judged; this counts the cells judged until then." in out
    assert "many\n  WellBehaved" in out
    found, *_, last = err.splitlines()
    assert found == f"taskcontract: {MANY + 1} tasks, {(MANY + 1) * len(CATALOGUE):,} cells to judge"
    assert last.startswith("taskcontract: interrupted: ") and f" of {(MANY + 1) * len(CATALOGUE):,} cells, " in last
    report = json.loads((project / "report.json").read_text())
    assert report["interrupted"] is True
    judged = [row["task"] for row in report["tasks"]]
    assert judged[:2] == ["many:WellBehaved", "many:More0"] and len(judged) < MANY
    cells = {cell["clause"]: cell for cell in report["cells"] if cell["task"] == "many:WellBehaved"}
    known = alone.cells("awkward.zz_well:WellBehaved")
    assert {clause: cell["verdict"] for clause, cell in cells.items()} == {c: cell["verdict"] for c, cell in known.items()}
    assert _left(project) == []


def test_before_anything_is_judged(project: Path) -> None:
    process = _check(project, "hangs", "many")
    _until(lambda: list((project.parent / "scratch").glob("**/mark")), process)

    code, out, err = _interrupt(process)

    assert code == 130, err
    assert "Interrupted: the rest was not judged" in out and "nothing was judged" in out
    assert err.splitlines()[-1].startswith("taskcontract: interrupted")
    report = json.loads((project / "report.json").read_text())
    assert (report["interrupted"], report["tasks"], report["cells"]) == (True, [], [])
    assert _left(project) == []


@pytest.mark.parametrize("options", [(), ("--contract-isolate",)])
def test_pytest_tells_what_it_knows(project: Path, options: tuple[str, ...]) -> None:
    arguments = ("pytest", "-v", "-p", "no:cacheprovider", "--contract=slowly", "--contract-profile=quick", *options)
    process = _start(project, *arguments)
    assert process.stdout is not None
    shown = []
    for line in process.stdout:
        shown.append(line)
        if line.startswith("slowly:WellBehaved::TC304"):
            break
    time.sleep(0.5)  # the next cell takes several times as long

    code, out, err = _interrupt(process)

    said = "".join(shown) + out
    assert code == pytest.ExitCode.INTERRUPTED, said + err
    assert "slowly:WellBehaved::TC101" in said and "PASSED" in said
    assert "KeyboardInterrupt" in said and " task contract " in said
    assert "INTERNALERROR" not in said + err
    assert _left(project) == []
