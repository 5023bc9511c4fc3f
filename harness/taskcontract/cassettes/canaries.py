"""Whether any of some secrets is in something, in any disguise that a program might give it.

Each secret is looked for as it is, reversed, in UTF-16, in hexadecimal, in base64 at its three alignments (both alphabets), as
an MD5, SHA-1, SHA-256 or SHA-512 digest in hexadecimal or base64, as the key of an HMAC over known texts and of a JSON Web
Token's signature; and all that in every reading that `decoded` gives of the content (URL-, JSON- and HTML-escapes, base64,
hexadecimal, gzip, zlib, deflate, inside each other). The secrets are known and unmistakable, so a hit is no guess; a secret of
fewer than six characters is no such thing, and is looked for only as a whole word, as it is.

A hit says which secret it was and where, and never what it is.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from taskcontract.cassettes.decoded import ESCAPES, Reading, readings, unbase64
from taskcontract.cassettes.paths import spell

SHORT: Final = 6
"""Secrets with fewer characters are ordinary words or numbers as often as not."""
ALGORITHMS: Final = ("md5", "sha1", "sha256", "sha512")
TOKEN_KEY: Final = "key of a JSON Web Token"
AS_A_WORD: Final = "raw, as a whole word (too short for more)"


@dataclass(frozen=True, slots=True)
class Hit:
    """A credential that was found: which one (its name, or what kind it is), in which encoding, and where."""

    name: str
    encoding: str
    where: str


def search(secrets: Mapping[str, str], where: object, texts: Iterable[bytes] = ()) -> list[Hit]:
    """Every disguise of every secret in `where`, each once, in a stable order.

    Args:
        secrets: the secrets by name; empty ones are ignored
        where: bytes, a text, or a tree of lists, tuples, sets, mappings, dataclasses and plain values; keys are searched too
        texts: what may have been signed with a secret: the HMAC of each is looked for

    Returns:
        hits whose `where` is a byte's number, or the path in the tree (`$.headers[0]`)

    Raises:
        Unsearchable: for compressed content that expands without end
    """
    needles = _needles(tuple(sorted(secrets.items())), tuple(texts))
    if not needles:
        return []
    if isinstance(where, (bytes, bytearray, memoryview, str)):
        return _found(needles, _bytes(where))
    leaves = list(_leaves(where))
    texts_of_it = b"\n\0\n".join(text for _, text, packed in leaves if not packed)
    suspects = leaves if _found(needles, texts_of_it) else [leaf for leaf in leaves if leaf[2]]
    found = ((at, hit) for at, text, _ in suspects for hit in _found(needles, text))
    return list(dict.fromkeys(Hit(hit.name, hit.encoding, spell(at)) for at, hit in found))


def _bytes(where: bytes | bytearray | memoryview | str) -> bytes:
    return where.encode("utf-8", "surrogatepass") if isinstance(where, str) else bytes(where)


def _leaves(tree: object) -> Iterator[tuple[tuple[str | int, ...], bytes, bool]]:
    """Every text, bytes and number in a tree, and every key, with its steps and whether it is bytes, which may be packed."""
    waiting: list[tuple[tuple[str | int, ...], Any, frozenset[int]]] = [((), tree, frozenset())]
    while waiting:
        at, value, above = waiting.pop()
        if isinstance(value, (str, bytes, bytearray, memoryview)):
            yield at, _bytes(value), not isinstance(value, str)
        elif value is None or isinstance(value, (bool, int, float, complex)):
            yield at, str(value).encode(), False
        elif id(value) not in above:
            pairs = list(_below(value))
            yield from ((at, _bytes(key), False) for key, _ in pairs if isinstance(key, str))
            waiting.extend(((*at, key), inner, above | {id(value)}) for key, inner in reversed(pairs))


def _below(value: Any) -> Iterator[tuple[str | int, object]]:
    if isinstance(value, Mapping):
        for number, (key, inner) in enumerate(value.items()):
            if not isinstance(key, str):
                yield number, key
            yield key if isinstance(key, (str, int)) else number, inner
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from enumerate(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from ((each.name, getattr(value, each.name)) for each in dataclasses.fields(value))
    else:
        yield 0, repr(value)


# --- the needles -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Needle:
    """Bytes that give a secret away. `folded` ones are looked for without regard to the case of letters."""

    name: str
    encoding: str
    data: bytes
    folded: bool = False


@dataclass(frozen=True, slots=True)
class _Needles:
    plain: tuple[Needle, ...]
    folded: tuple[Needle, ...]
    words: tuple[tuple[str, re.Pattern[bytes]], ...]
    keys: tuple[tuple[str, bytes], ...]

    def __bool__(self) -> bool:
        return bool(self.plain or self.words)


@functools.lru_cache(maxsize=64)
def _needles(secrets: tuple[tuple[str, str], ...], texts: tuple[bytes, ...]) -> _Needles:
    known = [(name, value) for name, value in secrets if value.strip()]
    long = [(name, value) for name, value in known if len(value.strip()) >= SHORT]
    made = [needle for name, value in long for needle in forms(name, value, texts)]
    words = [(name, _word(value.strip())) for name, value in known if len(value.strip()) < SHORT]
    return _Needles(
        tuple(n for n in made if not n.folded),
        tuple(n for n in made if n.folded),
        tuple(words),
        tuple((name, _bytes(value)) for name, value in long),
    )


def _word(value: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![A-Za-z0-9_])" + re.escape(_bytes(value)) + rb"(?![A-Za-z0-9_])")


def forms(name: str, secret: str, texts: Iterable[bytes] = ()) -> list[Needle]:
    """The disguises of one secret that cannot be undone, or need not be: each with the name of its encoding, none twice."""
    value = secret.strip()
    plain = _bytes(value)
    made = [Needle(name, "raw", plain)]
    made += [Needle(name, "url-quoted", plain.replace(b" ", b"+"))] if b" " in plain else []
    made += [Needle(name, "latin-1", value.encode("latin-1"))] if _only_latin(value) else []
    for shift in range(3):
        made += _both_alphabets(name, "base64", _aligned(plain, shift))
    made += [Needle(name, encoding, data, folded) for encoding, data, folded in one_way(value, texts)]
    return [needle for number, needle in enumerate(made) if all(needle.data != other.data for other in made[:number])]


def one_way(value: str, texts: Iterable[bytes] = ()) -> Iterator[tuple[str, bytes, bool]]:
    """The disguises that are wholly made anew for another value: name, bytes, and whether the case of letters is free.

    Always in the same order, so that each can be put in the place of another value's.
    """
    plain = _bytes(value)
    yield from (("utf-16", value.encode(kind, "surrogatepass"), False) for kind in ("utf-16-le", "utf-16-be"))
    yield "reversed", plain[::-1], False
    yield "reversed", value[::-1].encode("utf-8", "surrogatepass"), False
    yield "hex", plain.hex().encode(), True
    for algorithm in ALGORITHMS:
        yield from _digests(algorithm, hashlib.new(algorithm, plain, usedforsecurity=False).digest())
    for text in texts:
        for algorithm in ALGORITHMS:
            yield from _digests(f"hmac-{algorithm}", hmac.new(plain, text, algorithm).digest())


def _digests(algorithm: str, digest: bytes) -> Iterator[tuple[str, bytes, bool]]:
    encoded = base64.b64encode(digest).rstrip(b"=")
    yield f"{algorithm} in hex", digest.hex().encode(), True
    yield algorithm, digest, False
    yield f"{algorithm} in base64", encoded, False
    yield f"{algorithm} in base64", encoded.translate(_TO_URLSAFE), False


_TO_URLSAFE: Final = bytes.maketrans(b"+/", b"-_")


def _only_latin(value: str) -> bool:
    return not value.isascii() and all(ord(letter) < 256 for letter in value)


def _aligned(plain: bytes, shift: int) -> bytes:
    """The letters of base64 that `plain` alone decides when `shift` bytes come before it."""
    encoded = base64.b64encode(b"\0" * shift + plain)
    first = (0, 2, 3)[shift]
    sure = (shift + len(plain)) * 8 // 6
    return encoded[first:sure]


def _both_alphabets(name: str, encoding: str, encoded: bytes) -> list[Needle]:
    urlsafe = encoded.translate(_TO_URLSAFE)
    return [Needle(name, encoding, encoded), *([Needle(name, encoding, urlsafe)] if urlsafe != encoded else [])]


# --- searching -------------------------------------------------------------------------------------------------------


def _found(needles: _Needles, data: bytes) -> list[Hit]:
    hits: dict[tuple[str, str], Hit] = {}
    for name, word in needles.words:
        if found := word.search(data):
            hits[name, AS_A_WORD] = Hit(name, AS_A_WORD, f"byte {found.start()}")
    if not needles.plain:
        return list(hits.values())
    known: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for reading in readings(data):
        through, here = reading.through, known.setdefault(reading.through, set())
        before = known.get(through[:-1], set()) if through and through[-1] in ESCAPES else set()
        packed = known.get(through[:-1], set())
        for name, form, at in _in_reading(needles, reading):
            here.add((name, form))
            if (name, form) not in before and (name, f"{form} in {through[-1] if through else ''}") not in packed:
                encoding = " > ".join((*through, *((form,) if form != "raw" or not through else ())))
                place = f"byte {at} of what is inside" if through else f"byte {at}"
                hits.setdefault((name, encoding), Hit(name, encoding, place))
    return list(hits.values())


def _in_reading(needles: _Needles, reading: Reading) -> Iterator[tuple[str, str, int]]:
    data = reading.data
    for needle in needles.plain:
        if (at := data.find(needle.data)) >= 0:
            yield needle.name, needle.encoding, at
    lowered = data.lower()
    for needle in needles.folded:
        if (at := lowered.find(needle.data)) >= 0:
            yield needle.name, needle.encoding, at
    if b"eyJ" in data:
        yield from _signed(needles, data)


_JWT: Final = re.compile(rb"(eyJ[A-Za-z0-9_-]{8,})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{20,})")


def _signed(needles: _Needles, data: bytes) -> Iterator[tuple[str, str, int]]:
    """Tokens that are signed with a secret. The digest leaks nothing by itself; whoever has it can try guesses against it."""
    for found in _JWT.finditer(data):
        header, claims, signature = found.groups()
        algorithm = jwt_algorithm(header)
        for name, key in needles.keys if algorithm in _JWT_HASHES else ():
            made = hmac.new(key, header + b"." + claims, _JWT_HASHES[algorithm]).digest()
            if base64.urlsafe_b64encode(made).rstrip(b"=") == signature:
                yield name, TOKEN_KEY, found.start()


_JWT_HASHES: Final = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def jwt_algorithm(header: bytes) -> str:
    """What a token's header says that it is signed with, or '' when it is no such header."""
    try:
        said = json.loads(unbase64(header))
    except ValueError:
        return ""
    algorithm = said.get("alg") if isinstance(said, dict) else None
    return algorithm if isinstance(algorithm, str) else ""
