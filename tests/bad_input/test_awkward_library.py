"""A library with everything that one would rather not find: each thing gets its message, and the rest keeps its verdicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import requests

from taskcontract.clauses import CATALOGUE
from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Cell, TaskSpec, Unimportable

LIBRARY = Path(__file__).parent / "library"
WELL = "awkward.zz_well:WellBehaved"
IN_PROCESS = ("a_prints", "b_patches", "c_exits", "f_fails", "g_surroundings", "h_varargs", "shapes", "zz_well")
"""Modules that leave the process alive while they are imported, which is all that judging in process can promise."""

UNIMPORTABLE = {
    "awkward.c_exits": "SystemExit: the module ends the program when it is imported (saying 'not a library'); "
    'what it does as a script belongs below `if __name__ == "__main__":`',
    "awkward.d_dies": "ImportError: importing it ended the process: exit code 7",
    "awkward.e_interrupts": "ImportError: importing it ended the process: signal SIGINT",
    "awkward.f_fails": "RuntimeError: set a region first\ncaused by KeyError: 'region'",
    "awkward.h_varargs": "ValueError: Tasks with variable positional arguments (*args) are not supported, because all Prefect "
    "arguments are stored as keywords. As a workaround, consider modifying the run() method to accept **kwargs and feeding "
    "the values to *args.",
}
JUDGED = {
    "a_prints": ["Loud"],
    "b_patches": ["Patching"],
    "constructors": ["Raises", "Sleeps", "Exits", "Dies", "Interrupts", "Bare"],
    "g_surroundings": ["Elsewhere"],
    "shapes": [
        *("OfRefusing", "OfUnhashable", "OfRegistered", "Concrete", "First", "Second", "Third", "Static", "Waiting"),
        *("Yielding", "Undocumented", "Renamed", "Hiding"),
    ],
    "signatures": ["PositionalOnly", "KeywordOnly", "Demanding", "Anything", "NoOptions"],
    "without_run": ["WithoutRun"],
    "zz_well": ["WellBehaved"],
}


# --- the command line ------------------------------------------------------------------------------------------------


def test_the_task_that_behaves_keeps_every_verdict(whole: Any, alone: Any) -> None:
    assert alone.rows() == {WELL: ("judged", "")}
    assert set(alone.cells(WELL)) == {clause.code for clause in CATALOGUE}
    plain = {cell["verdict"] for clause, cell in alone.cells(WELL).items() if clause < "TC4"}
    assert plain == {"holds", "violated"}
    for clause, cell in alone.cells(WELL).items():
        assert whole.cells(WELL)[clause] == cell


def test_every_module_is_judged_or_has_its_reason(whole: Any) -> None:
    assert whole.code == 3, whole.err
    rows = whole.rows()
    assert {name: why for name, (status, why) in rows.items() if status == "unimportable"} == UNIMPORTABLE
    judged = [name for name, (status, _) in rows.items() if status == "judged"]
    assert judged == [f"awkward.{module}:{name}" for module, names in JUDGED.items() for name in names]
    for task in judged:
        assert set(whole.cells(task)) == {clause.code for clause in CATALOGUE}


def test_no_cell_is_lost_and_what_is_unproven_says_what_would_settle_it(whole: Any) -> None:
    assert [cell for cell in whole.report["cells"] if cell["verdict"] == "error"] == []
    for cell in whole.report["cells"]:
        assert cell["why"] or cell["verdict"] == "holds", cell
        for finding in cell["findings"]:
            assert finding["verdict"] != "unproven" or (finding["message"] and finding["fix"]), finding


def test_the_printed_report_says_how_to_see_why_a_module_is_lost(whole: Any) -> None:
    printed = " ".join(whole.out.split())
    for module in UNIMPORTABLE:
        assert f"to see it python -c 'import {module}'" in printed
    assert "could not be imported SystemExit: the module ends the program" in printed
    cells = f"{29 * len(CATALOGUE):,}"
    assert whole.err == f"taskcontract: 29 tasks, {cells} cells to judge, 5 modules could not be imported\n"


def test_what_modules_and_runs_print_is_in_nobodys_output(whole: Any) -> None:
    for words in ("at import", "written to the descriptor", "printed by", "written by", "good bye"):
        assert words not in whole.out + whole.err


@pytest.mark.parametrize(
    ("task", "clause", "why"),
    [
        ("Raises", "TC104", "Raises() does not construct: constructing raised RuntimeError: no connection to the coordinator"),
        ("Exits", "TC104", "Exits() does not construct: constructing raised SystemExit: 3"),
        ("Interrupts", "TC104", "Interrupts() does not construct: constructing raised KeyboardInterrupt: "),
        ("Dies", "TC104", "Dies() does not construct: was stopped at call os._exit after call os._exit"),
        ("Dies", "TC101", "Dies() call os._exit"),
        ("Sleeps", "TC101", "Sleeps() sleep 3600 s"),
    ],
)
def test_a_constructor_that_does_not_end_well_is_accused_of_that(whole: Any, task: str, clause: str, why: str) -> None:
    cell = whole.cells(f"awkward.constructors:{task}")[clause]
    assert (cell["verdict"], cell["why"]) == ("violated", why)


@pytest.mark.parametrize("task", ["Raises", "Exits", "Dies", "Interrupts"])
def test_nothing_more_is_claimed_of_what_cannot_be_constructed(whole: Any, task: str) -> None:
    cells = whole.cells(f"awkward.constructors:{task}")
    assert {cell["verdict"] for clause, cell in cells.items() if clause > "TC104"} <= {"unproven", "not-applicable"}


def test_a_constructor_that_sleeps_costs_nobodys_time_and_is_no_reason_to_accuse_its_runs(whole: Any) -> None:
    cells = whole.cells("awkward.constructors:Sleeps")
    assert {clause for clause, cell in cells.items() if cell["verdict"] == "violated"} == {"TC101", "TC203"}


def test_every_kind_of_parameter_is_judged(whole: Any) -> None:
    def verdicts(task: str) -> set[str]:
        return {cell["verdict"] for cell in whole.cells(f"awkward.signatures:{task}").values()}

    assert verdicts("KeywordOnly") == verdicts("Anything") == verdicts("NoOptions") == {"holds", "not-applicable"}
    refused = whole.cells("awkward.signatures:PositionalOnly")["TC104"]
    assert refused["verdict"] == "violated"
    assert "Found positional-only parameters in the function signature for task PositionalOnly: ['word']" in refused["why"]
    assert verdicts("Demanding") == {"unproven", "not-applicable"}


def test_a_task_without_run_is_judged_by_its_construction_alone(whole: Any) -> None:
    cells = whole.cells("awkward.without_run:WithoutRun")
    assert {clause: cell["verdict"] for clause, cell in cells.items() if cell["verdict"] != "not-applicable"} == {
        **dict.fromkeys(("TC101", "TC102", "TC103", "TC104"), "holds")
    }
    assert cells["TC208"]["why"] == "the class has no `run`; it is judged in the classes that are derived from it and have one"


@pytest.mark.parametrize("task", ["OfRegistered", "Concrete", "First", "Second", "Third", "Static", "Undocumented", "Renamed"])
def test_however_a_class_is_made_it_is_judged(whole: Any, task: str) -> None:
    cells = whole.cells(f"awkward.shapes:{task}")
    assert {cell["verdict"] for cell in cells.values()} - {"not-applicable"} <= {"holds", "violated"}
    assert cells["TC208"]["verdict"] == "holds" or task == "Concrete"


# --- the session, in this process ------------------------------------------------------------------------------------


def test_a_session_judges_the_same_and_leaves_this_process_as_it_was(
    alone: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(LIBRARY))
    Session(Settings(("prefect.tasks.docker:ListContainers",))).load()  # the world is sealed once, and stays: see it beforehand
    before = _process()
    session = Session(Settings(tuple(f"awkward.{name}" for name in IN_PROCESS), profile="quick"))
    try:
        found = session.load()
        assert _process() == before
        lost = {thing.name: thing.why for thing in found if isinstance(thing, Unimportable)}
        assert lost == {name: UNIMPORTABLE[name] for name in UNIMPORTABLE if name.rpartition(".")[2] in IN_PROCESS}
        assert WELL in [thing.id for thing in found if isinstance(thing, TaskSpec)]
        for code, cell in alone.cells(WELL).items():
            assert _told(session.judge(WELL, code)) == (cell["verdict"], cell["why"], cell["findings"])
    finally:
        session.close()
        for name in [name for name in sys.modules if name.partition(".")[0] == "awkward"]:
            del sys.modules[name]
    said = capfd.readouterr()
    assert (said.out.strip(), said.err) == ("written to the descriptor", "")  # which no process can keep from itself


def _told(cell: Cell) -> tuple[str, str, list[dict[str, Any]]]:
    from taskcontract.report.json import _cell

    told = _cell(cell)
    return told["verdict"], told["why"], told["findings"]


def _process() -> dict[str, Any]:
    import builtins
    import logging
    import signal
    import time

    import prefect

    return {
        "functions": [json.dumps, json.loads, builtins.open, builtins.isinstance, os.getcwd, os.path.exists, time.time],
        "clients": [requests.get, requests.post, requests.api.request, requests.Session.request, requests.Session.send],
        "framework": [prefect.Task.__init__, prefect.Task.run],
        "environment": {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "place": [os.getcwd(), list(sys.path), list(sys.argv), sys.getrecursionlimit()],
        "streams": [sys.stdout, sys.stderr, sys.stdout.closed],
        "logging": [logging.root.manager.disable, list(logging.root.handlers)],
        "signals": [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)],
        "warnings": list(warnings.filters),
    }


# --- pytest ------------------------------------------------------------------------------------------------------------


def test_pytest_tells_the_same(alone: Any, tmp_path: Path) -> None:
    modules = [f"--contract=awkward.{name}" for name in (*IN_PROCESS, "constructors", "signatures", "without_run")]
    path = os.pathsep.join([str(LIBRARY), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--contract-profile=quick", *modules],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    words = {"holds": "PASSED", "violated": "FAILED"}
    for code, cell in alone.cells(WELL).items():
        fails = cell["verdict"] == "violated" and cell["level"] == "rule"
        assert (f"FAILED {WELL}::{code}" in done.stdout) == fails, done.stdout[-3000:]
        if cell["level"] == "rule" and cell["verdict"] in words:
            assert f"{words[cell['verdict']]} {WELL}::{code}" in done.stdout, done.stdout[-3000:]
    for module, why in UNIMPORTABLE.items():
        if module.rpartition(".")[2] in IN_PROCESS:
            assert f"{module} could not be imported:" in done.stdout
            assert why.splitlines()[0] in done.stdout
    assert "FAILED awkward.constructors:Exits::TC104" in done.stdout
    assert "FAILED awkward.constructors:Dies::TC104" in done.stdout
    assert "INTERNALERROR" not in done.stdout + done.stderr
    assert done.returncode == 1
