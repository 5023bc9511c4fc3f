"""A little library of one module, whose clients are not installed, and runs of its functions."""

from __future__ import annotations

import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from taskcontract.model import Answers, Case, Effect, TaskRef, Unimportable
from taskcontract.world.importing import LIBRARY, import_target
from taskcontract.world.phantoms import PhantomLayer
from taskcontract.world.standins import StandinLayer
from taskcontract.world.state import Run, running

_count = itertools.count()


@dataclass
class Seen:
    """One run: what it returned or raised, and its record."""

    run: Run
    value: Any = None
    error: BaseException | None = None

    @property
    def effects(self) -> list[Effect]:
        return self.run.effects

    @property
    def whats(self) -> list[str]:
        """What left the task; '~' marks what only made an object."""
        return [("~" if e.constructing else "") + e.what for e in self.run.effects]

    @property
    def forks(self) -> dict[str, bool]:
        return {f"{f.path} == {f.literal}": f.taken for f in self.run.forks}


@dataclass
class Library:
    """Modules written for one test, under a top-level name of their own."""

    folder: Path
    name: str = field(default_factory=lambda: f"acme_library_{next(_count)}")

    def write(self, source: str, module: str = "tasks") -> str:
        """Write a module of the library and return its full name."""
        package = self.folder / self.name
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        (package / f"{module}.py").write_text(textwrap.dedent(source))
        return f"{self.name}.{module}"

    def tried(self, source: str, module: str = "tasks") -> ModuleType | Unimportable:
        """Import what `source` says, as the harness does."""
        return import_target(self.write(source, module))

    def module(self, source: str, module: str = "tasks") -> ModuleType:
        """The module that `source` makes; fails the test when it cannot be imported."""
        found = self.tried(source, module)
        assert isinstance(found, ModuleType), found
        return found

    def run(self, function: Callable[..., Any], *args: Any, choices: tuple[tuple[str, str], ...] = (), most: int = 400) -> Seen:
        """Call `function` for one run."""
        seen = Seen(Run(Case(TaskRef("m", "T"), answers=Answers((), choices)), self.folder, most_effects=most))
        seen.run.phase = "run"
        layers = (PhantomLayer(), StandinLayer())
        for layer in layers:
            layer.install()
            layer.enter(seen.run)
        try:
            with running(seen.run):
                try:
                    seen.value = function(*args)
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # what ends a run, and Prefect's signals, are no Exceptions
                    seen.error = error
        finally:
            for layer in layers:
                layer.exit(seen.run)
        return seen


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    made = Library(tmp_path)
    yield made
    LIBRARY.discard(made.name)
    for name in [n for n in sys.modules if n.partition(".")[0] == made.name]:
        del sys.modules[name]


@pytest.fixture
def ran(library: Library) -> Callable[..., Seen]:
    """Run the function `go` of a module written as text."""

    def go(source: str, *args: Any, choices: tuple[tuple[str, str], ...] = (), most: int = 400) -> Seen:
        return library.run(library.module(source).go, *args, choices=choices, most=most)

    return go
