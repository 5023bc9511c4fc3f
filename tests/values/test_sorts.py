"""What sort of value a parameter wants, by its annotation, documentation, default, uses and name."""

from __future__ import annotations

import pytest

from taskcontract.model import MISSING, Fact, Parameter, Source, TaskRef, TaskSpec
from taskcontract.values.sorts import from_type, sort_of, sorts

REF = TaskRef("lib.tasks", "Upload")

TYPES: list[tuple[str | None, list[str]]] = [
    (None, []),
    ("", []),
    ("str", ["text"]),
    ("`str`", ["text"]),
    ("'str'", ["text"]),
    ("string", ["text"]),
    ("int", ["int"]),
    ("number", ["int"]),
    ("float", ["float"]),
    ("bool", ["bool"]),
    ("bytes", ["bytes"]),
    ("dict", ["dict"]),
    ("Dict[str, Any]", ["dict"]),
    ("typing.Mapping[str, int]", ["dict"]),
    ("dict of str", ["dict"]),
    ("list", ["list:text"]),
    ("List[int]", ["list:int"]),
    ("list of dicts", ["list:dict"]),
    ("list of str", ["list:text"]),
    ("list[Dict[str, str]]", ["list:dict"]),
    ("Sequence(str)", ["list:text"]),
    ("Tuple[str, int]", ["tuple"]),
    ("tuple", ["tuple"]),
    ("set", ["set"]),
    ("Callable[[int], str]", ["callable"]),
    ("callable", ["callable"]),
    ("function", ["callable"]),
    ("datetime.datetime", ["datetime"]),
    ("datetime.timedelta", ["timedelta"]),
    ("pendulum.DateTime", ["datetime"]),
    ("pendulum.Duration", ["timedelta"]),
    ("date", ["date"]),
    ("pathlib.Path", ["pathlib"]),
    ("os.PathLike", ["pathlib"]),
    ("Decimal", ["decimal"]),
    ("uuid.UUID", ["uuid"]),
    ("Any", []),
    ("None", []),
    ("object", []),
    ("Optional[str]", ["text"]),
    ("Optional[List[str]]", ["list:text"]),
    ("Union[str, int, None]", ["text", "int"]),
    ("Union[str, Path]", ["text", "pathlib"]),
    ("Union[str, Dict[str, int]]", ["text", "dict"]),
    ("Annotated[int, 'positive']", ["int"]),
    ("str | int | None", ["text", "int"]),
    ("str or int", ["text", "int"]),
    ("str or list of str", ["text", "list:text"]),
    ("str/int", ["text", "int"]),
    ("str, optional", ["text"]),
    ("str, required", ["text"]),
    ("str; , required", ["text"]),
    ("str (optional)", ["text"]),
    ("Union[str, Optional[int]]", ["text", "int"]),
    ("str, optional, defaults to x", ["text"]),
    ("[str, Path]", ["text", "pathlib"]),
    ("[str]", ["list:text"]),
    ("Literal['a', 'b']", ["literal:'a', 'b'"]),
    ("Optional[Literal['a']]", ["literal:'a'"]),
    ("RunConfig", ["object:RunConfig"]),
    ("google.cloud.Client", ["object:google.cloud.Client"]),
    ("a number of things", []),
    ("np.ndarray", ["object:ndarray"]),
]


@pytest.mark.parametrize(("text", "expected"), TYPES, ids=[str(text) for text, _ in TYPES])
def test_a_type_as_written(text: str | None, expected: list[str]) -> None:
    assert from_type(text) == expected


def wanted(
    name: str,
    *,
    annotation: str | None = None,
    doc_type: str | None = None,
    doc: str | None = None,
    default: str | None = None,
    facts: tuple[tuple[str, object], ...] = (),
) -> tuple[str, ...]:
    found = tuple(Fact(kind, name, value, Source("name")) for kind, value in facts)
    declared = MISSING if default is None else default
    parameter = Parameter(name, "run", default=declared, annotation=annotation, doc_type=doc_type, doc=doc)
    return sorts(TaskSpec(REF, run=(parameter,), facts=found), name)


def test_an_annotation_comes_before_documentation_and_default() -> None:
    assert wanted("thing", annotation="int", doc_type="dict", default="1.5") == ("int", "dict", "float", "text")


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("None", ("text",)),
        ("True", ("bool", "text")),
        ("3", ("int", "text")),
        ("1.5", ("float", "text")),
        ("'a'", ("text",)),
        ("{}", ("dict", "text")),
        ("[]", ("list:text", "text")),
        ("(1, 2)", ("tuple", "text")),
        ("b''", ("bytes", "text")),
        ("<object object>", ("text",)),
    ],
)
def test_a_default_says_what_sort_it_is(default: str, expected: tuple[str, ...]) -> None:
    assert wanted("thing", default=default) == expected


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("webhook_url", "url"),
        ("email_to", "email"),
        ("start_date", "isodate"),
        ("created_at", "isodate"),
        ("query", "query"),
        ("command", "command"),
        ("file_path", "path"),
        ("directory", "folder"),
        ("max_results", "int"),
        ("timeout", "int"),
        ("is_private", "bool"),
        ("wait", "bool"),
        ("run_kwargs", "dict"),
        ("headers", "dict"),
        ("callback", "callable"),
        ("tags", "list:text"),
        ("user_ids", "list:text"),
        ("thing", "text"),
    ],
)
def test_a_name_says_something_when_nothing_else_does(name: str, sort: str) -> None:
    assert wanted(name)[0] == sort


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        ("The repository, in the form of `owner/repo`", "shape:owner/repo"),
        ("must be either 'open' or 'closed'", "literal:'open'"),
        ("in ISO8601", "isodate"),
        ("A date like yyyy-mm-dd", "isodate"),
        ("path to the local file", "path"),
        ("a JSON string", "json"),
        ("whatever you like", "text"),
    ],
)
def test_documentation_says_what_a_text_is(doc: str, expected: str) -> None:
    assert wanted("thing", annotation="str", doc=doc)[0] == expected


def test_the_words_that_are_allowed_are_tried_in_order_but_for_none() -> None:
    doc = "One of 'a', `b`, \"c\", 'None'"
    assert wanted("thing", annotation="str", doc=doc) == ("literal:'a'", "literal:'b'", "literal:'c'", "text")


def test_a_name_specialises_a_text_and_no_other_sort() -> None:
    assert wanted("url", annotation="str") == ("url", "text")
    assert wanted("timeout", annotation="str") == ("text",)
    assert wanted("url", annotation="int") == ("int", "text")


@pytest.mark.parametrize(
    ("fact", "sort"),
    [
        (("called", True), "callable"),
        (("json", True), "json"),
        (("path", True), "path"),
        (("method", "items"), "dict"),
        (("key", "name"), "dict"),
        (("method", "isoformat"), "datetime"),
        (("method", "total_seconds"), "timedelta"),
    ],
)
def test_what_the_source_does_with_it_says_more_than_words(fact: tuple[str, object], sort: str) -> None:
    assert wanted("thing", annotation="str", facts=(fact,)) == (sort, "text")


def test_both_sides_are_asked() -> None:
    init, run = Parameter("thing", "init", annotation="int"), Parameter("thing", "run", default="None", doc_type="dict")
    assert sorts(TaskSpec(REF, (init,), (run,)), "thing") == ("int", "dict", "text")


def test_the_sort_of_what_is_at_hand() -> None:
    literals: list[object] = [True, 1, 1.5, "a", {}, [], (), b""]
    assert [sort_of(v) for v in literals] == ["bool", "int", "float", "text", "dict", "list:text", "tuple", "bytes"]
    assert sort_of(None) is None
