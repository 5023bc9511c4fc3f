"""One request of a run that makes many, under each way to answer it: what replay adds to a client's own work."""

from __future__ import annotations

import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import requests
import urllib3
from prefect import Task

from benchmarks.table import Table, ratio
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.save import save

URL = "https://shop.example/items/lamp"
ANSWER = {"name": "lamp", "price": 3}
BODY = json.dumps(ANSWER).encode()
FEW, MANY = 10, 110
"""A run that makes `MANY` requests costs so much more than one that makes `FEW`: what is done once per run is in neither."""

Run = Callable[[int], None]
"""Makes that many requests in one run."""


class FetchAll(Task):
    """A task that asks for the same item many times, through one client."""

    def run(self, item: str = "lamp", times: int = 0, client: str = "") -> Any:
        """Fetch it."""
        with requests.Session() if client == "requests" else httpx.Client() as session:
            return [session.get(f"https://shop.example/items/{item}").json() for _ in range(times)]


def measure(quick: bool) -> Table:
    """The cost of one request with `requests` and with `httpx`."""
    rounds = 3 if quick else 7
    table = Table(
        "One request of a run that makes many",
        ["µs a request", "to bare"],
        f"median of {rounds} interleaved rounds; processor time of {MANY} requests less that of {FEW}, through one session",
    )
    ways: dict[str, dict[str, Callable[[], Any]]] = {
        "requests": {
            "requests, bare: in-memory adapter": bare_requests,
            "requests, responses": with_responses,
            "requests, vcrpy, cassette held open": lambda: with_vcrpy("requests", False),
            "requests, vcrpy, cassette opened for each run": lambda: with_vcrpy("requests", True),
            "requests, taskcontract, replayed in the sealed world": lambda: replayed("requests"),
        },
        "httpx": {
            "httpx, bare: in-memory transport": bare_httpx,
            "httpx, respx": with_respx,
            "httpx, pytest-httpx": with_pytest_httpx,
            "httpx, vcrpy, cassette held open": lambda: with_vcrpy("httpx", False),
            "httpx, taskcontract, replayed in the sealed world": lambda: replayed("httpx"),
        },
    }
    for some in ways.values():
        taken = _interleaved(some, rounds)
        reference = taken[next(iter(taken))]
        for name, cost in taken.items():
            table.add(name, f"{cost * 1e6:,.0f}", ratio(cost, reference))
    return table


def _interleaved(ways: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            with way() as run:
                run(FEW)
                few, many = _seconds(run, FEW), _seconds(run, MANY)
                taken[name].append((many - few) / (MANY - FEW))
    return {name: statistics.median(times) for name, times in taken.items()}


def _seconds(run: Run, times: int) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        run(times)
        taken.append(time.process_time() - began)
    return min(taken)


def _plain(client: str) -> Run:
    """Construct and call, as a user does."""

    def run(times: int) -> None:
        assert FetchAll().run("lamp", times, client) == [ANSWER] * times

    return run


# --- the ways --------------------------------------------------------------------------------------------------------


@contextmanager
def bare_requests() -> Iterator[Run]:
    """The cheapest answer there can be: `HTTPAdapter.send` gives a response from memory."""

    def send(adapter: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        raw = urllib3.HTTPResponse(io.BytesIO(BODY), {"Content-Type": "application/json"}, 200, preload_content=False)
        return adapter.build_response(request, raw)

    with mock.patch.object(requests.adapters.HTTPAdapter, "send", send):
        yield _plain("requests")


@contextmanager
def bare_httpx() -> Iterator[Run]:
    """The same at httpx's transport."""

    def handle(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": "application/json"}, content=BODY)

    with mock.patch.object(httpx.HTTPTransport, "handle_request", handle):
        yield _plain("httpx")


@contextmanager
def with_responses() -> Iterator[Run]:
    """A stub, written once."""
    import responses

    with responses.RequestsMock() as stubs:
        stubs.get(URL, json=ANSWER)
        yield _plain("requests")


@contextmanager
def with_respx() -> Iterator[Run]:
    """A route, written once."""
    import respx

    with respx.mock as router:
        router.get(URL).respond(200, json=ANSWER)
        yield _plain("httpx")


@contextmanager
def with_pytest_httpx() -> Iterator[Run]:
    """A response, written once; its fixture's own generator, outside pytest."""
    import pytest
    import pytest_httpx

    class Node:
        """What the fixture asks its request for."""

        def iter_markers(self, _: str) -> list[Any]:
            return [pytest.mark.httpx_mock(can_send_already_matched_responses=True).mark]

    fixture: Any = pytest_httpx.httpx_mock
    with pytest.MonkeyPatch.context() as patch:
        running = fixture.__wrapped__(patch, mock.Mock(node=Node()))
        next(running).add_response(url=URL, json=ANSWER)
        yield _plain("httpx")


@contextmanager
def with_vcrpy(client: str, each: bool) -> Iterator[Run]:
    """A cassette replayed by vcrpy, opened once or for each run."""
    import vcr

    recorder = vcr.VCR(record_mode="none")
    plain = _plain(client)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file = str(_cassette(folder))
        if each:

            def run(times: int) -> None:
                with recorder.use_cassette(file, allow_playback_repeats=True):
                    plain(times)

            yield run
        else:
            stack.enter_context(recorder.use_cassette(file, allow_playback_repeats=True))
            yield plain


@contextmanager
def replayed(client: str) -> Iterator[Run]:
    """The sealed world: everything recorded and compared, answered by the cassette's template for another value."""
    from taskcontract.frameworks import installed_framework
    from taskcontract.model import Answers, Case, TaskRef, Value
    from taskcontract.world.observe import World

    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        world = World(installed_framework())
        stack.callback(world.close)
        file = str(_cassette(folder))

        def run(times: int) -> None:
            call = {"item": Value.of("a-desk"), "times": Value.of(times), "client": Value.of(client)}
            case = Case(TaskRef(__name__, "FetchAll", file=__file__), call=tuple(call.items()), answers=Answers(cassette=file))
            seen = world.observe(case)
            assert seen.outcome.kind == "returned", seen.outcome
            assert len(seen.played) == times

        yield run


def _cassette(folder: str) -> Path:
    file = Path(folder) / "lamp.yaml"
    answer = Response(200, (("Content-Type", "application/json"),), BODY, "OK")
    save(Recording((Interaction(Request("GET", URL), answer),), {"item": "lamp"}), file)
    return file
