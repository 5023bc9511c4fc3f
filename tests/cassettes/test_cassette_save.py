"""What is written, that vcrpy plays it, and that nothing is lost when it cannot be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from taskcontract.cassettes.load import load
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.save import save
from taskcontract.errors import CassetteError

RECORDING = Recording(
    (
        Interaction(
            Request("POST", "https://api.example/items?a=1", (("Accept", "text/plain"),), b'{"name": "n\xc3\xa9e"}'),
            Response(201, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X", "y")), b'{"id": 7}\n', "Created"),
        ),
        Interaction(Request("GET", "https://api.example/x"), Response(200, (), b"line\ttab\r\nmore: - 1\n", "OK")),
    ),
    {"name": "née", "size": 3, "labels": ["a", "b"]},
    "acme.tasks:Make",
    "2024-05-01",
)
BINARY = Recording((Interaction(Request("PUT", "https://a.example/", (), b"\xff\x00"), Response(200, (), bytes(range(256)))),))


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.json", "deeper/still/a.yaml"])
def test_what_is_saved_is_loaded(tmp_path: Path, name: str) -> None:
    save(RECORDING, tmp_path / name)
    loaded = load(tmp_path / name)
    assert loaded.interactions == RECORDING.interactions
    assert (loaded.values, loaded.task, loaded.made) == (RECORDING.values, RECORDING.task, RECORDING.made)


@pytest.mark.parametrize(
    "text", ["\x7f", "a\u2028b", "\ufeffx", "\x85", "\x00", "a\r\nb\rc", " lead", "2024-01-01", "null", "😀"]
)
def test_every_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    body = text.encode()
    recording = Recording((Interaction(Request("POST", "https://a.example/", (), body), Response(200, (), body)),))
    save(recording, tmp_path / "a.yaml")
    assert load(tmp_path / "a.yaml").interactions == recording.interactions


def test_bytes_are_kept_in_yaml(tmp_path: Path) -> None:
    save(BINARY, tmp_path / "a.yaml")
    assert load(tmp_path / "a.yaml").interactions == BINARY.interactions


@pytest.mark.parametrize(("part", "named"), [(0, "request"), (1, "answer")])
def test_bytes_are_refused_in_json(tmp_path: Path, part: int, named: str) -> None:
    request = Request("PUT", "https://a.example/", (), b"\xff" if part == 0 else b"")
    with pytest.raises(CassetteError) as caught:
        save(Recording((Interaction(request, Response(200, (), b"\xff")),)), tmp_path / "a.json")
    told = f"the {named} of interaction 0 has bytes that are no text; save it as YAML"
    assert str(caught.value) == f"{tmp_path / 'a.json'}: {told}"
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_vcrpy_plays_it(tmp_path: Path, name: str) -> None:
    import vcr

    save(RECORDING, tmp_path / name)
    recorder = vcr.VCR(record_mode="none", serializer="json" if name.endswith("json") else "yaml")
    with recorder.use_cassette(str(tmp_path / name)) as cassette:
        request = vcr.request.Request("POST", "https://api.example/items?a=1", b"", {})
        response = cassette.play_response(request)
    assert response["body"]["string"] == b'{"id": 7}\n'
    assert response["headers"]["Set-Cookie"] == ["a=1", "b=2"]
    assert response["status"] == {"code": 201, "message": "Created"}


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_what_vcrpy_records_is_loaded(tmp_path: Path, name: str) -> None:
    import vcr
    from vcr.record_mode import RecordMode

    serializer = "json" if name.endswith("json") else "yaml"
    response: dict[str, Any] = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"A": ["1", "2"]},
        "body": {"string": b"n\xc3\xa9e" if serializer == "json" else b"\x1f\x8b\xff"},
    }
    with vcr.VCR(serializer=serializer, record_mode=RecordMode.ALL).use_cassette(str(tmp_path / name)) as cassette:
        cassette.append(vcr.request.Request("POST", "https://a.example/?q=1", b"a=1", {"B": "b"}), response)
    assert load(tmp_path / name).interactions == (
        Interaction(
            Request("POST", "https://a.example/?q=1", (("B", "b"),), b"a=1"),
            Response(200, (("A", "1"), ("A", "2")), b"n\xc3\xa9e" if serializer == "json" else b"\x1f\x8b\xff", "OK"),
        ),
    )


def test_the_old_one_stays_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CassetteError) as caught:
        save(RECORDING, path)
    told = "it cannot be written (No space left on device); what was there is unchanged. Check the folder's permissions"
    assert str(caught.value) == f"{path}: {told}"
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.yaml"]


def test_the_old_one_stays_when_it_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save(RECORDING, path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.yaml"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CassetteError, match=r"a\.yaml: it cannot be written \((Not a directory|File exists)\); what was there"):
        save(RECORDING, tmp_path / "file" / "a.yaml")


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(CassetteError, match=r"it cannot be written \(it is a folder\); what was there is unchanged"):
        save(RECORDING, tmp_path / "a.yaml")


def test_a_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)  # who runs the tests may write everywhere
    with pytest.raises(CassetteError, match=r"it cannot be written \(Permission denied\); what was there is unchanged"):
        save(RECORDING, tmp_path / "a.yaml")
    assert list(tmp_path.iterdir()) == []


def test_values_that_yaml_cannot_keep(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match=r"the recorded values cannot be kept in YAML .*; give plain values"):
        save(Recording((), {"client": object()}), tmp_path / "a.yaml")


def test_permissions_stay_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")
    path.chmod(0o640)
    save(RECORDING, path)
    assert path.stat().st_mode & 0o777 == 0o640
