"""What a run may have replaced in the process itself, remembered before it and put back after it.

Functions of the modules that everything stands on (also those that this package put there), import machinery, streams, hooks,
signal handlers, warning filters, logging, limits. Looking is cheap: values are compared by identity, and only a difference is
looked into.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import contextlib
import ctypes
import gc
import itertools
import locale
import logging
import operator
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

_MODULES = (
    "builtins", "os", "posixpath", "io", "time", "datetime", "socket", "subprocess", "threading", "_thread", "random",
    "tempfile", "shutil", "json", "pathlib", "uuid", "functools", "inspect", "importlib", "urllib.request", "http.client",
    "requests", "requests.api", "requests.sessions", "pickle", "prefect",
)  # fmt: skip
_CLASSES = (
    "socket:socket", "subprocess:Popen", "pathlib:Path", "threading:Thread", "threading:Condition", "json:JSONEncoder",
    "json:JSONDecoder", "http.client:HTTPConnection", "requests.sessions:Session", "requests.adapters:HTTPAdapter",
    "requests.models:Response", "logging:Logger", "random:Random", "prefect.core.task:Task",
)  # fmt: skip
_ATTRIBUTES = tuple(path.split(":") for path in _CLASSES)
_UNTOUCHED = frozenset({"__builtins__", "_", "_name_sequence", "tempdir", "_last_timestamp", "environ", "__doc__"})
_SYSTEM = (
    "stdin", "stdout", "stderr", "excepthook", "displayhook", "unraisablehook", "dont_write_bytecode", "breakpointhook",
)  # fmt: skip
_LISTS = ("path", "argv", "meta_path", "path_hooks")
_SIGNALS = tuple(int(s) for s in signal.valid_signals() if s not in (signal.SIGKILL, signal.SIGSTOP))


class Functions:
    """The functions and classes that everything stands on, as they are now."""

    def __init__(self) -> None:
        self._watched = _watched()
        self._namespaces, self._addresses = self._watched.content()
        self._replaced: list[str] = []

    def mend(self) -> None:
        """Put the built-in functions back, without which no other code works; so this uses none."""
        name, space, before, _ = self._namespaces[0]
        for key in before:
            if (key not in space or space[key] is not before[key]) and key not in _UNTOUCHED:
                space[key] = before[key]
                self._replaced.append(f"{name}.{key}")

    def put_back(self, *, added: bool = True) -> list[str]:
        """Put all of them back, and take away what was `added` to the built-in names. Returns what had been replaced."""
        for name, owner in zip(_MODULES, self._watched.owners, strict=False):
            if owner is not None and sys.modules.get(name) is not owner:
                sys.modules[name] = owner
                self._replaced.append(name)
        if self._watched.addresses() != self._addresses:
            self._replaced += [name for space in self._namespaces for name in _put_back(*space, added=added)]
        return self._replaced


class Snapshot(Functions):
    """The process before a run. `restore` puts it back and names what a run had replaced among functions and classes."""

    def __init__(self) -> None:
        super().__init__()
        self._modules = _modules()
        self._system = {n: getattr(sys, n) for n in _SYSTEM}
        self._lists = {n: (getattr(sys, n), list(getattr(sys, n))) for n in _LISTS}
        self._undo: list[Callable[[], None]] = [_warnings(), _logging(), _limits(), _hooks(), _locale()]
        if threading.current_thread() is threading.main_thread():
            self._undo.append(_signals())
        sys.dont_write_bytecode = True
        sys.unraisablehook = id  # a hook in Python could itself be cut; what is ignored in a run is not the host's to hear of

    def restore(self) -> list[str]:
        """Put everything back. Returns the names of functions and classes' attributes that had been replaced."""
        replaced = self.put_back()
        if len(sys.modules) < len(self._modules):
            for name in self._modules.keys() - sys.modules.keys():
                sys.modules[name] = self._modules[name]
        for name, value in self._system.items():
            if getattr(sys, name, None) is not value:
                setattr(sys, name, value)
        for name, (holder, content) in self._lists.items():
            if holder != content:
                holder[:] = content
            if getattr(sys, name, None) is not holder:
                setattr(sys, name, holder)
        for undo in self._undo:
            undo()
        return replaced


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Within this a module is imported: what the next one needs to be imported, too, is afterwards as it was before.

    What a module adds stays: names, folders of the search path, variables of the environment, finders.
    """
    functions = Functions()
    undo: list[Callable[[], None]] = [_logging(), _limits(), _hooks(), _locale(), _surroundings()]
    if threading.current_thread() is threading.main_thread():
        undo.append(_signals())
    try:
        yield
    finally:
        functions.mend()
        functions.put_back(added=False)
        for each in undo:
            each()


_Content = tuple[list[tuple[str, dict[str, Any], dict[str, Any], Any]], bytes]


class _Watched:
    """The namespaces to look at: those of the modules and classes above that have been imported.

    What they held before a run is what they held before the one that came earlier, unless some address differs.
    """

    def __init__(self, owners: tuple[Any, ...]) -> None:
        self.owners = owners
        named = zip((*_MODULES, *(path.replace(":", ".") for path in _CLASSES)), owners, strict=True)
        self._spaces: list[tuple[str, Any, Any]] = [
            (name, vars(owner), owner if isinstance(owner, type) else None) for name, owner in named if owner is not None
        ]
        self._known: _Content | None = None

    def addresses(self) -> bytes:
        """The addresses of all values, in order: what is compared must not be asked, since a run may have put it there."""
        return _addresses(tuple(itertools.chain.from_iterable([space.values() for _, space, _ in self._spaces])))

    def content(self) -> _Content:
        """A copy of each namespace, and the addresses of what is in them."""
        now = self.addresses()
        if self._known is None or self._known[1] != now:
            self._known = ([(name, space, space.copy(), owner) for name, space, owner in self._spaces], now)
        return self._known


_known_modules: dict[str, Any] = {}
_newest: tuple[int, str, Any] | None = None


def _modules() -> dict[str, Any]:
    """What is imported: a copy, made anew when a module was added or taken away since the last."""
    global _known_modules, _newest
    modules = sys.modules
    last = next(reversed(modules))
    newest = (len(modules), last, modules[last])
    if _newest is None or any(map(operator.is_not, newest[1:], _newest[1:])) or newest[0] != _newest[0]:
        _known_modules, _newest = modules.copy(), newest
    return _known_modules


_last: _Watched | None = None


def _watched() -> _Watched:
    global _last
    modules = sys.modules
    owners: list[Any] = [modules.get(name) for name in _MODULES]
    for name, attribute in _ATTRIBUTES:
        cls = getattr(modules.get(name), attribute, None)
        owners.append(cls if isinstance(cls, type) else None)
    if _last is None or any(map(operator.is_not, owners, _last.owners)):
        _last = _Watched(tuple(owners))
    return _last


def _put_back(name: str, space: Any, before: dict[str, Any], owner: Any, *, added: bool) -> list[str]:
    if _identities(before) == _identities(space):
        return []
    replaced = []
    for key, value in before.items():
        if space.get(key, _UNTOUCHED) is not value and key not in _UNTOUCHED and callable(value):
            with contextlib.suppress(AttributeError, TypeError):
                if owner is None:
                    space[key] = value
                else:
                    setattr(owner, key, value)
                replaced.append(f"{name}.{key}")
    for key in space.keys() - before.keys():
        if owner is not None and any(key in vars(base) for base in owner.__mro__[1:]):
            delattr(owner, key)  # it covered what the class inherits
        elif added and name == "builtins" and key != "_":
            del space[key]
        else:
            continue
        replaced.append(f"{name}.{key}")
    return replaced


def _identities(space: Any) -> bytes:
    return _addresses(tuple(space.values()))


def _addresses(values: tuple[Any, ...]) -> bytes:
    return ctypes.string_at(id(values) + tuple.__basicsize__, len(values) * ctypes.sizeof(ctypes.c_void_p))


# --- each of these remembers one thing and returns what puts it back -------------------------------------------------------


def _warnings() -> Callable[[], None]:
    filters, show = list(warnings.filters), warnings.showwarning
    warnings.simplefilter("ignore", ResourceWarning)  # what a refused run leaves open is not the host's to hear of

    def undo() -> None:
        warnings.showwarning = show
        if list(warnings.filters) != filters:
            warnings.filters[:] = filters  # type: ignore[index]
            warnings._filters_mutated()  # type: ignore[attr-defined]

    return undo


def _logging() -> Callable[[], None]:
    root = logging.root
    handlers, level, disabled, raising = list(root.handlers), root.level, root.manager.disable, logging.raiseExceptions

    def undo() -> None:
        if root.handlers != handlers:
            root.handlers[:] = handlers
        if root.level != level:
            root.setLevel(level)
        if root.manager.disable != disabled:
            logging.disable(disabled)
        logging.raiseExceptions = raising

    return undo


def _limits() -> Callable[[], None]:
    depth, interval, collecting = sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled()

    def undo() -> None:
        if sys.getrecursionlimit() != depth:
            sys.setrecursionlimit(depth)
        if sys.getswitchinterval() != interval:
            sys.setswitchinterval(interval)
        if gc.isenabled() != collecting:
            (gc.enable if collecting else gc.disable)()

    return undo


def _hooks() -> Callable[[], None]:
    threads, tracing, profiling = threading.excepthook, sys.gettrace(), sys.getprofile()

    def undo() -> None:
        threading.excepthook = threads
        if sys.gettrace() is not tracing:
            sys.settrace(tracing)
        if sys.getprofile() is not profiling:
            sys.setprofile(profiling if callable(profiling) else None)  # cProfile's own object cannot be put back from here

    return undo


def _locale() -> Callable[[], None]:
    before = locale.setlocale(locale.LC_ALL)

    def undo() -> None:
        if locale.setlocale(locale.LC_ALL) != before:
            locale.setlocale(locale.LC_ALL, before)

    return undo


def _surroundings() -> Callable[[], None]:
    streams = {n: getattr(sys, n) for n in _SYSTEM}
    search, arguments, environment, folder = list(sys.path), list(sys.argv), dict(os.environ), os.getcwd()

    def undo() -> None:
        for name, value in streams.items():
            setattr(sys, name, value)
        if not set(search) <= set(sys.path):
            sys.path[:] = [*(entry for entry in sys.path if entry not in search), *search]
        sys.argv[:] = arguments
        for name, text in environment.items():
            os.environ.setdefault(name, text)
        with contextlib.suppress(OSError):
            os.chdir(folder)

    return undo


def _signals() -> Callable[[], None]:
    handlers = [(s, _signal.getsignal(s)) for s in _SIGNALS]
    idle = signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)

    def undo() -> None:
        for number, handler in handlers:
            if _signal.getsignal(number) is not handler and handler is not None:
                with contextlib.suppress(OSError, ValueError, TypeError):
                    signal.signal(number, handler)
        if idle:
            signal.setitimer(signal.ITIMER_REAL, 0)

    return undo
