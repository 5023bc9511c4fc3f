"""Values that have a credential's shape and not its form: of what the task takes, and only the parts that sign in."""

from __future__ import annotations

import ast

import pytest

from taskcontract.clauses.refusing import _formless
from taskcontract.model import Value


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (Value("'password-ab12'", (), "text"), "login-without-form"),
        (
            Value("{'type': 'a', 'user': 'b', 'password': 'c'}", (), "dict:type,user,password"),
            {"type": "words", "user": "words", "password": "login-password-without-form"},
        ),
    ],
)
def test_words_in_place_of_what_signs_in(value: Value, made: object) -> None:
    formless = _formless("login", value)
    assert formless is not None and ast.literal_eval(formless.code) == made


@pytest.mark.parametrize("code", ["{'region': 'a', 'user': 'b'}", "{}", "7", "thing('a')"])
def test_nothing_stands_for_what_no_credential_is_in(code: str) -> None:
    assert _formless("login", Value(code)) is None
