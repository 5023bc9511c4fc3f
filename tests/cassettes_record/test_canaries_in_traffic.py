"""What tasks send all day holds no canary: nothing is found in it, until one is hidden there."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from taskcontract.cassettes.canaries import search

CANARIES = {
    "token": "api-token-4nsfcv",
    "secret": "secret-of-AWS_CREDENTIALS-SECRET_ACCESS_KEY",
    "variable": "value-of-CUBEJS_API_SECRET",
    "random": "zzYq83hfGt6s",
}
WORDS = ("token", "secret", "value", "of", "api", "key", "access", "credentials", "aws", "account", "branch", "master", "url")
TRACES = 1000


def _word(chance: random.Random) -> str:
    return "-".join(chance.choices(WORDS, k=chance.randrange(1, 4)))


def _document(chance: random.Random, depth: int = 0) -> Any:
    if depth > 2 or chance.random() < 0.3:
        return chance.choice([_word(chance), chance.random(), chance.getrandbits(40), True, None, 'Zürich "é" / ☃'])
    if chance.random() < 0.3:
        return [_document(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {_word(chance): _document(chance, depth + 1) for _ in range(chance.randrange(1, 5))}


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _token(chance: random.Random) -> str:
    """A JSON Web Token of another key."""
    head = _unpadded(b'{"alg":"HS256","typ":"JWT"}')
    claims = _unpadded(json.dumps({"sub": _word(chance), "exp": chance.getrandbits(31)}).encode())
    return f"{head}.{claims}.{_unpadded(hmac.new(chance.randbytes(16), f'{head}.{claims}'.encode(), 'sha256').digest())}"


AUTHORIZATIONS: tuple[Callable[[random.Random], str], ...] = (
    lambda chance: f"Bearer {_token(chance)}",
    lambda chance: f"Bearer {chance.randbytes(20).hex()}",
    lambda chance: f"Basic {base64.b64encode(f'{_word(chance)}:{_word(chance)}'.encode()).decode()}",
    lambda chance: f"AWS4-HMAC-SHA256 Credential={_word(chance)}/20250115/s3, Signature={chance.randbytes(32).hex()}",
)
BODIES: tuple[Callable[[random.Random], bytes], ...] = (
    lambda chance: json.dumps(_document(chance)).encode(),
    lambda chance: gzip.compress(json.dumps(_document(chance)).encode(), mtime=0),
    lambda chance: urlencode({_word(chance): _word(chance), "file": base64.b64encode(chance.randbytes(60)).decode()}).encode(),
    lambda chance: chance.randbytes(80),
)


def _trace(number: int) -> dict[str, Any]:
    chance = random.Random(number)
    body = BODIES[number % 4](chance)
    query = urlencode({_word(chance): _word(chance)})
    return {
        "what": f"POST https://{_word(chance)}.example.com/v1/{chance.randbytes(12).hex()}?{query}",
        "headers": [
            ("authorization", AUTHORIZATIONS[number // 4 % 4](chance)),
            ("x-request-id", chance.randbytes(16).hex().upper()),
            ("etag", hashlib.sha256(body).hexdigest()),
            ("content-md5", base64.b64encode(hashlib.md5(body).digest()).decode()),
        ],
        "body": body,
    }


def test_nothing_is_found_in_a_thousand_traces_without_canaries() -> None:
    found = {number: hits for number in range(TRACES) if (hits := search(CANARIES, _trace(number), [b"a signed text"]))}
    assert found == {}


def _bearer(text: str) -> Callable[[dict[str, Any]], None]:
    def hide(trace: dict[str, Any]) -> None:
        trace["headers"][0] = ("authorization", text)

    return hide


def _signed(key: str) -> str:
    head, claims = _unpadded(b'{"alg":"HS256","typ":"JWT"}'), _unpadded(b'{"sub":"somebody"}')
    return f"Bearer {head}.{claims}.{_unpadded(hmac.new(key.encode(), f'{head}.{claims}'.encode(), 'sha256').digest())}"


TOKEN = CANARIES["token"]
HIDDEN: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    "as it is": (_bearer(f"Bearer {TOKEN}"), "raw", "$.headers[0][1]"),
    "in Basic, after one letter": (
        _bearer(f"Basic {base64.b64encode(f'u{TOKEN}'.encode()).decode()}"),
        "base64",
        "$.headers[0][1]",
    ),
    "in Basic, after two": (_bearer(f"Basic {base64.b64encode(f'u:{TOKEN}'.encode()).decode()}"), "base64", "$.headers[0][1]"),
    "in Basic, after three": (
        _bearer(f"Basic {base64.b64encode(f'me:{TOKEN}'.encode()).decode()}"),
        "base64",
        "$.headers[0][1]",
    ),
    "as the key of a web token": (_bearer(_signed(TOKEN)), "key of a JSON Web Token", "$.headers[0][1]"),
    "in hexadecimal": (_bearer(TOKEN.encode().hex().upper()), "hex", "$.headers[0][1]"),
    "as its digest": (_bearer(hashlib.sha256(TOKEN.encode()).hexdigest()), "sha256 in hex", "$.headers[0][1]"),
    "in a compressed body": (
        lambda trace: trace.update(body=gzip.compress(json.dumps({"key": TOKEN}).encode(), mtime=0)),
        "gzip",
        "$.body",
    ),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_one_that_is_hidden_in_a_trace_is_found(how: str) -> None:
    hide, encoding, where = HIDDEN[how]
    for number in range(8):
        trace = _trace(number)
        hide(trace)
        assert [(h.name, h.encoding, h.where) for h in search(CANARIES, trace)] == [("token", encoding, where)]
