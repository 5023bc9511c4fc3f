"""Gives the nodes of invented JSON the methods of texts: using one tells that the leaf is text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taskcontract.world.invention_nodes import Derived, Invention, Symbolic

_FOLDS = ("lower", "upper", "strip", "casefold", "title", "capitalize", "rstrip", "lstrip", "swapcase")


def _texts(name: str) -> Callable[..., Any]:
    """A method of `str` for `Invention`: using it is what tells that the leaf is text."""
    original = getattr(str, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self, Symbolic):
            self._tc_leaf.uses.add("text")
            text = self._tc_text()
        else:
            text = str(self)
        if name in _FOLDS:
            source, inner = (self, str) if isinstance(self, Symbolic) else (self._source, self._change)
            return Derived(source, lambda t: str(original(inner(t), *args, **kwargs)))
        return original(text, *args, **kwargs)

    method.__name__ = name
    method.__doc__ = original.__doc__
    return method


def equip() -> None:
    """Give the nodes every public method of `str` that they do not have; those that fold, to what was folded before, too."""
    for name in dir(str):
        if not name.startswith("_") and not hasattr(Symbolic, name):
            setattr(Invention, name, _texts(name))
    for name in _FOLDS:
        setattr(Derived, name, _texts(name))
