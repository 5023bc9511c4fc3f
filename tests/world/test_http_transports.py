"""Each client is answered at its transport: one effect per request, of the same canonical form, and nothing leaves."""

from __future__ import annotations

import asyncio
import concurrent.futures
import http.client
import importlib
import io
import json
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from taskcontract.model import Answers, Case, TaskRef
from taskcontract.world.http import HttpLayer, finish
from taskcontract.world.inventions import materialise
from taskcontract.world.state import Cut, Run, running

URL = "https://api.example.com:8443/v1/things?b=2&a=1"
DETAIL = (
    "http", "POST", "https", "api.example.com", 8443, "/v1/things", ("query", ("a", "1"), ("b", "2")),
    ("headers", ("authorization", "Bearer t"), ("content-type", "application/json")),
    ("json", ("dict", ("name", "x"), ("size", 3))), ("options",),
)  # fmt: skip
HEADERS = {"Authorization": "Bearer t", "Content-Type": "application/json"}
BODY = json.dumps({"size": 3, "name": "x"}).encode()


def by_requests() -> Any:
    return requests.post(URL, data=BODY, headers=HEADERS).json()


def by_requests_with_retries() -> Any:
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=3))
    return session.post(URL, json={"name": "x", "size": 3}, headers={"Authorization": "Bearer t"}).json()


def by_urllib3() -> Any:
    return urllib3.PoolManager().request("POST", URL, body=BODY, headers=HEADERS).json()


def by_urllib() -> Any:
    request = urllib.request.Request(URL, data=BODY, headers=HEADERS)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def by_http_client() -> Any:
    connection = http.client.HTTPSConnection("api.example.com", 8443)
    connection.request("POST", "/v1/things?b=2&a=1", BODY, HEADERS)
    return json.loads(connection.getresponse().read())


def by_http_client_in_chunks() -> Any:
    connection = http.client.HTTPSConnection("api.example.com", 8443)
    headers = {**HEADERS, "Transfer-Encoding": "chunked"}
    connection.request("POST", "/v1/things?b=2&a=1", iter([BODY[:5], BODY[5:]]), headers, encode_chunked=True)
    return json.loads(connection.getresponse().read())


def by_httpx() -> Any:
    return httpx.post(URL, content=BODY, headers=HEADERS).json()


def by_httpx_async() -> Any:
    async def post() -> Any:
        async with httpx.AsyncClient() as client:
            return (await client.post(URL, content=BODY, headers=HEADERS)).json()

    return asyncio.run(post())


def by_aiohttp() -> Any:
    async def post() -> Any:
        async with aiohttp.ClientSession() as session, session.post(URL, data=BODY, headers=HEADERS) as response:
            return await response.json()

    return asyncio.run(post())


CLIENTS: list[Callable[[], Any]] = [
    by_requests, by_requests_with_retries, by_urllib3, by_urllib, by_http_client, by_http_client_in_chunks, by_httpx,
    by_httpx_async, by_aiohttp,
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Anything that gets as far as a socket or a look-up of a name fails the test."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError(f"went out: {args[1:]}")

    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield


def observed(body: Callable[[], Any], directory: Path, answers: Answers | None = None) -> tuple[Any, Run]:
    layer = HttpLayer()
    layer.install()
    run = Run(Case(TaskRef("module", "Task"), answers=answers or Answers()), directory)
    run.phase = "run"
    with running(run):
        layer.enter(run)
        result = body()
    layer.exit(run)
    return result, run


def documents(*answers: tuple[int, Any]) -> Answers:
    return Answers(tuple((status, json.dumps(value)) for status, value in answers))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_every_client_sends_the_same_canonical_request(client: Callable[[], Any], tmp_path: Path) -> None:
    result, run = observed(client, tmp_path, documents((200, {"id": [1, None]})))
    assert result == {"id": [1, None]}
    assert [(e.kind, e.what, e.via, e.refused) for e in run.effects] == [("http", f"POST {URL}", "http", False)]
    assert run.effects[0].detail == DETAIL


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_every_client_decodes_an_invention(client: Callable[[], Any], tmp_path: Path) -> None:
    def body() -> Any:
        return str(client()["job"]["id"])

    result, run = observed(body, tmp_path)
    assert materialise(run).documents == ((200, json.dumps({"job": {"id": str(result)}})),)
    assert str(result).startswith("answer-id-")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_the_nth_request_gets_the_nth_document_and_the_last_repeats(client: Callable[[], Any], tmp_path: Path) -> None:
    result, run = observed(lambda: [client()["n"] for _ in range(3)], tmp_path, documents((200, {"n": 1}), (200, {"n": 2})))
    assert (result, len(run.effects)) == ([1, 2, 2], 3)


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_a_run_that_is_over_sends_nothing(client: Callable[[], Any], tmp_path: Path) -> None:
    def body() -> None:
        run.over = True
        with pytest.raises(Cut, match="the run is over"):
            client()

    layer = HttpLayer()
    layer.install()
    run = Run(Case(TaskRef("module", "Task")), tmp_path)
    with running(run):
        body()
    assert run.effects == []


@pytest.mark.parametrize("client", CLIENTS[:5], ids=lambda client: client.__name__)
def test_threads_and_executors_belong_to_the_run(client: Callable[[], Any], tmp_path: Path) -> None:
    def body() -> Any:
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(client()))
        thread.start()
        thread.join()
        with concurrent.futures.ThreadPoolExecutor(1) as executor:
            return [*found, executor.submit(client).result()]

    result, run = observed(body, tmp_path, documents((200, {"id": 1})))
    assert (result, [e.kind for e in run.effects if e.kind != "thread"]) == ([{"id": 1}] * 2, ["http"] * 2)


def test_outside_a_run_clients_are_themselves(tmp_path: Path) -> None:
    observed(by_requests, tmp_path)
    for client in CLIENTS:
        with pytest.raises((AssertionError, aiohttp.ClientError, requests.ConnectionError)) as caught:
            client()
        assert "went out" in str(caught.value)


def test_a_connection_of_a_run_is_of_no_use_outside_it(tmp_path: Path) -> None:
    def body() -> http.client.HTTPConnection:
        made = http.client.HTTPConnection("api.example.com")
        made.connect()
        made.sock.setsockopt(1, 2, 3)
        return made

    connection, _ = observed(body, tmp_path)
    with pytest.raises(ConnectionResetError, match="opened in a sealed run, which is over"):
        connection.request("GET", "/")
    connection.close()


def test_a_connection_from_before_a_run_is_not_used_by_it(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    connection = http.client.HTTPConnection("api.example.com")
    connection.sock = ours

    def body() -> int:
        connection.request("GET", "/path")
        return connection.getresponse().status

    result, run = observed(body, tmp_path, documents((200, {})))
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(1)
    assert (result, [e.what for e in run.effects]) == (200, ["GET http://api.example.com/path"])
    ours.close()
    theirs.close()


# --- statuses ----------------------------------------------------------------------------------------------------------


def test_a_failure_status_is_a_failure_to_every_client(tmp_path: Path) -> None:
    answers = documents((503, {"message": "busy"}))
    response, _ = observed(lambda: requests.get(URL), tmp_path, answers)
    assert (response.ok, response.reason, response.status_code) == (False, "Service Unavailable", 503)
    with pytest.raises(requests.HTTPError, match="503 Server Error"):
        response.raise_for_status()
    with pytest.raises(urllib.error.HTTPError, match="503") as caught:
        observed(by_urllib, tmp_path, answers)
    caught.value.close()
    with pytest.raises(httpx.HTTPStatusError, match="503"):
        observed(lambda: httpx.get(URL).raise_for_status(), tmp_path, answers)

    async def get() -> Any:
        async with aiohttp.ClientSession() as session, session.get(URL) as reply:
            reply.raise_for_status()

    with pytest.raises(aiohttp.ClientResponseError, match="503"):
        observed(lambda: asyncio.run(get()), tmp_path, answers)


def test_an_unlikely_status_has_a_reason_too(tmp_path: Path) -> None:
    response, _ = observed(lambda: requests.get(URL), tmp_path, documents((799, {})))
    assert response.reason == "Unknown"


def test_retries_are_real(tmp_path: Path) -> None:
    def body() -> Any:
        session = requests.Session()
        retry = Retry(total=3, backoff_factor=0, status_forcelist=[503], allowed_methods=None)
        session.mount("https://", HTTPAdapter(max_retries=retry))
        return session.post(URL, json=1).json()

    answers = documents((503, {}), (503, {}), (200, {"id": 7}))
    result, run = observed(body, tmp_path, answers)
    assert (result, len(run.effects)) == ({"id": 7}, 3)
    with pytest.raises(requests.exceptions.RetryError):
        observed(body, tmp_path, documents((503, {})))


def test_retries_fork_nothing(tmp_path: Path) -> None:
    def body() -> Any:
        session = requests.Session()
        session.mount("https://", HTTPAdapter(max_retries=Retry(total=3, status_forcelist=[500, 503])))
        response = session.get(URL)
        response.raise_for_status()
        return response.json()["id"]

    assert observed(body, tmp_path)[1].forks == []


# --- what is sent --------------------------------------------------------------------------------------------------------


def sent(body: Callable[[], Any], directory: Path) -> Any:
    return observed(body, directory, documents((200, {})))[1].effects[0].detail


def test_forms_files_and_streams_are_read(tmp_path: Path) -> None:
    assert sent(lambda: requests.post(URL, data={"b": "2", "a": "1 2"}), tmp_path)[8] == ("form", ("a", "1 2"), ("b", "2"))
    assert sent(lambda: requests.post(URL, data=io.BytesIO(b"abc")), tmp_path)[8] == ("text", "abc")
    assert sent(lambda: requests.post(URL, data=iter([b"ab", b"c"])), tmp_path)[8] == ("text", "abc")
    assert sent(lambda: requests.post(URL, data=b"\xff\xfe"), tmp_path)[8] == ("bytes", b"\xff\xfe")
    assert sent(lambda: requests.post(URL, data='{"broken'), tmp_path)[8] == ("text", '{"broken')
    assert sent(lambda: requests.post(URL, data="", headers={"Content-Type": "application/json"}), tmp_path)[8] == ("none",)
    assert sent(lambda: httpx.post(URL, data={"a": "1"}), tmp_path)[8] == ("form", ("a", "1"))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert sent(lambda: requests.post(URL, data="no pairs", headers=form), tmp_path)[8] == ("text", "no pairs")


def test_the_boundary_of_a_multipart_body_is_not_the_tasks_doing(tmp_path: Path) -> None:
    def post() -> Any:
        files: dict[str, Any] = {"file": ("a.json", b'{"x": 1}', "application/json"), "other": b"\xff"}
        return requests.post(URL, files=files, data={"k": "v"})

    first, second = sent(post, tmp_path), sent(post, tmp_path)
    assert first == second
    assert first[7] == ("headers", ("content-type", "multipart/form-data; boundary=boundary"))
    assert first[8] == (
        "multipart",
        ((("content-disposition", 'form-data; name="k"'),), ("text", "v")),
        (
            (("content-disposition", 'form-data; name="file"; filename="a.json"'), ("content-type", "application/json")),
            ("json", ("dict", ("x", 1))),
        ),
        ((("content-disposition", 'form-data; name="other"; filename="other"'),), ("bytes", b"\xff")),
    )


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_a_compressed_body_is_read_where_it_can_be(coding: str, tmp_path: Path) -> None:
    import gzip
    import zlib

    packed = {"gzip": gzip.compress(BODY), "deflate": zlib.compress(BODY), "zstd": b"\xff\xfe"}[coding]
    found = sent(lambda: requests.post(URL, data=packed, headers={"Content-Encoding": coding}), tmp_path)[8]
    assert found == (("bytes", b"\xff\xfe") if coding == "zstd" else DETAIL[8])
    broken = sent(lambda: requests.post(URL, data=b"\xff", headers={"Content-Encoding": coding}), tmp_path)[8]
    assert broken == ("bytes", b"\xff")


def test_the_cases_directory_reads_as_such(tmp_path: Path) -> None:
    body = f"{tmp_path}\xff".encode("latin-1")
    detail = sent(lambda: requests.post(f"https://h/{tmp_path}?p={tmp_path}", data=body), tmp_path)
    assert (detail[5], detail[6], detail[8]) == ("/<case>", ("query", ("p", "<case>")), ("bytes", b"<case>\xff"))


def test_headers_that_the_task_did_not_write_are_left_out(tmp_path: Path) -> None:
    assert sent(lambda: requests.get(URL), tmp_path)[7] == ("headers",)
    own = {"User-Agent": "acme/1", "Accept": "application/json", "Host": "other.example", "X-None": None}
    kept = sent(lambda: requests.get(URL, headers=own), tmp_path)[7]
    assert kept == ("headers", ("accept", "application/json"), ("host", "other.example"), ("user-agent", "acme/1"))


def test_transport_options_are_part_of_a_request(tmp_path: Path) -> None:
    assert sent(lambda: requests.get(URL, verify=False), tmp_path)[9] == ("options", ("verify", False))
    detail = sent(lambda: requests.get(URL, cert="c.pem", proxies={"https": "http://p:1"}), tmp_path)
    assert detail[9][1:] == (("cert", "c.pem"), ("proxies", ("dict", ("https", "http://p:1"))))
    pool = urllib3.ProxyManager("http://proxy:3128", cert_reqs="CERT_NONE", cert_file="c.pem")
    assert sent(lambda: pool.request("GET", "https://h/p"), tmp_path)[9] == (
        "options", ("cert", "c.pem"), ("proxies", "http://proxy:3128"), ("verify", False),
    )  # fmt: skip
    assert sent(lambda: pool.request("GET", "http://h/p"), tmp_path)[2:6] == ("http", "h", 80, "/p")


def test_odd_addresses_are_seen_as_they_are(tmp_path: Path) -> None:
    from taskcontract.world.http_exchange import exchange

    def body() -> None:
        from taskcontract.world.state import active

        run = active()
        assert run is not None
        exchange(run, b"get", b"http://h:port/", [(b"A", b"1")], bytearray(b"x"))
        exchange(run, "put", "http://h/", None, 12.5)
        exchange(run, "put", "http://[h/", None, None)

    _, run = observed(body, tmp_path, documents((200, {})))
    assert [e.what for e in run.effects] == ["GET http://h:port/", "PUT http://h/", "PUT http://[h/"]
    assert run.effects[2].detail[2:6] == ("", "", None, "http://[h/")
    assert run.effects[0].detail[3:5] == ("h:port", 80)
    assert [e.detail[8] for e in run.effects] == [("text", "x"), ("text", "12.5"), ("none",)]


def test_a_unix_socket_adapter_is_answered(tmp_path: Path) -> None:
    adapter = importlib.import_module("docker.transport").UnixHTTPAdapter

    def body() -> Any:
        session = requests.Session()
        session.mount("http+docker://", adapter("http+unix:///var/run/docker.sock"))
        return session.get("http+docker://localhost/v1.41/info").json()["Name"]

    result, run = observed(body, tmp_path)
    assert str(result).startswith("answer-name-")
    assert run.effects[0].what == "GET http+docker://localhost/v1.41/info"


# --- what is read otherwise ------------------------------------------------------------------------------------------------


def test_an_answer_is_readable_in_every_way(tmp_path: Path) -> None:
    text = '{"a": 1}'
    answers = Answers(((200, text),))
    response, _ = observed(lambda: requests.get(URL, stream=True), tmp_path, answers)
    assert (response.text, response.content, b"".join(response.iter_content(3))) == (text, text.encode(), text.encode())
    assert [*response.iter_lines()] == [text.encode()]
    raw = response.raw
    assert (raw.read(3, decode_content=True), b"".join(raw.stream(2))) == (text[:3].encode(), text[3:].encode())
    raw.release_conn()
    response.close()
    streamed, _ = observed(lambda: urllib3.PoolManager().request("GET", URL, preload_content=False), tmp_path, answers)
    assert b"".join(streamed.stream(3)) == text.encode()
    lines, _ = observed(lambda: urllib.request.urlopen(URL).read(), tmp_path, answers)
    assert lines == text.encode()

    def httpx_stream() -> bytes:
        with httpx.stream("GET", URL) as found:
            return b"".join(found.iter_bytes())

    assert observed(httpx_stream, tmp_path, answers)[0] == text.encode()


@pytest.mark.parametrize("client", [requests.head, httpx.head], ids=["requests", "httpx"])
def test_head_has_a_status_and_no_body(client: Callable[[str], Any], tmp_path: Path) -> None:
    assert observed(lambda: client(URL).content, tmp_path)[0] == b""
    assert observed(lambda: client(URL).status_code, tmp_path, documents((404, {})))[0] == 404


def test_head_by_the_others(tmp_path: Path) -> None:
    request = urllib.request.Request(URL, method="HEAD")
    assert observed(lambda: urllib.request.urlopen(request).read(), tmp_path)[0] == b""

    async def head() -> Any:
        async with aiohttp.ClientSession() as session, session.head(URL) as response:
            return response.status, await response.read()

    assert observed(lambda: asyncio.run(head()), tmp_path)[0] == (200, b"")


def test_a_tunnel_through_a_proxy_is_answered(tmp_path: Path) -> None:
    def body() -> Any:
        connection = http.client.HTTPSConnection("proxy", 3128)
        connection.set_tunnel("api.example.com", 443)
        connection.request("GET", "/x")
        return json.loads(connection.getresponse().read())["id"]

    _, run = observed(body, tmp_path)
    assert run.effects[0].what == "GET https://api.example.com/x"


def test_aiohttp_streams_a_form_and_reads_a_status(tmp_path: Path) -> None:
    async def post() -> Any:
        form = aiohttp.FormData({"k": "v"})
        form.add_field("file", io.BytesIO(b"abc"), filename="a.txt")
        async with aiohttp.ClientSession() as session, session.post("http://h:81/x", data=form) as response:
            first = response.status == 201
            async with session.get("http://h:81/y") as other:
                return first, (await other.json())["id"]

    (first, _), run = observed(lambda: asyncio.run(post()), tmp_path)
    assert first
    assert [e.what for e in run.effects] == ["POST http://h:81/x", "GET http://h:81/y"]
    assert run.effects[0].detail[8][0] == "multipart"
    assert materialise(run).documents[0][0] == 201


# --- AWS -----------------------------------------------------------------------------------------------------------------


def aws(service: str) -> Any:
    session = importlib.import_module("botocore.session").Session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    return session.create_client(service, region_name="eu-west-1")


def test_aws_json_protocol(tmp_path: Path) -> None:
    client = aws("secretsmanager")
    result, run = observed(lambda: client.get_secret_value(SecretId="s")["SecretString"], tmp_path)
    assert str(result).startswith("answer-secretstring-")
    detail = run.effects[0].detail
    assert run.effects[0].what == "POST https://secretsmanager.eu-west-1.amazonaws.com/"
    assert detail[8] == ("json", ("dict", ("SecretId", "s")))
    assert "Credential=AKIDEXAMPLE/" in dict(detail[7][1:])["authorization"]
    assert not {"user-agent", "amz-sdk-request", "amz-sdk-invocation-id"} & set(dict(detail[7][1:]))


def test_aws_xml_protocols(tmp_path: Path) -> None:
    storage, identity = aws("s3"), aws("sts")
    _, run = observed(lambda: storage.put_object(Bucket="bucket", Key="k", Body=b"abc"), tmp_path)
    assert run.effects[0].detail[1] == "PUT" and run.effects[0].detail[5].endswith("/k")
    content, _ = observed(lambda: storage.get_object(Bucket="bucket", Key="k")["Body"].read(), tmp_path)
    assert content == b""
    assert "Contents" not in observed(lambda: storage.list_objects_v2(Bucket="bucket"), tmp_path)[0]
    assert "ResponseMetadata" in observed(lambda: identity.get_caller_identity(), tmp_path)[0]


def test_aws_documents(tmp_path: Path) -> None:
    answers = documents((200, {"SecretString": "value", "Name": "n"}))
    result, _ = observed(lambda: aws("secretsmanager").get_secret_value(SecretId="s"), tmp_path, answers)
    assert (result["SecretString"], result["Name"]) == ("value", "n")


# --- finishing -------------------------------------------------------------------------------------------------------------


def test_finishing_twice_does_no_harm(tmp_path: Path) -> None:
    _, run = observed(by_requests, tmp_path, documents((200, {})))
    finish(run)
    assert run.effects[0].detail == DETAIL


def test_an_unfinished_request_has_its_canonical_form_too(tmp_path: Path) -> None:
    from taskcontract.world.canon import canon

    layer = HttpLayer()
    layer.install()
    run = Run(Case(TaskRef("module", "Task")), tmp_path)
    with running(run):
        by_requests()
    assert canon(run.effects[0].detail) == DETAIL
    finish(run)
    assert run.effects[0].detail == DETAIL


def test_a_raw_answer_can_be_read_chunk_by_chunk(tmp_path: Path) -> None:
    raw = observed(lambda: requests.get(URL, stream=True).raw, tmp_path, Answers(((200, "[1, 2]"),)))[0]
    chunk = raw.read(1)
    assert raw._fp.chunked and chunk + raw.read(raw._fp.chunk_left) == b"[1, 2]" and raw.read(1) == b""


def test_the_decoder_of_simplejson_is_taught_too(tmp_path: Path) -> None:
    from types import ModuleType

    from taskcontract.world.http import LIBRARIES
    from taskcontract.world.inventions import InventedObject

    class Decoder(json.JSONDecoder):
        def decode(self, s: str, _w: Any = None) -> Any:
            return super().decode(s)

    module = ModuleType("simplejson.decoder")
    module.JSONDecoder = Decoder  # type: ignore[attr-defined]
    LIBRARIES["simplejson.decoder"](module)
    assert type(observed(lambda: Decoder().decode(requests.get(URL).text), tmp_path)[0]) is InventedObject
