"""A configuration: one value per parameter, and the ways to spread it over construction and call.

Every clause works on the same few moves: give a name at the call, at construction, at both, at neither, or put a decoy at
construction. A `Configuration` makes the `Case` for each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from taskcontract.model import Answers, Case, Route, TaskSpec, Value


@dataclass(frozen=True, slots=True)
class Configuration:
    """Values by parameter name, the answers and surroundings they work with."""

    spec: TaskSpec
    values: Mapping[str, Value] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    env: tuple[tuple[str, str], ...] = ()
    context: tuple[tuple[str, Value], ...] = ()

    def with_(self, **changes: Any) -> Configuration:
        return replace(self, **changes)

    def setting(self, name: str, value: Value | None) -> Configuration:
        """This configuration with one value changed, or left out altogether (None)."""
        values = {n: v for n, v in self.values.items() if n != name}
        if value is not None:
            values[name] = value
        return replace(self, values=values)

    @property
    def shared(self) -> tuple[str, ...]:
        """The configured names that both places accept."""
        return tuple(n for n in self.spec.shared if n in self.values)

    def case(
        self,
        *,
        init: Collection[str] = (),
        both: Collection[str] = (),
        decoys: Mapping[str, Value | None] | None = None,
        everywhere: bool = False,
        route: Route = "direct",
        positional: int = 0,
    ) -> Case:
        """The case in which shared names are given at the call, except those in `init` (construction only) and `both`.

        `decoys` puts another value at construction for names given at the call. `everywhere` gives every shared name at both
        places: the reference that no defaulting can change. A shared name that construction's own signature requires is given
        there too. `positional` gives that many leading run arguments by position.
        """
        spec, decoys = self.spec, decoys or {}
        own_init = {p.name: p for p in spec.init}
        own_run = {p.name: p for p in spec.run}
        at_init: dict[str, Value] = {}
        at_call: dict[str, Value] = {}
        for name, value in self.values.items():
            in_init, in_run = name in own_init and name not in spec.options, name in own_run
            if in_init and in_run and name in init:
                at_init[name] = value
            elif in_init and in_run:
                at_call[name] = value
                own = decoys.get(name, value if everywhere or name in both else None)
                if own is not None or own_init[name].required:
                    at_init[name] = own or value
            elif in_init:
                at_init[name] = value
            elif in_run:
                at_call[name] = value
        given: list[Value] = []
        for parameter in spec.run[:positional]:
            if parameter.name not in at_call or parameter.kind == "keyword-only":
                break
            given.append(at_call.pop(parameter.name))
        return Case(
            spec.ref,
            init=_ordered(at_init, spec.init),
            call=_ordered(at_call, spec.run),
            positional=tuple(given),
            env=self.env,
            context=self.context,
            answers=self.answers,
            route=route,
        )


def _ordered(values: Mapping[str, Value], parameters: Collection[Any]) -> tuple[tuple[str, Value], ...]:
    return tuple((p.name, values[p.name]) for p in parameters if p.name in values)
