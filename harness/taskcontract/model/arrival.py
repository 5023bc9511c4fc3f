"""A source of a credential, and where its value was seen to arrive: what `show` tells of a task that was watched."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """`source` is told in words ("the secret ACME_TOKEN"); `kind` and `name` are what a declaration is written with.

    `argument` is the one that gives the same credential, "" if none does; `places` are where the value stood in what left the
    task ("GET headers: authorization"), none for a source that is declared and whose value never arrived.
    """

    argument: str
    kind: str
    name: str
    source: str
    places: tuple[str, ...] = ()
