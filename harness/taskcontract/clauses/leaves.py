"""The leaves of what left a task, each with a path that tells people, and other runs, where it stood."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

Leaf = tuple[str, Any]
_HTTP = ("", "method", "scheme", "host", "port", "path", "query", "headers", "body", "options")


def leaves(tree: Any, path: str = "") -> Iterator[Leaf]:
    """Every leaf of a canonical tree with its path; dict entries by key, Basic credentials and UTF-8 bytes as text."""
    if isinstance(tree, tuple):
        if tree[:1] == ("dict",):
            for pair in tree[1:]:
                if isinstance(pair, tuple) and len(pair) == 2:
                    yield from leaves(pair[1], f"{path}{pair[0]}: ")
            return
        if len(tree) == 2 and isinstance(tree[0], str) and not isinstance(tree[1], tuple):
            yield from leaves(tree[1], f"{path}{tree[0]}: ")
            return
        labels = _HTTP if tree[:1] == ("http",) and not path else ()
        for n, item in enumerate(tree):
            label = f"{labels[n]}: " if n < len(labels) else f"[{n}] "
            yield from leaves(item, path if n == 0 else f"{path}{label}")
        return
    if isinstance(tree, bytes):
        tree = tree.decode("utf-8", "replace")
    yield path, tree
    if isinstance(tree, str) and tree[:6].lower() == "basic ":
        try:
            yield f"{path}decoded: ", base64.b64decode(tree[6:], validate=True).decode()
        except ValueError:
            return
