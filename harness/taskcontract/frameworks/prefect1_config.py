"""Prefect's configuration in one run: which keys that nobody has set are asked for, and what a case puts there.

A key of its own in the user's `config.toml` is where a library can look for what it should ask its caller for. Prefect's own
keys have values, and reading them is no news.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import prefect
from prefect.configuration import Config

Missed = Callable[[str], None]
_missed: Missed | None = None


class Planted(str):
    """What a case puts under a key: a text, which is a section as well, with every key."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        return Planted(f"{self}-{key}") if isinstance(key, str) else super().__getitem__(key)

    def get(self, key: str, default: object = None) -> str:
        """The value of any key in it."""
        return Planted(f"{self}-{key}")

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return Planted(f"{self}-{name}")


def planted(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that a case sets, with every text ready to be a section."""
    return {k: planted(v) if isinstance(v, Mapping) else Planted(v) if type(v) is str else v for k, v in tree.items()}


@contextmanager
def configured(tree: Mapping[str, Any], missed: Missed) -> Iterator[None]:
    """`prefect.config` with the keys of `tree`, while this lasts; `missed(name)` of every key that is asked for in vain."""
    global _missed
    _watch()
    undo: list[Callable[[], object]] = []
    saved, _missed = _missed, missed
    try:
        _lay(prefect.config, tree, undo)
        yield
    finally:
        for step in reversed(undo):
            step()
        _missed = saved


def _lay(section: Any, tree: Mapping[str, Any], undo: list[Callable[[], object]]) -> None:
    for key, value in tree.items():
        known = dict.__contains__(section, key)
        now = dict.get(section, key)
        if isinstance(value, Mapping) and isinstance(now, Config):
            _lay(now, value, undo)
            continue
        undo.append(partial(section.__setitem__, key, now) if known else partial(section.pop, key, None))
        section[key] = value


def _watch() -> None:
    """Make every section tell of keys that it does not have, once per process; outside a run it behaves as ever."""
    if "_taskcontract_watched" in vars(Config):
        return
    plain: Any = {name: getattr(Config, name) for name in ("get", "__getitem__", "__getattr__", "__contains__")}

    def get(self: Any, key: Any, *default: Any) -> Any:
        _told(self, key)
        return plain["get"](self, key, *default)

    def getitem(self: Any, key: Any, *args: Any, **kwargs: Any) -> Any:
        _told(self, key)
        return plain["__getitem__"](self, key, *args, **kwargs)

    def attribute(self: Any, name: str) -> Any:
        _told(self, name)
        return plain["__getattr__"](self, name)

    def contains(self: Any, key: Any) -> Any:
        _told(self, key)
        return plain["__contains__"](self, key)

    watching = {"get": get, "__getitem__": getitem, "__getattr__": attribute, "__contains__": contains}
    for name, method in (*watching.items(), ("_taskcontract_watched", True)):
        setattr(Config, name, method)


def _told(section: Any, key: Any) -> None:
    if _missed is None or not isinstance(key, str) or key.startswith("_") or dict.__contains__(section, key):
        return
    path = _path(section, prefect.config, ())
    if path is None:
        path = _path(section, vars(prefect.context).get("config"), ())
    caller = sys._getframe(2).f_globals.get("__name__") or ""
    if path is not None and not caller.startswith("taskcontract.") and not _machinery(caller):
        _missed(".".join((*path, key)))


def _machinery(module: str) -> bool:
    """Whether a module is Prefect's own, which asks for keys that may not be there; its tasks and their helpers are not."""
    own = module == "prefect" or module.startswith(("prefect.", "box"))
    return own and not module.startswith(("prefect.tasks.", "prefect.utilities."))


def _path(section: Any, tree: Any, so_far: tuple[str, ...]) -> tuple[str, ...] | None:
    """The keys that lead from `tree` to `section`."""
    if section is tree:
        return so_far
    if not isinstance(tree, Config):
        return None
    inner = ((key, value) for key, value in dict.items(tree) if isinstance(value, Config))
    return next((found for key, value in inner if (found := _path(section, value, (*so_far, key))) is not None), None)
