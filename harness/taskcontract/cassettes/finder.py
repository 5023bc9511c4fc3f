"""Finds configured values in texts and trees: whole leaves, parts of leaves, in all ways of writing them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from taskcontract.cassettes.forms import Form, canonical, plain_name
from taskcontract.cassettes.patterns import WRITINGS, Part, Slot
from taskcontract.cassettes.sent import SLASH

LEAST: Final = 3
"""A value is looked for inside texts from this many characters on."""

FREE: Final = 8
"""From this many characters a value is found anywhere in a text; a shorter one only where no letter or digit is beside it."""

_PLACEHOLDER: Final = r"\{\{[\w .:@/+-]+\}\}"
_HIDDEN: Final = re.compile(r"\*{3,}|x{4,}|<?\[?(?:redacted|filtered|dummy|removed|hidden)\]?>?", re.IGNORECASE)
HIDDEN: Final = "{{}}"
"""The name of a hole that someone left who hid a credential without saying which."""


class Finder:
    """Finds the values of forms. Those of `known` are looked for inside texts from LEAST characters on; as whole leaves always.

    A number counts from LEAST digits; smaller ones, and booleans, count only where the field has the parameter's name. Those of
    `sure` were seen in their place: they count whatever their length. Placeholders such as `{{TOKEN}}` are holes of their own.
    """

    def __init__(self, known: Iterable[Form], sure: Iterable[Form] = ()) -> None:
        self._texts: dict[str, list[str]] = {}
        self._numbers: dict[str, list[str]] = {}
        self._trees: dict[str, list[str]] = {}
        self._named: dict[tuple[str, str], list[str]] = {}
        self.forms: dict[str, Form] = {}
        self._least: dict[str, int] = {}
        for least, some in ((1, sure), (LEAST, known)):
            for form in some:
                self.forms.setdefault(form.name, form)
                self._enter(form, least)
        written = self._written()
        self._by_writing = {text: slot for text, slot, _ in written}
        self._inside = _alternatives([(text, bare) for text, slot, bare in written if slot.writing != "units"])
        self._address = _alternatives([(t, bare) for t, slot, bare in written if slot.writing in ("units", "raw", "quoted")])

    def _enter(self, form: Form, least: int) -> None:
        value, name = form.value, form.name
        if isinstance(value, (dict, list)):
            if value:
                self._trees.setdefault(canonical(value), []).append(name)
            return
        self._named.setdefault((form.key, form.text), []).append(name)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and len(form.text.lstrip("-").replace(".", "")) >= least:
            self._numbers.setdefault(canonical(value), []).append(name)
            self._texts.setdefault(form.text, []).append(name)
            self._least.setdefault(form.text, least)
        elif isinstance(value, str) and value and not (value.isdigit() and len(value) < least):
            self._texts.setdefault(value, []).append(name)
            self._least.setdefault(value, least)
            if value.isdecimal() and value.isascii() and len(value) >= LEAST and value[0] != "0":
                self._numbers.setdefault(value, []).append(name)

    def _written(self) -> list[tuple[str, Slot, bool]]:
        found: dict[str, tuple[Slot, bool]] = {}
        for writing, (write, _) in WRITINGS.items():
            for text, names in self._texts.items():
                if writing == "units" and "/" not in text:
                    continue
                shown = write(text)
                if len(text) >= self._least[text] and shown not in found:
                    found[shown] = (Slot(tuple(names), writing), len(text) < FREE or text.isdigit())
        longest = sorted(found.items(), key=lambda item: (-len(item[0]), item[0]))
        return [(text, slot, bare) for text, (slot, bare) in longest]

    def whole(self, value: Any, key: str = "") -> tuple[str, ...]:
        """The forms that a whole leaf or tree is, or ()."""
        if isinstance(value, str):
            if value in self._texts:
                return tuple(self._texts[value])
            if re.fullmatch(_PLACEHOLDER, value):
                return (value,)
            if _HIDDEN.fullmatch(value):
                return (HIDDEN,)
            return tuple(self._named.get((plain_name(key), value), ())) if value and key else ()
        if isinstance(value, (dict, list)):
            return tuple(self._trees.get(canonical(value), ())) if value and self._trees else ()
        if value is None:
            return ()
        if not isinstance(value, bool) and canonical(value) in self._numbers:
            return tuple(self._numbers[canonical(value)])
        return tuple(self._named.get((plain_name(key), canonical(value)), ())) if key else ()

    def recorded(self, slot: Slot) -> str:
        """The text that stands in a hole in the recording."""
        form = self.forms.get(slot.names[0])
        return WRITINGS[slot.writing].write(form.text) if form else slot.names[0]

    def parts(self, text: str) -> tuple[Part, ...]:
        """The text divided at the values inside it; () if there are none."""
        return self._divided(self._inside, text)

    def units(self, units: Sequence[str]) -> list[tuple[Part, ...]]:
        """The units of a path divided at the values inside them. A value with slashes joins the units that it spans to one."""
        found: list[list[Part]] = [[]]
        for part in self._divided(self._address, SLASH.join(units)) or (SLASH.join(units),):
            if isinstance(part, Slot):
                found[-1].append(part)
                continue
            first, *others = part.split(SLASH)
            found[-1].append(first)
            found.extend([other] for other in others)
        return [self._unit([part for part in unit if part != ""]) for unit in found]

    def _unit(self, parts: list[Part]) -> tuple[Part, ...]:
        if len(parts) == 1 and isinstance(parts[0], str):
            names = self.whole(parts[0])  # a whole unit may be a shorter value
            return (Slot(names),) if names and names != (HIDDEN,) else (parts[0],)
        return tuple(parts)

    def _divided(self, regex: re.Pattern[str], text: str) -> tuple[Part, ...]:
        found: list[Part] = []
        at = 0
        for match in regex.finditer(text):
            if match.end() == match.start():
                continue
            if match.start() > at:
                found.append(text[at : match.start()])
            found.append(self._by_writing.get(match[0]) or Slot((match[0],)))
            at = match.end()
        if not found:
            return ()
        return (*found, text[at:]) if at < len(text) else tuple(found)


def _alternatives(texts: Sequence[tuple[str, bool]]) -> re.Pattern[str]:
    """Finds these texts, the first first. Beside a `bare` one is no letter or digit (or, beside a number, no digit or dot)."""
    sources = []
    for text, bare in texts:
        edge = "[0-9.]" if text.isdigit() else "[0-9A-Za-z]"
        sources.append(f"(?<!{edge}){re.escape(text)}(?!{edge})" if bare else re.escape(text))
    return re.compile("|".join([*sources, _PLACEHOLDER]))

