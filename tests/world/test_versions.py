"""What was written to a namespace is found, by the interpreter's numbers of changes as by the addresses of all values."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from taskcontract.world import functions, versions

SIGNS: dict[str, Callable[[list[Any]], versions.Signs]] = {"numbers": versions._Versions, "contents": versions._Contents}


class _Base:
    inherited = 1


def _spaces() -> tuple[ModuleType, type, list[Any]]:
    module = ModuleType("specimen")
    module.there = 1  # type: ignore[attr-defined]
    cls = type("Specimen", (_Base,), {"there": 1})
    return module, cls, [vars(module), vars(cls)]


WRITES: dict[str, Callable[[ModuleType, Any], object]] = {
    "replaced in the module": lambda module, cls: setattr(module, "there", len),
    "added to the module": lambda module, cls: vars(module).update(new=len),
    "taken from the module": lambda module, cls: delattr(module, "there"),
    "replaced in the class": lambda module, cls: setattr(cls, "there", len),
    "covers what the class inherits": lambda module, cls: type.__setattr__(cls, "inherited", len),
    "taken from the class": lambda module, cls: delattr(cls, "there"),
}


@pytest.mark.parametrize("kind", SIGNS)
@pytest.mark.parametrize("what", WRITES)
def test_every_way_of_writing_is_told_with_its_place(kind: str, what: str) -> None:
    module, cls, spaces = _spaces()
    signs = SIGNS[kind](spaces)
    before = signs.now()
    WRITES[what](module, cls)
    after = signs.now()
    assert after != before
    assert signs.differing(before, after) == [0 if "module" in what else 1]


@pytest.mark.parametrize("kind", SIGNS)
def test_reading_is_no_writing(kind: str) -> None:
    module, cls, spaces = _spaces()
    signs = SIGNS[kind](spaces)
    before = signs.now()
    assert module.there == 1 and cls.__name__ and dict(vars(module)) and dir(cls)
    assert signs.now() == before and signs.differing(before, before) == []


def test_where_nothing_is_numbered_addresses_are_the_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "NUMBERED", False)
    assert isinstance(versions.signs([{}]), versions._Contents)
    monkeypatch.setattr(sys.implementation, "name", "another")
    assert not versions._numbered()


def test_numbers_that_do_not_change_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions._Versions, "now", lambda self: bytes(16))
    assert not versions._numbered()


@pytest.mark.parametrize("numbered", [True, False])
def test_replaced_functions_are_put_back_and_named(monkeypatch: pytest.MonkeyPatch, numbered: bool) -> None:
    import json
    import shutil

    monkeypatch.setattr(versions, "NUMBERED", numbered and versions.NUMBERED)
    monkeypatch.setattr(functions, "_last", None)
    plain, length = shutil.copy, builtins.len
    before = functions.Functions()
    shutil.copy = plain  # written to with the same: nothing was replaced
    assert before.put_back() == []
    before = functions.Functions()
    vars(shutil)["copy"] = print
    vars(builtins)["len"] = print
    vars(builtins)["left_behind"] = print
    type.__setattr__(json.JSONEncoder, "__setattr__", print)
    sys.modules["shutil"] = ModuleType("shutil")
    before.mend()
    assert builtins.len is length, "mended at once: nothing works without"
    assert before.put_back() == [
        "builtins.len",
        "shutil",
        "builtins.left_behind",
        "shutil.copy",
        "json.JSONEncoder.__setattr__",
    ]
    assert sys.modules["shutil"] is shutil and shutil.copy is plain and "__setattr__" not in vars(json.JSONEncoder)
    assert not hasattr(builtins, "left_behind")


def test_a_namespace_that_was_written_to_is_looked_into_and_copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import uuid

    looked: list[object] = []

    def counting(space: Any) -> bytes:
        looked.append(space)
        return versions.addresses(space)

    functions.Functions().put_back()
    monkeypatch.setattr(functions, "addresses", counting)
    functions.Functions().put_back()
    assert looked == []
    monkeypatch.setattr(uuid, "NAMESPACE_DNS", object())
    first = functions.Functions()
    assert len(looked) == 2, "what it holds now, and what it held"
    looked.clear()
    assert first.put_back() == [] and functions.Functions().put_back() == [] and looked == []
