"""What a credential consists of, the shape that a recording keeps of it, and made-up ones of that shape."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from taskcontract.cassettes.canaries import search
from taskcontract.cassettes.credential_made import made_like, secret_called, shape_for, with_credentials
from taskcontract.cassettes.credential_parts import secret_texts, shape_of, shapes
from taskcontract.cassettes.leaks import leaks
from taskcontract.cassettes.private_keys import kind_of, made
from taskcontract.cassettes.recognised import recognised
from taskcontract.cassettes.recording import Recording

KEY = base64.b64encode(bytes(range(64))).decode()
UNPADDED = base64.b64encode(b"a key of forty-two bytes, without padding.").decode()
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLW5vYm9keQ"
KINDS = [
    "PRIVATE KEY rsa",
    "RSA PRIVATE KEY rsa",
    "PRIVATE KEY p256",
    "EC PRIVATE KEY p384",
    "PRIVATE KEY ed25519",
    "OPENSSH PRIVATE KEY other 200",
]

CASES: dict[str, tuple[Any, str, dict[str, str]]] = {
    "a connection string": (
        f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY};EndpointSuffix=core.windows.net",
        "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=<base64 64>;EndpointSuffix=core.windows.net",
        {"C.AccountKey": KEY},
    ),
    "a key that could be a mere text": (
        f"AccountName=a;AccountKey={UNPADDED}",
        "AccountName=a;AccountKey=<base64 42>",
        {"C.AccountKey": UNPADDED},
    ),
    "an endpoint with a signature": (
        "BlobEndpoint=https://acme.blob.example;SharedAccessSignature=sv=2020-08-04&sig=a%2Fb%3D",
        "BlobEndpoint=https://acme.blob.example;SharedAccessSignature=sv=2020-08-04&sig=<text 8>",
        {"C.SharedAccessSignature.sig": "a%2Fb%3D"},
    ),
    "a database's": (
        "Server=tcp:db.example,1433;Database=main;Uid=joe;Pwd=open sesame;Encrypt=yes;",
        "Server=tcp:db.example,1433;Database=main;Uid=joe;Pwd=<text 11>;Encrypt=yes;",
        {"C.Pwd": "open sesame"},
    ),
    "unknown fields are secret": ("AccountName=a;Other=hunter22;", "AccountName=a;Other=<text 8>;", {"C.Other": "hunter22"}),
    "settings": ("host=db.example password=sesame12", "host=db.example password=<text 8>", {"C.password": "sesame12"}),
    "a password in an address": (
        "postgresql://joe:p%40ssword@db.example:5432/main?sslmode=require",
        "postgresql://joe:<text 10>@db.example:5432/main?sslmode=require",
        {"C": "p%40ssword", "C.password-unquoted": "p@ssword"},
    ),
    "a token in an address": ("https://tok-en-123@git.example/x", "https://<text 10>@git.example/x", {"C": "tok-en-123"}),
    "a signed address": ("https://a.example/b?sv=1&sig=abc", "https://a.example/b?sv=1&sig=<text 3>", {"C": "abc"}),
    "a hook": (
        "https://hooks.example/services/T0/aB3dE6gH9jK2mN5pQ8/in",
        "https://hooks.example/services/T0/<text 18>/in",
        {"C": "aB3dE6gH9jK2mN5pQ8"},
    ),
    "a query": ("?sv=2020&sig=abc%2F", "?sv=2020&sig=<text 6>", {"C.sig": "abc%2F"}),
    "a pair": ("joe:open-sesame", "joe:<text 11>", {"C.token": "open-sesame"}),
    "a token without a user": ("tok-en-12345:", "<text 12>:", {"C.user": "tok-en-12345"}),
    "a base64 key": (KEY, "<base64 64>", {"C": KEY}),
    "a JSON Web Token": (TOKEN, "<jwt RS256>", {"C": TOKEN}),
    "a vendor's token": ("xoxb-1234567890-abcdef", "xoxb-<text 17>", {"C": "xoxb-1234567890-abcdef"}),
    "a UUID": ("0f8fad5b-d9cb-469f-a165-70867728950e", "<uuid>", {"C": "0f8fad5b-d9cb-469f-a165-70867728950e"}),
    "hexadecimal": ("00ff" * 8, "<hex 32>", {"C": "00ff" * 8}),
    "a number": ("4711471", "<digits 7>", {"C": "4711471"}),
    "a pair of keys": (
        {"ACCESS_KEY": "AKIAQWERTYUIOPASDFGH", "SECRET_ACCESS_KEY": "secret/key", "REGION": "eu-west-1", "SESSION": None},
        '{"ACCESS_KEY": "AKIA<text 16>", "SECRET_ACCESS_KEY": "<text 10>", "REGION": "eu-west-1", "SESSION": null}',
        {"C.ACCESS_KEY": "AKIAQWERTYUIOPASDFGH", "C.SECRET_ACCESS_KEY": "secret/key"},
    ),
    "a document": (
        '{"type": "service_account", "client_id": 12345, "token_uri": "https://a.example/token", "inner": [{"pin": "1-2-3"}]}',
        '{"type": "service_account", "client_id": "<digits 5>", "token_uri": "https://a.example/token", '
        '"inner": [{"pin": "<text 5>"}]}',
        {"C.client_id": "12345", "C.inner.0.pin": "1-2-3"},
    ),
    "a text": ("open sesame", "", {"C": "open sesame"}),
    "an address without a secret": ("https://a.example/b", "", {"C": "https://a.example/b"}),
    "what looks like a shape": ("Name=<text 3>;AccountKey=abcdefgh", "", {"C": "Name=<text 3>;AccountKey=abcdefgh"}),
    "broken JSON": ("{broken", "", {"C": "{broken"}),
    "a mere number": (1234567, "", {"C": "1234567"}),
    "nothing": (None, "", {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_shape_and_secret_texts(case: str) -> None:
    credential, shape, texts = CASES[case]
    whole = (
        {"C": credential}
        if len(texts) == 1 and "C" not in texts and isinstance(credential, str) and credential[0] != "{"
        else {}
    )
    assert shape_of(credential) == shape
    assert secret_texts("C", credential) == {**whole, **texts}


@pytest.mark.parametrize("case", [case for case, (_, shape, _) in CASES.items() if shape])
def test_what_is_made_has_the_shape_and_none_of_the_secrets(case: str) -> None:
    credential, shape, texts = CASES[case]
    one, other = made_like(shape, "secret-of-ONE"), made_like(shape, "secret-of-ANOTHER")
    assert one != other and one == made_like(shape, "secret-of-ONE")
    assert search(texts, one) == [] and search(texts, shape) == []
    skeleton = shape_of(json.loads(one) if isinstance(credential, dict) else one)
    assert [part.partition("<")[0] for part in skeleton.split(">")] == [part.partition("<")[0] for part in shape.split(">")]
    if not any(kind in shape for kind in ("<uuid", "<digits", "<jwt")):
        assert search({"word": "secret-of-ONE"}, one), "whoever sees it knows it"


def test_a_shape_is_no_credential() -> None:
    kept = {name: shape for name, (_, shape, _) in CASES.items() if shape}
    assert recognised(json.dumps(kept)) == [] and leaks(Recording((), credentials=kept), {}) == []
    found = leaks(Recording((), credentials={"C": f"AccountKey={KEY}"}), {"C": KEY})
    assert [leak.where.partition(",")[0] for leak in found] == ["the shapes of credentials"] * 2, "it is known, and recognised"


@pytest.mark.parametrize("kind", KINDS)
def test_private_keys_are_made_of_their_kind(kind: str) -> None:
    pem = made(kind, "one")
    label = kind.partition(" KEY")[0] + " KEY"
    assert pem.startswith(f"-----BEGIN {label}-----\n") and pem.endswith(f"\n-----END {label}-----\n")
    assert kind_of(pem) == kind and made(kind, "one") == pem != made(kind, "other")
    assert shape_of(json.dumps({"private_key": pem})) == f'{{"private_key": "<private key {kind}>"}}'
    assert kind_of(json.loads(made_like(shape_of({"key": pem}), "word"))["key"]) == kind


def test_what_is_no_private_key() -> None:
    assert kind_of("-----BEGIN PRIVATE KEY-----\nAAA\n-----END PRIVATE KEY-----") == ""
    assert kind_of("no key") == ""
    with pytest.raises(ValueError, match="'PUBLIC KEY rsa' is no kind of private key"):
        made("PUBLIC KEY rsa", "word")


def test_an_rsa_key_s_numbers_belong_together() -> None:
    der = base64.b64decode("".join(made("RSA PRIVATE KEY rsa", "word").splitlines()[1:-1]))
    numbers, at = [], 4
    while at < len(der):
        size, head = der[at + 1], 2
        if size > 0x80:
            head = 2 + size - 0x80
            size = int.from_bytes(der[at + 2 : at + head], "big")
        numbers.append(int.from_bytes(der[at + head : at + head + size], "big"))
        at += head + size
    version, n, e, d, p, q, dp, dq, inverse = numbers
    assert (version, e, n) == (0, 65537, p * q) and n.bit_length() == 1024
    assert pow(pow(4711, e, n), d, n) == 4711 and (dp, dq, inverse * q % p) == (d % (p - 1), d % (q - 1), 1)


def test_which_shape_a_secret_has() -> None:
    values = {"token": "{{token}}"}
    both = {"ONE": "joe:<text 11>", "TWO": "<text 5>"}
    assert shapes({"ONE": "joe:open-sesame", "TWO": "plain", "THREE": None}) == both
    assert shape_for(both, values, "TWO") == "" and shape_for({"TWO": "<text 5>"}, values, "OTHER") == "", "a mere text"
    assert shape_for({"ONE": "a:<text 9>"}, values, "ONE") == shape_for({"ONE": "a:<text 9>"}, values, "OTHER") == "a:<text 9>"
    assert shape_for({"ONE": "1", "TWO": "2"}, values, "OTHER") == "", "nobody knows which"
    assert shape_for({"token": "1"}, values, "OTHER") == "", "that is an argument's"
    assert secret_called("ONE") == "secret-of-ONE"


def test_values_have_a_credential_where_its_shape_is_known() -> None:
    recorded = {"url": "https://joe:{{url}}@a.example", "keys": {"a": "{{keys.a}}"}, "token": "{{token}}", "repo": "x"}
    known = {"url": "https://joe:<text 4>@a.example", "keys": '{"a": "<digits 4>"}', "repo": "joe:<text 4>"}
    made_up = with_credentials(recorded, known)
    assert made_up["url"] == "https://joe:recorded-url@a.example"
    assert list(made_up["keys"]) == ["a"] and made_up["keys"]["a"].isdigit()
    assert (made_up["token"], made_up["repo"]) == ("{{token}}", "x")
