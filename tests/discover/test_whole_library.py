"""All of Prefect's own task library is found and described, with only Prefect installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

WHOLE = """
import json, collections
from taskcontract.describe import declaration, describe, listing
from taskcontract.discover import discover
from taskcontract.model import TaskRef
from taskcontract.world.importing import importer
import tomllib

found = discover("prefect.tasks", importer)
refs = [f for f in found if isinstance(f, TaskRef)]
specs = [describe(ref) for ref in refs]
for spec in specs:
    tomllib.loads(declaration(spec))
    listing(spec)

import prefect
def below(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from below(sub)
classes = {f"{c.__module__}:{c.__qualname__}" for c in below(prefect.Task) if c.__module__.startswith("prefect.tasks.")}
print(json.dumps({
    "classes": len([r for r in refs if r.kind == "class"]),
    "missed": sorted(classes - {r.id for r in refs}),
    "functions": sorted(r.qualname for r in refs if r.kind == "function"),
    "rows": {f.name: f.why for f in found if not isinstance(f, TaskRef)},
    "twice": [i for i, n in collections.Counter(r.id for r in refs).items() if n > 1],
    "unlocated": [r.id for r in refs if not (r.file and r.line)],
    "undescribed": [f"{s.id}: {f.value}" for s in specs for f in s.facts if f.kind == "undescribed"],
    "unsourced": [f"{s.id}: {f.kind}" for s in specs for f in s.facts if not f.source.how or not f.source.file],
}))
"""


@pytest.fixture(scope="module")
def whole() -> dict[str, object]:
    """Imported in a process of its own: phantoms of clients that are not installed stay there."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WHOLE], capture_output=True, text=True, check=False, env=environment
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_every_task_class_is_found_and_none_twice(whole: dict[str, object]) -> None:
    rows = whole["rows"]
    assert isinstance(rows, dict)
    assert whole["missed"] == [] and whole["twice"] == [] and whole["unlocated"] == []
    # Databricks' tasks define pydantic 1 models at import; beside pydantic 2 that fails for everybody, and is said so
    assert whole["classes"] == (201 if "prefect.tasks.databricks" in rows else 205)
    assert set(rows) <= {"prefect.tasks.databricks"}
    assert all("__root__" in why and "4 modules below it" in why for why in rows.values())


def test_its_function_tasks_are_found_too(whole: dict[str, object]) -> None:
    functions = whole["functions"]
    assert isinstance(functions, list)
    assert len(functions) == 15 and {"create_flow_run", "wait_pool"} <= set(functions)


def test_every_task_is_described_and_every_fact_has_its_source(whole: dict[str, object]) -> None:
    assert whole["undescribed"] == [] and whole["unsourced"] == []
