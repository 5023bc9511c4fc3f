"""Where a task's credentials come from, as a declaration says it: what was seen when the task was run, not what was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taskcontract.model import Arrival

_KEYS = {"secret": "secret", "variable": "env"}


def declarable(arrivals: Sequence[Arrival]) -> list[dict[str, Any]]:
    """A `credential` table for each argument that gives one, the one with the most sources first.

    Files, keys of the run context and of the configuration need no declaration, and have none.
    """
    tables: dict[str, dict[str, Any]] = {}
    for arrival in arrivals:
        table = tables.setdefault(arrival.argument, {"argument": arrival.argument} if arrival.argument else {})
        if arrival.kind in _KEYS:
            table.setdefault(_KEYS[arrival.kind], []).append(arrival.name)
    ordered = sorted((table for table in tables.values() if table), key=_fewest)
    return [{key: each[0] if key == "secret" and len(each) == 1 else each for key, each in t.items()} for t in ordered]


def _fewest(table: dict[str, Any]) -> int:
    return -sum(len(each) for key, each in table.items() if key != "argument")


def credential_lines(arrivals: Sequence[Arrival], why: str) -> list[str]:
    """Each source as a comment, with the places where its value arrived."""
    if not arrivals:
        return ["", f"# credentials: {why}"] if why else []
    lines = ["", "# credentials, by watching the task run; to take a source out, name it in `exclude`"]
    for argument in dict.fromkeys(arrival.argument for arrival in arrivals):
        lines.append(f"#   given by `{argument}`" if argument else "#   asked for, whatever is given")
        lines += [f"#       {_line(arrival)}" for arrival in arrivals if arrival.argument == argument]
    return lines


def _line(arrival: Arrival) -> str:
    places = ", ".join(arrival.places)
    return f"{arrival.source}: {places}" if places else f"{arrival.source}: declared, and never seen to arrive"
