"""`taskcontract check prefect.tasks` with only Prefect 1.4.1 installed: every task is judged, and nothing real is touched."""

from __future__ import annotations

import linecache
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from taskcontract.clauses import CATALOGUE

WHOLE = "prefect.tasks"
CLASSES, FUNCTIONS = 205, 15
BAIT = "bait-5f1c9e27"
MOST_UNPROVEN = 0.25
"""The most of the applicable cells about defaulting and required configuration that may stay unproven."""

ALLOWED = re.compile(r"work/\.?report\.json|scratch/taskcontract-\w+: |scratch/[a-z0-9_]{8}: ")
"""The report, the folder that holds the case directories, and the file with which Python's `tempfile` tries its folder."""

Report = dict[str, Any]


@pytest.fixture(scope="module")
def whole(check: Callable[..., Any]) -> Any:
    """The one run of the whole library."""
    return check(WHOLE, "--jobs", "2", name="whole")


def _cells(report: Report, *verdicts: str) -> list[Report]:
    return [cell for cell in report["cells"] if cell["verdict"] in verdicts]


def _line(row: Report) -> str:
    return linecache.getline(row["file"], row["line"])


def test_every_task_is_judged_by_every_clause(whole: Any, record_property: Callable[[str, object], None]) -> None:
    assert whole.code == 1, whole.err
    report = whole.report
    record_property("seconds", round(whole.seconds, 1))
    record_property("totals", report["totals"])
    print(f"judged in {whole.seconds:.1f} s: {report['totals']}")
    names = [row["task"] for row in report["tasks"]]
    kinds = Counter("class" if _line(row).lstrip().startswith("class ") else "function" for row in report["tasks"])
    assert kinds == {"class": CLASSES, "function": FUNCTIONS}
    assert {row["status"] for row in report["tasks"]} == {"judged"}
    assert [(cell["task"], cell["clause"]) for cell in report["cells"]] == [
        (name, clause.code) for name in names for clause in CATALOGUE
    ]
    assert report["interrupted"] is False


def test_nothing_broke(whole: Any) -> None:
    assert [(cell["task"], cell["clause"], cell["why"]) for cell in _cells(whole.report, "error")] == []
    assert whole.report["totals"]["unimportable"] == 0
    assert "Traceback" not in whole.err


def test_what_is_violated_comes_with_its_evidence(whole: Any) -> None:
    violated = [f for cell in _cells(whole.report, "violated") for f in cell["findings"] if f["verdict"] == "violated"]
    assert violated
    for finding in violated:
        assert all(finding[key] for key in ("message", "expected", "actual", "fix", "reproduce")), finding
        compile(finding["reproduce"], "<reproduction>", "exec")


def test_at_most_a_quarter_is_unproven_and_each_says_what_would_settle_it(whole: Any) -> None:
    about = re.compile("TC[23]")
    cells = [cell for cell in whole.report["cells"] if about.match(cell["clause"]) and cell["verdict"] != "not-applicable"]
    unproven = [cell for cell in cells if cell["verdict"] == "unproven"]
    print(f"{len(unproven)} of {len(cells)} unproven ({len(unproven) / len(cells):.1%})")
    assert len(unproven) <= MOST_UNPROVEN * len(cells)
    for cell in _cells(whole.report, "unproven"):
        open_ = [finding for finding in cell["findings"] if finding["verdict"] == "unproven"]
        assert open_ and all(finding["message"] and finding["fix"] for finding in open_), cell


def test_no_packet_was_sent(whole: Any) -> None:
    assert whole.network["reached"] == 0
    assert not any(whole.network["network"].values()), whole.network


def test_no_file_was_touched_outside_the_case_directories(whole: Any) -> None:
    assert [entry for entry in whole.touched if not ALLOWED.match(entry)] == []
    for name, before in whole.before.items():
        after = dict(whole.after[name])
        if name == "work":
            after.pop("report.json")
        assert after == before, name


def test_nothing_of_the_host_is_in_what_was_said(whole: Any) -> None:
    for said in (whole.text, whole.out, whole.err):
        assert BAIT not in said


# --- the same again ------------------------------------------------------------------------------------------------------


def _timeless(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {key: _timeless(value) for key, value in thing.items() if key != "seconds"}
    return [_timeless(item) for item in thing] if isinstance(thing, list) else thing


@pytest.fixture(scope="module")
def github(check: Callable[..., Any]) -> Report:
    """Prefect's GitHub tasks, judged in two processes."""
    return dict(_timeless(check("prefect.tasks.github", "--seed", "11", "--jobs", "2", name="github").report))


def test_the_same_seed_gives_the_same_report(check: Callable[..., Any], github: Report) -> None:
    assert _timeless(check("prefect.tasks.github", "--seed", "11", "--jobs", "2", name="github again").report) == github


def test_the_number_of_jobs_makes_no_difference(check: Callable[..., Any], github: Report) -> None:
    assert _timeless(check("prefect.tasks.github", "--seed", "11", "--jobs", "1", name="github alone").report) == github
