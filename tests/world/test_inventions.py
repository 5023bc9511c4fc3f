"""Invented answers grow by what is read, and the documents made of them lead the same code down the same path."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from taskcontract.model import Answers, Case, TaskRef
from taskcontract.world.canon import canon
from taskcontract.world.http import HttpLayer
from taskcontract.world.inventions import materialise
from taskcontract.world.state import Run, running

URL = "https://api.example.com/things"
STATES = {"done": 1, "failed": 2}
ENDED = frozenset({"succeeded", "failed"})


def get(url: str = URL, **options: Any) -> Any:
    import requests

    return requests.get(url, **options)


class State(StrEnum):
    DONE = "done"
    FAILED = "failed"


# --- real-life ways of reading an answer; each returns what it found ----------------------------------------------------


def nested_keys() -> Any:
    data = get().json()
    return data["commit"]["author"]["name"]


def nested_get() -> Any:
    return (get().json().get("data") or {}).get("create_item", {}).get("id", "none")


def filtered_list() -> Any:
    found = [b["sha"] for b in get().json() if b["ref"] == "refs/heads/main"]
    return found[0]


def filtered_list_of_many() -> Any:
    for branch in get().json():
        if branch.get("ref") in ("refs/heads/dev", "refs/heads/main"):
            return branch["object"]["sha"]
    return None


def first_by_next() -> Any:
    return next(item for item in get().json()["items"] if item["name"] == "wanted" and item["active"])["id"]


def first_by_next_or_none() -> Any:
    return next((i["id"] for i in get().json()["items"] if i["kind"] != "folder"), None)


def get_or_default() -> Any:
    data = get().json()
    return data.get("limit") or 10, data.get("name", "anonymous")


def pages() -> Any:
    found, url = [], URL
    while url:
        data = get(url).json()
        found += [row["id"] for row in data["results"]]
        url = data.get("next")
    return found


def pages_by_token() -> Any:
    found, token = [], None
    while True:
        data = get(params={"pageToken": token} if token else None).json()
        found.extend(data.get("items", []))
        if not data.get("nextPageToken"):
            return found
        token = data["nextPageToken"]


def pages_by_number() -> Any:
    page, rows = 1, []
    while True:
        data = get(params={"page": page}).json()
        rows.append(data["rows"])
        if page >= data["total_pages"]:
            return rows
        page += 1


def polled_until_in() -> Any:
    job = {"state": "queued"}
    while job["state"] not in ("done", "failed"):
        job = get().json()
    if job["state"] == "failed":
        raise RuntimeError("it failed")
    return job["result"]


def polled_while() -> Any:
    polls = 0
    while get().json()["status"] == "running":
        polls += 1
    return polls


def polled_while_in() -> Any:
    polls = 0
    while get().json()["status"] in ["queued", "running"]:
        polls += 1
    return polls


def polled_lower_case() -> Any:
    while True:
        state = get().json()["status"]["state"].lower()
        if state in {"success", "error"}:
            return state
        if state == "failed":
            raise RuntimeError(state)


def polled_frozenset() -> Any:
    while (state := get().json()["state"]) not in ENDED:
        pass
    return state


def looked_up() -> Any:
    return STATES[get().json()["state"]]


def looked_up_with_get() -> Any:
    return STATES.get(get().json()["state"], 0)


def compared_as_text() -> Any:
    return str(get().json()["id"]) == "42"


def enum_member() -> Any:
    state = get().json()["state"]
    return "done" if state == State.DONE else "other"


def made_with_double_star() -> Any:
    data = get().json()
    return {"name": data["name"], "id": data["id"], **data}


def dict_of_it() -> Any:
    data = get().json()
    named = len(data["name"]) > 0
    return sorted(dict(data)), named


def sorted_by_key() -> Any:
    return [v["id"] for v in sorted(get().json()["versions"], key=lambda v: v["number"])][-1]


def emptiness() -> Any:
    rows = get().json()["rows"]
    if len(rows) == 0:
        raise ValueError("no rows")
    return rows[0]["value"]


def error_key_in() -> Any:
    body = get().json()
    if "errors" in body:
        raise RuntimeError(body["errors"][0]["message"])
    return body["data"]


def error_key_get() -> Any:
    body = get().json()
    if body.get("error") or body.get("error_message"):
        raise RuntimeError(body["error"])
    return body["ok"]


def success_flag() -> Any:
    body = get().json()
    if body["success"] == False:  # noqa: E712 - as some write it
        raise RuntimeError("no success")
    if not body["ok"]:
        raise RuntimeError("not ok")
    return body["result"]


def numbers() -> Any:
    data = get().json()
    return int(data["count"]) + data["total"] * 2, float(data["ratio"]), data["size"] > 0, round(data["share"], 1)


def dates() -> Any:
    data = get().json()
    created = datetime.datetime.fromisoformat(data["created_at"])
    return created < datetime.datetime.strptime(data["expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.UTC), created


def text_methods() -> Any:
    data = get().json()
    return data["name"].split("-")[0], data["title"].replace("a", "b"), data["path"].startswith("x"), data["tag"][:3]


def joined() -> Any:
    data = get().json()
    return ",".join([data["a"], data["b"]]) + "/" + data["c"] + f"?{data['d']}&{data['e']:>30}" + "%s" % data["f"]  # noqa: UP031


def dict_iteration() -> Any:
    data = get().json()["fields"]
    return {key: data[key] for key in data}


def items_iteration() -> Any:
    return [f"{key}={value}" for key, value in get().json()["labels"].items()]


def unpacked() -> Any:
    first, _second, third = get().json()["triple"]
    return first, third


def by_position() -> Any:
    rows = get().json()["rows"]
    return rows[2]["id"], rows[-1]["id"]


def keys_view() -> Any:
    data = get().json()
    if "data" not in data.keys():  # noqa: SIM118 - as some write it
        raise RuntimeError("no data")
    return data["data"]["status"]


def popped() -> Any:
    data = get().json()
    data.pop("links", None)
    data["extra"] = data.pop("id")
    return data["extra"], "id" in data, "links" in data


def json_in_json() -> Any:
    secret = get().json()["SecretString"]
    return json.loads(secret)["password"]


def lines_of_json() -> Any:
    return [json.loads(line)["event"] for line in get().text.splitlines()]


def status_told_apart() -> Any:
    response = get()
    if response.status_code == 201:
        return response.json()["id"]
    raise RuntimeError(response.status_code)


def status_in() -> Any:
    response = get()
    if response.status_code not in {201, 202}:
        raise RuntimeError(response.status_code)
    response.raise_for_status()
    return response.ok, response.json()["id"]


def membership_of_list() -> Any:
    labels = [label["name"] for label in get().json()["labels"]]
    return "bug" in labels


def dict_check() -> Any:
    data = get().json()
    return isinstance(data, dict), isinstance(data, list), data["x"]["y"]


def list_check() -> Any:
    data = get().json()
    rows = data if isinstance(data, list) else data["rows"]
    return [row["id"] for row in rows]


def union() -> Any:
    data = get().json()
    known = data["more"]["b"]
    return {"a": 1} | data["more"], known


def returned_whole() -> Any:
    return get().json()


def truth_of_it() -> Any:
    data = get().json()
    return data if data else None


STYLES: list[Callable[[], Any]] = [f for f in list(globals().values()) if callable(f) and getattr(f, "__name__", "") in {
    "nested_keys", "nested_get", "filtered_list", "filtered_list_of_many", "first_by_next", "first_by_next_or_none",
    "get_or_default", "pages", "pages_by_token", "pages_by_number", "polled_until_in", "polled_while", "polled_while_in",
    "polled_lower_case", "polled_frozenset", "looked_up", "looked_up_with_get", "compared_as_text", "enum_member",
    "made_with_double_star", "dict_of_it", "sorted_by_key", "emptiness", "error_key_in", "error_key_get", "success_flag",
    "numbers", "dates", "text_methods", "joined", "dict_iteration", "items_iteration", "unpacked", "by_position", "keys_view",
    "popped", "json_in_json", "lines_of_json", "status_told_apart", "status_in", "membership_of_list", "dict_check",
    "list_check", "union", "returned_whole", "truth_of_it",
}]  # fmt: skip


def observed(body: Callable[[], Any], answers: Answers, directory: Path) -> tuple[Any, list[Any], Run]:
    """What `body` returned, what it sent, and its run."""
    layer = HttpLayer()
    layer.install()
    run = Run(Case(TaskRef("module", "Task"), answers=answers), directory)
    run.phase = "run"
    with running(run):
        layer.enter(run)
        result = body()
        seen = canon(result, str(directory))
    layer.exit(run)
    return seen, [effect.detail for effect in run.effects], run


def explored(body: Callable[[], Any], directory: Path, *choices: tuple[str, str]) -> tuple[Any, Run]:
    result, _, run = observed(body, Answers(choices=choices), directory)
    return result, run


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
def test_documents_lead_down_the_path_that_was_explored(style: Callable[[], Any], tmp_path: Path) -> None:
    invented, sent, run = observed(style, Answers(), tmp_path)
    answers = materialise(run)
    assert answers.documents
    for _, text in answers.documents:
        json.loads(text)
    plain, sent_again, _ = observed(style, answers, tmp_path)
    assert (plain, sent_again) == (invented, sent)
    assert len(run.effects) <= 6, "polls and pages end soon"
