"""One recorded request as a template: what must be as recorded, and where its holes are.

An entry's `plan` says how it looks at a request (which texts are fixed, which begin and end alike, which leaves are open);
its `key` is what it must see there. Entries of one plan are told apart by hash, whatever their number.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from taskcontract.cassettes.finder import Finder
from taskcontract.cassettes.patterns import SHORTEST, Part, Pattern, Slot, exact
from taskcontract.cassettes.recording import Headers
from taskcontract.cassettes.sent import SLASH, Path, Sent, flat

Look = tuple[int, int] | None
"""How a text is looked at: as a whole (None), at so many characters of its beginning and end, or not at all (OPEN)."""

OPEN: Final = (-1, -1)

Captures = list[tuple[tuple[str, ...], Any]]
"""What the holes took: the forms that stand in a hole, and the value there."""

Likely = Mapping[str, Sequence[str]]
"""Texts that a form may well have, by its name."""


class Plan(NamedTuple):
    """How an entry looks at a request: at its first and last units, what is between them as one text, and its leaves.

    `middle` is () where nothing spans units. `whole` are the leaves or trees that are one hole.
    """

    head: tuple[Look, ...]
    middle: tuple[Look, ...]
    tail: tuple[Look, ...]
    paths: tuple[Path, ...]
    leaves: tuple[Look, ...]
    whole: frozenset[Path]

    @property
    def looks(self) -> tuple[Look, ...]:
        """All looks: those at the address, then those at the leaves."""
        return self.head + self.middle + self.tail + self.leaves

    def address(self, units: Sequence[str]) -> list[str] | None:
        """What this plan looks at in an address; None if that has too few units, or too many."""
        ends = len(self.head) + len(self.tail)
        if not self.middle:
            return list(units) if len(units) == ends else None
        if len(units) <= ends:
            return None
        tail = len(units) - len(self.tail)
        return [*units[: len(self.head)], SLASH.join(units[len(self.head) : tail]), *units[tail:]]


@dataclass(slots=True, eq=False)
class Entry:
    """A recorded request as a template, with the `indexes` of the interactions that recorded it, in order.

    `patterns` are the texts with holes by their position in the plan's order, `whole` the leaves that are one hole each;
    `headers` only capture. `literal` is how many characters are fixed.
    """

    request: Sent
    plan: Plan
    key: tuple[Any, ...]
    patterns: tuple[tuple[int, Pattern], ...]
    whole: Mapping[Path, tuple[str, ...]]
    headers: tuple[tuple[str, Pattern], ...]
    literal: int
    indexes: list[int] = field(default_factory=list)

    @property
    def ambiguous(self) -> bool:
        """Whether what the holes take may depend on what is likely."""
        return any(len(pattern.slots) > 1 for _, pattern in self.patterns)

    @property
    def identity(self) -> tuple[Any, ...]:
        """Equal for recorded requests that are one template."""
        return (self.request.method, self.plan, self.key, self.patterns, tuple(sorted(self.whole.items(), key=str)))

    def captured(self, texts: Sequence[Any], likely: Likely) -> Captures | None:
        """What the holes take of the texts of a request that has this entry's key; None if one does not fit after all."""
        found: Captures = []
        for position, pattern in self.patterns:
            taken = pattern.captured(texts[position], likely)
            if taken is None:
                return None
            found += [(slot.names, text) for slot, text in taken]
        if self.whole:
            leaves = texts[len(texts) - len(self.plan.paths) :]
            pairs = zip(self.plan.paths, leaves, strict=True)
            found += ((self.whole[path], value) for path, value in pairs if path in self.whole)
        return found

    def from_headers(self, headers: Headers, likely: Likely) -> Captures:
        """What holes in headers take, as far as they fit: headers never decide."""
        found: Captures = []
        for name, pattern in self.headers:
            for key, value in headers:
                if key.lower() == name:
                    taken = pattern.captured(opened(value), likely) or []
                    found += [(slot.names, text) for slot, text in taken]
        return found


def key_of(texts: Sequence[Any], looks: Sequence[Look]) -> tuple[Any, ...] | None:
    """What is seen of texts under looks; None where something is no text, or too short."""
    key: list[Any] = []
    for text, look in zip(texts, looks, strict=True):
        if look is None:
            key.append(text if type(text) is str and len(text) < SHORTEST else exact(text))
        elif look is not OPEN:
            if not isinstance(text, str) or len(text) < look[0] + look[1]:
                return None
            key.append((text[: look[0]], text[len(text) - look[1] :]))
    return tuple(key)


def opened(value: str) -> str:
    """A header's value, with what `Basic` hides in base64."""
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "basic":
        return value
    try:
        return f"{scheme} {base64.b64decode(rest).decode()}"
    except (binascii.Error, ValueError):
        return value


# --- compiling -------------------------------------------------------------------------------------------------------


def compiled(read: Sent, headers: Headers, finder: Finder) -> Entry:
    """Compile a request; the values that `finder` knows become holes."""
    origin = finder.parts(read.units[0]) or (read.units[0],)
    units = [origin, *(finder.units(read.units[1:]) if read.units[1:] else ())]
    spanning = [number for number, unit in enumerate(units) if any(isinstance(p, Slot) and p.writing == "units" for p in unit)]
    first, last = (spanning[0], spanning[-1] + 1) if spanning else (len(units), len(units))
    head, middle, tail = units[:first], _joined(units[first:last]), units[last:]
    whole = _whole(read.tree, finder)
    paths, values = flat(read.tree, frozenset(whole)) if whole else (read.paths, read.values)
    leaves = [_leaf(path, value, whole, finder) for path, value in zip(paths, values, strict=True)]
    looked = [*(_looked(unit, True) for unit in (*head, *middle, *tail)), *leaves]
    looks = tuple(look for look, _ in looked)
    ends = (len(head), len(head) + len(middle), len(units) if not middle else len(head) + 1 + len(tail))
    plan = Plan(looks[: ends[0]], looks[ends[0] : ends[1]], looks[ends[1] : ends[2]], paths, looks[ends[2] :], frozenset(whole))
    texts = [*(plan.address(read.units) or ()), *values]
    key = key_of(texts, looks)
    if key is None:
        raise AssertionError(f"{read.units}: a recorded request does not fit its own template")
    patterns = tuple((number, pattern) for number, (_, pattern) in enumerate(looked) if pattern is not None)
    fixed = (text for text, look in zip(texts, looks, strict=True) if look is None)
    literal = sum(pattern.literal for _, pattern in patterns) + sum(len(str(text)) + 1 for text in fixed)
    return Entry(read, plan, key, patterns, whole, _headers(headers, finder), literal)


def _joined(units: Sequence[tuple[Part, ...]]) -> list[tuple[Part, ...]]:
    """Units as one text: [] for none."""
    parts: list[Part] = []
    for number, unit in enumerate(units):
        for part in (*((SLASH,) if number else ()), *unit):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
    return [tuple(parts)] if parts else []


def _looked(parts: tuple[Part, ...], address: bool) -> tuple[Look, Pattern | None]:
    if not any(isinstance(part, Slot) for part in parts):
        return None, None
    pattern = Pattern(parts, address)
    return (len(pattern.prefix), len(pattern.suffix)), pattern


def _leaf(path: Path, value: Any, whole: Mapping[Path, Any], finder: Finder) -> tuple[Look, Pattern | None]:
    if path in whole:
        return OPEN, None
    return _looked(finder.parts(value) if isinstance(value, str) else (), False)


def _whole(tree: Any, finder: Finder) -> dict[Path, tuple[str, ...]]:
    """The leaves and trees that are one hole each, with the forms that stand there."""
    found: dict[Path, tuple[str, ...]] = {}

    def walk(node: Any, path: Path, key: str) -> None:
        names = finder.whole(node, key) if len(path) > 1 or path[:1] == ("text",) else ()
        if names:
            found[path] = names
        elif isinstance(node, dict):
            for name, item in node.items():
                walk(item, (*path, name), str(name))
        elif isinstance(node, list):
            for number, item in enumerate(node):
                walk(item, (*path, number), key)

    walk(tree, (), "")
    return found


def _headers(headers: Headers, finder: Finder) -> tuple[tuple[str, Pattern], ...]:
    found: list[tuple[str, Pattern]] = []
    for name, value in headers:
        text = opened(value)
        names = finder.whole(text)
        parts: tuple[Part, ...] = (Slot(names),) if names else finder.parts(text)
        if any(isinstance(part, Slot) for part in parts):
            found.append((name.lower(), Pattern(parts)))
    return tuple(found)
