"""Two libraries written without a thought of how they are judged: nobody is accused wrongly, and most breaches are found.

`TRUTH.toml` beside each library says what is wrong with it: task -> clause -> violated subjects. What it calls `unsure` counts
neither way; everything else that is called violated is a false accusation, and everything that is said to hold against it a
false proof.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from taskcontract.clauses import CATALOGUE
from taskcontract.model import Cell, Verdict

pytestmark = [
    # Specimens leave files, connections and threads behind on purpose.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
Judge = Callable[[Path, str, str], Cell]
FIXTURES = Path(__file__).parents[2] / "fixtures"
LIBRARIES = {"library": 0.85, "acme_tasks": 0.85}
"""The libraries, and how many of the breaches planted in each must be found: the rest is unproven."""
CODES = tuple(c.code for c in CATALOGUE)
IMPLIED = {"TC201": ("TC204",), "TC202": ("TC204",), "TC203": ("TC202", "TC204")}
"""What a breach of one clause may also be called, about the same parameter; TC204 speaks of splits instead."""


@dataclass(frozen=True)
class Truth:
    """What is wrong with one task: by clause, the subjects that are violated, and those that count neither way."""

    library: Path
    task: str
    breaches: dict[str, set[str]]
    unsure: dict[str, set[str]]


def _truths(library: str) -> list[Truth]:
    folder = FIXTURES / library
    table = tomllib.loads((folder / "TRUTH.toml").read_text())
    return [_truth(folder, task, entry) for task, entry in table.items()]


def _truth(folder: Path, task: str, entry: dict[str, list[str] | dict[str, list[str]]]) -> Truth:
    breaches = {code: set(subjects) for code, subjects in entry.items() if code in CODES}
    named = entry.get("unsure", {})
    assert isinstance(named, dict)
    unsure = {code: set(subjects) for code, subjects in named.items()}
    for code, subjects in breaches.items():
        for implied in IMPLIED.get(code, ()):
            unsure.setdefault(implied, set()).update({"any split"} if implied == "TC204" else subjects)
    return Truth(folder, task, breaches, unsure)


TRUTHS = [t for library in LIBRARIES for t in _truths(library)]


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda t: t.task)
def test_nobody_is_accused_wrongly(truth: Truth, judge: Judge) -> None:
    wrong = []
    for code in CODES:
        allowed = truth.breaches.get(code, set()) | truth.unsure.get(code, set())
        for finding in judge(truth.library, truth.task, code).findings:
            if finding.verdict is Verdict.VIOLATED and finding.subject not in allowed:
                wrong.append(f"{code} {finding.subject}: {finding.message}")
    assert wrong == []


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda t: t.task)
def test_no_breach_is_said_to_hold(truth: Truth, judge: Judge) -> None:
    wrong = []
    for code, subjects in truth.breaches.items():
        findings = judge(truth.library, truth.task, code).findings
        wrong += [f"{code} {f.subject}: {f.message}" for f in findings if f.subject in subjects and f.verdict is Verdict.HOLDS]
    assert wrong == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_most_breaches_are_found(library: str, judge: Judge) -> None:
    missed, planted = [], 0
    for truth in _truths(library):
        for code, subjects in truth.breaches.items():
            cell = judge(truth.library, truth.task, code)
            found = {f.subject for f in cell.findings if f.verdict is Verdict.VIOLATED}
            planted += len(subjects)
            missed += [f"{truth.task} {code} {s}: {cell.why}" for s in sorted(subjects - found)]
    assert len(missed) <= (1 - LIBRARIES[library]) * planted, "\n".join(missed)


@pytest.mark.parametrize("library", LIBRARIES)
def test_truth_names_every_task_and_known_clauses_only(library: str) -> None:
    table = tomllib.loads((FIXTURES / library / "TRUTH.toml").read_text())
    known = {*CODES, "tempting", "unsure"}
    assert [t for t, entry in table.items() if not set(entry) <= known] == []
    sources = {p.stem: p.read_text() for p in (FIXTURES / library).glob("*.py")}
    assert [t for t in table if f" {t.partition(':')[2]}(" not in sources[t.partition(":")[0]]] == []


def test_enough_is_planted() -> None:
    library = [t for t in TRUTHS if t.library.name == "library"]
    assert sum(len(s) for t in library for s in t.breaches.values()) >= 25
