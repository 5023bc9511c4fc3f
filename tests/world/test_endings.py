"""How an error is told: what a client said before the task's own words, and only what a client said."""

from __future__ import annotations

import json
from pathlib import Path

from taskcontract.world.endings import beneath

ROOT = str(Path(__file__))


def _failing(text: str, hidden: bool = False) -> BaseException:
    try:
        try:
            json.loads(text)
        except ValueError as error:
            try:
                raise RuntimeError("not read") from error
            except RuntimeError:
                raise LookupError("nothing there") from (None if hidden else error)
    except LookupError as error:
        return error
    raise AssertionError("it was read")


def test_the_first_error_of_all_is_told_where_a_client_raised_it() -> None:
    assert beneath(_failing("{"), ROOT).startswith("JSONDecodeError: Expecting property name")


def test_an_error_that_a_traceback_hides_or_that_the_library_raised_is_not_told() -> None:
    assert beneath(_failing("{", hidden=True), ROOT) == ""
    try:
        try:
            raise KeyError("own")
        except KeyError as error:
            raise ValueError("own, too") from error
    except ValueError as error:
        assert beneath(error, ROOT) == ""
