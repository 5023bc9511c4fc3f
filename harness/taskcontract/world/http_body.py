"""What a request carries, in canonical form: two requests that mean the same have the same form, whichever client sent them."""

from __future__ import annotations

import functools
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from taskcontract.world.canon import canon, stable_text

_NOISE: Final = frozenset({
    "accept-encoding", "connection", "content-length", "transfer-encoding", "keep-alive", "proxy-connection",
    "amz-sdk-invocation-id", "amz-sdk-request",
})  # fmt: skip
_CLIENTS: Final = ("python-requests/", "python-urllib", "python-httpx/", "boto", "aiobotocore/", "python/", "docker-sdk-")
_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?')
_SMALL: Final = 20_000
_INVENTED: Final = b"__taskcontract__"
_PORTS: Final = {"http": 80, "https": 443}


def read_body(body: Any) -> bytes | None:
    """The bytes of a body in any of the forms that clients take: text, bytes, a file, an iterator of parts, pairs."""
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return str.__str__(body).encode("utf-8", "surrogateescape")
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    if hasattr(body, "read"):
        content = body.read()
        return read_body(content)
    if isinstance(body, Iterable):
        return b"".join(read_body(part) or b"" for part in body)
    return str(body).encode("utf-8", "replace")


def as_spelt(headers: Any) -> tuple[tuple[str, str], ...]:
    """Headers, in any of the forms that clients keep them, as pairs of texts, the names as they were spelt."""
    items = headers.items() if isinstance(headers, Mapping) or hasattr(headers, "items") else headers or ()
    return tuple(
        [
            (name if type(name) is str else _text(name), value if type(value) is str else _text(value))
            for name, value in items
            if value is not None
        ]
    )


def _text(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, (bytes, bytearray)) else str(value)


def canonical_request(
    method: str, url: str, headers: list[tuple[str, str]], body: bytes | None, options: Mapping[str, Any], directory: str = ""
) -> tuple[Any, ...]:
    """The canonical tree of a request.

    `("http", method, scheme, host, port, path, query, headers, body, options)`: pairs are sorted by name, headers are without
    what the client adds by itself, and the body is decoded as what it says it is.
    """
    types = next((value for name, value in headers if name == "content-type"), "")
    boundary = _BOUNDARY.search(types) if "multipart" in types else None
    mark = boundary[1] if boundary else ""
    encoding = next((value for name, value in headers if name == "content-encoding"), "")
    address = _address(url, directory if directory in url else "")
    content: tuple[Any, ...] = ("none",)
    if body:  # many runs send the same: what is small and knows nothing of the directory is worked out once
        known = len(body) <= _SMALL and not (mark or encoding) and directory.encode() not in body and _INVENTED not in body
        content = _known_body(body, types) if known else _body(body, types, encoding, mark, directory)
    return (
        "http",
        method,
        *address[1:],
        ("headers", *_own_headers(headers, address[0], mark, directory)),
        content,
        ("options", *((name, canon(options[name], directory)) for name in sorted(options))),
    )


@functools.lru_cache(maxsize=512)
def _address(url: str, directory: str) -> tuple[Any, ...]:
    """The network location of a URL, then its scheme, host, port, path and query."""
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that are no address
        parts = SplitResult("", "", url, "", "")
    try:
        port = parts.port
    except ValueError:  # a port that is no number is the task's doing, and seen as it is
        port = None
    query = sorted(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else []
    return (
        parts.netloc,
        parts.scheme,
        parts.netloc.rpartition(":")[0] if port is not None else parts.netloc,
        port if port is not None else _PORTS.get(parts.scheme),
        stable_text(parts.path, directory),
        ("query", *((stable_text(k, directory), stable_text(v, directory)) for k, v in query)),
    )


def _own_headers(headers: list[tuple[str, str]], host: str, boundary: str, directory: str) -> list[tuple[str, str]]:
    kept = []
    for name, value in headers:
        noise = (
            name in _NOISE
            or (name == "user-agent" and value.lower().startswith(_CLIENTS))
            or (name == "accept" and value == "*/*")
            or (name == "host" and value.partition(":")[0] == host.rpartition("@")[2].partition(":")[0])
        )
        if not noise:
            kept.append((name, stable_text(value.replace(boundary, "boundary") if boundary else value, directory)))
    return sorted(kept)


def _body(body: bytes, types: str, encoding: str, boundary: str, directory: str) -> tuple[Any, ...]:
    if encoding:
        body = _inflated(body, encoding)
    if boundary:
        return ("multipart", *_parts(body, boundary.encode(), directory))
    if "json" in types or body[:1] in (b"{", b"["):
        try:
            return ("json", canon(json.loads(body), directory))
        except (ValueError, RecursionError):
            pass
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return ("bytes", body.replace(directory.encode(), b"<case>") if directory else body)
    if "x-www-form-urlencoded" in types and "=" in text:
        pairs = sorted(parse_qsl(text, keep_blank_values=True))
        return ("form", *((k, stable_text(v, directory)) for k, v in pairs))
    return ("text", stable_text(text, directory))


@functools.lru_cache(maxsize=512)
def _known_body(body: bytes, types: str) -> tuple[Any, ...]:
    return _body(body, types, "", "", "")


def _inflated(body: bytes, encoding: str) -> bytes:
    try:
        return gzip.decompress(body) if "gzip" in encoding else zlib.decompress(body) if "deflate" in encoding else body
    except (OSError, EOFError, zlib.error):
        return body


def _parts(body: bytes, boundary: bytes, directory: str) -> list[tuple[Any, ...]]:
    found = []
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        pairs = sorted((name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
        types = dict(pairs).get("content-type", "")
        kept = tuple((n, stable_text(v, directory)) for n, v in pairs if n != "content-length")
        found.append((kept, _body(content.removesuffix(b"\r\n"), types, "", "", directory)))
    return found
