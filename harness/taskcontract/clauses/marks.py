"""The texts by which a value is known again wherever it turns up."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from taskcontract.cassettes.credential_made import made_like, secret_called, shape_for
from taskcontract.cassettes.credential_parts import secret_texts
from taskcontract.model import TaskSpec, Value

SHORTEST = 6


def marks(value: Value) -> tuple[str, ...]:
    """The texts in a literal value that nothing else has; none for a value that is no literal."""
    try:
        literal = ast.literal_eval(value.code)
    except (ValueError, SyntaxError):
        return ()
    return _in(literal)


def marked(text: str) -> tuple[str, ...]:
    """The marks of what a text stands for: itself, an address's host, the texts of a JSON document."""
    try:
        document = json.loads(text)
    except ValueError:
        document = text
    return _in(document if isinstance(document, (dict, list)) else text)


def secret_marks(value: Value) -> tuple[str, ...]:
    """The marks of what may not be seen by others: in a document, not its addresses, names and identifiers."""
    try:
        literal = ast.literal_eval(value.code)
    except (ValueError, SyntaxError):
        return ()
    return _in({k: v for k, v in literal.items() if not harmless(str(k))}) if isinstance(literal, dict) else _in(literal)


def harmless(key: str) -> bool:
    """Whether what a document holds under this key may be seen: who signs in where, but not what with."""
    return bool(_OPEN.search(key)) and not _SECRET.search(key)


_OPEN = re.compile(
    r"(^|_)(id|name|user|username|login|host|hostname|port|url|uri|server|account|project|region|tenant|e?mail)$|access_?key$",
    re.I,
)
_SECRET = re.compile(r"secret|passw|token|webhook", re.I)


def planted(values: Iterable[Value]) -> str | None:
    """The first of some literal values as a text for a secret: a document as JSON. None if there is none."""
    for value in values:
        try:
            literal = ast.literal_eval(value.code)
        except (ValueError, SyntaxError):
            continue
        if isinstance(literal, str):
            return literal
        if isinstance(literal, (dict, list)):
            return json.dumps(literal)
    return None


def secret_planted(spec: TaskSpec, name: str) -> tuple[str, ...]:
    """The marks of the value that a run finds in a secret which nobody set: the word that it carries, and what cannot carry one
    of the form that the task's recording knows it to have."""
    word = secret_called(name)
    shape = shape_for(spec.declared.get("credentials", {}), spec.declared.get("values", {}), name)
    texts = secret_texts(name, made_like(shape, word)).values() if shape else ()
    return (word, *(text for text in texts if word not in text and len(text) >= SHORTEST))


def _in(thing: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mark for text in _texts(thing) for mark in _marks(text) if len(mark) >= SHORTEST))


def _texts(thing: Any) -> Iterator[str]:
    if isinstance(thing, bytes):
        yield thing.decode("utf-8", "replace")
    elif isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict):
        for inner in thing.values():
            yield from _texts(inner)
    elif isinstance(thing, (list, tuple, set)):
        for inner in thing:
            yield from _texts(inner)


def _marks(text: str) -> Iterator[str]:
    """A text, and the host of an address, which may be all that is seen of it in one place."""
    yield text
    try:
        parts = urlsplit(text)
    except ValueError:
        return
    if parts.scheme and parts.hostname:
        yield parts.hostname
