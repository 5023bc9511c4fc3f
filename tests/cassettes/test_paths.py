"""Paths in a JSON document, and what a document looks like when one place in it is changed."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from taskcontract.cassettes.paths import How, at, branches, change, leaves, spell, steps_of
from taskcontract.model import MISSING

TREE: dict[str, Any] = {
    "items": [{"sha": "abc", "size": 3}, {"sha": "def", "size": 0.5}],
    "x y": {"é": None, "": True},
    'quo"te]': [],
    "_a1": {},
}


def test_leaves_are_told_in_the_order_of_the_document() -> None:
    assert leaves(TREE) == [
        "$.items[0].sha", "$.items[0].size", "$.items[1].sha", "$.items[1].size", '$["x y"]["é"]', '$["x y"][""]',
        '$["quo\\"te]"]', "$._a1",
    ]  # fmt: skip
    assert branches(TREE) == ["$", "$.items", "$.items[0]", "$.items[1]", '$["x y"]']
    assert (leaves("text"), leaves([]), leaves([[1]])) == (["$"], ["$"], ["$[0][0]"])
    assert (branches("text"), branches({})) == ([], [])


def test_every_path_leads_to_what_it_was_made_of() -> None:
    assert [at(TREE, path) for path in leaves(TREE)] == ["abc", 3, "def", 0.5, None, True, [], {}]
    for path in [*leaves(TREE), *branches(TREE)]:
        assert spell(steps_of(path)) == path
    assert steps_of('$.a["b c"][10].d') == ("a", "b c", 10, "d")


@pytest.mark.parametrize("path", ["", "items", "$items", "$.", "$.1a", "$[x]", "$[-1]", '$["open]', "$.a b", "$.a\n"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is no path in a JSON document"):
        steps_of(path)


@pytest.mark.parametrize("path", ["$.none", "$.items[2]", "$.items.sha", "$[0]", "$.items[0].sha[0]", "$.items[0].size.x"])
def test_a_place_that_is_not_there(path: str) -> None:
    with pytest.raises(LookupError, match=r"^the document has nothing at "):
        at(TREE, path)
    with pytest.raises(LookupError, match=r"^the document has nothing at "):
        change(TREE, path, "null")


@pytest.mark.parametrize(
    ("path", "how", "expected"),
    [
        ("$.a", "missing", {"b": [1, {"c": "t"}]}),
        ("$.b[0]", "missing", {"a": 1.5, "b": [{"c": "t"}]}),
        ("$.b[1].c", "missing", {"a": 1.5, "b": [1, {}]}),
        ("$.b[1].c", "null", {"a": 1.5, "b": [1, {"c": None}]}),
        ("$.b[1].c", "type", {"a": 1.5, "b": [1, {"c": 7}]}),
        ("$.b[1].c", "empty", {"a": 1.5, "b": [1, {"c": ""}]}),
        ("$.a", "type", {"a": "1.5", "b": [1, {"c": "t"}]}),
        ("$.a", "empty", {"a": 0.0, "b": [1, {"c": "t"}]}),
        ("$.b", "type", {"a": 1.5, "b": {"items": [1, {"c": "t"}]}}),
        ("$.b", "empty", {"a": 1.5, "b": []}),
        ("$.b[1]", "type", {"a": 1.5, "b": [1, [{"c": "t"}]]}),
        ("$.b[1]", "empty", {"a": 1.5, "b": [1, {}]}),
        ("$", "null", None),
        ("$", "empty", {}),
        ("$", "type", [{"a": 1.5, "b": [1, {"c": "t"}]}]),
        ("$", "missing", MISSING),
    ],
)
def test_one_place_changes_and_the_original_does_not(path: str, how: How, expected: Any) -> None:
    tree: Any = {"a": 1.5, "b": [1, {"c": "t"}]}
    before = copy.deepcopy(tree)
    assert change(tree, path, how) == expected
    assert tree == before


def test_null_and_true_change_too() -> None:
    assert change({"a": None, "b": True}, "$.a", "type") == {"a": 7, "b": True}
    assert change({"a": None}, "$.a", "empty") == {"a": None}
    assert change({"b": True}, "$.b", "type") == {"b": "true"}
    assert change({"b": True}, "$.b", "empty") == {"b": False}


def test_a_document_as_deep_as_any_that_can_be_read() -> None:
    deep = json.loads("[" * 700 + "1" + "]" * 700)
    path = "$" + "[0]" * 700
    assert leaves(deep) == [path]
    assert at(change(deep, path, "type"), path) == "1"
