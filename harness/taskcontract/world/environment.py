"""What surrounds a run: a minimal environment, its own home and working directory; and everything as it was when it is over.

`os.environ` stays the object it is, so every reference to it sees the run's variables and none of the host's. While a run is
in progress the object notes which variables are asked for.
"""

from __future__ import annotations

import io
import os
import sys
import time
import weakref
from collections.abc import ItemsView, Iterator
from typing import Any

from taskcontract.model import Change
from taskcontract.world.callers import caller, reader
from taskcontract.world.canon import stable_text
from taskcontract.world.descriptors import Descriptors, install_descriptors
from taskcontract.world.files import HOME, TEMPORARY
from taskcontract.world.patches import replace
from taskcontract.world.restore import Snapshot
from taskcontract.world.state import Run, active

_FIXED = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "USER": "user", "LOGNAME": "user"}
_MOST_RECURSION = 10_000


_Environ: Any = type(os.environ)


class _Watched(_Environ):  # type: ignore[misc]
    """`os.environ` while a run is in progress."""

    def __getitem__(self, key: Any) -> Any:
        _note(key)
        return super().__getitem__(key)

    def __contains__(self, key: Any) -> bool:
        _note(key)
        try:
            super().__getitem__(key)
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[Any]:
        _note("*")
        return iter(super().__iter__())

    def items(self) -> ItemsView[Any, Any]:
        return _WatchedItems(self)


class _WatchedItems(ItemsView[Any, Any]):
    """All variables at once: who looks is asked once, since clients look through all of them for every request."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        environ: Any = self._mapping  # type: ignore[attr-defined]
        run = active()
        if run is None or run.phase == "setup" or not caller():
            for key in _Environ.__iter__(environ):
                yield key, _Environ.__getitem__(environ, key)
        else:
            yield from ((key, environ[key]) for key in environ)


def _note(key: Any) -> None:
    run = active()
    if run is not None and run.phase != "setup" and caller(1):
        run.read("env", os.fsdecode(key) if isinstance(key, (str, bytes)) else repr(key), reader(1))


class EnvironmentLayer:
    """Gives each run its surroundings and puts the host's back, also what a hostile run replaced, closed or cleared."""

    name = "environment"

    def install(self) -> None:
        """Guard the host's descriptors and the depth of recursion."""
        install_descriptors()
        replace(sys, "setrecursionlimit", _bounded_recursion)

    def enter(self, run: Run) -> None:
        """Set the run's surroundings up."""
        environ: Any = os.environ
        self._object, self._class = environ, type(environ)
        self._host: dict[bytes, bytes] = dict(environ._data)
        self._folder = os.getcwd()
        self._descriptors = Descriptors()
        values = {**_FIXED, "HOME": f"{run.directory}/{HOME}", "TMPDIR": f"{run.directory}/{TEMPORARY}", **dict(run.case.env)}
        _begun[run] = {os.fsencode(k): os.fsencode(v) for k, v in values.items()}
        _fill(self._object, self._host, _begun[run])
        self._snapshot = Snapshot()
        self._object.__class__ = _Watched
        os.chdir(run.directory)
        sys.stdin = io.StringIO()
        _layers[run] = self
        self._mask = os.umask(0o022)

    def exit(self, run: Run) -> None:
        """Put everything back, whatever the run did to it."""
        if os.environ is not self._object:
            os.environ = self._object  # noqa: B003 - the object itself, which the run put another in the place of
        self._object.__class__ = self._class
        os.umask(self._mask)
        self._descriptors.restore()
        for what in self._snapshot.restore():
            run.note(f"the run replaced {what}; it was put back")
        _fill(self._object, dict(self._object._data), self._host)
        os.chdir(self._folder)
        _begun.pop(run, None)
        _layers.pop(run, None)

    def mend(self) -> None:
        """Put back what the harness itself could not work without."""
        self._snapshot.mend()


_begun: weakref.WeakKeyDictionary[Run, dict[bytes, bytes]] = weakref.WeakKeyDictionary()
_layers: weakref.WeakKeyDictionary[Run, EnvironmentLayer] = weakref.WeakKeyDictionary()


def _fill(environ: Any, now: dict[bytes, bytes], wanted: dict[bytes, bytes]) -> None:
    """Make `wanted` the whole environment, for Python and for compiled code."""
    if now != wanted:
        for name in now.keys() - wanted.keys():
            os.unsetenv(name)
        for name, value in wanted.items():
            if now.get(name) != value:
                os.putenv(name, value)
    environ._data.clear()
    environ._data.update(wanted)
    if now.get(b"TZ") != wanted.get(b"TZ"):
        _tell_zone(wanted.get(b"TZ"))


_zones: dict[bytes | None, tuple[Any, ...]] = {}


def _tell_zone(name: bytes | None) -> None:
    """`time.tzset`; the module's names for one zone stay the same objects, so that nobody takes them for replaced."""
    time.tzset()
    told = (time.timezone, time.altzone, time.daylight, time.tzname)
    if _zones.setdefault(name, told) == told:
        time.timezone, time.altzone, time.daylight, time.tzname = _zones[name]


def environment_changes(run: Run) -> tuple[Change, ...]:
    """Variables that the run set, changed or removed, and the working directory. To be asked before the layers exit."""
    before = _begun.get(run)
    if before is None:
        return ()
    directory = str(run.directory)
    changes = _variables_changed(before, directory)
    try:
        folder = os.getcwd()
    except OSError:
        folder = "<deleted>"
    if folder != directory and folder != os.path.realpath(directory):
        changes.append(Change("environment", "working directory", "<case>", stable_text(folder, os.path.realpath(directory))))
    return tuple(changes)


def _variables_changed(before: dict[bytes, bytes], directory: str) -> list[Change]:
    now = getattr(os.environ, "_data", {}) or dict(os.environ)
    if now == before:
        return []
    changes = []
    after = {os.fsencode(k): os.fsencode(v) for k, v in dict.items(now)}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            sides = [None if s is None else stable_text(os.fsdecode(s), directory) for s in (before.get(name), after.get(name))]
            changes.append(Change("environment", os.fsdecode(name), sides[0], sides[1]))
    return changes


def mend(run: Run) -> None:
    """Make the process fit for the harness's own work as soon as the task's code has ended: the built-in functions.

    The layers' `exit` does the rest. Cheap enough to be called after every call of the task's code. No limit ends the run from
    here on: it would end what the harness does.
    """
    run.working = False
    layer = _layers.get(run)
    if layer is not None:
        layer.mend()


def _bounded_recursion(original: Any) -> Any:
    def setrecursionlimit(limit: int, /) -> None:
        original(limit if active() is None else min(limit, _MOST_RECURSION))

    return setrecursionlimit
