"""Under replay, what a run's threads and asyncio tasks ask is answered by that run's player, and nothing else is asked."""

from __future__ import annotations

import asyncio
import http.server
import itertools
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests

from taskcontract.cassettes.recording import Request, Response, Unmatched
from taskcontract.model import Answers, Case, TaskRef
from taskcontract.world import clock, guard, http_answers
from taskcontract.world.http import HttpLayer
from taskcontract.world.state import Refused, Run, running

THREADS, EACH = 8, 400


class Server:
    """A real server on 127.0.0.1 that counts who comes."""

    def __init__(self) -> None:
        self.connections = 0
        counter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def setup(self) -> None:
                counter.connections += 1
                super().setup()

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"real")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


class Echo:
    """A player that answers with what was asked; no thread may be with it at the same time as another."""

    def __init__(self, base: str, most: int = 10**9) -> None:
        self.base, self.most = base, most
        self.asked: Counter[str] = Counter()
        self.inside = 0
        self.crowded = False

    def answer(self, request: Request) -> tuple[Response, int]:
        self.inside += 1
        self.crowded = self.crowded or self.inside > 1
        path = request.url.removeprefix(self.base)
        self.asked[path] += 1
        number = sum(self.asked.values())
        self.inside -= 1
        if number > self.most:
            raise Unmatched(f"{path} is one too many")
        return Response(200, (), path.encode()), number


def by_requests(url: str) -> bytes:
    return requests.get(url).content


def by_httpx(url: str) -> bytes:
    return CLIENT.get(url).content


def by_urllib(url: str) -> bytes:
    with urllib.request.urlopen(url) as r:
        read: bytes = r.read()
    return read


CLIENT = httpx.Client()
each = pytest.mark.parametrize("get", [by_requests, by_httpx, by_urllib], ids=lambda get: get.__name__)


@pytest.fixture
def replayed(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Run, Echo]]]:
    """Runs a function in the sealed world, answered by an echo of the server's addresses."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    layers = (*guard.LAYERS, HttpLayer())
    for layer in layers:
        layer.install()
    monkeypatch.setattr(clock, "_PATIENT_LOOKS", 10**9)  # each request looks at the clock; a run has fewer of them than these
    saved = guard.BUDGET.processor, guard.BUDGET.wall
    guard.BUDGET.processor, guard.BUDGET.wall = 120.0, 240.0

    def run_replayed(body: Callable[[], Any], most: int = 10**9) -> tuple[Run, Echo]:
        echo = Echo(server.url, most)
        monkeypatch.setattr(http_answers, "_made", lambda run: echo)
        run = Run(Case(TaskRef("m", "T"), answers=Answers(cassette="c")), tmp_path, most_effects=100_000)
        for layer in layers:
            layer.enter(run)
        try:
            with running(run):
                run.phase = "run"
                body()
        finally:
            for layer in reversed(layers):
                layer.exit(run)
        return run, echo

    yield run_replayed
    guard.BUDGET.processor, guard.BUDGET.wall = saved


def test_the_server_is_there(server: Server) -> None:
    """Or what follows would prove nothing."""
    assert [by_requests(server.url), by_httpx(server.url), by_urllib(server.url)] == [b"real"] * 3
    assert server.connections == 3


@each
def test_eight_threads_of_four_hundred_requests_reach_no_server(
    get: Callable[[str], bytes], server: Server, replayed: Callable[..., tuple[Run, Echo]]
) -> None:
    wrong: list[bytes] = []

    def work(thread: int) -> None:
        for number in range(EACH):
            answer = get(f"{server.url}/{thread}/{number}")
            if answer != f"/{thread}/{number}".encode():
                wrong.append(answer)

    def body() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(work, range(THREADS)))

    run, echo = replayed(body)
    assert (server.connections, wrong, echo.crowded) == (0, [], False)
    assert echo.asked == Counter({f"/{t}/{n}": 1 for t in range(THREADS) for n in range(EACH)})
    assert sorted(run.played) == list(range(1, THREADS * EACH + 1))
    assert sum(e.kind == "http" for e in run.effects) == THREADS * EACH
    assert not any(e.refused for e in run.effects)


@each
def test_a_thread_that_asks_too_much_is_refused_and_no_server_reached(
    get: Callable[[str], bytes], server: Server, replayed: Callable[..., tuple[Run, Echo]]
) -> None:
    ended: list[type] = []

    def work() -> None:
        try:
            for number in itertools.count():
                get(f"{server.url}/{number}")
        except BaseException as error:
            ended.append(type(error))

    def body() -> None:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    run, _ = replayed(body, most=50)
    assert (server.connections, ended, len(run.played)) == (0, [Refused] * 4, 50)
    assert run.unmatched[0].endswith("is one too many")
    assert sum(e.refused for e in run.effects) == 1


def test_asyncio_tasks_are_answered_by_their_run(server: Server, replayed: Callable[..., tuple[Run, Echo]]) -> None:
    async def go() -> list[bytes]:
        async with aiohttp.ClientSession() as session, httpx.AsyncClient() as client:

            async def one(number: int) -> bytes:
                if number % 2:
                    return (await client.get(f"{server.url}/{number}")).content
                async with session.get(f"{server.url}/{number}") as r:
                    return await r.read()

            return await asyncio.gather(*(one(n) for n in range(60)))

    found: list[bytes] = []
    run, _ = replayed(lambda: found.extend(asyncio.run(go())))
    assert found == [f"/{n}".encode() for n in range(60)]
    assert (server.connections, len(run.played)) == (0, 60)


def test_runs_one_after_the_other_have_players_of_their_own(server: Server, replayed: Callable[..., tuple[Run, Echo]]) -> None:
    for _ in range(3):
        _, echo = replayed(lambda: by_requests(f"{server.url}/x"))
        assert echo.asked == Counter({"/x": 1})
    assert server.connections == 0
