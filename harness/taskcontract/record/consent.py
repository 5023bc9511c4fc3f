"""What nobody said, and a run for real would do all the same: who is asked, and what is answered when nobody can be.

In the sealed world a value may be made up. For real it is written into someone's service, so it is the user who says it, or
accepts what was inferred; and a run without a credential that could be there is the user's wish, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from taskcontract.errors import UsageError
from taskcontract.model import TaskSpec, Value


class Ask(Protocol):
    """Whoever can be asked."""

    def value(self, name: str, offered: str) -> str:
        """The value of a parameter, as JSON or a text: `offered`, if it is accepted as it is."""
        ...

    def without(self, name: str, why: str) -> bool:
        """Whether to go on without the credential that this parameter would have."""
        ...


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user accepts beforehand: inferred values (`infer`), to go on without a credential (`anonymous`).

    `ask` is who can be asked about the rest; None where nobody is there.
    """

    infer: bool = False
    anonymous: bool = False
    ask: Ask | None = None


NOTHING: Final = Consent()


def safe(value: Value) -> bool:
    """Whether an inferred value reaches nobody but this machine: a file or folder that is made for the run and goes with it."""
    return bool(value.setup) and value.kind.partition(":")[0] in _LOCAL


_LOCAL: Final = ("path", "zip", "folder", "sqlite", "pathlib")


def settled(
    spec: TaskSpec, inferred: Mapping[str, Value], absent: Mapping[str, str], consent: Consent
) -> dict[str, tuple[str, Any]]:
    """What to give for inferred values, by name: how it came, and the value.

    Args:
        spec: the task
        inferred: what would be made up
        absent: the credentials that are nowhere, each with where they were looked for
        consent: what is accepted, and whom to ask

    Raises:
        UsageError: for what is neither accepted nor answered; it names each, with what to add
    """
    open_values = {} if consent.infer else {name: value for name, value in inferred.items() if not safe(value)}
    declared = (spec.declared.get("credential") or {}).get("anonymous", False)
    open_credentials = {} if consent.anonymous or declared else dict(absent)
    if consent.ask is None:
        if open_values or open_credentials:
            raise UsageError("\n".join(_unsaid(spec, open_values, open_credentials)))
        return {name: ("inferred", value) for name, value in inferred.items()}
    found: dict[str, tuple[str, Any]] = {}
    for name, value in inferred.items():
        found[name] = _asked(consent.ask, name, value) if name in open_values else ("inferred", value)
    for name, why in open_credentials.items():
        if not consent.ask.without(name, why):
            raise UsageError(f"nothing was run: there is no credential for `{name}` of {spec.id} ({why})")
    return found


def _asked(ask: Ask, name: str, value: Value) -> tuple[str, Any]:
    answer = ask.value(name, value.code)
    return ("inferred, and accepted", value) if answer == value.code else ("typed", parsed(answer))


def parsed(text: str) -> Any:
    """A value as it is typed: JSON, or else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _unsaid(spec: TaskSpec, values: Mapping[str, Value], credentials: Mapping[str, str]) -> Iterator[str]:
    yield f"nothing was run: recording {spec.id} reaches the real service, and nobody said"
    for name, value in values.items():
        yield f"  {name}: add --value '{name}=…' (inferred: {value.code})"
    for name, why in credentials.items():
        yield f"  {name}: there is no credential in {why}; add --anonymous to go on without"
    if values:
        lines = ", ".join(f"{name} = …" for name in values)
        yield f'or declare [tool.taskcontract.tasks."{spec.id}"] values = {{ {lines} }}; --infer accepts what is inferred'
    if credentials:
        yield f'or declare [tool.taskcontract.tasks."{spec.id}"] credential = {{ anonymous = true }}'
