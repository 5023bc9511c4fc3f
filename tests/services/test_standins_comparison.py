"""What compares a real observation with a sealed one: it finds each sort of difference, and none that is not one."""

from __future__ import annotations

from typing import Any

import pytest

from taskcontract.model import Effect, Observation, Outcome

from .real_comparison import calls, difference, named

LEAF = ("answer", "redis.Redis().get()")
BYTES = (*LEAF, "bytes")
ROW = ("tuple", LEAF)


@pytest.mark.parametrize(
    ("real", "sealed"),
    [
        (None, None),
        (None, LEAF),
        (b"x", BYTES),
        (b"x", LEAF),
        (("decimal.Decimal", "Decimal('1')"), LEAF),
        (("client", "psycopg.connect().cursor()", "psycopg.Cursor"), LEAF),
        (("tuple", 1, "one", None), ROW),
        (("list", ("tuple", 1), ("tuple", 2)), ("list", ROW)),
        (("dict", ("id", 1), ("word", None)), ("dict", ("name", LEAF))),
        (("dict", ("a", b"x"), ("b", None)), ("dict", ("a", BYTES), ("b", None))),
        (("dict",), ("dict",)),
        (("set", b"x", b"y"), ("set", BYTES)),
    ],
)
def test_types_that_agree(real: Any, sealed: Any) -> None:
    assert difference(real, sealed) == ""


@pytest.mark.parametrize(
    ("real", "sealed", "said"),
    [
        (None, BYTES, "$ is NoneType, and bytes in the sealed world"),
        ("x", BYTES, "$ is str, and bytes in the sealed world"),
        (True, (*LEAF, "int"), "$ is bool, and int in the sealed world"),
        (None, 1, "$ is NoneType, and int in the sealed world"),
        (1, None, "$ is int, and NoneType in the sealed world"),
        (("tuple", 1), LEAF, "$ is tuple, and a single value in the sealed world"),
        (("tuple", ("tuple", 1)), ("list", ROW), "$ is tuple, and list in the sealed world"),
        (("list", ("dict", ("id", 1))), ("list", ROW), "$[0] is dict, and tuple in the sealed world"),
        (("list", ("tuple", 1), ("list", 2)), ("list", ROW), "$[1] is list, and tuple in the sealed world"),
        (("list", 1), ("list",), "$ has 1 elements, and 0 in the sealed world"),
        (("dict",), ("dict", ("name", LEAF)), "$ has 0 elements, and 1 in the sealed world"),
        (("dict", ("a", 1)), ("dict", ("a", BYTES)), "$.a is int, and bytes in the sealed world"),
        (("dict", (b"a", 1)), ("dict", ("name", LEAF)), "$.b'a' is bytes, and str in the sealed world"),
        (("decimal.Decimal", "1"), ("datetime.date", "…"), "$ is decimal.Decimal, and datetime.date in the sealed world"),
    ],
)
def test_types_that_differ_are_told(real: Any, sealed: Any, said: str) -> None:
    assert difference(real, sealed) == said


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (("type", "pymysql.cursors.DictCursor"), ("its", "DictCursor")),
        (("phantom", "pymysql.cursors.DictCursor"), ("its", "DictCursor")),
        (("function", "dict_row"), ("its", "dict_row")),
        (("client", "paramiko.Transport()", "paramiko.transport.Transport"), ("its", "Transport")),
        (("phantom", "paramiko.Transport()", ("sock", ("tuple", "h", 22))), ("its", "Transport")),
        (("paramiko.client.AutoAddPolicy", "<paramiko.client.AutoAddPolicy object at 0x…>"), ("its", "AutoAddPolicy")),
        (("call", "redis", ("name", "k")), ("call", "redis", ("name", "k"))),
        (("decimal.Decimal", "Decimal('1')"), ("decimal.Decimal", "Decimal('1')")),
    ],
)
def test_a_clients_classes_and_objects_go_by_their_names(form: Any, expected: Any) -> None:
    assert named(form) == expected


def test_calls_are_those_on_clients_in_order() -> None:
    effects = (
        Effect("client", "paramiko.SSHClient", ("call",), "phantom:paramiko", constructing=True),
        Effect("client", "paramiko.AutoAddPolicy", ("call",), "phantom:paramiko", constructing=True),
        Effect("file", "write a", ("a", None)),
        Effect("client", "paramiko.SSHClient().connect", ("call", "h"), "phantom:paramiko"),
    )
    assert calls(Observation(Outcome("returned"), effects=effects)) == [
        ("paramiko.SSHClient", ("call",)),
        ("paramiko.SSHClient().connect", ("call", "h")),
    ]
