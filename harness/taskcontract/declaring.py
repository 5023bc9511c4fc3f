"""Declarations in Python: what a contributor says about a task that inference cannot know."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from taskcontract.cassettes.stubs import KEPT, name_of
from taskcontract.code_values import value_of
from taskcontract.config import Config, check_declaration
from taskcontract.errors import UsageError
from taskcontract.naming import target_of

TaskT = TypeVar("TaskT")

_declared: dict[str, dict[str, Any]] = {}


def contract(task: TaskT, /, **declaration: Any) -> TaskT:
    """Declare what inference cannot know about a task: the Python form of `[tool.taskcontract.tasks."module:Class"]`.

    contract(CreateBranch, values={"repo": "octocat/hello"}, required=["repo"], merged=["headers"])

    `answers` takes the function itself that writes stubs into the `responses.RequestsMock` it is called with; one that takes
    more is given the run's values by name:

    def branches(mock, repo):
        mock.get(f"https://api.github.com/repos/{repo}/git/refs/heads", json=[])

    contract(CreateBranch, answers=branches)

    Called in a test module or `conftest.py`; laid over what the project's file declares, key by key.

    Returns:
        the task itself

    Raises:
        ConfigError: for an unknown or ill-typed key
        UsageError: for what is no task
    """
    name = target_of(task)
    if callable(declaration.get("answers")):
        declaration["answers"] = name_of(declaration["answers"])
    checked = check_declaration(declaration, f"contract({name})")
    if "values" in checked:
        checked["values"] = {name: _plain_or_code(given) for name, given in checked["values"].items()}
    _declared[name] = {**_declared.get(name, {}), **checked}
    return task


def _plain_or_code(given: Any) -> Any:
    """A literal as a file would hold it; anything else as the `Value` that makes it."""
    try:
        json.dumps(given)
    except (TypeError, ValueError):
        return value_of(given)
    return given


def configured(config: Config) -> Config:
    """`config` with everything that was declared by `contract(...)` so far."""
    return config.declaring(_declared) if _declared else config


def demand_importable(config: Config, tasks: Iterable[str]) -> None:
    """Demand that other processes can find what answers these tasks.

    Raises:
        UsageError: for stubs that only this process knows
    """
    for task in tasks:
        if str(config.declared(task).get("answers", "")).startswith(KEPT):
            raise UsageError(
                f"contract({task}): answers is a lambda or a function inside another one, which the worker processes of "
                "--contract-isolate cannot import; write it as a function of a module, or judge without --contract-isolate"
            )
