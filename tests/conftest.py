"""What tests of several areas share."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a slow machine is no breach
settings.load_profile("suite")

Once = Callable[[str, Callable[[], dict[str, Any]]], dict[str, Any]]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Makes something dear once in a test run, also when several processes share it: plain data, by name."""
    base = tmp_path_factory.getbasetemp()
    place = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        file = place / f"once-{name}.json"
        with (place / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.is_file():
                file.write_text(json.dumps(make()))
        found: dict[str, Any] = json.loads(file.read_text())
        return found

    return made
