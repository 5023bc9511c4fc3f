"""The forms in which a configured value shows in a request or answer, each under a name of its own.

The same forms are made of the values of a recording and of those that a run gives, so that what the recording has in one
place can be told from what the run has there: "repo", "labels.0", "server@host".
"""

from __future__ import annotations

import datetime
import functools
import itertools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

MOST_FORMS: Final = 400
_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s]+")


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a value: `value` as JSON holds it, `text` as it shows inside a text ("" for what has no text)."""

    name: str
    value: Any
    text: str

    @property
    def key(self) -> str:
        """The name that a field for it would have: the last step, with neither case nor punctuation."""
        return plain_name(self.name.partition("@")[0].rpartition(".")[2])


def plain_name(name: str) -> str:
    """`maxResults`, `max_results` and `Max-Results` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def forms(name: str, value: Any) -> list[Form]:
    """All forms of one value, the value itself first. Nothing for None and for objects that have no JSON form."""
    if type(value) is str:
        return list(_forms_of_text(name, value))
    return list(itertools.islice(_forms(name, as_json(value)), MOST_FORMS))


@functools.lru_cache(maxsize=2048)
def _forms_of_text(name: str, value: str) -> tuple[Form, ...]:
    return tuple(_forms(name, value))


def as_json(value: Any) -> Any:
    """A value as JSON would hold it; None for what it cannot hold."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return [as_json(item) for item in sorted(value, key=repr)]
    if isinstance(value, Sequence):
        return [as_json(item) for item in value]
    return None


def canonical(value: Any) -> str:
    """One text for equal JSON values; a number is no boolean."""
    return json.dumps(value, sort_keys=True)


def text_form(value: Any) -> str:
    """How a value shows inside a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else str(value)


def _forms(name: str, value: Any) -> Iterator[Form]:
    if value is None:
        return
    if isinstance(value, str):
        yield Form(name, value, value)
        yield from _of_text(name, value)
    elif isinstance(value, (bool, int, float)):
        yield Form(name, value, text_form(value))
    elif isinstance(value, dict):
        yield Form(name, value, "")
        for key, item in value.items():
            yield from _forms(f"{name}.{key}", item)
    else:
        yield Form(name, value, "")
        if len(value) > 1 and all(isinstance(item, str) and item for item in value):
            for how, separator in (("comma", ","), ("comma-space", ", "), ("space", " ")):
                yield Form(f"{name}@{how}", separator.join(value), separator.join(value))
        for number, item in enumerate(value):
            yield from _forms(f"{name}.{number}", item)


def _of_text(name: str, value: str) -> Iterator[Form]:
    if _URL.match(value):
        try:
            parts = urlsplit(value)
        except ValueError:
            return
        host = parts.netloc.rpartition("@")[2].lower()
        yield Form(f"{name}@origin", f"{parts.scheme.lower()}://{host}", f"{parts.scheme.lower()}://{host}")
        yield Form(f"{name}@host", host, host)
        if parts.path.strip("/"):
            yield Form(f"{name}@path", parts.path.strip("/"), parts.path.strip("/"))
        return
    for how, other in (("lower", value.lower()), ("upper", value.upper())):
        if other != value and len(value) >= 3:
            yield Form(f"{name}@{how}", other, other)
