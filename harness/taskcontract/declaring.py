"""Declarations in Python: what a contributor says about a task that inference cannot know."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from taskcontract.code_values import value_of
from taskcontract.config import Config, check_declaration
from taskcontract.naming import target_of

TaskT = TypeVar("TaskT")

_declared: dict[str, dict[str, Any]] = {}


def contract(task: TaskT, /, **declaration: Any) -> TaskT:
    """Declare what inference cannot know about a task: the Python form of `[tool.taskcontract.tasks."module:Class"]`.

    contract(CreateBranch, values={"repo": "octocat/hello"}, required=["repo"], merged=["headers"])

    Called in a test module or `conftest.py`; laid over what the project's file declares, key by key.

    Returns:
        the task itself

    Raises:
        ConfigError: for an unknown or ill-typed key
        UsageError: for what is no task
    """
    name = target_of(task)
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
