"""What bodies carry: content encodings undone and done again, and the tree of what a body says it is.

A tree is made of dicts, lists, texts, numbers, booleans and None: JSON as it is, a form as its fields, a multipart body as its
parts without their boundary. Bytes that are no UTF-8 stay exact as text with surrogates.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from taskcontract.cassettes.framing import CODING, unframed
from taskcontract.cassettes.recording import Headers

MOST_DECODED: Final = 256 * 2**20
"""A body that decompresses to more bytes than this is taken as it is on the wire."""

_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_DISPOSITION: Final = re.compile(r'(?<![\w*])(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FORM: Final = re.compile(r"[^\s=&{}<>\"]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*")


def header(headers: Headers, name: str) -> str:
    """The first header of that name, or ""."""
    name = name.lower()
    return next((value for key, value in headers if key.lower() == name), "")


def decoded(body: bytes, headers: Headers) -> tuple[bytes, str]:
    """The body without its content encoding, and how to do it again: "gzip", "deflate", "raw" (deflate without its head) or "".

    A body that is not what its header says comes back as it is, with "".
    """
    declared = header(headers, "content-encoding").strip().lower() if headers else ""
    if not declared or not body:
        return body, ""
    if declared.endswith(CODING):
        inside = unframed(body)
        if inside is None:
            return body, ""
        inner = declared.removesuffix(CODING).rstrip(", ")
        return decoded(inside, (("Content-Encoding", inner),)) if inner else (inside, "")
    windows = {"gzip": (("gzip", 31),), "x-gzip": (("gzip", 31),), "deflate": (("deflate", 15), ("raw", -15))}
    for how, window in windows.get(declared, ()):
        try:
            inflater = zlib.decompressobj(window)
            content = inflater.decompress(body, MOST_DECODED)
        except zlib.error:
            continue
        if inflater.eof and not inflater.unused_data:
            return content, how
    return body, ""


def encoded(content: bytes, how: str) -> bytes:
    """The inverse of `decoded`."""
    if how == "gzip":
        return gzip.compress(content, compresslevel=6, mtime=0)
    if how in ("deflate", "raw"):
        deflater = zlib.compressobj(6, zlib.DEFLATED, 15 if how == "deflate" else -15)
        return deflater.compress(content) + deflater.flush()
    return content


def text_of(content: bytes) -> str:
    """Any bytes as text; what is no UTF-8 becomes surrogates, so that no two contents have the same text."""
    return content.decode("utf-8", "surrogateescape")


def tree_of(content: bytes, kind: str) -> tuple[str, Any]:
    """What a request's decoded body says: ("json" | "form" | "multipart" | "text", tree). `kind` is its Content-Type."""
    kind = kind.lower() if "boundary" not in kind else kind
    boundary = _BOUNDARY.search(kind) if "multipart/" in kind.lower() else None
    if boundary:
        return "multipart", _parts(content, boundary[1].encode())
    if "json" in kind or content.lstrip()[:1] in (b"{", b"["):
        try:
            return "json", json.loads(content)
        except (ValueError, RecursionError):
            pass
    text = text_of(content)
    if ("x-www-form-urlencoded" in kind and "=" in text) or (not kind and _FORM.fullmatch(text)):
        return "form", fields(text)
    return "text", text


def fields(text: str) -> dict[str, Any]:
    """The fields of a form or query by name: one text, or the list of them where a name comes several times."""
    return grouped(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Pairs by name, as `fields` gives them."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _parts(content: bytes, boundary: bytes) -> list[Any]:
    found: list[Any] = []
    for part in content.split(b"--" + boundary)[1:]:
        if part.startswith(b"--"):
            break
        head, _, inner = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = (line.partition(":") for line in text_of(head).split("\r\n"))
        headers = {name.strip().lower(): value.strip() for name, _, value in lines}
        disposition = _DISPOSITION.findall(headers.get("content-disposition", ""))
        entry: dict[str, Any] = {name.lower(): text for name, text in disposition}
        if "content-type" in headers:
            entry["type"] = headers["content-type"]
        entry["content"] = tree_of(inner.removesuffix(b"\r\n"), headers.get("content-type", "text/plain"))[1]
        found.append(entry)
    return found
