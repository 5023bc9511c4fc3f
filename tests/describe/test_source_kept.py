"""Parsed files are read once, and no more of them are kept than memory should pay for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from taskcontract import source


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> source._Files:
    made = source._Files()
    monkeypatch.setattr(source, "_files", made)
    return made


def _written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_a_file_is_parsed_once_and_again_when_it_was_written_to(tmp_path: Path, files: source._Files) -> None:
    path = _written(tmp_path, "one.py", "class One: ...\n")
    first = source.file_of(path)
    assert first is not None and list(first.classes) == ["One"]
    assert source.file_of(path) is first
    _written(tmp_path, "one.py", "class Two: ...\n")
    os.utime(path, ns=(1, 1))
    again = source.file_of(path)
    assert again is not None and list(again.classes) == ["Two"]


def test_what_was_asked_for_last_is_kept(tmp_path: Path, files: source._Files, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {name: f"class {name}: ...\n" for name in ("Aa", "Bb", "Cc")}
    paths = {name: _written(tmp_path, f"{name}.py", text) for name, text in texts.items()}
    monkeypatch.setattr(source, "_MOST_TEXT", 2 * len(texts["Aa"]))
    first = {name: source.file_of(paths[name]) for name in ("Aa", "Bb", "Aa")}
    assert source.file_of(paths["Aa"]) is first["Aa"]
    source.file_of(paths["Cc"])
    assert [Path(path).stem for path, _, _ in files.kept] == ["Aa", "Cc"] and files.size == 2 * len(texts["Aa"])
    again = source.file_of(paths["Bb"])
    assert again is not None and again is not first["Bb"] and list(again.classes) == ["Bb"]


def test_one_file_is_kept_however_large_it_is(tmp_path: Path, files: source._Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_MOST_TEXT", 1)
    path = _written(tmp_path, "large.py", "class Large: ...\n")
    assert source.file_of(path) is source.file_of(path) is not None


def test_what_cannot_be_read_is_remembered_too(tmp_path: Path, files: source._Files) -> None:
    assert source.file_of(_written(tmp_path, "broken.py", "class :\n")) is None
    assert list(files.kept.values()) == [None]
    assert source.file_of(str(tmp_path / "absent.py")) is None and source.file_of("") is None
