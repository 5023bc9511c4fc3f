"""What a recorded interaction consists of, for whoever looks for something in it and must say where it was.

Bodies are read as what they are once `Content-Encoding` is undone: JSON, a form, several parts, or text.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from taskcontract.cassettes.decoded import MOST
from taskcontract.cassettes.framing import CODING, framed, unframed
from taskcontract.cassettes.recording import Headers, Interaction

CODINGS: Final = ("gzip", "x-gzip", "deflate", "identity", "", CODING)
"""The content encodings that can be undone here."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was sent or came back: where ('request header Cookie', 'response body') and what."""

    where: str
    data: bytes


def parts(interaction: Interaction) -> Iterator[Part]:
    """Everything in an interaction, in the order of the wire; bodies both as they were sent and with their encoding undone."""
    request, response = interaction.request, interaction.response
    yield Part("request URL", text_bytes(request.url))
    yield from _headers("request", request.headers)
    yield from _body("request", request.headers, request.body)
    yield Part("response reason", text_bytes(response.reason))
    yield from _headers("response", response.headers)
    yield from _body("response", response.headers, response.body)


def _headers(side: str, headers: Headers) -> Iterator[Part]:
    yield from (Part(f"{side} header {name}", text_bytes(f"{name}: {value}")) for name, value in headers)


def _body(side: str, headers: Headers, body: bytes) -> Iterator[Part]:
    if body:
        yield Part(f"{side} body", body)
        plain = undone(headers, body)
        if plain is not None and plain != body:
            yield Part(f"{side} body", plain)


def text_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def header(headers: Headers, name: str) -> str:
    """The first value of a header, or ''."""
    return next((value for key, value in headers if key.casefold() == name), "")


def undone(headers: Headers, body: bytes) -> bytes | None:
    """The body without its content encoding; as it is where it is not what it is declared to be.

    None for an encoding that the standard library does not know, which nobody can look into here.
    """
    codings = [word.strip().casefold() for word in header(headers, "content-encoding").split(",")]
    if any(coding not in CODINGS for coding in codings):
        return None
    for coding in reversed(codings):
        body = _undo(coding, body)
    return body


def _undo(coding: str, body: bytes) -> bytes:
    if coding in ("", "identity") or not body:
        return body
    if coding == CODING:
        inside = unframed(body)
        return body if inside is None else inside
    for window in (31,) if coding.endswith("gzip") else (15, -15):
        inflater = zlib.decompressobj(window)
        try:
            found = inflater.decompress(body, MOST)
        except zlib.error:
            continue
        if inflater.eof and not inflater.unused_data:
            return found
    return body


def redone(headers: Headers, plain: bytes, was: bytes) -> bytes:
    """`plain` encoded as `was` was, and as the headers say."""
    codings = [word.strip().casefold() for word in header(headers, "content-encoding").split(",")]
    inside = unframed(was) if CODING in codings else None
    was = was if inside is None else inside
    for coding in codings:
        if coding.endswith("gzip") and was[:2] == b"\x1f\x8b":
            plain = gzip.compress(plain, mtime=0)
        elif coding == "deflate":
            plain = zlib.compress(plain) if was[:1] == b"\x78" else _raw(plain)
        elif coding == CODING and inside is not None:
            plain = framed(plain)
    return plain


def _raw(plain: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(plain) + deflater.flush()


def json_of(plain: bytes) -> Any:
    """The JSON document that a body is, or None: `null` alone holds nothing to look for."""
    if plain.lstrip()[:1] not in (b"{", b"[", b'"'):
        return None
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        return None
