"""Which requests a recorded one stands for, and what is said of those that it does not."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from taskcontract.cassettes.recording import Interaction, Recording, Request, Response, Unmatched
from taskcontract.cassettes.template import Template

HOST = "https://api.example"
JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
ANSWER = Response(200, (), b"ok")


def _template(values: dict[str, Any], *requests: Request) -> Template:
    return Template(Recording(tuple(Interaction(request, ANSWER) for request in requests), values))


def _found(template: Template, request: Request, **given: Any) -> int:
    return template.player({name: [value] for name, value in given.items()}).answer(request)[1]


def _told(template: Template, request: Request, **given: Any) -> str:
    with pytest.raises(Unmatched) as caught:
        _found(template, request, **given)
    return str(caught.value)


def _get(path: str) -> Request:
    return Request("GET", HOST + path)


def _post(body: Any, path: str = "/things") -> Request:
    return Request("POST", HOST + path, JSON, json.dumps(body).encode())


def _multipart(boundary: str, *parts: tuple[str, str]) -> Request:
    lines = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts]
    body = "".join(lines) + f"--{boundary}--\r\n"
    return Request("POST", HOST + "/up", (("Content-Type", f"multipart/form-data; boundary={boundary}"),), body.encode())


# --- holes in paths --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "recorded", "path"),
    [
        ("octocat/hello-world", "/repos/octocat/hello-world/issues", "/repos/a/b/issues"),
        ("octocat/hello-world", "/repos/octocat/hello-world/issues", "/repos/a/b/c/issues"),
        ("octocat/hello-world", "/repos/octocat/hello-world/issues", "/repos/a/issues"),
        ("octocat/hello-world", "/repos/octocat/hello-world/issues", "/repos//issues"),
        ("octocat/hello-world", "/repos/octocat/hello-world", "/repos/a/b"),
        ("octocat/hello-world", "/repos/x-octocat/hello-world-y/z", "/repos/x-a/b-y/z"),
        ("octocat/hello-world", "/repos/octocat%2Fhello-world/issues", "/repos/a%2Fb/issues"),
        ("octocat/hello-world", "/repos/octocat%2Fhello-world/issues", "/repos/ab/issues"),
        ("thing-recorded", "/x/thing-recorded", "/x/caf%C3%A9%20%3F%23"),
        ("thing-recorded", "/x/pre-thing-recorded.json", "/x/pre-1.json"),
        ("thing-recorded", "/x/thing-recorded/thing-recorded", "/x/a/b"),
        ("ab", "/x/ab/y", "/x/z/y"),
        (4711, "/x/4711/y", "/x/5/y"),
        (4711, "/x/a-4711/y", "/x/a-5/y"),
    ],
)
def test_a_value_in_the_path_is_a_hole(value: Any, recorded: str, path: str) -> None:
    assert _found(_template({"thing": value}, _get(recorded)), _get(path)) == 0


@pytest.mark.parametrize(
    ("value", "recorded", "path", "told"),
    [
        ("thing", "/x/thing/y", "/x/a/b/y", "the path is '/x/a/b/y', recorded '/x/{thing}/y'"),
        ("thing", "/x/thing/y", "/x/a", "the path is '/x/a', recorded '/x/{thing}/y'"),
        ("a/thing", "/x/a/thing/y", "/x/y", "the path is '/x/y', recorded '/x/{thing}/y'"),
        ("a/thing", "/x/a%2Fthing/y", "/x/b/c/y", "the path is '/x/b/c/y', recorded '/x/{thing}/y'"),
        ("thing", "/x/thing/y", "/x/../y", "the path is '/y', recorded '/x/{thing}/y'"),
        ("thing", "/x/nothingness/y", "/x/no-a-ness/y", "path segment 2 is 'no-a-ness', recorded 'nothingness'"),
        (7, "/x/7/y", "/x/8/y", "path segment 2 is '8', recorded '7'"),
        (100, "/x/1000/y", "/x/2000/y", "path segment 2 is '2000', recorded '1000'"),
        ("thing", "/x/thing", "/x/a?b=1", "query 'b' is '1', the recorded request has none"),
        ("thing", "/x/thing", "/x/a/", "the path is '/x/a/', recorded '/x/{thing}'"),
    ],
)
def test_a_path_of_another_structure_is_not_it(value: Any, recorded: str, path: str, told: str) -> None:
    assert _told(_template({"thing": value}, _get(recorded)), _get(path)).partition("; ")[2] == told


@pytest.mark.parametrize(
    ("given", "sent"), [("a#b", "a"), ("a?b", "a"), ("a/../b", "b"), ("a#", "a")], ids=["fragment", "query", "dots", "end"]
)
def test_a_value_that_was_cut_on_its_way_is_not_it(given: str, sent: str) -> None:
    template = _template({"thing": "thing/recorded"}, _get("/x/thing/recorded"))
    told = f"GET https://api.example/x/{sent}: thing is {given!r}, and {sent!r} arrived: it must be quoted in a URL"
    assert _told(template, _get(f"/x/{sent}"), thing=given) == told


def test_a_value_that_a_task_derives_another_from_is_no_value_that_was_cut() -> None:
    assert _found(_template({"thing": "thing-recorded"}, _get("/x/thing-recorded")), _get("/x/other"), thing="a#b") == 0


@pytest.mark.parametrize("given", ["https://b.example:8443/base/more", "http://b.example/base", "https://b.example/base/"])
def test_a_url_as_a_value(given: str) -> None:
    server = "https://jira.recorded.example/jira-base"
    template = _template({"server": server}, Request("GET", server + "/rest/1"))
    assert _found(template, Request("GET", given.rstrip("/") + "/rest/1"), server=given) == 0


def test_a_host_as_part_of_an_address() -> None:
    template = _template({"account": "storerecorded"}, Request("GET", "https://storerecorded.blob.example/c"))
    assert _found(template, Request("GET", "https://other.blob.example/c")) == 0
    assert "the host is 'https://other.example', recorded 'https://{account}.blob.example'" in _told(
        template, Request("GET", "https://other.example/c")
    )


# --- what never matters ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recorded", "other"),
    [
        (_get("/x?a=1&b=2"), _get("/x?b=2&a=1")),
        (_get("/x?a=1&a=2"), _get("/x?a=1&a=2")),
        (_get("/x"), Request("get", "https://user:pass@API.example:443/x#there")),
        (Request("GET", "http://a.example:80"), Request("GET", "http://a.example/")),
        (_get("/x?X-Amz-Signature=1&X-Amz-Date=2&a=1"), _get("/x?X-Amz-Signature=3&a=1")),
        (_get("/%7Ea/b%20c"), _get("/~a/b c")),
        (_get("/x/./y"), _get("/x/y")),
        (Request("GET", HOST, (("A", "1"),)), Request("GET", HOST, (("B", "2"),))),
        (_post({"a": 1, "b": [True, None]}), Request("POST", HOST + "/things", (), b'{"b":[true,null],  "a":1}')),
        (_post({"a": 1}), Request("POST", HOST + "/things", (*JSON, ("Content-Encoding", "gzip")), gzip.compress(b'{"a": 1}'))),
        (_multipart("one", ("a", "1"), ("b", "2")), _multipart("other", ("a", "1"), ("b", "2"))),
        (Request("POST", HOST, FORM, b"a=1&b=x+y"), Request("POST", HOST, FORM, b"b=x%20y&a=1")),
        (Request("POST", HOST, (), b"a=1&b=x+y"), Request("POST", HOST, FORM, b"b=x%20y&a=1")),
        (_post({"at": "2024-05-01T10:00:00Z"}), _post({"at": "2031-01-02T03:04:05.678+02:00"})),
        (_post({"at": 1714557600}), _post({"at": 1814557600})),
        (_post({"at": 1714557600.25}), _post({"at": 1814557600.5})),
        (_get("/x?at=1714557600123"), _get("/x?at=1814557600123")),
        (_get("/x?day=2024-05-01"), _get("/x?day=2031-01-02")),
        (_post({"id": "6f1c1c66-6c0c-4c6b-8d3f-0a1b2c3d4e5f"}), _post({"id": "00000000-0000-4000-8000-000000000000"})),
        (_post({"id": "6f1c1c666c0c4c6b8d3f0a1b2c3d4e5f"}), _post({"id": "00000000000040008000000000000000"})),
        (_post({"t": "run of 2024-05-01 10:00:00 (a)"}), _post({"t": "run of 2031-01-02 03:04:05 (a)"})),
        (_post({"t": "Wed, 01 May 2024 10:00:00 GMT"}), _post({"t": "Thu, 02 Jan 2031 03:04:05 GMT"})),
        (Request("POST", HOST, (), b"\xff\xfe"), Request("POST", HOST, (), b"\xff\xfe")),
    ],
)
def test_what_is_the_same_request(recorded: Request, other: Request) -> None:
    assert _found(_template({}, recorded), other) == 0


@pytest.mark.parametrize(
    ("recorded", "other", "told"),
    [
        (_get("/x?a=1"), _get("/x?a=2"), "query 'a' is '2', recorded '1'"),
        (_get("/x?a=1&a=2"), _get("/x?a=1&a=3"), "query 'a'[1] is '3', recorded '2'"),
        (_get("/x?a=1"), _get("/x"), "there is no query 'a', recorded '1'"),
        (_get("/x"), Request("GET", "http://api.example/x"), "the host is 'http://api.example', recorded 'https://api.example'"),
        (_get("/x"), Request("PUT", HOST + "/x"), "the method is PUT, recorded GET"),
        (_post({"a": 1}), _post({"a": True}), "body $.a is True, recorded 1"),
        (_post({"a": 1}), _post({"a": "1"}), "body $.a is '1', recorded 1"),
        (_post({"a": [1, {"b c": 2}]}), _post({"a": [1, {"b c": 3}]}), "body $.a[1]['b c'] is 3, recorded 2"),
        (_post({"a": []}), _post({"a": {}}), "body $.a is {}, recorded []"),
        (_post({"at": "2024-05-01"}), _post({"at": "tomorrow"}), "body $.at is 'tomorrow', recorded '2024-05-01'"),
        (Request("POST", HOST, (), b"text"), Request("POST", HOST, (), b"other"), "body is 'other', recorded 'text'"),
        (Request("POST", HOST, (), b"\xff"), Request("POST", HOST, (), b"\xfe"), "body is '\\udcfe', recorded '\\udcff'"),
        (
            _multipart("one", ("a", "1")),
            _multipart("one", ("a", "2")),
            "body $[0].content is '2', recorded '1'",
        ),
        (
            _post({"a": 1, "b": 2, "c": 3, "d": 4}),
            _post({"a": 0, "b": 0, "c": 0, "d": 0}),
            "body $.a is 0, recorded 1; body $.b is 0, recorded 2; body $.c is 0, recorded 3, and 1 more",
        ),
        (
            _post({"a": "j" * 100}),
            _post({"a": "k" * 100}),
            f"body $.a is '{'k' * 59}… (102 characters), recorded '{'j' * 59}… (102 characters)",
        ),
    ],
)
def test_what_is_another_request(recorded: Request, other: Request, told: str) -> None:
    assert _told(_template({}, recorded), other).partition("; ")[2] == told


def test_the_nearest_recorded_request_is_told() -> None:
    template = _template(
        {"repo": "octo-recorded/hello", "branch": "branch-recorded"},
        _get("/repos/octo-recorded/hello"),
        _post({"ref": "refs/heads/branch-recorded", "sha": "1"}, "/repos/octo-recorded/hello/git/refs"),
        _get("/other"),
    )
    assert _told(template, _post({"ref": "refs/tags/x", "sha": "1"}, "/repos/a/b/git/refs")) == (
        "POST https://api.example/repos/a/b/git/refs: nearest recorded is POST …/repos/{repo}/git/refs;"
        " body $.ref is 'refs/tags/x', recorded 'refs/heads/{branch}'"
    )
    assert _told(template, Request("GET", "https://b.example/other")) == (
        "GET https://b.example/other: nearest recorded is GET https://api.example/other;"
        " the host is 'https://b.example', recorded 'https://api.example'"
    )


def test_an_empty_cassette_answers_nothing() -> None:
    assert _told(_template({}), _get("/x")) == "GET https://api.example/x: the cassette has recorded no request"


def test_an_address_that_is_none() -> None:
    told = _told(_template({}, _get("/x")), Request("GET", "http://[x/y"))
    assert "the host is 'http://[x/y', recorded 'https://api.example'" in told


# --- holes in queries and bodies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "recorded", "other"),
    [
        ("value-recorded", _get("/x?q=value-recorded"), _get("/x?q=a%26b%3D%2F%3F%23%C3%A9")),
        ("value-recorded", _get("/x?q=is:open+value-recorded+x"), _get("/x?q=is:open++x")),
        ("value recorded", _get("/x?next=%2Fa%3Fq%3Dvalue%2520recorded"), _get("/x?next=%2Fa%3Fq%3Db%2520c")),
        ("value-recorded", _post({"a": "value-recorded"}), _post({"a": "any\ntext é"})),
        ("value-recorded", _post({"a": "value-recorded"}), _post({"a": None})),
        ("value-recorded", _post({"a": "value-recorded"}), _post({"a": {"b": [1]}})),
        ("value-recorded", _post({"a": {"b": ["<value-recorded>"]}}), _post({"a": {"b": ["<>"]}})),
        ('say "x"', _post({"a": json.dumps({"b": 'say "x"'})}), _post({"a": '{"b": "other"}'})),
        (12345, _post({"a": 12345}), _post({"a": 7})),
        (12345, _post({"a": 12345}), _post({"a": 0})),
        (12345, _get("/x?a=12345"), _get("/x?a=7")),
        (1.25, _post({"a": 1.25}), _post({"a": 3.5})),
        (7, _post({"thing": 7}), _post({"thing": 9})),
        (7, _get("/x?thing=7"), _get("/x?thing=9")),
        (True, _post({"Thing": True}), _post({"Thing": False})),
        (True, _get("/x?thing=true"), _get("/x?thing=false")),
        (["red", "green"], _post({"a": ["red", "green"]}), _post({"a": []})),
        (["red", "green"], _post({"a": ["red", "green"]}), _post({"a": ["x", "y", "z"]})),
        (["red", "green"], _get("/x?a=red,green"), _get("/x?a=x,y,z")),
        (["red", "green"], _get("/x?a=red&a=green"), _get("/x?a=x")),
        (["red", "green"], _post({"a": [{"name": "red"}, {"name": "green"}]}), _post({"a": [{"name": "x"}, {"name": "y"}]})),
        ({"k": {"deep": "value-recorded"}}, _post({"a": "value-recorded"}), _post({"a": "b"})),
        ({"k": "v"}, _post({"a": {"k": "v"}}), _post({"a": {"other": [1]}})),
        ("value-recorded", Request("POST", HOST, FORM, b"a=value-recorded"), Request("POST", HOST, FORM, b"a=b%26c")),
        ("value-recorded", _multipart("m", ("a", "value-recorded")), _multipart("n", ("a", "b"))),
        ("a<b", Request("POST", HOST, (), b"<x>a&lt;b</x>"), Request("POST", HOST, (), b"<x>c</x>")),
        ("Value-Recorded", _get("/x?a=value-recorded"), _get("/x?a=b")),
        (b"value-recorded", _get("/x?a=value-recorded"), _get("/x?a=b")),
    ],
)
def test_a_value_in_query_or_body_is_a_hole(value: Any, recorded: Request, other: Request) -> None:
    assert _found(_template({"thing": value}, recorded), other) == 0


@pytest.mark.parametrize(
    ("value", "recorded", "other"),
    [
        (7, _post({"a": 7}), _post({"a": 9})),
        (True, _post({"a": True}), _post({"a": False})),
        ("in", _post({"a": "inside"}), _post({"a": "side"})),
        ("main", _post({"a": "remaining"}), _post({"a": "re-x-ing"})),
        ("", _post({"a": ""}), _post({"a": "x"})),
        (None, _post({"a": None}), _post({"a": "x"})),
        ([], _post({"a": []}), _post({"a": [1]})),
        (123, _post({"a": "1234"}), _post({"a": "54"})),
    ],
)
def test_what_is_too_little_is_no_hole(value: Any, recorded: Request, other: Request) -> None:
    assert "recorded" in _told(_template({"thing": value}, recorded), other)


@pytest.mark.parametrize(
    ("recorded", "other"),
    [
        (_get("/x?key={{API_TOKEN}}"), _get("/x?key=abc")),
        (_post({"a": "Bearer {{API_TOKEN}}"}), _post({"a": "Bearer abc"})),
        (_get("/bot{{API_TOKEN}}/send"), _get("/botabc/send")),
        (_get("/x?key=REDACTED"), _get("/x?key=abc")),
        (_get("/x?key=***"), _get("/x?key=abc")),
    ],
)
def test_what_hides_a_credential_is_a_hole(recorded: Request, other: Request) -> None:
    assert _found(_template({}, recorded), other) == 0


def test_a_credential_that_was_taken_out_of_the_recording_does_not_matter() -> None:
    template = _template({}, _get("/x?a=1"))
    assert _found(template, _get("/x?a=1&api_key=abc")) == 0
    assert "query 'page' is '2', the recorded request has none" in _told(template, _get("/x?a=1&page=2"))


def test_a_parameter_that_the_run_leaves_out_may_be_missing() -> None:
    values = {"title": "title-recorded", "body": "body-recorded"}
    template = _template(values, _post({"t": "title-recorded", "b": "body-recorded"}))
    assert _found(template, _post({"t": "x"}), title="x") == 0
    assert "there is no body $.b, recorded 'body-recorded'" in _told(template, _post({"t": "x"}), title="x", body="y")


# --- which of several ------------------------------------------------------------------------------------------------


def test_answers_come_in_sequence_then_the_last_one_again() -> None:
    template = _template({"job": "job-recorded"}, _get("/jobs/job-recorded"), _get("/other"), _get("/jobs/job-recorded"))
    player = template.player({"job": ["a"]})
    assert [player.answer(_get("/jobs/a"))[1] for _ in range(4)] == [0, 2, 2, 2]
    assert template.player({"job": ["b"]}).answer(_get("/jobs/b"))[1] == 0


def test_what_is_as_recorded_is_preferred_to_a_hole() -> None:
    template = _template({"job": "job-recorded"}, _get("/jobs/job-recorded"), _get("/jobs/latest"))
    assert _found(template, _get("/jobs/latest"), job="a") == 1
    assert _found(template, _get("/jobs/a"), job="a") == 0
    assert _found(template, _get("/jobs/latest"), job="latest") == 1


def test_of_several_holes_the_one_whose_value_the_run_gives() -> None:
    template = _template({"ids": ["first-recorded", "second-recorded"]}, _get("/x/first-recorded"), _get("/x/second-recorded"))
    player = template.player({"ids": [["one", "two"]]})
    assert player.answer(_get("/x/two"))[1] == 1
    assert player.answer(_get("/x/one"))[1] == 0


def test_a_value_of_several_units_is_divided_as_the_run_gives_it() -> None:
    template = _template({"repo": "octo/recorded"}, _get("/repos/octo/recorded"), _get("/repos/octo/recorded/issues"))
    assert _found(template, _get("/repos/a/b/issues"), repo="a/b") == 1
    assert _found(template, _get("/repos/a/b"), repo="a/b") == 0
    assert _found(template, _get("/repos/a/issues"), repo="a/issues") == 0


def test_basic_credentials_in_a_header_are_looked_into() -> None:
    def basic(user: str) -> tuple[tuple[str, str], ...]:
        return (("Authorization", "Basic " + base64.b64encode(f"{user}:x".encode()).decode()),)

    recorded = Interaction(Request("GET", HOST + "/me", basic("user-recorded")), Response(200, (), b"I am user-recorded"))
    player = Template(Recording((recorded,), {"user": "user-recorded"})).player({"user": ["decoy", "called"]})
    assert player.answer(Request("GET", HOST + "/me", basic("decoy")))[0].body == b"I am decoy"
    assert player.answer(Request("GET", HOST + "/me", (("Authorization", "Basic ?"),)))[0].body == b"I am decoy"
