"""Whether two recordings of one conversation have the same shape: the same requests, answered by the same kind of thing.

What differs between any two recordings is left out: identifiers, times, checksums. Bodies are compared by their structure: the
keys of JSON with the types below them, the tags of XML, whether other text is there.
"""

from __future__ import annotations

import json
import re
from typing import Any

from taskcontract.cassettes.recording import Headers, Interaction, Recording

Shape = dict[str, Any]


def differences(before: Recording, after: Recording) -> list[str]:
    """What is not alike, a line each; none when the shape is the same."""
    counts = len(before.interactions), len(after.interactions)
    if counts[0] != counts[1]:
        return [f"there were {counts[0]} requests, now there are {counts[1]}"]
    found = []
    for number, (old, new) in enumerate(zip(before.interactions, after.interactions, strict=True), 1):
        was, now = shape(old), shape(new)
        found += [f"request {number}: {part}: was {was[part]!r}, is {now[part]!r}" for part in was if was[part] != now[part]]
    return found


def shape(interaction: Interaction) -> Shape:
    """What stays the same when one conversation is recorded twice."""
    request, response = interaction.request, interaction.response
    return {
        "method": request.method,
        "address": request.url,
        "headers sent": _names(request.headers),
        "body sent": _structure(request.body),
        "status": response.status,
        "headers answered": _names(response.headers),
        "body answered": _structure(response.body),
    }


def _names(headers: Headers) -> list[str]:
    return sorted({name.lower() for name, _ in headers})


def _structure(body: bytes) -> Any:
    if not body:
        return "nothing"
    try:
        return _kinds(json.loads(body))
    except ValueError:
        text = body.decode("utf-8", "replace")
        return re.findall(r"<(\w+)", text) if text.startswith("<?xml") else "text"


def _kinds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _kinds(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_kinds(below) for below in value]
    return type(value).__name__
