"""Where a client refuses what was made up for the task, nothing was learnt about its credentials, and that is what is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest

from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Cell, TaskSpec, Verdict

CODES = ("TC501", "TC502", "TC503", "TC504")
HEAD = """
import requests
from prefect import Task
from prefect.client import Secret

def connect(where, key=None):
    raise RuntimeError("no such region as yours")

class Ask(Task):
    def __init__(self, place=None, %s=None, **kwargs):
        self.place, self.%s = place, %s
        super().__init__(**kwargs)
    def run(self, place=None, %s=None):
"""
Cells = Callable[[str, str], dict[str, Cell]]


@pytest.fixture
def cells(tmp_path: Path) -> Iterator[Cells]:
    """The cells on credentials of a task whose `run` is given as text, by code; its second argument is `argument`."""
    opened: list[Session] = []

    def judged(body: str, argument: str) -> dict[str, Cell]:
        file = tmp_path / f"unlearnt_tasks_{len(opened)}.py"
        file.write_text(HEAD % ((argument,) * 4) + indent(dedent(body), " " * 8))
        session = Session(Settings((str(file),)))
        opened.append(session)
        (spec,) = session.load()
        assert isinstance(spec, TaskSpec)
        return {code: session.judge(spec.id, code) for code in CODES}

    yield judged
    for session in opened:
        session.close()


def test_an_argument_that_holds_a_credential_is_unproven_with_the_reason_of_the_refusal(cells: Cells) -> None:
    for code, cell in cells("return connect(place, token or Secret('ACME').get())", "token").items():
        assert cell.verdict is Verdict.UNPROVEN, code
        (finding,) = cell.findings
        assert finding.subject == "token"
        assert finding.message.startswith("no working configuration found in ")
        assert "the best ended inside run: RuntimeError: no such region as yours at unlearnt_tasks_0.py:" in finding.message
        assert finding.settles == 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }'
        assert cell.why == f"token: {finding.message}"


def test_a_secret_that_was_read_is_unproven_too(cells: Cells) -> None:
    found = cells("return connect(place, Secret('ACME').get())", "region")
    assert {code: [(f.subject, f.verdict) for f in cell.findings] for code, cell in found.items()} == {
        code: [("secrets", Verdict.UNPROVEN)] for code in CODES
    }


def test_a_task_that_takes_no_credential_has_nothing_to_say(cells: Cells) -> None:
    """Also where it is refused."""
    verdicts = {cell.verdict for cell in cells("return connect(place)", "region").values()}
    assert verdicts == {Verdict.NOT_APPLICABLE}


def test_a_request_before_the_refusal_teaches_nothing_of_the_credential(cells: Cells) -> None:
    body = "requests.get('https://api.acme.test/regions', timeout=5)\nreturn connect(place, token)"
    for code, cell in cells(body, "token").items():
        assert [(f.subject, f.verdict) for f in cell.findings] == [("token", Verdict.UNPROVEN)], code
        assert cell.why == (
            "token: no run was seen to use it; the best raised RuntimeError: no such region as yours "
            "after GET https://api.acme.test/regions"
        )


def test_a_credential_that_was_used_before_the_error_is_judged_as_far_as_it_goes(cells: Cells) -> None:
    body = "requests.get('https://api.acme.test/me', headers={'X-Key': token}, timeout=5)\nreturn connect(place)"
    found = cells(body, "token")
    assert [found[code].verdict for code in ("TC501", "TC502")] == [Verdict.NOT_APPLICABLE] * 2
    assert [found[code].verdict for code in ("TC503", "TC504")] == [Verdict.UNPROVEN, Verdict.HOLDS]


def test_where_the_task_works_its_credential_is_judged(cells: Cells) -> None:
    body = """
    if not token:
        raise ValueError("no token")
    return requests.get("https://api.acme.test/me", auth=("me", token), timeout=5).status_code
    """
    verdicts = {code: cell.verdict for code, cell in cells(body, "token").items()}
    assert verdicts == {
        "TC501": Verdict.NOT_APPLICABLE,
        "TC502": Verdict.NOT_APPLICABLE,
        "TC503": Verdict.HOLDS,
        "TC504": Verdict.HOLDS,
    }
