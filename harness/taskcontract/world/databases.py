"""SQLite connections of a run, handed to whoever guards or records them as soon as they are usable.

The audit event of a new connection comes before it can be asked for anything, so the functions that open one are wrapped.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from taskcontract.world import patches
from taskcontract.world.http_imports import when_imported
from taskcontract.world.state import Run, owner

Watcher = Callable[[Run, Any], None]
_watchers: list[Watcher] = []


def on_open(watcher: Watcher) -> None:
    """Call `watcher(run, connection)` for every SQLite connection that a run opens from now on."""
    if not _watchers:
        when_imported("sqlite3", _wrap)
    if watcher not in _watchers:
        _watchers.append(watcher)


def _wrap(module: ModuleType) -> None:
    import sqlite3.dbapi2

    for place in (module, sqlite3.dbapi2):
        patches.replace(place, "connect", _watched)


def _watched(connect: Callable[..., Any]) -> Callable[..., Any]:
    def opening(*args: Any, **kwargs: Any) -> Any:
        connection = connect(*args, **kwargs)
        run = owner()
        if run is not None:
            for watcher in _watchers:
                watcher(run, connection)
        return connection

    return opening
