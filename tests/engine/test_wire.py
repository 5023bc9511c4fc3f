"""What travels between processes arrives as it was sent; what no worker would send is refused."""

from __future__ import annotations

import json
import struct
import zlib
from collections import OrderedDict, namedtuple
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskcontract.engine import wire
from taskcontract.engine.asking import Plan
from taskcontract.model import (
    MISSING,
    Case,
    Cell,
    Fact,
    Finding,
    Level,
    Parameter,
    Source,
    TaskRef,
    TaskRow,
    TaskSpec,
    Unimportable,
    Value,
    Verdict,
)

REF = TaskRef("acme.github", "CreateBranch", "github.py", 3)
CASE = Case(REF, init=(("repo", Value.of("octocat/hello")),), call=(("base", Value.of(None)),), first=(("x", Value.of(1)),))
FINDING = Finding("repo", Verdict.VIOLATED, "méssage \ud800", "expected", "actual", cases=(CASE,))
CELL = Cell("acme.github:CreateBranch", "TC202", Level.ADVICE, Verdict.VIOLATED, (FINDING,), "why", 0.5, 3)
FACT = Fact("literal", "state", {"open": (b"\0", 1j, frozenset({1}), {2})}, Source("comparison"))
SPEC = TaskSpec(REF, (Parameter("repo", "init", default="None"), Parameter("base", "run")), decorated={"a": "b"}, facts=(FACT,))

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def received(data: bytes) -> list[tuple[Any, ...]]:
    return list(wire.Frames().feed(data))


def framed(body: bytes) -> bytes:
    return struct.pack("!4sII", b"tc\x1f\x01", len(body), zlib.crc32(body)) + body


def message_of(thing: Any) -> bytes:
    """A frame that holds `thing` in JSON, as a forger would write it."""
    return framed(json.dumps({"t": ["x", thing]}).encode())


@pytest.mark.parametrize(
    "thing",
    [
        CELL,
        SPEC,
        TaskRow("t", None, None, "error", "why", ("http",)),
        Unimportable("m", "why"),
        Plan((TaskRow("t", None, 1, "judged"),), (("t", ("TC101", "TC102")),)),
        (MISSING, Verdict.HOLDS, 1 << 100, -(1 << 100), float("inf"), "e\u0301\ud800", {1: {2: (3,)}}, [[], ()]),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_sent_arrives(thing: Any) -> None:
    assert received(wire.frame(("word", thing))) == [("word", thing)]


@given(PLAIN)
def test_plain_data_arrives(thing: Any) -> None:
    ((word, arrived),) = received(wire.frame(("word", thing)))

    assert (word, repr(arrived)) == ("word", repr(thing))


def test_subclasses_arrive_as_what_they_are_kinds_of() -> None:
    class Text(str):
        pass

    class Number(int):
        pass

    class Ratio(float):
        pass

    class Row(list[int]):
        pass

    pair = namedtuple("pair", "a b")
    mappings = (OrderedDict(a=1), MappingProxyType({"b": 2}))
    odd = (Text("a"), Number(1), Ratio(0.5), Row([1]), pair(1, 2), *mappings, bytearray(b"c"))
    ((_, arrived),) = received(wire.frame(("word", odd)))

    assert repr(arrived) == "('a', 1, 0.5, [1], (1, 2), {'a': 1}, {'b': 2}, b'c')"


def test_what_is_no_plain_data_is_not_sent() -> None:
    with pytest.raises(TypeError, match="a value of type 'object' cannot be told in plain data"):
        wire.frame(("word", object()))


def test_what_is_too_long_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_BYTES", 100)

    with pytest.raises(ValueError, match="a message of 217 bytes is longer than 100"):
        wire.frame(("word", "x" * 200))


@given(st.integers(1, 40))
def test_a_stream_may_come_in_pieces(size: int) -> None:
    data = wire.frame(("one", CELL)) + wire.frame(("two",)) + wire.frame(("three", "x" * 50))
    frames = wire.Frames()

    arrived = [message for at in range(0, len(data), size) for message in frames.feed(data[at : at + size])]

    assert arrived == [("one", CELL), ("two",), ("three", "x" * 50)]


@given(st.binary(min_size=1))
def test_garbage_is_refused_or_waited_on_but_never_believed(data: bytes) -> None:
    try:
        assert received(data) == []
    except wire.Malformed as error:
        assert str(error)


def test_the_messages_before_the_garbage_count() -> None:
    messages = wire.Frames().feed(wire.frame(("one",)) + b"garbage")

    assert next(messages) == ("one",)
    with pytest.raises(wire.Malformed, match="bytes that are no message"):
        next(messages)


def test_a_damaged_message_is_refused() -> None:
    data = bytearray(wire.frame(("one", "abc")))
    data[-3] ^= 1

    with pytest.raises(wire.Malformed, match="damaged on its way"):
        received(bytes(data))


def cell(**changes: Any) -> Any:
    fields: dict[str, Any] = {
        "task": "t",
        "clause": "TC101",
        "level": {"e": ["Level", "RULE"]},
        "verdict": {"e": ["Verdict", "ERROR"]},
        "findings": {"t": []},
        "why": "why",
        "seconds": 0,
        "executions": 0,
    }
    return {"o": ["Cell", *{**fields, **changes}.values()]}


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        (cell(task=5), "Cell.task is of type 'int'"),
        (cell(seconds="long"), "Cell.seconds is of type 'str'"),
        (cell(findings=[]), "Cell.findings is of type 'list'"),
        (cell(findings={"t": ["x"]}), "Cell.findings is of type 'tuple'"),
        (cell(level="rule"), "Cell.level is of type 'str'"),
        (cell(verdict={"e": ["Verdict", "HOLDS"]}), "'holds' needs every subject judged"),
        (cell(why=""), "needs a reason"),
        ({"o": ["Cell", "t"]}, "a Cell of 1 fields, not 8"),
        ({"o": ["TaskRow", "t", None, None, "wonderful", "", {"t": []}]}, "TaskRow.status is of type 'str'"),
        ({"o": ["TaskRow", "t", 5, None, "judged", "", {"t": []}]}, "TaskRow.file is of type 'int'"),
        ({"o": ["Plan", {"t": []}, {"t": [{"t": ["t"]}]}]}, "Plan.tasks is of type 'tuple'"),
        ({"o": ["Popen", "rm"]}, "KeyError: 'Popen'"),
        ({"e": ["Verdict", "SUPERB"]}, "KeyError: 'SUPERB'"),
        ({"z": 1}, "unknown tag 'z'"),
        ({"t": [], "d": []}, "too many values"),
        ({}, "not enough values"),
        ({"b": "%"}, "Only base64 data is allowed"),
        ({"f": [[]]}, "unhashable"),
        ({"i": 5}, "TypeError"),
        ({"o": 5}, "TypeError"),
        ({"c": [1, 2, 3]}, "TypeError"),
        ({"d": [1]}, "TypeError"),
    ],
)
def test_what_is_not_as_the_nouns_say_is_refused(thing: Any, why: str) -> None:
    with pytest.raises(wire.Malformed, match=why):
        received(message_of(thing))


@pytest.mark.parametrize("body", [b"[]", b'{"t":[]}', b'{"t":[1]}', b"5", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(wire.Malformed):
        received(framed(body))


def test_every_noun_can_be_checked() -> None:
    for name in wire.NOUNS:
        assert len(wire._checks(name)) == len(wire._FIELDS[name])
