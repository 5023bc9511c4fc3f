"""The machine that clouds' clients ask who they are: each client is told at once that nobody answers, and nothing is sent."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
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

from taskcontract.model import Answers, Case, TaskRef
from taskcontract.world.http import HttpLayer
from taskcontract.world.http_metadata import NoSuchMachine, is_metadata
from taskcontract.world.state import Run, running

URL = "http://169.254.169.254/latest/api/token"
Act = Callable[[], Any]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run that is answered over HTTP."""
    layer, run = HttpLayer(), Run(Case(TaskRef("m", "T")), tmp_path)
    layer.install()
    run.phase = "run"
    layer.enter(run)
    with running(run):
        yield run
    layer.exit(run)


def by_a_session_that_retries() -> Any:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=2))
    return session.get(URL)


def by_aiohttp() -> Any:
    async def ask() -> Any:
        async with aiohttp.ClientSession() as session, session.get(URL) as response:
            return await response.text()

    return asyncio.run(ask())


def by_http_client() -> Any:
    connection = http.client.HTTPConnection("169.254.169.254")
    connection.request("GET", "/latest/api/token")


@pytest.mark.parametrize(
    ("act", "error", "times"),
    [
        (lambda: requests.get(URL), requests.ConnectionError, 1),
        (by_a_session_that_retries, requests.ConnectionError, 3),
        (lambda: urllib3.PoolManager().request("GET", URL, retries=False), urllib3.exceptions.HTTPError, 1),
        (lambda: httpx.get(URL), httpx.ConnectError, 1),
        (lambda: urllib.request.urlopen(URL), urllib.error.URLError, 1),
        (by_http_client, ConnectionRefusedError, 1),
        (by_aiohttp, (aiohttp.ClientError, OSError), 1),
    ],
    ids=["requests", "requests that retries", "urllib3", "httpx", "urllib", "http.client", "aiohttp"],
)
def test_every_client_is_refused_in_its_own_words(run: Run, act: Act, error: Any, times: int) -> None:
    with pytest.raises(error):
        act()
    assert [r.name for r in run.reads if r.kind == "metadata"] == ["169.254.169.254"] * times
    assert run.effects == []
    assert run.stopped is None


@pytest.mark.parametrize(
    ("url", "is_it"),
    [
        (URL, True),
        ("http://169.254.170.2/v2/credentials/x", True),
        ("http://[fd00:ec2::254]/latest", True),
        ("http://metadata.google.internal/computeMetadata/v1/", True),
        ("http://METADATA.google.internal.:80", True),
        ("http://metadata/x", True),
        ("https://metadata.google.internal.example.com/", False),
        ("https://169.254.169.2541/", False),
        ("https://api.acme.test/?u=http://169.254.169.254/", False),
        ("https://169.254.1.1/", False),
    ],
)
def test_which_address_is_the_machines(url: str, is_it: bool) -> None:
    assert is_metadata(url) is is_it


def test_what_the_client_is_told(run: Run) -> None:
    with pytest.raises(requests.ConnectionError) as told:
        requests.put("http://[fd00:ec2::254]/latest/api/token")
    assert isinstance(told.value.__cause__, NoSuchMachine)
    assert str(told.value.__cause__) == (
        "[Errno 111] Connection refused: fd00:ec2::254 is asked for credentials by clouds' clients; here is no cloud"
    )


def test_documents_are_for_the_services_requests(tmp_path: Path) -> None:
    layer, run = HttpLayer(), Run(Case(TaskRef("m", "T"), answers=Answers(documents=((200, '{"n": 1}'),))), tmp_path)
    run.phase = "run"
    layer.enter(run)
    with running(run):
        with pytest.raises(requests.ConnectionError):
            requests.get(URL)
        assert requests.get("https://api.acme.test/").json() == {"n": 1}
    layer.exit(run)
