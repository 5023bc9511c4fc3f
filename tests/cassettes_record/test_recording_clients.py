"""What vcrpy hands on of every client becomes the same plain nouns, with headers that fit the body."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gzip
import http.client
import json
import ssl
import urllib.request
from collections.abc import Callable
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3

from taskcontract.cassettes.record import _as_it_is, recording
from taskcontract.cassettes.recording import Response

SENT = json.dumps({"n": 1}).encode()


def _requests(url: str) -> Any:
    return requests.post(url, data=SENT, headers={"X-Place": "response, gzip", "X-Acme-Key": KEY}, timeout=10).json()


def _urllib3(url: str) -> Any:
    with urllib3.PoolManager() as pool:
        return pool.request("POST", url, body=SENT, headers={"X-Place": "response, gzip", "X-Acme-Key": KEY}).json()


def _urllib(url: str) -> Any:
    asked = urllib.request.Request(url, SENT, {"X-Place": "response, gzip", "X-Acme-Key": KEY})
    with urllib.request.urlopen(asked) as answer:
        return json.loads(gzip.decompress(answer.read()))


def _httpx(url: str) -> Any:
    return httpx.post(url, content=SENT, headers={"X-Place": "response, gzip", "X-Acme-Key": KEY}).json()


def _httpx_async(url: str) -> Any:
    async def run() -> Any:
        async with httpx.AsyncClient() as client:
            return (await client.post(url, content=SENT, headers={"X-Place": "response, gzip", "X-Acme-Key": KEY})).json()

    return asyncio.run(run())


def _aiohttp(url: str) -> Any:
    async def run() -> Any:
        headers = {"X-Place": "response, gzip", "X-Acme-Key": KEY}
        async with aiohttp.ClientSession() as session, session.post(url, data=SENT, headers=headers) as answer:
            return json.loads(await answer.read())

    return asyncio.run(run())


KEY = 'kX7/pa+ss "word" 9!'
CLIENTS: dict[str, Callable[[str], Any]] = {
    "requests": _requests,
    "urllib3": _urllib3,
    "urllib": _urllib,
    "httpx": _httpx,
    "httpx async": _httpx_async,
    "aiohttp": _aiohttp,
}


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_is_recorded(client: str, service: Any) -> None:
    with recording() as tape:
        seen = CLIENTS[client](f"{service.url}/x")
    (one,) = tape.interactions()
    assert seen == {"a": KEY} and service.seen == ["/x"]
    assert (one.request.method, one.request.url, one.request.body) == ("POST", f"{service.url}/x", SENT)
    assert {name.casefold(): value for name, value in one.request.headers}["x-acme-key"] == KEY
    told = {name.casefold(): value for name, value in one.response.headers}
    body = gzip.decompress(one.response.body) if told.get("content-encoding") == "gzip" else one.response.body
    assert json.loads(body) == {"a": KEY} and told["content-length"] == str(len(one.response.body))
    assert one.response.status == 200 and one.response.reason == "OK"


@pytest.mark.parametrize("client", ["requests", "urllib", "urllib3"])
def test_eight_threads_lose_nothing(client: str, service: Any) -> None:
    wanted = sorted(f"{service.url}/{n}" for n in range(64))
    with recording() as tape, concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(CLIENTS[client], wanted))
    assert sorted(each.request.url for each in tape.interactions()) == wanted


def test_afterwards_everything_is_as_it_was(service: Any) -> None:
    import vcr.patch

    def state() -> tuple[object, ...]:
        secure = http.client.HTTPSConnection
        return http.client.HTTPConnection, secure, vars(secure)["__init__"], vars(secure)["connect"], vcr.patch.force_reset

    before = state()
    with pytest.raises(RuntimeError), recording():
        raise RuntimeError
    assert state() == before
    with recording() as tape:
        pass
    requests.get(f"{service.url}/x", timeout=10)
    assert tape.interactions() == ()


def test_over_tls_too(service: Any) -> None:
    """The real connection class is made and connected while vcrpy's stands in its place."""
    secure = service.url.replace("http:", "https:")
    with recording() as tape, pytest.raises(requests.exceptions.SSLError):
        requests.get(secure, timeout=10)
    with recording(), pytest.raises(ssl.SSLError):
        urllib.request.urlopen(secure)
    assert tape.interactions() == ()


@pytest.mark.parametrize("body", ["a text", [b"a ", b"text"], iter([b"a ", b"text"]), bytearray(b"a text")])
def test_bodies_in_any_form(body: Any, service: Any) -> None:
    with recording() as tape:
        connection = http.client.HTTPConnection(service.url.removeprefix("http://"))
        connection.request("POST", "/x", body=body, headers={"Content-Length": "6"})
        connection.getresponse().read()
        connection.close()
    assert tape.interactions()[0].request.body == b"a text"


def test_what_is_decoded_already_is_not_declared_to_be_encoded() -> None:
    kept = Response(200, (("Content-Encoding", "gzip"),), gzip.compress(b"a"))
    assert _as_it_is(kept) is kept
    plain = Response(200, (("Content-Encoding", "br"), ("X", "1"), ("Content-Length", "99")), b"abc")
    assert _as_it_is(plain).headers == (("X", "1"), ("Content-Length", "3"))
