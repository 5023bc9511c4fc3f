"""Phantom modules: what `import` gives the judged library for a client that is not installed, and the layer that tends them.

A phantom module is in `sys.modules` only while a module of the library is being imported and while a run is in progress: the
host's own libraries look there for optional dependencies and must not find an empty shell.
"""

from __future__ import annotations

import base64
import json
import sys
import types
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from typing import Any

from taskcontract.world import own_lookup_clouds, own_lookup_databases, phantom_state, state  # noqa: F401 - they enter what they know
from taskcontract.world.phantom_names import assign, attribute, via_of
from taskcontract.world.phantom_nodes import Node
from taskcontract.world.phantom_results import Result, result_at
from taskcontract.world.phantom_values import Instance

__all__ = ["PhantomLayer", "PhantomLoader", "PhantomModule", "anything", "is_phantom", "phantom_module", "withdraw"]

_modules: dict[str, PhantomModule] = {}
_shown: set[str] = set()


class PhantomModule(types.ModuleType):
    """A module of a client that is not installed."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "A client that is not installed: what is done with it is recorded.")
        self.__dict__["__path__"] = []

    def __getattr__(self, name: str) -> Any:
        return attribute(self.__name__, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, types.ModuleType) or (name.startswith("__") and name.endswith("__")):
            self.__dict__[name] = value
        else:
            assign(self.__name__, name, value)

    def __dir__(self) -> list[str]:
        return sorted(self.__dict__)

    def __reduce__(self) -> Any:
        return (phantom_module, (self.__name__,))

    def __repr__(self) -> str:
        return f"<phantom module {self.__name__!r}>"

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        return ("phantom", self.__name__)


def phantom_module(name: str) -> PhantomModule:
    """The one phantom module of this name."""
    if name not in _modules:
        _modules[name] = PhantomModule(name)
    return _modules[name]


def is_phantom(name: str) -> bool:
    """Whether a phantom was ever served for the module `name` or its top-level package."""
    return name in _modules


class PhantomLoader:
    """Gives the import system the phantom of a module."""

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        _shown.add(spec.name)
        return phantom_module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is no source to run."""


def withdraw() -> None:
    """Take the phantoms out of `sys.modules` again; who has imported one keeps it."""
    for name in tuple(_shown):
        if isinstance(sys.modules.get(name), PhantomModule):
            del sys.modules[name]
    _shown.clear()


def anything(name: str) -> Instance:
    """An object whose every use is recorded under `name`: a value for a parameter that takes a client's object."""
    return Instance(Node(f"{name}()", name, via_of(name)))


class PhantomLayer:
    """Starts every run with an empty memory, and lets JSON decoding see through a phantom's answers."""

    name = "phantoms"

    def install(self) -> None:
        decode = json.JSONDecoder.decode
        if getattr(decode, "__taskcontract__", None) != self.name:
            json.JSONDecoder.decode = _seeing_through(decode)  # type: ignore[method-assign]
        if getattr(base64.b64decode, "__taskcontract__", None) != self.name:
            base64.b64decode = _plain_word(base64.b64decode)

    def enter(self, run: state.Run) -> None:
        phantom_state.forget()

    def exit(self, run: state.Run) -> None:
        phantom_state.forget()
        withdraw()


def _seeing_through(decode: Callable[..., Any]) -> Callable[..., Any]:
    def decode_answer(self: json.JSONDecoder, s: Any, *args: Any, **kwargs: Any) -> Any:
        if type(s) is Result:
            return s["<json>"] if not _literal(s) else decode(self, str(s), *args, **kwargs)
        mind = phantom_state.memory()
        if mind is not None and type(s) is str and s in mind.words:
            return result_at(f"{mind.words[s]}['<json>']", "phantom")
        return decode(self, s, *args, **kwargs)

    decode_answer.__taskcontract__ = "phantoms"  # type: ignore[attr-defined]
    return decode_answer


def _plain_word(decode: Callable[..., bytes]) -> Callable[..., bytes]:
    def decode_word(s: Any, *args: Any, **kwargs: Any) -> bytes:
        return bytes(s) if type(s) is Result and not _literal(s) else decode(s, *args, **kwargs)

    decode_word.__taskcontract__ = "phantoms"  # type: ignore[attr-defined]
    return decode_word


def _literal(answer: Result) -> bool:
    mind = phantom_state.memory()
    return mind is not None and mind.bound(answer._tc.path) is not None
