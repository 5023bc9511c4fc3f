"""Fixtures for contributors' own tests: the sealed world, and what is found in it. Nothing is imported until one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from taskcontract.testing import TaskWorlds


@pytest.fixture
def contract_secrets() -> dict[str, object]:
    """The Prefect secrets that `task_world` holds, by name. Empty; fill it in the test, or override it in conftest.py."""
    return {}


@pytest.fixture
def contract_env() -> dict[str, str]:
    """The environment variables that `task_world` holds. Empty; fill it in the test, or override it in conftest.py."""
    return {}


@pytest.fixture
def task_world(contract_secrets: dict[str, object], contract_env: dict[str, str]) -> TaskWorlds:
    """The sealed world: run a task in it and look at everything that left the task, while nothing real is touched.

    with task_world(answers=[(201, {"ref": "refs/heads/fix"})]) as world:
        seen = world.observe(CreateBranch, init={"repo": "octocat/hello"}, call={"branch_name": "fix"})
    assert seen.outcome.value == …
    """
    from taskcontract.testing import TaskWorlds

    return TaskWorlds(contract_secrets, contract_env)
