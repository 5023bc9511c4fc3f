"""Recording stand-ins for installed clients that speak no HTTP: mail, file transfer, databases, brokers, directories.

While a run is in progress, what opens such a client gives an object that records every use, with the behaviour of a phantom's;
otherwise the real client is opened. Classes are intercepted where instances are made and functions where they are named, so
that `from smtplib import SMTP` before the harness came makes no difference. What C code opens by itself passes Python: the
classes that libpq's driver hands out are replaced too, and beyond that only the kernel's walls stand, in worker processes.
SQLite stays real and has its statements recorded.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from taskcontract.world import databases, patches, state
from taskcontract.world.clients import CLIENTS, Client
from taskcontract.world.http_imports import when_imported
from taskcontract.world.phantom_results import opened
from taskcontract.world.phantom_state import detail_of, record

__all__ = ["CLIENTS", "StandinLayer"]


class StandinLayer:
    """Puts the stand-ins in place once per process: now for what is imported, later for what will be."""

    name = "stand-ins"

    def __init__(self) -> None:
        self._installed = False

    def install(self) -> None:
        if self._installed:
            return
        self._installed = True
        for module, clients in CLIENTS.items():
            when_imported(module, _replacer(clients))
        databases.on_open(_record_statements)

    def enter(self, run: state.Run) -> None:
        patches.sweep()

    def exit(self, run: state.Run) -> None:
        """Nothing to undo: without a run the clients are the real ones."""


def _replacer(clients: tuple[Client, ...]) -> Callable[[types.ModuleType], None]:
    def act(module: types.ModuleType) -> None:
        for client in clients:
            _replace(module, client)

    return act


def _replace(module: types.ModuleType, client: Client) -> None:
    owner: Any = module
    *between, last = client.name.split(".")
    for part in between:
        owner = getattr(owner, part, None)
    target = getattr(owner, last, None)
    stand_in = _StandIn(module.__name__, client)
    if target is None or "__taskcontract_standin__" in getattr(target, "__dict__", {}):
        return
    if not isinstance(target, type):
        if isinstance(owner, types.ModuleType):
            patches.replace(owner, last, stand_in.around_function)
        elif _is_open(owner):
            setattr(owner, last, stand_in.around_method(inspect.getattr_static(owner, last)))
        else:
            patches.replace_method(owner, last, lambda _: staticmethod(stand_in.around_function(target)))
    elif _is_open(target):
        stand_in.take_over(target)
    else:
        for cls in filter(_is_open, _below(target)):
            stand_in.take_over(cls)
        patches.substitute(module, last, stand_in.derived(target))


def _below(cls: type) -> Iterator[type]:
    """All classes that were derived from a class."""
    below: list[type] = cls.__subclasses__()
    for derived in below:
        yield derived
        yield from _below(derived)


def _is_open(cls: type) -> bool:
    """Whether the attributes of a class can be set: not those of one that is written in C (Py_TPFLAGS_HEAPTYPE)."""
    return bool(cls.__flags__ & 1 << 9)


class _StandIn:
    """One opener of a client, replaced."""

    def __init__(self, module: str, client: Client) -> None:
        self.path, self.client = client.public or f"{module}.{client.name}", client
        self.via = f"stand-in:{module.partition('.')[0]}"

    def open(self, args: tuple[Any, ...], kwargs: dict[str, Any], frame: types.FrameType) -> Any:
        """The recording object in place of the client."""
        return opened(self.path, self.via, args, kwargs, frame, constructing=self.client.only_makes(args, kwargs))

    def around_function(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if state.active() is None:
                return original(*args, **kwargs)
            return self.open(args, kwargs, sys._getframe(1))

        call.__taskcontract_standin__ = True  # type: ignore[attr-defined]
        return call

    def around_method(self, original: Any) -> Any:
        """A class method or static method that opens a client, of the same sort: a subclass gets its own."""
        if not isinstance(original, classmethod):
            return staticmethod(self.around_function(getattr(original, "__func__", original)))
        make = original.__func__

        def call(cls: type, /, *args: Any, **kwargs: Any) -> Any:
            return make(cls, *args, **kwargs) if state.active() is None else self.open(args, kwargs, sys._getframe(1))

        call.__taskcontract_standin__ = True  # type: ignore[attr-defined]
        return classmethod(call)

    def _making(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def new(cls: type, /, *args: Any, **kwargs: Any) -> Any:
            if state.active() is None:
                return make(cls) if make is object.__new__ else make(cls, *args, **kwargs)
            return self.open(args, kwargs, sys._getframe(1))

        return new

    def take_over(self, cls: type) -> None:
        """Have the class itself give stand-ins, so that every name it is known by does. Subclasses give them, too."""
        if "__taskcontract_standin__" in vars(cls):
            return
        make = cls.__new__
        cls.__new__ = staticmethod(self._making(make))  # type: ignore[method-assign]
        cls.__taskcontract_standin__ = True  # type: ignore[attr-defined]

    def derived(self, cls: type) -> type:
        """A subclass that gives stand-ins, for a class written in C, whose own attributes are fixed.

        C code goes on to make instances of the class itself; these are instances of the subclass as well.
        """

        class Everywhere(type(cls)):  # type: ignore[misc]
            def __instancecheck__(self, value: object) -> bool:
                return isinstance(value, cls) if self is made else super().__instancecheck__(value)

            def __subclasscheck__(self, other: type) -> bool:
                return issubclass(other, cls) if self is made else super().__subclasscheck__(other)

        body = {"__new__": self._making(cls.__new__), "__module__": cls.__module__, "__taskcontract_standin__": True}
        made: type = Everywhere(cls.__name__, (cls,), body)
        return made


# --- SQLite ----------------------------------------------------------------------------------------------------------


def _record_statements(run: state.Run, connection: Any) -> None:
    """Record every statement that a real connection executes, with its parameters filled in."""

    def statement(sql: str) -> None:
        if state.active() is run and not run.over:
            record("sqlite3.connect().execute", "stand-in:sqlite3", detail_of((sql,), {}), constructing=False)

    connection.set_trace_callback(statement)
