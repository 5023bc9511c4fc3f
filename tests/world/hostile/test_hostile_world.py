"""The same specimens as the body of a Prefect task, observed through the whole sealed world."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from taskcontract.frameworks import installed_framework
from taskcontract.model import Case, Observation, TaskRef, Value
from taskcontract.world import guard
from taskcontract.world.observe import World

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning",  # what a stopped specimen leaves open is found later, by the collector
)
specimens = sys.modules["hostile_specimens"]
SOURCE = """
import datetime, os, time, uuid
import prefect

class Hostile(prefect.Task):
    def run(self, name=None):
        return SPECIMENS[name].do(PLACE)

class WellBehaved(prefect.Task):
    def run(self, text=None):
        time.sleep(2)
        with open("report.txt", "w") as file:
            file.write(text)
        return text, str(uuid.uuid4()), str(datetime.datetime.now()), os.environ.get("SETTING"), os.getcwd()
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World(installed_framework())
    saved = guard.BUDGET.processor, guard.BUDGET.wall, guard.BUDGET.memory
    guard.BUDGET.processor, guard.BUDGET.wall, guard.BUDGET.memory = 60.0, 120.0, 200 << 20  # also on a busy machine
    yield made
    guard.BUDGET.processor, guard.BUDGET.wall, guard.BUDGET.memory = saved
    made.close()


@pytest.fixture(scope="module")
def module() -> Iterator[types.ModuleType]:
    made = types.ModuleType("hostile_tasks")
    vars(made)["SPECIMENS"] = specimens.SPECIMENS
    exec(SOURCE, vars(made))
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


def _honest(world: World) -> Observation:
    return world.observe(Case(TaskRef("hostile_tasks", "WellBehaved"), call=(("text", Value.of("a word")),)))


@pytest.mark.parametrize("name", specimens.SPECIMENS)
def test_a_hostile_task_is_observed_and_gets_nowhere(
    name: str, world: World, module: types.ModuleType, place: Any, process_unharmed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vars(module)["PLACE"] = place
    specimen = specimens.SPECIMENS[name]
    before = _honest(world)
    with monkeypatch.context() as limits:
        if specimen.ends == "cut":
            limits.setattr(guard.BUDGET, "processor", 0.3)
            limits.setattr(guard.BUDGET, "wall", 1.0)
        seen = world.observe(Case(TaskRef("hostile_tasks", "Hostile"), call=(("name", Value.of(name)),)))
    after = _honest(world)

    assert seen.outcome.kind == {"stood in for": "returned"}.get(specimen.ends, specimen.ends), (seen.outcome, seen.effects)
    assert specimen.kind == "" or specimen.kind in {effect.kind for effect in seen.effects}
    assert any(effect.refused for effect in seen.effects) == (specimen.ends == "refused")
    assert before.outcome.kind == "returned" and before == after
