"""Which credentials a recording holds."""

from __future__ import annotations

from collections.abc import Mapping

from taskcontract.cassettes.canaries import Hit, search
from taskcontract.cassettes.parts import Part, json_of, parts
from taskcontract.cassettes.recognised import recognised
from taskcontract.cassettes.recording import Recording
from taskcontract.cassettes.sensitive import credentials

__all__ = ["Hit", "credentials_in", "recognised"]


def credentials_in(recording: Recording, known: Mapping[str, str]) -> list[Hit]:
    """Every credential in a recording: known ones by name in any encoding, recognisable ones, and what goes under a
    credential's name, looks like one and is not masked. Each once per place ("interaction 3, response body $.token"), counted
    from 1.

    Raises Unsearchable for compressed content that expands without end.
    """
    hits: dict[Hit, None] = {}
    for number, interaction in enumerate(recording.interactions, 1):
        texts = (interaction.request.body, interaction.response.body)
        for part in parts(interaction):
            for name, encoding, where in _in_part(part, known, tuple(t for t in texts if t)):
                hits[Hit(name, encoding, f"interaction {number}, {where}")] = None
        for named in (each for each in credentials(interaction) if each.looks_like_one):
            hits[Hit(named.name, "named", f"interaction {number}, {named.where}")] = None
    for hit in [*search(known, dict(recording.values)), *recognised(repr(dict(recording.values)))]:
        hits[Hit(hit.name, hit.encoding, f"values {hit.where}")] = None
    return list(hits)


def _in_part(part: Part, known: Mapping[str, str], texts: tuple[bytes, ...]) -> list[tuple[str, str, str]]:
    found = [*search(known, part.data, texts), *recognised(part.data)]
    if not found or not part.where.endswith("body"):
        return [(hit.name, hit.encoding, part.where) for hit in found]
    document = json_of(part.data)
    inside = search(known, document, texts) if isinstance(document, (dict, list)) else []
    placed = {hit.name: hit.where for hit in inside}
    return [(hit.name, hit.encoding, f"{part.where} {placed.get(hit.name, '')}".strip()) for hit in found]
