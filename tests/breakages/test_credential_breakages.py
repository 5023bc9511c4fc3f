"""Real classes of Prefect's own library whose way with credentials is broken by hand: each breakage is caught.

`credentials.toml` says what is broken and how. Each broken class is judged by every clause about credentials and by the one
that the breakage is about; so is the unbroken class, which is accused of none of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Cell, Finding, TaskSpec, Verdict

Broken = Callable[[str, Iterable[tuple[str, str]], str], str]
Cells = dict[str, Cell]

pytestmark = [
    # What the library's tasks leave open when they fail is theirs.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CLAUSES = ("TC501", "TC502", "TC503", "TC504", "TC505", "TC506")


@dataclass(frozen=True)
class Breakage:
    """One entry of `credentials.toml`, whose head says what each field means."""

    how: str
    task: str
    clause: str
    subject: str
    says: str
    edits: tuple[tuple[str, str], ...]
    imports: str = ""
    implied: dict[str, str] = field(default_factory=dict)
    missed: str = ""

    @property
    def name(self) -> str:
        return self.task.partition(":")[2]


def _breakages() -> list[Breakage]:
    """All breakages, as written."""
    table = tomllib.loads(Path(__file__).with_name("credentials.toml").read_text())
    return [_breakage(entry) for entry in table["breakage"]]


def _breakage(entry: dict[str, Any]) -> Breakage:
    return Breakage(**{**entry, "edits": tuple((e["old"], e["new"]) for e in entry["edits"])})


BREAKAGES = _breakages()


@dataclass(frozen=True)
class Judged:
    """The cells of the unbroken and of the broken class, by clause."""

    breakage: Breakage
    before: Cells
    after: Cells

    def caught(self) -> list[Finding]:
        """The findings that say what is broken."""
        b = self.breakage
        return [f for f in _violated(self.after[b.clause]) if f.subject == b.subject and b.says in f.message]


@pytest.fixture(scope="module")
def unbroken() -> Callable[[str], Cells]:
    """The cells of an unbroken class, made once: of every clause that is about a breakage of it."""
    known: dict[str, Cells] = {}

    def cells(task: str) -> Cells:
        if task not in known:
            known[task] = _judge(task, sorted({*CLAUSES, *(b.clause for b in BREAKAGES if b.task == task)}))
        return known[task]

    return cells


@pytest.fixture(scope="module", params=BREAKAGES, ids=lambda b: f"{b.clause}-{b.name}-{b.how}")
def judged(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    broken_source: Broken,
    unbroken: Callable[[str], Cells],
) -> Judged:
    breakage: Breakage = request.param
    file = tmp_path_factory.mktemp("broken") / "broken_credentials.py"
    file.write_text(broken_source(breakage.task, breakage.edits, breakage.imports))
    after = _judge(f"{file}:{breakage.name}", sorted({*CLAUSES, breakage.clause}))
    return Judged(breakage, unbroken(breakage.task), after)


def _judge(target: str, codes: list[str]) -> Cells:
    session = Session(Settings((target,)))
    try:
        (spec,) = session.load()
        assert isinstance(spec, TaskSpec), spec
        return {code: session.judge(spec.id, code) for code in codes}
    finally:
        session.close()


def test_the_breakage_is_caught(judged: Judged) -> None:
    cell = judged.after[judged.breakage.clause]
    if judged.breakage.missed:
        assert not judged.caught(), "caught by now: it is no longer missed"
    else:
        assert judged.caught(), _told(cell)


def test_the_unbroken_class_is_not_accused(judged: Judged) -> None:
    cell = judged.before[judged.breakage.clause]
    assert judged.breakage.subject not in {f.subject for f in _violated(cell)}, _told(cell)


def test_nothing_else_is_accused(judged: Judged) -> None:
    expected = {judged.breakage.clause, *judged.breakage.implied}
    wrong = {}
    for code in sorted(set(judged.after) - expected):
        known = {f.subject for f in _violated(judged.before[code])}
        if {f.subject for f in _violated(judged.after[code])} - known:
            wrong[code] = _told(judged.after[code])
    assert wrong == {}


def test_no_cell_is_an_error(judged: Judged) -> None:
    cells = [*judged.before.values(), *judged.after.values()]
    assert [_told(c) for c in cells if c.verdict is Verdict.ERROR] == []


def test_the_breakages_are_many_and_various() -> None:
    assert len(BREAKAGES) == len({b.how for b in BREAKAGES}) >= 30
    assert len({b.task for b in BREAKAGES}) >= 5
    assert {b.clause for b in BREAKAGES} >= set(CLAUSES)


def _violated(cell: Cell) -> list[Finding]:
    return [f for f in cell.findings if f.verdict is Verdict.VIOLATED]


def _told(cell: Cell) -> list[str]:
    told = [f"{cell.clause} {f.subject}: {f.verdict.value}: {f.message}" for f in cell.findings]
    return told or [f"{cell.clause}: {cell.why}"]
