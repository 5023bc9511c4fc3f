"""Makes a recording of a real task talking to a real server: what the committed cassettes were made with.

A `Conversation` says which task with which values, and what the server must hold before it. `record` runs the task as it is,
outside the sealed world, while vcrpy listens. What identifies this machine, this moment or whoever records is left out.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis.strategies import SearchStrategy

from taskcontract.cassettes.credential_parts import shapes
from taskcontract.cassettes.record import recording
from taskcontract.cassettes.recording import Headers, Interaction, Recording

DROPPED = frozenset(
    {
        # who records, and when: nothing that an answer depends on
        *("authorization", "user-agent", "x-amz-date", "x-amz-security-token", "x-ms-date", "date"),
        *("amz-sdk-invocation-id", "amz-sdk-request", "x-ms-client-request-id"),
        # the connection's affair
        *("connection", "keep-alive", "access-control-allow-origin", "server"),
    }
)
"""Headers that are not written, by their names in small letters."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One task's talk with a server.

    `values` are what the task is configured with, by parameter: given to the call where it takes them, to construction where
    only that does. `before` sets the server up for it. `secrets` are what Prefect's secrets hold meanwhile. `others` says what
    other values a parameter may have (of any length, where no more is said), for whoever generates configurations: a parameter
    that is not named there stays as it is.
    """

    task: str
    values: Mapping[str, Any]
    before: Callable[[], object] = lambda: None
    secrets: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, SearchStrategy[Any]] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """What its cassette is called: as the task is."""
        return f"{self.task.replace(':', '.')}.yaml"

    def sides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The values that construction is given, because it alone takes them or must have them, and those of the call."""
        task = self.task_class()
        call = inspect.signature(task.run).parameters
        needed = {n for n, p in inspect.signature(task.__init__).parameters.items() if p.default is p.empty}
        constructed = {name for name in self.values if name in needed or name not in call}
        return (
            {name: value for name, value in self.values.items() if name in constructed},
            {name: value for name, value in self.values.items() if name not in constructed},
        )

    def task_class(self) -> Any:
        """The task's class. Raises ImportError or AttributeError when there is none."""
        module, _, name = self.task.partition(":")
        return getattr(importlib.import_module(module), name)


def record(conversation: Conversation) -> Recording:
    """Set the server up, run the task, and give what was said. Raises what the task raises."""
    import prefect

    conversation.before()
    init, call = conversation.sides()
    with prefect.context(secrets=dict(conversation.secrets)), recording() as tape:
        conversation.task_class()(**init).run(**call)
    said = tuple(
        Interaction(replace(i.request, headers=kept(i.request.headers)), replace(i.response, headers=kept(i.response.headers)))
        for i in tape.interactions()
    )
    today = datetime.now(UTC).date().isoformat()
    return Recording(said, conversation.values, conversation.task, today, credentials=shapes(conversation.secrets))


def kept(headers: Headers) -> Headers:
    """The headers that a recording has."""
    return tuple((name, value) for name, value in headers if name.lower() not in DROPPED)
