"""A node is text, dict, list and number at once, and plain data to whoever keeps it."""

from __future__ import annotations

import base64
import copy
import json
import os
import pathlib
import pickle
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from taskcontract.model import Case, TaskRef
from taskcontract.world.canon import canon
from taskcontract.world.http import HttpLayer
from taskcontract.world.invention_tree import word
from taskcontract.world.inventions import (
    Derived,
    InventedList,
    InventedObject,
    Invention,
    install_decoder,
    invent,
    ledger,
    marker,
    materialise,
    plain,
)
from taskcontract.world.state import Run, running


def in_run(body: Callable[[Run, Any], Any], directory: Path) -> tuple[Any, Run]:
    """What `body` makes of the run and the root of a decoded answer."""
    layer = HttpLayer()
    layer.install()
    run = Run(Case(TaskRef("module", "Task")), directory)
    run.phase = "run"
    with running(run):
        layer.enter(run)
        result = body(run, requests.get("https://h/").json())
    return result, run


def document(body: Callable[[Run, Any], Any], directory: Path) -> Any:
    return json.loads(materialise(in_run(body, directory)[1]).documents[0][1])


def needs_a(a: int) -> int:
    return a


def test_a_whole_answer_is_a_dict_and_what_is_in_it_is_text(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> None:
        assert isinstance(data, dict) and isinstance(data["a"], str)
        assert (type(data), type(data["a"]), type(data["a"].lower())) == (InventedObject, Invention, Derived)
        assert data["a"] == data["a"] and hash(data["a"]) == hash(str(data["a"]))
        assert data["a"] != data["b"]
        assert data["a"] != object()
        assert repr(data["a"]) == repr(str(data["a"].replace("x", "x")))

    in_run(body, tmp_path)


def test_words_fit_their_keys(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> None:
        uuid.UUID(data["job_uuid"])
        base64.b64decode(data["content"])
        base64.b64decode(data["a_rather_long_name_of_a_field"])
        assert data["download_url"].startswith("https://answer-download-url-")
        assert data["updatedAt"].endswith("Z")
        assert data["answer"].startswith("answer-") and data["§"].startswith("answer-")
        assert pathlib.Path("/x") / data["file"] == pathlib.Path(f"/x/{data['file']}")
        assert "/x" / pathlib.PurePosixPath(data["file"]) == pathlib.PurePosixPath("/x", str(data["file"]))
        assert os.path.join("x", data["file"]) == f"x/{data['file']}"

    in_run(body, tmp_path)


def test_a_path_can_be_joined_with_it(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        return pathlib.PurePosixPath("/x") / data["file"], data["file"].__rtruediv__(pathlib.PurePosixPath("/x"))

    (first, second), _ = in_run(body, tmp_path)
    assert first == second


def test_numbers(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        n = data["n"]
        assert (n + 1, 1 + n, n - 1, 3 - n, n * 5, 5 * n, n / 2, 2 / n, n // 1, 4 // n, n % 2, 4 % n) == (
            2, 2, 0, 2, 5, 5, 0.5, 2.0, 1, 4, 1, 0,
        )  # fmt: skip
        assert (-n, abs(n), int(n), float(n), round(n), f"{n:05.1f}", f"{n:d}", "%d" % n) == (  # noqa: UP031
            -1, 1, 1, 1.0, 1, "001.0", "1", "1",
        )  # fmt: skip
        assert [*range(n)] == [0] and n < 2 and n <= 1 and n >= 1 and not n > 1 and n - data["m"] == 0
        assert data["five"] == 5 and data["five"] + 1 == 6 and len(data["five"]) == 1
        assert data["text"] == "1.5" and float(data["text"]) == 1.5
        assert data["digits"] == "7" and int(data["digits"]) == 7
        assert data["padded"].strip() and int(data["padded"]) == 1
        return None

    found = document(body, tmp_path)
    assert found == {"n": 1, "m": 1, "five": 5, "text": "1.5", "digits": "7", "padded": "1"}


def test_order_among_texts(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        assert data["a"] < "b" and data["a"] <= "b" and not data["a"] > "b" and not data["a"] >= "b"
        assert sorted([data["x"], data["x"]]) == [data["x"]] * 2
        with pytest.raises(TypeError):
            data["a"] < object()  # noqa: B015 - it raises

    in_run(body, tmp_path)


def test_texts(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        assert data["t"] + "x" == f"{data['t']}x" and "x" + data["t"] == f"x{data['t']}"
        assert data["t"] + data["u"] == f"{data['t']}{data['u']}"
        assert data["t"].encode() == str(data["t"]).encode() and data["t"][:6] == "answer"
        assert "answer" in data["t"] and "zebra" not in data["t"]
        assert len(data["t"]) == len(f"{data['t']}")
        assert f"{data['t'].upper():>3}" == str(data["t"].upper()) and "ANSWER" in data["t"].upper()
        assert data["v"].strip().lower() == "done" and data["v"] == "done" and "on" in data["v"] and data["v"].title() == "Done"
        assert data["w"].lower() != "Done" and data["w"].lower().upper() == "DONE" and data["w"].lower() == "done"
        assert data["t"].lower() != data["v"] and hash(data["v"].lower()) == hash("done")
        assert "%(key)s" % data == f"{data['key']}"  # noqa: UP031
        assert json.dumps(data["t"]) == json.dumps(f"{data['t']}")
        return None

    found = document(body, tmp_path)
    assert (found["v"], found["w"]) == ("done", "DONE") and found["t"].startswith("answer-t-")


def test_part_of_a_text_that_the_case_wants_in_it(tmp_path: Path) -> None:
    def body(data: Any) -> bool:
        data["log"].strip()
        return "finished" in data["log"]

    from taskcontract.model import Answers

    run = Run(Case(TaskRef("m", "T"), answers=Answers(choices=(("http:0['log'] has 'finished'", "True"),))), tmp_path)
    with running(run):
        assert body(requests.get("https://h/").json())
    assert "finished" in json.loads(materialise(run).documents[0][1])["log"]


def test_lists(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        rows = data["rows"]
        assert len([*rows]) == 1 and len(rows) == 1 and rows[0] in rows and "a" not in [*rows][1:]
        one = [1]
        assert list(reversed(rows)) == [rows[0]] == rows[:5] and rows + one == [rows[0], 1] and one + rows == [1, rows[0]]
        rows.append("more")
        rows.extend(["and more"])
        rows.sort(key=str)
        rows.reverse()
        assert len(rows) == 3 and rows.pop() == "and more" and rows.pop(0) == rows[0]
        assert plain(rows)[1:] == ["more", "and more"] == plain(rows.copy())[1:]
        assert "wanted" in data["labels"]
        assert data["found"][0] == "x" and "x" in data["found"] and "y" not in data["found"]
        new = data["fresh"]
        new.sort()
        new.append(1)
        assert isinstance(new, list) and plain(new)[1:] == [1]
        later = data["later"]
        later.extend([])
        with pytest.raises(IndexError):
            rows[-7]
        return None

    found = document(body, tmp_path)
    assert found["labels"] == ["wanted"] and len(found["rows"]) == 1 and found["found"] == ["x"]
    assert isinstance(found["fresh"], list) and isinstance(found["later"], list)


def test_dicts(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        data["own"] = 1
        assert data["own"] == 1 and data.get("own") == 1 and "own" in data and data.setdefault("own", 2) == 1
        del data["own"]
        assert "own" not in data and data.get("own", 5) == 5
        with pytest.raises(KeyError, match="own"):
            data["own"]
        with pytest.raises(KeyError):
            data.pop("own")
        with pytest.raises(KeyError):
            data[2.5]
        assert data.pop("own", None) is None and data.setdefault("error", "none") == "none"
        data.update({"more": 2}, most=3)
        assert {*data.keys()} == {"more", "most", "error"}
        with pytest.raises(TypeError, match="missing 1 required"):
            needs_a(**data["arguments"])
        part = data["part"]
        part["x"], part["y"] = part["a"], [part["b"]]
        assert isinstance(part, dict) and part.get(part["k"]) == part[part["k"]]
        assert (object() in part, part["k"] in part, (part == {}), part == {"z": 1}) == (False, True, False, False)
        assert [v for v in part.values()] == [part[k] for k in part] and dict(part.items()).keys() == {*part.keys()}
        assert {**part}.keys() == {*part} and {"q": 1, **part}["q"] == 1 and (part | {"q": 1})["q"] == 1
        return part

    (part), _ = in_run(body, tmp_path)
    assert plain(part)["y"] == [plain(part)["b"]] and plain({"k": [part]}) == {"k": [plain(part)]}


def test_decoding_again_gives_a_fresh_answer(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        data["id"] = 5
        data.pop("name")
        other = json.loads(marker(0))
        return str(other["id"]), str(other["name"])

    (first, second), _ = in_run(body, tmp_path)
    assert first.startswith("answer-id-") and second.startswith("answer-name-")


def test_it_is_plain_data_to_whoever_keeps_it(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        data["id"], data["rows"][0]["n"] + 1, data["state"] == "done"
        return data, data["id"].upper(), copy.copy(data), copy.deepcopy(data["rows"])

    (data, upper, copied, deep), run = in_run(body, tmp_path)
    whole = plain(data)
    assert whole == json.loads(materialise(run).documents[0][1]) == pickle.loads(pickle.dumps(data))
    assert canon((data, copied, deep)) == canon((whole, whole, whole["rows"]))
    assert canon(upper) == whole["id"].upper() == pickle.loads(pickle.dumps(upper))
    assert data["rows"] == whole["rows"] and data == whole and bool(data["id"]) and data["id"] == whole["id"]
    assert (data["id"] == "else", "new" in data) == (False, False)
    assert run.forks == [run.forks[0]]


def test_a_class_cannot_be_changed(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> None:
        with pytest.raises(TypeError, match="the class of an answer cannot be changed"):
            data.__class__ = dict

    in_run(body, tmp_path)


def test_attributes_are_keys_only_where_a_box_makes_them_so(tmp_path: Path) -> None:
    from box import Box

    def body(run: Run, data: Any) -> Any:
        first = data["before"]["x"]
        with pytest.raises(AttributeError, match="'dict' object has no attribute 'data'"):
            data.data  # noqa: B018
        with pytest.raises(AttributeError, match="'str' object has no attribute 'data'"):
            data["x"].data  # noqa: B018
        boxed = Box(data)
        assert boxed.before.x == first
        assert Box({"a": {"b": 1}}).a.b == 1
        return str(boxed.data.flow[0].id)

    found, run = in_run(body, tmp_path)
    assert json.loads(materialise(run).documents[0][1])["data"] == {"flow": [{"id": found}]}


def test_prefects_own_client_reads_an_invention(tmp_path: Path) -> None:
    prefect = pytest.importorskip("prefect")

    def body() -> Any:
        client = prefect.Client(api_server="https://api.example.com", api_key="key")
        result = client.graphql({"query": {"flow": {"id"}}})
        return str(result.data.flow[0].id)

    layer = HttpLayer()
    layer.install()
    run = Run(Case(TaskRef("module", "Task")), tmp_path)
    with running(run):
        found = body()
    learned = materialise(run)
    second = Run(Case(TaskRef("module", "Task"), answers=learned), tmp_path)
    with running(second):
        assert body() == found
    assert [e.what for e in run.effects] == [e.what for e in second.effects]


def test_json_within_json(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        inner = json.loads(data["payload"])
        assert data["payload"] and data["payload"] != "x"
        assert data["known"] == '{"a": 1}' and json.loads(data["known"]) == {"a": 1}
        return [row["id"] for row in inner["rows"]]

    found, run = in_run(body, tmp_path)
    whole = json.loads(materialise(run).documents[0][1])
    assert json.loads(whole["payload"]) == {"rows": [{"id": str(found[0])}]}


def test_a_list_where_the_case_says_so(tmp_path: Path) -> None:
    from taskcontract.model import Answers

    run = Run(Case(TaskRef("m", "T"), answers=Answers(choices=(("http:0#", "'list'"),))), tmp_path)
    with running(run):
        data = requests.get("https://h/").json()
        assert type(data) is InventedList and data[0]["id"]
    assert isinstance(json.loads(materialise(run).documents[0][1]), list)


def test_only_the_marker_of_the_run_decodes_to_an_invention(tmp_path: Path) -> None:
    in_run(lambda run, data: None, tmp_path)
    assert json.loads(marker(0)) == {"__taskcontract__": 0}

    def body(run: Run, data: Any) -> Any:
        assert json.loads(marker(7)) == {"__taskcontract__": 7}
        assert json.loads('{"__taskcontract__": 0, "x": 1}') == {"__taskcontract__": 0, "x": 1}
        assert type(json.loads(marker(0), parse_float=str)) is InventedObject
        assert json.loads(f" {marker(0)}") == {"__taskcontract__": 0}

    in_run(body, tmp_path)


def test_another_decoder_can_be_taught(tmp_path: Path) -> None:
    class Decoder:
        def decode(self, text: str, _w: object = None) -> Any:
            return json.JSONDecoder().decode(text)

    install_decoder(Decoder)
    taught = Decoder.decode
    install_decoder(Decoder)
    assert Decoder.decode is taught and Decoder().decode("[1]", None) == [1]
    assert type(in_run(lambda run, data: Decoder().decode(marker(0)), tmp_path)[0]) is InventedObject


def test_other_answers_can_be_invented(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        node = invent(run, "client().get()")
        assert node["id"] == invent(run, "client().get()")["id"]
        return str(node["id"])

    found, run = in_run(body, tmp_path)
    assert found.startswith("answer-id-") and len(materialise(run).documents) == 1
    assert ledger(run) is ledger(run)


def test_very_deep_reading_ends(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> int:
        depth = 0
        while (data := data.get("child")) is not None:
            depth += 1
        return depth

    assert in_run(body, tmp_path)[0] < 12


def test_what_an_ordinary_answer_is_like(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        assert (data["error"] == None and data["lastError"] == "") or data["lastError"] == ""  # noqa: E711 - as some write it
        assert not data["failure"] and data["ok"] and not data["exit_code"]
        assert data["finished_at"] != "now" and data["start_date"] == "2020-01-01"
        assert data["next"] != None and data["deleted"] == False  # noqa: E711, E712 - as some write it
        assert data["timestamp"] > "2030" and data["failed_at"] < "2030"
        return data.get("never"), data["failure"].get("x"), "x" in data["failure"], [*data["failure"]]

    (_, *missing), run = in_run(body, tmp_path)
    assert missing == [None, False, []]
    found = json.loads(materialise(run).documents[0][1])
    assert (found["exit_code"], found["failure"], found["deleted"]) == (0, {}, False)


def test_a_whole_answer_of_which_only_keys_were_asked(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        assert "rows" in data and "errors" not in data
        return [*data]

    found, run = in_run(body, tmp_path)
    assert found == ["rows"] == [*json.loads(materialise(run).documents[0][1])]
    assert [*document(lambda run, data: "only" in data, tmp_path)] == ["only"]


def test_a_whole_answer_of_a_length(tmp_path: Path) -> None:
    assert len(document(lambda run, data: len(data) == 1, tmp_path)) == 1


def test_a_dict_that_is_empty(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        part = data["errors"]
        return bool(part), [*part.keys()], part.get("k"), {**part}

    assert in_run(body, tmp_path)[0] == (False, [], None, {})


def test_code_without_source_can_read_it_too(tmp_path: Path) -> None:
    code = compile("found = data['state'] in {'a', 'b'}, isinstance(data['part'], dict)", "<nowhere>", "exec")

    def body(run: Run, data: Any) -> Any:
        space = {"data": data}
        exec(code, space)
        return space["found"]

    assert in_run(body, tmp_path)[0] == (False, False)


def test_what_would_run_code_is_not_looked_up(tmp_path: Path) -> None:
    def body(run: Run, data: Any) -> Any:
        return data["state"] in set("ab"), {"a": 1}.get(data["kind"]), isinstance(data["x"], (bytes, type(None)))

    assert in_run(body, tmp_path)[0] == (False, 1, False)


def test_an_invented_address_has_a_path_as_clients_demand_of_one() -> None:
    assert word("http:0.token_url", "token_url").partition(".invalid")[2] == "/of/it"
    assert ".invalid" not in word("http:0.token", "token")
