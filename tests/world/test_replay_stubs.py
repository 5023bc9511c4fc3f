"""A whole run answered by stubs: written with the run's values, told in the observation, failing in each client's own words."""

from __future__ import annotations

import asyncio
import builtins
import importlib
import sys
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
from urllib3.util.retry import Retry

from taskcontract.cassettes.stubs import forget, name_of
from taskcontract.frameworks import installed_framework
from taskcontract.model import Answers, Case, Observation, TaskRef, Twist, Value
from taskcontract.world import http_answers
from taskcontract.world.http import HttpLayer
from taskcontract.world.observe import World
from taskcontract.world.state import Run, running

TASKS = '''
import requests
from prefect import Task


class Fetch(Task):
    def __init__(self, item=None, **kwargs):
        self.item = item
        super().__init__(**kwargs)

    def run(self, item=None, page=1):
        item = self.item if item is None else item
        found = []
        for at in (f"items/{item}", f"pages/{page}"):
            answer = requests.get(f"https://shop.example/{at}")
            answer.raise_for_status()
            found.append(answer.json())
        return found


class Careful(Fetch):
    def run(self, item=None):
        try:
            return requests.get("https://shop.example/other").json()
        except Exception:
            return "nothing"
'''
STUBS = '''
import responses

ran = []


def shop(mock, item):
    ran.append(item)
    mock.get(f"https://shop.example/items/{item}", json={"name": item}, headers={"X-Served": "yes"})
    mock.get("https://shop.example/pages/1", json=[1])


def broken(mock):
    mock.get("https://shop.example/items/lamp", json={}, boddy="no such argument")


def sends(mock):
    import urllib.request
    urllib.request.urlopen("http://127.0.0.1:9/")
'''


@pytest.fixture
def observe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Observation]]:
    """Observes one of the tasks, answered by stubs of that name."""
    monkeypatch.syspath_prepend(tmp_path)
    for name, source in (("shop_tasks", TASKS), ("shop_stubs", STUBS)):
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.import_module("shop_tasks")
    world = World(installed_framework())

    def run_once(stubs: str, task: str = "Fetch", twist: Twist | None = None, **call: Any) -> Observation:
        init, at_call = (tuple((n, Value.of(v)) for n, v in call.get(side, {}).items()) for side in ("init", "call"))
        placed = tuple(Value.of(v) for v in call.get("positional", ()))
        ref = TaskRef("shop_tasks", task, str(tmp_path / "shop_tasks.py"))
        return world.observe(Case(ref, init, at_call, placed, answers=Answers(stubs=stubs, twist=twist)))

    yield run_once
    world.close()


def test_a_run_is_answered_by_stubs_that_know_its_values(observe: Callable[..., Observation]) -> None:
    seen = observe("shop_stubs:shop", init={"item": "decoy"}, call={"item": "lamp"})
    assert seen.outcome.value == ("list", ("dict", ("name", "lamp")), ("list", 1))
    assert (seen.played, seen.unmatched, seen.learned) == ((0, 1), (), Answers(stubs="shop_stubs:shop"))
    assert [e.what for e in seen.effects] == ["GET https://shop.example/items/lamp", "GET https://shop.example/pages/1"]
    assert [e.refused for e in seen.effects] == [False, False]
    observe("shop_stubs:shop", init={"item": "lamp"})
    observe("shop_stubs:shop", init={"item": "decoy"}, positional=["sofa"])
    assert sys.modules["shop_stubs"].ran == ["lamp", "lamp", "sofa"]


def test_the_effects_are_those_of_any_other_answers(observe: Callable[..., Observation]) -> None:
    stubbed = observe("shop_stubs:shop", call={"item": "lamp"})
    name = name_of(lambda mock: (mock.get(**_item()), mock.get("https://shop.example/pages/1", json=[1])))
    other = observe(name, call={"item": "lamp"})
    assert (stubbed.effects, stubbed.trace) == (other.effects, other.trace)
    forget(name)


def _item() -> dict[str, Any]:
    return {"url": "https://shop.example/items/lamp", "json": {"name": "lamp"}}


def test_a_request_that_no_stub_answers_is_refused_and_told(observe: Callable[..., Observation]) -> None:
    seen = observe("shop_stubs:shop", "Careful", init={"item": "lamp"})
    assert (seen.outcome.kind, seen.played) == ("refused", ())
    assert seen.unmatched == (
        "no stub answers GET https://shop.example/other; the nearest of 2 is GET https://shop.example/pages/1: "
        "URL does not match",
    )
    assert [(e.what, e.refused) for e in seen.effects] == [("GET https://shop.example/other", True)]
    part = observe("shop_stubs:shop", init={"item": "lamp"}, call={"page": 2})
    assert (part.outcome.kind, part.played, [e.refused for e in part.effects]) == ("refused", (0,), [False, True])


def test_an_answer_may_be_twisted(observe: Callable[..., Observation]) -> None:
    failed = observe("shop_stubs:shop", twist=Twist(1, "status", "503"), call={"item": "lamp"})
    assert (failed.outcome.kind, failed.outcome.is_a("HTTPError"), failed.played) == ("raised", True, (0, 1))
    changed = observe("shop_stubs:shop", twist=Twist(0, "null", "$.name"), call={"item": "lamp"})
    assert changed.outcome.value == ("list", ("dict", ("name", None)), ("list", 1))


@pytest.mark.parametrize(
    ("stubs", "said"),
    [
        ("shop_stubs:none", "the stubs shop_stubs:none are not there: shop_stubs has no none"),
        ("no_such_stubs:shop", "the stubs no_such_stubs:shop cannot be imported: ModuleNotFoundError"),
        ("shop_stubs:ran", "the stubs shop_stubs:ran are no function, but a list"),
        ("shop_stubs:broken", "the stubs shop_stubs:broken could not be written: TypeError"),
        ("taskcontract:answers/none", "these stubs are a lambda or a function inside another one"),
    ],
)
def test_stubs_that_are_of_no_use_end_the_run_before_it_begins(
    stubs: str, said: str, observe: Callable[..., Observation]
) -> None:
    seen = observe(stubs, call={"item": "lamp"})
    assert (seen.phase, seen.outcome.kind, seen.outcome.type) == ("setup", "raised", "taskcontract.errors.UsageError")
    assert seen.outcome.text.startswith(said)
    assert (seen.effects, len(seen.notes)) == ((), 1)


def test_a_cassette_that_is_not_there_ends_the_run_before_it_begins(
    observe: Callable[..., Observation], tmp_path: Path
) -> None:
    ref = TaskRef("shop_tasks", "Fetch", str(tmp_path / "shop_tasks.py"))
    world = World(installed_framework())
    seen = world.observe(Case(ref, answers=Answers(cassette=str(tmp_path / "none.yaml"))))
    world.close()
    assert (seen.phase, seen.outcome.type) == ("setup", "taskcontract.errors.CassetteError")


def test_stubs_cannot_reach_out_themselves(observe: Callable[..., Observation]) -> None:
    """What writes stubs is a contributor's own, and sealed as a task is."""
    seen = observe("shop_stubs:sends", call={"item": "lamp"})
    assert (seen.phase, seen.outcome.type) == ("setup", "taskcontract.errors.UsageError")
    assert seen.outcome.text == "the stubs could not be written: they reach out of the sealed world (connect 127.0.0.1:9)"


def test_a_cassette_answers(observe: Callable[..., Observation], tmp_path: Path) -> None:
    interactions = "".join(
        f"- request: {{method: GET, uri: 'https://shop.example/{path}', body: null, headers: {{}}}}\n"
        f"  response: {{status: {{code: 200, message: OK}}, headers: {{}}, body: {{string: '{text}'}}}}\n"
        for path, text in (("items/lamp", '{"name": "lamp"}'), ("pages/1", "[1]"))
    )
    cassette = tmp_path / "shop.yaml"
    cassette.write_text(f"version: 1\ninteractions:\n{interactions}")
    ref = TaskRef("shop_tasks", "Fetch", str(tmp_path / "shop_tasks.py"))
    world = World(installed_framework())
    case = Case(ref, call=(("item", Value.of("lamp")),), answers=Answers(cassette=str(cassette)))
    for _ in range(2):
        seen = world.observe(case)
        assert seen.outcome.value == ("list", ("dict", ("name", "lamp")), ("list", 1))
        assert (seen.played, seen.learned) == ((0, 1), Answers(cassette=str(cassette)))
    world.close()
    run = Run(case, tmp_path)
    assert http_answers.player(run) is http_answers.player(run) is not None


# --- failures ------------------------------------------------------------------------------------------------------------

URL = "http://api.example.com/things"


def by_requests_with_retries() -> Any:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(total=2, backoff_factor=0)))
    return session.get(URL).json()


def by_urllib3() -> Any:
    return urllib3.PoolManager().request("GET", URL, retries=Retry(total=2, backoff_factor=0)).json()


def by_urllib() -> Any:
    with urllib.request.urlopen(URL) as r:
        return r.read()


def by_httpx_async() -> Any:
    async def go() -> Any:
        async with httpx.AsyncClient() as client:
            return await client.get(URL)

    return asyncio.run(go())


def by_aiohttp() -> Any:
    async def go() -> Any:
        async with aiohttp.ClientSession() as session, session.get(URL) as r:
            return await r.read()

    return asyncio.run(go())


def by_botocore() -> Any:
    session = importlib.import_module("botocore.session").Session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    config = importlib.import_module("botocore.config").Config(retries={"total_max_attempts": 1})
    return session.create_client("sts", region_name="eu-west-1", config=config).get_caller_identity()


class Own(Exception):
    """Something that no client knows."""


def answered(body: Callable[[], Any], directory: Path, *failures: Exception) -> Any:
    def write(mock: Any) -> None:
        for method in ("GET", "POST"):
            for failure in failures:
                mock.add(method, importlib.import_module("re").compile(".*"), body=failure)
            if len(failures) > 1:
                mock.add(method, importlib.import_module("re").compile(".*"), json=[1])

    layer, name = HttpLayer(), name_of(write)
    layer.install()
    run = Run(Case(TaskRef("module", "Task"), answers=Answers(stubs=name)), directory)
    run.phase = "run"
    try:
        with running(run):
            result = body()
    finally:
        forget(name)
        assert run.played and not run.unmatched
        assert [e.refused for e in run.effects] == [False] * len(run.played)
    return result


botocore_errors = importlib.import_module("botocore.exceptions")
DOWN = [
    (lambda: requests.get(URL), requests.ConnectionError),
    (by_requests_with_retries, requests.ConnectionError),
    (by_urllib3, urllib3.exceptions.MaxRetryError),
    (by_urllib, urllib.error.URLError),
    (lambda: httpx.get(URL), httpx.ConnectError),
    (by_httpx_async, httpx.ConnectError),
    (by_aiohttp, aiohttp.ClientConnectionError),
    (by_botocore, botocore_errors.EndpointConnectionError),
]
LATE = [
    (lambda: requests.get(URL), requests.Timeout),
    (by_requests_with_retries, requests.ConnectionError),
    (by_urllib3, urllib3.exceptions.MaxRetryError),
    (by_urllib, OSError),
    (lambda: httpx.get(URL), httpx.ReadTimeout),
    (by_httpx_async, httpx.ReadTimeout),
    (by_aiohttp, builtins.TimeoutError),
    (by_botocore, botocore_errors.ReadTimeoutError),
]
NAMES = ["requests", "retrying", "urllib3", "urllib", "httpx", "httpx-async", "aiohttp", "botocore"]


@pytest.mark.parametrize(("client", "kind"), DOWN, ids=NAMES)
def test_a_service_that_is_down_is_so_in_each_clients_words(client: Any, kind: Any, tmp_path: Path) -> None:
    with pytest.raises(kind):
        answered(client, tmp_path, requests.ConnectionError("gone"))


@pytest.mark.parametrize(("client", "kind"), LATE, ids=NAMES)
def test_a_service_that_is_late_is_so_in_each_clients_words(client: Any, kind: Any, tmp_path: Path) -> None:
    with pytest.raises(kind):
        answered(client, tmp_path, requests.ReadTimeout("slow"))


@pytest.mark.parametrize(("client", "kind"), DOWN, ids=NAMES)
def test_what_no_client_knows_comes_as_it_is(client: Any, kind: Any, tmp_path: Path) -> None:
    with pytest.raises(Own):
        answered(client, tmp_path, Own("mine"))


@pytest.mark.parametrize("client", [by_requests_with_retries, by_urllib3], ids=["retrying", "urllib3"])
def test_what_retries_gets_its_answer_in_the_end(client: Any, tmp_path: Path) -> None:
    assert answered(client, tmp_path, requests.ConnectionError("gone"), requests.ReadTimeout("slow")) == [1]


def test_a_failure_without_words_has_some(tmp_path: Path) -> None:
    with pytest.raises(httpx.ConnectError, match=r"^ConnectionError$"):
        answered(lambda: httpx.get(URL), tmp_path, requests.ConnectionError())
