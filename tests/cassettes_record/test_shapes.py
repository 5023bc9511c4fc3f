"""How two recordings differ in what their answers look like."""

from __future__ import annotations

import gzip
import json

from taskcontract.cassettes.recording import Headers, Interaction, Recording, Request, Response
from taskcontract.cassettes.shapes import difference


def answered(url: str, body: bytes, status: int = 200, headers: Headers = ()) -> Interaction:
    return Interaction(Request("GET", url), Response(status, headers, body))


def test_values_do_not_matter() -> None:
    old = Recording((answered("https://a.com/repos/octocat?x=1", b'{"a": [1, 2], "b": "x"}'),), {"repo": "octocat"})
    new = Recording((answered("https://a.com/repos/hello?x=2", b'{"a": [3], "b": "y"}'),), {"repo": "hello"})
    assert difference(old, new) == []


def test_requests_that_came_and_went() -> None:
    old = Recording((answered("https://a.com/a", b""), answered("https://a.com", b"")))
    new = Recording((answered("https://a.com/b", b""), answered("https://a.com", b"")))
    assert difference(old, new) == ["- GET a.com/a", "+ GET a.com/b"]


def test_paths_that_came_went_and_changed() -> None:
    old = Recording((answered("https://a.com/a", b'{"a": 1, "b": [{"c": null}], "d e": 1.5}'),))
    new = Recording((answered("https://a.com/a", b'{"a": "1", "b": [{"c": true}, 7]}', status=201),))
    assert difference(old, new) == [
        "~ GET a.com/a $.a: number -> text",
        "~ GET a.com/a $.b[]: object -> number or object",
        "~ GET a.com/a $.b[].c: null -> boolean",
        '- GET a.com/a $["d e"]: number',
        "~ GET a.com/a status: 200 -> 201",
    ]


def test_bodies_that_are_packed_or_no_documents() -> None:
    packed = answered("https://a.com/a", gzip.compress(json.dumps({"a": 1}).encode()), headers=(("Content-Encoding", "gzip"),))
    plain, text, empty = (answered("https://a.com/a", body) for body in (b'{"a": 1}', b"hello", b""))
    assert difference(Recording((packed,)), Recording((plain,))) == []
    assert difference(Recording((text,)), Recording((empty,))) == ["~ GET a.com/a body: no JSON -> none"]
