"""Fixtures for contributors' own tests: the sealed world, and what is found in it. Nothing is imported until one is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from responses import RequestsMock

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
def contract_answers() -> Iterator[RequestsMock]:
    """Stubs that `task_world` is answered by, for every client, not for `requests` alone: a `responses.RequestsMock`.

    def test_branches(task_world, contract_answers, contract_secrets):
        contract_secrets["GITHUB_ACCESS_TOKEN"] = "any"
        contract_answers.get("https://api.github.com/repos/octocat/hello/git/refs/heads", json=[])
        with task_world() as world:
            world.observe(CreateBranch, init={"repo": "octocat/hello"}, call={"branch_name": "fix"})
        assert len(contract_answers.calls) == 1

    It answers inside the sealed world only; a request that no stub matches is refused, and `Observation.unmatched` tells of it.
    """
    import responses

    from taskcontract.cassettes.stubs import forget, name_of

    mock = responses.RequestsMock(assert_all_requests_are_fired=False)
    name = name_of(mock)
    yield mock
    forget(name)


@pytest.fixture
def contract_cassette(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """The path of a cassette by its name: `task_world(cassette=contract_cassette("create_branch"))`.

    Looked for in `cassettes/test_module` and `cassettes` beside the test's file, beside that file, and in the project's folder
    of cassettes. Without a name: the one called as the test is, as pytest-recording calls it.
    """

    def find(name: str = "") -> Path:
        from taskcontract.cassettes.named import named_cassette
        from taskcontract.config import load

        config = load(request.config.rootpath)
        return named_cassette(name or request.node.name, request.path, config.root / config.cassettes)

    return find


@pytest.fixture
def task_world(
    request: pytest.FixtureRequest, contract_secrets: dict[str, object], contract_env: dict[str, str]
) -> TaskWorlds:
    """The sealed world: run a task in it and look at everything that left the task, while nothing real is touched.

    with task_world(answers=[(201, {"ref": "refs/heads/fix"})]) as world:
        seen = world.observe(CreateBranch, init={"repo": "octocat/hello"}, call={"branch_name": "fix"})
    assert seen.outcome.value == …

    It is answered by `answers` (documents in order, a function that fills a `responses.RequestsMock`, the path of a cassette)
    or by `cassette`; else by the fixture `contract_answers` where the test uses it; else by what the task reads.
    """
    from taskcontract.testing import TaskWorlds

    stubs = request.getfixturevalue("contract_answers") if "contract_answers" in request.fixturenames else None
    return TaskWorlds(contract_secrets, contract_env, stubs)
