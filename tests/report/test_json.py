"""The JSON report: its exact shape, and that a reader never sees half of one or loses the one before."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from taskcontract.errors import UsageError
from taskcontract.model import Report, TaskRow
from taskcontract.report.json import check_destination, document, dumps, write


def test_the_shape_is_the_agreed_one(report: Report) -> None:
    data = json.loads(dumps(report))
    agreed = ["schema", "taskcontract", "prefect", "python", "seed", "profile", "seconds", "tasks", "cells", "totals"]
    assert sorted(data) == sorted([*agreed, "layers", "interrupted"])
    assert data["schema"] == "taskcontract.report/1"
    assert (data["taskcontract"], data["prefect"], data["python"]) == ("0.1.0", "1.4.1", "3.11.7")
    assert (data["seed"], data["profile"], data["seconds"], data["interrupted"]) == (7, "default", 12.34, False)
    assert data["layers"] == ["audit hook", "empty network namespace"]
    assert data["tasks"][0] == {
        "task": "acme.tasks.rest:Get",
        "file": "acme/tasks/rest.py",
        "line": 10,
        "status": "judged",
        "why": "",
        "via": ["http", "phantom:boto3"],
    }
    assert data["cells"][1] == {
        "task": "acme.tasks.rest:Get",
        "clause": "TC203",
        "level": "rule",
        "verdict": "violated",
        "why": "",
        "seconds": 0.0,
        "executions": 2,
        "findings": [
            {
                "subject": "retries",
                "verdict": "violated",
                "message": "retries is [bold]ignored[/bold] when it is 0 — naïvely",
                "expected": "retries=0 is sent",
                "actual": "retries=3 is sent",
                "fix": "rest.py:12: use `is None`",
                "reproduce": "from acme.tasks.rest import Get\n\nGet(retries=3).run(retries=0)  # sends 3, not 0",
                "examples": 2,
            }
        ],
    }
    assert data["totals"] == {
        "tasks": 3,
        "unimportable": 1,
        "cells": 9,
        "executions": 18,
        "holds": 1,
        "violated": 2,
        "unproven": 2,
        "not_applicable": 1,
        "waived": 1,
        "stale": 1,
        "error": 1,
    }


def test_each_task_and_cell_has_its_line(report: Report) -> None:
    lines = dumps(report).split("\n")
    assert (lines[0], lines[1], lines[-2:]) == ("{", '"schema": "taskcontract.report/1",', ["}", ""])
    assert sum('"clause": ' in line for line in lines) == sum('"executions": 2,' in line for line in lines) == 9
    assert json.loads(dumps(report)) == document(report)


def test_what_would_settle_an_unproven_finding_is_its_fix(report: Report) -> None:
    assert document(report)["cells"][2]["findings"][0]["fix"] == "a declared value for it"


def test_half_a_character_can_be_written(empty: Report, tmp_path: Path) -> None:
    odd = replace(empty, tasks=(TaskRow("a:\ud800", None, None, "judged"),))
    write(odd, str(tmp_path / "r.json"))
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["tasks"][0]["task"] == "a:\ud800"


def test_a_file_is_replaced_whole(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text("before")
    before = file.stat().st_ino
    write(report, str(file))
    assert json.loads(file.read_text()) == document(report)
    assert file.stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_what_was_there_survives_a_failure(report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "r.json"
    file.write_text("before")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"r\.json: could not be written \(No space left on device\); choose another file"):
        write(report, str(file))
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_link_stays_a_link(report: Report, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "there" / "r.json")
    write(report, str(tmp_path / "link.json"))
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "there" / "r.json").read_text()) == document(report)


def test_a_device_is_written_to_and_never_replaced(report: Report) -> None:
    check_destination(os.devnull)
    write(report, os.devnull)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_dash_is_standard_output(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    check_destination("-")
    write(report, "-")
    assert json.loads(capsys.readouterr().out) == document(report)


def test_a_destination_that_cannot_be_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_destination(str(tmp_path / "r.json"))
    with pytest.raises(UsageError, match=r"--json .*: is a folder; name a file in it"):
        check_destination(str(tmp_path))
    with pytest.raises(UsageError, match=r"the folder .*absent does not exist; make it first"):
        check_destination(str(tmp_path / "absent" / "r.json"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UsageError, match=r"may not be written; choose another file or mend the permissions"):
        check_destination(str(tmp_path / "r.json"))
