"""What the answers in a recording look like, and how two recordings of one conversation differ in that.

A shape is the types at the paths of a JSON body (`$.items[].name: text`), by request; values do not matter. What changed
between two recordings is what the service changed, or what the task asks otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from taskcontract.cassettes.parts import json_of, undone
from taskcontract.cassettes.paths import spell
from taskcontract.cassettes.recording import Interaction, Recording

Shape = Mapping[str, frozenset[str]]
"""The types that are met at each path."""


def difference(old: Recording, new: Recording) -> list[str]:
    """One line for each request and each path of an answer that came (+), went (-) or changed its type (~); none if all is as
    it was."""
    before, after = _requests(old), _requests(new)
    lines = [f"- {request}" for request in before if request not in after]
    lines += [f"+ {request}" for request in after if request not in before]
    for request in (each for each in before if each in after):
        lines += [f"{sign} {request} {what}" for sign, what in _changes(before[request], after[request])]
    return lines


def _changes(before: Shape, after: Shape) -> Iterator[tuple[str, str]]:
    for path in sorted({*before, *after}):
        was, now = " or ".join(sorted(before.get(path, ()))), " or ".join(sorted(after.get(path, ())))
        if not now:
            yield "-", f"{path}: {was}"
        elif not was:
            yield "+", f"{path}: {now}"
        elif was != now:
            yield "~", f"{path}: {was} -> {now}"


def _requests(recording: Recording) -> dict[str, Shape]:
    found: dict[str, dict[str, set[str]]] = {}
    for interaction in recording.interactions:
        shape = found.setdefault(_request(interaction, recording.values), {})
        for path, kind in _answer(interaction):
            shape.setdefault(path, set()).add(kind)
    return {request: {path: frozenset(kinds) for path, kinds in shape.items()} for request, shape in found.items()}


def _request(interaction: Interaction, values: Mapping[str, Any]) -> str:
    """Method, host and path, with the names of the configured values in the place of the values."""
    split = urlsplit(interaction.request.url)
    path = split.path
    for name, value in sorted(values.items(), key=lambda pair: -len(str(pair[1]))):
        if isinstance(value, str) and len(value) > 3:
            path = path.replace(value, "{" + name + "}")
    return f"{interaction.request.method} {split.netloc}{path or '/'}"


def _answer(interaction: Interaction) -> Iterator[tuple[str, str]]:
    response = interaction.response
    yield "status", str(response.status)
    plain = undone(response.headers, response.body)
    document = json_of(plain) if plain else None
    if document is None:
        yield "body", "none" if not response.body else "no JSON"
        return
    waiting: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while waiting:
        steps, value = waiting.pop()
        yield spell(steps).replace('["[]"]', "[]"), _KINDS.get(type(value), "null")
        if isinstance(value, dict):
            waiting.extend(((*steps, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            waiting.extend(((*steps, "[]"), inner) for inner in value)


_KINDS: Final = {dict: "object", list: "list", str: "text", bool: "boolean", int: "number", float: "number"}
