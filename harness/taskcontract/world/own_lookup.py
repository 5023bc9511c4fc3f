"""What a client that is replaced would have looked up by itself: variables and files, as its own documentation says.

A stand-in or a phantom has no code that asks for a password when it is given none; here its client's published look-up is done
in its place. What was asked for is recorded as the client's reading; what was found is among what the client is called with,
by the name of the argument that would have said it. A client that finds nothing says so, at once or when a server demands a
credential, or goes on without one and leaves that to the service: which of them is recorded. A run goes on all the same, as
where nothing is demanded; a case whose choices bind the path of the call to True has it demanded, so that the client's own
complaint is seen. Facts about clients alone: nothing here is about a task.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from taskcontract.world.state import Run, active, trusted


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a client says itself when it has no credential: the dotted name of its exception, and the message."""

    error: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a client goes on with: the keywords that its call is recorded with, beside the positional arguments.

    `lacks` says that neither the call nor the look-up has a credential; `complaint` is what the client then says by itself as
    soon as one is demanded, None where it goes on and the service says it. `later` is for a client that only complains when it
    is asked for something.
    """

    kwargs: Mapping[str, Any]
    lacks: bool = False
    complaint: Complaint | None = None
    later: bool = False


class Asking:
    """A client that asks its surroundings: every question is recorded as its own."""

    def __init__(self, run: Run, client: str) -> None:
        self._run, self.client = run, client

    def variable(self, name: str) -> str:
        """The variable's value; '' where it is not set."""
        self._run.read("env", name, self.client, self.client)
        with trusted():
            return os.environ.get(name, "")

    def file(self, name: str, *, private: bool = True) -> str:
        """What a file says, by its path or as "~/…"; '' where it cannot be read or is not the run's own.

        A `private` one is passed over where others may read it.
        """
        with trusted(), contextlib.suppress(OSError, ValueError):
            root, home = os.path.realpath(self._run.directory), os.path.realpath(os.path.expanduser("~"))
            path = os.path.realpath(os.path.join(root, os.path.expanduser(name)))
            if path.startswith(f"{home}/"):
                self._run.read("file", f"~/{path[len(home) + 1 :]}", self.client, self.client)
            if not path.startswith(f"{root}/"):
                return ""
            if not (private and os.stat(path).st_mode & 0o077):
                with open(path, encoding="utf-8") as file:
                    return file.read()
        return ""


LookUp = Callable[[Asking, tuple[Any, ...], Mapping[str, Any]], "Found | None"]
"""What a client does about a credential when it is called so; None where it needs none, or where that is not known."""
LOOK_UPS: Final[dict[str, LookUp]] = {}
"""By the dotted name of what is called. Filled by the modules that know the clients."""
PATTERNS: Final[list[tuple[str, LookUp]]] = []
"""The same for families of classes whose names follow a pattern."""


def known(*names: str) -> Callable[[LookUp], LookUp]:
    """Enter a look-up under the dotted names of the calls that do it."""

    def enter(look_up: LookUp) -> LookUp:
        LOOK_UPS.update(dict.fromkeys(names, look_up))
        return look_up

    return enter


def looked_up(path: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Found | None:
    """Do the look-up of what is called at `path`; None where none is known."""
    run, look_up = active(), LOOK_UPS.get(path)
    if run is None:
        return None
    look_up = look_up or next((act for pattern, act in PATTERNS if re.fullmatch(pattern, path)), None)
    if look_up is None:
        return None
    found = look_up(Asking(run, path.partition(".")[0]), args, kwargs)
    if found is not None and found.lacks:
        run.read("lacking" if found.complaint is not None else "anonymous", path, path.partition(".")[0])
    return found


def demanded(path: str, found: Found | None) -> Complaint | None:
    """What the client says that was called at `path`, if it lacks a credential and the case has it asked for one."""
    run = active()
    if run is None or found is None or not found.lacks or run.literal(path) != "True":
        return None
    return found.complaint


def given(kwargs: Mapping[str, Any], *names: str) -> bool:
    """Whether one of the arguments was given something."""
    return any(kwargs.get(name) not in (None, "", b"") for name in names)


def without_comments(text: str) -> Iterator[str]:
    """The lines of a file that say something."""
    return (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
