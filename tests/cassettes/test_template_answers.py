"""How a recorded answer is given back with the run's own values."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from taskcontract.cassettes.recording import Headers, Interaction, Recording, Request, Response
from taskcontract.cassettes.template import Template

HOST = "https://api.example"
JSON = (("Content-Type", "application/json"),)


def _answer(values: dict[str, Any], response: Response, sent: str, given: dict[str, list[Any]], recorded: str) -> Response:
    """What a run gets that sends `sent` where `recorded` was."""
    template = Template(Recording((Interaction(Request("GET", HOST + recorded), response),), values))
    return template.player(given).answer(Request("GET", HOST + sent))[0]


def _json(value: Any, answered: Any, sent: str, given: Any = None) -> Any:
    """The same for a parameter in the query, and a JSON answer."""
    response = Response(200, JSON, json.dumps(answered).encode())
    answer = _answer({"thing": value}, response, f"/x?q={sent}", {"thing": [given or sent]}, f"/x?q={value}")
    return json.loads(answer.body)


@pytest.mark.parametrize(
    ("value", "answered", "sent", "expected"),
    [
        ("thing-recorded", {"a": "thing-recorded"}, "b", {"a": "b"}),
        ("thing-recorded", {"a": ["x thing-recorded y"]}, 'say+"%C3%A9"', {"a": ['x say "é" y']}),
        ("thing-recorded", {"thing-recorded": 1, "a-thing-recorded": 2}, "b", {"b": 1, "a-b": 2}),
        ("thing-recorded", {"a": "https://h/x?q=thing-recorded"}, "b", {"a": "https://h/x?q=b"}),
        ("thing recorded", {"a": "https://h/thing%20recorded"}, "b+%26", {"a": "https://h/b%20%26"}),
        (12345, {"id": 12345, "text": "no 12345", "other": 123456}, "678", {"id": 678, "text": "no 678", "other": 123456}),
        (12345, {"id": 12345}, "x", {"id": "x"}),
        (12345, {"id": 12345}, "007", {"id": "007"}),
        ("12345", {"id": "12345"}, "678", {"id": "678"}),
        ("Thing-Recorded", {"slug": "thing-recorded"}, "Big-B", {"slug": "big-b"}),
        ("thing-recorded", {"a": "Thing"}, "b", {"a": "Thing"}),
    ],
)
def test_json(value: Any, answered: Any, sent: str, expected: Any) -> None:
    assert _json(value, answered, sent) == expected


def test_json_between_holes_stays_as_it_was_written() -> None:
    body = b'{ "a" : "thing-recorded" ,"b":\t[1.50, "\\u00e9", "caf\xc3\xa9"]}\n'
    answer = _answer({"thing": "thing-recorded"}, Response(200, JSON, body), "/x?q=b", {}, "/x?q=thing-recorded")
    assert answer.body == b'{ "a" : "b" ,"b":\t[1.50, "\\u00e9", "caf\xc3\xa9"]}\n'


def test_what_a_body_sent_keeps_its_type() -> None:
    recorded = Request("POST", HOST, JSON, b'{"title": "title-recorded", "size": 4711, "labels": ["label-recorded", "second"]}')
    answered = b'{"title": "title-recorded", "size": 4711, "labels": [{"name": "label-recorded"}]}'
    values = {"title": "title-recorded", "size": 4711, "labels": ["label-recorded", "second"]}
    template = Template(Recording((Interaction(recorded, Response(201, JSON, answered)),), values))

    def reply(body: Any) -> Any:
        return json.loads(template.player({}).answer(Request("POST", HOST, JSON, json.dumps(body).encode()))[0].body)

    assert reply({"title": None, "size": 0, "labels": ["x"]}) == {"title": None, "size": 0, "labels": [{"name": "x"}]}
    assert reply({"title": "", "size": "many", "labels": []}) == {
        "title": "", "size": "many", "labels": [{"name": "label-recorded"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<a>x &lt;y&gt; recorded</a>", b"<a>b &amp; c</a>"),
        (b"x <y> recorded, twice: x <y> recorded", b"b & c, twice: b & c"),
        (b"x%20%3Cy%3E%20recorded", b"b%20%26%20c"),
        (b"x+%3Cy%3E+recorded", b"b+%26+c"),
        (b"{not json x <y> recorded", b"{not json b & c"),
        (b"", b""),
        (b"\xff x <y> recorded", b"\xff x <y> recorded"),
    ],
)
def test_text(body: bytes, expected: bytes) -> None:
    response = Response(200, (("Content-Type", "text/plain"), ("Content-Length", str(len(body)))), body)
    answer = _answer({"q": "x <y> recorded"}, response, "/x?q=b+%26+c", {}, "/x?q=x+<y>+recorded")
    assert answer.body == expected
    assert answer.headers[1] == ("Content-Length", str(len(expected)))


def test_headers() -> None:
    headers = (("Location", HOST + "/things/thing-recorded"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=thing-recorded"))
    answer = _answer({"thing": "thing-recorded"}, Response(302, headers), "/x/b", {}, "/x/thing-recorded")
    assert answer.headers == (("Location", HOST + "/things/b"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=b"))


def _raw_deflate(content: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(content) + deflater.flush()


@pytest.mark.parametrize(
    ("encoding", "compressed"),
    [
        ("gzip", lambda c: gzip.compress(c, mtime=0)),
        ("x-gzip", lambda c: gzip.compress(c, mtime=0)),
        ("deflate", zlib.compress),
        ("deflate", _raw_deflate),
    ],
    ids=["gzip", "x-gzip", "deflate", "raw deflate"],
)
def test_encodings_are_done_again(encoding: str, compressed: Any) -> None:
    content = json.dumps({"a": "thing-recorded", "b": "x" * 1000}).encode()
    headers = (*JSON, ("Content-Encoding", encoding), ("Content-Length", str(len(compressed(content)))))
    response = Response(200, headers, compressed(content))
    answer = _answer({"thing": "thing-recorded"}, response, "/x/b", {}, "/x/thing-recorded")
    windows = {"deflate": 15 if compressed is zlib.compress else -15}
    assert json.loads(zlib.decompress(answer.body, windows.get(encoding, 31))) == {"a": "b", "b": "x" * 1000}
    assert answer.headers == (*JSON, ("Content-Encoding", encoding), ("Content-Length", str(len(answer.body))))


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((("Content-Encoding", "gzip"),), b"plain", ()),
        ((("Content-Encoding", "gzip"),), gzip.compress(b"x", mtime=0) + b"more", ()),
        ((("Transfer-Encoding", "chunked"), ("A", "b")), b"plain", (("A", "b"),)),
        ((("Content-Encoding", "br"),), b"\x8b\x00", (("Content-Encoding", "br"),)),
        ((("Content-Encoding", "gzip"),), b"", (("Content-Encoding", "gzip"),)),
        ((("Content-Length", "7"),), b"plain", (("Content-Length", "5"),)),
    ],
    ids=["no gzip", "more than gzip", "chunks", "unknown", "nothing", "length"],
)
def test_what_is_not_true_of_a_recorded_body_is_left_out(headers: Headers, body: bytes, expected: Headers) -> None:
    answer = _answer({}, Response(200, headers, body), "/x", {}, "/x")
    assert (answer.headers, answer.body) == (expected, body)


def test_an_answer_to_head_keeps_the_length_that_get_would_have() -> None:
    response = Response(200, (("Content-Length", "1234"),))
    template = Template(Recording((Interaction(Request("HEAD", HOST), response),), {}))
    assert template.player({}).answer(Request("HEAD", HOST))[0] == response


def test_an_answer_without_holes_is_the_recorded_one() -> None:
    response = Response(200, JSON, b'{"a": 1}', "Fine")
    template = Template(Recording((Interaction(Request("GET", HOST), response),), {"thing": "thing-recorded"}))
    assert template.player({}).answer(Request("GET", HOST))[0] == response


# --- whose value -----------------------------------------------------------------------------------------------------


def test_a_value_that_no_request_carried_is_the_call_s() -> None:
    response = Response(200, JSON, b'{"mine": "thing-recorded"}')
    for given, expected in ((["a"], "a"), (["a", "b"], "b"), (["a", "a"], "a"), (["b", None], "b"), ([], "thing-recorded")):
        answer = _answer({"thing": "thing-recorded"}, response, "/x", {"thing": given}, "/x")
        assert json.loads(answer.body) == {"mine": expected}


def test_a_value_that_a_request_carried_is_that_whatever_is_given() -> None:
    recording = Recording(
        (
            Interaction(Request("GET", HOST + "/x/thing-recorded"), Response(200, (), b"first thing-recorded")),
            Interaction(Request("GET", HOST + "/last"), Response(200, (), b"last thing-recorded")),
        ),
        {"thing": "thing-recorded"},
    )
    player = Template(recording).player({"thing": ["decoy", "called"]})
    assert player.answer(Request("GET", HOST + "/x/decoy"))[0].body == b"first decoy"
    assert player.answer(Request("GET", HOST + "/last"))[0].body == b"last decoy"
    assert player.answer(Request("GET", HOST + "/x/called"))[0].body == b"first called"


def test_parts_of_a_url_that_was_configured() -> None:
    server = "https://jira.recorded.example/jira-base"
    response = Response(200, JSON, json.dumps({"self": server + "/1", "host": "jira.recorded.example"}).encode())
    template = Template(Recording((Interaction(Request("GET", server + "/1"), response),), {"server": server}))
    player = template.player({"server": ["http://b.example:81/base"]})
    answer = player.answer(Request("GET", "http://b.example:81/base/1"))[0]
    assert json.loads(answer.body) == {"self": "http://b.example:81/base/1", "host": "b.example:81"}


def test_two_parameters_of_one_value_are_told_apart_by_what_the_run_gives() -> None:
    recorded = Request("POST", HOST, JSON, b'{"title": "same-recorded", "body": "same-recorded"}')
    response = Response(200, JSON, b'{"title": "same-recorded"}')
    template = Template(Recording((Interaction(recorded, response),), {"title": "same-recorded", "body": "same-recorded"}))
    player = template.player({"title": ["a"], "body": ["b"]})
    answer = player.answer(Request("POST", HOST, JSON, b'{"body": "b", "title": "a"}'))[0]
    assert json.loads(answer.body) == {"title": "a"}


def test_a_placeholder_is_given_back_as_what_was_sent_for_it() -> None:
    recorded = Interaction(Request("GET", HOST + "/x?key={{TOKEN}}"), Response(200, JSON, b'{"next": "/x?key={{TOKEN}}&p=2"}'))
    player = Template(Recording((recorded,))).player({})
    assert json.loads(player.answer(Request("GET", HOST + "/x?key=abc"))[0].body) == {"next": "/x?key=abc&p=2"}
