"""A stand-in engine, catalogue and description, so that the command line is tested by itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from taskcontract.cli import main
from taskcontract.model import Cell, Finding, Level, Report, TaskRef, TaskRow, TaskSpec, Unimportable, Verdict


@dataclass(frozen=True)
class Clause:
    """A value given to the call wins.

    Everywhere.
    """

    code: str
    slug: str
    title: str
    level: Level = Level.RULE
    since: str = "0.1.0"

    def applies(self, spec: TaskSpec) -> str | None:
        return None


@dataclass
class Settings:
    targets: tuple[str, ...]
    clauses: frozenset[str] | None
    profile: str
    seed: int
    jobs: int
    config: object


HOLDS = Finding("url", Verdict.HOLDS, "", examples=1)


@dataclass
class Engine:
    """What the stand-in engine was asked, and what it answers."""

    verdict: Verdict = Verdict.HOLDS
    level: Level = Level.RULE
    interrupted: bool = False
    raises: BaseException | None = None
    described: list[TaskSpec | Unimportable] = field(default_factory=lambda: [TaskSpec(TaskRef("acme", "Get", "acme.py", 3))])
    asked: list[Settings] = field(default_factory=list)
    targets: list[tuple[str, ...]] = field(default_factory=list)

    def check(self, settings: Settings, listener: Any) -> Report:
        self.asked.append(settings)
        rows = (TaskRow("acme:Get", "acme.py", 3, "judged"),)
        listener.found(rows, 1)
        if self.raises:
            raise self.raises
        found = (HOLDS,) if self.verdict is Verdict.HOLDS else ()
        if self.verdict is Verdict.VIOLATED:
            from taskcontract.model import Case

            case = Case(TaskRef("acme", "Get"))
            found = (replace(HOLDS, verdict=Verdict.VIOLATED, message="lost", expected="1", actual="2", cases=(case,)),)
        cell = Cell("acme:Get", "TC202", self.level, self.verdict, found, why="because", executions=1)
        listener.cell(cell)
        listener.task(rows[0])
        said = ("0.1.0", "1.4.1", "3.11", settings.seed, settings.profile, 0.5)
        return Report(*said, rows, (cell,), ("audit",), self.interrupted)

    def describe_targets(self, targets: Sequence[str], config: object) -> list[TaskSpec | Unimportable]:
        self.targets.append(tuple(targets))
        return self.described

    def sources_of(self, target: str, config: object) -> tuple[tuple[str, ...], str]:
        return (f"sources of {target}",), "why"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """Replaces what is below the command line, in an empty folder, with the import path put back afterwards."""
    standin = Engine()
    engine = ModuleType("taskcontract.engine")
    vars(engine).update(check=standin.check, Settings=Settings, describe_targets=standin.describe_targets)
    vars(engine).update(sources_of=standin.sources_of)
    clauses = ModuleType("taskcontract.clauses")
    advice = Clause("TC210", "positional-agrees", "agrees", Level.ADVICE)
    vars(clauses).update(CATALOGUE=(Clause("TC202", "run-value-wins", "the call wins"), advice))
    describe = ModuleType("taskcontract.describe")
    vars(describe).update(declaration=lambda spec, *seen: f'[tool.taskcontract.tasks."{spec.id}"]  # {seen}')
    for module in (engine, clauses, describe):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return standin


@pytest.fixture
def run(engine: Engine, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line: its exit code, standard output and standard error."""

    def running(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, out, err

    return running
