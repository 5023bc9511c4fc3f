"""The one real run: constructs and calls the task with vcrpy around it, and learns which secrets of the user's it read."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from taskcontract.cassettes.record import recording
from taskcontract.cassettes.recording import Interaction
from taskcontract.frameworks import Framework
from taskcontract.model import TaskRef, Value
from taskcontract.record.values import Chosen


@dataclass(slots=True)
class Ran:
    """What came of it: the interactions, the secrets that it could read, which of them it did, what was asked for and not
    there, and how it failed."""

    interactions: tuple[Interaction, ...] = ()
    secrets: dict[str, Any] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    failure: str = ""


def run(ref: TaskRef, chosen: Chosen, framework: Framework) -> Ran:
    """Run a task once, for real. What the task raises becomes `failure`; a Ctrl-C passes."""
    ran, running = Ran(), False

    def secret(name: str, value: Any) -> None:
        if value is None:
            ran.missing.append(f"the Prefect secret {name}")
            return
        ran.secrets[name] = value
        if running:
            ran.read.add(name)

    def variable(name: str, value: str | None) -> None:
        if value is None:
            ran.missing.append(f"the environment variable {name}")
        elif not os.path.exists(value):  # the place of a credential is none
            ran.secrets[name] = value
            ran.read.add(name)

    with _directory(chosen), recording() as tape, framework.watched_secrets(secret), _watched_environment(variable):
        running = True
        try:
            init, call = _made(chosen)
            framework.call(framework.construct(ref, init), (), call)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            ran.failure = "" if _well(error, framework) else f"{type(error).__name__}: {error}"
        ran.interactions = tape.interactions()
    return ran


def _well(error: BaseException, framework: Framework) -> bool:
    """Whether it is the framework's own way to say that all is well."""
    return framework.classify(error) == "signal" and type(error).__name__ == "SUCCESS"


@contextlib.contextmanager
def _directory(chosen: Chosen) -> Iterator[None]:
    """A fresh folder to run in, where inferred values are files: they are made there, and go with it."""
    if not any(value.setup for value in (*chosen.init.values(), *chosen.call.values()) if isinstance(value, Value)):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="taskcontract-record-") as folder, contextlib.chdir(folder):
        yield


def _made(chosen: Chosen) -> tuple[dict[str, Any], dict[str, Any]]:
    namespace: dict[str, Any] = {"__name__": "__case__"}

    def make(value: Any) -> Any:
        if not isinstance(value, Value):
            return value
        for line in value.setup:
            exec(line, namespace)
        return eval(value.code, namespace)

    return {n: make(v) for n, v in chosen.init.items()}, {n: make(v) for n, v in chosen.call.items()}


# --- the environment -------------------------------------------------------------------------------------------------

CREDENTIAL_VARIABLE: Final = re.compile(
    r"(?i)token|secret|passw|pwd|api_?key|access_?key|private_?key|credential|auth(?!or)|_key$|_pat$|_dsn$|connection_?string"
)


@contextlib.contextmanager
def _watched_environment(told: Callable[[str, str | None], None]) -> Iterator[None]:
    """While this lasts, tell of every variable that is read and whose name says that it is a credential."""
    kind: Any = type(os.environ)
    plain = kind.__getitem__

    def getitem(self: Any, name: str) -> Any:
        ours = self is os.environ and CREDENTIAL_VARIABLE.search(str(name)) is not None
        try:
            value = plain(self, name)
        except KeyError:
            if ours:
                told(name, None)
            raise
        if ours:
            told(name, value)
        return value

    kind.__getitem__ = getitem
    try:
        yield
    finally:
        kind.__getitem__ = plain
