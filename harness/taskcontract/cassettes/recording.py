"""The nouns of recorded HTTP: requests, responses, interactions, and the recording that holds them. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Headers = tuple[tuple[str, str], ...]
"""Pairs in the order of the wire; names as they were spelt, a name may come twice."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent. `body` is what was on the wire, encodings and all; b"" when there was none."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came. `body` is what was on the wire: what `Content-Encoding` says has not been undone."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One request and its answer."""

    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Recording:
    """The content of a cassette.

    `values` are the task's arguments while it was recorded, by parameter (JSON-able), where the cassette says so; `task` is
    the id of the recorded task and `made` the day of the recording (ISO 8601), or "". `file` is where it was read.
    `credentials` are the shapes of the credentials that were taken out, by the name of the secret, variable or argument that
    each came from (`credential_parts`).
    """

    interactions: tuple[Interaction, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    task: str = ""
    made: str = ""
    file: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)


class Unmatched(Exception):
    """No recorded request is this one. The message names the nearest recorded request and what differs."""


class Player(Protocol):
    """Answers the requests of one run, in order: a cassette's template, or a contributor's stubs.

    `answer` gives the response, and the index of the interaction (or stub) that it comes from. Raises `Unmatched`.
    """

    def answer(self, request: Request) -> tuple[Response, int]: ...
