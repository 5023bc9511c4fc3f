"""A request as it is compared: its method, the units of its address, and the tree of its query and body.

What never means anything is gone: headers, the order of names, ports 80 and 443, a user in the URL, multipart boundaries,
content encodings, signatures of presigned addresses, base64 that a path itself announces.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from taskcontract.cassettes.contents import decoded, grouped, header, text_of, tree_of
from taskcontract.cassettes.recording import Request

Path = tuple[str | int, ...]
"""Where a leaf is in a tree: ("?", name) in the query, ("json", …), ("form", …), ("multipart", …) or ("text",) in the body."""

SLASH: Final = "\x1f"
"""Stands between the units of a path where they are one text: a slash that divides, not one that was quoted."""

_PORTS: Final = {"http": ":80", "https": ":443"}
_SIGNED: Final = ("x-amz-", "x-goog-")
_IN_BASE64: Final = "@base64"
_BASE64: Final = re.compile(r"[A-Za-z0-9_-]*={0,2}")
_PLAIN: Final = re.compile(r"(https?://[A-Za-z0-9.:-]+)(/[!$&-.0-;=@-Z_a-z~/]*)?(?:\?([!-\"$-Z_a-z~]*))?")
"""A URL with nothing in it that would have to be unquoted, cut off or refused: it is what it looks like."""


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """A request as it is compared. `units` are the origin ("https://host"), then the path's segments, unquoted."""

    method: str
    units: tuple[str, ...]
    tree: dict[str, Any]
    paths: tuple[Path, ...]
    values: tuple[Any, ...]


def sent(request: Request) -> Sent:
    """Read a request. Raises nothing: an address that is none is one odd unit."""
    if len(request.body) > 100_000:
        return _sent.__wrapped__(request.method, request.url, request.headers, request.body)
    return _sent(request.method, request.url, _telling(request.headers) if request.body else (), request.body)


def sent_in_one_piece(request: Request) -> Sent:
    """A request whose body is one text, whatever it looks like: a task may have been given all of it, a JSON text for one."""
    read = sent(replace(request, body=b""))
    tree = {**read.tree, "text": text_of(decoded(request.body, request.headers)[0])}
    paths, values = flat(tree)
    return Sent(read.method, read.units, tree, paths, values)


def _telling(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in headers if pair[0].lower() in ("content-type", "content-encoding"))


@functools.lru_cache(maxsize=1024)
def _sent(method: str, url: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Sent:
    units, asked = address(url)
    tree, paths, values = _queried(asked)
    if body:
        content, _ = decoded(body, headers)
        kind, tree_of_body = tree_of(content, header(headers, "content-type"))
        tree = {**tree, kind: tree_of_body}
        paths, values = flat(tree)
    return Sent(method.upper(), units, tree, paths, values)


def address(url: str) -> tuple[tuple[str, ...], str]:
    """The units of a URL, and its query as it is written."""
    plain = _PLAIN.fullmatch(url)
    if plain is not None:
        start, path, asked = plain.groups("")
        return (_origin(start), *_segments(path)), asked
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that are no address
        return (url,), ""
    return (_origin(f"{parts.scheme}://{parts.netloc}"), *_segments(parts.path)), parts.query


def _segments(path: str) -> list[str]:
    segments = (path[1:] if path.startswith("/") else path).split("/")
    if "/." in path:
        segments = _without_dots(segments)
    if "%" in path:
        segments = [unquote(segment, errors="surrogateescape") for segment in segments]
    return _out_of_base64(segments) if _IN_BASE64 in path else segments


def _out_of_base64(segments: list[str]) -> list[str]:
    """`job@base64/YS9i` is `job/a%2Fb`: so clients write into a path what a segment of it may not have in it."""
    found: list[str] = []
    for segment in segments:
        if found and found[-1].endswith(_IN_BASE64) and _BASE64.fullmatch(segment):
            try:
                text = base64.urlsafe_b64decode(segment.rstrip("=") + "=" * (-len(segment.rstrip("=")) % 4)).decode()
            except ValueError:  # the value itself only looks like it
                text = ""
            if text or segment == "=":
                found[-1] = found[-1].removesuffix(_IN_BASE64)
                segment = text
        found.append(segment)
    return found


@functools.lru_cache(maxsize=256)
def _origin(start: str) -> str:
    scheme, _, place = start.lower().partition("://")
    return f"{scheme}://{place.rpartition('@')[2].removesuffix(_PORTS.get(scheme, chr(0)))}"


@functools.lru_cache(maxsize=1024)
def _queried(asked: str) -> tuple[dict[str, Any], tuple[Path, ...], tuple[Any, ...]]:
    """The tree of a request that is nothing but its query, flat too: most requests that differ in their paths share it."""
    if not asked:
        return {}, (), ()
    pairs = parse_qsl(asked, keep_blank_values=True, errors="surrogateescape")
    query = grouped(pair for pair in pairs if not pair[0].lower().startswith(_SIGNED))
    tree = {"?": query} if query else {}
    return (tree, *flat(tree))


def _without_dots(segments: list[str]) -> list[str]:
    kept: list[str] = []
    for segment in segments:
        if segment == ".." and kept:
            kept.pop()
        elif segment not in (".", ".."):
            kept.append(segment)
    return [*kept, ""] if segments[-1] in (".", "..") else kept or [""]


def flat(tree: Any, whole: frozenset[Path] = frozenset()) -> tuple[tuple[Path, ...], tuple[Any, ...]]:
    """The leaves of a tree in the order of their paths' names, and their values. What is at a path in `whole` is one leaf."""
    paths: list[Path] = []
    values: list[Any] = []

    def walk(node: Any, path: Path) -> None:
        if path in whole:
            pass
        elif isinstance(node, dict) and node:
            for key in sorted(node):
                walk(node[key], (*path, key))
            return
        elif isinstance(node, list) and node:
            for number, item in enumerate(node):
                walk(item, (*path, number))
            return
        paths.append(path)
        values.append(node)

    if tree:
        walk(tree, ())
    return tuple(paths), tuple(values)


def spoken(path: Path) -> str:
    """A path as a person reads it: "query 'page'", "body $.items[0].name"."""
    if path[0] == "?":
        return f"query {str(path[1])!r}" + "".join(f"[{key}]" for key in path[2:])
    steps = (f"[{key}]" if isinstance(key, int) else f".{key}" if key.isidentifier() else f"[{key!r}]" for key in path[1:])
    return "body" if path[0] == "text" else "body $" + "".join(steps)
