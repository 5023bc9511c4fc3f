"""Every specimen is stopped or contained, nothing reaches the server or the folder, and its neighbour notices nothing."""

from __future__ import annotations

import datetime
import os
import sys
import time
import uuid
from typing import Any

import pytest

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning",  # what a stopped specimen leaves open is found later, by the collector
)
specimens = sys.modules["hostile_specimens"]


def well_behaved() -> Any:
    """An honest task: it looks around, computes, writes a file of its own, waits."""
    time.sleep(2)
    with open("report.txt", "w") as file:
        file.write(str(uuid.uuid4()))
    return datetime.datetime.now().isoformat(), os.getcwd(), sorted(os.environ), os.environ.get("HOME")


def _like(seen: Any) -> Any:
    return seen.ended, seen.value, seen.run.effects, seen.run.reads, seen.changes, seen.run.notes


@pytest.mark.parametrize("name", specimens.SPECIMENS)
def test_specimen_gets_nowhere(name: str, sealed: Any, hurried: Any, place: Any, process_unharmed: None) -> None:
    specimen = specimens.SPECIMENS[name]
    before = sealed(well_behaved)
    seen = (hurried if specimen.ends == "cut" else sealed)(lambda: specimen.do(place))
    after = sealed(well_behaved)

    assert specimen.kind == "" or specimen.kind in seen.kinds, seen.run.effects
    assert seen.ended == {"stood in for": "returned"}.get(specimen.ends, specimen.ends), (seen.value, seen.run.effects)
    refused = [effect for effect in seen.run.effects if effect.refused]
    assert bool(refused) == (specimen.ends == "refused"), seen.run.effects
    assert before.ended == "returned" and _like(before) == _like(after)


def test_there_are_enough_specimens() -> None:
    assert len(specimens.SPECIMENS) >= 60
