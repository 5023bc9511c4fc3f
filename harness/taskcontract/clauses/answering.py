"""Canonical results beside the answers that they were made of: what of an answer is in a result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from taskcontract.clauses import telling
from taskcontract.model import Answered


def document(answered: Answered) -> Any:
    """The JSON document that an answer holds; None when it holds none (or null, of which nothing can be said either)."""
    try:
        return json.loads(answered.text) if answered.text else None
    except (ValueError, RecursionError):
        return None


def speaks_json(answered: Answered) -> bool:
    """Whether the service itself says that its answer is JSON."""
    kind = answered.kind.strip().lower()
    return kind.endswith("/json") or kind.endswith("+json")


def parts(tree: Any, depth: int = 40) -> Iterator[Any]:
    """Everything in plain data: itself, what it holds, what that holds; texts in bytes as texts."""
    yield tree.decode("utf-8", "replace") if isinstance(tree, (bytes, bytearray)) else tree
    if depth and isinstance(tree, dict):
        for part in tree.values():
            yield from parts(part, depth - 1)
    elif depth and isinstance(tree, (list, tuple)):
        for part in tree:
            yield from parts(part, depth - 1)


def leaves(tree: Any, depth: int = 40) -> Iterator[Any]:
    """What plain data holds that holds nothing itself; bytes as bytes."""
    below = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (list, tuple)) else None
    if below is None:
        yield tree
    elif depth:
        for part in below:
            yield from leaves(part, depth - 1)


def texts(tree: Any) -> Iterator[str]:
    """Every text in plain data."""
    return (part for part in parts(tree) if isinstance(part, str))


def shown(canonical: Any) -> Any:
    """A canonical tree as the plain data that it tells of."""
    return telling.plain(canonical)


def holds_whole(result: Any, answered: Answered) -> bool:
    """Whether plain data holds the whole of an answer: its text, or the document that it is."""
    body = document(answered)
    bare = answered.text.strip()
    for part in parts(result):
        if isinstance(part, str) and bare and part.strip() == bare:
            return True
        if isinstance(body, (dict, list)) and body and type(part) is type(body) and part == body:
            return True
    return False
