"""Documents that clients take apart: in their form, and all of one word."""

from __future__ import annotations

import ast
import base64
import json
import re

from taskcontract.cassettes.private_keys import kind_of
from taskcontract.values import alternative, make
from taskcontract.values.client_documents import as_text, connection_string, service_account


def test_every_text_of_a_service_account_has_the_word_but_its_type_and_its_key() -> None:
    made = service_account("robot-abc")
    assert made.pop("type") == "service_account"
    assert kind_of(made.pop("private_key")) == "PRIVATE KEY rsa"
    assert made == {
        "project_id": "robot-abc-project",
        "private_key_id": "robot-abc-key",
        "client_email": "robot-abc@robots.example.com",
        "token_uri": "https://robot-abc.example.com/token",
    }


def test_a_connection_string_has_a_key_in_base64_with_the_word_in_it() -> None:
    found = re.fullmatch(
        r"DefaultEndpointsProtocol=https;AccountName=([a-z0-9-]+);AccountKey=([\w+/]+=*);EndpointSuffix=core\.windows\.net",
        connection_string("word-abc"),
    )
    assert found is not None
    assert b"word-abc" in base64.b64decode(found[2])


def test_they_are_values_with_alternatives_of_the_same_form() -> None:
    value = make("service-account", "credentials")
    other = alternative(value, "credentials")
    assert value.kind == other.kind == "service-account"
    one, two = ast.literal_eval(value.code), ast.literal_eval(other.code)
    assert one.keys() == two.keys()
    assert {key for key in one if one[key] == two[key]} == {"type"}


def test_a_file_has_one_as_json() -> None:
    value = make("path:service-account", "key_file")
    assert value.code.endswith(".json'")
    word = value.code.strip("'").removesuffix(".json")
    assert json.loads(as_text("service-account", word)) == service_account(word)
    assert repr(as_text("service-account", word)) in value.setup[-1]
    assert as_text("connection-string", "word") == connection_string("word")
