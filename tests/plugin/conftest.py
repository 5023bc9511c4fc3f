"""A project of a contributor's, with the stand-in engine behind the plugin."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import taskcontract.clauses
import taskcontract.engine
import taskcontract.judging
import taskcontract.pytest_items  # loaded once here, not again by every run in this process

sys.path.insert(0, str(Path(__file__).parent))
stand_in_engine = importlib.import_module("stand_in_engine")

_CONFTEST = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import stand_in_engine, taskcontract.clauses, taskcontract.engine
taskcontract.clauses.CATALOGUE = stand_in_engine.CATALOGUE
taskcontract.engine.Session = stand_in_engine.Session
taskcontract.engine.Settings = stand_in_engine.Settings
"""

Table = dict[str, dict[str, str]]
Project = Callable[..., pytest.RunResult]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Runs pytest in a project whose verdicts are given as {task: {clause: verdict}}."""

    def run(table: Table, *arguments: str, pyproject: str = "", subprocess: bool = False) -> pytest.RunResult:
        pytester.makepyprojecttoml(pyproject or "[project]\nname = 'acme'\n")
        (pytester.path / "verdicts.json").write_text(json.dumps(table))
        monkeypatch.setenv("COLUMNS", "200")
        cache = ("-p", "no:cacheprovider") if "--lf" not in arguments else ()
        if subprocess:
            pytester.makeconftest(_CONFTEST)
            return pytester.runpytest_subprocess(*cache, *arguments)
        with monkeypatch.context() as patch:
            patch.setitem(vars(taskcontract.clauses), "CATALOGUE", stand_in_engine.CATALOGUE)
            patch.setitem(vars(taskcontract.engine), "Session", stand_in_engine.Session)
            patch.setitem(vars(taskcontract.engine), "Settings", stand_in_engine.Settings)
            taskcontract.judging._judge.cache_clear()
            return pytester.runpytest_inprocess(*cache, "-p", "no:hypothesispytest", *arguments)

    return run
