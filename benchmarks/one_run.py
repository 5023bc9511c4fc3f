"""One run of a task that makes one request: bare, under each way to answer it, and observed in the sealed world."""

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

import requests
import urllib3
from prefect import Task
from prefect.utilities.tasks import defaults_from_attrs

from benchmarks.table import Table, ratio

URL = "https://shop.example/items/lamp"
ANSWER = {"name": "lamp", "price": 3}


class Fetch(Task):
    """A task that makes one request."""

    def __init__(self, item: str | None = None, **kwargs: Any) -> None:
        self.item = item
        super().__init__(**kwargs)

    @defaults_from_attrs("item")
    def run(self, item: str | None = None) -> Any:
        """Fetch an item."""
        return requests.get(f"https://shop.example/items/{item}", timeout=5).json()


def bare() -> None:
    """Construct and call, as a user does."""
    assert Fetch(item="lamp").run() == ANSWER


def measure(quick: bool) -> Table:
    """The cost of one construction and call under each."""
    rounds, runs = (3, 30) if quick else (9, 100)
    ways = {
        "bare, in-memory adapter": in_memory,
        "responses": with_responses,
        "vcrpy, cassette held open": with_vcr_open,
        "vcrpy, cassette opened for each run": with_vcr_each,
        "taskcontract, observed in the sealed world": observed,
    }
    seconds = _interleaved(ways, rounds, runs)
    table = Table(
        "One run of a one-request task",
        ["µs a run", "to bare"],
        f"median of {rounds} interleaved rounds of {runs} runs; construction and call, processor time",
    )
    reference = seconds[next(iter(ways))]
    for name, cost in seconds.items():
        table.add(name, f"{cost * 1e6:,.0f}", ratio(cost, reference))
    return table


def _interleaved(ways: dict[str, Callable[[], Any]], rounds: int, runs: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            with way() as run:
                run()
                began = time.process_time()
                for _ in range(runs):
                    run()
                taken[name].append((time.process_time() - began) / runs)
    return {name: statistics.median(times) for name, times in taken.items()}


# --- the ways --------------------------------------------------------------------------------------------------------


@contextmanager
def in_memory() -> Iterator[Callable[[], None]]:
    """The cheapest answer there can be: `HTTPAdapter.send` gives a response from memory."""
    body = json.dumps(ANSWER).encode()

    def send(adapter: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        raw = urllib3.HTTPResponse(io.BytesIO(body), {"Content-Type": "application/json"}, 200, preload_content=False)
        return adapter.build_response(request, raw)

    with mock.patch.object(requests.adapters.HTTPAdapter, "send", send):
        yield bare


@contextmanager
def with_responses() -> Iterator[Callable[[], None]]:
    """Stubs, installed once."""
    import responses

    with responses.RequestsMock() as stubs:
        stubs.get(URL, json=ANSWER)
        yield bare


@contextmanager
def with_vcr_open() -> Iterator[Callable[[], None]]:
    """A cassette replayed, opened once."""
    with _cassette() as (recorder, file), recorder.use_cassette(file, allow_playback_repeats=True):
        yield bare


@contextmanager
def with_vcr_each() -> Iterator[Callable[[], None]]:
    """A cassette replayed, opened for each run, as a fixture does."""
    with _cassette() as (recorder, file):

        def run() -> None:
            with recorder.use_cassette(file):
                bare()

        yield run


@contextmanager
def _cassette() -> Iterator[tuple[Any, str]]:
    import vcr

    recorded = f"""
interactions:
- request: {{body: null, headers: {{}}, method: GET, uri: {URL}}}
  response:
    body: {{string: '{json.dumps(ANSWER)}'}}
    headers: {{Content-Type: [application/json]}}
    status: {{code: 200, message: OK}}
version: 1
"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lamp.yaml"
        file.write_text(recorded)
        yield vcr.VCR(record_mode="none"), str(file)


@contextmanager
def observed() -> Iterator[Callable[[], None]]:
    """The sealed world: the same construction and call, with everything about it recorded and compared."""
    from taskcontract.frameworks import installed_framework
    from taskcontract.model import Answers, Case, TaskRef, Value
    from taskcontract.world.observe import World

    with ExitStack() as stack:
        world = World(installed_framework())
        stack.callback(world.close)
        case = Case(
            TaskRef(__name__, "Fetch", file=__file__),
            init=(("item", Value.of("lamp")),),
            answers=Answers(documents=((200, json.dumps(ANSWER)),)),
        )

        def run() -> None:
            seen = world.observe(case)
            assert seen.outcome.kind == "returned", seen.outcome

        yield run
