"""Reads the YAML of a cassette: fast, nothing executed, and bounded whatever is in it.

Built from the parser's events rather than by PyYAML's own composer, which takes twice as long, and which a document nested
deeply enough ends together with the interpreter.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final

import yaml

MOST_DEEP: Final = 200
"""So deeply may collections be nested; a cassette's own are eight deep, and values are what people write by hand."""

MOST_NODES: Final = 50_000_000
"""So many nodes may a document have once its aliases are followed."""

_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = object()
_NO_KEY: Final = object()


class YamlError(Exception):
    """What is wrong with the document. `line` counts from 1; None where there is none to name."""

    def __init__(self, why: str, line: int | None, tag: bool = False) -> None:
        super().__init__(why)
        self.line, self.tag = line, tag


class _Scalars(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Parses, and knows what plain scalars mean."""


def read_yaml(content: bytes) -> Any:
    """The one document in `content`; None for one without any node. Raises YamlError."""
    try:
        loader = _Scalars(content)
        return _Reading(loader).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be decoded"
        lines = content.count(b"\n") + (not content.endswith(b"\n"))
        raise YamlError(str(why), min(mark.line + 1, lines) if mark else None) from None


class _Open:
    """A collection that is being read. `nodes` counts what is in it, with what aliases stand for."""

    __slots__ = ("anchor", "into", "key", "line", "nodes", "tag")

    def __init__(self, into: Any, event: Any) -> None:
        self.into, self.anchor, self.tag = into, event.anchor, event.tag
        self.line = event.start_mark.line + 1
        self.key: Any = _NO_KEY
        self.nodes = 1


class _Reading:
    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._plain: dict[str, Any] = {}
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: list[_Open] = []
        self._root: Any = None

    def document(self) -> Any:
        get = self._loader.get_event
        documents = 0
        while True:
            event = get()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._put(self._scalar(event), event.anchor, 1, event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if len(self._open) >= MOST_DEEP:
                    raise YamlError("it is nested too deeply", event.start_mark.line + 1)
                self._open.append(_Open({} if kind is yaml.MappingStartEvent else [], event))
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                done = self._open.pop()
                self._put(self._tagged(done), done.anchor, done.nodes, event)
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise YamlError("there is a second document", event.start_mark.line + 1)
            elif kind is yaml.StreamEndEvent:
                return self._root

    def _put(self, value: Any, anchor: str | None, nodes: int, event: Any) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, nodes)
        if not self._open:
            self._root = value
            return
        top = self._open[-1]
        top.nodes += nodes
        if top.nodes > MOST_NODES:
            raise YamlError("its aliases stand for too much", event.start_mark.line + 1)
        if type(top.into) is list:
            top.into.append(value)
        elif top.key is _NO_KEY:
            top.key = self._as_key(value, event)
        else:
            if top.key is _MERGE:
                for other in value if isinstance(value, list) else [value]:
                    top.into |= {k: v for k, v in (other.items() if isinstance(other, dict) else ()) if k not in top.into}
            else:
                top.into[top.key] = value
            top.key = _NO_KEY

    def _as_key(self, value: Any, event: Any) -> Any:
        try:
            hash(value)
        except TypeError:
            raise YamlError("a key is no text or number", event.start_mark.line + 1) from None
        return value

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise YamlError(f"nothing whole is called {event.anchor!r}", event.start_mark.line + 1)
        value, nodes = self._anchors[event.anchor]
        self._put(value, None, nodes, event)

    # --- what things mean ---------------------------------------------------------------------------------------------

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if event.tag is None or event.tag == "!":
            if not event.implicit[0]:
                return text
            if text not in self._plain:
                tag = self._loader.resolve(yaml.ScalarNode, text, (True, False))
                self._plain[text] = _MERGE if tag == f"{_TAG}merge" else text if tag == f"{_TAG}str" else self._made(tag, event)
            return self._plain[text]
        return self._made(event.tag, event)

    def _made(self, tag: str, event: Any) -> Any:
        """A scalar of a known kind."""
        if tag in _TEXTS:
            return event.value
        if tag == f"{_TAG}python/bytes":
            tag = f"{_TAG}binary"
        make = self._loader.yaml_constructors.get(tag)
        if make is None or not tag.startswith(_TAG):
            raise YamlError(f"it has the tag {tag.replace(_TAG, '!!')!r}", event.start_mark.line + 1, tag=True)
        node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            return make(self._loader, node)
        except (ValueError, OverflowError) as error:  # a date that is none
            raise YamlError(f"a value cannot be read ({error}): quote it", event.start_mark.line + 1) from None

    def _tagged(self, done: _Open) -> Any:
        """A collection as what its tag says it is."""
        if done.tag is None or done.tag in ("!", f"{_TAG}map", f"{_TAG}seq"):
            return done.into
        make = _COLLECTIONS.get(done.tag)
        if make is None:
            raise YamlError(f"it has the tag {done.tag.replace(_TAG, '!!')!r}", done.line, tag=True)
        return make(done.into)


def _file(into: Any) -> Any:
    """A body that was a file: its content comes first in its state."""
    state = into.get("state") if isinstance(into, dict) else None
    content = state[0] if isinstance(state, (list, tuple)) and state else b""
    return io.BytesIO(content.encode() if isinstance(content, str) else content if isinstance(content, bytes) else b"")


def _iterator(into: Any) -> Any:
    """A body that was an iterator: its parts."""
    arguments = into.get("args") if isinstance(into, dict) else None
    return arguments[0] if isinstance(arguments, (list, tuple)) and arguments else []


_TEXTS: Final = frozenset({f"{_TAG}str", f"{_TAG}python/str", f"{_TAG}python/unicode"})
_COLLECTIONS: Final[dict[str, Callable[[Any], Any]]] = {
    f"{_TAG}python/tuple": tuple,
    f"{_TAG}python/list": list,
    f"{_TAG}python/dict": dict,
    f"{_TAG}python/object/new:_io.BytesIO": _file,
    f"{_TAG}python/object/apply:builtins.iter": _iterator,
}
"""The harmless ones that vcrpy has written."""
