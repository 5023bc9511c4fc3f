"""A cassette that does not say what it was recorded with: the run's own values tell where its holes are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from taskcontract.cassettes.recording import Interaction, Recording, Request, Response, Unmatched
from taskcontract.cassettes.template import Template

HOST = "https://api.example"
JSON = (("Content-Type", "application/json"),)


def _get(path: str) -> Request:
    return Request("GET", HOST + path)


def _post(path: str, body: Any) -> Request:
    return Request("POST", HOST + path, JSON, json.dumps(body).encode())


def _template(*interactions: tuple[Request, Any], **values: Any) -> Template:
    answered = ((request, Response(200, JSON, json.dumps(answer).encode())) for request, answer in interactions)
    return Template(Recording(tuple(Interaction(*pair) for pair in answered), values))


@pytest.mark.parametrize(
    ("recorded", "sent", "given", "answer", "expected"),
    [
        (_get("/repos/octo/hello/issues"), _get("/repos/a/b/issues"), {"repo": "a/b"}, "octo/hello", "a/b"),
        (_get("/repos/octo/hello/issues"), _get("/repos/a/b/issues"), {"owner": "a", "name": "b"}, "hello", "b"),
        (_get("/x?q=is:open+author:octo"), _get("/x?q=is:open+author:me"), {"author": "me"}, "by octo", "by me"),
        (_get("/x/7"), _get("/x/42"), {"number": 42}, {"number": 7, "n": 7}, {"number": 42, "n": 7}),
        (_get("/x/4711"), _get("/x/42"), {"number": "42"}, {"id": 4711}, {"id": 42}),
        (_post("/x", {"title": "Found a bug"}), _post("/x", {"title": "T"}), {"title": "T"}, "Found a bug", "T"),
        (_post("/x", {"n": 5, "on": True}), _post("/x", {"n": 8, "on": False}), {"n": 8, "on": False}, {"n": 5}, {"n": 8}),
        (_post("/x", {"l": ["a", "b"]}), _post("/x", {"l": ["c"]}), {"l": ["c"]}, {"l": "kept"}, {"l": "kept"}),
        (_post("/x", {"l": ["a", "b"]}), _post("/x", {"l": ["c", "d"]}), {"l": ["c", "d"]}, {"l": "kept"}, {"l": "kept"}),
        (_post("/x", {"d": {"a": "one"}}), _post("/x", {"d": {"b": "two"}}), {"d": {"b": "two"}}, "kept", "kept"),
        (_post("/x", {"a": 1}), _post("/x", {"a": 1, "title": "T"}), {"title": "T"}, "kept", "kept"),
        (_get("/x"), _get("/x?per_page=50"), {"size": 50}, "kept", "kept"),
        (
            _post("/x", {"ref": "refs/heads/main", "same": "x"}),
            _post("/x", {"ref": "refs/heads/dev", "same": "x"}),
            {"branch": "dev"},
            {"ref": "refs/heads/main"},
            {"ref": "refs/heads/dev"},
        ),
        (
            Request("GET", "https://old.example/base/x"),
            Request("GET", "http://new.example:81/other/x"),
            {"server": "http://new.example:81/other/"},
            "https://old.example/1",
            "http://new.example:81/1",
        ),
        (
            Request("GET", "https://store.blob.example/c"),
            Request("GET", "https://mine.blob.example/c"),
            {"account": "mine"},
            "store",
            "mine",
        ),
    ],
)
def test_what_differs_by_a_given_value_is_learned(
    recorded: Request, sent: Request, given: Any, answer: Any, expected: Any
) -> None:
    template = _template((_get("/unlike"), None), (recorded, answer))
    response, number = template.player({name: [value] for name, value in given.items()}).answer(sent)
    assert number == 1
    assert json.loads(response.body) == expected


@pytest.mark.parametrize(
    ("recorded", "sent", "given", "told"),
    [
        (_get("/x/octo"), _get("/x/me"), {}, "path segment 2 is 'me', recorded 'octo'"),
        (_get("/x/octo/y"), _get("/x/me/z"), {"who": "me"}, "path segment 3 is 'z', recorded 'y'"),
        (_get("/x/octo/y"), _get("/x/me/z/y"), {"who": "me"}, "the path is '/x/me/z/y', recorded '/x/octo/y'"),
        (_get("/x/octo"), _get("/x/me/too"), {"who": "me"}, "the path is '/x/me/too', recorded '/x/octo'"),
        (_post("/x", {"a": "i", "b": "j"}), _post("/x", {"a": "v", "b": "v"}), {"n": "v"}, "body $.b is 'v', recorded 'j'"),
        (_post("/x", {"a": ""}), _post("/x", {"a": "v"}), {"n": "v"}, "body $.a is 'v', recorded ''"),
        (_get("/x?q=octo"), _get("/x?q=remember"), {"who": "me"}, "query 'q' is 'remember', recorded 'octo'"),
    ],
)
def test_what_differs_by_more_is_another_request(recorded: Request, sent: Request, given: Any, told: str) -> None:
    with pytest.raises(Unmatched) as caught:
        _template((recorded, None)).player({name: [value] for name, value in given.items()}).answer(sent)
    assert str(caught.value).partition("; ")[2] == told


def test_what_was_learned_holds_for_the_rest_of_the_run() -> None:
    template = _template(
        (_get("/repos/octo/hello"), {"name": "octo/hello"}),
        (_post("/repos/octo/hello/refs", {"of": "octo/hello"}), {"made": "octo/hello"}),
        (_get("/elsewhere"), {"all": ["octo/hello"]}),
    )
    player = template.player({"repo": ["a/b"]})
    assert json.loads(player.answer(_get("/repos/a/b"))[0].body) == {"name": "a/b"}
    assert json.loads(player.answer(_post("/repos/a/b/refs", {"of": "a/b"}))[0].body) == {"made": "a/b"}
    assert json.loads(player.answer(_get("/elsewhere"))[0].body) == {"all": ["a/b"]}


def test_a_parameter_had_one_value_while_it_was_recorded() -> None:
    template = _template((_get("/x/octo"), 1), (_get("/y/hubot"), 2), (_get("/y/octo"), 3))
    player = template.player({"who": ["me"]})
    assert player.answer(_get("/x/me"))[1] == 0
    assert player.answer(_get("/y/me"))[1] == 2
    other = _template((_get("/x/octo"), 1), (_get("/y/hubot"), 2)).player({"who": ["me"]})
    assert other.answer(_get("/x/me"))[1] == 0
    with pytest.raises(Unmatched, match=r"the recording has 'hubot' in the place of who"):
        other.answer(_get("/y/me"))


def test_what_the_cassette_says_is_not_learned_otherwise() -> None:
    template = _template((_get("/x/issues"), 1), branch="branch-recorded")
    with pytest.raises(Unmatched, match=r"GET …/x/issues; the recording has 'issues' in the place of branch"):
        template.player({"branch": ["dev"]}).answer(_get("/x/dev"))


def test_what_one_run_learned_is_unknown_to_another() -> None:
    template = _template((_get("/x/octo"), 1))
    assert template.player({"who": ["me"]}).answer(_get("/x/me"))[1] == 0
    with pytest.raises(Unmatched, match="path segment 2 is 'me', recorded 'octo'"):
        template.player({}).answer(_get("/x/me"))


def test_what_was_learned_is_compiled_once() -> None:
    template = _template((_get("/x/octo"), 1))
    assert template.knowing({"who": "octo"}) is template.knowing({"who": "octo"})


def test_values_by_construction_and_call_are_both_explained() -> None:
    template = _template((_get("/x/octo"), {"who": "octo"}))
    for sent in ("at-init", "at-call"):
        player = template.player({"who": ["at-init", "at-call"]})
        assert json.loads(player.answer(_get(f"/x/{sent}"))[0].body) == {"who": sent}


def test_answers_in_sequence_though_it_was_learned_on_the_way() -> None:
    template = _template((_get("/x/octo"), 1), (_get("/x/octo"), 2), (_get("/y"), 3))
    player = template.player({"who": ["me"]})
    assert [player.answer(_get(path))[1] for path in ("/y", "/x/me", "/x/me", "/x/me")] == [2, 0, 1, 1]


def test_values_from_elsewhere_are_recorded_ones(tmp_path: Any) -> None:
    from taskcontract.cassettes.save import save
    from taskcontract.cassettes.template import template

    recording = Recording((Interaction(_get("/list"), Response(200, JSON, b'[{"n": "main"}]')),))
    save(recording, tmp_path / "a.yaml")
    player = template(tmp_path / "a.yaml", {"base": "main"}).player({"base": ["dev"]})
    assert json.loads(player.answer(_get("/list"))[0].body) == [{"n": "dev"}]
    assert template(tmp_path / "a.yaml") is template(tmp_path / "a.yaml")
