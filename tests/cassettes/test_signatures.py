"""Who signed a request: found by signing it again with every key that is known, as each scheme asks for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from taskcontract.cassettes.signatures import as_sent, signed_with, signer
from taskcontract.model import Effect, Signed

KEYS = {"right": "the-right-key", "wrong": "the-wrong-key"}


def sent(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> Signed:
    """A request in which there may be a signature."""
    request = as_sent(method, url, [(name.lower(), value) for name, value in headers.items()], body)
    assert request is not None
    return request


# --- Amazon, as its own client signs ----------------------------------------------------------------------------------


class Stop(Exception):
    """Ends a client's call where it would send."""


def by_boto(service: str, call: Callable[[Any], object], **options: Any) -> Signed:
    """The request that a real client signs with the right key."""
    import boto3

    def stop(request: Any, **_: Any) -> None:
        caught.append(request)
        raise Stop

    caught: list[Any] = []
    keys = {"aws_access_key_id": "AKID/x", "aws_secret_access_key": KEYS["right"], "region_name": "eu-central-1"}
    client = boto3.client(service, **keys, **options)
    client.meta.events.register("before-send", stop)
    with pytest.raises(Stop):
        call(client)
    (request,) = caught
    headers = {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()}
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    return sent(request.method, request.url, headers, body.encode() if isinstance(body, str) else body)


CALLS: dict[str, tuple[str, Callable[[Any], object], dict[str, str]]] = {
    "a path with all sorts of letters": ("s3", lambda c: c.put_object(Bucket="b", Key="a b/ü+~'()*.txt", Body=b"x"), {}),
    "a query": ("s3", lambda c: c.list_objects_v2(Bucket="b", Prefix="a b/+~"), {}),
    "a port": ("s3", lambda c: c.get_object(Bucket="b", Key="x"), {"endpoint_url": "http://127.0.0.1:9000"}),
    "a path that is quoted twice": ("lambda", lambda c: c.invoke(FunctionName="arn:aws:lambda:x:1:function:f"), {}),
    "a form": ("sns", lambda c: c.publish(TopicArn="arn", Message="h i~"), {}),
    "JSON": ("secretsmanager", lambda c: c.get_secret_value(SecretId="x"), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_amazons_own_client_is_followed(name: str) -> None:
    service, call, options = CALLS[name]
    request = by_boto(service, call, **options)
    assert signer(request, KEYS) == {"right"}
    assert signer(request, {"wrong": KEYS["wrong"]}) == frozenset()


def test_an_address_signed_in_advance() -> None:
    import boto3
    from botocore.config import Config

    keys = {"aws_access_key_id": "AKID", "aws_secret_access_key": KEYS["right"], "region_name": "eu-central-1"}
    client = boto3.client("s3", **keys, config=Config(signature_version="s3v4"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k x"})
    assert signer(sent("GET", url, {}), KEYS) == {"right"}


@pytest.mark.parametrize(
    "header",
    [
        "AWS4-HMAC-SHA256 Credential=AKID/20250115/eu/s3/other, SignedHeaders=host, Signature=" + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=AKID/20250115/eu/s3/aws4_request, Signature=" + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=AKID/20250115/eu/s3/aws4_request, SignedHeaders=host, Signature=" + "0" * 64,
    ],
    ids=["another scope", "headers that are not said", "a signature of nobody's"],
)
def test_what_no_key_makes_is_nobodys(header: str) -> None:
    assert signer(sent("GET", "https://b.test/k", {"Authorization": header}), KEYS) == frozenset()


# --- Azure: what azure-storage-blob 12.31 sent, signed with this key ---------------------------------------------------

AZURE = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
UPLOAD = {
    "Content-Length": "5",
    "x-ms-meta-a_b": "x",
    "x-ms-meta-c": "y",
    "x-ms-blob-type": "BlockBlob",
    "x-ms-version": "2026-10-06",
    "Content-Type": "application/octet-stream",
    "Accept": "application/xml",
    "x-ms-date": "Sun, 22 Nov 2026 21:15:43 GMT",
    "x-ms-client-request-id": "e093c7bc-e6b9-11f1-aea2-02fc00000001",
    "Authorization": "SharedKey acct:Jr8E4gJ2Yl8a2kAwe5kt5GE8+ZsphSlSQpzia+9e8Ak=",
}
LISTING = {
    "x-ms-version": "2026-10-06",
    "Accept": "application/xml",
    "x-ms-date": "Sun, 22 Nov 2026 21:15:43 GMT",
    "x-ms-client-request-id": "e0942aea-e6b9-11f1-aea2-02fc00000001",
    "Authorization": "SharedKey acct:xU/4ghGcMYyv/SJbCc/oTEtGDyz7OwDqbFZW4cLFSUc=",
}


def test_azures_own_client_is_followed() -> None:
    keys = {"right": AZURE, "wrong": base64.b64encode(b"x" * 32).decode()}
    upload = sent("PUT", "https://acct.blob.core.windows.net/box/a%20b/%C3%BC.txt", UPLOAD, b"hello")
    assert signer(upload, keys) == {"right"}
    listing = sent("GET", "https://acct.blob.core.windows.net/box?restype=container&comp=list&prefix=x", LISTING)
    assert signer(listing, keys) == {"right"}
    assert signer(sent("GET", "https://acct.blob.core.windows.net/box?comp=list", LISTING), keys) == frozenset()


def test_a_table_is_signed_by_its_date_and_its_path() -> None:
    text = b"Sun, 22 Nov 2026 21:15:43 GMT\n/acct/Things()"
    made = base64.b64encode(hmac.new(base64.b64decode(AZURE), text, "sha256").digest()).decode()
    headers = {"x-ms-date": "Sun, 22 Nov 2026 21:15:43 GMT", "Authorization": f"SharedKeyLite acct:{made}"}
    assert signer(sent("GET", "https://acct.table.core.windows.net/Things()", headers), {"right": AZURE}) == {"right"}


# --- any other HMAC ---------------------------------------------------------------------------------------------------

BODY, URL = b'{"text": "done"}', "https://api.acme.test/v1/orders?b=2&a=1"
TIMED = {"X-Timestamp": "1736942400"}
SIGNED: dict[str, tuple[bytes, str, dict[str, str]]] = {
    "the body": (BODY, "sha256", {}),
    "the body with another digest": (BODY, "sha512", {}),
    "the path": (b"/v1/orders", "sha1", {}),
    "path and query": (b"/v1/orders?b=2&a=1", "sha256", {}),
    "the sorted query": (b"a=1&b=2", "sha256", {}),
    "the whole address": (URL.encode(), "md5", {}),
    "path and body": (b"/v1/orders?b=2&a=1" + BODY, "sha384", {}),
    "time and body, with a point": (b"1736942400." + BODY, "sha256", TIMED),
    "time and body, as Slack has it": (b"v0:1736942400:" + BODY, "sha256", TIMED),
    "time, method, path and body": (b"1736942400POST/v1/orders" + BODY, "sha256", TIMED),
    "lines": (b"POST\n/v1/orders\n1736942400", "sha256", TIMED),
}


@pytest.mark.parametrize("form", ["hex", "HEX", "base64", "urlsafe"])
@pytest.mark.parametrize("name", SIGNED)
def test_hmacs_of_what_is_sent(name: str, form: str) -> None:
    text, algorithm, headers = SIGNED[name]
    digest = hmac.new(KEYS["right"].encode(), text, algorithm).digest()
    urlsafe = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    written = {
        "hex": digest.hex(),
        "HEX": digest.hex().upper(),
        "base64": base64.b64encode(digest).decode(),
        "urlsafe": urlsafe,
    }
    request = sent("POST", URL, {**headers, "X-Signature": f"sha256={written[form]}"}, BODY)
    assert signer(request, KEYS) == {"right"}


def test_a_signature_in_the_query_does_not_sign_itself() -> None:
    made = hmac.new(KEYS["right"].encode(), b"symbol=BTC&timestamp=1736942400000", "sha256").hexdigest()
    request = sent("GET", f"https://api.acme.test/v1/orders?symbol=BTC&timestamp=1736942400000&signature={made}", {})
    assert signer(request, KEYS) == {"right"}


def test_a_digest_without_a_key_is_no_signature() -> None:
    request = sent("POST", URL, {"X-Checksum": hashlib.sha256(BODY).hexdigest()}, BODY)
    assert signer(request, KEYS) == frozenset()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer a-token"},
        {"Content-MD5": hashlib.md5(BODY, usedforsecurity=False).hexdigest()},
        {"X-Request-Id": "abcdefabcdefabcdefabcdefab"},
        {},
    ],
    ids=["a token", "a checksum", "letters of another length", "nothing"],
)
def test_most_requests_have_nothing_that_may_be_a_signature(headers: dict[str, str]) -> None:
    assert as_sent("POST", URL, [(name.lower(), value) for name, value in headers.items()], BODY) is None


def test_among_effects() -> None:
    made = hmac.new(KEYS["right"].encode(), BODY, "sha256").hexdigest()
    effects = [Effect("http", "GET x"), Effect("http", "POST y", signed=sent("POST", URL, {"X-Signature": made}, BODY))]
    assert signed_with([KEYS["wrong"], KEYS["right"]], effects)
    assert not signed_with([KEYS["wrong"]], effects)


def test_a_header_that_comes_twice_is_one() -> None:
    request = Signed("GET", URL, (("x-a", "1"), ("x-b", "2"), ("x-a", "3")))
    assert (request.header("x-a"), request.header("x-b"), request.header("x-c")) == ("1,3", "2", None)
