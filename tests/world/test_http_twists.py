"""One answer made odd, whatever it came from and whichever client asked."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import json
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from taskcontract.cassettes.recording import Request, Response
from taskcontract.model import UNTOLD, Answers, Case, TaskRef, Twist
from taskcontract.world import http_answers
from taskcontract.world.http import HttpLayer
from taskcontract.world.inventions import materialise
from taskcontract.world.state import Run, running

URL = "http://api.example.com/things"
TREE = {"items": [{"sha": "abc", "n": 3}], "x y": True}
JSON = ("Content-Type", "application/json")


def by_requests() -> tuple[int, bytes]:
    r = requests.get(URL)
    return r.status_code, r.content


def by_requests_with_retries() -> tuple[int, bytes]:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=1))
    r = session.get(URL)
    return r.status_code, r.content


def by_urllib3() -> tuple[int, bytes]:
    r = urllib3.PoolManager().request("GET", URL, retries=False)
    return r.status, r.data


def by_urllib() -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(URL) as r:
            return r.status, _whole(r.headers, r.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _whole(error.headers, error.read())


def _whole(headers: Any, body: bytes) -> bytes:
    undo: dict[str, Any] = {"gzip": gzip.decompress, "deflate": zlib.decompress}
    return bytes(undo.get(headers.get("Content-Encoding", ""), bytes)(body))


def by_httpx() -> tuple[int, bytes]:
    r = httpx.get(URL)
    return r.status_code, r.content


def by_httpx_async() -> tuple[int, bytes]:
    async def go() -> tuple[int, bytes]:
        async with httpx.AsyncClient() as client:
            r = await client.get(URL)
            return r.status_code, r.content

    return asyncio.run(go())


def by_aiohttp() -> tuple[int, bytes]:
    async def go() -> tuple[int, bytes]:
        async with aiohttp.ClientSession() as session, session.get(URL) as r:
            return r.status, await r.read()

    return asyncio.run(go())


Client = Callable[[], tuple[int, bytes]]
CLIENTS: list[Client] = [
    by_requests, by_requests_with_retries, by_urllib3, by_urllib, by_httpx, by_httpx_async, by_aiohttp,
]  # fmt: skip
each = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
CUT = (
    requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError, httpx.RemoteProtocolError,
    aiohttp.ClientPayloadError, importlib.import_module("http.client").IncompleteRead,
)  # fmt: skip


class Always:
    """A player that gives one answer."""

    def __init__(self, response: Response) -> None:
        self.response = response

    def answer(self, request: Request) -> tuple[Response, int]:
        return self.response, 0


Answered = Callable[..., tuple[Any, Run]]


@pytest.fixture
def answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answered:
    """Runs a function sealed, answered by a response (or by documents, or inventions) one of which is twisted."""

    def run_twisted(body: Callable[[], Any], twist: Twist, response: Response | None = None, **more: Any) -> tuple[Any, Run]:
        if response is not None:
            monkeypatch.setattr(http_answers, "_made", lambda run: Always(response))
            more["cassette"] = "table.yaml"
        layer = HttpLayer()
        layer.install()
        inspect = more.pop("inspect", False)
        run = Run(Case(TaskRef("module", "Task"), answers=Answers(twist=twist, **more), inspect=inspect), tmp_path)
        run.phase = "run"
        with running(run):
            layer.enter(run)
            result = body()
        layer.exit(run)
        return result, run

    return run_twisted


def recorded(encoding: str = "") -> Response:
    body = json.dumps(TREE).encode()
    pack: dict[str, Any] = {"gzip": gzip.compress, "deflate": zlib.compress}
    packed = pack.get(encoding, bytes)(body)
    headers = (JSON, ("Content-Length", str(len(packed))), ("Set-Cookie", "a=1"), ("X-Rate-Limit", "9"))
    return Response(200, (*headers, *((("Content-Encoding", encoding),) if encoding else ())), packed)


# --- another status ------------------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("source", ["recorded", "packed", "documents", "invented"])
def test_a_status_comes_with_the_body_that_services_send(source: str, client: Client, answered: Answered) -> None:
    twist = Twist(0, "status", "429")
    response = {"recorded": recorded(), "packed": recorded("gzip")}.get(source)
    more = {"documents": ((200, "{}"),)} if source == "documents" else {}
    (status, body), run = answered(client, twist, response, **more)
    assert (status, json.loads(body)) == (429, {"message": "Too Many Requests", "error": "Too Many Requests"})
    assert (run.notes, [e.what for e in run.effects]) == ([], [f"GET {URL}"])


def test_only_the_asked_for_answer_is_twisted(answered: Answered) -> None:
    def body() -> list[int]:
        return [by_requests()[0] for _ in range(3)]

    for response, more in ((recorded(), {}), (None, {"documents": ((200, "{}"),)}), (None, {})):
        assert answered(body, Twist(1, "status", "503"), response, **more)[0] == [200, 503, 200]


def test_a_status_keeps_what_does_not_belong_to_the_body(answered: Answered) -> None:
    r = answered(lambda: requests.get(URL), Twist(0, "status", "503"), recorded("gzip"))[0]
    length = str(len(json.dumps({"message": "Service Unavailable", "error": "Service Unavailable"})))
    expected = {"X-Rate-Limit": "9", "Content-Type": "application/json", "Content-Length": length}
    assert (dict(r.headers), r.reason) == (expected, "Service Unavailable")


def test_a_service_that_speaks_xml_fails_in_xml(answered: Answered) -> None:
    response = Response(200, (("Content-Type", "text/xml"),), b"<a/>")
    r = answered(lambda: requests.get(URL), Twist(0, "status", "404"), response)[0]
    assert (r.status_code, r.headers["Content-Type"]) == (404, "application/xml")
    assert r.text.endswith("<ErrorResponse><Error><Code>NotFound</Code><Message>Not Found</Message></Error></ErrorResponse>")


def test_a_status_that_has_no_body_has_none(answered: Answered) -> None:
    assert answered(by_requests, Twist(0, "status", "204"), recorded())[0] == (204, b"")
    head = answered(lambda: requests.head(URL), Twist(0, "status", "404"), recorded())[0]
    assert (head.status_code, head.content) == (404, b"")


def test_an_unheard_of_status_has_a_phrase_too(answered: Answered) -> None:
    assert json.loads(answered(by_requests, Twist(0, "status", "599"), recorded())[0][1])["message"] == "Unknown"


def test_what_was_invented_is_told_without_the_twist(answered: Answered) -> None:
    def body() -> Any:
        first, second = requests.get(URL), requests.get(URL)
        return first.status_code, second.json()["id"]

    (status, name), run = answered(body, Twist(0, "status", "500"))
    assert status == 500 and str(name).startswith("answer-id-")
    assert [code for code, _ in materialise(run).documents] == [200, 200]


@pytest.mark.parametrize("service", ["s3", "sts", "secretsmanager"])
@pytest.mark.parametrize("known", [True, False], ids=["recorded", "invented"])
def test_aws_understands_a_failure(service: str, known: bool, answered: Answered) -> None:
    session = importlib.import_module("botocore.session").Session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    client = session.create_client(service, region_name="eu-west-1")
    kind = "application/x-amz-json-1.1" if service == "secretsmanager" else "text/xml"
    xml = b"<ListAllMyBucketsResult/>" if service == "s3" else b"<GetCallerIdentityResponse/>"
    response = Response(200, (("Content-Type", kind),), b"{}" if service == "secretsmanager" else xml)
    call = {"s3": "list_buckets", "sts": "get_caller_identity", "secretsmanager": "list_secrets"}[service]
    with pytest.raises(client.exceptions.ClientError, match="Forbidden") as caught:
        answered(getattr(client, call), Twist(0, "status", "403"), response if known else None)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


# --- one place of the document -------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"], ids=["plain", "gzip", "deflate"])
def test_a_leaf_is_changed_and_the_answer_encoded_again(encoding: str, client: Client, answered: Answered) -> None:
    (status, body), run = answered(client, Twist(0, "missing", "$.items[0].sha"), recorded(encoding))
    assert (status, json.loads(body)) == (200, {"items": [{"n": 3}], "x y": True})
    assert run.notes == []


@pytest.mark.parametrize(
    ("how", "at", "expected"),
    [
        ("null", "$.items[0].n", {"items": [{"sha": "abc", "n": None}], "x y": True}),
        ("type", '$["x y"]', {"items": [{"sha": "abc", "n": 3}], "x y": "true"}),
        ("empty", "$.items", {"items": [], "x y": True}),
        ("empty", "$", {}),
        ("null", "$", None),
    ],
)
def test_a_place_is_changed_in_each_way(how: Any, at: str, expected: Any, answered: Answered) -> None:
    for response, more in ((recorded(), {}), (None, {"documents": ((200, json.dumps(TREE)),)})):
        assert json.loads(answered(by_requests, Twist(0, how, at), response, **more)[0][1]) == expected


def test_a_document_that_is_missing_is_an_empty_body(answered: Answered) -> None:
    for encoding in ("", "gzip"):
        assert answered(by_requests, Twist(0, "missing", "$"), recorded(encoding))[0] == (200, b"")


XML = b"<?xml version='1.0'?><List><Item><Key>a</Key></Item><Item><Key>b</Key></Item></List>"


def written_in_xml(*more: tuple[str, str]) -> Response:
    return Response(200, (("Content-Type", "application/xml"), ("Content-Length", str(len(XML))), *more), XML)


@each
def test_an_element_is_taken_out(client: Client, answered: Answered) -> None:
    (status, body), run = answered(client, Twist(0, "missing", "/List/Item[1]"), written_in_xml())
    assert (status, body) == (200, b"<?xml version='1.0'?><List><Item><Key>b</Key></Item></List>")
    assert run.notes == []


def test_a_body_that_changes_is_not_told_of_by_digests(answered: Answered) -> None:
    digests = (("Content-MD5", "x"), ("x-amz-checksum-crc32", "y"), ("ETag", "z"))
    for twist, rest in ((Twist(0, "missing", "/List/Item"), b"<?xml version='1.0'?><List></List>"), (Twist(0, "empty"), b"")):
        r = answered(lambda: requests.get(URL), twist, written_in_xml(*digests))[0]
        assert r.content == rest
        assert dict(r.headers) == {"Content-Type": "application/xml", "Content-Length": str(len(rest)), "ETag": "z"}


def test_a_header_is_taken_out(answered: Answered) -> None:
    response = Response(201, (("Location", "/a"), ("ETag", "b")), b"")
    r, run = answered(lambda: requests.get(URL), Twist(0, "missing", "header location"), response)
    assert (dict(r.headers), r.status_code, run.notes) == ({"ETag": "b"}, 201, [])


def in_pieces_by_urllib() -> bytes:
    with urllib.request.urlopen(URL) as r:
        return b"".join(iter(lambda: r.read(4), b""))


def in_pieces_by_requests() -> bytes:
    with requests.get(URL, stream=True) as r:
        try:
            return b"".join(r.iter_content(4))
        except requests.RequestException:
            return b"told"


def test_who_is_told_of_a_connection_that_broke(answered: Answered) -> None:
    half, run = answered(in_pieces_by_urllib, Twist(0, "truncated"), written_in_xml())
    assert (half, run.notes) == (XML[: len(XML) // 2], [UNTOLD])
    assert answered(in_pieces_by_urllib, Twist(0, "empty"), written_in_xml())[1].notes == []
    told, run = answered(in_pieces_by_requests, Twist(0, "truncated"), written_in_xml())
    assert (told, run.notes) == (b"told", [])


def test_older_versions_of_urllib3_tell_nobody(answered: Answered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib3, "__version__", "1.26.20")
    assert answered(in_pieces_by_requests, Twist(0, "truncated"), written_in_xml())[1].notes == [UNTOLD]


def test_what_came_is_told_with_its_size_and_its_headers(answered: Answered) -> None:
    response, documents = written_in_xml(("ETag", "e")), {"documents": ((200, "{}"),)}
    for given, more, size, names in (
        (response, {}, len(XML), ("Content-Type", "Content-Length", "ETag")),
        (None, documents, 2, ("Content-Type",)),
        (None, {}, 0, ("Content-Type",)),
    ):
        run = answered(by_requests, Twist(9, "empty"), given, inspect=True, **more)[1]
        assert [(a.size, a.headers) for a in run.answered] == [(size, names)]


def test_the_changed_answer_tells_its_length(answered: Answered) -> None:
    r = answered(lambda: requests.get(URL), Twist(0, "empty", "$.items"), recorded())[0]
    assert r.headers["Content-Length"] == str(len(r.content))


@pytest.mark.parametrize(
    ("response", "twist", "said"),
    [
        (recorded(), Twist(0, "null", "$.none"), "answer 0 was not made odd (null $.none): the document has nothing at $.none"),
        (recorded(), Twist(0, "null", "none"), "answer 0 was not made odd (null none): 'none' is no path in a JSON document"),
        (Response(200, (), b"<a/>"), Twist(0, "null", "$"), "answer 0 was not made odd (null $): its body is no JSON document"),
        (recorded(), Twist(0, "empty", "/a/b"), "answer 0 was not made odd (empty /a/b): it does not begin with a tag"),
        (
            Response(200, (), b"<a/>"),
            Twist(0, "empty", "/a/b"),
            "answer 0 was not made odd (empty /a/b): the document has nothing at /a/b",
        ),
        (recorded(), Twist(0, "missing", "header B"), "answer 0 was not made odd (missing header B): it has no header B"),
        (Response(204, (), b""), Twist(0, "null", "$"), "answer 0 was not made odd (null $): it has no body"),
        (Response(200, (), b""), Twist(0, "truncated"), "answer 0 was not made odd (truncated): it has no body"),
        (None, Twist(0, "truncated"), "answer 0 was not made odd (truncated): it was invented"),
        (
            Response(200, (("Content-Encoding", "zstd"),), b"x"),
            Twist(0, "null", "$"),
            "answer 0 was not made odd (null $): its body is encoded as zstd, which cannot be undone here",
        ),
        (
            Response(200, (("Content-Encoding", "gzip"),), b"x"),
            Twist(0, "null", "$"),
            "answer 0 was not made odd (null $): its body is not gzip",
        ),
    ],
)
def test_a_twist_that_changes_nothing_is_told(response: Response | None, twist: Twist, said: str, answered: Answered) -> None:
    _, run = answered(lambda: requests.get(URL, stream=True), twist, response)
    assert len(run.notes) == 1 and run.notes[0].startswith(said)


def test_bare_deflate_is_undone_too(answered: Answered) -> None:
    packer = zlib.compressobj(wbits=-15)
    bare = packer.compress(json.dumps(TREE).encode()) + packer.flush()
    response = Response(200, (JSON, ("Content-Encoding", "deflate")), bare)
    assert json.loads(answered(by_requests, Twist(0, "empty", "$.items"), response)[0][1]) == {"items": [], "x y": True}


# --- the end missing -----------------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("source", ["recorded", "packed", "chunked", "documents"])
def test_a_connection_that_ends_within_the_body_is_noticed(source: str, client: Client, answered: Answered) -> None:
    chunked = Response(200, (JSON, ("Transfer-Encoding", "chunked")), json.dumps(TREE).encode())
    response = {"recorded": recorded(), "packed": recorded("gzip"), "chunked": chunked}.get(source)
    more = {"documents": ((200, json.dumps(TREE)),)} if source == "documents" else {}
    with pytest.raises(CUT):
        answered(client, Twist(0, "truncated"), response, **more)


def test_the_beginning_of_a_cut_body_can_be_read(answered: Answered) -> None:
    def body() -> bytes:
        r = requests.get(URL, stream=True)
        first: bytes = next(r.iter_content(4))
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            r.content  # noqa: B018 - reading it is what fails
        return first

    assert answered(body, Twist(0, "truncated"), Response(200, (JSON,), b"0123456789"))[0] == b"0123"


def test_a_cut_object_of_aws_is_noticed(answered: Answered) -> None:
    session = importlib.import_module("botocore.session").Session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    storage = session.create_client("s3", region_name="eu-west-1")
    errors = importlib.import_module("botocore.exceptions")

    def body() -> Any:
        return storage.get_object(Bucket="bucket", Key="k")["Body"].read()

    with pytest.raises((errors.IncompleteReadError, errors.ResponseStreamingError)):
        answered(body, Twist(0, "truncated"), Response(200, (("ETag", '"x"'),), b"0123456789"))
