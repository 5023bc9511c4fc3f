"""Real classes of Prefect's own library, broken by hand: each breakage is caught, and the unbroken class is not accused of it.

`breakages.toml` says what is broken and how. The broken class is made from the installed source when a test runs, and both
classes are judged in this process.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from taskcontract.clauses import CATALOGUE
from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Cell, TaskSpec, Verdict

Broken = Callable[[str, Iterable[tuple[str, str]], str], str]

pytestmark = [
    # What the library's tasks leave open when they fail is theirs.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NEIGHBOURS = ("TC201", "TC202", "TC203", "TC204", "TC206", "TC301", "TC302", "TC303", "TC304")
"""What is judged in every case, besides the clause that the breakage is about."""


@dataclass(frozen=True)
class Breakage:
    """One entry of `breakages.toml`, whose head says what each field means."""

    how: str
    task: str
    clause: str
    subjects: tuple[str, ...]
    edits: tuple[tuple[str, str], ...]
    imports: str = ""
    implied: dict[str, str] = field(default_factory=dict)

    @property
    def package(self) -> str:
        """The service package of the library that the class is from."""
        return self.task.partition(":")[0].split(".")[2]


@dataclass(frozen=True)
class Judged:
    """The cells of the unbroken and of the broken class, by clause."""

    breakage: Breakage
    before: dict[str, Cell]
    after: dict[str, Cell]


def _breakages() -> list[Breakage]:
    """All breakages, as written."""
    table = tomllib.loads(Path(__file__).with_name("breakages.toml").read_text())
    return [_breakage(entry) for entry in table["breakage"]]


def _breakage(entry: dict[str, Any]) -> Breakage:
    edits = tuple((e["old"], e["new"]) for e in entry["edits"])
    return Breakage(**{**entry, "subjects": tuple(entry["subjects"]), "edits": edits})


@pytest.fixture(scope="module", params=_breakages(), ids=lambda b: f"{b.clause}-{b.task.partition(':')[2]}")
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, broken_source: Broken) -> Iterator[Judged]:
    breakage: Breakage = request.param
    file = tmp_path_factory.mktemp("broken") / f"broken_{breakage.package}.py"
    file.write_text(broken_source(breakage.task, breakage.edits, breakage.imports))
    name = breakage.task.partition(":")[2]
    session = Session(Settings((breakage.task, f"{file}:{name}")))
    before, after = session.load()
    assert isinstance(before, TaskSpec) and isinstance(after, TaskSpec), (before, after)
    codes = sorted({breakage.clause, *NEIGHBOURS})
    cells = [{code: session.judge(spec.id, code) for code in codes} for spec in (before, after)]
    session.close()
    yield Judged(breakage, *cells)


def test_the_breakage_is_caught(judged: Judged) -> None:
    cell = judged.after[judged.breakage.clause]
    assert set(judged.breakage.subjects) <= _violated(cell), _told(cell)


def test_the_unbroken_class_is_not_accused(judged: Judged) -> None:
    cell = judged.before[judged.breakage.clause]
    assert not set(judged.breakage.subjects) & _violated(cell), _told(cell)


def test_nothing_else_is_accused(judged: Judged) -> None:
    expected = {judged.breakage.clause, *judged.breakage.implied}
    wrong = {}
    for code in sorted(set(judged.after) - expected):
        if _violated(judged.after[code]) - _violated(judged.before[code]):
            wrong[code] = _told(judged.after[code])
    assert wrong == {}


def test_no_cell_is_an_error(judged: Judged) -> None:
    cells = [*judged.before.values(), *judged.after.values()]
    assert [_told(c) for c in cells if c.verdict is Verdict.ERROR] == []


def test_the_breakages_are_many_and_various() -> None:
    entries = _breakages()
    assert len({b.task for b in entries}) == len({b.how for b in entries}) == len(entries) >= 12
    assert len({b.package for b in entries}) >= 10
    rest = {c.code for c in CATALOGUE if c.code < "TC4"} - {b.clause for b in entries}
    assert rest == {"TC204", "TC210"}, "what is not broken by itself: TC204 follows from others, and TC210 is advice"


def test_an_edit_that_fits_nowhere_is_refused(broken_source: Broken) -> None:
    with pytest.raises(AssertionError, match=r"'no such line' is 0 times in prefect\.tasks\.shell:ShellTask"):
        broken_source("prefect.tasks.shell:ShellTask", [("no such line", "")], "")


def _violated(cell: Cell) -> set[str]:
    return {f.subject for f in cell.findings if f.verdict is Verdict.VIOLATED}


def _told(cell: Cell) -> list[str]:
    told = [f"{cell.clause} {f.subject}: {f.verdict.value}: {f.message}" for f in cell.findings]
    return told or [f"{cell.clause}: {cell.why}"]
