"""The functions and classes that everything stands on: found when a run replaced one of them, and put back.

Those of the modules and classes named below, also those that this package put there. Looking is cheap: a namespace to which
nothing was written is not looked into, and its values are compared by identity alone.
"""

from __future__ import annotations

import contextlib
import operator
import sys
from typing import Any, NamedTuple

from taskcontract.world.versions import addresses, signs

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


class _Space(NamedTuple):
    """A namespace, and what it held when it was looked at last. `owner` is the class that it belongs to, if it is one's."""

    name: str
    now: Any
    before: dict[str, Any]
    owner: type | None


class Functions:
    """The functions and classes that everything stands on, as they are now."""

    def __init__(self) -> None:
        self._watched = _watched()
        self._spaces, self._sign, self._first = self._watched.content()
        self._replaced: list[str] = []

    def mend(self) -> None:
        """Put the built-in functions back, without which no other code works; so this uses none."""
        if self._first and self._watched.signs.first() == self._first:
            return
        name, space, before, _ = self._spaces[0]
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
        sign = self._watched.signs.now()
        if sign != self._sign:
            written = [self._spaces[n] for n in self._watched.signs.differing(self._sign, sign)]
            changed = [space for space in written if addresses(space.now) != addresses(space.before)]
            self._replaced += [name for space in changed for name in _put_back(space, added=added)]
            if not changed:
                self._watched.known(self._spaces, sign)
        return self._replaced


_Content = tuple[list[_Space], Any, bytes]


class _Watched:
    """The namespaces to look at: those of the modules and classes above that have been imported.

    What they held before a run is what they held before the one that came earlier, unless something was written to them.
    """

    def __init__(self, owners: tuple[Any, ...]) -> None:
        self.owners = owners
        named = zip((*_MODULES, *(path.replace(":", ".") for path in _CLASSES)), owners, strict=True)
        there = [(name, owner) for name, owner in named if owner is not None]
        self.signs = signs([vars(owner) for _, owner in there])
        spaces = [_Space(n, vars(o), vars(o).copy(), o if isinstance(o, type) else None) for n, o in there]
        self.known(spaces, self.signs.now())

    def content(self) -> _Content:
        """A copy of each namespace, the sign that they have with it, and the sign of the built-in one."""
        spaces, sign, _ = self._known
        now = self.signs.now()
        if sign != now:
            spaces = spaces.copy()
            for n in self.signs.differing(sign, now):
                if addresses(spaces[n].now) != addresses(spaces[n].before):
                    spaces[n] = spaces[n]._replace(before=spaces[n].now.copy())
            self.known(spaces, now)
        return self._known

    def known(self, spaces: list[_Space], sign: Any) -> None:
        """Remember that the namespaces hold what `spaces` say when they have this sign."""
        self._known: _Content = (spaces, sign, self.signs.first())


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


def _put_back(space: _Space, *, added: bool) -> list[str]:
    name, now, before, owner = space
    replaced = []
    for key, value in before.items():
        if now.get(key, _UNTOUCHED) is not value and key not in _UNTOUCHED and callable(value):
            with contextlib.suppress(AttributeError, TypeError):
                if owner is None:
                    now[key] = value
                else:
                    setattr(owner, key, value)
                replaced.append(f"{name}.{key}")
    for key in now.keys() - before.keys():
        if owner is not None and any(key in vars(base) for base in owner.__mro__[1:]):
            delattr(owner, key)  # it covered what the class inherits
        elif added and name == "builtins" and key != "_":
            del now[key]
        else:
            continue
        replaced.append(f"{name}.{key}")
    return replaced
