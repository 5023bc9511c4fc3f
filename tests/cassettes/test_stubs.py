"""Stubs written with `responses`: found by name, filled for a run, and played to any client's request."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from responses import matchers
from responses.registries import OrderedRegistry

from taskcontract.cassettes import stubs
from taskcontract.cassettes.recording import Request, Response, Unmatched
from taskcontract.cassettes.stubs import StubPlayer, StubRaised, forget, is_name, name_of, named, player
from taskcontract.errors import UsageError

URL = "https://api.example.com/things"
GET = Request("GET", URL)


@pytest.fixture
def mock() -> responses.RequestsMock:
    return responses.RequestsMock(assert_all_requests_are_fired=False)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes a module that can be imported; gives its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(source: str) -> str:
        name = f"stubs_of_{len(list(tmp_path.iterdir()))}_{abs(hash(source)) % 10**8}"
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return make


# --- by name -------------------------------------------------------------------------------------------------------------


def test_a_function_of_a_module_is_known_by_its_name(module: Callable[[str], str]) -> None:
    name = module("def made(mock):\n    pass\n\n\nclass Group:\n    def made(mock):\n        pass\n\n\nNUMBER = 3\n")
    made = named(f"{name}:made")
    assert (name_of(made), named(name_of(made))) == (f"{name}:made", made)
    assert named(f"{name}:Group.made").__qualname__ == "Group.made"
    for text, said in {
        f"{name}:mad": f"^the stubs {name}:mad are not there: {name} has no mad$",
        f"{name}:Group.other": "has no Group.other$",
        f"{name}:NUMBER": r"are no function, but a int; it must take a responses\.RequestsMock$",
        "no_such_module:f": "^the stubs no_such_module:f cannot be imported: ModuleNotFoundError: No module named 'no_such_mod",
        f"{module('1 / 0')}:f": "cannot be imported: ZeroDivisionError: division by zero$",
    }.items():
        with pytest.raises(UsageError, match=said):
            named(text)


def test_what_has_no_name_is_kept_under_a_number(mock: responses.RequestsMock) -> None:
    function = lambda mock: None  # noqa: E731 - that it is a lambda is the point
    first, second = name_of(function), name_of(mock)
    assert (first, second) == (name_of(function), name_of(mock)) and first != second
    assert re.fullmatch(r"taskcontract:answers/\d+", first)
    assert (named(first), named(second)) == (function, mock)
    assert is_name(first) and is_name("a.b:C.d") and not is_name("a.b") and not is_name("taskcontract:answers/x")
    forget(first)
    forget(first)
    with pytest.raises(UsageError, match="only the process that made them knows; write them as a function of a module"):
        named(first)
    forget(second)


def test_something_else_in_the_place_of_none_is_said(module: Callable[[str], str]) -> None:
    with pytest.raises(UsageError, match="are no function, but None"):
        named(f"{module('NOTHING = None')}:NOTHING")


# --- filled --------------------------------------------------------------------------------------------------------------


def filled(function: Any, **given: list[Any]) -> StubPlayer:
    name = name_of(function)
    try:
        return player(name, given)
    finally:
        forget(name)


def test_a_function_is_given_a_fresh_mock_each_time() -> None:
    seen: list[Any] = []

    def write(mock: Any) -> None:
        seen.append(mock)
        mock.get(URL, json=len(seen))

    assert [filled(write).answer(GET)[0].body for _ in range(2)] == [b"1", b"2"]
    assert seen[0] is not seen[1] and all(isinstance(m, responses.RequestsMock) for m in seen)
    assert not seen[0].assert_all_requests_are_fired


def test_a_function_may_ask_for_the_runs_values_by_name() -> None:
    def write(mock: Any, repo: Any, base: Any, *rest: Any, page: int = 3, size: int = 4, **others: Any) -> None:
        mock.get(URL, json=[repo, base, len(rest), page, size, others])

    found = filled(write, repo=["at construction", "at the call"], size=[9], token=["t"], mock=["a parameter of the task's"])
    assert found.answer(GET)[0].body == b'["at the call", null, 0, 3, 9, {"token": "t"}]'


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda: None, "take no argument; the first must be the responses.RequestsMock to fill"),
        (lambda **values: None, "take no argument"),
        (lambda mock: 1 / 0, "^the stubs could not be written: ZeroDivisionError: division by zero$"),
        (type.__call__, "the stubs could not be written: TypeError"),
    ],
    ids=["none", "only-values", "raises", "cannot-be-called"],
)
def test_stubs_that_cannot_be_written_say_so(function: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        filled(function)


def test_what_has_no_signature_is_no_function_to_call() -> None:
    class Odd:
        __signature__ = "none"

        def __call__(self, mock: Any) -> None: ...

    with pytest.raises(UsageError, match=r"^the stubs are no function that can be called: "):
        filled(Odd())


def test_stubs_by_name_say_their_name_when_they_break(module: Callable[[str], str]) -> None:
    name = module("def broken(mock):\n    raise KeyError('x')\n")
    with pytest.raises(UsageError, match=f"^the stubs {name}:broken could not be written: KeyError: 'x'$"):
        player(f"{name}:broken", {})


# --- played --------------------------------------------------------------------------------------------------------------


def test_an_answer_is_what_the_stub_says(mock: responses.RequestsMock) -> None:
    mock.add(responses.GET, URL, body=b"\xff", status=418, headers={"X-A": "1"}, content_type="image/png")
    answer, index = StubPlayer(mock).answer(GET)
    assert (answer.status, answer.reason, answer.body, index) == (418, "I'm a Teapot", b"\xff", 0)
    assert sorted(answer.headers) == [("Content-Type", "image/png"), ("X-A", "1")]


def test_an_encoded_body_stays_encoded(mock: responses.RequestsMock) -> None:
    import gzip

    packed = gzip.compress(b"{}")
    mock.add(responses.GET, URL, body=packed, headers={"Content-Encoding": "gzip"})
    assert StubPlayer(mock).answer(GET)[0].body == packed
    said: Any = mock.calls[0].response
    assert said.json() == {}


def test_a_file_is_a_body_too(mock: responses.RequestsMock, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"content")
    with (tmp_path / "body").open("rb") as file:
        assert isinstance(file, io.BufferedReader)
        mock.add(responses.GET, URL, body=file)
        assert StubPlayer(mock).answer(GET)[0].body == b"content"


def test_matchers_look_at_query_headers_and_bodies(mock: responses.RequestsMock) -> None:
    mock.get(URL, json=1, match=[matchers.query_param_matcher({"a": "1", "b": ["2", "3"]})])
    mock.get(URL, json=2, match=[matchers.header_matcher({"X-Key": "k"})])
    mock.post(URL, json=3, match=[matchers.json_params_matcher({"n": 1})])
    mock.post(URL, json=4, match=[matchers.urlencoded_params_matcher({"n": "1 2"})])
    mock.get(re.compile(r"https://.*/other/\d+"), json=5)
    form = (("content-type", "application/x-www-form-urlencoded"),)
    asked = [
        (Request("GET", f"{URL}?a=1&b=2&b=3"), b"1"),
        (Request("GET", URL, (("x-key", "k"),)), b"2"),
        (Request("POST", URL, (("content-type", "application/json"),), b'{"n": 1}'), b"3"),
        (Request("POST", URL, form, b"n=1+2"), b"4"),
        (Request("GET", "https://h/other/12"), b"5"),
    ]
    playing = StubPlayer(mock)
    assert [(answer.body, index) for answer, index in (playing.answer(request) for request, _ in asked)] == [
        (body, index) for index, (_, body) in enumerate(asked)
    ]
    with pytest.raises(Unmatched, match="no stub answers PUT"):
        playing.answer(Request("PUT", URL))


@pytest.mark.parametrize("spelt", ["X-My-Key", "x-my-key", "X-my-key"])
def test_a_header_is_found_however_the_client_spells_it(spelt: str, mock: responses.RequestsMock) -> None:
    mock.get(URL, json=1, match=[matchers.header_matcher({"X-My-Key": "k"})])
    assert StubPlayer(mock).answer(Request("GET", URL, ((spelt, "k"),)))[0].body == b"1"
    mock.get(f"{URL}/own", json=2, match=[matchers.header_matcher({spelt: "k"})])
    assert StubPlayer(mock).answer(Request("GET", f"{URL}/own", ((spelt, "k"),)))[0].body == b"2"


def test_several_answers_come_in_order_and_the_last_again(mock: responses.RequestsMock) -> None:
    for number in (1, 2):
        mock.get(URL, json=number)
    playing = StubPlayer(mock)
    assert [(a.body, i) for a, i in (playing.answer(GET) for _ in range(3))] == [(b"1", 0), (b"2", 1), (b"2", 1)]
    assert len(mock.calls) == 3 and [call.request.url for call in mock.calls] == [URL] * 3


def test_an_ordered_registry_is_obeyed() -> None:
    mock = responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=False)
    mock.get(URL, json=1)
    mock.get(f"{URL}/2", json=2)
    with pytest.raises(Unmatched, match=r"the nearest of 2 is GET .*: Next 'Response' in the order doesn't match"):
        StubPlayer(mock).answer(Request("GET", f"{URL}/2"))


def test_callbacks_are_called_with_the_request(mock: responses.RequestsMock) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        mock.get(f"{URL}/next", json=1)
        return 201, {"X-Seen": request.headers["X-A"]}, f"{request.method} {request.body!r} {request.params}"

    mock.add_callback(responses.POST, re.compile(".*"), callback=answer)
    playing = StubPlayer(mock)
    got = playing.answer(Request("POST", f"{URL}?a=1", (("x-a", "seen"),), b"body"))[0]
    assert (got.status, dict(got.headers)["X-Seen"], got.body) == (201, "seen", b"POST b'body' {'a': '1'}")
    assert playing.answer(Request("GET", f"{URL}/next"))[1] == 1


def test_an_exception_as_an_answer_is_raised_to_the_client(mock: responses.RequestsMock) -> None:
    given = [requests.ConnectionError("gone"), ValueError("anything that is given as the body"), KeyError("returned")]
    mock.get(URL, body=given[0])
    mock.post(URL, body=given[1])
    mock.add_callback(responses.PUT, URL, callback=lambda request: given[2])
    mock.add_callback(responses.HEAD, URL, callback=_timeout)
    playing = StubPlayer(mock)
    for index, method in enumerate(["GET", "POST", "PUT"]):
        with pytest.raises(StubRaised, match=f"^stub {index} answers with ") as caught:
            playing.answer(Request(method, URL))
        assert (caught.value.error, caught.value.index) == (given[index], index)
        assert mock.calls[index].response is given[index]
    with pytest.raises(StubRaised) as late:
        playing.answer(Request("HEAD", URL))
    assert isinstance(late.value.error, requests.Timeout)


def _timeout(request: Any) -> Any:
    raise requests.Timeout("too slow")


def test_a_broken_callback_is_no_answer(mock: responses.RequestsMock) -> None:
    def broken(request: Any) -> Any:
        return request.no_such_thing

    mock.add_callback(responses.GET, URL, callback=broken)
    with pytest.raises(Unmatched, match=r"^stub 0 broke answering GET https://api.example.com/things: AttributeError: "):
        StubPlayer(mock).answer(GET)


def test_nothing_is_let_through(mock: responses.RequestsMock) -> None:
    mock.add(responses.PassthroughResponse(responses.GET, URL))
    with pytest.raises(Unmatched, match=r"^stub 0 lets GET .* through, and nothing leaves the sealed world$"):
        StubPlayer(mock).answer(GET)


def test_an_unmatched_request_is_told_the_nearest_stub(mock: responses.RequestsMock) -> None:
    with pytest.raises(Unmatched, match=r"^no stub answers GET https://api\.example\.com/things: there is none$"):
        StubPlayer(mock).answer(GET)
    mock.get("https://other.example/x", json=1)
    mock.post(URL, json=1)
    mock.get(re.compile(r"https://api\.example\.com/thing/\d+"), json=1)
    with pytest.raises(Unmatched) as caught:
        StubPlayer(mock).answer(GET)
    assert str(caught.value) == (
        "no stub answers GET https://api.example.com/things; the nearest of 3 is POST https://api.example.com/things: "
        "Method does not match"
    )


def test_a_mock_that_a_test_fills_is_played_as_it_is(mock: responses.RequestsMock) -> None:
    name = name_of(mock)
    mock.get(URL, json=1)
    assert player(name, {}).answer(GET) == (Response(200, (("Content-Type", "application/json"),), b"1", "OK"), 0)
    assert len(mock.calls) == 1 and mock.registered()[0].call_count == 1
    forget(name)
    assert name not in stubs._kept
