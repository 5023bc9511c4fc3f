"""A client is patched when it is imported, by whoever imports it, and not before."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from taskcontract.world.http_imports import when_imported


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that modules are imported from, which are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_an_imported_module_is_acted_on_at_once(folder: Path) -> None:
    (folder / "client_a.py").write_text("value = 1\n")
    module = importlib.import_module("client_a")
    seen: list[ModuleType] = []
    when_imported("client_a", seen.append)
    assert seen == [module]


def test_another_is_acted_on_when_it_is_executed(folder: Path) -> None:
    (folder / "client_b").mkdir()
    (folder / "client_b" / "__init__.py").write_text("from client_b.inner import value\n")
    (folder / "client_b" / "inner.py").write_text("value = 1\n")
    seen: list[Any] = []
    when_imported("client_b.inner", lambda module: seen.append(module.value))
    assert seen == []
    importlib.import_module("client_b")
    assert seen == [1]
    importlib.reload(sys.modules["client_b.inner"])
    assert seen == [1]


def test_one_that_is_not_there_is_waited_for(folder: Path) -> None:
    seen: list[Any] = []
    when_imported("client_c", lambda module: seen.append(module.__name__))
    with pytest.raises(ModuleNotFoundError, match="client_c"):
        importlib.import_module("client_c")
    (folder / "client_c.py").write_text("")
    importlib.invalidate_caches()
    importlib.import_module("client_c")
    assert seen == ["client_c"]


def test_a_module_that_has_no_file_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class StandIns:
        def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
            return ModuleSpec(name, self) if name == "client_d" else None  # type: ignore[arg-type]

        def create_module(self, spec: ModuleSpec) -> ModuleType:
            return ModuleType(spec.name)

        def exec_module(self, module: ModuleType) -> None:
            """Nothing to execute."""

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, StandIns()])
    seen: list[ModuleType] = []
    when_imported("client_d", seen.append)
    module = importlib.import_module("client_d")
    assert seen == []
    when_imported("client_d", seen.append)
    assert seen == [] and sys.modules["client_d"] is module
