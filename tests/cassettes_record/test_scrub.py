"""A recording without its credentials: placeholders that replay, nothing left, nothing else changed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import zlib
from typing import Any
from urllib.parse import quote, unquote

import pytest

from taskcontract.cassettes.canaries import Hit
from taskcontract.cassettes.recording import Headers, Interaction, Recording, Request, Response
from taskcontract.cassettes.scrub import credentials_in, gate, scrub
from taskcontract.errors import CassetteError

TOKEN = 'kX7/pa+ss "wörd" 9!'
KNOWN = {"token": TOKEN}


def exchange(
    url: str = "https://api.acme.com/x",
    headers: Headers = (),
    body: bytes = b"",
    answered: Headers = (),
    answer: bytes = b"",
    reason: str = "OK",
) -> Interaction:
    return Interaction(Request("POST", url, headers, body), Response(200, answered, answer, reason))


def scrubbed(known: dict[str, str], *interactions: Interaction, **values: Any) -> Recording:
    made = scrub(Recording(interactions, values), known)
    gate(made.recording, made.secrets)
    return made.recording


def one(known: dict[str, str], interaction: Interaction) -> Interaction:
    return scrubbed(known, interaction).interactions[0]


def test_the_placeholder_takes_the_place_of_the_secret_in_every_part() -> None:
    basic = base64.b64encode(f"joe:{TOKEN}".encode()).decode()
    seen = one(
        KNOWN,
        exchange(
            f"https://joe:{quote(TOKEN, safe='')}@api.acme.com/{quote(TOKEN, safe='')}?q={quote(TOKEN)}&n=1",
            (("Authorization", f"Basic {basic}"), ("X-Acme", TOKEN), ("Content-Length", "40")),
            json.dumps({"a": TOKEN, "n": 1}).encode(),
            (("X-Echo", TOKEN),),
            json.dumps({"b": json.dumps({"c": TOKEN})}, ensure_ascii=False).encode(),
            f"OK {TOKEN}",
        ),
    )
    there = "%7B%7Btoken%7D%7D"
    assert seen.request.url == f"https://joe:{there}@api.acme.com/{there}?q={there}&n=1"
    basic = base64.b64encode(b"joe:{{token}}").decode()
    assert seen.request.headers == (("Authorization", f"Basic {basic}"), ("X-Acme", "{{token}}"), ("Content-Length", "40"))
    assert json.loads(seen.request.body) == {"a": "{{token}}", "n": 1}
    assert seen.response.headers == (("X-Echo", "{{token}}"),)
    assert json.loads(json.loads(seen.response.body)["b"]) == {"c": "{{token}}"}
    assert seen.response.reason == "OK {{token}}"


@pytest.mark.parametrize("packed", ["gzip", "deflate", "raw deflate"])
def test_a_packed_body_is_packed_again(packed: str) -> None:
    def pack(data: bytes) -> bytes:
        if packed == "gzip":
            return gzip.compress(data)
        packer = zlib.compressobj(wbits=15 if packed == "deflate" else -15)
        return packer.compress(data) + packer.flush()

    body = pack(json.dumps({"a": TOKEN}).encode())
    headers = (("Content-Encoding", packed.split()[-1]), ("Content-Length", str(len(body))), ("Content-MD5", "x"))
    seen = one(KNOWN, exchange(answered=headers, answer=body)).response
    window = {"gzip": 31, "deflate": 15, "raw deflate": -15}[packed]
    assert json.loads(zlib.decompress(seen.body, window)) == {"a": "{{token}}"}
    told = {"Content-Encoding": packed.split()[-1], "Content-Length": str(len(seen.body))}
    assert dict(seen.headers) == told, "no old digest"


DERIVED = {
    "base64 in the middle": (base64.b64encode(f"a:{TOKEN}:b".encode()), base64.b64encode(b"a:{{token}}:b")),
    "base64 after a word": (b"data/" + base64.b64encode(TOKEN.encode()), b"data/" + base64.b64encode(b"{{token}}")),
    "base64url": (base64.urlsafe_b64encode(b"\xfb\xff>" + TOKEN.encode()), base64.urlsafe_b64encode(b"\xfb\xff>{{token}}")),
    "base64 of gzip of JSON": (
        base64.b64encode(gzip.compress(json.dumps(TOKEN).encode(), mtime=0)),
        base64.b64encode(gzip.compress(b'"{{token}}"', mtime=0)),
    ),
    "gzip inside": (b"a" + gzip.compress(TOKEN.encode()) + b"b", b"a" + gzip.compress(b"{{token}}", mtime=0) + b"b"),
    "zlib inside": (b"a" + zlib.compress(TOKEN.encode()) + b"b", b"a" + zlib.compress(b"{{token}}") + b"b"),
    "hex": (TOKEN.encode().hex().upper().encode(), b"{{token}}".hex().upper().encode()),
    "hex of more": (b"00" + TOKEN.encode().hex().encode() + b"ff", b"00" + b"{{token}}".hex().encode() + b"ff"),
    "reversed": (b"<" + TOKEN[::-1].encode() + b">", b"<}}nekot{{>"),
    "utf-16": (TOKEN.encode("utf-16-le"), "{{token}}".encode("utf-16-le")),
    "sha256": (hashlib.sha256(TOKEN.encode()).hexdigest().encode(), hashlib.sha256(b"{{token}}").hexdigest().encode()),
    "md5 upper": (
        hashlib.md5(TOKEN.encode()).hexdigest().upper().encode(),
        hashlib.md5(b"{{token}}").hexdigest().upper().encode(),
    ),
    "html": (b"kX7/pa+ss &quot;w&#246;rd&quot; 9&#x21;", b"{{token}}"),
    "every letter escaped": ("".join(f"\\u{ord(letter):04x}" for letter in TOKEN).encode(), b"{{token}}"),
    "escaped twice": (json.dumps(json.dumps(TOKEN)).encode(), b'"\\"{{token}}\\""'),
    "quoted twice": (quote(quote(TOKEN, safe=""), safe="").encode(), b"%7B%7Btoken%7D%7D"),
    "quoted-printable": (b"kX7/pa+ss =22w=C3=B6=\r\nrd=22 9!", b"{{token}}"),
    "latin-1": (b"<" + TOKEN.encode("latin-1") + b">", b"<{{token}}>"),
}


@pytest.mark.parametrize("name", DERIVED)
def test_a_derived_form_becomes_the_placeholders_own(name: str) -> None:
    before, after = DERIVED[name]
    assert one(KNOWN, exchange(answer=before)).response.body == after


def test_a_signature_over_the_body_becomes_the_placeholders() -> None:
    body = b'{"event": "push"}'
    signed = hmac.new(TOKEN.encode(), body, "sha256").hexdigest()
    seen = one(KNOWN, exchange(headers=(("X-Seal", f"sha256={signed}"),), body=body))
    expected = hmac.new(b"{{token}}", body, "sha256").hexdigest()
    assert seen.request.headers == (("X-Seal", f"sha256={expected}"),)


def test_a_form_is_written_as_a_form() -> None:
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    assert one(KNOWN, exchange(headers=form, body=f"a={quote(TOKEN)}&b=1".encode())).request.body == b"a=%7B%7Btoken%7D%7D&b=1"
    assert one({"t": "plain-Secret1"}, exchange(headers=form, body=b"a=plain-Secret1")).request.body == b"a=%7B%7Bt%7D%7D"


def test_a_number_in_a_document_becomes_a_text_so_that_it_remains_one() -> None:
    seen = one({"pin": "739152"}, exchange(answer=b'{"a": 739152, "b": [739152], "c": "739152"}'))
    assert json.loads(seen.response.body) == {"a": "{{pin}}", "b": ["{{pin}}"], "c": "{{pin}}"}


def test_values_of_the_recording_are_scrubbed_too() -> None:
    made = scrubbed(KNOWN, exchange(), token=TOKEN, nested={"a": [TOKEN, 1]}, repo="octocat")
    assert made.values == {"token": "{{token}}", "nested": {"a": ["{{token}}", 1]}, "repo": "octocat"}


def test_what_a_service_issues_is_the_same_placeholder_where_it_is_sent_again() -> None:
    issued = exchange(answer=b'{"access_token": "issued-8h3f9shf93", "expires_in": 3600}')
    used = exchange("https://api.acme.com/y?next=issued-8h3f9shf93", (("Authorization", "Bearer issued-8h3f9shf93"),))
    first, second = scrubbed({}, issued, used).interactions
    assert json.loads(first.response.body) == {"access_token": "{{access_token}}", "expires_in": 3600}
    assert second.request.headers == (("Authorization", "Bearer {{access_token}}"),)
    assert second.request.url == "https://api.acme.com/y?next=%7B%7Baccess_token%7D%7D"


def test_two_values_of_one_name_have_two_placeholders() -> None:
    seen = one({}, exchange(body=b'[{"token": "first-1234"}, {"token": "second-1234"}, {"token": "first-1234"}]'))
    assert [each["token"] for each in json.loads(seen.request.body)] == ["{{token}}", "{{token-2}}", "{{token}}"]


NAMED: dict[str, tuple[Interaction, str]] = {
    "bearer": (exchange(headers=(("authorization", "Bearer some-Token-123"),)), "Bearer {{authorization}}"),
    "no scheme": (exchange(headers=(("Authorization", "some-Token-123"),)), "{{authorization}}"),
    "short": (exchange(headers=(("X-Api-Key", "abc"),)), "{{x-api-key}}"),
    "short after the scheme": (exchange(headers=(("Authorization", "token abc"),)), "token {{authorization}}"),
    "basic": (
        exchange(headers=(("Authorization", "Basic " + base64.b64encode(b"joe:some-Pass-123").decode()),)),
        "Basic " + base64.b64encode(b"joe:{{authorization.password}}").decode(),
    ),
    "basic, short": (
        exchange(headers=(("Authorization", "Basic " + base64.b64encode(b"joe:pw").decode()),)),
        "Basic " + base64.b64encode(b"joe:{{authorization.password}}").decode(),
    ),
    "basic, a token for a user": (
        exchange(headers=(("Authorization", "Basic " + base64.b64encode(b"some-Token-123:").decode()),)),
        "Basic " + base64.b64encode(b"{{authorization.user}}:").decode(),
    ),
    "basic that is none": (exchange(headers=(("Authorization", "Basic abc$%"),)), "Basic {{authorization}}"),
    "aws": (
        exchange(
            headers=(
                (
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIAQ3ZX7PLM4WRT6YKN/20240101/eu/s3/aws4_request, SignedHeaders=host, "
                    "Signature=9f8e7d6c5b4a39281706",
                ),
            )
        ),
        "AWS4-HMAC-SHA256 Credential={{authorization.credential}}/20240101/eu/s3/aws4_request, SignedHeaders=host, "
        "Signature={{authorization.signature}}",
    ),
    "cookies": (
        exchange(headers=(("Cookie", "sid=abcDEF123456; lang=english; n=1"),)),
        "sid={{cookie.sid}}; lang={{cookie.lang}}; n=1",
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_a_header_names_is_replaced(name: str) -> None:
    interaction, value = NAMED[name]
    assert one({}, interaction).request.headers[0][1] == value


def test_a_cookie_that_is_set_keeps_its_attributes() -> None:
    seen = one({}, exchange(answered=(("Set-Cookie", "sid=abcDEF123456; Path=/; HttpOnly"), ("Set-Cookie", "a=1"))))
    assert seen.response.headers == (("Set-Cookie", "sid={{cookie.sid}}; Path=/; HttpOnly"), ("Set-Cookie", "a=1"))


PLACES: dict[str, tuple[Interaction, str]] = {
    "query": (exchange("https://a.com/x?api_key=abc&page=abc"), "https://a.com/x?api_key=%7B%7Bapi_key%7D%7D&page=abc"),
    "a key of Google's": (exchange("https://a.com/x?key=" + "qW3eR5tY7u" * 3), "https://a.com/x?key=%7B%7Bkey%7D%7D"),
    "userinfo": (exchange("https://joe:pw@a.com/pw"), "https://joe:%7B%7Buserinfo%7D%7D@a.com/pw"),
    "fragment": (exchange("https://a.com/x#access_token=abc"), "https://a.com/x#access_token=%7B%7Baccess_token%7D%7D"),
}


@pytest.mark.parametrize("name", PLACES)
def test_what_a_url_names_is_replaced_there(name: str) -> None:
    interaction, url = PLACES[name]
    assert one({}, interaction).request.url == url


MULTIPART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--b--\r\n'
BODIES: dict[str, tuple[str, bytes, bytes]] = {
    "json": ("application/json", b'{"password": "pw", "page": "pw"}', b'{"password": "{{password}}", "page": "pw"}'),
    "json number": ("application/json", b'{"password": 12, "page": 12}', b'{"password": "{{password}}", "page": 12}'),
    "json in json": ("", b'{"a": "{\\"secret\\": \\"pw\\"}"}', b'{"a": "{\\"secret\\": \\"{{secret}}\\"}"}'),
    "form": ("application/x-www-form-urlencoded", b"client_secret=pw&a=pw", b"client_secret=%7B%7Bclient_secret%7D%7D&a=pw"),
    "form that is not declared": ("", b"client_secret=pw&a=pw", b"client_secret={{client_secret}}&a=pw"),
    "multipart": ("multipart/form-data; boundary=b", MULTIPART % (b"token", b"pw"), MULTIPART % (b"token", b"{{token}}")),
    "xml": ("text/xml", b"<a><s:SecretAccessKey>pw</s:SecretAccessKey>pw</a>", b""),
}
BODIES["xml"] = (*BODIES["xml"][:2], b"<a><s:SecretAccessKey>{{s-SecretAccessKey}}</s:SecretAccessKey>pw</a>")


@pytest.mark.parametrize("name", BODIES)
def test_what_a_body_names_is_replaced_there(name: str) -> None:
    kind, before, after = BODIES[name]
    assert one({}, exchange(headers=(("Content-Type", kind),), body=before)).request.body == after


def test_a_stored_secret_that_is_a_document_loses_its_values() -> None:
    body = json.dumps({"Name": "db", "SecretString": json.dumps({"host": "db-host-12345678", "password": "pw-12345678"})})
    seen = json.loads(one({}, exchange(answer=body.encode())).response.body)
    assert json.loads(seen["SecretString"]) == {"host": "{{secret}}", "password": "{{password}}"}


def test_what_can_be_told_by_its_looks_is_replaced() -> None:
    key = "-----BEGIN " + "PRIVATE KEY-----\nMIIabc123\nDEF456==\n-----END PRIVATE KEY-----"
    seen = one({}, exchange(answer=json.dumps({"pem": key, "note": "gh" + "p_" + "aB3" * 12}).encode()))
    assert json.loads(seen.response.body) == {"pem": "{{private-key}}", "note": "{{GitHub-token}}"}


@pytest.mark.parametrize("value", ["DUMMY", "{{TOKEN}}", "***", "<redacted>", "${TOKEN}", "[FILTERED]", "xxxxxxxxxx", ""])
def test_what_is_masked_already_stays(value: str) -> None:
    body = json.dumps({"secret": value}).encode()
    interaction = exchange(f"https://a.com/?token={quote(value)}", (("X-Api-Key", value),), body)
    assert scrubbed({}, interaction).interactions == (interaction,)


def test_what_merely_has_a_similar_name_stays() -> None:
    body = b'{"token_type": "bearer", "secret": null, "sig": true}'
    interaction = exchange("https://a.com/?next_page_token=abc123456", body=body)
    assert scrubbed({}, interaction).interactions == (interaction,)


def test_bytes_without_any_credential_are_untouched() -> None:
    body = gzip.compress(b'{"a": 1}')
    interaction = exchange(answered=(("Content-Encoding", "gzip"), ("Content-MD5", "x"), ("Content-Length", "5")), answer=body)
    assert scrubbed(KNOWN, interaction).interactions == (interaction,)


def test_a_secret_that_is_a_word_is_not_told_by_its_placeholder() -> None:
    seen = scrubbed({"password": "password", "my token": "token"}, exchange(answer=b"password, token"))
    assert seen.interactions[0].response.body == b"{{hidden}}, {{hidden-2}}"


def test_the_longest_of_two_secrets_is_replaced_first() -> None:
    assert one({"a": "secret-1", "b": "secret-1-and-more"}, exchange(answer=b"secret-1-and-more secret-1")).response.body == (
        b"{{b}} {{a}}"
    )


# --- the gate --------------------------------------------------------------------------------------------------------


def test_the_gate_says_what_and_where_and_not_the_secret() -> None:
    body = gzip.compress(json.dumps({"a": [TOKEN]}).encode())
    recording = Recording((exchange(), exchange(answered=(("Content-Encoding", "gzip"),), answer=body)), {"t": "some-other-1"})
    with pytest.raises(CassetteError) as refused:
        gate(recording, {**KNOWN, "other": "some-other-1"}, b"file: " + TOKEN.encode())
    assert str(refused.value).splitlines() == [
        "not written: the recording still holds credentials:",
        "  token (gzip > escaped) in interaction 2, response body",
        "  token (escaped) in interaction 2, response body $.a[0]",
        "  other (raw) in the values, $.t",
        "  token (raw) in the file, byte 6",
        "record with a credential that is no ordinary word, and one that may be revoked; nothing was changed",
    ]


def test_the_gate_shows_no_more_than_a_screen() -> None:
    with pytest.raises(CassetteError, match=r"  and 5 more\n"):
        gate(Recording((exchange(answer=TOKEN.encode()),) * 25), KNOWN)


def test_the_gate_refuses_what_it_cannot_look_into() -> None:
    with pytest.raises(CassetteError, match=r"what \(br, which cannot be looked into here\) in interaction 1, response body"):
        gate(Recording((exchange(answered=(("Content-Encoding", "br"),), answer=b"\x0b\x02"),)), {})


def test_neither_scrubbing_nor_the_gate_follows_a_bomb() -> None:
    bomb = zlib.compress(zlib.compress(b"\0" * (1 << 27), 9), 9)
    recording = Recording((exchange(answer=bomb),))
    with pytest.raises(CassetteError, match="cannot be searched for credentials: compressed content expands"):
        scrub(recording, KNOWN)
    with pytest.raises(CassetteError, match=r"not written: the recording cannot be searched for credentials \(compressed"):
        gate(recording, KNOWN)


def test_the_lint_and_the_gate_see_what_goes_by_its_name() -> None:
    recording = Recording((exchange("https://a.com/?token=some-Token-123", (("Cookie", "lang=english"),)),))
    assert credentials_in(recording, {}) == [Hit("token", "named", "interaction 1, request URL, query token")]


def test_a_placeholder_can_be_read_back() -> None:
    url = one(KNOWN, exchange(f"https://a.com/{quote(TOKEN, safe='')}")).request.url
    assert unquote(url) == "https://a.com/{{token}}"
