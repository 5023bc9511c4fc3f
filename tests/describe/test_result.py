"""What is read about a task's result: annotation, documentation, whether there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from taskcontract.describe.frame import Notes
from taskcontract.describe.result import documented, of_run


def something(repo: str) -> "dict[str, Any]":  # noqa: UP037
    """Returns a value, below a branch."""
    if repo:
        return {}
    return None  # type: ignore[return-value]


def nothing(repo: str) -> None:
    """Only what is inside it returns anything."""

    def inner() -> int:
        return 1

    if inner():
        return None
    return


def one_by_one() -> Iterator[int]:
    """Yields."""
    yield 1


def unannotated(repo):  # type: ignore[no-untyped-def]
    return [repo]


def facts(run: Any, *documents: str) -> dict[str, Any]:
    notes = Notes()
    of_run(notes, run, list(documents))
    return {f.kind: f.value for f in notes.facts.values()}


def test_annotation_and_body_of_run() -> None:
    assert facts(something) == {"returns": "dict[str, Any]"}
    assert facts(nothing) == {"returns": "None", "no-result": True}
    assert facts(one_by_one) == {"returns": "Iterator[int]"}
    assert facts(unannotated) == {}
    assert facts(None, "Returns:\n    - str: a name") == {"documented-result": "- str: a name"}
    assert facts(len) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Run.\n\nArgs:\n    - a: b\n\nReturns:\n    - dict: what\n        goes on\n\nRaises:\n    - E: no",
            "- dict: what goes on",
        ),
        ("Run.\n\nReturns\n-------\nstr\n    The name.\n", "str The name."),
        ("Run.\n\n:param a: b\n:returns: a list\n:raises E: no", "a list"),
        ("Returns the name.", ""),
        ("", ""),
    ],
    ids=["google", "numpy", "sphinx", "a sentence", "nothing"],
)
def test_documentation_of_a_result(text: str, expected: str) -> None:
    assert documented(text) == expected
