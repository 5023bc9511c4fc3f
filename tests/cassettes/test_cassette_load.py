"""What is read of a cassette's file, and what is said of one that cannot be read."""

from __future__ import annotations

import base64
import gzip
import json
import os
from pathlib import Path

import pytest

from taskcontract.cassettes import load as loading
from taskcontract.cassettes.load import load
from taskcontract.cassettes.recording import Interaction, Request, Response
from taskcontract.errors import CassetteError

ONE = """\
interactions:
- request:
    body: '{"a": 1}'
    headers: {Accept: ['*/*'], X-One: one}
    method: POST
    uri: https://api.example/items
  response:
    body: {string: 'née'}
    headers: {Set-Cookie: [a=1, b=2]}
    status: {code: 201, message: Created}
version: 1
"""
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


def _file(folder: Path, content: str | bytes, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _body(folder: Path, body: str) -> bytes:
    text = f"""\
interactions:
- request: {{body: null, headers: {{}}, method: GET, uri: https://a.example/}}
  response: {{body: {body}, headers: {{}}, status: {{code: 200, message: OK}}}}
version: 1
"""
    return load(_file(folder, text)).interactions[0].response.body


def test_what_vcrpy_writes(tmp_path: Path) -> None:
    recording = load(_file(tmp_path, ONE))
    assert recording.interactions == (
        Interaction(
            Request("POST", "https://api.example/items", (("Accept", "*/*"), ("X-One", "one")), b'{"a": 1}'),
            Response(201, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")), b"n\xc3\xa9e", "Created"),
        ),
    )
    assert (recording.values, recording.task, recording.made, recording.file) == ({}, "", "", str(tmp_path / "a.yaml"))


def test_what_taskcontract_adds(tmp_path: Path) -> None:
    own = "taskcontract: {task: 'a.b:C', values: {repo: x/y, size: 3}, made: 2024-05-01}\n"
    recording = load(_file(tmp_path, ONE + own))
    assert (recording.task, recording.values, recording.made) == ("a.b:C", {"repo": "x/y", "size": 3}, "2024-05-01")


def test_json(tmp_path: Path) -> None:
    request = {"body": "a=1", "headers": {}, "method": "POST", "uri": "https://a.example/"}
    response = {"body": {"string": "ok"}, "headers": {"A": ["1"]}, "status": {"code": 200, "message": "OK"}}
    content = json.dumps({"version": 1, "interactions": [{"request": request, "response": response}]})
    assert load(_file(tmp_path, content, "a.json")).interactions == (
        Interaction(Request("POST", "https://a.example/", (), b"a=1"), Response(200, (("A", "1"),), b"ok", "OK")),
    )


def test_metadata_of_a_newer_vcrpy_is_ignored(tmp_path: Path) -> None:
    assert len(load(_file(tmp_path, ONE + "metadata: {recorded_by: vcrpy 9}\nrecorded_with: [x]\n")).interactions) == 1


def test_older_answers_recorded_through_httpx(tmp_path: Path) -> None:
    text = """\
interactions:
- request: {body: '', headers: {}, method: GET, uri: https://a.example/}
  response: {content: hello, headers: {A: b}, http_version: HTTP/1.1, status_code: 200}
version: 1
"""
    assert load(_file(tmp_path, text)).interactions[0].response == Response(200, (("A", "b"),), b"hello", "")


@pytest.mark.parametrize(
    ("kept", "body"),
    [
        ("{string: text}", b"text"),
        ("{string: ''}", b""),
        ("{string: null}", b""),
        ("null", b""),
        ("text", b"text"),
        (f"{{string: !!binary {base64.b64encode(bytes(range(256))).decode()}}}", bytes(range(256))),
        (f"{{string: !!binary {base64.b64encode(gzip.compress(b'x', mtime=0)).decode()}}}", gzip.compress(b"x", mtime=0)),
        ("{encoding: UTF-8, base64_string: aGVsbG8=}", b"hello"),
        ("{string: !!python/unicode hello}", b"hello"),
        ("{string: !!python/str hello}", b"hello"),
        ("!!python/object/new:_io.BytesIO {state: !!python/tuple [hello, 0, null]}", b"hello"),
        ("!!python/object/apply:builtins.iter {args: [[he, llo]]}", b"hello"),
    ],
)
def test_bodies(tmp_path: Path, kept: str, body: bytes) -> None:
    assert _body(tmp_path, kept) == body


def test_a_wrongly_declared_encoding_leaves_the_bytes(tmp_path: Path) -> None:
    text = ONE.replace("Set-Cookie: [a=1, b=2]", "Content-Encoding: [gzip]")
    assert load(_file(tmp_path, text)).interactions[0].response.body == "née".encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it is empty; record it again"),
        (" \n", "it is empty; record it again"),
        (ONE[:130], "interaction 0 has no response; mend or re-record it"),
        (
            ONE.partition("née")[0],
            "it is no YAML in line 8 (found unexpected end of stream); was it cut short? Record it again",
        ),
        (ONE[:60], "it is no YAML in line 4 (did not find expected node content); was it cut short? Record it again"),
        ("a: [b", "it is no YAML in line 1 (did not find expected ',' or ']'); was it cut short? Record it again"),
        (b"\x00\x01\x02", "it is no YAML (control characters are not allowed); was it cut short? Record it again"),
        (b"a: \xff\xfe", "it is no YAML (invalid leading UTF-8 octet); was it cut short? Record it again"),
        ("hello", "it is no cassette: it has no `interactions`; give the file that vcrpy wrote"),
        ("- 1", "it is no cassette: it has no `interactions`; give the file that vcrpy wrote"),
        ("- {request: {}}", "it was written by a version of vcrpy before 1.0; delete it and record it again"),
        (
            "http_interactions: []",
            "it is a cassette of Ruby's VCR; record it again with vcrpy, or with `taskcontract record`",
        ),
        ("{version: 3, interactions: []}", "it is of version 3, and only version 1 is known; upgrade taskcontract"),
        ("interactions: 7", "`interactions` is a number; it must be a list"),
        ("interactions: [7]", "interaction 0 has no request; mend or re-record it"),
        ("interactions: [{request: {method: GET, uri: u}}]", "interaction 0 has no response; mend or re-record it"),
        (
            "interactions: [{request: {method: GET}, response: {}}]",
            "interaction 0: the request has no text for its method and uri; mend or re-record it",
        ),
        (
            "interactions: [{request: {method: GET, uri: u}, response: {status: {code: ok}}}]",
            "interaction 0: the status of the response is 'ok'; it must be a number such as 200",
        ),
        (
            ONE.replace("'née'", "{a: 1}"),
            "interaction 0, response: the body is a mapping; it must be a text or bytes: quote it",
        ),
        (ONE.replace("'née'", "12"), "interaction 0, response: the body is a number; it must be a text or bytes: quote it"),
        (
            ONE.replace("{string: 'née'}", "{base64_string: '%'}").replace("'%'", "a"),
            "interaction 0, response: `base64_string` is no base64; mend or re-record it",
        ),
        (
            ONE.replace("{Set-Cookie: [a=1, b=2]}", "text"),
            "interaction 0: headers are a text; they must map names to texts or lists of texts",
        ),
        (
            ONE.replace("[a=1, b=2]", "{a: 1}"),
            "interaction 0: the header 'Set-Cookie' is a mapping; it must be a text or a list of texts",
        ),
        (
            ONE + "taskcontract: {values: [1]}",
            "`taskcontract` is not as it is written; it must be {task, values, made}; record it again",
        ),
        (
            ONE + "made: 2024-13-45",
            "it is no YAML in line 12 (a value cannot be read (month must be in 1..12): quote it);"
            " was it cut short? Record it again",
        ),
        ("{[a]: b}", "it is no YAML in line 1 (a key is no text or number); was it cut short? Record it again"),
        ("a: *b", "it is no YAML in line 1 (nothing whole is called 'b'); was it cut short? Record it again"),
        ("a: &b [*b]", "it is no YAML in line 1 (nothing whole is called 'b'); was it cut short? Record it again"),
        ("a: 1\n---\nb: 2\n", "it is no YAML in line 2 (there is a second document); was it cut short? Record it again"),
        ("[" * 100_000, "it is no YAML in line 1 (it is nested too deeply); was it cut short? Record it again"),
        ("- " * 100_000, "it is no YAML in line 1 (it is nested too deeply); was it cut short? Record it again"),
        ("? " * 100_000, "it is no YAML in line 1 (it is nested too deeply); was it cut short? Record it again"),
        (LAUGHS, "it is no YAML in line 8 (its aliases stand for too much); was it cut short? Record it again"),
    ],
)
def test_what_is_no_cassette(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = _file(tmp_path, content)
    with pytest.raises(CassetteError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!unknown", "!!python/module:os"]
)
def test_tags_are_never_executed(tmp_path: Path, tag: str) -> None:
    touched = tmp_path / "touched"
    path = _file(tmp_path, ONE + f"metadata: {tag} ['touch {touched}']\n")
    with pytest.raises(CassetteError, match=r"it has the tag .* in line 12; tags are never executed"):
        load(path)
    assert not touched.exists()


@pytest.mark.parametrize("tagged", ["!!python/name:os.system ''", "!!python/module:os ''", "!unknown x", "!!int x"])
def test_tagged_texts_are_no_objects(tmp_path: Path, tagged: str) -> None:
    with pytest.raises(CassetteError, match=r"it has the tag .* in line 12; tags are|a value cannot be read .*: quote it"):
        load(_file(tmp_path, ONE + f"metadata: {tagged}\n"))


def test_what_yaml_shares_and_merges(tmp_path: Path) -> None:
    text = ONE.replace("headers: {Set", "headers: &h {Set")
    text += "taskcontract: {values: {<<: {b: 2, a: 0}, a: 1, when: 2024-05-01}}\n"
    recording = load(_file(tmp_path, text + "metadata: {same: *h, tuple: !!python/tuple [1]}"))
    assert recording.values == {"a": 1, "b": 2, "when": "2024-05-01"}


def test_json_cut_short(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"version": 1, "inter', "a.json")
    with pytest.raises(CassetteError) as caught:
        load(path)
    told = "it is no JSON (Unterminated string starting at: line 1 column 16 (char 15)); was it cut short? Record it again"
    assert str(caught.value) == f"{path}: {told}"


def test_json_nested_too_deeply(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match=r"it is nested too deeply; record it again$"):
        load(_file(tmp_path, '{"a":' * 100_000, "a.json"))


def test_yaml_in_flow_style_is_no_json(tmp_path: Path) -> None:
    assert load(_file(tmp_path, "{interactions: [], version: 1}")).interactions == ()


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CassetteError) as caught:
        load(tmp_path / "a.yaml")
    assert str(caught.value) == f"{tmp_path / 'a.yaml'}: there is no such cassette; record it with `taskcontract record`"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CassetteError) as caught:
        load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: it is no file; give one cassette, not the folder of them"


def test_a_name_that_cannot_be_one() -> None:
    with pytest.raises(CassetteError) as caught:
        load("a\0b.yaml")
    assert str(caught.value) == "a\0b.yaml: it cannot be read (embedded null byte); check its name and permissions"


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _file(tmp_path, ONE)

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(CassetteError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: it cannot be read (Permission denied); check its permissions"


def test_a_file_of_100_mb_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)  # takes no room on the disk
    monkeypatch.delattr(Path, "read_bytes")
    with pytest.raises(CassetteError) as caught:
        load(path)
    told = "it has 100 MB, more than 32; record fewer requests or smaller answers, or keep it as JSON (.json)"
    assert str(caught.value) == f"{path}: {told}, which may have 256 MB"


def test_json_of_300_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)
    with pytest.raises(CassetteError) as caught:
        load(path)
    assert str(caught.value) == f"{path}: it has 300 MB, more than 256; record fewer requests or smaller answers"


def test_a_file_is_parsed_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    inner = loading._parsed

    def counted(content: bytes, file: str) -> object:
        parsed.append(file)
        return inner(content, file)

    monkeypatch.setattr(loading, "_parsed", counted)
    content = ONE + f"metadata: {tmp_path}\n"  # no other test's
    path, same = _file(tmp_path, content), _file(tmp_path, content, "b.yaml")
    first = load(path)
    assert load(path) is first
    assert load(same).interactions is first.interactions
    assert (load(same).file, load(path).file) == (str(same), str(path))
    assert parsed == [str(path)]
    path.write_text(content.replace("201", "202"))
    os.utime(path, ns=(1, 1))
    assert load(path).interactions[0].response.status == 202
    assert parsed == [str(path), str(path)]
