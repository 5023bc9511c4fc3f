"""Answers that select: a list searched, or a dict asked, for a configured value that no request has carried yet.

Where a run gives one parameter several values (at construction and at the call), the recorded item that carries the value is
given once for each, and what else tells the items apart, as far as later requests use it, is altered by the value it was
given for. The following request then shows which of them was chosen.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from taskcontract.cassettes.finder import Finder
from taskcontract.cassettes.forms import text_form
from taskcontract.cassettes.patterns import WRITINGS, Slot
from taskcontract.cassettes.sent import Path, flat

MOST_CLONES: Final = 8
_WORDS: Final = re.compile(r"[\w-]{6,}")


@dataclass(frozen=True, slots=True)
class Choice:
    """What choosing an altered leaf means: it is `recorded` in the recording, and the value of `name` that it stands for."""

    recorded: str
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Cloned:
    """A JSON answer with one item for each value, and the choices by the text of the altered leaf."""

    body: bytes
    choices: Mapping[str, Choice]


class Used:
    """What recorded requests carry, so that it matters when an answer has it: asked for interactions after one."""

    def __init__(self, requests: Sequence[tuple[Sequence[str], Sequence[Any], str]]) -> None:
        """`requests` are, in order, their units, the values of their leaves, and their URLs."""
        self._last: dict[str, int] = {}
        for number, (units, values, url) in enumerate(requests):
            for text in (url, url.partition("?")[0], *units, *(text_form(value) for value in values)):
                self._last[text] = number
                for word in _WORDS.findall(text):
                    self._last[word] = number

    def after(self, number: int, leaf: Any) -> bool:
        """Whether a request recorded after interaction `number` carries `leaf`, which is long enough to be no accident."""
        if isinstance(leaf, bool) or not isinstance(leaf, (int, str)):
            return False
        text = str(leaf)
        return len(text) >= (6 if isinstance(leaf, str) else 3) and self._last.get(text, -1) > number


def cloned(
    content: bytes, wanted: Mapping[str, Sequence[Any]], finder: Finder, matters: Callable[[Any], bool]
) -> Cloned | None:
    """The JSON `content` with its selecting items cloned, or None if none selects by a form in `wanted`.

    `wanted` are the values that the run gives, by form; `matters` says whether a later request carries a leaf.
    """
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return None
    cloning = _Cloning(finder, matters)
    for name, values in wanted.items():
        tree = cloning.through(tree, name, list(values)[-MOST_CLONES:])
    return Cloned(json.dumps(tree).encode(), cloning.choices) if cloning.found else None


class _Cloning:
    def __init__(self, finder: Finder, matters: Callable[[Any], bool]) -> None:
        self.finder, self.matters = finder, matters
        self.choices: dict[str, Choice] = {}
        self.found = False

    def through(self, node: Any, name: str, values: list[Any]) -> Any:
        """The tree with clones of everything that selects by the form `name`; elsewhere the last value takes its place."""
        if isinstance(node, list):
            return self._items(node, name, values)
        if isinstance(node, dict):
            return self._entries(node, name, values)
        return self._filled(node, name, values[-1])

    def _items(self, items: list[Any], name: str, values: list[Any]) -> list[Any]:
        """A list with each item that carries the value given once for each of `values`, and no other item in their way."""
        carrying = [item for item in items if self._carries(item, name)]
        clones = {id(item): [self._clone(item, name, value) for value in values] for item in carrying}
        taken = {(at, text) for item in carrying for at in self._places(item, name) for text in _texts(clones[id(item)], at)}
        self.found = self.found or bool(carrying)
        kept: list[Any] = []
        for item in items:
            if id(item) in clones:
                kept += clones[id(item)]
            elif not any(text in _texts([item], path) for path, text in taken):
                kept.append(self.through(item, name, values))
        return kept

    def _entries(self, entries: dict[str, Any], name: str, values: list[Any]) -> dict[str, Any]:
        """Likewise for a dict whose keys carry the value."""
        kept: dict[str, Any] = {}
        clones: dict[str, Any] = {}
        for key, item in entries.items():
            if self._in_text(key, name):
                clones |= {self._with(key, name, value): self._clone({key: item}, name, value) for value in values}
            else:
                kept[key] = self.through(item, name, values)
        self.found = self.found or bool(clones)
        return kept | {key: clone[key] for key, clone in clones.items()}

    def _places(self, item: Any, name: str) -> list[Path]:
        paths, leaves = flat(item)
        return [path for path, leaf in zip(paths, leaves, strict=True) if self._filled(leaf, name, None) is not leaf]

    def _carries(self, node: Any, name: str) -> bool:
        """Whether an item carries the value itself, not in a list of its own."""
        if isinstance(node, dict):
            return any(self._carries(item, name) for item in node.values())
        if isinstance(node, list):
            return False
        return name in self.finder.whole(node) or (isinstance(node, str) and self._in_text(node, name))

    def _in_text(self, text: str, name: str) -> bool:
        return name in self.finder.whole(text) or any(name in p.names for p in self.finder.parts(text) if isinstance(p, Slot))

    def _with(self, text: str, name: str, value: Any) -> str:
        """A text with `value` in the place of the recorded one."""
        if name in self.finder.whole(text):
            return text_form(value)
        shown = text_form(value)
        return "".join(
            part if isinstance(part, str)
            else WRITINGS[part.writing].write(shown) if name in part.names
            else self.finder.recorded(part)
            for part in self.finder.parts(text)
        )  # fmt: skip

    def _clone(self, item: Any, name: str, value: Any) -> Any:
        """An item with `value`, and with what matters later altered wherever it stands in it."""
        leaves = () if value == self.finder.forms[name].value else flat(item)[1]
        others = {
            str(leaf): altered(str(leaf), text_form(value))
            for leaf in leaves
            if self.matters(leaf) and self._filled(leaf, name, None) is leaf
        }
        self.choices.update((other, Choice(text, name, value)) for text, other in others.items())
        return self._copy(item, name, value, others)

    def _copy(self, node: Any, name: str, value: Any, others: Mapping[str, str]) -> Any:
        if isinstance(node, dict):
            return {self._filled(key, name, text_form(value)): self._copy(n, name, value, others) for key, n in node.items()}
        if isinstance(node, list):
            return [self._copy(n, name, value, others) for n in node]
        filled = self._filled(node, name, value)
        if isinstance(node, int) and not isinstance(node, bool) and str(node) in others:
            return int(others[str(node)])
        if isinstance(filled, str) and others:
            return any_of(others).sub(lambda found: others[found[0]], filled)
        return filled

    def _filled(self, leaf: Any, name: str, value: Any) -> Any:
        if name in self.finder.whole(leaf):
            return value
        return self._with(leaf, name, value) if isinstance(leaf, str) and self._in_text(leaf, name) else leaf


def _texts(items: Iterable[Any], path: Path) -> list[str]:
    """The texts that stand at `path` in items."""
    found = (leaf for item in items for at, leaf in zip(*flat(item), strict=True) if at == path)
    return [text_form(leaf) for leaf in found]


def any_of(texts: Iterable[str]) -> re.Pattern[str]:
    """Finds each of these texts where it stands alone."""
    longest = sorted(texts, key=len, reverse=True)
    return re.compile("|".join(rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])" for text in longest))


def altered(text: str, salt: str) -> str:
    """Another text of the same shape, the same for the same `salt`: a sha becomes a sha, a number one of as many digits.

    Of a URL only the last segment of its path is altered.
    """
    if "://" in text:
        head, slash, last = text.rpartition("/") if urlsplit(text).path.strip("/") else (text, "", "")
        return head + slash + altered(last, salt) if last else text
    digest = hashlib.sha256(f"{salt}\0{text}".encode("utf-8", "surrogateescape")).digest()
    stream = itertools.cycle(digest)
    hexadecimal = re.fullmatch(r"[0-9a-f-]{6,}|[0-9A-F-]{6,}", text) and not text.isdigit()
    sets = ["0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    if hexadecimal:
        sets = ["0123456789abcdef"] if text.lower() == text else ["0123456789ABCDEF"]
    changed = [_other(character, next(stream), sets) for character in text]
    if changed[0] == "0" and text.isdigit():
        changed[0] = "1"
    if "".join(changed) == text:
        changed[-1] = _other(changed[-1], 1, sets)
    return "".join(changed)


def _other(character: str, number: int, sets: Sequence[str]) -> str:
    own = next((letters for letters in sets if character in letters), None)
    return own[(own.index(character) + number) % len(own)] if own else character
