"""What an answer in XML gives back is written as XML writes it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.save import save
from taskcontract.cassettes.template import template

URL = "https://service.example/?prefix="
ANSWER = '<?xml version="1.0"?>\n<List name="recorded-prefix"><Key>recorded-prefix/one</Key></List>'


@pytest.mark.parametrize("given", ["plain-prefix", "a&b", "<tag>", "it's", "&amp;", 'say "so"', "ünï"])
def test_a_value_given_back_keeps_the_document_whole(tmp_path: Path, given: str) -> None:
    asked = Interaction(Request("GET", URL + "recorded-prefix"), Response(200, (), ANSWER.encode()))
    save(Recording((asked,), {"prefix": "recorded-prefix"}), tmp_path / "list.yaml")
    quoted = "".join(f"%{byte:02X}" for byte in given.encode())
    answer, _ = template(tmp_path / "list.yaml").player({"prefix": [given]}).answer(Request("GET", URL + quoted))
    document = ElementTree.fromstring(answer.body)
    assert (document.get("name"), [key.text for key in document]) == (given, [f"{given}/one"])
