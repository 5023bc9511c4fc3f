"""Texts with holes: a recorded text in which configured values stand, as a pattern that takes any others in their places."""

from __future__ import annotations

import functools
import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus, unquote, unquote_plus
from xml.sax.saxutils import escape

from taskcontract.cassettes.sent import SLASH

# --- how a value is written inside a text ----------------------------------------------------------------------------


def _json_escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _json_ascii(text: str) -> str:
    return json.dumps(text)[1:-1]


def _json_read(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


class Writing(NamedTuple):
    """A way to write a value into a text, and to read it back."""

    write: Callable[[str], str]
    read: Callable[[str], str]


def _same(text: str) -> str:
    return text


WRITINGS: Final[Mapping[str, Writing]] = {
    "raw": Writing(_same, _same),
    "quoted": Writing(lambda t: quote(t, safe="", errors="surrogateescape"), lambda t: unquote(t, errors="surrogateescape")),
    "path": Writing(lambda t: quote(t, safe="/", errors="surrogateescape"), lambda t: unquote(t, errors="surrogateescape")),
    "plus": Writing(lambda t: quote_plus(t, errors="surrogateescape"), lambda t: unquote_plus(t, errors="surrogateescape")),
    "json": Writing(_json_escaped, _json_read),
    "ascii": Writing(_json_ascii, _json_read),
    "slashed": Writing(lambda t: _json_ascii(t).replace("/", "\\/"), _json_read),
    "xml": Writing(escape, html.unescape),
    "html": Writing(html.escape, html.unescape),
    "units": Writing(lambda t: t.replace("/", SLASH), lambda t: t.replace(SLASH, "/")),
}
"""By name; "units" is a value whose slashes divide a path."""


class Slot(NamedTuple):
    """A hole in a text: the forms whose value stands there, and how it is written."""

    names: tuple[str, ...]
    writing: str = "raw"


Part = str | Slot

# --- what is never the same twice ------------------------------------------------------------------------------------

_VOLATILE: Final = {
    "uuid": r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "time": r"\d{4}-\d\d-\d\d(?:[T ]\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?|\d{8}T\d{6}Z?",
    "date": r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})",
    "hex4": r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}",
}
_ANY: Final = re.compile(
    "|".join(rf"(?P<{name}>(?<![0-9A-Za-z])(?:{source})(?![0-9A-Za-z]))" for name, source in _VOLATILE.items())
)
_EPOCH: Final = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d+)?")
EPOCH: Final = "\x1eepoch\x1e"
SHORTEST: Final = 10
"""Nothing that is never the same twice is shorter."""
SHORT: Final = 200
"""Up to this length, what a text is without its times is remembered: many requests have the same."""


def steady(text: str) -> str:
    """The text with each time and uuid replaced by a word for its kind, which is the same for all others of it."""
    if len(text) < SHORTEST:
        return text
    if _EPOCH.fullmatch(text):
        return EPOCH
    return _ANY.sub(lambda found: f"\x1e{found.lastgroup}\x1e", text)


@functools.lru_cache(maxsize=4096)
def _steady(text: str) -> str:
    return steady(text)


def exact(value: object) -> object:
    """What a leaf must be equal to, for those without a hole: hashable, no number equal to a boolean."""
    if isinstance(value, str):
        return value if len(value) < SHORTEST else _steady(value) if len(value) <= SHORT else steady(value)
    if isinstance(value, bool) or value is None:
        return ("", value)
    if isinstance(value, (int, float)):
        return EPOCH if _EPOCH.fullmatch(str(value)) else ("number", value)
    return ("", json.dumps(value, sort_keys=True))


def _expression(literal: str, volatile: bool) -> str:
    if not volatile:
        return re.escape(literal)
    source, at = "", 0
    for found in _ANY.finditer(literal):
        source += re.escape(literal[at : found.start()]) + f"(?:{_VOLATILE[str(found.lastgroup)]})"
        at = found.end()
    return source + re.escape(literal[at:])


# --- the pattern -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pattern:
    """Parts in order; every hole takes any text, or in a path (`address`), unless it is a "units" one, any without a slash.

    `prefix` and `suffix` are the fixed text at both ends: what does not have them does not match. `plain` says that there is
    one hole, and nothing beside it but these two.
    """

    parts: tuple[Part, ...]
    address: bool = False
    prefix: str = field(init=False, compare=False)
    suffix: str = field(init=False, compare=False)
    slots: tuple[Slot, ...] = field(init=False, compare=False)
    plain: bool = field(init=False, compare=False)
    _made: list[re.Pattern[str]] = field(init=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        fixed = [_fixed(part, not self.address) for part in (self.parts[0], self.parts[-1])]
        object.__setattr__(self, "prefix", fixed[0][0])
        object.__setattr__(self, "suffix", fixed[1][1])
        object.__setattr__(self, "slots", tuple(part for part in self.parts if isinstance(part, Slot)))
        beside = len(self.prefix) + len(self.suffix)
        object.__setattr__(self, "plain", len(self.slots) == 1 and beside == self.literal)

    @property
    def regex(self) -> re.Pattern[str]:
        """Made when it is first asked for: most recorded requests never are."""
        if not self._made:
            self._made.append(_compiled(self._source()))
        return self._made[0]

    @property
    def literal(self) -> int:
        """How many characters are fixed."""
        return sum(len(part) for part in self.parts if isinstance(part, str))

    def captured(self, text: str, likely: Mapping[str, Sequence[str]]) -> list[tuple[Slot, str]] | None:
        """What each hole takes in `text`, as it was before it was written into it, or None if it does not match.

        Where there are several ways to divide it, `likely` values, by form, are preferred.
        """
        if self.plain:
            return self._between(text)
        found = self._guided(text, likely) if len(self.slots) > 1 else None
        found = found or self.regex.fullmatch(text)
        if found is None:
            return None
        return [(slot, WRITINGS[slot.writing].read(taken)) for slot, taken in zip(self.slots, found.groups(), strict=True)]

    def _between(self, text: str) -> list[tuple[Slot, str]] | None:
        """What the one hole takes, of which the regular expression would say no more than this."""
        slot, start, end = self.slots[0], len(self.prefix), len(text) - len(self.suffix)
        if end < start or not text.startswith(self.prefix) or not text.endswith(self.suffix):
            return None
        taken = text[start:end]
        if self.address and slot.writing != "units" and SLASH in taken:
            return None
        return [(slot, taken if slot.writing == "raw" else WRITINGS[slot.writing].read(taken))]

    def _guided(self, text: str, likely: Mapping[str, Sequence[str]]) -> re.Match[str] | None:
        def among(slot: Slot) -> str:
            write = WRITINGS[slot.writing].write
            return "|".join(re.escape(write(value)) for name in slot.names for value in likely.get(name, ())) or self._any(slot)

        if not all(any(likely.get(name) for name in slot.names) for slot in self.slots):
            return None
        source = "".join(
            _expression(part, not self.address) if isinstance(part, str) else f"({among(part)})" for part in self.parts
        )
        return _compiled(source).fullmatch(text)

    def _any(self, slot: Slot) -> str:
        return rf"[^{SLASH}]*?" if self.address and slot.writing != "units" else ".*?"

    def _source(self) -> str:
        """Each hole up to the first place where the fixed text after it stands: linear in the length, whatever the text."""
        source, at = "", 0
        while at < len(self.parts):
            part = self.parts[at]
            following = self.parts[at + 1] if at + 1 < len(self.parts) else None
            if isinstance(part, str):
                source += _expression(part, not self.address)
            elif isinstance(following, str) and at + 2 < len(self.parts) and not self.address:
                source += f"(?>({self._any(part)}){_expression(following, True)})"
                at += 1
            else:
                source += f"({self._any(part)})"
            at += 1
        return source


def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.DOTALL)


def _fixed(part: Part, volatile: bool) -> tuple[str, str]:
    """What a part certainly begins and ends with."""
    if isinstance(part, Slot):
        return "", ""
    found = list(_ANY.finditer(part)) if volatile else []
    return (part[: found[0].start()], part[found[-1].end() :]) if found else (part, part)
