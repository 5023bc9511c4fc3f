"""Look-up takes the same steps whatever the number of recordings; players are used by several threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taskcontract.cassettes import template as templates
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response, Unmatched
from taskcontract.cassettes.save import save
from taskcontract.cassettes.template import Template, template

HOST = "https://api.example"
JSON = (("Content-Type", "application/json"),)


def _paths(number: int) -> Request:
    return Request("GET", f"{HOST}/of/owner-recorded/things/{number:05d}")


def _queries(number: int) -> Request:
    return Request("GET", f"{HOST}/things?of=owner-recorded&page={number:05d}")


def _bodies(number: int) -> Request:
    return Request("POST", f"{HOST}/graph", JSON, b'{"of": "owner-recorded", "query": "thing %05d of owner-recorded"}' % number)


def _hosts(number: int) -> Request:
    return Request("GET", f"https://h{number:05d}.example/owner-recorded")


def _parts(number: int) -> Request:
    return Request("GET", f"{HOST}/things/owner-recorded-{number:05d}")


def _same(_: int) -> Request:
    return Request("GET", f"{HOST}/of/owner-recorded")


def _mixed(number: int) -> Request:
    return (_paths, _queries, _bodies, _hosts, _parts)[number % 5](number)


@pytest.mark.parametrize("kind", [_paths, _queries, _bodies, _hosts, _parts, _same, _mixed])
def test_look_up_takes_the_same_steps_whatever_the_number(kind: Callable[[int], Request]) -> None:
    steps = []
    for count in (10, 1_000, 10_000 if kind is _mixed else 2_000):
        interactions = tuple(Interaction(kind(number), Response(200, (), b"%d" % number)) for number in range(count))
        made = Template(Recording(interactions, {"owner": "owner-recorded"}))
        wanted = kind(7)
        sent = Request(wanted.method, wanted.url.replace("owner-recorded", "me"), wanted.headers, wanted.body)
        sent = Request(sent.method, sent.url, sent.headers, sent.body.replace(b"owner-recorded", b"me"))
        made.index.operations = 0
        assert made.player({"owner": ["me"]}).answer(sent)[1] == (0 if kind is _same else 7)
        steps.append(made.index.operations)
    assert steps[0] == steps[1] == steps[2]
    assert 0 < steps[0] <= 8


def test_every_one_of_ten_thousand_is_found() -> None:
    interactions = tuple(Interaction(_mixed(number), Response(200)) for number in range(10_000))
    player = Template(Recording(interactions, {})).player({})
    assert [player.answer(_mixed(number))[1] for number in range(0, 10_000, 7)] == list(range(0, 10_000, 7))


def test_threads_share_a_player() -> None:
    interactions = tuple(Interaction(Request("GET", f"{HOST}/x"), Response(200, (), b"%d" % number)) for number in range(1_000))
    player = Template(Recording(interactions)).player({})
    seen: list[int] = []

    def ask() -> None:
        seen.extend(player.answer(Request("GET", f"{HOST}/x"))[1] for _ in range(100))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(seen) == Counter(range(800))


def test_a_template_is_compiled_once_for_each_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Recording] = []
    inner = templates.Template

    def counted(recording: Recording, *rest: Any) -> Template:
        made.append(recording)
        return inner(recording, *rest)

    monkeypatch.setattr(templates, "Template", counted)
    interaction = Interaction(Request("GET", f"{HOST}/{tmp_path.name}"), Response(200))
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        save(Recording((interaction,)), tmp_path / name)
    save(Recording((interaction, interaction)), tmp_path / "c.yaml")
    first, same, other = (template(tmp_path / name) for name in ("a.yaml", "b.yaml", "c.yaml"))
    assert first is same
    assert first is not other
    assert len(made) == 2


def test_a_hostile_text_takes_no_more_than_one_look() -> None:
    """A pattern of many holes, and a text that almost fits: no way of dividing it is tried twice."""
    values = [f"value-{number}-recorded" for number in range(20)]
    recorded = Request("POST", HOST, (), " a ".join(values).encode() + b" end")
    player = Template(Recording((Interaction(recorded, Response(200)),), {"values": values})).player({})
    with pytest.raises(Unmatched, match="body is"):
        player.answer(Request("POST", HOST, (), b" a " * 20_000 + b"END"))
