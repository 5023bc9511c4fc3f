"""Every disguise of a secret is found, and nothing is found where there is none."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import random
import string
import zlib
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import pytest

from taskcontract.cassettes import canaries
from taskcontract.cassettes.canaries import Hit, search
from taskcontract.cassettes.decoded import MOST, Unsearchable

SECRET = 'kX7/pa+ss "wörd" 9!'
PLAIN = SECRET.encode()
KNOWN = {"token": SECRET}
BODY = b'{"event": "push"}'


def _b64(data: bytes, before: bytes = b"") -> bytes:
    return base64.b64encode(before + data + b" and more")


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _jwt(claims: dict[str, str], key: bytes) -> bytes:
    parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = base64.urlsafe_b64encode(hmac.new(key, b".".join(parts), "sha256").digest()).rstrip(b"=")
    return b".".join([*parts, signature])


DISGUISES: dict[str, tuple[bytes, str]] = {
    "raw": (b"see " + PLAIN, "raw"),
    "quote": (quote(SECRET).encode(), "url-quoted"),
    "quote-everything": ("".join(f"%{byte:02x}" for byte in PLAIN).encode(), "url-quoted"),
    "quote-plus": (quote_plus(SECRET).encode(), "url-quoted > url-quoted"),
    "quote-partly": (SECRET.replace("/", "%2f").encode(), "url-quoted"),
    "quote-twice": (quote(quote(SECRET)).encode(), "url-quoted > url-quoted"),
    "json": (json.dumps({"a": SECRET}).encode(), "escaped"),
    "json-in-json": (json.dumps(json.dumps(SECRET)).encode(), "escaped > escaped"),
    "json-every-letter": ("".join(f"\\u{ord(letter):04X}" for letter in SECRET).encode(), "escaped"),
    "json-in-form": (quote(json.dumps(SECRET)).encode(), "url-quoted > escaped"),
    "form-in-json": (json.dumps("a=" + quote(SECRET, safe='"')).encode(), "url-quoted > escaped"),
    "html": (b"<p>kX7/pa+ss &quot;w&#246;rd&quot; 9&#x21;</p>", "html"),
    "quoted-printable": (b"kX7/pa+ss =22w=C3=B6=\r\nrd=22 9!", "quoted-printable"),
    "base64-0": (_b64(PLAIN), "base64"),
    "base64-1": (_b64(PLAIN, b"u"), "base64"),
    "base64-2": (_b64(PLAIN, b"u:"), "base64"),
    "base64-urlsafe": (base64.urlsafe_b64encode(b">>>" + PLAIN), "base64"),
    "base64-twice": (base64.b64encode(_b64(PLAIN)), "base64 > base64"),
    "base64-in-lines": (base64.encodebytes(b"." * 40 + PLAIN + b"." * 40), "folded > base64"),
    "hex": (PLAIN.hex().encode(), "hex"),
    "hex-upper": (PLAIN.hex().upper().encode(), "hex"),
    "reversed": (PLAIN[::-1], "reversed"),
    "reversed-letters": (SECRET[::-1].encode(), "reversed"),
    "utf-16": (SECRET.encode("utf-16"), "utf-16"),
    "utf-16-be": (SECRET.encode("utf-16-be"), "utf-16"),
    "latin-1": (SECRET.encode("latin-1"), "latin-1"),
    "gzip": (gzip.compress(PLAIN), "gzip"),
    "gzip-inside": (b"--part\r\n" + gzip.compress(PLAIN) + b"\r\n--", "gzip"),
    "gzip-truncated": (gzip.compress(b" and ".join([PLAIN, *(b"more %d" % n for n in range(50))]))[:-20], "gzip"),
    "gzip-of-json": (gzip.compress(json.dumps(SECRET).encode()), "gzip > escaped"),
    "base64-of-gzip": (base64.b64encode(gzip.compress(PLAIN)), "base64 > gzip"),
    "base64-of-gzip-after-a-word": (b"data/" + base64.b64encode(gzip.compress(PLAIN)), "base64 > gzip"),
    "hex-of-gzip": (gzip.compress(PLAIN).hex().encode(), "hex > gzip"),
    "zlib": (zlib.compress(PLAIN), "zlib"),
    "deflate": (_deflated(PLAIN), "deflate"),
    "md5": (hashlib.md5(PLAIN).hexdigest().encode(), "md5 in hex"),
    "sha1": (hashlib.sha1(PLAIN).hexdigest().upper().encode(), "sha1 in hex"),
    "sha256": (hashlib.sha256(PLAIN).hexdigest().encode(), "sha256 in hex"),
    "sha512": (hashlib.sha512(PLAIN).digest(), "sha512"),
    "sha256-base64": (base64.b64encode(hashlib.sha256(PLAIN).digest()), "sha256 in base64"),
    "sha512-base64url": (base64.urlsafe_b64encode(hashlib.sha512(PLAIN).digest()), "sha512 in base64"),
    "hmac-sha256": (b"sha256=" + hmac.new(PLAIN, BODY, "sha256").hexdigest().encode(), "hmac-sha256 in hex"),
    "hmac-sha1-base64": (base64.b64encode(hmac.new(PLAIN, BODY, "sha1").digest()), "hmac-sha1 in base64"),
    "jwt-claim": (_jwt({"sub": SECRET}, b"another key"), "base64 > escaped"),
    "jwt-key": (_jwt({"sub": "joe"}, PLAIN), "key of a JSON Web Token"),
    "yaml-folded": (b'a: "kX7/pa+ss \\"w\\\n  \\xf6rd\\" 9!"', "escaped"),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_every_disguise_is_found(name: str) -> None:
    content, encoding = DISGUISES[name]
    assert SECRET not in content.decode("latin-1") or name == "raw" or encoding == "latin-1"
    found = search(KNOWN, b"before " + content if name not in ("deflate",) else content, [BODY])
    assert [(hit.name, hit.encoding) for hit in found] == [("token", encoding)]
    assert SECRET not in repr(found)


@pytest.mark.parametrize("name", DISGUISES)
def test_and_in_a_tree_with_its_path(name: str) -> None:
    content, encoding = DISGUISES[name]
    found = search(KNOWN, ("http.Sent", {"headers": [("X", "1"), ("Y", content)], "n": 7}), [BODY])
    assert found == [Hit("token", encoding, "$[1].headers[1][1]")]


def test_where_it_is() -> None:
    assert search(KNOWN, f"0123{SECRET}") == [Hit("token", "raw", "byte 4")]
    assert search(KNOWN, {"a": {SECRET: 1}}) == [Hit("token", "raw", "$.a")], "a key"
    assert search({"pin": "123456"}, {"a": [1, 123456]}) == [Hit("pin", "raw", "$.a[1]")], "a number"
    assert search({"pin": "123456"}, {("a", 123456): None}) == [Hit("pin", "raw", "$[0][1]")], "inside a key that is no text"


def test_objects_are_looked_into() -> None:
    @dataclass
    class Sent:
        url: str
        body: bytes

    class Odd:
        def __repr__(self) -> str:
            return f"Odd({SECRET!r})"

    assert search(KNOWN, Sent("x", PLAIN)) == [Hit("token", "raw", "$.body")]
    assert search(KNOWN, [frozenset({SECRET})]) == [Hit("token", "raw", "$[0][0]")]
    assert [hit.where for hit in search(KNOWN, [None, Odd()])] == ["$[1][0]"]
    endless: list[object] = [SECRET]
    endless.append(endless)
    assert search(KNOWN, endless) == [Hit("token", "raw", "$[0]")]


def test_a_short_secret_is_looked_for_as_a_word_only() -> None:
    short = {"pin": "abc1"}
    assert search(short, "say abc1!") == [Hit("pin", canaries.AS_A_WORD, "byte 4")]
    assert search(short, "xabc1 abc12 abc_1") == []
    assert search(short, base64.b64encode(b"abc1")) == [], "and not in disguise"


def test_each_secret_is_told_by_its_name_and_empty_ones_are_none() -> None:
    found = search({"b": "second-secret", "a": "first-secret", "c": "", "d": "  "}, "first-secret second-secret")
    assert [hit.name for hit in found] == ["a", "b"]
    assert search({}, "anything") == []
    assert search({"a": "first-secret\n"}, "first-secret") == [Hit("a", "raw", "byte 0")], "the line's end is no part of it"


def test_nothing_is_found_where_nothing_is() -> None:
    chance = random.Random(7)
    secrets = {"token": SECRET, "other": "zzYq83hfGt6s", "word": "correct horse"}
    alphabets = [string.printable, string.ascii_letters + string.digits + "+/=", "0123456789abcdef", "\\u%&;=x"]
    for number in range(1000):
        text = "".join(chance.choices(alphabets[number % 4], k=chance.randrange(300)))
        coded = base64.b64encode(chance.randbytes(40))
        tree = {"a": text, "b": [chance.randbytes(50), coded, number], text: gzip.compress(b"x")}
        assert search(secrets, text if number % 2 else tree) == []


def test_content_that_expands_without_end_is_refused() -> None:
    bomb = zlib.compress(b"\0" * (MOST + 1), 9)
    with pytest.raises(Unsearchable, match="expands to more than can be searched"):
        search(KNOWN, bomb)


def test_a_bad_web_token_is_no_error() -> None:
    odd = base64.urlsafe_b64encode(b'{"alg": [1], "x": 1}').rstrip(b"=").decode()
    wrong = "eyJ" + "_" * 20
    assert search(KNOWN, f"{odd}.e30.{'x' * 30} {wrong}.e30.{'x' * 30}") == []
