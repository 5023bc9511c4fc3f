"""What a client hands to the task: status, reason, headers as on the wire, and the body as on the wire."""

from __future__ import annotations

import functools
import gzip
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import responses
from typing import Final

from taskcontract.cassettes.recording import Headers, Response

HEADERS: Final = {"Content-Type": "application/json"}
"""The headers of every answer that no recording and no stub gives."""
PLAIN: Final[Headers] = tuple(HEADERS.items())


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `status` is a `Status` while the answer is being explored.

    `headers` is the very object `PLAIN` for answers that no recording and no stub gives. `invented` says that the body is the
    mark of an invention; `cut` that the connection ends within the body, whose whole length `Content-Length` then tells.
    """

    status: int
    body: bytes
    headers: Headers = PLAIN
    phrase: str = ""
    invented: bool = False
    cut: bool = False

    @property
    def reason(self) -> str:
        """The phrase beside the status: as it came, or the usual one."""
        return self.phrase or responses.get(int(self.status), "Unknown")

    @property
    def plain(self) -> bool:
        """Whether there is nothing to it but a status and a JSON text."""
        return self.headers is PLAIN


def bodiless(method: str, status: int) -> bool:
    """Whether the answer to such a request has no body, whatever its headers say."""
    return method == "HEAD" or status in (204, 304) or 100 <= status < 200


def replied(method: str, response: Response) -> Reply:
    """A recorded response as the reply to a request. `Content-Length` is mended where the body has another length by now."""
    if bodiless(method, response.status):
        return Reply(response.status, b"", response.headers, response.reason)
    return Reply(response.status, response.body, measured(response.headers, len(response.body)), response.reason)


def measured(headers: Headers, length: int) -> Headers:
    """`headers`, telling this length if they tell any."""
    told = heading(headers).length
    if told is None or told == str(length):
        return headers
    return tuple((name, str(length) if name.lower() == "content-length" else value) for name, value in headers)


@dataclass(frozen=True, slots=True)
class Heading:
    """What headers say that transports need to know. `joined` has repeated ones joined by commas, as clients show them."""

    joined: dict[str, str]
    kind: str
    encoding: str
    length: str | None
    chunked: bool
    cookies: bool


@functools.lru_cache(maxsize=1024)
def heading(headers: Headers) -> Heading:
    """The heading that these headers make; the same object for the same headers, which nobody may change."""
    joined: dict[str, str] = {}
    spelt: dict[str, str] = {}
    for name, value in headers:
        known = spelt.setdefault(name.lower(), name)
        joined[known] = f"{joined[known]}, {value}" if known in joined else value
    low = {name: joined[as_spelt] for name, as_spelt in spelt.items()}
    encoding = low.get("content-encoding", "").strip().lower()
    return Heading(
        joined,
        low.get("content-type", ""),
        "" if encoding == "identity" else encoding,
        low.get("content-length"),
        "chunked" in low.get("transfer-encoding", "").lower(),
        "set-cookie" in low,
    )


def without(headers: Headers, names: Iterable[str]) -> Headers:
    """`headers` less those of these lower-case names."""
    left_out = frozenset(names)
    return tuple(pair for pair in headers if pair[0].lower() not in left_out)


def as_sent(text: str) -> bytes:
    """A line of headers as it came over the wire, whichever way its bytes were read."""
    line = text.replace("\r", " ").replace("\n", " ")
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape")


# --- what is in a body ---------------------------------------------------------------------------------------------------


class Undecodable(ValueError):
    """A body that is not encoded as its headers say, or in a way that nothing here can undo."""


def decoded(reply: Reply) -> bytes:
    """The body with its `Content-Encoding` undone. Raises Undecodable."""
    encoding = heading(reply.headers).encoding
    try:
        if not encoding or not reply.body:
            return reply.body
        if encoding in ("gzip", "x-gzip"):
            return gzip.decompress(reply.body)
        if encoding == "deflate":
            return _inflated(reply.body)
    except (OSError, EOFError, zlib.error) as error:
        raise Undecodable(f"its body is not {encoding}: {error}") from error
    raise Undecodable(f"its body is encoded as {encoding}, which cannot be undone here")


def _inflated(body: bytes) -> bytes:
    """Deflate as the standard says, or bare as some servers send it."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -15)


def encoded(content: bytes, encoding: str) -> bytes:
    """`content` encoded as `decoded` undoes it."""
    if encoding in ("gzip", "x-gzip"):
        return gzip.compress(content, mtime=0)
    return zlib.compress(content) if encoding == "deflate" else content


def text_of(reply: Reply) -> tuple[str, str]:
    """The media type of an answer, and its body as text: "" for an invention, and for what is no text."""
    known = heading(reply.headers)
    kind, _, rest = known.kind.partition(";")
    if reply.invented:
        return kind.strip().lower(), ""
    charset = next((part.partition("=")[2].strip("\"' ") for part in rest.split(";") if "charset=" in part.lower()), "utf-8")
    try:
        return kind.strip().lower(), decoded(reply).decode(charset)
    except (Undecodable, UnicodeDecodeError, LookupError):
        return kind.strip().lower(), ""
