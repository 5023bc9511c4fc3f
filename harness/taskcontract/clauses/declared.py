"""What a contributor declares of a credential: sources to plant beside those that were found, and what is no source of it.

`credential = { argument = "token", secret = "ACME_TOKEN", env = ["ACME_KEY"], exclude = ["page_token"] }`
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from taskcontract.model import TaskSpec


def _declaration(spec: TaskSpec) -> dict[str, Any]:
    return dict(spec.declared.get("credential", {}))


def argument(spec: TaskSpec) -> str:
    """The argument that is declared to give the credential, or ''."""
    return str(_declaration(spec).get("argument", ""))


def secrets(spec: TaskSpec) -> tuple[str, ...]:
    """The Prefect secrets that are declared to hold it."""
    return tuple(_declaration(spec).get("secret", ()))


def variables(spec: TaskSpec) -> tuple[str, ...]:
    """The environment variables that are declared to hold it."""
    return tuple(_declaration(spec).get("env", ()))


def excluded(spec: TaskSpec) -> frozenset[str]:
    """Arguments, secrets, variables and files that are declared to be no source of a credential."""
    return frozenset(_declaration(spec).get("exclude", ()))


def without_excluded(spec: TaskSpec, names: Iterable[str]) -> tuple[str, ...]:
    """`names` but for those that are declared to be no source, each once."""
    left_out = excluded(spec)
    return tuple(name for name in dict.fromkeys(names) if name not in left_out)


def absent(spec: TaskSpec, subject: str, found: Iterable[str]) -> tuple[str, ...]:
    """The sources that are declared for the argument `subject` and are not among those that were `found`, in words."""
    if argument(spec) != subject:
        return ()
    known = set(found)
    return (
        *(f"the secret {name}" for name in secrets(spec) if name not in known),
        *(f"${name}" for name in variables(spec) if name not in known),
    )
