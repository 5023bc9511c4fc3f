"""`taskcontract check`: what it asks of the engine, what it prints where, and every exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taskcontract.errors import UsageError
from taskcontract.model import Level, Verdict

Run = Callable[..., tuple[int, str, str]]


def test_a_task_that_holds_ends_in_zero(run: Run) -> None:
    code, out, err = run("check", "acme")
    assert code == 0
    assert out.startswith("taskcontract 0.1.0  prefect 1.4.1, Python 3.11, profile default, seed 0\nsealed by: audit\n")
    assert "TC202 run-value-wins" in out
    assert "1 of 1 applicable cells proven (100%): 1 hold" in out
    assert err == "taskcontract: 1 task, 1 cell to judge\n"


def test_the_engine_is_asked_what_the_options_say(run: Run, engine: Any) -> None:
    options = ("--clause", "TC2", "--profile", "quick", "--jobs", "3", "--seed", "9")
    assert run("check", "acme", "other:Get", *options)[0] == 0
    (asked,) = engine.asked
    assert asked.targets == ("acme", "other:Get")
    assert (asked.clauses, asked.profile, asked.seed, asked.jobs) == (frozenset({"TC202", "TC210"}), "quick", 9, 3)
    assert asked.config.targets == asked.targets


def test_without_options_all_is_judged_on_every_processor(run: Run, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskcontract.cli._processors", lambda: 5)
    run("check", "acme")
    assert (engine.asked[0].clauses, engine.asked[0].jobs) == (None, 5)


def test_the_configuration_gives_the_defaults(run: Run, engine: Any, tmp_path: Path) -> None:
    lines = ('targets = ["acme"]', 'clauses = ["TC210"]', 'profile = "thorough"', "seed = 4", "jobs = 2", 'paths = ["src"]')
    (tmp_path / "pyproject.toml").write_text("\n".join(("[tool.taskcontract]", *lines)))
    assert run("check")[0] == 0
    (asked,) = engine.asked
    assert (asked.targets, asked.clauses) == (("acme",), frozenset({"TC210"}))
    assert (asked.profile, asked.seed, asked.jobs) == ("thorough", 4, 2)
    assert sys.path[0] == str(tmp_path / "src")


def test_another_file_can_be_named(run: Run, engine: Any, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[tool.taskcontract]\nseed = 8\n")
    assert run("check", "acme", "--config", "other.toml")[0] == 0
    assert engine.asked[0].seed == 8


@pytest.mark.parametrize(
    ("verdict", "level", "options", "code"),
    [
        (Verdict.VIOLATED, Level.RULE, (), 1),
        (Verdict.VIOLATED, Level.ADVICE, (), 0),
        (Verdict.VIOLATED, Level.ADVICE, ("--strict",), 1),
        (Verdict.VIOLATED, Level.ADVICE, ("--clause", "TC202"), 1),
        (Verdict.VIOLATED, Level.ADVICE, ("--clause", "TC2"), 0),
        (Verdict.UNPROVEN, Level.RULE, (), 0),
        (Verdict.UNPROVEN, Level.RULE, ("--strict",), 1),
        (Verdict.STALE, Level.RULE, (), 1),
        (Verdict.WAIVED, Level.RULE, ("--strict",), 0),
        (Verdict.ERROR, Level.RULE, (), 3),
    ],
)
def test_exit_codes(run: Run, engine: Any, verdict: Verdict, level: Level, options: tuple[str, ...], code: int) -> None:
    engine.verdict, engine.level = verdict, level
    assert run("check", "acme", *options)[0] == code


def test_the_json_report_goes_to_a_file_beside_the_text(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("check", "acme", "--json", "report.json")
    assert (code, json.loads((tmp_path / "report.json").read_text())["totals"]["holds"]) == (0, 1)
    assert "applicable cells proven" in out


def test_the_json_report_can_have_standard_output_to_itself(run: Run) -> None:
    code, out, err = run("check", "acme", "--json", "-")
    assert (code, json.loads(out)["schema"]) == (0, "taskcontract.report/1")
    assert "applicable cells proven" in err


def test_a_report_that_cannot_be_written_is_known_before_judging(run: Run, engine: Any) -> None:
    code, out, err = run("check", "acme", "--json", "absent/report.json")
    assert (code, out, engine.asked) == (2, "", [])
    assert err.startswith("taskcontract: --json absent/report.json: the folder ")


def test_a_report_that_fails_to_be_written_does_not_cost_the_text(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(report: object, destination: str) -> None:
        raise UsageError("--json report.json: could not be written (No space left on device); choose another file")

    monkeypatch.setattr("taskcontract.report.json.write", full)
    code, out, err = run("check", "acme", "--json", "report.json")
    assert code == 2
    assert "1 of 1 applicable cells proven" in out
    assert err.endswith("could not be written (No space left on device); choose another file\n")


def test_an_interrupted_run_prints_what_is_known(run: Run, engine: Any, tmp_path: Path) -> None:
    engine.interrupted = True
    code, out, err = run("check", "acme", "--json", "report.json")
    assert code == 130
    assert "Interrupted: the rest was not judged" in out
    assert err.endswith("taskcontract: interrupted: 1 of 1 cells, 1 of 1 tasks: 0 violated, 0 unproven, 0 errors\n")
    assert json.loads((tmp_path / "report.json").read_text())["interrupted"] is True


def test_a_declaration_of_a_task_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.taskcontract.tasks."acme:Gett"]\nrequired = []\n[tool.taskcontract.tasks."other:Put"]\nrequired = []\n'
    )
    code, out, err = run("check", "acme")
    assert (code, out) == (2, "")
    assert 'tool.taskcontract.tasks."acme:Gett" declares a task that does not exist; did you mean \'acme:Get\'?' in err
    assert run("check", "acme:Get")[0] == 0
