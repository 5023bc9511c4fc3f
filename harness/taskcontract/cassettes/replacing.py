"""Puts placeholders where secrets are, through every encoding: what comes out is what would have been sent and answered had
the secret been its placeholder.

A secret inside base64, hexadecimal, gzip, zlib or deflate is replaced in what is packed, which is then packed again; one that
is escaped, in whatever mixture, is replaced by a placeholder that needs no escape there; a digest or a reversed text becomes
the placeholder's own. So whoever replays the recording may take the placeholder for the value that was configured.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from taskcontract.cassettes.canaries import SHORT, one_way, search
from taskcontract.cassettes.decoded import MOST, unbase64

DEEPEST: Final = 4
"""Packings inside each other that are opened."""


def placeholder(name: str) -> str:
    """What stands for the secret of this name: characters that mean nothing in JSON, HTML, headers and forms."""
    return "{{" + re.sub(r"[^A-Za-z0-9_.-]+", "-", name) + "}}"


@dataclass(frozen=True, slots=True)
class Replacer:
    """Replaces secrets (by name) by `stands_for[name]`. `texts` are what may have been signed with one of them."""

    secrets: Mapping[str, str]
    stands_for: Mapping[str, str]
    texts: tuple[bytes, ...] = ()

    def __call__(self, data: bytes, *, quoted: bool = False) -> bytes:
        """The bytes with every secret replaced; `quoted` writes placeholders as a URL and a form have them."""
        hits = search(self.secrets, data, self.texts)
        packings = {word for hit in hits for word in hit.encoding.split(" > ")}
        return _Work(self, {hit.name for hit in hits}, packings, quoted).replaced(data, DEEPEST) if hits else data


class _Work:
    """One content, the secrets that are in it, and what they are packed in."""

    def __init__(self, replacer: Replacer, names: set[str], packings: set[str], quoted: bool) -> None:
        secrets = {name: value.strip() for name, value in replacer.secrets.items() if name in names}
        self.quoted = quoted
        compressed = {"gzip": self._gzip, "zlib": self._zlib, "deflate": self._deflate}
        repack = {**compressed, "base64": self._base64, "hex": self._hexadecimal}
        self.repack = [again for packing, again in repack.items() if packing in packings]
        self.names = sorted(secrets, key=lambda name: (-len(secrets[name]), name))
        self.stands_for = {name: replacer.stands_for[name] for name in self.names}
        self.anyhow = re.compile(b"|".join(b"(" + _anyhow(secrets[name]) + b")" for name in self.names))
        self.swaps = [swap for name in self.names for swap in _swaps(secrets[name], self.stands_for[name], replacer.texts)]

    def replaced(self, data: bytes, deep: int) -> bytes:
        data = self.anyhow.sub(self._written, data)
        for old, new, folded in self.swaps:
            data = _swapped(data, old, new, folded)
        if deep:
            for repack in self.repack:
                data = repack(data, deep - 1)
        return data

    def _written(self, found: re.Match[bytes]) -> bytes:
        name = self.names[(found.lastindex or 1) - 1]
        text = self.stands_for[name]
        return quote(text, safe="").encode() if self.quoted or b"%" in found.group() else text.encode()

    # --- what is packed ------------------------------------------------------------------------------------------

    def _base64(self, data: bytes, deep: int) -> bytes:
        return _BASE64.sub(lambda found: self._run(found, deep), data)

    def _run(self, found: re.Match[bytes], deep: int) -> bytes:
        """A run of base64, from wherever in it that it makes sense: a path or a word may stand before it without a gap."""
        run, bare = found.group(), found.group().rstrip(b"=")
        for start in range(min(4, len(bare))):
            plain = unbase64(bare[start:])
            changed = self.replaced(plain, deep)
            if changed != plain:
                return bare[:start] + _encoded_as(changed, bare[start:], found)
        return run

    def _hexadecimal(self, data: bytes, deep: int) -> bytes:
        def again(found: re.Match[bytes]) -> bytes:
            run = found.group()
            plain = binascii.unhexlify(run)
            changed = self.replaced(plain, deep)
            return run if changed == plain else _in_case(binascii.hexlify(changed), run)

        return _HEX.sub(again, data)

    def _gzip(self, data: bytes, deep: int) -> bytes:
        return self._streams(data, _GZIP, 31, lambda plain: gzip.compress(plain, mtime=0), deep)

    def _zlib(self, data: bytes, deep: int) -> bytes:
        return self._streams(data, _ZLIB, 15, zlib.compress, deep)

    def _deflate(self, data: bytes, deep: int) -> bytes:
        changed = self._stream(data, -15, _raw_deflate, deep)
        return data if changed is None or changed[1] else changed[0]

    def _streams(
        self, data: bytes, opening: re.Pattern[bytes], window: int, pack: Callable[[bytes], bytes], deep: int
    ) -> bytes:
        parts, done = [], 0
        while found := opening.search(data, done):
            changed = self._stream(data[found.start() :], window, pack, deep)
            if changed is None:
                parts.append(data[done : found.end()])
                done = found.end()
            else:
                parts += [data[done : found.start()], changed[0]]
                done = len(data) - len(changed[1])
        return b"".join((*parts, data[done:])) if parts else data

    def _stream(self, data: bytes, window: int, pack: Callable[[bytes], bytes], deep: int) -> tuple[bytes, bytes] | None:
        """A stream packed again, and what follows it; None where there is none, or no secret in it."""
        inflater = zlib.decompressobj(window)
        try:
            plain = inflater.decompress(data, MOST)
        except zlib.error:
            return None
        changed = self.replaced(plain, deep) if inflater.eof else plain
        return None if changed == plain else (pack(changed), inflater.unused_data)


_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX: Final = re.compile(rb"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){6,}(?![0-9A-Fa-f])")
_GZIP: Final = re.compile(rb"\x1f\x8b\x08")
_ZLIB: Final = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_TO_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")


def _raw_deflate(plain: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(plain) + deflater.flush()


def _encoded_as(plain: bytes, was: bytes, found: re.Match[bytes]) -> bytes:
    """Base64 in the alphabet, and with or without the padding, of what stood there; a token's segments have none."""
    encoded = base64.b64encode(plain)
    if set(b"-_") & set(was):
        encoded = encoded.translate(_TO_URLSAFE)
    data, start, end = found.string, found.start(), found.end()
    in_token = data[start - 1 : start] == b"." or data[end : end + 1] == b"."
    padded = found.group().endswith(b"=") or (len(was) % 4 == 0 and not in_token)
    return encoded if padded else encoded.rstrip(b"=")


# --- what is disguised -----------------------------------------------------------------------------------------------


def _swaps(secret: str, stands_for: str, texts: Iterable[bytes]) -> Iterator[tuple[bytes, bytes, bool]]:
    if len(secret) >= SHORT:
        pairs = zip(one_way(secret, texts), one_way(stands_for, texts), strict=True)
        yield from ((old, new, folded) for (_, old, folded), (_, new, _) in pairs)


def _swapped(data: bytes, old: bytes, new: bytes, folded: bool) -> bytes:
    if not folded:
        return data.replace(old, new)
    if old not in data.lower():
        return data
    return re.sub(re.escape(old), lambda found: _in_case(new, found.group()), data, flags=re.IGNORECASE)


def _in_case(new: bytes, old: bytes) -> bytes:
    return new.upper() if old != old.lower() else new


# --- what is escaped -------------------------------------------------------------------------------------------------

_NAMED: Final = {"&": b"amp", "<": b"lt", ">": b"gt", '"': b"quot", "'": b"apos"}
_SHORTHAND: Final = {"\n": b"n", "\r": b"r", "\t": b"t", "\b": b"b", "\f": b"f", '"': b'"', "'": b"'", "/": b"/", "\\": b"\\\\"}


def _anyhow(secret: str) -> bytes:
    """A pattern for a secret with each character as it is or escaped, as a URL, JSON, HTML or a mail may have it."""
    if len(secret) < SHORT:
        return rb"(?<![A-Za-z0-9_])" + re.escape(secret.encode()) + rb"(?![A-Za-z0-9_])"
    return rb"(?:=\r?\n)?".join(_any_spelling(letter) for letter in secret)


def _any_spelling(letter: str) -> bytes:
    plain = letter.encode("utf-8", "surrogatepass")
    code = ord(letter)
    ways = [b"".join(_octet(byte) for byte in plain)]
    ways += [b"".join(rb"\\{1,4}u(?i:%04x)" % unit for unit in _units(letter))]
    ways += [rb"&#0*%d;" % code, rb"&#[xX]0*(?i:%x);" % code]
    ways += [rb"\\{1,4}x(?i:%02x)" % code, re.escape(bytes([code]))] if 127 < code < 256 else []
    ways += [rb"\\{1,4}x%02x" % code] if code < 128 else []
    ways += [b"&" + _NAMED[letter] + b";"] if letter in _NAMED else []
    ways += [rb"\\{1,8}" + re.escape(_SHORTHAND[letter])] if letter in _SHORTHAND and letter != "\\" else []
    ways += [rb"\\{2,8}"] if letter == "\\" else []
    ways += [rb"\+"] if letter == " " else []
    return b"(?:" + b"|".join(reversed(ways)) + b")"


def _octet(byte: int) -> bytes:
    return b"(?:" + re.escape(bytes([byte])) + rb"|%%(?:25){0,2}(?i:%02x)|=%02X)" % (byte, byte)


def _units(letter: str) -> list[int]:
    encoded = letter.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(encoded[at : at + 2]) for at in range(0, len(encoded), 2)]
