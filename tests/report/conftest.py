"""Hand-made reports: every verdict, odd content, nothing run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from taskcontract.model import Case, Cell, Finding, Level, Report, TaskRef, TaskRow, Verdict

MODULE = "acme.tasks.rest"
REPRODUCTION = "from acme.tasks.rest import Get\n\nGet(retries=3).run(retries=0)  # sends 3, not 0"


def finding(subject: str, verdict: Verdict, message: str = "", **extra: object) -> Finding:
    """A finding that its verdict's rules accept."""
    filled: dict[str, object] = {"message": message}
    if verdict is Verdict.HOLDS:
        filled |= {"examples": 3}
    if verdict is Verdict.VIOLATED:
        case = Case(TaskRef(MODULE, "Get"))
        filled |= {"expected": "retries=0 is sent", "actual": "retries=3 is sent", "cases": (case,), "examples": 2}
    if verdict is Verdict.UNPROVEN:
        filled |= {"settles": "a declared value for it"}
    return Finding(subject, verdict, **{**filled, **extra})  # type: ignore[arg-type]


def cell(task: str, clause: str, verdict: Verdict, *findings: Finding, why: str = "", level: Level = Level.RULE) -> Cell:
    """A cell that its verdict's rules accept."""
    if verdict is Verdict.HOLDS and not findings:
        findings = (finding("url", Verdict.HOLDS),)
    return Cell(f"{MODULE}:{task}", clause, level, verdict, findings, why=why, executions=2)


@pytest.fixture
def empty() -> Report:
    return Report("0.1.0", "1.4.1", "3.11.7", seed=7, profile="default", seconds=0.0, tasks=(), cells=())


@pytest.fixture
def report(empty: Report) -> Report:
    """Two tasks with every verdict, one module that does not import, one task that broke."""
    bare = "retries is [bold]ignored[/bold] when it is 0 — naïvely"
    unproven = finding("retries", Verdict.UNPROVEN, "no baseline was found")
    violated = finding("retries", Verdict.VIOLATED, bare, fix="rest.py:12: use `is None`", reproduce=REPRODUCTION)
    return replace(
        empty,
        seconds=12.34,
        layers=("audit hook", "empty network namespace"),
        tasks=(
            TaskRow(f"{MODULE}:Get", "acme/tasks/rest.py", 10, "judged", via=("http", "phantom:boto3")),
            TaskRow(f"{MODULE}:Put", "acme/tasks/rest.py", None, "judged"),
            TaskRow("acme.tasks.gone", None, None, "unimportable", "ImportError: no client\ncaused by: OSError: [Errno 2]"),
            TaskRow("acme.tasks.odd:Odd", "acme/tasks/odd.py", 3, "error", "the worker died 3 times"),
        ),
        cells=(
            cell("Get", "TC101", Verdict.HOLDS),
            cell("Get", "TC203", Verdict.VIOLATED, violated),
            cell("Get", "TC204", Verdict.UNPROVEN, unproven, why="no baseline"),
            cell("Get", "TC206", Verdict.NOT_APPLICABLE, why="takes no mutable value"),
            cell("Get", "TC210", Verdict.VIOLATED, finding("url", Verdict.VIOLATED, "collides"), level=Level.ADVICE),
            cell("Put", "TC101", Verdict.WAIVED, why="until 2027-01-01: known, issue 12"),
            cell("Put", "TC203", Verdict.STALE, why="known, issue 13"),
            cell("Put", "TC204", Verdict.UNPROVEN, why="the run was cut"),
            cell("Put", "TC206", Verdict.ERROR, why="ZeroDivisionError in the clause"),
        ),
    )


@pytest.fixture
def make_cell() -> Callable[..., Cell]:
    return cell


@pytest.fixture
def make_finding() -> Callable[..., Finding]:
    return finding
