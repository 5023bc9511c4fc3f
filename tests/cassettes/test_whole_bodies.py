"""A body that is one configured value, all of it, is that value: whatever it looks like, recorded or given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from taskcontract.cassettes.recording import Interaction, Recording, Request, Response, Unmatched
from taskcontract.cassettes.save import save
from taskcontract.cassettes.template import template

URL = "https://service.example/things"


def player(folder: Path, recorded: str, given: Any) -> Any:
    asked = Interaction(Request("PUT", URL, (), recorded.encode()), Response(200, (), b"done"))
    save(Recording((asked,), {"payload": recorded}), folder / "whole.yaml")
    return template(folder / "whole.yaml").player({"payload": [given]})


TEXTS = ("recorded text of the payload", '{"recorded": "document"}', "recorded=form&of=two", "[1, 2]")


@pytest.mark.parametrize("recorded", TEXTS)
@pytest.mark.parametrize("given", (*TEXTS, "0=", "{}", "é", "\r\n"))
def test_any_text_may_be_given_for_any(tmp_path: Path, recorded: str, given: str) -> None:
    assert player(tmp_path, recorded, given).answer(Request("PUT", URL, (), given.encode()))[1] == 0


def test_a_body_that_is_no_value_of_the_runs_is_another_request(tmp_path: Path) -> None:
    with pytest.raises(Unmatched, match="nearest recorded is PUT"):
        player(tmp_path, '{"recorded": "document"}', "what is given").answer(Request("PUT", URL, (), b'{"other": 1}'))
