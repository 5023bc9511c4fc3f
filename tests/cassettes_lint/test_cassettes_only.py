"""`check --cassettes-only` from end to end: without targets nothing runs, with targets tasks meet their recordings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from taskcontract.cli import main
from taskcontract.config import Config
from taskcontract.engine import Settings
from taskcontract.engine.cassettes_only import check_cassettes
from taskcontract.engine.executors import InlineExecutor
from taskcontract.engine.session import Session
from taskcontract.model import Cell, Report, TaskRow, TaskSpec

Put = Callable[..., Path]
OPAQUE = "f3Qz81LmWc0Tt7YbJr92VdXs"
TASKS = '''
"""Tasks that ask."""

import requests
from prefect import Task


class _Asking(Task):
    def run(self, repo: str):
        return requests.get(f"https://api.acme.test/{repo}", timeout=30).json()


class Found(_Asking):
    """Finds its request."""


class Lost(_Asking):
    """Does not."""


class Unrecorded(_Asking):
    """Has no recording."""
'''


class Silent:
    """A listener that nobody looks at."""

    def found(self, rows: Any, cells: int) -> None: ...
    def cell(self, cell: Cell) -> None: ...
    def task(self, row: TaskRow) -> None: ...


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "asking.py").write_text(TASKS)
    (tmp_path / "pyproject.toml").write_text("[tool.taskcontract]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("GITHUB_TOKEN", "ACME_TOKEN", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    sys.modules.pop("asking", None)


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def running(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(("check", "--cassettes-only", *arguments))
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, out, err

    return running


Run = Callable[..., tuple[int, str, str]]


def test_without_targets_nothing_is_run(run: Run, put: Put) -> None:
    put("acme.Gone.yaml", headers={"X": "1"})
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "sealed by: nothing; no task was run" in out
    assert "TC701 cassette-has-no-secret" in out
    assert "1 of 3 applicable cells proven (33%): 1 hold, 0 violated; 2 unproven" in out


def test_a_credential_fails_the_run_and_is_in_the_json(run: Run, put: Put, project: Path) -> None:
    put("test_a/test_b.yaml", sent={"X-Api-Key": OPAQUE})
    code, out, _ = run("--json", "report.json")
    assert code == 1
    assert OPAQUE not in out
    document = json.loads((project / "report.json").read_text())
    assert document["schema"] == "taskcontract.report/1"
    assert [(t["task"], t["status"]) for t in document["tasks"]] == [("cassettes:test_a/test_b.yaml", "judged")]
    verdicts = [(c["task"], c["clause"], c["verdict"]) for c in document["cells"]]
    assert verdicts == [
        ("cassettes:test_a/test_b.yaml", "TC701", "violated"),
        ("cassettes:test_a/test_b.yaml", "TC702", "not-applicable"),
        ("cassettes:test_a/test_b.yaml", "TC703", "not-applicable"),
    ]


def test_credentials_of_the_environment_are_known(run: Run, put: Put, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put("test_a/test_b.yaml", headers={"X-Note": f"for {OPAQUE}"})
    assert run()[0] == 0
    monkeypatch.setenv("WHAT_OPENS_IT", OPAQUE)
    assert run()[0] == 0
    declared = '[tool.taskcontract.tasks."asking:Found"]\ncredential = { env = ["WHAT_OPENS_IT"] }\n'
    (project / "pyproject.toml").write_text(declared)
    code, out, _ = run()
    assert code == 1
    assert "the value of credential WHAT_OPENS_IT in interaction 1, response header X-Note" in " ".join(out.split())


def test_what_cannot_be_read_is_no_success(run: Run, put: Put, project: Path) -> None:
    put("one.yaml").write_text("interactions: [")
    code, out, _ = run()
    assert code == 3
    assert "could not be judged" in out


def test_one_clause_can_be_chosen(run: Run, put: Put, project: Path) -> None:
    put("one.yaml")
    assert run("--clause", "TC701", "--json", "report.json")[0] == 0
    assert [c["clause"] for c in json.loads((project / "report.json").read_text())["cells"]] == ["TC701"]


def test_another_clause_cannot_be_chosen(run: Run, put: Put) -> None:
    put("one.yaml")
    code, _, err = run("--clause", "TC202")
    assert code == 2
    assert err.startswith("taskcontract: no clause is called 'TC202'; did you mean 'TC70")


def test_clauses_that_are_configured_for_judging_do_not_matter(run: Run, put: Put, project: Path) -> None:
    put("one.yaml")
    (project / "pyproject.toml").write_text('[tool.taskcontract]\nclauses = ["TC2"]\n')
    assert run()[0] == 0


def test_without_cassettes_it_is_a_usage_error(run: Run, project: Path) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert err.startswith(f"taskcontract: {project / 'cassettes'}: there is no such folder; `cassettes` in [tool.tas")


def test_strict_fails_what_no_run_has_shown(run: Run, put: Put) -> None:
    put("acme.Gone.yaml")
    assert run("--strict")[0] == 1


# --- with targets


def judged(root: Path, **config: Any) -> Report:
    known = Config(root=root, targets=("asking.py",), **config)
    settings = Settings((str(root / "asking.py"),), None, "quick", 0, 1, known)
    return check_cassettes(settings, Silent(), InlineExecutor(Session), today=date(2026, 7, 1), environ={})


def verdicts(report: Report) -> dict[tuple[str, str], str]:
    return {(c.task.partition("asking:")[2] or c.task, c.clause): c.verdict.value for c in report.cells}


def test_tasks_of_the_targets_are_run_against_their_recordings(project: Path, put: Put) -> None:
    put("asking.Found.yaml", url="https://api.acme.test/atlas-9f27", values={"repo": "atlas-9f27"}, made="2026-06-01")
    put("asking.Lost.yaml", url="https://api.acme.test/v1/atlas-9f27", values={"repo": "atlas-9f27"}, made="2026-06-01")
    put("asking.Never.yaml")
    put("test_a/test_b.yaml")
    found = verdicts(judged(project))
    assert {clause: found["Found", clause] for clause in ("TC701", "TC702", "TC703")} == {
        "TC701": "holds",
        "TC702": "holds",
        "TC703": "holds",
    }
    assert found["Lost", "TC703"] == "violated"
    assert found["Lost", "TC702"] == "unproven"
    assert found["cassettes:test_a/test_b.yaml", "TC701"] == "holds"
    assert "Unrecorded" not in {task for task, _ in found}


def test_what_files_tell_is_added_to_what_runs_tell(project: Path, put: Put) -> None:
    same = {"url": "https://api.acme.test/atlas-9f27", "values": {"repo": "atlas-9f27"}, "made": "2026-01-01"}
    put("asking.Found.yaml", **same, sent={"X-Api-Key": OPAQUE})
    report = judged(project, cassette_age=30)
    (row,) = report.tasks
    cells = {c.clause: c for c in report.cells if c.task == row.task}
    assert (cells["TC701"].verdict.value, len(cells["TC701"].findings)) == ("violated", 1)
    assert cells["TC703"].verdict.value == "violated"
    assert cells["TC703"].why == "asking.Found.yaml was recorded 181 days ago, on 2026-01-01; the policy allows 30"
    assert cells["TC702"].verdict.value == "holds"


def test_two_breaches_of_one_clause_are_both_told(project: Path, put: Put) -> None:
    put("asking.Lost.yaml", url="https://api.acme.test/v1/atlas-9f27", values={"repo": "atlas-9f27"}, made="2026-01-01")
    report = judged(project, cassette_age=30)
    (cell,) = [c for c in report.cells if c.clause == "TC703"]
    first, second = cell.findings
    assert "asks for what asking.Lost.yaml does not have" in first.message
    assert second.message.startswith("asking.Lost.yaml was recorded 181 days ago")


def test_a_cassette_that_cannot_be_read_is_its_tasks_breach_and_stops_no_other(project: Path, put: Put) -> None:
    put("asking.Found.yaml", url="https://api.acme.test/atlas-9f27", values={"repo": "atlas-9f27"})
    broken = put("asking.Lost.yaml")
    broken.write_text("interactions: [")
    found = judged(project)
    assert verdicts(found)["Found", "TC703"] == "holds"
    (cell,) = [c for c in found.cells if c.verdict.value == "violated"]
    assert (cell.clause, cell.task.rpartition(":")[2]) == ("TC703", "Lost")
    assert cell.why.startswith(f"{broken}: ")


def test_a_cassette_that_two_tasks_declare_may_be_played_by_the_other(project: Path, put: Put) -> None:
    path = put("both.yaml", url="https://api.acme.test/atlas-9f27", values={"repo": "atlas-9f27"})
    content = json.loads(path.read_text())
    other = json.loads(json.dumps(content["interactions"][0]))
    other["request"]["uri"] = "https://api.acme.test/user"
    path.write_text(json.dumps({**content, "interactions": [*content["interactions"], other]}))
    (lone,) = {row.task.partition(":")[0] for row in _unrecorded(project)}
    tasks = {f"{lone}:{name}": {"cassette": "both.yaml"} for name in ("Found", "Lost")}
    report = judged(project, tasks=tasks)
    said = {c.task.rpartition(":")[2]: c.why for c in report.cells if c.clause == "TC702"}
    assert said["Found"].endswith(f"but {lone}:Lost may play them")
    assert said["Lost"].endswith(f"but {lone}:Found may play them")


def _unrecorded(project: Path) -> tuple[TaskRow, ...]:
    """The tasks of the file, as they are called when it is loaded by its path."""
    session = Session(Settings((str(project / "asking.py"),)))
    found = session.load()
    session.close()
    return tuple(TaskRow(thing.id, None, None, "judged") for thing in found if isinstance(thing, TaskSpec))
