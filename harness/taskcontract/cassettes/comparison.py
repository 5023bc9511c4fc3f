"""Compares a request with a recorded one that it is not, place by place.

A difference is explained where the recording has a hole, or where the request has one of the run's own values: what the
recording has in its place is then the value of that parameter while it was recorded. What stays unexplained is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from taskcontract.cassettes.entries import Captures, Entry, Likely
from taskcontract.cassettes.patterns import Pattern, Slot, exact
from taskcontract.cassettes.sent import SLASH, Path, flat, spoken

CREDENTIALS: Final = frozenset({
    "token", "access_token", "api_key", "apikey", "api-key", "key", "password", "secret", "client_secret", "signature", "sig",
})  # fmt: skip
"""Fields that are often taken out of a recording altogether."""


@dataclass(slots=True)
class Comparison:
    """A request beside the recorded `entry`. Without `differences` it is the same, but for what was `learned` on the way.

    `learned` is what the recording has in the place of a parameter's value, by the name of its form.
    """

    entry: Entry
    differences: list[str] = field(default_factory=list)
    learned: dict[str, Any] = field(default_factory=dict)
    captures: Captures = field(default_factory=list)
    liberties: int = 0

    @property
    def distance(self) -> tuple[int, int]:
        """The nearer, the smaller."""
        return (len(self.differences), self.liberties + len(self.learned))


class Comparing:
    """Compares `request`, compiled with the run's own values as its holes, with recorded ones.

    `likely` are the texts of the run's forms; `given` the names of the parameters that the run gives.
    """

    def __init__(self, request: Entry, likely: Likely, given: Collection[str]) -> None:
        self._request, self._likely, self._given = request, likely, given
        self._own = _by_place(request)

    def addresses(self, entry: Entry) -> Comparison:
        """Compare methods and addresses alone."""
        result = Comparison(entry)
        recorded, now = entry.request.units, self._request.request.units
        if entry.request.method != self._request.request.method:
            result.differences.append(f"the method is {self._request.request.method}, recorded {entry.request.method}")
        here, there = entry.plan.address(now), self._request.plan.address(recorded)
        if here is not None and there is not None and not entry.plan.middle and not self._request.plan.middle:
            theirs = _by_place(entry)
            for number, (old, new) in enumerate(zip(recorded, now, strict=True)):
                self._text(result, _unit(number), theirs.get(number), self._own.get(number), old, new)
            return result
        if self._whole_address(result, entry, here, False) or self._whole_address(result, self._request, there, True):
            return result
        _tell_addresses(result, entry, recorded, now)
        return result

    def leaves(self, result: Comparison) -> Comparison:
        """Go on with query and body."""
        entry, request = result.entry, self._request
        open_ = frozenset(entry.whole) | frozenset(request.whole)
        old = dict(zip(*flat(entry.request.tree, open_), strict=True))
        new = dict(zip(*flat(request.request.tree, open_), strict=True))
        theirs = _by_place(entry)
        for path in dict.fromkeys((*old, *new)):
            if path not in new:
                self._absent(result, path, old[path])
            elif path not in old:
                self._extra(result, path, new[path])
            elif path in entry.whole:
                result.captures.append((entry.whole[path], new[path]))
            elif path in request.whole and exact(old[path]) != exact(new[path]):
                if not _learn(result, request.whole[path], old[path]):
                    result.differences.append(f"{spoken(path)} is {shown(new[path])}, recorded {shown(old[path])}")
            else:
                self._text(result, spoken(path), theirs.get(path), self._own.get(path), old[path], new[path])
        return result

    def _whole_address(self, result: Comparison, own: Entry, texts: Sequence[str] | None, learning: bool) -> bool:
        """Whether the address of the other, as `own` looks at it, fits `own`; learns, or captures, what its holes took."""
        if texts is None:
            return False
        patterns = _by_place(own)
        found: list[tuple[Slot, str]] = []
        for number, (text, mine) in enumerate(zip(texts, own.plan.address(own.request.units) or (), strict=True)):
            if number in patterns:
                taken = patterns[number].captured(text, {} if learning else self._likely)
                if taken is None:
                    return False
                found += taken
            elif text != mine:
                return False
        if learning:
            return all(_learn(result, slot.names, text) for slot, text in found)
        result.captures += ((slot.names, text) for slot, text in found)
        return True

    def _text(self, result: Comparison, where: str, mine: Pattern | None, own: Pattern | None, old: Any, new: Any) -> None:
        if exact(old) == exact(new) and mine is None:
            return
        taken = mine.captured(new, self._likely) if mine and isinstance(new, str) else None
        if taken is not None:
            result.captures += ((slot.names, text) for slot, text in taken)
            return
        taken = own.captured(old, {}) if own and isinstance(old, str) else None
        if taken is None or not all(_learn(result, slot.names, text) for slot, text in taken):
            result.differences.append(f"{where} is {shown(new)}, recorded {_template(mine) if mine else shown(old)}")

    def _absent(self, result: Comparison, path: Path, old: Any) -> None:
        names = result.entry.whole.get(path, ())
        if names and not any(parameter_of(name) in self._given for name in names):
            result.liberties += 1  # the run leaves this parameter out
            return
        result.differences.append(f"there is no {spoken(path)}, recorded {shown(old)}")

    def _extra(self, result: Comparison, path: Path, new: Any) -> None:
        if path in self._request.whole or (path[0] in ("?", "form") and str(path[1]).lower() in CREDENTIALS):
            result.liberties += 1  # a value of the run's own that the recorded run left out, or a credential that was taken out
            return
        result.differences.append(f"{spoken(path)} is {shown(new)}, the recorded request has none")


def parameter_of(name: str) -> str:
    """The parameter that a form is of."""
    return name.partition("@")[0].partition(".")[0]


def shown(value: Any) -> str:
    """A value in a message, short."""
    text = repr(value.replace(SLASH, "/") if isinstance(value, str) else value)
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"


def _by_place(entry: Entry) -> dict[int | Path, Pattern]:
    """An entry's patterns by the number of their unit, or by the path of their leaf."""
    before = len(entry.plan.looks) - len(entry.plan.leaves)
    return {n if n < before else entry.plan.paths[n - before]: pattern for n, pattern in entry.patterns}


def _learn(result: Comparison, names: Sequence[str], recorded: Any) -> bool:
    """The recording has `recorded` where the run has its value of one of `names`: whether that can be."""
    if recorded == "":
        return False
    free = next((name for name in names if result.learned.get(name, recorded) == recorded), None)
    if free is not None:
        result.learned[free] = recorded
    return free is not None


def _tell_addresses(result: Comparison, entry: Entry, recorded: Sequence[str], now: Sequence[str]) -> None:
    if recorded[0] != now[0]:
        result.differences.append(f"the host is {shown(now[0])}, recorded {shown(recorded[0])}")
    if not entry.plan.middle and len(recorded) == len(now):
        patterns = _by_place(entry)
        for number, (old, new) in enumerate(zip(recorded[1:], now[1:], strict=True), start=1):
            if old != new and number not in patterns:
                result.differences.append(f"{_unit(number)} is {shown(new)}, recorded {shown(old)}")
        return
    if recorded[1:] != now[1:]:
        result.differences.append(f"the path is {shown('/' + '/'.join(now[1:]))}, recorded {address_template(entry)!r}")


def address_template(entry: Entry) -> str:
    """The path of a recorded request with the names of its holes."""
    patterns = _by_place(entry)
    texts = entry.plan.address(entry.request.units) or []
    units = [_template(patterns[n])[1:-1] if n in patterns else text for n, text in enumerate(texts)]
    return "/" + "/".join(units[1:])


def _template(pattern: Pattern) -> str:
    parts = (part if isinstance(part, str) else f"{{{part.names[0]}}}" for part in pattern.parts)
    return repr("".join(parts).replace(SLASH, "/"))


def _unit(number: int) -> str:
    return f"path segment {number}" if number else "the host"
