"""`taskcontract record` as it is typed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taskcontract.cassettes.load import load
from taskcontract.cli import main

Run = Callable[..., tuple[int, str, str]]

MODULE = '''
import prefect
import requests
from prefect.utilities.tasks import defaults_from_attrs


class Fetch(prefect.Task):
    """Fetches something.

    Args:
        - url (str): where from
        - number (int): how many
        - api_token (str): the API token
    """

    def __init__(self, url=None, number=None, api_token=None, **kwargs):
        self.url, self.number, self.api_token = url, number, api_token
        super().__init__(**kwargs)

    @defaults_from_attrs("url", "number", "api_token")
    def run(self, url=None, number=None, api_token=None):
        if not api_token:
            raise ValueError("api_token is required")
        answer = requests.get(url, params={"number": number}, headers={"Authorization": f"Bearer {api_token}"}, timeout=10)
        answer.raise_for_status()
        return answer.json()
'''
PROJECT = """
[tool.taskcontract]
targets = ["fetching_things"]
[tool.taskcontract.tasks."fetching_things:Fetch"]
cassette = "fetch.yaml"
credential = { argument = "api_token", env = ["FETCH_TOKEN"] }
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "fetching_things.py").write_text(MODULE)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.delitem(sys.modules, "fetching_things", raising=False)
    monkeypatch.delenv("FETCH_TOKEN", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["record", *arguments])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def test_from_the_first_recording_to_the_next(run: Run, service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cassette, given = tmp_path / "cassettes" / "fetch.yaml", ("--value", f"url={service.url}/fine", "--call", "number=7")
    code, out, err = run("fetching_things:Fetch", *given)
    assert (code, out) == (2, "") and "looked for the environment variable FETCH_TOKEN and the Prefect secret" in err
    monkeypatch.setenv("FETCH_TOKEN", "s3cr3t/of-fetching+9")
    assert run("fetching_things:Fetch", *given) == (
        0,
        "recording fetching_things:Fetch for real: it reaches the network\n"
        f'  url: "{service.url}/fine" (--value)\n'
        "  number: 7 (--call)\n"
        "  api_token: a credential, from the environment variable FETCH_TOKEN\n"
        f"  GET {service.url}/fine?number=7 -> 200\n"
        f"wrote {cassette}: 1 interaction with {service.url.removeprefix('http://')}\n"
        "placeholders stand for api_token\n",
        "",
    )
    assert load(cassette).values == {"url": f"{service.url}/fine", "number": 7, "api_token": "{{api_token}}"}
    assert b"s3cr3t" not in cassette.read_bytes()
    code, _, err = run("fetching_things:Fetch", *given)
    assert code == 2 and "fetch.yaml is there already" in err
    code, out, _ = run("fetching_things:Fetch", "--record-mode", "all")
    assert code == 0 and f'url: "{service.url}/fine" (as the cassette was recorded)' in out
    before = cassette.read_bytes()
    code, out, err = run("fetching_things:Fetch", "--record-mode", "all", "--value", f"url={service.url}/refused")
    assert (code, cassette.read_bytes()) == (3, before)
    assert "the task did not end well: HTTPError: 503" in err and f"{cassette} is as it was" in err


def test_what_is_typed_wrongly(run: Run) -> None:
    assert run("fetching_things:Fetch", "--value", "url")[2].endswith("'url' is not of the form NAME=JSON\n")
    assert run("fetching_things:Fetch", "--record-mode", "none")[0] == 2
    code, _, err = run("fetching_things:Fetch", "--value", "adress=x")
    assert (code, err) == (
        2,
        "taskcontract: --value adress: fetching_things:Fetch does not take it; it has api_token, number, url\n",
    )
    code, _, err = run("fetching_things:Nothing")
    assert code == 2 and "Nothing" in err


def test_what_nobody_said_is_a_usage_error_and_can_be_accepted(
    run: Run, service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FETCH_TOKEN", "s3cr3t/of-fetching+9")
    (tmp_path / "given.toml").write_text(f'url = "{service.url}/typed"\n')
    (tmp_path / "fetching_things.py").write_text(MODULE.replace("        if not api_token", NEEDS_NUMBER))
    code, out, err = run("fetching_things:Fetch", "--values", "given.toml")
    assert (code, out, service.seen) == (2, "", [])
    assert "\n  number: add --value 'number=…' (inferred: " in err and "--infer accepts what is inferred\n" in err
    code, out, _ = run("fetching_things:Fetch", "--values", "given.toml", "--value", f"url={service.url}/fine", "--yes")
    assert code == 0 and f'  url: "{service.url}/fine" (--value)\n' in out, "what is typed stands before the file"
    assert " (inferred)\n" in out.partition("  number: ")[2] and service.seen[0].startswith("/fine?number=")
    code, _, err = run("fetching_things:Fetch", "--values", "absent.toml")
    assert (code, err) == (2, "taskcontract: --values absent.toml: it cannot be read (No such file or directory)\n")


NEEDS_NUMBER = """        if number is None:
            raise ValueError("number is required")
        if not api_token"""
