"""Recorded answers through every client: status, reason, headers, cookies, redirects and encodings are as they came."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import http.cookiejar
import importlib
import io
import json
import shutil
import socket
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp
import httpx
import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from taskcontract.cassettes.recording import Request, Response, Unmatched
from taskcontract.model import Answers, Case, TaskRef
from taskcontract.world import http_answers
from taskcontract.world.http import HttpLayer
from taskcontract.world.state import Refused, Run, running

BASE = "http://api.example.com"
JSON = ("Content-Type", "application/json; charset=utf-8")


class Table:
    """A player of its own: answers by "METHOD /path", each list in sequence and then its last again."""

    def __init__(self, answers: dict[str, list[Response]]) -> None:
        self.answers, self.asked = answers, list[Request]()

    def answer(self, request: Request) -> tuple[Response, int]:
        key = f"{request.method} {request.url.removeprefix(BASE)}"
        if key not in self.answers:
            raise Unmatched(f"nobody recorded {key}")
        index = list(self.answers).index(key)
        said = self.answers[key]
        before = sum(f"{r.method} {r.url.removeprefix(BASE)}" == key for r in self.asked)
        self.asked.append(request)
        return said[min(before, len(said) - 1)], index

    def cookies(self) -> list[str]:
        """The cookies that each request brought."""
        return [{name.lower(): value for name, value in r.headers}.get("cookie", "") for r in self.asked]


@dataclass
class Got:
    """What a client gave the task."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    url: str = ""
    hops: list[int] = field(default_factory=list)


# --- each client ---------------------------------------------------------------------------------------------------------


def _by_session(session: requests.Session, paths: list[str], method: str = "GET", stream: bool = False) -> list[Got]:
    found = []
    for path in paths:
        with session.request(method, BASE + path, stream=stream, allow_redirects=True) as r:
            body = b"".join(r.iter_content(3)) if stream else r.content
            lowered = {name.lower(): value for name, value in r.headers.items()}
            found.append(Got(r.status_code, r.reason, lowered, body, r.url, [h.status_code for h in r.history]))
    return found


def by_requests(paths: list[str], method: str = "GET") -> list[Got]:
    return _by_session(requests.Session(), paths, method)


def by_requests_streaming(paths: list[str], method: str = "GET") -> list[Got]:
    return _by_session(requests.Session(), paths, method, stream=True)


def by_requests_with_retries(paths: list[str], method: str = "GET") -> list[Got]:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=2))
    return _by_session(session, paths, method)


def by_urllib3(paths: list[str], method: str = "GET") -> list[Got]:
    found = []
    for path in paths:
        r = urllib3.PoolManager().request(method, BASE + path)
        lowered = {name.lower(): value for name, value in r.headers.items()}
        hops = [hop.status or 0 for hop in r.retries.history] if r.retries else []
        joined = {name: r.headers[name] for name in lowered}
        found.append(Got(r.status, r.reason or "", joined, r.data, urljoin(BASE, str(r.geturl())), hops))
    return found


def by_urllib(paths: list[str], method: str = "GET") -> list[Got]:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    found = []
    for path in paths:
        with opener.open(urllib.request.Request(BASE + path, method=method)) as r:
            joined = {name.lower(): ", ".join(r.headers.get_all(name)) for name in r.headers}
            found.append(Got(r.status, r.reason, joined, r.read(), r.url))
    return found


def by_http_client(paths: list[str], method: str = "GET") -> list[Got]:
    connection, found = http.client.HTTPConnection("api.example.com"), []
    for path in paths:
        connection.request(method, path)
        r = connection.getresponse()
        joined = {name.lower(): ", ".join(r.headers.get_all(name) or ()) for name in r.headers}
        found.append(Got(r.status, r.reason, joined, r.read()))
    return found


def by_httpx(paths: list[str], method: str = "GET") -> list[Got]:
    found = []
    with httpx.Client(follow_redirects=True) as client:
        for path in paths:
            r = client.request(method, BASE + path)
            hops = [hop.status_code for hop in r.history]
            found.append(Got(r.status_code, r.reason_phrase, dict(r.headers), r.content, str(r.url), hops))
    return found


def by_httpx_async(paths: list[str], method: str = "GET") -> list[Got]:
    async def go() -> list[Got]:
        found = []
        async with httpx.AsyncClient(follow_redirects=True) as client:
            for path in paths:
                async with client.stream(method, BASE + path) as r:
                    body = b"".join([part async for part in r.aiter_bytes(3)])
                hops = [hop.status_code for hop in r.history]
                found.append(Got(r.status_code, r.reason_phrase, dict(r.headers), body, str(r.url), hops))
        return found

    return asyncio.run(go())


def by_aiohttp(paths: list[str], method: str = "GET") -> list[Got]:
    async def go() -> list[Got]:
        found = []
        async with aiohttp.ClientSession() as session:
            for path in paths:
                async with session.request(method, BASE + path) as r:
                    joined = {name.lower(): ", ".join(r.headers.getall(name)) for name in r.headers}
                    hops = [hop.status for hop in r.history]
                    found.append(Got(r.status, r.reason or "", joined, await r.read(), str(r.url), hops))
        return found

    return asyncio.run(go())


Client = Callable[..., list[Got]]
CLIENTS: list[Client] = [
    by_requests, by_requests_streaming, by_requests_with_retries, by_urllib3, by_urllib, by_http_client, by_httpx,
    by_httpx_async, by_aiohttp,
]  # fmt: skip
UNDO = [client for client in CLIENTS if client not in (by_urllib, by_http_client)]
FOLLOW = [client for client in CLIENTS if client is not by_http_client]
KEEP_COOKIES = [client for client in FOLLOW if client is not by_urllib3]
each = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Anything that gets as far as a socket or a look-up of a name fails the test."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError(f"went out: {args[1:]}")

    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield


Play = Callable[..., tuple[Any, Run, Table]]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Runs a function sealed, answered from a table."""

    def run_played(body: Callable[[], Any], answers: dict[str, list[Response]], **more: Any) -> tuple[Any, Run, Table]:
        table = Table(answers)
        monkeypatch.setattr(http_answers, "_made", lambda run: table)
        layer = HttpLayer()
        layer.install()
        run = Run(Case(TaskRef("module", "Task"), answers=Answers(cassette="table.yaml", **more)), tmp_path)
        run.phase = "run"
        with running(run):
            layer.enter(run)
            result = body()
        layer.exit(run)
        return result, run, table

    return run_played


def one(*headers: tuple[str, str], status: int = 200, body: bytes = b"", reason: str = "") -> list[Response]:
    return [Response(status, headers, body, reason)]


# --- as they came --------------------------------------------------------------------------------------------------------


@each
def test_status_reason_headers_and_body_are_as_recorded(client: Client, play: Play) -> None:
    links = (("Link", '</a>; rel="next"'), ("Link", '</b>; rel="last"'))
    headers = (("X-Request-Id", "7"), JSON, *links, ("Content-Length", "99"))
    answers = {"GET /a": one(*headers, status=203, body=b'{"a": 1}', reason="Second Hand")}
    (got,), run, _ = play(lambda: client(["/a"]), answers)
    assert (got.status, got.reason, got.body) == (203, "Second Hand", b'{"a": 1}')
    assert got.headers["x-request-id"] == "7"
    assert got.headers["link"] == '</a>; rel="next", </b>; rel="last"'
    assert got.headers["content-length"] == "8"
    assert (run.played, run.unmatched) == ([0], [])
    assert [(e.kind, e.what, e.via, e.refused) for e in run.effects] == [("http", f"GET {BASE}/a", "http", False)]


@each
def test_repeated_requests_are_answered_in_sequence_then_by_the_last(client: Client, play: Play) -> None:
    answers = {"GET /a": one(body=b"1") + one(body=b"2"), "GET /b": one(body=b"3")}
    got, run, _ = play(lambda: client(["/a", "/b", "/a", "/a"]), answers)
    assert [g.body for g in got] == [b"1", b"3", b"2", b"2"]
    assert run.played == [0, 1, 0, 0]


@each
def test_a_usual_reason_is_given_where_none_was_recorded(client: Client, play: Play) -> None:
    (got,), _, _ = play(lambda: client(["/a"]), {"GET /a": one(status=202)})
    assert (got.status, got.reason, got.body) == (202, "Accepted", b"")


@pytest.mark.parametrize("client", UNDO, ids=lambda client: client.__name__)
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity"])
def test_content_encoding_is_undone_by_those_who_undo_it(encoding: str, client: Client, play: Play) -> None:
    plain = b'{"text": "' + b"x" * 50 + b'"}'
    packed = {"gzip": gzip.compress(plain), "deflate": zlib.compress(plain), "identity": plain}[encoding]
    answers = {"GET /a": one(JSON, ("Content-Encoding", encoding), ("Content-Length", str(len(packed))), body=packed)}
    (got,), _, _ = play(lambda: client(["/a"]), answers)
    assert got.body == plain


@pytest.mark.parametrize("client", [by_urllib, by_http_client], ids=lambda client: client.__name__)
def test_content_encoding_is_left_to_those_who_read_what_came(client: Client, play: Play) -> None:
    packed = gzip.compress(b"{}")
    (got,), _, _ = play(lambda: client(["/a"]), {"GET /a": one(("Content-Encoding", "gzip"), body=packed)})
    assert (got.body, got.headers["content-encoding"]) == (packed, "gzip")


@each
def test_what_came_in_chunks_is_whole(client: Client, play: Play) -> None:
    chunked = ("Transfer-Encoding", "chunked")
    answers = {"GET /a": one(chunked, body=b"0123456789"), "GET /b": one(chunked)}
    got, _, _ = play(lambda: client(["/a", "/b", "/a"]), answers)
    assert [g.body for g in got] == [b"0123456789", b"", b"0123456789"]


@pytest.mark.parametrize("client", FOLLOW, ids=lambda client: client.__name__)
def test_redirects_are_followed_for_real(client: Client, play: Play) -> None:
    answers = {
        "GET /a": one(("Location", "/b?x=1"), status=302),
        "GET /b?x=1": one(("Location", f"{BASE}/c"), status=307),
        "GET /c": one(JSON, body=b"[]"),
    }
    (got,), run, _ = play(lambda: client(["/a"]), answers)
    assert (got.status, got.body, got.url) == (200, b"[]", f"{BASE}/c")
    assert got.hops == ([] if client is by_urllib else [302, 307])
    assert [e.what for e in run.effects] == [f"GET {BASE}/a", f"GET {BASE}/b?x=1", f"GET {BASE}/c"]
    assert run.played == [0, 1, 2]


@pytest.mark.parametrize("client", KEEP_COOKIES, ids=lambda client: client.__name__)
def test_cookies_are_kept_by_a_session(client: Client, play: Play) -> None:
    answers = {
        "GET /login": one(("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/b; HttpOnly")),
        "GET /a": one(),
        "GET /b": one(),
    }
    _, _, table = play(lambda: client(["/login", "/a", "/b"]), answers)
    assert table.cookies()[:2] == ["", "a=1"]
    assert sorted(table.cookies()[2].split("; ")) == ["a=1", "b=2"]


class Curious(http.cookiejar.CookieJar):
    """A jar of somebody's own, which sees every answer."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def extract_cookies(self, response: Any, request: Any) -> None:
        self.seen += 1
        super().extract_cookies(response, request)


def test_a_jar_of_httpx_is_asked_where_there_is_something_for_it(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    extract = http.cookiejar.CookieJar.extract_cookies

    def noticed(self: Any, response: Any, request: Any) -> None:
        asked.append(request.full_url)
        extract(self, response, request)

    monkeypatch.setattr(http.cookiejar.CookieJar, "extract_cookies", noticed)
    own = Curious()

    def both() -> None:
        for jar in (None, own):
            with httpx.Client(cookies=jar) as client:
                client.get(f"{BASE}/plain")
                client.get(f"{BASE}/sweet")

    play(both, {"GET /plain": one(), "GET /sweet": one(("Set-Cookie", "a=1"))})
    assert (own.seen, asked) == (2, [f"{BASE}/sweet", f"{BASE}/plain", f"{BASE}/sweet"])
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        client.get(f"{BASE}/outside")
    assert asked[3:] == [f"{BASE}/outside"]


@pytest.mark.parametrize("client", KEEP_COOKIES, ids=lambda client: client.__name__)
def test_a_redirect_may_set_a_cookie(client: Client, play: Play) -> None:
    answers = {"GET /a": one(("Set-Cookie", "a=1"), ("Location", "/b"), status=303), "GET /b": one(body=b"in")}
    (got,), _, table = play(lambda: client(["/a"]), answers)
    assert (got.body, table.cookies()) == (b"in", ["", "a=1"])


@each
def test_what_has_no_body_has_none_whatever_its_headers_say(client: Client, play: Play) -> None:
    answers = {
        "GET /none": one(JSON, status=204, body=b"never sent"),
        "HEAD /a": one(("Content-Length", "1234"), ("ETag", '"x"'), body=b"never sent"),
        "GET /a": one(body=b"after"),
    }
    (got, after), _, _ = play(lambda: client(["/none", "/a"]), answers)
    assert (got.status, got.body, after.body) == (204, b"", b"after")
    (got,), _, _ = play(lambda: client(["/a"], "HEAD"), answers)
    assert (got.status, got.body, got.headers["content-length"], got.headers["etag"]) == (200, b"", "1234", '"x"')


@pytest.mark.parametrize("client", [c for c in CLIENTS if c is not by_urllib], ids=lambda client: client.__name__)
def test_not_modified_has_no_body(client: Client, play: Play) -> None:
    answers = {"GET /a": one(("ETag", '"x"'), ("Content-Length", "5"), status=304)}
    (got,), _, _ = play(lambda: client(["/a"]), answers)
    assert (got.status, got.reason, got.body) == (304, "Not Modified", b"")


@each
def test_headers_in_other_alphabets_do_no_harm(client: Client, play: Play) -> None:
    answers = {"GET /a": one(("X-Name", "é"), ("X-Lines", "a\r\nb"), body=b"1")}
    (got,), _, _ = play(lambda: client(["/a"]), answers)
    assert got.body == b"1"


def test_headers_that_were_read_as_utf8_come_as_such(play: Play) -> None:
    (got,), _, _ = play(lambda: by_http_client(["/a"]), {"GET /a": one(("X-Name", "日本"))})
    assert got.headers["x-name"].encode("latin-1").decode() == "日本"


# --- unmatched -----------------------------------------------------------------------------------------------------------


@each
def test_a_request_that_nobody_recorded_ends_the_run_whatever_the_task_catches(client: Client, play: Play) -> None:
    held: list[Run] = []

    def body() -> Any:
        from taskcontract.world.state import active

        run = active()
        assert run is not None
        held.append(run)
        try:
            client(["/a", "/b", "/a"])
        except Exception as error:
            return f"swallowed {error!r}"

    with pytest.raises(Refused, match=f"GET {BASE}/b"):
        play(body, {"GET /a": one(body=b"1")})
    assert held[0].unmatched == ["nobody recorded GET /b"]
    assert held[0].played == [0]
    assert [(e.what, e.refused) for e in held[0].effects] == [(f"GET {BASE}/a", False), (f"GET {BASE}/b", True)]
    assert isinstance(held[0].stopped, Refused)


# --- requests' own -------------------------------------------------------------------------------------------------------


def test_the_raw_bytes_of_requests_are_as_on_the_wire(play: Play) -> None:
    packed = gzip.compress(b"content")

    def body() -> Any:
        first = requests.get(f"{BASE}/a", stream=True).raw.read()
        second = requests.get(f"{BASE}/a", stream=True).raw
        second.decode_content = True
        copied = io.BytesIO()
        shutil.copyfileobj(second, copied)
        third = requests.get(f"{BASE}/a", stream=True).raw.read(decode_content=True)
        return first, copied.getvalue(), third

    answers = {"GET /a": one(("Content-Encoding", "gzip"), body=packed)}
    assert play(body, answers)[0] == (packed, b"content", b"content")


def test_a_read_answer_of_requests_has_been_read(play: Play) -> None:
    def body() -> Any:
        return requests.get(f"{BASE}/a")

    headers = (("Content-Type", "text/html"), ("Set-Cookie", "a=1; Path=/"))
    r = play(body, {"GET /a": one(*headers, body="é".encode("latin-1"))})[0]
    assert (r.text, r.encoding, r.cookies.get_dict()) == ("é", "ISO-8859-1", {"a": "1"})
    assert (r.raw.status, r.raw.read(), r.raw.headers["Content-Type"], list(r.raw)) == (200, b"", "text/html", [])
    assert r.elapsed.total_seconds() >= 0
    with r.raw as raw:
        assert raw.reason == "OK"
    assert not hasattr(r.raw, "__fspath__")
    r.raw.release_conn()
    r.close()


def test_an_answer_without_a_type_is_guessed_at(play: Play) -> None:
    r = play(lambda: requests.get(f"{BASE}/a"), {"GET /a": one(body="žluťoučký kůň".encode() * 20)})[0]
    assert (r.encoding, r.apparent_encoding) == (None, "utf-8")
    assert r.text.startswith("žluťoučký")


def test_a_broken_encoding_is_an_error_of_the_clients(play: Play) -> None:
    answers = {"GET /a": one(("Content-Encoding", "gzip"), body=b"no gzip")}
    with pytest.raises(requests.exceptions.ContentDecodingError):
        play(lambda: requests.get(f"{BASE}/a"), answers)
    with pytest.raises(httpx.DecodingError):
        play(lambda: httpx.get(f"{BASE}/a"), answers)


def test_an_error_status_is_raised_with_the_recorded_reason(play: Play) -> None:
    answers = {"GET /a": one(JSON, status=409, body=b'{"message": "there already"}', reason="Conflicting")}
    with pytest.raises(requests.HTTPError, match=r"^409 Client Error: Conflicting for url: http") as caught:
        play(lambda: requests.get(f"{BASE}/a").raise_for_status(), answers)
    assert caught.value.response.json() == {"message": "there already"}


def test_an_answer_of_requests_needs_no_response_beneath(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read at once is handed over at once: it costs what an answer costs that nobody recorded."""
    from taskcontract.world import http_raw, http_requests

    def none(*_: Any, **__: Any) -> Any:
        raise AssertionError("a response of urllib3 was made")

    monkeypatch.setattr(http_raw, "opened", none)
    monkeypatch.setattr(http_requests, "opened", none)
    r = play(lambda: requests.get(f"{BASE}/a"), {"GET /a": one(JSON, ("ETag", "x"), body=b'{"a": 1}')})[0]
    assert (r.json(), r.status_code) == ({"a": 1}, 200)


def test_a_played_answer_costs_little_more_than_one_from_memory(play: Play) -> None:
    """Counted in calls, which are the same on every machine."""
    headers = (JSON, ("ETag", '"x"'), ("Server", "s"), ("Content-Length", "8"))

    class Memory(requests.adapters.BaseAdapter):
        def send(self, request: Any, *_: Any, **__: Any) -> requests.Response:
            r: Any = requests.Response()
            r.status_code, r.reason, r.url, r.encoding = 200, "OK", request.url, "utf-8"
            r.headers = requests.structures.CaseInsensitiveDict(headers)
            r._content, r._content_consumed, r.request, r.connection = b'{"a": 1}', True, request, self
            return r  # type: ignore[no-any-return]

        def close(self) -> None: ...

    def calls(session: requests.Session) -> int:
        counted = [0]

        def count(_frame: Any, event: str, _argument: Any) -> None:
            counted[0] += event in ("call", "c_call")

        session.trust_env = False
        session.get(f"{BASE}/a").json()
        sys.setprofile(count)
        try:
            session.get(f"{BASE}/a").json()
        finally:
            sys.setprofile(None)
        return counted[0]

    bare, played = requests.Session(), requests.Session()
    bare.mount("http://", Memory())
    (in_memory, by_replay), _, _ = play(lambda: (calls(bare), calls(played)), {"GET /a": one(*headers, body=b'{"a": 1}')})
    assert 0 < by_replay <= 1.3 * in_memory


def test_urllib3_reads_piece_by_piece(play: Play) -> None:
    def body() -> Any:
        r = urllib3.PoolManager().request("GET", f"{BASE}/a", preload_content=False)
        return r.read(4, decode_content=False), b"".join(r.stream(3))

    assert play(body, {"GET /a": one(("Transfer-Encoding", "chunked"), body=b"0123456789")})[0] == (b"0123", b"456789")


def test_httpx_streams_what_came(play: Play) -> None:
    packed = gzip.compress(b"content")

    def body() -> Any:
        with httpx.stream("GET", f"{BASE}/a") as r:
            raw = b"".join(r.iter_raw())
        with httpx.stream("GET", f"{BASE}/a") as r:
            lines = list(r.iter_lines())
        return raw, lines, httpx.get(f"{BASE}/a").text

    answers = {"GET /a": one(("Content-Encoding", "gzip"), ("Content-Type", "text/plain"), body=packed)}
    assert play(body, answers)[0] == (packed, ["content"], "content")


def test_aiohttp_streams_what_came(play: Play) -> None:
    async def go() -> Any:
        async with aiohttp.ClientSession() as session, session.get(f"{BASE}/a") as r:
            return [part async for part in r.content.iter_chunked(4)], r.cookies["a"].value

    answers = {"GET /a": one(("Set-Cookie", "a=1"), ("Transfer-Encoding", "chunked"), body=b"0123456789")}
    parts, cookie = play(lambda: asyncio.run(go()), answers)[0]
    assert (b"".join(parts), cookie) == (b"0123456789", "1")


# --- AWS -----------------------------------------------------------------------------------------------------------------


def aws(service: str, attempts: int = 1) -> Any:
    session = importlib.import_module("botocore.session").Session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    config = importlib.import_module("botocore.config").Config(
        retries={"total_max_attempts": attempts}, s3={"addressing_style": "path"}
    )
    return session.create_client(service, region_name="eu-west-1", endpoint_url=BASE, config=config)


def test_aws_answers_carry_their_headers(play: Play) -> None:
    headers = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", "id-7"))
    client = aws("secretsmanager")
    answers = {"POST /": one(*headers, body=b'{"SecretString": "s", "Name": "n"}')}
    result = play(lambda: client.get_secret_value(SecretId="s"), answers)[0]
    assert (result["SecretString"], result["ResponseMetadata"]["RequestId"]) == ("s", "id-7")


def test_aws_objects_are_streamed(play: Play) -> None:
    storage = aws("s3")
    answers = {"GET /bucket/key": one(("x-amz-request-id", "id-8"), ("Content-Length", "7"), ("ETag", '"e"'), body=b"content")}

    def body() -> Any:
        found = storage.get_object(Bucket="bucket", Key="key")
        first = found["Body"].read(3)
        return first, found["Body"].read(), found["ContentLength"], found["ETag"], found["ResponseMetadata"]["RequestId"]

    assert play(body, answers)[0] == (b"con", b"tent", 7, '"e"', "id-8")


def test_aws_lists_are_xml(play: Play) -> None:
    storage = aws("s3")
    xml = b'<?xml version="1.0"?><ListBucketResult><Contents><Key>a/b</Key><Size>3</Size></Contents></ListBucketResult>'
    answers = {"GET /bucket?list-type=2&encoding-type=url": one(("Content-Type", "application/xml"), body=xml)}
    result = play(lambda: storage.list_objects_v2(Bucket="bucket"), answers)[0]
    assert [(c["Key"], c["Size"]) for c in result["Contents"]] == [("a/b", 3)]


def test_aws_retries_are_real(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    client = aws("secretsmanager", attempts=3)
    throttled = one(status=400, body=b'{"__type": "ThrottlingException", "message": "slow down"}')
    answers = {"POST /": one(status=503) + throttled + one(body=b'{"Name": "n"}')}
    result, run, _ = play(lambda: client.get_secret_value(SecretId="s"), answers)
    assert (result["Name"], result["ResponseMetadata"]["RetryAttempts"], run.played) == ("n", 2, [0, 0, 0])


def test_an_error_of_aws_is_its_own(play: Play) -> None:
    client = aws("secretsmanager")
    error = json.dumps({"__type": "ResourceNotFoundException", "Message": "no such secret"}).encode()
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="no such secret"):
        play(lambda: client.get_secret_value(SecretId="s"), {"POST /": one(status=400, body=error)})


# --- documents keep what they have ----------------------------------------------------------------------------------------


def test_a_run_without_recording_or_stubs_has_no_player(tmp_path: Path) -> None:
    run = Run(Case(TaskRef("module", "Task"), answers=Answers(((200, "{}"),))), tmp_path)
    assert http_answers.player(run) is None


def test_a_run_keeps_its_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Table] = []

    def make(run: Run) -> Table:
        made.append(Table({}))
        return made[-1]

    monkeypatch.setattr(http_answers, "_made", make)
    one_run, other = (Run(Case(TaskRef("m", "T"), answers=Answers(cassette="c")), tmp_path) for _ in range(2))
    assert http_answers.player(one_run) is http_answers.player(one_run)
    assert http_answers.player(one_run) is not http_answers.player(other)
    assert len(made) == 2


def test_what_was_answered_is_told_to_those_who_look_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = Response(200, (JSON, ("Content-Encoding", "gzip")), gzip.compress(b'{"a": 1}'))
    plain = Response(404, (("Content-Type", 'Text/Plain; charset="latin-1"'),), "é".encode("latin-1"))
    other = Response(200, (("Content-Type", "image/png"),), b"\xff\xfe")
    table = Table({"GET /a": [packed], "GET /b": [plain], "GET /c": [other]})
    monkeypatch.setattr(http_answers, "_made", lambda run: table)
    layer = HttpLayer()
    layer.install()
    run = Run(Case(TaskRef("m", "T"), answers=Answers(cassette="c"), inspect=True), tmp_path)
    with running(run):
        by_requests(["/a", "/b", "/c"])
    assert [(a.status, a.kind, a.text) for a in run.answered] == [
        (200, "application/json", '{"a": 1}'), (404, "text/plain", "é"), (200, "image/png", ""),
    ]  # fmt: skip
    explored = Run(Case(TaskRef("m", "T"), inspect=True), tmp_path)
    with running(explored):
        by_requests(["/a"])
    assert [(a.status, a.kind, a.text) for a in explored.answered] == [(200, "application/json", "")]
