"""The user's own secrets of Prefect 1, for a run for real: found, and told to whoever must keep them out of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import prefect
from prefect.client.secrets import Secret

Told = Callable[[str, Any], None]
"""(name of a Prefect secret, its value)."""


def secret(name: str) -> Any:
    """The value of the user's Prefect secret, or None where there is none."""
    try:
        return Secret(name).get()
    except Exception:  # not there, or there is no server to ask
        return None


@contextmanager
def watched(told: Told) -> Iterator[None]:
    """While this lasts, tell of every secret that is read; a value of None says that it was not there. Those that anyone could
    read from the run context, without asking for them, are told as well."""
    plain = Secret.get

    def get(self: Secret) -> Any:
        try:
            value = plain(self)
        except Exception:
            told(self.name, None)
            raise
        told(self.name, value)
        return value

    for name, value in dict(prefect.context.get("secrets") or {}).items():
        told(str(name), value)
    vars_of: Any = Secret
    vars_of.get = get
    try:
        yield
    finally:
        vars_of.get = plain
