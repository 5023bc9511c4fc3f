"""Finds the recorded requests that a request is, in the same few steps whatever their number.

Recorded requests are told apart by hash: first by method, then by the paths of their leaves, then, for each plan in use
there, by what that plan sees. Only what agrees in all this is compared. Plans are few: one for each kind of request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from taskcontract.cassettes.entries import Captures, Entry, Likely, Look, Plan, key_of
from taskcontract.cassettes.sent import Path, Sent, flat

MOST_RECENT: Final = 1024


@dataclass(frozen=True, slots=True)
class Match:
    """A recorded request that a request is, and what its holes took."""

    entry: Entry
    captures: Captures


@dataclass(slots=True)
class _Table:
    plan: Plan
    looks: tuple[Look, ...]
    entries: dict[tuple[Any, ...], list[Entry]] = field(default_factory=dict)


class Index:
    """The entries of a recording. `operations` counts the steps of look-ups: tables asked, texts compared."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._methods: dict[str, dict[frozenset[Path], dict[tuple[Path, ...], list[_Table]]]] = {}
        self.entries: list[Entry] = []
        self.operations = 0
        self._recent: dict[Sent, list[Match]] = {}
        tables: dict[tuple[str, Plan], _Table] = {}
        known: dict[Any, Entry] = {}
        for entry in entries:
            same = known.setdefault(entry.identity, entry)
            if same is not entry:
                same.indexes += entry.indexes
                continue
            self.entries.append(entry)
            where = (entry.request.method, entry.plan)
            if where not in tables:
                tables[where] = _Table(entry.plan, entry.plan.looks)
                by_whole = self._methods.setdefault(entry.request.method, {})
                by_whole.setdefault(entry.plan.whole, {}).setdefault(entry.plan.paths, []).append(tables[where])
            tables[where].entries.setdefault(entry.key, []).append(entry)

    def matches(self, request: Sent, likely: Likely) -> list[Match]:
        """All recorded requests that `request` is. Runs ask the same again and again: what was found is kept for a while."""
        recent = self._recent.get(request)
        if recent is not None:
            return recent
        found: list[Match] = []
        for whole, by_paths in self._methods.get(request.method, {}).items():
            self.operations += 1
            paths, values = flat(request.tree, whole) if whole else (request.paths, request.values)
            for table in by_paths.get(paths, ()):
                found += self._in(table, request, values, likely)
        if not any(match.entry.ambiguous for match in found):
            if len(self._recent) >= MOST_RECENT:
                self._recent.clear()
            self._recent[request] = found
        return found

    def _in(self, table: _Table, request: Sent, values: Sequence[Any], likely: Likely) -> list[Match]:
        self.operations += 1
        address = table.plan.address(request.units)
        if address is None:
            return []
        texts = [*address, *values]
        key = key_of(texts, table.looks)
        found = []
        for entry in table.entries.get(key, ()) if key is not None else ():
            self.operations += 1
            captures = entry.captured(texts, likely)
            if captures is not None:
                found.append(Match(entry, captures))
        return found
