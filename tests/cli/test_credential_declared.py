"""`show` prints where a credential comes from, and `credential = {…}` in the project's file adds to that or takes away."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from taskcontract.cli import main

TASKS = '''
import os

import prefect
import requests
from prefect import Task
from prefect.client import Secret


def get(token, path="me"):
    return requests.get(f"https://api.acme.test/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code


class Get(Task):
    def run(self, token=None):
        token = token or prefect.context.get("secrets", {}).get("ACME") or os.environ.get("ACME_TOKEN")
        if not token:
            raise ValueError("A `token` must be provided.")
        return get(token)


class ByLongName(Task):
    """The variable is put together, and is read only where a switch is set."""

    def run(self, handle=None):
        handle = handle or os.environ.get("_".join(["ACME", "HANDLE"]))
        if not handle:
            raise ValueError("A `handle` must be provided.")
        return get(handle)


class Cursor(Task):
    def run(self, token=None, slot_token=None):
        if token is None:
            raise ValueError("A `token` must be provided.")
        slot_token = slot_token or os.environ.get("ACME_SLOT")
        return get(token, f"slots/{slot_token}"), slot_token


class Plain(Task):
    def run(self, token=None):
        if token is None:
            raise ValueError("A `token` must be provided.")
        return get(token)
'''
DECLARED = """
[tool.taskcontract]
targets = ["declared_tasks"]
clauses = ["TC501", "TC502", "TC505"]

[tool.taskcontract.tasks."declared_tasks:Get"]
credential = { argument = "token", secret = ["ACME", "ACME_NEVER"] }

[tool.taskcontract.tasks."declared_tasks:ByLongName"]
credential = { argument = "handle", env = "ACME_HANDLE" }

[tool.taskcontract.tasks."declared_tasks:Cursor"]
credential = { argument = "token", exclude = ["slot_token"] }

[tool.taskcontract.tasks."declared_tasks:Plain"]
credential = { argument = "token", env = "ACME_OLD" }
"""
Findings = dict[tuple[str, str, str], tuple[str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "declared_tasks.py").write_text(TASKS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def findings(project: Path, declared: str) -> Findings:
    """The verdict and message of each finding of a check, by task, clause and subject."""
    (project / "pyproject.toml").write_text(declared)
    with pytest.raises(SystemExit):
        main(["check", "--json", "report.json", "--jobs", "1"])
    report: dict[str, Any] = json.loads((project / "report.json").read_text())
    return {
        (cell["task"].partition(":")[2], cell["clause"], finding["subject"]): (finding["verdict"], finding["message"])
        for cell in report["cells"]
        for finding in cell["findings"]
    }


def test_what_is_declared_is_planted_too_and_what_is_excluded_is_no_credential(project: Path) -> None:
    without = findings(project, DECLARED.partition("[tool.taskcontract.tasks")[0])
    with_ = findings(project, DECLARED)

    used = "used, and not the secret ACME and $ACME_TOKEN"
    assert without["Get", "TC501", "token"] == ("holds", used)
    never = "the secret ACME_NEVER is declared, and its value was not seen where `token` goes"
    assert with_["Get", "TC501", "token"] == with_["Get", "TC502", "token"] == ("unproven", never)

    assert ("ByLongName", "TC501", "handle") not in without
    assert with_["ByLongName", "TC501", "handle"] == ("holds", "used, and not $ACME_HANDLE")
    assert with_["ByLongName", "TC502", "handle"] == ("holds", "looked up in this order: `handle`, $ACME_HANDLE")

    assert without["Cursor", "TC505", "the result"][0] == "violated"
    assert with_["Cursor", "TC505", "the result"] == ("holds", "no credential in it, in any encoding")
    assert ("Cursor", "TC501", "slot_token") in without
    assert ("Cursor", "TC501", "slot_token") not in with_

    assert ("Plain", "TC501", "token") not in without
    old = "$ACME_OLD is declared, and its value was not seen where `token` goes"
    assert with_["Plain", "TC501", "token"] == ("unproven", old)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(["show", *arguments])
    out, err = capsys.readouterr()
    assert end.value.code == 0, err
    return out


def test_show_prints_the_sources_that_it_saw_as_a_declaration(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "declared_tasks:Get")
    declared = tomllib.loads(text)["tool"]["taskcontract"]["tasks"]["declared_tasks:Get"]
    assert declared["credential"] == {"argument": "token", "secret": "ACME", "env": ["ACME_TOKEN"]}
    assert (
        "# credentials, by watching the task run; to take a source out, name it in `exclude`\n"
        "#   given by `token`\n"
        "#       `token`: GET headers: authorization\n"
        "#       the secret ACME: GET headers: authorization\n"
        "#       $ACME_TOKEN: GET headers: authorization\n"
    ) in text


def test_show_says_what_is_declared_and_never_arrived(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text(DECLARED)
    text = shown(capsys, "declared_tasks:Get")
    assert 'credential = { argument = "token", secret = ["ACME", "ACME_NEVER"] }  # declared\n' in text
    assert "#       the secret ACME_NEVER: declared, and never seen to arrive\n" in text
