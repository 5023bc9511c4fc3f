"""Every specimen gets the verdict that its file promises, about the subjects and with the message that its docstring says.

The specimens are read from their text, so that collecting the tests imports none of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
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


@dataclass(frozen=True)
class Specimen:
    """One task of a file: `subjects` are all that must be violated; `messages` stand in theirs, each its own or one for all."""

    code: str
    path: Path
    name: str
    subjects: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.code}-{self.path.stem}-{self.name}"


def codes() -> list[str]:
    """The codes that have specimens, in order."""
    return sorted(p.name for p in FIXTURES.glob("TC*") if p.is_dir())


def specimens(kind: str) -> list[Specimen]:
    """All specimens of the files called `kind`: 'holds', 'violated' or 'hard'."""
    files = ((code, FIXTURES / code / f"{kind}.py") for code in codes())
    return [s for code, path in files if path.exists() for s in _of(code, path)]


def _of(code: str, path: Path) -> Iterator[Specimen]:
    tree = ast.parse(path.read_text())
    classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
    for node in tree.body:
        if _is_task(node, classes) or _is_function_task(node):
            yield _specimen(code, path, node)


def _is_task(node: ast.stmt, classes: dict[str, ast.ClassDef], private: bool = False) -> bool:
    if not isinstance(node, ast.ClassDef) or (node.name.startswith("_") and not private):
        return False
    bases = [b.id for b in node.bases if isinstance(b, ast.Name)]
    return "Task" in bases or any(b in classes and _is_task(classes[b], classes, private=True) for b in bases)


def _is_function_task(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and any(ast.unparse(d).split("(")[0] == "task" for d in node.decorator_list)


def _specimen(code: str, path: Path, node: ast.stmt) -> Specimen:
    assert isinstance(node, (ast.ClassDef, ast.FunctionDef))
    text = ast.get_docstring(node) or ""
    subjects = re.search(r"^Subject: (.+)$", text, re.M)
    return Specimen(
        code,
        path,
        node.name,
        tuple(subjects[1].split(", ")) if subjects else (),
        tuple(re.findall(r"^Message: (.+)$", text, re.M)),
    )


HOLDS, VIOLATED, HARD = specimens("holds"), specimens("violated"), specimens("hard")


@pytest.mark.parametrize("specimen", HOLDS, ids=lambda s: s.id)
def test_specimen_holds(specimen: Specimen, judge: Judge) -> None:
    cell = judge(specimen.path, specimen.name, specimen.code)
    assert cell.verdict is Verdict.HOLDS, f"{cell.verdict}: {cell.why}"


@pytest.mark.parametrize("specimen", VIOLATED, ids=lambda s: s.id)
def test_specimen_is_violated(specimen: Specimen, judge: Judge) -> None:
    cell = judge(specimen.path, specimen.name, specimen.code)
    found = {f.subject: f.message for f in cell.findings if f.verdict is Verdict.VIOLATED}
    assert set(found) == set(specimen.subjects), f"{cell.verdict}: {cell.why}"
    said = specimen.messages if len(specimen.messages) > 1 else specimen.messages * len(specimen.subjects)
    assert [s for s, message in zip(specimen.subjects, said, strict=True) if message not in found[s]] == []


@pytest.mark.parametrize("specimen", HARD, ids=lambda s: s.id)
def test_hard_specimen_is_never_said_to_hold(specimen: Specimen, judge: Judge) -> None:
    cell = judge(specimen.path, specimen.name, specimen.code)
    open_ = {f.subject for f in cell.findings if f.verdict in (Verdict.VIOLATED, Verdict.UNPROVEN)}
    assert open_ >= set(specimen.subjects), f"{cell.verdict}: {cell.why}"


@pytest.mark.parametrize("code", [c.code for c in CATALOGUE])
def test_clause_has_specimens_of_both_kinds(code: str) -> None:
    assert len([s for s in HOLDS if s.code == code]) >= 6
    assert len([s for s in VIOLATED if s.code == code]) >= 6


def test_every_breach_says_what_is_expected_of_it() -> None:
    assert [s.id for s in (*VIOLATED, *HARD) if not (s.subjects and s.messages)] == []
    assert [s.id for s in HOLDS if s.subjects or s.messages] == []
