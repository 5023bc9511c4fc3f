"""Doing something to a module when it is there: at once if it is imported already, else right after somebody imports it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Action = Callable[[ModuleType], None]


class _Waiting:
    """A finder that finds nothing itself: it has the others find an awaited module, and acts when that was executed."""

    def __init__(self) -> None:
        self.actions: dict[str, Action] = {}

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        action = self.actions.pop(name, None)
        if action is None:
            return None
        found = None
        try:
            for finder in sys.meta_path:
                if finder is not self and (found := finder.find_spec(name, path, target)) is not None:
                    break
        finally:
            if found is None or not found.has_location or found.loader is None:
                self.actions[name] = action
                found = None
        if found is not None and found.loader is not None:
            _act_after(found.loader, action)
        return found


def _act_after(loader: Loader, action: Action) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        action(module)

    loader.exec_module = exec_module  # type: ignore[method-assign]


_waiting = _Waiting()


def when_imported(name: str, action: Action) -> None:
    """Call `action` with module `name` now, or when it is imported. A module without a file (a stand-in) is left alone."""
    module: Any = sys.modules.get(name)
    if module is not None and getattr(getattr(module, "__spec__", None), "has_location", False) is True:
        action(module)
        return
    _waiting.actions[name] = action
    if _waiting not in sys.meta_path:
        sys.meta_path.insert(0, _waiting) 
