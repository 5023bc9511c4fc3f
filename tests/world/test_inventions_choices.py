"""What an answer is compared with is a fork: the case can bind it, and the same path obeys."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from taskcontract.model import Answers, Case, Fork, TaskRef
from taskcontract.world.http import HttpLayer
from taskcontract.world.inventions import materialise
from taskcontract.world.state import Run, running

URL = "https://api.example.com/things"
ALIASES = {"on": True, "off": False}
NAMES = frozenset({"first", "second"})


class Labels:
    known = frozenset({"a", "b"})


def get() -> Any:
    return requests.get(URL)


def run_with(body: Callable[[], Any], directory: Path, *choices: tuple[str, str]) -> tuple[Any, Run]:
    answers = Answers()
    for path, literal in choices:
        answers = answers.choosing(path, literal)
    layer = HttpLayer()
    layer.install()
    run = Run(Case(TaskRef("module", "Task"), answers=answers), directory)
    run.phase = "run"
    with running(run):
        layer.enter(run)
        result = body()
    layer.exit(run)
    return result, run


def again(body: Callable[[], Any], run: Run) -> Any:
    """What `body` does under the documents that were learned."""
    layer = HttpLayer()
    second = Run(Case(TaskRef("module", "Task"), answers=materialise(run)), run.directory)
    second.phase = "run"
    with running(second):
        layer.enter(second)
        return body()


def state() -> str:
    job = get().json()
    if job["state"] == "done":
        return "done"
    if job["state"] == "waiting":
        return "waiting"
    return "other"


def test_the_first_comparison_decides_unless_the_case_binds_it(tmp_path: Path) -> None:
    path = "http:0['state']"
    result, run = run_with(state, tmp_path)
    assert (result, run.forks) == ("done", [Fork(path, "'done'", True)])
    for choices, expected in [
        ([(path, "'waiting'")], "waiting"),
        ([(path, "'elsewhere'")], "other"),
        ([(path, "no:'done'")], "waiting"),
        ([(path, "no:'done'"), (path, "no:'waiting'")], "other"),
    ]:
        result, run = run_with(state, tmp_path, *choices)
        assert (result, again(state, run)) == (expected, expected)


def test_truth_can_be_bound(tmp_path: Path) -> None:
    def body() -> str:
        return "some" if get().json()["rows"] else "none"

    assert run_with(body, tmp_path)[0] == "some"
    result, run = run_with(body, tmp_path, ("http:0['rows']?", "no:True"))
    assert (result, again(body, run)) == ("none", "none")


@pytest.mark.parametrize(
    "use",
    [
        lambda rows: [row["id"] for row in rows], lambda rows: {**rows}, lambda rows: rows.strip(), lambda rows: rows + 1,
        lambda rows: len(rows), lambda rows: rows == [] or rows == {} or rows == "", lambda rows: rows == "word",
        lambda rows: rows is None,
    ],
    ids=["list", "dict", "text", "number", "len", "empty", "word", "none"],
)  # fmt: skip
def test_what_is_false_is_the_empty_one_of_what_it_is_used_as(use: Callable[[Any], Any], tmp_path: Path) -> None:
    def body() -> Any:
        rows = get().json()["rows"]
        return bool(rows), rows is not None and use(rows)

    result, run = run_with(body, tmp_path, ("http:0['rows']?", "no:True"))
    assert not result[0]
    assert again(body, run)[0] is False


def test_a_whole_answer_can_be_false(tmp_path: Path) -> None:
    def body() -> str:
        return "some" if get().json() else "none"

    result, run = run_with(body, tmp_path, ("http:0?", "no:True"))
    assert (result, again(body, run), materialise(run).documents) == ("none", "none", ((200, "{}"),))


def test_presence_can_be_bound(tmp_path: Path) -> None:
    def body() -> Any:
        data = get().json()
        if "error" in data:
            return "error", data["error"]["code"]
        return "fine", "data" in data, data.get("error"), "data" in data

    result, run = run_with(body, tmp_path)
    assert result == ("fine", True, None, True) == again(body, run)
    result, run = run_with(body, tmp_path, ("http:0 has 'error'", "True"))
    assert result[0] == "error" == again(body, run)[0]
    result, run = run_with(body, tmp_path, ("http:0 has 'data'", "no:True"))
    assert result[1] is False and again(body, run)[1] is False


def test_an_error_got_can_be_bound(tmp_path: Path) -> None:
    def body() -> Any:
        return bool(get().json().get("errors"))

    assert run_with(body, tmp_path)[0] is False
    result, run = run_with(body, tmp_path, ("http:0 has 'errors'", "True"), ("http:0['errors']?", "True"))
    assert result is True and again(body, run) is True


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_the_kind_can_be_bound(kind: str, tmp_path: Path) -> None:
    def body() -> Any:
        data: Any = get().json()["payload"]
        if isinstance(data, list):
            return "list", [row["id"] for row in data]
        if isinstance(data, Mapping):
            return "dict", data["id"]
        return "text", data.upper()

    result, run = run_with(body, tmp_path)
    assert result[0] == "text"
    assert [f for f in run.forks if f.path.endswith("#")] == [
        Fork("http:0['payload']#", "'list'", False), Fork("http:0['payload']#", "'dict'", False),
    ]  # fmt: skip
    result, run = run_with(body, tmp_path, ("http:0['payload']#", repr(kind)))
    assert result[0] == kind == again(body, run)[0]


def test_the_kind_of_a_whole_answer_can_be_bound(tmp_path: Path) -> None:
    def body() -> Any:
        data = get().json()
        return [row["id"] for row in data] if isinstance(data, list) else data["id"]

    result, run = run_with(body, tmp_path, ("http:0#", "'list'"))
    assert isinstance(result, list) and again(body, run) == [str(v) for v in result]


@pytest.mark.parametrize(
    ("body", "member"),
    [
        (lambda: ALIASES[get().json()["state"]], "on"),
        (lambda: ALIASES.get(get().json()["state"]), "on"),
        (lambda: get().json()["state"] in NAMES, "first"),
        (lambda: get().json()["state"] not in {"x", "y"}, "x"),
        (lambda: get().json()["state"].upper() in {"X", "Y"}, "X"),
        (lambda: get().json()["state"] in Labels.known, "a"),
    ],
)
def test_what_is_looked_up_is_found(body: Callable[[], Any], member: str, tmp_path: Path) -> None:
    result, run = run_with(body, tmp_path)
    assert run.forks == [Fork("http:0['state']", repr(member), True)]
    assert again(body, run) == result




def test_storing_under_it_looks_nothing_up(tmp_path: Path) -> None:
    def body() -> Any:
        found = {"known": 1}
        found[get().json()["name"]] = 2
        return found

    result, run = run_with(body, tmp_path)
    assert run.forks == [] and len(result) == 2


# --- statuses ---------------------------------------------------------------------------------------------------------------


def test_a_status_obeys_and_agrees_with_ok(tmp_path: Path) -> None:
    def body() -> Any:
        response = get()
        if response.status_code == 404:
            return "missing", response.ok
        if response.status_code != 201:
            return "odd", response.ok
        return "made", response.ok

    result, run = run_with(body, tmp_path)
    assert result == ("made", True) == again(body, run)
    assert run.forks == [Fork("status:0", "404", False), Fork("status:0", "201", True)]
    for choices, expected in [
        ([("status:0", "404")], ("missing", False)),
        ([("status:0", "500")], ("odd", False)),
        ([("status:0", "no:201")], ("odd", True)),
        ([("status:0", "no:200"), ("status:0", "no:404")], ("odd", False)),
    ]:
        result, run = run_with(body, tmp_path, *choices)
        assert result == expected == again(body, run)


def test_a_bound_failure_raises(tmp_path: Path) -> None:
    with pytest.raises(requests.HTTPError, match="500 Server Error"):
        run_with(lambda: get().raise_for_status(), tmp_path, ("status:0", "500"))


def test_a_poll_on_the_status_ends(tmp_path: Path) -> None:
    def body() -> int:
        polls = 0
        while get().status_code == 202:
            polls += 1
        return polls

    result, run = run_with(body, tmp_path)
    assert result == 2 == again(body, run)


def test_an_empty_answer_is_for_those_who_change_things(tmp_path: Path) -> None:
    assert run_with(lambda: requests.get(URL).status_code == 204, tmp_path)[0] is False
    assert run_with(lambda: requests.delete(URL).status_code == 204, tmp_path)[0] is True


def test_a_status_is_a_number_in_every_other_way(tmp_path: Path) -> None:
    import copy
    import pickle

    status, run = run_with(lambda: get().status_code, tmp_path)
    assert (f"{status:>4}", str(status), repr(status), status // 100, int(status)) == (" 200", "200", "200", 2, 200)
    assert status >= 200 and status <= 200 and status > 199 and status < 300 and not status < 200
    assert {200: "fine"}[status] == "fine" and hash(status) == hash(200)
    assert status != "200" and (status == True) is False  # noqa: E712 - a status is no truth value
    assert type(pickle.loads(pickle.dumps(status))) is int and copy.copy(status) == 200
    assert (status == 200, status == 201) == (True, False)
    assert run.forks == []


def test_a_status_looked_up_among_others(tmp_path: Path) -> None:
    result, run = run_with(lambda: get().status_code in {201, 202}, tmp_path)
    assert (result, run.forks, materialise(run).documents[0][0]) == (True, [Fork("status:0", "201", True)], 201)


def test_equal_last_documents_are_one(tmp_path: Path) -> None:
    _, run = run_with(lambda: [get() for _ in range(3)], tmp_path, ("http:0['id']", "'x'"))
    assert len(materialise(run).documents) == 3
    _, run = run_with(lambda: [get().json()["state"] == "done" for _ in range(2)], tmp_path)
    assert [json.loads(text) for _, text in materialise(run).documents] == [{"state": "done"}]
    assert materialise(run).choices == ()
