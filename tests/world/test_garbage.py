"""What the host gave up ends before a run and what a run gave up ends within it, whenever the collector would come."""

from __future__ import annotations

import gc
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from taskcontract.frameworks import installed_framework
from taskcontract.model import Case, Observation, TaskRef
from taskcontract.world.importing import declare_library
from taskcontract.world.observe import World

TASKS = """
    import gc
    import os
    import sys
    from prefect import Task

    class Busy(Task):
        def run(self):
            return len([[] for _ in range(200_000)])

    class Left:
        def __init__(self):
            self.itself = self

        def __del__(self):
            sys.modules["told_of_ends"].ends.append(os.environ.get("HOME"))

    class Leaving(Task):
        def run(self):
            Left()
            return gc.isenabled()

    class Lasting(Task):
        def run(self):
            while not gc.isenabled():
                pass
            return "collected"
    """

Run = Callable[[str], Observation]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Observes the task of this name."""
    name = "given_up"
    (tmp_path / f"{name}.py").write_text(dedent(TASKS))
    monkeypatch.syspath_prepend(tmp_path)
    declare_library(name)
    world = World(installed_framework())
    yield lambda task: world.observe(Case(TaskRef(name, task, file=str(tmp_path / f"{name}.py"))))
    world.close()
    sys.modules.pop(name, None)


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the tasks' objects tell when they end: the home folder that they see."""
    told: Any = types.ModuleType("told_of_ends")
    told.ends = []
    monkeypatch.setitem(sys.modules, told.__name__, told)
    found: list[str] = told.ends
    return found


class Kept:
    """The folder of somebody's test, held by a cycle."""

    def __init__(self) -> None:
        self.itself, self.folder = self, tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")
def test_what_the_host_gave_up_is_not_ended_on_behalf_of_a_task(run: Run) -> None:
    run("Busy")
    threshold = gc.get_threshold()
    gc.collect()
    gc.set_threshold(100_000)  # reached within the run, and not before
    try:
        folder = Path(Kept().folder.name)
        seen = run("Busy")
    finally:
        gc.set_threshold(*threshold)

    assert (seen.outcome.kind, seen.outcome.value) == ("returned", 200_000)
    assert seen.effects == ()
    assert not folder.exists()


def test_what_a_run_gave_up_ends_within_it(run: Run, ends: list[str]) -> None:
    seen = run("Leaving")

    assert (seen.outcome.kind, seen.outcome.value) == ("returned", False)
    (home,) = ends
    assert Path(home).parent.name == "case"
    assert gc.isenabled()


def test_a_run_that_lasts_gets_its_collector_back(run: Run) -> None:
    seen = run("Lasting")

    assert (seen.outcome.kind, seen.outcome.value) == ("returned", "collected")
    assert gc.isenabled()


def test_a_host_without_a_collector_is_left_without(run: Run, ends: list[str]) -> None:
    gc.disable()
    try:
        seen = run("Leaving")
        assert not gc.isenabled()
        assert ends == []
    finally:
        gc.enable()
        gc.collect()

    assert (seen.outcome.kind, seen.outcome.value) == ("returned", False)
    assert len(ends) == 1
