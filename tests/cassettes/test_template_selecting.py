"""Answers that are searched for a configured value: each given value finds an item, and the next request shows which."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from taskcontract.cassettes.clones import altered
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response, Unmatched
from taskcontract.cassettes.template import Template

HOST = "https://api.example"
JSON = (("Content-Type", "application/json"),)
SHA = "aa218f56b14c9653891f9e74264a383fa43fefbd"
OTHER = "bb218f56b14c9653891f9e74264a383fa43fefbd"


def _recording(listed: Any, *later: tuple[str, Any, Any], **values: Any) -> Recording:
    """GET /list answered with `listed`, then POSTs: path, body, answer."""
    first = Interaction(Request("GET", HOST + "/list"), Response(200, JSON, json.dumps(listed).encode()))
    rest = [
        Interaction(Request("POST", HOST + path, JSON, _dumped(body)), Response(200, JSON, _dumped(answer)))
        for path, body, answer in later
    ]
    return Recording((first, *rest), values or {"base": "base-recorded"})


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


BRANCHES = [
    {"ref": "refs/heads/other", "object": {"sha": OTHER}},
    {"ref": "refs/heads/base-recorded", "object": {"sha": SHA, "url": f"{HOST}/commits/{SHA}"}},
]
CREATING = _recording(BRANCHES, ("/refs", {"sha": SHA}, {"made": SHA, "of": "base-recorded"}))


class _Run:
    def __init__(self, recording: Recording, **given: list[Any]) -> None:
        self.player = Template(recording).player(given)

    def listed(self) -> Any:
        return json.loads(self.player.answer(Request("GET", HOST + "/list"))[0].body)

    def post(self, path: str, body: Any) -> Any:
        return json.loads(self.player.answer(Request("POST", HOST + path, JSON, json.dumps(body).encode()))[0].body)


def _shas(listed: Any) -> dict[str, str]:
    return {item["ref"].removeprefix("refs/heads/"): item["object"]["sha"] for item in listed}


def test_each_given_value_finds_an_item_of_its_own() -> None:
    found = _shas(_Run(CREATING, base=["at-init", "at-call"]).listed())
    assert list(found) == ["other", "at-init", "at-call"]
    assert found["other"] == OTHER
    assert len(set(found.values())) == 3
    assert all(re.fullmatch("[0-9a-f]{40}", sha) for sha in found.values())


def test_the_same_value_finds_the_same_whatever_else_is_given() -> None:
    both = _shas(_Run(CREATING, base=["decoy", "main"]).listed())
    alone = _shas(_Run(CREATING, base=["main"]).listed())
    twice = _shas(_Run(CREATING, base=["main", "main"]).listed())
    assert both["main"] == alone["main"] == twice["main"]
    assert list(alone) == list(twice) == ["other", "main"]


def test_what_was_recorded_finds_what_was_recorded() -> None:
    assert _shas(_Run(CREATING, base=["base-recorded"]).listed()) == {"other": OTHER, "base-recorded": SHA}
    assert _shas(_Run(CREATING, base=["base-recorded", "main"]).listed())["base-recorded"] == SHA
    assert _shas(_Run(CREATING).listed()) == {"other": OTHER, "base-recorded": SHA}


@pytest.mark.parametrize("chosen", ["at-init", "at-call"])
def test_the_next_request_shows_which_was_chosen(chosen: str) -> None:
    run = _Run(CREATING, base=["at-init", "at-call"])
    sha = _shas(run.listed())[chosen]
    assert run.post("/refs", {"sha": sha}) == {"made": sha, "of": chosen}


def test_what_was_not_chosen_by_is_not_taken() -> None:
    run = _Run(CREATING, base=["at-init", "at-call"])
    run.listed()
    with pytest.raises(Unmatched, match=rf"body \$\.sha is '{OTHER}', recorded '{SHA}'"):
        run.post("/refs", {"sha": OTHER})


def test_what_is_altered_is_altered_wherever_it_stands_in_the_item() -> None:
    item = _Run(CREATING, base=["main"]).listed()[1]["object"]
    assert item["sha"] != SHA
    assert item["url"] == f"{HOST}/commits/{item['sha']}"


def test_another_item_does_not_stand_in_the_way() -> None:
    listed = _Run(CREATING, base=["other"]).listed()
    assert [item["ref"] for item in listed] == ["refs/heads/other"]
    assert listed[0]["object"]["sha"] not in (OTHER, SHA)


def test_what_no_later_request_carries_stays() -> None:
    listed = [{"name": "base-recorded", "id": 123456, "size": 777, "node": "MDEwOlJlcG9zaXRvcnk="}]
    (item,) = _Run(_recording(listed, ("/x", {"id": 123456}, {})), base=["main"]).listed()
    assert item["id"] != 123456
    assert len(str(item["id"])) == 6
    assert (item["name"], item["size"], item["node"]) == ("main", 777, "MDEwOlJlcG9zaXRvcnk=")


def test_a_number_that_was_chosen_by() -> None:
    recording = _recording([{"name": "base-recorded", "id": 123456}], ("/x/123456", {"id": 123456}, {"id": 123456}))
    run = _Run(recording, base=["a", "b"])
    number = next(item["id"] for item in run.listed() if item["name"] == "b")
    assert run.post(f"/x/{number}", {"id": number}) == {"id": number}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (["base-recorded", "x"], ["a", "b", "x"]),
        ({"items": [{"n": "base-recorded"}]}, {"items": [{"n": "a"}, {"n": "b"}]}),
        ({"base-recorded": {"v": 1}, "x": 2}, {"x": 2, "a": {"v": 1}, "b": {"v": 1}}),
        ({"a": 1, "base-recorded": 2}, {"a": 2, "b": 2}),
        ({"of": "base-recorded", "in": [{"n": "base-recorded"}]}, {"of": "b", "in": [{"n": "a"}, {"n": "b"}]}),
        ([{"tags": ["base-recorded"]}], [{"tags": ["a", "b"]}]),
        ([{"n": "base-recorded", "tags": ["base-recorded"]}], [{"n": "a", "tags": ["a"]}, {"n": "b", "tags": ["b"]}]),
        ({"n": "base-recorded"}, {"n": "b"}),
        ([{"n": "x-base-recorded-y"}], [{"n": "x-a-y"}, {"n": "x-b-y"}]),
        ("base-recorded", "b"),
    ],
)
def test_what_selects(listed: Any, expected: Any) -> None:
    assert _Run(_recording(listed), base=["a", "b"]).listed() == expected


def test_two_parameters_select() -> None:
    recording = _recording([{"n": "name-recorded", "k": "kind-recorded"}], name="name-recorded", kind="kind-recorded")
    listed = _Run(recording, name=["a", "b"], kind=["x", "y"]).listed()
    assert [(item["n"], item["k"]) for item in listed] == [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]


def test_a_number_selects() -> None:
    assert _Run(_recording([{"id": 4711}], number=4711), number=[1, 2]).listed() == [{"id": 1}, {"id": 2}]


def test_what_a_request_carried_is_selected_by_that() -> None:
    first = Interaction(Request("GET", HOST + "/list?q=base-recorded"), Response(200, JSON, b'[{"n": "base-recorded"}]'))
    player = Template(Recording((first,), {"base": "base-recorded"})).player({"base": ["decoy", "called"]})
    assert json.loads(player.answer(Request("GET", HOST + "/list?q=decoy"))[0].body) == [{"n": "decoy"}]


def test_two_answers_that_select_one_after_the_other() -> None:
    recording = Recording(
        (
            Interaction(Request("GET", HOST + "/list"), Response(200, JSON, b'[{"n": "base-recorded", "id": 5551234}]')),
            Interaction(Request("GET", HOST + "/of/5551234"), Response(200, JSON, b'[{"k": "kind-recorded", "id": 6661234}]')),
            Interaction(Request("GET", HOST + "/last/6661234/5551234"), Response(200, JSON, b'{"b": "base-recorded"}')),
        ),
        {"base": "base-recorded", "kind": "kind-recorded"},
    )
    player = Template(recording).player({"base": ["a", "b"], "kind": ["x", "y"]})

    def get(path: str) -> Any:
        return json.loads(player.answer(Request("GET", HOST + path))[0].body)

    base = next(item["id"] for item in get("/list") if item["n"] == "b")
    kind = next(item["id"] for item in get(f"/of/{base}") if item["k"] == "x")
    assert get(f"/last/{kind}/{base}") == {"b": "b"}


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (SHA, "[0-9a-f]{40}"),
        (SHA.upper(), "[0-9A-F]{40}"),
        ("6f1c1c66-6c0c-4c6b-8d3f-0a1b2c3d4e5f", "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("1234567", "[1-9][0-9]{6}"),
        ("Abc-9_x", "[A-Z][a-z]{2}-[0-9]_[a-z]"),
        ("https://api.example/things/12345", "https://api.example/things/[1-9][0-9]{4}"),
        ("https://api.example", "https://api.example"),
    ],
)
def test_what_is_altered_keeps_its_shape(text: str, shape: str) -> None:
    others = {altered(text, f"value {number}") for number in range(50)}
    assert all(re.fullmatch(shape, other) for other in others)
    assert (text in others) == (text == "https://api.example")
    assert len(others) == (1 if text == "https://api.example" else 50)
