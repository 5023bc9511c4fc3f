"""Every verdict as pytest tells it: outcome, text, summary line, JUnit file."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest

Project = Callable[..., pytest.RunResult]
TASK = "acme.github:CreateBranch"
ALL = {"TC101": "holds", "TC201": "violated", "TC202": "unproven"}


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        ("holds", "passed"),
        ("violated", "failed"),
        ("unproven", "skipped"),
        ("not-applicable", "skipped"),
        ("waived", "xfailed"),
        ("stale", "failed"),
        ("error", "errors"),
        ("raises", "errors"),
        ("breaks", "errors"),
    ],
)
def test_each_verdict_has_its_outcome(project: Project, verdict: str, outcome: str) -> None:
    result = project({TASK: {"TC201": verdict}}, "--contract", "acme.github")
    result.assert_outcomes(**{outcome: 1})


@pytest.mark.parametrize(("verdict", "failed", "skipped"), [("unproven", 1, 0), ("violated", 1, 0), ("not-applicable", 0, 1)])
def test_strict_fails_what_is_unproven(project: Project, verdict: str, failed: int, skipped: int) -> None:
    result = project({TASK: {"TC201": verdict}}, "--contract", "acme.github", "--contract-strict")
    result.assert_outcomes(failed=failed, skipped=skipped)


def test_advice_is_reported_without_failing(project: Project) -> None:
    result = project({TASK: {"TC210": "violated"}}, "--contract", TASK, "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * advice: the call's repo is ignored (and 1 more)"])


@pytest.mark.parametrize("options", [["--contract-clause", "TC210"], ["--contract-strict"]])
def test_advice_that_is_asked_for_fails(project: Project, options: list[str]) -> None:
    project({TASK: {"TC210": "violated"}}, "--contract", TASK, *options).assert_outcomes(failed=1)


def test_a_violation_shows_its_evidence_and_its_reproduction(project: Project) -> None:
    result = project({TASK: {"TC201": "violated"}}, "--contract", TASK)
    result.stdout.fnmatch_lines(
        [
            "*acme.github:CreateBranch TC201: violated",
            "  repo: the call's repo is ignored",
            "    expected:  POST /repos/given",
            "    actual:    POST /repos/own",
            "    fix:       line 12: use the argument",
            "    reproduce:",
            "from taskcontract.testing import observe",
            "print('reproduced')",
            "  The rule, and why it is one: taskcontract explain TC201",
            "FAILED acme.github:CreateBranch::TC201 - the call's repo is ignored (and 1 more)",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_what_is_unproven_says_why_and_what_would_settle_it(project: Project) -> None:
    result = project({TASK: {"TC201": "unproven"}}, "--contract", TASK, "-rs")
    result.stdout.fnmatch_lines(
        ["SKIPPED [[]1[]] github.py:12: unproven: because it is unproven; settled by: declare values for repo"]
    )


def test_a_waiver_says_why(project: Project) -> None:
    result = project({TASK: {"TC201": "waived", "TC202": "stale"}}, "--contract", TASK, "-rxf")
    result.stdout.fnmatch_lines(["*CreateBranch TC202: stale", "  because it is stale"])
    result.stdout.fnmatch_lines(["XFAIL acme.github:CreateBranch::TC201 - *waived: because it is waived"])
    result.stdout.fnmatch_lines(
        ["FAILED acme.github:CreateBranch::TC202 - it holds, but is waived: remove the waiver (because it is stale)"]
    )


def test_what_breaks_is_an_error_with_its_reason(project: Project) -> None:
    result = project({TASK: {"TC201": "raises", "TC202": "error", "TC101": "holds"}}, "--contract", TASK)
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "acme.github:CreateBranch TC201 could not be judged: the harness broke: RuntimeError: the harness has a bug*",
            "acme.github:CreateBranch TC202 could not be judged: because it is error",
            "ERROR acme.github:CreateBranch::TC202 - *could not be judged: because it is error",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_module_that_cannot_be_imported_is_an_error_and_the_others_are_judged(project: Project) -> None:
    result = project({"acme.lost": {}, TASK: {"TC201": "holds"}}, "--contract", "acme")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "acme.lost could not be imported:",
            "ModuleNotFoundError: No module named 'lost'",
            "  caused by OSError: disk is full",
            "ERROR acme.lost::import - acme.lost could not be imported: ModuleNotFoundError: No module named 'lost' caused by*",
        ]
    )


def test_the_summary_says_how_much_was_proven_of_how_much(project: Project) -> None:
    table = {TASK: {**ALL, "TC210": "error"}, "acme.github:DeleteBranch": {"TC101": "waived", "TC201": "stale"}}
    result = project(table, "--contract", "acme")
    result.stdout.fnmatch_lines(
        [
            "*- task contract -*",
            "4 of 6 applicable cells proven (66%): 1 hold, 1 violated, 1 waived, 1 stale; 1 unproven; 2 not applicable; *",
        ]
    )


def test_the_junit_file_has_every_cell_with_its_verdict(project: Project, pytester: pytest.Pytester) -> None:
    project({TASK: ALL}, "--contract", TASK, "--junitxml", "junit.xml")
    cases = ElementTree.parse(pytester.path / "junit.xml").getroot().findall(".//testcase")
    assert [(case.get("classname"), case.get("name")) for case in cases] == [(TASK, code) for code in ALL]
    verdicts = [found.get("value") for case in cases for found in case.findall("properties/property")]
    assert verdicts == list(ALL.values())
    assert [child.tag for child in cases[1] if child.tag != "properties"] == ["failure"]
    assert "POST /repos/own" in str(cases[1].findtext("failure"))


def test_verbose_runs_name_each_cell(project: Project) -> None:
    result = project({TASK: ALL}, "--contract", TASK, "-v")
    result.stdout.fnmatch_lines(
        [f"{TASK}::TC101 PASSED*", f"{TASK}::TC201 FAILED*", f"{TASK}::TC202 SKIPPED (unproven: because*"]
    )
