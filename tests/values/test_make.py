"""Every sort of value: it can be made in an empty folder, tells where it came from, and has others beside it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taskcontract.model import Fact, Parameter, Source, TaskRef, TaskSpec, Value
from taskcontract.values import alternative, candidates, falsy, make, token
from taskcontract.values.make import nested_keys, number

_MAKERS: dict[str, Any] = importlib.import_module("taskcontract.values.make")._MAKERS
REST = {
    "literal": "'a', 'b', 'c', 'd'",
    "strftime": "%Y-%m-%dT%H",
    "built": "decimal|Decimal",
    "matching": r"^\w+/\w+$",
    "shape": "a/b",
}
SORTS = [f"{head}:{REST[head]}" if head in REST else head for head in _MAKERS]
EXTRA = ["list:int", "list:dict", "list:path", "dict:a,b", "path:json", "path:csv", "callable:1", "unheard-of"]
NO_TOKEN = {
    "int", "float", "bool", "isodate", "isodatetime", "datetime", "date", "timedelta", "uuid", "decimal", "literal", "built",
    "strftime", "matching",
}  # fmt: skip
REF = TaskRef("lib.tasks", "Upload")


def made(value: Value) -> Any:
    namespace: dict[str, Any] = {}
    for line in value.setup:
        exec(line, namespace)
    return eval(value.code, namespace)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.mark.parametrize("sort", [s for s in SORTS + EXTRA if s != "object"])
def test_a_value_of_every_sort_can_be_made_in_an_empty_folder(sort: str) -> None:
    value = make(sort, "repo_name")
    assert value.kind == sort
    assert made(value) is not None
    assert made(value) is not None, "also a second time"


@pytest.mark.parametrize("sort", [s for s in SORTS if s.partition(":")[0] not in ("built", "bool", "strftime")])
def test_the_alternatives_of_a_sort_differ(sort: str) -> None:
    assert len({make(sort, "repo_name", n).code for n in range(4)}) == 4


@pytest.mark.parametrize("sort", SORTS)
def test_the_same_alternative_is_the_same_value(sort: str) -> None:
    assert make(sort, "repo_name", 2) == make(sort, "repo_name", 2)


@pytest.mark.parametrize("sort", [s for s in SORTS if s.partition(":")[0] not in NO_TOKEN])
def test_a_value_can_be_recognised_by_its_token(sort: str) -> None:
    value = make(sort, "repo_name", 1)
    assert token("repo_name", 1) in value.code
    assert token("repo_name", 0) not in value.code
    assert token("other_name", 1) not in value.code


def test_a_token_stays_itself_in_urls_json_sql_and_shells() -> None:
    words = {token(name, n) for name in ("a", "b", "repo") for n in range(20)}
    assert len(words) == 60
    assert all(re.fullmatch("[a-z2-9]{6}", word) for word in words)


def test_the_numbers_of_one_name_are_never_the_same() -> None:
    assert len({number("repo", n) for n in range(10)}) == 10
    assert all(11 <= number(name, n) <= 997 for name in ("a", "b", "c") for n in range(10))


@pytest.mark.parametrize(
    ("sort", "kind"),
    [
        ("text", "str"), ("int", "int"), ("float", "float"), ("bool", "bool"), ("dict", "dict"), ("list", "list"),
        ("tuple", "tuple"), ("set", "set"), ("bytes", "bytes"), ("datetime", "datetime"), ("date", "date"),
        ("timedelta", "timedelta"), ("pathlib", "PosixPath"), ("decimal", "Decimal"), ("callable", "function"),
        ("strftime:%Y", "str"),
    ],
)  # fmt: skip
def test_a_value_is_of_its_type(sort: str, kind: str) -> None:
    assert type(made(make(sort, "repo"))).__name__ == kind


@pytest.mark.parametrize(
    ("sort", "pattern"),
    [
        ("url", r"https://repo-\w+\.example\.com/\w+"),
        ("email", r"repo-\w+@example\.com"),
        ("isodate", r"20\d\d-\d\d-\d\d"),
        ("isodatetime", r"20\d\d-\d\d-\d\dT10:\d\d:00\+00:00"),
        ("query", r"SELECT 'repo-\w+'"),
        ("command", r"echo repo-\w+"),
        ("json", r'\{"key": "repo-\w+"\}'),
        ("uuid", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"),
        ("shape:owner/repo@tag", r"repo-\w{6}/repo-\w{7}@repo-\w{7}"),
        (r"matching:^\d{3}-\w+$", r"\d{3}-\w+"),
        (r"matching:(?<!a)b(?=c)", r"repo-\w+"),
        ("strftime:%d/%m", r"\d\d/\d\d"),
        ("literal:", r"repo-\w+"),
    ],
)
def test_a_text_has_its_form(sort: str, pattern: str) -> None:
    assert re.fullmatch(pattern, made(make(sort, "repo")))


def test_files_are_there_with_their_content(empty_folder: Path) -> None:
    word = f"repo-{token('repo')}"
    sorts = ("", "json", "csv", "yaml", "html")
    contents = {s: Path(made(make(f"path:{s}", "repo"))).read_text() for s in sorts}
    assert contents == {
        "": word,
        "json": f'{{"key": "{word}"}}',
        "csv": f"name,value\n{word},1\n",
        "yaml": f"key: {word}\n",
        "html": f"<p>{word}</p>",
    }
    assert [p.name for p in Path(made(make("folder", "dir"))).iterdir()] == ["inside.txt"]
    assert not Path(made(make("newpath", "repo"))).exists()
    assert all(Path(p).exists() for p in made(make("list:path", "repo")))


def test_archives_and_databases_can_be_opened() -> None:
    import sqlite3
    import zipfile

    with zipfile.ZipFile(made(make("zip", "repo"))) as archive:
        assert archive.namelist() == [f"repo-{token('repo')}.txt"]
    with sqlite3.connect(made(make("sqlite", "repo"))) as database:
        assert database.execute("select word from t").fetchall() == [(f"repo-{token('repo')}",)]
    database.close()


def test_a_stand_in_object_is_asked_for_by_name() -> None:
    value = make("object:RunConfig", "config")
    assert value == Value(f"thing('config-{token('config')}')", ("from taskcontract.testing import thing",))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Value.of("a", "declared"), make("text", "x", 1)),
        (Value.of(3, "declared"), make("int", "x", 1)),
        (Value.of(True, "declared"), Value("False")),
        (Value.of(1.5, "declared"), make("float", "x", 1)),
        (Value.of({"a": 1}, "declared"), make("dict", "x", 1)),
        (Value.of([1], "declared"), make("list:text", "x", 1)),
        (Value.of((1,), "declared"), make("tuple", "x", 1)),
        (Value.of(b"a", "declared"), make("bytes", "x", 1)),
        (Value.of(None, "declared"), make("text", "x", 1)),
        (Value("made()", (), "declared"), make("text", "x", 1)),
        (make("url", "x"), make("url", "x", 1)),
        (make("text", "x", 1), make("text", "x", 2)),
        (make("built:decimal|Decimal", "x"), make("object", "x", 1)),
        (Value("{'a': {'b': 'x', 'c': 1}}", (), "nested"), Value("{'a': {'b': 'x-1', 'c': 1}}")),
    ],
    ids=lambda value: value.code,
)
def test_an_alternative_is_of_the_same_sort_and_another_value(value: Value, expected: Value) -> None:
    assert alternative(value, "x") == expected != value


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("'a'", "''"), ("3", "0"), ("1.5", "0.0"), ("True", "False"), ("{'a': 1}", "{}"), ("[1]", "[]"), ("(1,)", "()"),
        ("{1}", "set()"), ("b'a'", "b''"),
    ],
)  # fmt: skip
def test_a_falsy_value_is_of_the_same_type(code: str, expected: str) -> None:
    (empty,) = falsy(Value(code), TaskSpec(REF), "x")
    assert empty == Value(expected)
    assert type(eval(empty.code)) is type(eval(code))


@pytest.mark.parametrize("code", ["''", "0", "None", "made()", "lambda: 1", "[*{}]"])
def test_some_values_have_no_falsy_one_beside_them(code: str) -> None:
    assert falsy(Value(code), TaskSpec(REF), "x") == ()


def spec(*facts: tuple[str, object], declared: object = None, annotation: str | None = None, source: str = "") -> TaskSpec:
    return TaskSpec(
        REF,
        run=(Parameter("body", "run", default="None", annotation=annotation),),
        facts=tuple(Fact(kind, "body", value, Source("name")) for kind, value in facts),
        declared={} if declared is None else {"values": {"body": declared}},
        source=source,
    )


def test_what_is_declared_is_all_there_is_to_try() -> None:
    assert candidates(spec(declared={"a": 1}), "body") == (Value("{'a': 1}"),)
    given = Value("Body()", ("from lib import Body",))
    assert candidates(spec(declared=given), "body") == (given,)
    assert {v.kind for v in candidates(spec(declared=given), "body")} == {"declared"}


def test_one_value_of_every_sort_is_tried_and_then_the_literals() -> None:
    found = candidates(spec(("literal", "'open'"), ("documented-literal", "'shut'"), annotation="Union[int, str]"), "body")
    assert found == (make("int", "body"), make("text", "body"), Value("'open'"), Value("'shut'"))


def test_a_dict_has_the_keys_that_the_source_reads() -> None:
    found = candidates(spec(("key", "name"), ("key", "size"), annotation="dict"), "body")[0]
    assert list(made(found)) == ["name", "size"]


def test_a_dict_is_nested_as_the_source_reads_it() -> None:
    source = 'body["metadata"]["name"]; body.get("spec", {}).get("size"); not_body["other"]'
    assert nested_keys(source, "body") == {"metadata": {"name": {}}, "spec": {"size": {}}}
    found = candidates(spec(annotation="dict", source=source), "body")
    assert found[0].kind == "nested"
    assert {k: list(v) for k, v in made(found[0]).items()} == {"metadata": ["name"], "spec": ["size"]}
    assert found[1] == make("dict", "body")
    assert nested_keys("body['a']", "other") == {}


def test_an_object_is_made_from_its_class_if_the_module_can_be_imported() -> None:
    found = candidates(spec(annotation="'RunConfig'"), "body")
    assert found[0] == Value("lib.tasks.RunConfig()", ("import lib.tasks",))
    assert found[1] == make("object", "body")
    by_path = TaskSpec(TaskRef("tasks", "Upload", path="tasks.py"), run=spec(annotation="RunConfig").run)
    assert candidates(by_path, "body")[0] == make("object", "body")


def test_every_code_is_one_expression() -> None:
    assert [s for s in SORTS if not isinstance(ast.parse(make(s, "repo").code, mode="eval"), ast.Expression)] == []
