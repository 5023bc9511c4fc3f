"""Cookies that a run's answers set are the run's: a session that was there before it has none of them afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.save import save
from taskcontract.frameworks import installed_framework
from taskcontract.loading import import_file
from taskcontract.model import Answers, Case, Observation, TaskRef
from taskcontract.world.observe import World

LIBRARY = """
import requests
import prefect

SHARED = requests.Session()
SHARED.cookies.set("lang", "en")


class Shared(prefect.Task):
    def run(self):
        SHARED.get("https://acme.example/login")
        return [sorted(SHARED.cookies.keys()), SHARED.get("https://acme.example/me").request.headers["Cookie"]]


class Own(prefect.Task):
    def __init__(self):
        self.session = requests.Session()
        super().__init__()

    def run(self):
        sent = self.session.get("https://acme.example/login").request.headers.get("Cookie")
        return [sent, sorted(self.session.cookies.keys())]
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World(installed_framework())
    yield made
    made.close()


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cookies")
    (folder / "cookie_tasks.py").write_text(LIBRARY)
    login = Request("GET", "https://acme.example/login"), Response(200, (("Set-Cookie", "sid=abc123; Path=/"),), b"{}")
    me = Request("GET", "https://acme.example/me"), Response(200, (), b"{}")
    save(Recording((Interaction(*login), Interaction(*me))), folder / "acme.yaml")
    return folder / "cookie_tasks.py"


def observed(world: World, module: Path, task: str, route: str = "direct") -> Observation:
    imported = import_file(module)
    ref = TaskRef(imported.__name__, task, str(module), 1, path=str(module))
    case = Case(ref, answers=Answers(cassette=str(module.with_name("acme.yaml"))))
    return world.observe(case.with_(route=route))


def test_a_library_s_own_session_is_afterwards_as_it_was(world: World, module: Path) -> None:
    expected = ("list", ("list", "lang", "sid"), "lang=en; sid=abc123")
    assert [observed(world, module, "Shared").outcome.value for _ in range(2)] == [expected, expected]
    shared = import_file(module).SHARED
    assert dict(shared.cookies) == {"lang": "en"}


def test_a_session_of_the_instance_s_keeps_its_cookies_from_call_to_call(world: World, module: Path) -> None:
    assert observed(world, module, "Own").outcome.value == ("list", None, ("list", "sid"))
    assert observed(world, module, "Own", "twice").outcome.value == ("list", "sid=abc123", ("list", "sid"))


def test_outside_a_run_a_jar_fills_as_ever(world: World) -> None:
    import http.cookiejar
    import urllib.request
    from email.message import Message

    class Answered:
        def info(self) -> Message:
            message = Message()
            message["Set-Cookie"] = "sid=abc123; Path=/"
            return message

    jar = http.cookiejar.CookieJar()
    jar.extract_cookies(Answered(), urllib.request.Request("https://acme.example/"))  # type: ignore[arg-type]
    assert [cookie.name for cookie in jar] == ["sid"]
