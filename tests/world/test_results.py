"""What is said of a live result, whatever it is and however it behaves, and whether it is as annotated."""
# ruff: noqa: F821, UP006, UP007, UP045  the older spellings of annotations are meant, and names that nobody knows
# mypy: disable-error-code="name-defined, empty-body"

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import http
import io
import pathlib
import re
import sys
import threading
import time
import typing
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Literal, NamedTuple, Optional, TypedDict, Union

import pytest

from taskcontract.model import Case, Effect, Foreign, ResultSeen, TaskRef, Value
from taskcontract.world import state
from taskcontract.world.result_annotation import annotation_of, disagreement, says_something
from taskcontract.world.results import is_document, look

Look = Callable[..., ResultSeen]


class Point(NamedTuple):
    """A value of this library's own."""

    x: int


class Colour(enum.Enum):
    """One of two."""

    RED = 1


@dataclass
class Report:
    """A record of this library's own."""

    title: Any


class Text(str):
    """A text in all but its class."""


def unannotated() -> Any:
    """A task's function that says nothing of what it returns."""


del unannotated.__annotations__["return"]


@pytest.fixture
def looked(tmp_path: Path) -> Look:
    """What is said of a value that a function of this module returned, with what the case gave."""

    def look_at(value: Any, function: Any = unannotated, given: Any = None) -> ResultSeen:
        run = state.Run(Case(TaskRef(__name__, "Task")), tmp_path)
        run.given = {"given": [given]}
        with state.running(run):
            run.phase = "run"
            return look(value, run, function, __name__)

    return look_at


NATIVE: list[Any] = [
    None, True, 3, 0.5, 1j, "text", b"bytes", bytearray(b"x"), range(3), ..., [], {}, (), set(), frozenset({1}),
    {"a": [(1, {2}), {"b": frozenset({"c"})}], 3: None}, datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    datetime.date(2020, 1, 1), datetime.time(1), datetime.timedelta(1), decimal.Decimal("1.5"), fractions.Fraction(1, 3),
    uuid.UUID(int=1), pathlib.Path("a"), http.HTTPStatus.OK, time.gmtime(0), SimpleNamespace(a=1),
    collections.OrderedDict(a=1), collections.Counter("aa"), collections.deque([1]), collections.defaultdict(list, a=[1]),
]  # fmt: skip


@pytest.mark.parametrize("value", NATIVE, ids=lambda v: type(v).__name__)
def test_plain_data_is_nothing_to_speak_of(value: Any, looked: Look) -> None:
    assert looked(value) == ResultSeen()
    assert looked([value, {"deep": value}]) == ResultSeen()


def foreign(seen: ResultSeen) -> list[tuple[str, str, str]]:
    return [(f.path, f.type.removeprefix(f"{__name__}."), f.sort) for f in seen.foreign]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (threading.Lock(), [("$", "_thread.lock", "client")]),
        ({"a": [1, {"b c": object()}]}, [('$.a[1]["b c"]', "object", "client")]),
        ([re.compile("a"), re.compile("b")], [("$[0]", "re.Pattern", "client")]),
        ({"f": len, "t": int}, [("$.f", "builtin_function_or_method", "client"), ("$.t", "type", "client")]),
        (Text("t"), [("$", "Text", "own")]),
        (Report(Point(1)), [("$", "Report", "own"), ("$.title", "Point", "own")]),
        ({Colour.RED: 1}, [("$[\"('test_results.Colour', 'RED')\"]", "Colour", "own")]),
        (collections.OrderedDict(a=Point(1)), [("$.a", "Point", "own")]),
        (iter([1]), [("$", "list_iterator", "stream")]),
        (io.BytesIO(b"x"), [("$", "_io.BytesIO", "stream")]),
        (ValueError("x"), [("$", "ValueError", "client")]),
    ],
    ids=lambda v: type(v).__name__ if not isinstance(v, list) else "",
)
def test_each_foreign_type_is_told_once_where_it_came_first(value: Any, expected: Any, looked: Look) -> None:
    shown = [(p.replace(f"{__name__}.", "test_results."), t, s) for p, t, s in foreign(looked(value))]
    assert shown == expected


def test_a_foreign_type_tells_its_families_and_whether_the_annotation_is_about_it(looked: Look) -> None:
    def named() -> Optional[list[Point]]:
        """Annotated with its own value."""

    [point] = looked([Point(1)], named).foreign
    assert point == Foreign("$[0]", f"{__name__}.Point", "own", True, (__name__.partition(".")[0],))
    [unnamed] = looked([Point(1)]).foreign
    assert not unnamed.named


def test_what_the_caller_gave_may_come_back(looked: Look) -> None:
    lock, text = threading.Lock(), '{"a": ' + "1}"
    assert looked({"lock": lock, "text": text}, given=[{"lock": lock}, text]).foreign == ()
    assert looked({"text": text}, given=[text]).documents == ()
    assert looked({"lock": lock}).foreign != ()


def test_no_more_than_a_dozen_types_are_told(looked: Look) -> None:
    many = [type(f"Kind{n}", (), {})() for n in range(30)]
    assert len(looked(many).foreign) == 12


def test_structures_that_hold_themselves_end(looked: Look) -> None:
    loop: list[Any] = []
    loop += [loop, {"loop": loop}]
    assert looked(loop) == ResultSeen()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', True), (" [1, 2]\n", True), ("\ufeff{}", True), ("[]", True), ("42", False), ('"word"', False),
        ("null", False), ("[a]", False), ("{'a': 1}", False), ('{"a": 1} {"b": 2}', False), ("", False),
        ("[" * 100_000 + "]" * 100_000, False),
    ],
    ids=range(12),
)  # fmt: skip
def test_whole_json_documents(text: str, expected: bool) -> None:
    assert is_document(text) is expected


def test_documents_are_told_by_path(looked: Look) -> None:
    seen = looked({"a": ['{"x": 1}', b"[2]", "plain", b"\xff\xfe"], "b": "7"})
    assert seen.documents == (("$.a[0]", '{"x": 1}'), ("$.a[1]", "[2]"))


# --- what its own code does -------------------------------------------------------------------------------------------


class Awkward(dict[str, Any]):
    """Lies, raises and never ends."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise ValueError("no class")

    def __iter__(self) -> Iterator[str]:
        while True:
            yield "x"

    def __reduce__(self) -> Any:
        raise SystemExit(3)

    def items(self) -> Any:
        raise OSError("no items")


def test_an_object_that_lies_raises_and_never_ends(looked: Look) -> None:
    seen = looked(Awkward(a=threading.Lock()))
    assert [f.type for f in seen.foreign] == [f"{__name__}.Awkward", "_thread.lock"]
    assert seen.pickle
    assert (seen.again, seen.alone) == ("", "")


class Ending:
    """Ends the interpreter when it is stored."""

    def __reduce__(self) -> Any:
        raise SystemExit(3)


def test_an_object_that_ends_the_process_when_looked_at(looked: Look) -> None:
    seen = looked(Ending())
    assert seen.alone == "looking at it raises SystemExit"
    assert [f.path for f in seen.foreign] == ["$"]


def test_what_pickles_and_what_does_not(looked: Look) -> None:
    assert looked([lambda: 1]).pickle == ""  # as Prefect's serializer does it
    assert looked([threading.Lock()]).pickle == "TypeError: cannot pickle '_thread.lock' object"


def test_reading_once_and_twice(looked: Look, tmp_path: Path) -> None:
    different = "a second reading gives something else than the first"
    assert looked(map(abs, [1, 2])).again == different
    assert looked(io.StringIO("text")).again == different
    assert looked(Report("r")).again == ""
    with open(tmp_path / "x", "w+") as closed:
        pass
    seen = looked({"file": closed})
    assert seen.alone == "reading it raises ValueError: I/O operation on closed file."
    assert seen.again == ""


class ReadsAgain:
    """Fails at the second reading."""

    def __init__(self) -> None:
        self.times = 0

    def __iter__(self) -> Iterator[int]:
        self.times += 1
        if self.times > 1:
            raise LookupError("gone")
        return iter([1])


def test_a_second_reading_that_raises(looked: Look) -> None:
    assert looked(ReadsAgain()).again == "a second reading raises LookupError: gone"


class GoesOut:
    """Asks the service at every reading; `refused` is whether it is let."""

    def __init__(self, refused: bool) -> None:
        self.refused = refused

    def __iter__(self) -> Iterator[int]:
        run = state.active()
        assert run is not None
        effect = Effect("http", "GET https://a.test/", refused=self.refused)
        if self.refused:
            raise run.refuse(effect)
        run.record(effect)
        return iter([1])


@pytest.mark.parametrize("refused", [False, True])
def test_reading_that_goes_out_is_told_and_taken_back(refused: bool, tmp_path: Path) -> None:
    run = state.Run(Case(TaskRef(__name__, "Task")), tmp_path)
    run.effects.append(Effect("http", "GET https://a.test/first"))
    with state.running(run):
        seen = look(GoesOut(refused), run, unannotated, __name__)
    assert seen.alone == "reading it goes out again: GET https://a.test/"
    assert [e.what for e in run.effects] == ["GET https://a.test/first"]
    assert run.stopped is None


class NeverEnds:
    """What a budget cuts."""

    def __iter__(self) -> Iterator[int]:
        run = state.active()
        assert run is not None
        run.stop(state.Cut("more than 4 s of processor time"))
        return iter([1])


def test_reading_that_is_cut(looked: Look) -> None:
    assert looked(NeverEnds()).alone == "reading it does not end: more than 4 s of processor time"


# --- the annotation -----------------------------------------------------------------------------------------------------


class Movie(TypedDict):
    """A title, and perhaps a year."""

    title: str
    year: typing.NotRequired[int]


Name = typing.NewType("Name", str)
T = typing.TypeVar("T")


class Quacks(typing.Protocol):
    """Nothing that could be seen at a value."""

    def quack(self) -> str: ...


AGREE: list[tuple[Any, Any]] = [
    (None, None), (3, int), (True, int), (3, float), (3, complex), ("a", str), (Text("a"), str), ("a", Any), ("a", object),
    (None, Optional[int]), (3, Union[str, int]), (3, str | int), ([1], list), ([1], list[int]), ([], list[str]),
    ({"a": 1}, dict[str, int]), ({"a": [1]}, typing.Dict[str, typing.List[int]]), ((1, "a"), tuple[int, str]), ((), tuple[()]),
    ((1, 2, 3), tuple[int, ...]), ((1, 2), typing.Tuple), ({1}, set[int]), ({1}, collections.abc.Collection[int]),
    ("ab", collections.abc.Sequence[str]), ([1], collections.abc.Iterable[int]), ({"a": 1}, collections.abc.Mapping[str, int]),
    (len, Callable[..., int]),
    ("a", Literal["a", 1]), ("a", Name), ({"title": "t"}, Movie), ({"title": "t", "year": 1, "more": 2}, Movie),
    (3, Annotated[int, "of pages"]), (int, type[int]), (3, T),
    (3, Quacks), ([3], list["NoSuchName"]), (b"x", bytes), (bytearray(b"x"), bytes), (iter([1]), Iterator[int]),
    (collections.OrderedDict(a=1), dict[str, int]),
]  # fmt: skip
DIFFER: list[tuple[Any, Any, str]] = [
    (3, None, "$ is int where None is declared"),
    (None, int, "$ is None where int is declared"),
    ("a", int, "$ is str where int is declared"),
    (1.5, int, "$ is float where int is declared"),
    (b"x", bytearray, "$ is bytes where bytearray is declared"),
    (1.5, Optional[int], "$ is float where Optional[int] is declared"),
    (1.5, str | int, "$ is float where str | int is declared"),
    ([1, "a"], list[int], "$[1] is str where int is declared"),
    ((1,), list[int], "$ is tuple where list[int] is declared"),
    ({"a": {"b": [None]}}, dict[str, dict[str, list[str]]], "$.a.b[0] is None where str is declared"),
    ({3: 1}, dict[str, int], "the key 3 is int where str is declared"),
    ((1, 2, 3), tuple[int, str], "$ has 3 elements where 2 are declared"),
    ((1, 2), tuple[int, str], "$[1] is int where str is declared"),
    ((1,), tuple[()], "$ has 1 elements where 0 are declared"),
    ((1, "a"), tuple[int, ...], "$[1] is str where int is declared"),
    ("c", Literal["a", "b"], "$ is str where Literal['a', 'b'] is declared"),
    (1, Literal[True], "$ is int where Literal[True] is declared"),
    (3, Name, "$ is int where str is declared"),
    ({"year": 1}, Movie, "$ has no 'title', which Movie requires"),
    ({"title": "t", "year": "1"}, Movie, "$.year is str where int is declared"),
    ([], Movie, "$ is list where Movie is declared"),
    (3, Annotated[str, "name"], "$ is int where str is declared"),
    (3, Callable[[], int], "$ is int where Callable[[], int] is declared"),
    (3, typing.NoReturn, "$ is int where NoReturn is declared"),
    ([1], Iterator[int], "$ is list where Iterator[int] is declared"),
    (3, Point, f"$ is int where {__name__}.Point is declared"),
    ([3], "list[str]", "$[0] is int where str is declared"),
]


@pytest.mark.parametrize(("value", "annotation"), AGREE, ids=range(len(AGREE)))
def test_what_agrees_with_its_annotation(value: Any, annotation: Any) -> None:
    assert disagreement(value, annotation) == ""


@pytest.mark.parametrize(("value", "annotation", "expected"), DIFFER, ids=range(len(DIFFER)))
def test_what_does_not(value: Any, annotation: Any, expected: str) -> None:
    assert disagreement(value, annotation) == expected


def test_only_the_first_elements_are_compared() -> None:
    assert disagreement([1] * 600 + ["a"], list[int]) == ""


def test_annotations_are_resolved_where_they_were_written() -> None:
    def quoted() -> "list[Point]":  # noqa: UP037
        """A text of a text."""

    def unknown() -> NoSuchName:
        """Only a type checker knows it."""

    def anything() -> Any:
        """Allows everything."""

    assert annotation_of(quoted) == list[Point]
    assert [says_something(annotation_of(f)) for f in (quoted, unknown, anything, unannotated, None)] == [
        True, False, False, False, False,
    ]  # fmt: skip


def test_a_result_is_held_against_the_annotation(looked: Look) -> None:
    def numbers() -> list[int]:
        return []

    assert (looked([1], numbers).annotated, looked([1], numbers).disagrees) == (True, "")
    assert looked(["a"], numbers).disagrees == "$[0] is str where int is declared"
    assert (looked(["a"]).annotated, looked(["a"]).disagrees) == (False, "")


def test_what_was_invented_is_not_known(tmp_path: Path) -> None:
    from taskcontract.world.inventions import invent

    def a_number() -> int:
        return 0

    run = state.Run(Case(TaskRef(__name__, "Task"), call=(("a", Value.of(1)),)), tmp_path)
    with state.running(run):
        run.phase = "run"
        node = invent(run, "answer")
        node["added"] = threading.Lock()
        seen = look({"a": [node["x"]], "b": node}, run, a_number, __name__)
        alone = look(node["x"], run, a_number, __name__)
    assert seen.unknown == "$.b"
    assert [f.type for f in seen.foreign] == ["_thread.lock"]
    assert seen.disagrees == "$ is dict where int is declared"
    assert (alone.unknown, alone.disagrees, alone.foreign, alone.pickle) == ("$", "", (), "")


def test_nothing_of_it_is_slow_for_large_results(looked: Look) -> None:
    wide = {str(n): [n, {"text": "x" * 50}] for n in range(30_000)}
    assert looked(wide) == ResultSeen()
    assert sys.getsizeof(wide) > 0
