"""Records what a task does with a real client, in the words in which a stand-in records it: the other side of the comparison.

For a run, the names by which the task's module knows a client are replaced by transparent recorders: each call goes to the
real object, and its dotted path and arguments become an effect. The client's own modules are left as they are. This file is
imported by `real_child.py`, in a process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from taskcontract.loading import object_of
from taskcontract.model import Effect
from taskcontract.world.canon import qualified
from taskcontract.world.phantom_state import detail_of, plain
from taskcontract.world.standins import CLIENTS
from taskcontract.world.state import Run, active

OPENERS = {f"{module}.{c.name}": c.public or f"{module}.{c.name}" for module, clients in CLIENTS.items() for c in clients}
_DATA = (str, bytes, int, float, tuple, BaseException, type)
_PACKAGES = frozenset(module.partition(".")[0] for module in CLIENTS) | {"psycopg_binary"}  # the compiled part of psycopg


class RecordingLayer:
    """A world of this layer alone: nothing is sealed, and what the task does with a client is recorded."""

    name = "recorder"

    def __init__(self) -> None:
        self._replaced: list[tuple[dict[str, Any], str, Any]] = []

    def install(self) -> None:
        """Nothing lasts longer than a run."""

    def enter(self, run: Run) -> None:
        os.chdir(run.directory)
        object_of(run.case.ref)
        names = vars(sys.modules[run.case.ref.module])
        for name, value in list(names.items()):
            recorder = _known_by_name(value)
            if recorder is not None:
                self._replaced.append((names, name, value))
                names[name] = recorder

    def exit(self, run: Run) -> None:
        while self._replaced:
            names, name, value = self._replaced.pop()
            names[name] = value


def _known_by_name(value: Any) -> Any:
    """The recorder for what a module's global name means, where that is a client, or opens one."""
    if isinstance(value, ModuleType):
        return Recorder(value, value.__name__) if value.__name__.partition(".")[0] in _PACKAGES else None
    for opener in OPENERS:
        module, _, name = opener.rpartition(".")
        if module in sys.modules and vars(sys.modules[module]).get(name) is value:
            return Recorder(value, OPENERS[opener])
        owner, _, cls = module.rpartition(".")
        if owner in sys.modules and vars(sys.modules[owner]).get(cls) is value:
            return Recorder(value, module)
    return None


class Recorder:
    """A real module, class, function or object of a client; every call of it, or of what it holds, is recorded and made."""

    def __init__(self, real: Any, path: str, owner: Recorder | None = None) -> None:
        self.__dict__.update(_real=real, _path=path, _owner=owner, _sets={})

    def __getattr__(self, name: str) -> Any:
        value, path = getattr(self._real, name), f"{self._path}.{name}"
        if isinstance(self._real, (ModuleType, type)):
            return Recorder(value, path) if path in OPENERS else _known_by_name(value) or value
        return Recorder(value, path, self) if callable(value) or is_clients_own(value) else value

    def __setattr__(self, name: str, value: Any) -> None:
        self._sets[name] = value
        setattr(self._real, name, bare(value))

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        run = active()
        around: dict[str, Any] = self._owner._sets if self._owner is not None else {}
        if run is not None:
            run.record(Effect("client", plain(self._path), detail_of(args, kwargs, around), "real"))
        return self._answer(self._real(*map(bare, args), **{k: bare(v) for k, v in kwargs.items()}), f"{self._path}()")

    def _answer(self, value: Any, path: str) -> Any:
        if type(value) is tuple and any(is_clients_own(item) for item in value):
            return tuple(self._answer(item, f"{path}[{at}]") for at, item in enumerate(value))
        return Recorder(value, path) if is_clients_own(value) else value

    def __getitem__(self, key: Any) -> Any:
        return self._answer(self._real[key], f"{self._path}[{key!r}]")

    def __iter__(self) -> Iterator[Any]:
        return iter(self._real)

    def __next__(self) -> Any:
        return next(self._real)

    def __enter__(self) -> Any:
        entered = self._real.__enter__()
        return self if entered is self._real else self._answer(entered, self._path)

    def __exit__(self, *exc: Any) -> Any:
        return self._real.__exit__(*exc)

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        return ("client", plain(self._path), qualified(type(self._real)))


def is_clients_own(value: Any) -> bool:
    """Whether `value` is an object of a client's, rather than data."""
    kind = type(value)
    return kind.__module__.partition(".")[0] in _PACKAGES and not issubclass(kind, _DATA)


def bare(value: Any) -> Any:
    """What a recorder stands before."""
    return value._real if isinstance(value, Recorder) else value
