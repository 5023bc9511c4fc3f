"""How tests name tasks and give values: live objects become the code that makes them."""

from __future__ import annotations

import datetime
import decimal
import enum
import functools
import math
import operator
import pathlib
import uuid
from typing import Any

import pytest

from taskcontract import contract, parametrize_contract
from taskcontract.code_values import value_of
from taskcontract.config import Config
from taskcontract.declaring import configured
from taskcontract.errors import ConfigError, UsageError
from taskcontract.model import Answers, TaskRef, TaskSpec, Value
from taskcontract.naming import reference
from taskcontract.testing import answers_of, value
from taskcontract.values.make import candidates


class Colour(enum.Enum):
    """An enum of the test's own."""

    RED = 1


def made(given: Value) -> Any:
    """What the value's code makes, where nothing but its setup has run."""
    namespace: dict[str, Any] = {}
    for line in given.setup:
        exec(line, namespace)
    return eval(given.code, namespace)


@pytest.mark.parametrize(
    "thing",
    [
        None, True, 3, 1.5, float("inf"), 2j, "text", b"bytes", bytearray(b"b"), range(3), [1, [2]], (1,), (1, 2), (), {1, 2},
        set(), frozenset({1}), {"a": {"b": [1]}}, pathlib.PurePosixPath("/x"), datetime.date(2024, 1, 2),
        datetime.timedelta(hours=1), datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC), decimal.Decimal("1.5"),
        uuid.UUID(int=7), len, dict, math.floor, operator.add, pathlib.Path,
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_makes_an_equal_object_of_the_same_type(thing: object) -> None:
    again = made(value_of(thing))
    assert again == thing
    assert type(again) is type(thing)
    assert "held(" not in value_of(thing).code


def test_not_a_number_stays_one() -> None:
    assert math.isnan(made(value_of(float("nan"))))


def test_a_partial_is_made_from_its_parts() -> None:
    again = made(value_of(functools.partial(int, base=2)))
    assert again("101") == 5


@pytest.mark.parametrize("thing", [lambda: 3, object(), Colour.RED], ids=["closure", "instance", "enum of a test"])
def test_what_has_no_code_is_kept_and_is_the_very_same(thing: object) -> None:
    assert made(value_of(thing)) is thing
    assert value_of(thing) == value_of(thing)


def test_a_value_is_itself() -> None:
    given = value("decimal.Decimal(1)", "import decimal")
    assert value_of(given) is given
    assert given == Value("decimal.Decimal(1)", ("import decimal",))


@pytest.mark.parametrize(
    ("given", "documents"),
    [
        ({"a": 1}, ((200, '{"a": 1}'),)),
        ([{"a": 1}, (404, {"e": 2})], ((200, '{"a": 1}'), (404, '{"e": 2}'))),
        ([[1, 2]], ((200, "[1, 2]"),)),
        ("text", ((200, '"text"'),)),
        (None, ()),
        (Answers(documents=((500, "1"),)), ((500, "1"),)),
    ],
)
def test_answers_are_written_as_is_convenient(given: Any, documents: tuple[tuple[int, str], ...]) -> None:
    assert answers_of(given).documents == documents


def test_a_class_made_in_a_function_cannot_be_named() -> None:
    class Inner:
        pass

    with pytest.raises(UsageError, match="Inner is made in a function: define it in a module"):
        reference(Inner)


@pytest.mark.parametrize("thing", [object(), 3, len])
def test_what_is_no_task_is_refused(thing: object) -> None:
    with pytest.raises(UsageError, match="is no task class and no function task of a module: pass the class itself"):
        reference(thing)


def test_a_text_without_a_class_is_refused() -> None:
    with pytest.raises(UsageError, match="'acme' names no task: write it as 'module:Class' or"):
        reference("acme")


def test_parametrizing_over_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="parametrize_contract needs at least one task"):
        parametrize_contract()


def test_declarations_are_checked_merged_and_laid_over_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskcontract.declaring._declared", {})
    with pytest.raises(ConfigError, match=r"contract\(acme:Task\): unknown key require; did you mean 'required'\?"):
        contract("acme:Task", require=["repo"])
    config = Config(tasks={"acme:Task": {"required": ["repo"], "merged": ["headers"]}})
    contract("acme:Task", required=["token"], values={"repo": "a/b", "hook": len})
    contract("acme:Task", generated=["name"])
    assert configured(config).declared("acme:Task") == {
        "required": ("token",),
        "merged": ["headers"],
        "values": {"repo": "a/b", "hook": Value("len")},
        "generated": ("name",),
    }


def test_a_declared_object_is_the_value_that_is_tried() -> None:
    spec = TaskSpec(TaskRef("acme", "Task"), declared={"values": {"hook": value_of(len), "repo": "a/b"}})
    assert candidates(spec, "hook") == (Value("len"),)
    assert candidates(spec, "repo") == (Value("'a/b'"),)
