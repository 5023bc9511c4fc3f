"""Private keys as PEM has them: which kind one is, and a made-up one of the same kind that a client can read.

A client that is given a key parses it before it asks for anything, so nothing but a real key will do. What is made here is real
and worthless: it follows from a word, is the same in every process, and belongs to nobody.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import itertools
import math
import re
from collections.abc import Iterator
from typing import Final

PEM: Final = re.compile(r"\s*-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----[ \t]*\r?\n([A-Za-z0-9+/=\s]+)-----END \1-----\s*")
_RSA: Final = bytes.fromhex("06092a864886f70d0101010500")
_EC: Final = bytes.fromhex("06072a8648ce3d0201")
_CURVES: Final = {
    "p256": (bytes.fromhex("06082a8648ce3d030107"), 32),
    "p384": (bytes.fromhex("06052b81040022"), 48),
}
_ED25519: Final = bytes.fromhex("06032b6570")


def kind_of(text: str) -> str:
    """What a private key in PEM is, as `made` takes it ("PRIVATE KEY rsa 2048"); "" for a text that is none.

    A kind that is not known here is "other" with its size in bytes: what is made of it has the form and is no key.
    """
    found = PEM.fullmatch(text)
    if found is None:
        return ""
    label = found[1]
    try:
        der = base64.b64decode(re.sub(r"\s", "", found[2]), validate=True)
    except (binascii.Error, ValueError):
        return ""
    if label == "RSA PRIVATE KEY" or (label == "PRIVATE KEY" and _RSA in der[:40]):
        return f"{label} rsa"
    if label == "PRIVATE KEY" and _ED25519 in der[:24]:
        return f"{label} ed25519"
    curve = next((name for name, (oid, _) in _CURVES.items() if oid in der), "")
    if curve and (label == "EC PRIVATE KEY" or (label == "PRIVATE KEY" and _EC in der[:24])):
        return f"{label} {curve}"
    return f"{label} other {len(der)}"


def made(kind: str, word: str) -> str:
    """A private key of a kind in PEM, which follows from `word`. Raises ValueError for what is no kind."""
    found = re.fullmatch(r"((?:[A-Z0-9]+ )*PRIVATE KEY) (rsa|ed25519|p256|p384|other)(?: (\d+))?", kind)
    if found is None:
        raise ValueError(f"{kind!r} is no kind of private key")
    label, algorithm, size = found[1], found[2], int(found[3] or 0)
    if algorithm == "rsa":
        der = _rsa(1024, word)  # whatever the size: a larger one takes seconds to find
        der = _in_pkcs8(_RSA, der) if label == "PRIVATE KEY" else der
    elif algorithm == "ed25519":
        der = _in_pkcs8(_ED25519, _tagged(4, _bytes(word, 32)))
    elif algorithm in _CURVES:
        der = _elliptic(label, algorithm, word)
    else:
        der = _bytes(word, size)
    body = base64.b64encode(der).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


# --- RSA -------------------------------------------------------------------------------------------------------------

_EXPONENT: Final = 65537


@functools.lru_cache(maxsize=32)
def _rsa(bits: int, word: str) -> bytes:
    half = bits // 2
    primes = _primes(half, word)
    p, q = sorted((next(primes), next(primes)), reverse=True)
    d = pow(_EXPONENT, -1, math.lcm(p - 1, q - 1))
    numbers = (0, p * q, _EXPONENT, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    return _tagged(0x30, b"".join(_number(number) for number in numbers))


def _primes(bits: int, word: str) -> Iterator[int]:
    """Primes whose two highest bits are set, so that a product of two has all its bits."""
    for number in itertools.count():
        start = int.from_bytes(_bytes(f"{word} prime {number}", bits // 8), "big") | 3 << bits - 2 | 1
        found = next(each for each in itertools.count(start, 2) if _is_prime(each))
        if math.gcd(found - 1, _EXPONENT) == 1:
            yield found


_SMALL: Final = math.prod(n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))


def _is_prime(number: int) -> bool:
    """Whether a large odd number is prime, as far as Fermat's test to three bases tells."""
    return math.gcd(number, _SMALL) == 1 and all(pow(base, number - 1, number) == 1 for base in (2, 3, 5))


# --- elliptic curves -------------------------------------------------------------------------------------------------


def _elliptic(label: str, curve: str, word: str) -> bytes:
    oid, size = _CURVES[curve]
    secret = _number(1) + _tagged(4, b"\x01" + _bytes(word, size - 1))  # below the order of the curve
    if label == "EC PRIVATE KEY":
        return _tagged(0x30, secret + _tagged(0xA0, oid))
    return _in_pkcs8(_EC + oid, _tagged(0x30, secret))


# --- how keys are written --------------------------------------------------------------------------------------------


def _in_pkcs8(algorithm: bytes, key: bytes) -> bytes:
    return _tagged(0x30, _number(0) + _tagged(0x30, algorithm) + _tagged(4, key))


def _number(number: int) -> bytes:
    return _tagged(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content


def _bytes(word: str, count: int) -> bytes:
    """So many bytes that follow from a word."""
    return hashlib.shake_256(word.encode()).digest(count)
