"""Takes the task's own address out of what it sent: `id(self)` is another number in every run, and no value of anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from taskcontract.model import Effect

WORD: Final = "<address>"


def forgotten(effects: Sequence[Effect], task: object) -> tuple[Effect, ...]:
    """`effects` with a constant word where the address of `task` stands, as a number or in a text."""
    if task is None:
        return tuple(effects)
    address = id(task)
    digits = str(address)
    return tuple(_without(e, address, digits) if digits in e.what or digits in repr(e.detail) else e for e in effects)


def _without(effect: Effect, address: int, digits: str) -> Effect:
    return replace(effect, what=effect.what.replace(digits, WORD), detail=_swapped(effect.detail, address, digits))


def _swapped(tree: Any, address: int, digits: str) -> Any:
    if isinstance(tree, tuple):
        return tuple(_swapped(part, address, digits) for part in tree)
    if type(tree) is str:
        return tree.replace(digits, WORD)
    if type(tree) is bytes:
        return tree.replace(digits.encode(), WORD.encode())
    return WORD if type(tree) is int and tree == address else tree
