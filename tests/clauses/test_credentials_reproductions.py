"""Every reproduction of a breach about credentials runs as it stands, and shows the breach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Finding, TaskSpec, Verdict

FIXTURES = Path(__file__).parents[2] / "fixtures"


def breaches(code: str) -> Iterator[Finding]:
    """What is violated in the specimens of a clause."""
    session = Session(Settings((str(FIXTURES / code / "violated.py"),)))
    try:
        for spec in session.load():
            assert isinstance(spec, TaskSpec)
            yield from (f for f in session.judge(spec.id, code).findings if f.verdict is Verdict.VIOLATED)
    finally:
        session.close()


@pytest.mark.parametrize("code", ["TC501", "TC502", "TC503", "TC504", "TC505", "TC506", "TC507"])
def test_it_runs_as_it_stands_and_shows_the_breach(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(breaches(code))
    assert len(found) >= 6
    for finding in found:
        with pytest.raises(AssertionError, match="the contract is broken"):
            exec(finding.reproduce, {})
        assert finding.fix.startswith("violated.py:")
    assert "Outcome(kind=" in capsys.readouterr().out
