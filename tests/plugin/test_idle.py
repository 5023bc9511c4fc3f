"""What the plugin costs who does not use it: counted in modules and calls, not in seconds."""

from __future__ import annotations

import json

import pytest

_TELL = """
import json, sys
from pathlib import Path

calls = 0

def count(frame, event, argument):
    global calls
    if event == "call" and "taskcontract" in frame.f_code.co_filename:
        calls += 1

def pytest_sessionstart():
    sys.setprofile(count)

def pytest_unconfigure():
    sys.setprofile(None)
    Path("told.json").write_text(json.dumps({"modules": sorted(sys.modules), "calls": calls}))
"""


def idle(pytester: pytest.Pytester, *arguments: str) -> tuple[set[str], int]:
    """The modules that an empty run ends with, and how many calls of functions of the harness there were after its start."""
    pytester.makeconftest(_TELL)
    result = pytester.runpytest_subprocess("-p", "no:hypothesispytest", *arguments)
    assert result.ret in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    told = json.loads((pytester.path / "told.json").read_text())
    return set(told["modules"]), told["calls"]


def test_an_idle_run_imports_the_plugin_and_nothing_else(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml("[project]\nname = 'somebody'\n")
    without, _ = idle(pytester, "-p", "no:taskcontract")
    with_plugin, calls = idle(pytester)
    assert with_plugin - without == {"taskcontract", "taskcontract.fixtures", "taskcontract.plugin"}
    assert calls == 0


def test_the_cost_of_a_test_is_one_look_at_its_markers(pytester: pytest.Pytester) -> None:
    many = "@pytest.mark.parametrize('n', range(200))\ndef test_it(n): pass\n"
    pytester.makepyfile(f"import pytest\n{many}def test_other(): pass\n")
    _, calls = idle(pytester)
    assert calls == 2


def test_declarations_alone_import_no_engine_and_no_prefect(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.taskcontract.tasks."acme:Task"]\nrequired = ["repo"]\n')
    modules, _ = idle(pytester)
    heavy = {"taskcontract.engine", "taskcontract.clauses", "taskcontract.world", "prefect", "hypothesis", "rich", "requests"}
    assert not modules & heavy


def test_importing_the_package_or_its_test_helpers_imports_no_engine_and_no_prefect(pytester: pytest.Pytester) -> None:
    code = "import sys; from taskcontract import check_task, contract, parametrize_contract; print(*sys.modules, sep='\\n')"
    modules = set(pytester.runpython_c(code).outlines)
    assert not modules & {"taskcontract.engine", "taskcontract.clauses", "prefect", "hypothesis", "rich", "requests", "pytest"}
