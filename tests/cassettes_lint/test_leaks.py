"""What TC701 calls a credential, and what it must not: a false accusation is worse than a miss.

Credentials are put together here from halves, so that no scanner of sources takes them for real ones.
"""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from taskcontract.cassettes.leaks import credible, known_credentials, leaking, leaks
from taskcontract.cassettes.recording import Headers, Interaction, Recording, Request, Response
from taskcontract.model import Case, TaskRef, Verdict

GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
AWS_ID = "AKIA" + "QY3TZ5N7WXEJ4RKD"
OPAQUE = "f3Qz81LmWc0Tt7YbJr92VdXs"
PEM = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n"
JWT = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
    for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": "1842", "name": "Ada Lovelace"})
) + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # fmt: skip
KNOWN = {"GITHUB_TOKEN": OPAQUE}
JSON_TYPE: Headers = (("Content-Type", "application/json"),)
CASE = Case(TaskRef("acme.github", "CreateBranch"))


def recorded(
    url: str = "https://api.acme.test/repos",
    headers: Headers = (),
    body: bytes = b"",
    answer: bytes = b"{}",
    answer_headers: Headers = JSON_TYPE,
    method: str = "GET",
) -> Recording:
    return Recording((Interaction(Request(method, url, headers, body), Response(200, answer_headers, answer)),))


def document(**members: object) -> bytes:
    return json.dumps(members).encode()


def form(text: str) -> Recording:
    return recorded(headers=(("Content-Type", "application/x-www-form-urlencoded"),), body=text.encode(), method="POST")


@pytest.mark.parametrize(
    ("recording", "said"),
    [
        pytest.param(
            recorded(headers=(("Authorization", f"token {GITHUB}"),)),
            "a GitHub token in interaction 1, request header Authorization",
            id="a token that is recognised in a header",
        ),
        pytest.param(
            recorded(headers=(("Authorization", f"Bearer {OPAQUE}"),)),
            "the value of `authorization` (f3Qz…, 24 characters) in interaction 1, request header Authorization",
            id="a bearer that nobody knows",
        ),
        pytest.param(
            recorded(headers=(("X-Api-Key", OPAQUE),)),
            "the value of `x-api-key` (f3Qz…, 24 characters) in interaction 1, request header X-Api-Key",
            id="an API key by its header",
        ),
        pytest.param(
            recorded(headers=(("Authorization", "Basic " + base64.b64encode(b"ada:tr0ub4dor&3").decode()),)),
            "the value of `authorization.password` (11 characters) in interaction 1, request header Authorization",
            id="the password of Basic",
        ),
        pytest.param(
            recorded(f"https://api.acme.test/repos?access_token={OPAQUE}"),
            "the value of `access_token` (f3Qz…, 24 characters) in interaction 1, request URL, query access_token",
            id="a token in a query",
        ),
        pytest.param(
            recorded("https://ada:c0rrect-h0rse@api.acme.test/repos"),
            "the value of `userinfo` (13 characters) in interaction 1, request URL, userinfo",
            id="a password in a URL",
        ),
        pytest.param(
            form(f"grant_type=client_credentials&client_secret={OPAQUE}"),
            "the value of `client_secret` (f3Qz…, 24 characters) in interaction 1, request body, field client_secret",
            id="a secret in a form",
        ),
        pytest.param(
            recorded(answer=document(user={"login": "ada", "api_key": OPAQUE})),
            "the value of `api_key` (f3Qz…, 24 characters) in interaction 1, response body $.user.api_key",
            id="a key inside an answer",
        ),
        pytest.param(
            recorded(answer=document(note="created", pem=PEM)),
            "a private key in interaction 1, response body",
            id="a private key in an answer",
        ),
        pytest.param(
            recorded(answer=gzip.compress(document(id=AWS_ID)), answer_headers=(*JSON_TYPE, ("Content-Encoding", "gzip"))),
            "an AWS access key ID (gzip) in interaction 1, response body",
            id="an access key inside gzip",
        ),
        pytest.param(
            recorded(headers=(("X-Forwarded-Identity", JWT),)),
            "a JSON Web Token in interaction 1, request header X-Forwarded-Identity",
            id="a signed token in any header",
        ),
        pytest.param(
            recorded(headers=(("Cookie", f"lang=en; session_id={OPAQUE}"),)),
            "the value of `cookie.session_id` (f3Qz…, 24 characters) in interaction 1, request header Cookie, session_id",
            id="a session that was sent",
        ),
        pytest.param(
            recorded(answer_headers=(("Set-Cookie", f"auth={OPAQUE}; Path=/; HttpOnly"),)),
            "the value of `cookie.auth` (f3Qz…, 24 characters) in interaction 1, response header Set-Cookie, auth",
            id="a login that was given",
        ),
    ],
)
def test_a_credential_is_found_with_its_place_and_not_shown(recording: Recording, said: str) -> None:
    assert [str(leak) for leak in leaks(recording, {})] == [said]


SECRET_FORMS = {
    "raw": OPAQUE,
    "reversed": OPAQUE[::-1],
    "hexadecimal": OPAQUE.encode().hex(),
    "base64": base64.b64encode(b"user:" + OPAQUE.encode()).decode(),
}


@pytest.mark.parametrize("form_of_it", SECRET_FORMS.values(), ids=SECRET_FORMS.keys())
def test_a_known_secret_is_found_in_any_encoding(form_of_it: str) -> None:
    (leak,) = leaks(recorded(answer=document(note=f"x {form_of_it} y")), KNOWN)
    assert leak.what.startswith("the value of GITHUB_TOKEN")
    assert leak.where == "interaction 1, response body $.note"
    assert OPAQUE not in str(leak)


SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=testing/20240701/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, "
    f"Signature={SHA}{SHA[:24]}"
)
LOOK_ALIKES = {
    "a placeholder": recorded(headers=(("Authorization", "Bearer {{GITHUB_ACCESS_TOKEN}}"),)),
    "REDACTED": recorded(headers=(("Authorization", "REDACTED"), ("X-Api-Key", "**REDACTED**"))),
    "DUMMY": recorded("https://api.acme.test/?access_token=DUMMY"),
    "stars": form("client_secret=************************"),
    "crosses": recorded(headers=(("Authorization", "token xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),)),
    "empty": recorded("https://api.acme.test/?token=&password="),
    "an example": recorded(headers=(("Authorization", "Bearer AKIAIOSFODNN7EXAMPLE9a8b"),)),
    "a made-up one": form("password=my-secret-passw0rd&client_secret=test-client-secret-2024-07"),
    "a word": recorded(answer=document(token="production", secret="database-login-of-the-shop")),
    "a test token": recorded(headers=(("Authorization", "token test-token-0f9a8b7c6d5e"),)),
    "hashes": recorded(answer=document(sha=SHA, etag=f'W/"{SHA}"', tree={"sha": SHA})),
    "an etag": recorded(answer_headers=(("ETag", f'"{SHA}"'), ("X-GitHub-Request-Id", "C0A8:5F3B:1A2B3C:4D5E6F:65F0A1B2"))),
    "a node id": recorded(answer=document(node_id="MDEwOlJlcG9zaXRvcnkxMjk2MjY5", id=1296269)),
    "a request id": recorded(headers=(("amz-sdk-invocation-id", "a3f1c7d2-58be-4c0e-9f57-2f1d9f6a0b11"),)),
    "a digest": recorded(headers=(("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="), ("x-amz-content-sha256", SHA + SHA[:24]))),
    "a page": recorded("https://api.acme.test/items?page_token=Q0FFU0JnZ0JFZ0lJQVFvTkNnc0k&nextToken=a8fK39sLq2mZx81p"),
    "a long key of a store": recorded("https://store.acme.test/?key=reports/2024/07/summary-of-the-quarter.csv.gz"),
    "a signature of a request": recorded(headers=(("Authorization", SIGNED),)),
    "a signature of a commit": recorded(answer=document(verification={"verified": True, "signature": "iQIzBAABCAAdFiEE" * 3})),
    "a visitor's cookies": recorded(
        answer_headers=(("Set-Cookie", "_octo=GH1.1.1290853521.1719835200"), ("Set-Cookie", f"__cf_bm={OPAQUE}; Path=/"))
    ),
    "an anonymous session": recorded(answer_headers=(("Set-Cookie", "JSESSIONID=9A4C1F0B27D853E6; Path=/"),)),
    "against forgery": recorded(headers=(("X-CSRFToken", OPAQUE), ("Cookie", f"csrftoken={OPAQUE}"))),
    "an anonymous caller": recorded(headers=(("Authorization", "token None"), ("Proxy-Authorization", "Bearer null"))),
    "a key's name": recorded(answer=document(sid="SK" + "0a1b2c3d4e5f60718293a4b5c6d7e8f9", private_key_id=SHA)),
    "a picture": recorded(answer=bytes(range(256)) * 40, answer_headers=(("Content-Type", "image/png"),)),
    "a kind of token": recorded(answer=document(token_type="bearer", expires_in=3600, scope="repo,user")),
}


@pytest.mark.parametrize("recording", LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_what_only_looks_like_a_credential_is_none(recording: Recording) -> None:
    assert [str(leak) for leak in leaks(recording, {})] == []


def test_the_finding_names_every_place_once_and_what_to_do() -> None:
    one = recorded(
        headers=(("Authorization", f"token {GITHUB}"), ("X-Api-Key", OPAQUE)), answer=document(password="tr0ub4dor&3")
    )
    finding = leaking("the cassette", Recording(one.interactions, file="/somewhere/cassettes/one.yaml"), {}, CASE)
    assert finding.verdict is Verdict.VIOLATED
    assert finding.message == (
        "one.yaml holds 3 credentials: a GitHub token in interaction 1, request header Authorization; "
        "the value of `x-api-key` (f3Qz…, 24 characters) in interaction 1, request header X-Api-Key; "
        "the value of `password` (11 characters) in interaction 1, response body $.password"
    )
    assert finding.fix == "revoke them, then record one.yaml again: `taskcontract record` scrubs"
    assert (finding.cases, finding.examples) == ((CASE,), 1)
    assert GITHUB not in repr(finding) and OPAQUE not in repr(finding)


def test_many_credentials_are_counted_and_in_the_order_of_the_interactions() -> None:
    (interaction,) = recorded(headers=(("Authorization", f"token {GITHUB}"),)).interactions
    finding = leaking("the cassette", Recording((interaction,) * 11), {}, CASE)
    assert finding.message.startswith("the cassette holds 11 credentials: a GitHub token in interaction 1, request header Auth")
    assert finding.message.endswith("a GitHub token in interaction 5, request header Authorization; and 6 more")


def test_a_credential_among_the_recorded_values_is_found() -> None:
    one = recorded()
    (leak,) = leaks(Recording(one.interactions, {"repo": "octocat/hello", "token": GITHUB}), {})
    assert str(leak).startswith("a GitHub token in the values")


def test_no_credential_holds_with_what_was_searched() -> None:
    finding = leaking("the cassette", recorded(), KNOWN, CASE)
    assert (finding.verdict, finding.message) == (Verdict.HOLDS, "no credential in 1 interaction, in any encoding")


def test_an_empty_recording_proves_nothing() -> None:
    finding = leaking("the cassette", Recording(()), KNOWN, CASE)
    assert (finding.verdict, finding.message) == (Verdict.UNPROVEN, "it holds no interaction")


def test_content_that_expands_without_end_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def bomb(recording: Recording, known: object) -> list[object]:
        raise ValueError("compressed content expands to more than can be searched")

    monkeypatch.setattr("taskcontract.cassettes.leaks.credentials_in", bomb)
    finding = leaking("the cassette", recorded(), {}, CASE)
    assert (finding.verdict, finding.message) == (
        Verdict.UNPROVEN,
        "compressed content expands to more than can be searched",
    )


def test_credentials_of_an_environment_are_known_by_name_and_looks() -> None:
    environ = {
        "GITHUB_TOKEN": GITHUB,
        "DB_PASSWORD": "tr0ub4dor&3x",
        "POSTGRES_PASSWORD": "postgres",
        "GOOGLE_APPLICATION_CREDENTIALS": "/home/ada/keys/service-8f7a6b.json",
        "TOKEN_URL": "https://login.acme.test/oauth2/v2",
        "SSH_AUTH_SOCK": "/run/user/1000/keyring/ssh",
        "API_KEY": "",
        "HOME": "/home/ada/8f7a6b5c4d3e",
    }
    assert known_credentials(environ) == {"GITHUB_TOKEN": GITHUB, "DB_PASSWORD": "tr0ub4dor&3x"}


def test_declared_secrets_may_be_nested() -> None:
    declared = {"secret AWS_CREDENTIALS": {"ACCESS_KEY": "AKIA", "SECRET_ACCESS_KEY": [OPAQUE]}}
    assert known_credentials(declared) == {"secret AWS_CREDENTIALS": OPAQUE}


@pytest.mark.parametrize(("value", "least", "can_be"), [
    (OPAQUE, 16, True), ("tr0ub4dor&3", 8, True), ("tr0ub4dor&3", 16, False), ("aaaa1111aaaa1111", 16, False),
    ("QWERTYqwertyUIOPuiopASDF", 16, True), ("all-lower-case-words-only-here", 16, False), ("a1 b2 c3 d4 e5 f6 g7", 16, False),
])  # fmt: skip
def test_what_can_be_a_credential_at_all(value: str, least: int, can_be: bool) -> None:
    assert credible(value, least) is can_be
