"""A project of a contributor's, with the stand-in engine behind the plugin."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

_CONFTEST = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import stand_in_engine, taskcontract.clauses, taskcontract.engine, taskcontract.judging
taskcontract.clauses.CATALOGUE = stand_in_engine.CATALOGUE
taskcontract.engine.Session = stand_in_engine.Session
taskcontract.engine.Settings = stand_in_engine.Settings
taskcontract.judging._judge.cache_clear()
"""

Table = dict[str, dict[str, str]]
Project = Callable[..., pytest.RunResult]


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """Runs pytest in a project whose verdicts are given as {task: {clause: verdict}}."""

    def run(table: Table, *arguments: str, pyproject: str = "", subprocess: bool = False) -> pytest.RunResult:
        pytester.makeconftest(_CONFTEST)
        pytester.makepyprojecttoml(pyproject or "[project]\nname = 'acme'\n")
        (pytester.path / "verdicts.json").write_text(json.dumps(table))
        runner = pytester.runpytest_subprocess if subprocess else pytester.runpytest
        return runner("-p", "no:cacheprovider" if "--lf" not in arguments else "cacheprovider", *arguments)

    return run
