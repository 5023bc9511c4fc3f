"""What is inside encoded bytes: every reading of them that a person with patience would try.

A credential that is URL-quoted inside JSON inside gzip inside base64 is still a credential. `readings` gives the bytes as they
are, then what percent-, JSON-, HTML- and quoted-printable escapes, base64, hexadecimal, gzip, zlib and deflate hide in them,
and what is hidden in that, to a bounded depth and size. Each step is linear in the size; what was read once is not read again.
"""

from __future__ import annotations

import binascii
import hashlib
import html
import quopri
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

DEEPEST: Final = 4
"""How many packings (base64, gzip, …) inside each other are opened."""
MOST: Final = 64 << 20
"""Bytes that all compressed content together may expand to, unless the content itself is larger: more is a bomb."""


class Unsearchable(ValueError):
    """Compressed content expands to more than can be searched, so nothing can be said of it."""


class Reading(NamedTuple):
    """Bytes, and the encodings that were undone to get them, outermost first."""

    through: tuple[str, ...]
    data: bytes

    @property
    def encoding(self) -> str:
        return " > ".join(self.through) or "raw"


def readings(data: bytes) -> Iterator[Reading]:
    """Every reading of `data`, itself first. Raises Unsearchable for compressed content without end."""
    state = _State(max(MOST, 4 * len(data)))
    waiting = [(Reading((), data), 0)]
    while waiting:
        opened, depth = waiting.pop(0)
        for reading in _unescaped(opened, state):
            yield reading
            for name, decode in PACKINGS.items() if depth < DEEPEST else ():
                if inside := decode(reading.data, state):
                    waiting.append((Reading((*reading.through, name), inside), depth + 1))


def _unescaped(opened: Reading, state: _State) -> Iterator[Reading]:
    """The bytes themselves, each escape undone, once and twice, and one escape after the other, in turns.

    Each alone as well, because what one undoes may be meant literally where another was used.
    """
    if state.new(opened.data):
        yield opened
    for name in ESCAPES:
        once = _step(opened, name)
        for reading in (once, _step(once, name)):
            if state.new(reading.data):
                yield reading
    reading = opened
    for name in ("url-quoted", "escaped", "html", "folded") * 3:
        reading = _step(reading, name)
        if state.new(reading.data):
            yield reading


def _step(reading: Reading, name: str) -> Reading:
    undone = ESCAPES[name](reading.data)
    return Reading((*reading.through, name), undone) if undone and undone != reading.data else reading


class _State:
    """What was read already, and how much may still be expanded."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._read: set[bytes] = set()

    def new(self, data: bytes, read_as: bytes = b"") -> bool:
        """Whether these bytes are met for the first time, to be read so."""
        key = hashlib.blake2b(data, digest_size=16, person=read_as).digest()
        known = key in self._read
        self._read.add(key)
        return not known

    def take(self, amount: int) -> None:
        self.size -= amount
        if self.size <= 0:
            raise Unsearchable("compressed content expands to more than can be searched")


# --- escapes in text -------------------------------------------------------------------------------------------------

_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(rb'(?:\\u[0-9A-Fa-f]{4})+|\\x[0-9A-Fa-f]{2}|\\\r?\n[ \t]*(?:\\(?=[ \t]))?|\\["\'\\/bfnrt]')
_ENTITY = re.compile(rb"&(?:#\d+|#[xX][0-9A-Fa-f]+|[a-zA-Z]+\d*);")
_EQUALS = re.compile(rb"=(?:[0-9A-F]{2}|\r?\n)")
_SHORT: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def _percent(data: bytes) -> bytes:
    return unquote_to_bytes(data) if b"%" in data and _PERCENT.search(data) else b""


def _escaped(data: bytes) -> bytes:
    return _ESCAPE.sub(_unescape, data) if b"\\" in data else b""


def _unescape(found: re.Match[bytes]) -> bytes:
    text = found.group()
    if text[1:2] == b"u":
        units = binascii.unhexlify(text.replace(b"\\u", b""))
        return units.decode("utf-16-be", "replace").encode()
    if text[1:2] == b"x":
        return chr(int(text[2:], 16)).encode()
    if text[1:2] in b"\r\n":  # YAML folds a long text so
        return b""
    return _SHORT.get(text[1:2], text[1:2])


def _entities(data: bytes) -> bytes:
    if b"&" not in data or not _ENTITY.search(data):
        return b""
    return html.unescape(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _quoted_printable(data: bytes) -> bytes:
    return quopri.decodestring(data) if b"=" in data and _EQUALS.search(data) else b""


# --- alphabets -------------------------------------------------------------------------------------------------------

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_OPENING = re.compile(rb"(?=H4sI|eyJ)")  # what base64 of gzip and of a JSON object begins with
_FOLD = re.compile(rb"(?<=[A-Za-z0-9+/]{60})\r?\n[ \t]*(?=[A-Za-z0-9+/=])")
_HEX_RUN = re.compile(rb"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){8,}(?![0-9A-Fa-f])")
URLSAFE: Final = bytes.maketrans(b"-_", b"+/")


def _base64(data: bytes, state: _State) -> bytes:
    whole = (part for run in _RUN.findall(data) for part in _OPENING.split(run) if len(part) >= 8)
    return b"\n".join(unbase64(run) for run in whole if state.new(run, b"base64"))


def unbase64(run: bytes) -> bytes:
    """What a run of either base64 alphabet says, without regard to its padding."""
    plain = run.rstrip(b"=").translate(URLSAFE)
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))


def _unfolded(data: bytes) -> bytes:
    return _FOLD.sub(b"", data) if b"\n" in data else b""


def _hexadecimal(data: bytes, state: _State) -> bytes:
    return b"\n".join(binascii.unhexlify(run) for run in _HEX_RUN.findall(data) if state.new(run, b"hex"))


# --- compression -----------------------------------------------------------------------------------------------------

GZIP: Final = re.compile(rb"\x1f\x8b\x08")
_ZLIB: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


def _gzip(data: bytes, state: _State) -> bytes:
    return b"\n".join(_expanded(data, GZIP, 31, state))


def _zlib(data: bytes, state: _State) -> bytes:
    return b"\n".join(_expanded(data, _ZLIB, 15, state))


def _deflate(data: bytes, state: _State) -> bytes:
    """A whole body in raw deflate, as some servers send it: other bytes hardly ever end as deflate does."""
    inflater = zlib.decompressobj(-15)
    try:
        found = inflater.decompress(data, state.size)
    except zlib.error:
        return b""
    if not inflater.eof or inflater.unused_data:
        return b""
    state.take(len(found))
    return found


def _expanded(data: bytes, opening: re.Pattern[bytes], window: int, state: _State) -> Iterator[bytes]:
    """What each stream in `data` holds, as far as it can be read: the rest of a truncated one is lost, its beginning is not."""
    at = 0
    while found := opening.search(data, at):
        inflater, parts, given = zlib.decompressobj(window), [], found.start()
        at = found.end()
        try:
            while given < len(data) and not inflater.eof:
                piece = inflater.decompress(data[given : given + 65536], state.size)
                given += 65536
                parts.append(piece)
                state.take(len(piece) + 1)
        except zlib.error:
            pass
        if inflater.eof:
            at = max(at, min(given, len(data)) - len(inflater.unused_data))
        yield b"".join(parts)


ESCAPES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "url-quoted": _percent,
    "escaped": _escaped,
    "html": _entities,
    "quoted-printable": _quoted_printable,
    "folded": _unfolded,
}
"""Each gives the bytes with one kind of escape undone, or nothing; what stood beside it still does."""

PACKINGS: Final[dict[str, Callable[[bytes, _State], bytes]]] = {
    "base64": _base64,
    "hex": _hexadecimal,
    "gzip": _gzip,
    "zlib": _zlib,
    "deflate": _deflate,
}
"""Each gives what is packed in the bytes, without what stood beside it."""
