"""Choosing what to judge: pytest's own selection, the plugin's options, the project's configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Project = Callable[..., pytest.RunResult]
ONE, OTHER = "acme.github:CreateBranch", "acme.mail:Send"
TABLE = {
    ONE: {"TC101": "holds", "TC201": "violated", "TC202": "holds"},
    OTHER: {"TC101": "holds", "TC202": "holds"},
}
CONFIGURED = '[tool.taskcontract]\ntargets = ["acme"]\n'


def asked(pytester: pytest.Pytester) -> list[str]:
    """Which cells the engine was asked for, in order."""
    file = pytester.path / "asked.txt"
    return [" ".join(line.split()[:2]) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("CreateBranch", 3),
        ("TC2", 3),
        ("TC202", 2),
        ("run-value-wins", 2),
        ("acme.mail", 2),
        ("contract", 5),
        ("not contract", 0),
        ("Send and TC101", 1),
    ],
)
def test_keyword_expressions_select_cells(project: Project, pytester: pytest.Pytester, expression: str, count: int) -> None:
    result = project(TABLE, "--contract", "acme", "-k", expression)
    assert sum(result.parseoutcomes().get(word, 0) for word in ("passed", "failed")) == count
    assert len(asked(pytester)) == count


def test_the_marker_selects_all_cells(project: Project) -> None:
    project(TABLE, "--contract", "acme", "-m", "contract").assert_outcomes(passed=4, failed=1)


def test_the_first_failure_ends_the_run_with_x(project: Project, pytester: pytest.Pytester) -> None:
    project(TABLE, "--contract", "acme", "-x").assert_outcomes(passed=1, failed=1)
    assert asked(pytester) == [f"{ONE} TC101", f"{ONE} TC201"]


def test_last_failed_judges_only_what_failed(project: Project, pytester: pytest.Pytester) -> None:
    project(TABLE, "--contract", "acme", "--lf").assert_outcomes(passed=4, failed=1)
    (pytester.path / "asked.txt").unlink()
    project(TABLE, "--contract", "acme", "--lf").assert_outcomes(failed=1, deselected=4)
    assert asked(pytester) == [f"{ONE} TC201"]


def test_two_processes_judge_each_cell_once_and_add_up(project: Project, pytester: pytest.Pytester) -> None:
    result = project(TABLE, "--contract", "acme", "-n", "2", subprocess=True)
    result.assert_outcomes(passed=4, failed=1)
    assert sorted(asked(pytester)) == sorted(f"{task} {clause}" for task, row in TABLE.items() for clause in row)
    result.stdout.fnmatch_lines(["*5 of 5 applicable cells proven (100%): 4 hold, 1 violated; 0 unproven; 3 not applicable;*"])
    result.stdout.fnmatch_lines(
        [f"FAILED {ONE}::TC201 - the call's repo is ignored (and 1 more)"]
    )


def test_clauses_are_selected_by_code_slug_and_family(project: Project, pytester: pytest.Pytester) -> None:
    options = ["--contract-clause", "init-inert", "--contract-clause", "TC202"]
    project(TABLE, "--contract", "acme", *options).assert_outcomes(passed=4)
    assert {line.split()[1] for line in asked(pytester)} == {"TC101", "TC202"}


def test_profile_and_seed_reach_the_engine_and_are_printed(project: Project, pytester: pytest.Pytester) -> None:
    options = ["--contract-profile", "quick", "--contract-seed", "42"]
    result = project(TABLE, "--contract", OTHER, "--contract", ONE, *options)
    result.stdout.fnmatch_lines([f"taskcontract *: judging {OTHER}, {ONE}; profile quick, seed 42"])
    assert (pytester.path / "asked.txt").read_text().splitlines()[0] == f"{OTHER} TC101 quick 42"
    assert (pytester.path / "closed.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "cells"),
    [
        ([f"{ONE}::TC202"], [f"{ONE} TC202"]),
        ([OTHER], [f"{OTHER} TC101", f"{OTHER} TC202"]),
        ([f"{ONE}::TC202", f"{OTHER}::TC101"], [f"{ONE} TC202", f"{OTHER} TC101"]),
        ([f"{ONE}::TC202", "--contract", "acme"], [f"{ONE} TC202"]),
    ],
)
def test_a_node_id_from_a_report_judges_just_that(
    project: Project, pytester: pytest.Pytester, arguments: list[str], cells: list[str]
) -> None:
    assert project(TABLE, *arguments).ret == 0
    assert asked(pytester) == cells


def test_a_node_id_of_a_module_that_is_lost(project: Project) -> None:
    project({**TABLE, "acme.lost": {}}, "acme.lost::import", "--contract", "acme").assert_outcomes(errors=1)


def test_a_node_id_reaches_the_workers_of_a_run_on_two_processes(project: Project, pytester: pytest.Pytester) -> None:
    project(TABLE, f"{ONE}::TC202", "-n", "2", subprocess=True).assert_outcomes(passed=1)
    assert asked(pytester) == [f"{ONE} TC202"]


def test_listing_judges_nothing(project: Project, pytester: pytest.Pytester) -> None:
    result = project(TABLE, "--contract", "acme", "--collect-only", "-q")
    result.stdout.fnmatch_lines([f"{ONE}::TC101", f"{ONE}::TC201", f"{ONE}::TC202", f"{OTHER}::TC101", f"{OTHER}::TC202"])
    assert asked(pytester) == []


def test_targets_of_the_project_are_judged_with_its_tests(project: Project, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_own(): pass")
    project(TABLE, pyproject=CONFIGURED).assert_outcomes(passed=5, failed=1)
    project(TABLE, ".", pyproject=CONFIGURED).assert_outcomes(passed=5, failed=1)


def test_a_run_that_names_test_files_leaves_the_projects_targets_out_and_says_so(
    project: Project, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(test_own="def test_own(): pass")
    result = project(TABLE, "test_own.py", pyproject=CONFIGURED)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["taskcontract *: the configured targets are left out of a run that names test files;*"])
    project(TABLE, "test_own.py", "--contract", OTHER, pyproject=CONFIGURED).assert_outcomes(passed=3)


def test_a_project_that_only_declares_has_nothing_to_judge(project: Project, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_own(): pass")
    declared = '[tool.taskcontract.tasks."acme.github:CreateBranch"]\nvalues = { targets = "x" }\n'
    result = project(TABLE, pyproject=declared)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("taskcontract *")


def test_strictness_can_be_configured(project: Project) -> None:
    project({ONE: {"TC101": "unproven"}}, pyproject=f"{CONFIGURED}strict = true\n").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("arguments", "pyproject", "message"),
    [
        (["--contract", "nowhere"], "", "'nowhere' names nothing that is a task"),
        (["--contract", "acme", "--contract-clause", "TC999"], "", "no clause is called 'TC999'"),
        (["--contract", "acme", "--contract-profile", "fast"], "", "unknown profile 'fast'"),
        (["acme.nowhere:Task"], "", "'acme.nowhere:Task' names nothing that is a task"),
        ([f"{OTHER}::TC201"], "", f"nothing to judge is called {OTHER}::TC201"),
        ([], "[tool.taskcontract]\ntargets = 3\n", "tool.taskcontract.targets must be an array of strings"),
        ([], '[tool.taskcontract]\ntargetz = ["acme"]\n', "unknown key tool.taskcontract.targetz"),
    ],
)
def test_what_the_user_must_mend_is_a_usage_error(
    project: Project, arguments: list[str], pyproject: str, message: str
) -> None:
    result = project(TABLE, *arguments, pyproject=pyproject)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{message.replace('[', '[[]')}*"])


def test_a_target_that_does_not_exist_is_said_by_every_worker_of_two(project: Project) -> None:
    result = project(TABLE, "--contract", "nowhere", "-n", "2", subprocess=True)
    assert result.ret != 0
    assert "'nowhere' names nothing that is a task" in result.stdout.str() + result.stderr.str()


def test_an_existing_file_is_not_taken_for_a_node_id(project: Project, pytester: pytest.Pytester) -> None:
    Path(pytester.path / "odd:name").mkdir()
    result = project(TABLE, "odd:name")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
