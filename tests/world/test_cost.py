"""What an observed run may cost, counted in operations: seconds depend on the machine, these numbers do not."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.frameworks import installed_framework, prefect1_context
from taskcontract.model import Case, Observation, TaskRef, Value
from taskcontract.world import budget, callers, functions, patches
from taskcontract.world.observe import World

LIBRARY = '''
import requests
from prefect import Task
from prefect.utilities.tasks import defaults_from_attrs


class Fetch(Task):
    """Fetches.

    Args:
        - url (str, optional): where from
        - page (int, optional): which page
    """

    def __init__(self, url: str = None, page: int = 1, **kwargs):
        self.url, self.page = url, page
        super().__init__(**kwargs)

    @defaults_from_attrs("url", "page")
    def run(self, url: str = None, page: int = None):
        """Fetches.

        Args:
            - url (str, optional): where from
            - page (int, optional): which page
        """
        if not url:
            raise ValueError("url must be given")
        answer = requests.get(url, params={"page": page})
        answer.raise_for_status()
        return answer.json()


class Again(Fetch):
    """Fetches likewise."""
'''
LOOKS = '''
import os
from prefect import Task


class Looks(Task):
    def run(self):
        return dict(os.environ.items())
'''
RUNS = 30


@pytest.fixture
def library(tmp_path: Path) -> Path:
    file = tmp_path / "costs.py"
    file.write_text(LIBRARY)
    return file


@pytest.fixture
def session(library: Path) -> Iterator[Session]:
    made = Session(Settings((str(library),)))
    made.load()
    yield made
    made.close()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], Counter[str]]:
    """Counts the calls of functions."""
    calls: Counter[str] = Counter()

    def count(owner: Any, name: str) -> Counter[str]:
        original = getattr(owner, name)

        def counting(*args: Any, **kwargs: Any) -> Any:
            calls[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)
        return calls

    return count


def _case(session: Session) -> Case:
    task = next(t for t, _ in session.plan() if t.endswith("Fetch"))
    ref = session._specs[task].ref
    url = Value.of("https://example.com/things", "url")
    return Case(ref, init=(("url", url),), call=(("page", Value.of(2)),))


@pytest.fixture
def world() -> Iterator[World]:
    made = World(installed_framework())
    yield made
    made.close()


def test_what_depends_on_imported_modules_is_looked_for_once(
    session: Session, world: World, counted: Callable[[Any, str], Counter[str]]
) -> None:
    """Not once per run: thousands of modules may be imported."""
    case = _case(session)
    for _ in range(3):  # the first runs import what they need
        world.observe(case)
    counted(prefect1_context, "_client_caches")
    counted(patches, "_sweep_one")
    calls = counted(functions, "_put_back")
    for _ in range(RUNS):
        assert world.observe(case).outcome.kind == "returned"
    assert calls == {}


def test_what_a_run_imports_is_looked_at_again(world: World, counted: Callable[[Any, str], Counter[str]]) -> None:
    calls = counted(prefect1_context, "_client_caches")
    prefect1_context.forget_clients()
    sys.modules["taskcontract_costs_nothing"] = sys
    try:
        prefect1_context.forget_clients()
        prefect1_context.forget_clients()
    finally:
        del sys.modules["taskcontract_costs_nothing"]
    assert 1 <= calls["_client_caches"] <= 2


def test_the_system_is_asked_for_the_memory_in_use_now_and_then(
    session: Session, world: World, counted: Callable[[Any, str], Counter[str]]
) -> None:
    case = _case(session)
    calls = counted(budget, "_resident")
    for _ in range(RUNS):
        world.observe(case)
    assert calls["_resident"] <= RUNS // 2


def test_looking_through_the_whole_environment_asks_once_who_looks(
    session: Session, world: World, counted: Callable[[Any, str], Counter[str]]
) -> None:
    """`requests` looks through all variables for every request; how many there are shall not matter."""
    from taskcontract.world import environment

    case = _case(session)
    few = counted(environment, "caller")
    world.observe(case)
    asked = few["caller"]
    few.clear()
    world.observe(case.with_(env=tuple((f"VARIABLE_{n}", "x") for n in range(200))))
    assert few["caller"] == asked


def test_a_task_that_looks_through_the_environment_is_still_seen(world: World, tmp_path: Path) -> None:
    file = tmp_path / "looks.py"
    file.write_text(LOOKS)
    made = Session(Settings((str(file),)))
    made.load()
    ref = next(iter(made._specs.values())).ref
    seen = world.observe(Case(ref, env=(("PLANTED", "here"),)))
    names = [read.name for read in seen.reads if read.kind == "env"]
    assert names[0] == "*" and {"PLANTED", "HOME"} <= set(names)
    assert ("PLANTED", "here") in seen.outcome.value
    assert not set(os.environ) <= set(names), "no variable of the host's is among them"


def test_two_observations_of_one_case_are_equal(session: Session, world: World) -> None:
    case = _case(session)
    first, second = world.observe(case), world.observe(case)
    assert first == second and first is not second


def test_what_the_frameworks_own_task_does_is_observed_once_for_all_tasks(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Counter[Case] = Counter()
    original = World.observe

    def observe(self: World, case: Case) -> Observation:
        seen[case] += 1
        return original(self, case)

    monkeypatch.setattr(World, "observe", observe)
    for task, code in session.plan():
        if code == "TC103":
            session.judge(task, code)
    bare = {case: n for case, n in seen.items() if case.ref == TaskRef("prefect", "Task")}
    assert len(bare) > 1 and set(bare.values()) == {1}


def test_a_small_task_is_judged_in_few_runs(session: Session) -> None:
    """All clauses about two parameters share their runs."""
    executions: Counter[str] = Counter()
    for task, code in session.plan():
        executions[task] += session.judge(task, code).executions
    assert len(executions) == 2
    assert all(0 < n <= 220 for n in executions.values()), executions


def test_who_asks_is_told_by_the_module_and_remembered() -> None:
    for name, answer in {
        "os": None,
        "taskcontract.world.environment": None,
        "taskcontract.frameworks.prefect1": "",
        "_pytest.python": "",
        "urllib.request": "",
        "requests.utils": "requests.utils",
        "__main__": "__main__",
    }.items():
        assert callers._answer(name) == answer


def test_drawing_examples_leaves_no_file_and_asks_nothing_of_the_hosts_source(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What hypothesis finds in the source of imported modules would also make the draws depend on it."""
    import importlib

    from taskcontract.clauses import search

    providers = importlib.import_module("hypothesis.internal.conjecture.providers")

    def scanned() -> None:
        raise AssertionError("the source of the host was read")

    monkeypatch.setattr(providers, "_get_local_constants", scanned)
    folder = tmp_path / "where"
    folder.mkdir()
    monkeypatch.chdir(folder)
    search.make_ready.cache_clear()
    for task, code in session.plan():
        if code in ("TC104", "TC201"):
            assert session.judge(task, code).verdict == "holds"
    assert list(folder.iterdir()) == []
    assert providers._get_local_constants is scanned
