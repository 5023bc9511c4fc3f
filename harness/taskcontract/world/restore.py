"""What a run may have replaced in the process itself, remembered before it and put back after it.

The functions that everything stands on (see `functions`), import machinery, streams, hooks, signal handlers, warning filters,
logging, limits. Looking is cheap: values are compared by identity, and only a difference is looked into.
"""

from __future__ import annotations

import _locale as system_locale
import _signal  # type: ignore[import-not-found]
import contextlib
import gc
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

from taskcontract.world.functions import Functions

_SYSTEM = (
    "stdin", "stdout", "stderr", "excepthook", "displayhook", "unraisablehook", "dont_write_bytecode", "breakpointhook",
)  # fmt: skip
_LISTS = ("path", "argv", "meta_path", "path_hooks")
_SIGNALS = tuple(int(s) for s in signal.valid_signals() if s not in (signal.SIGKILL, signal.SIGSTOP))


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


# --- each of these remembers one thing and returns what puts it back -------------------------------------------------------


_QUIET = ("ignore", None, ResourceWarning, None, 0)


def _warnings() -> Callable[[], None]:
    holder, filters, show = warnings.filters, warnings.filters[:], warnings.showwarning
    warnings.filters.insert(0, _QUIET)  # type: ignore[attr-defined] # what a refused run leaves open is not the host's to hear of
    warnings._filters_mutated()  # type: ignore[attr-defined]

    def undo() -> None:
        warnings.showwarning, warnings.filters = show, holder
        if holder != filters:
            holder[:] = filters  # type: ignore[index]
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
    asked = system_locale.setlocale
    before = asked(locale.LC_ALL)

    def undo() -> None:
        if asked(locale.LC_ALL) != before:
            asked(locale.LC_ALL, before)

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


_handler_of = _signal.getsignal


def _signals() -> Callable[[], None]:
    handlers = list(map(_handler_of, _SIGNALS))
    idle = signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)

    def undo() -> None:
        if any(map(operator.is_not, handlers, map(_handler_of, _SIGNALS))):
            for number, handler in zip(_SIGNALS, handlers, strict=True):
                if _handler_of(number) is not handler and handler is not None:
                    with contextlib.suppress(OSError, ValueError, TypeError):
                        signal.signal(number, handler)
        if idle:
            signal.setitimer(signal.ITIMER_REAL, 0)

    return undo
