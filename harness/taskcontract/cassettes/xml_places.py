"""Places in an XML document: how they are spelt, which ones there are, and a document changed at one of them.

A path is what XPath would have: `/Result/Contents[2]/Key`, without namespaces; without a number, where there are several, it
is all of them. A document is changed in its bytes, so that all else stays as it was written. Nothing of a document is expanded:
one that declares its own type (and so could declare entities) is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal, cast
from xml.parsers import expat

HowInXml = Literal["missing", "empty", "type"]

MOST_BYTES: Final = 2_000_000
_TAG: Final = re.compile(rb"<[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*>")
_A_NUMBER: Final = re.compile(rb"\s*-?\d+(?:\.\d+)?\s*")
DEEPEST: Final = 100


class NoXml(ValueError):
    """A body that is no XML document, or none that is looked into here."""


@dataclass(slots=True, eq=False)
class Element:
    """One element, and where it is in the bytes: all of it from `start` to `end`, what is between its tags `inside`.

    `number` counts from 1 among the siblings of its name; `below` counts by name what is in it.
    """

    name: str
    above: Element | None
    number: int
    start: int
    inside: tuple[int, int]
    end: int
    below: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> str:
        """The path that it shares with its siblings of the same name."""
        return f"{self.above.path if self.above else ''}/{self.name}"

    @property
    def path(self) -> str:
        """Its own path."""
        several = self.above is not None and self.above.below[self.name] > 1
        return f"{self.all}[{self.number}]" if several else self.all


def changes(document: bytes, most: int) -> list[tuple[HowInXml, str]]:
    """What can be changed at up to `most` paths below the outermost element, in the document's order, the plainest first.

    What is empty cannot be emptied, and what has no text has none of another type. Raises NoXml.
    """
    named: dict[str, list[Element]] = {}
    for element in elements(document)[1:]:
        for path in (element.all, element.path):
            if path in named or len(named) < most:
                named.setdefault(path, []).append(element)
    found: list[tuple[HowInXml, str]] = [("missing", path) for path in named]
    filled = [path for path, (first, *_) in named.items() if path == first.path and document[slice(*first.inside)].strip()]
    found += [("type", path) for path in filled if not named[path][0].below]
    found += [("empty", path) for path in filled]
    return found


def at(document: bytes, path: str) -> list[Element]:
    """The elements that a path names. Raises NoXml, and LookupError where there is none."""
    named = [element for element in elements(document) if path in (element.path, element.all)]
    if not named:
        raise LookupError(f"the document has nothing at {path}")
    return named


def change(document: bytes, path: str, how: HowInXml) -> bytes:
    """The document with what is at `path` changed: taken out ('missing'), with nothing in it ('empty'), or with text of another
    type in it ('type': a word for a number, a number for anything else).

    Raises:
        NoXml: for what is no XML document, or declares a type
        LookupError: where there is nothing at `path`
    """
    for element in reversed(at(document, path)):
        start, end = (element.start, element.end) if how == "missing" else element.inside
        text = b"" if how != "type" else b"seven" if _A_NUMBER.fullmatch(document[start:end]) else b"7"
        document = document[:start] + text + document[end:]
    return document


# --- reading ---------------------------------------------------------------------------------------------------------


def elements(document: bytes) -> list[Element]:
    """Every element of a document, in its order, the outermost one first. Raises NoXml."""
    if document.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"<":
        raise NoXml("it does not begin with a tag")
    if b"\0" in document[:4]:
        raise NoXml("it is not written in the bytes of ASCII")
    if len(document) > MOST_BYTES:
        raise NoXml(f"it has more than {MOST_BYTES:,} bytes")
    reading = _Reading(document)
    try:
        reading.parser.Parse(document, True)
    except NoXml:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # LookupError and ValueError: of its encoding
        raise NoXml(f"it is no XML document ({error})") from None
    return reading.found


class _Reading:
    """One pass over a document, by a parser that knows no entities but the five that need no declaration."""

    def __init__(self, document: bytes) -> None:
        self.document = document
        self.found: list[Element] = []
        self._open: list[Element] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise NoXml("it declares its own type, which may not be followed")

    def _start(self, full_name: str, _: object) -> None:
        if len(self._open) == DEEPEST:
            raise NoXml(f"it is more than {DEEPEST} elements deep")
        start = self.parser.CurrentByteIndex
        tag = cast("re.Match[bytes]", _TAG.match(self.document, start))
        above = self._open[-1] if self._open else None
        name = full_name.rpartition(":")[2]
        if above is not None:
            above.below[name] += 1
        number = above.below[name] if above is not None else 1
        made = Element(name, above, number, start, (tag.end(), tag.end()), tag.end())
        self.found.append(made)
        self._open.append(made)

    def _end(self, _: str) -> None:
        element = self._open.pop()
        at_end = self.parser.CurrentByteIndex
        if self.document[element.inside[0] - 2 : element.inside[0]] != b"/>":
            element.inside = (element.inside[0], at_end)
            element.end = self.document.index(b">", at_end) + 1
