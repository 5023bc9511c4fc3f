"""What code keeps between two calls is taken back after each case: no case sees an earlier one's client, cache or credential.

Libraries keep the client that they made for the first credential, and so do clients: `boto3.DEFAULT_SESSION`, a module's
`_client`, a class's `_instance`, `functools.lru_cache` around what looks a token up, the headers and cookies of a `requests`
session that a module holds. A second case would then be told the first one's credential, and be judged by it.

What was there before a case is put back by identity and in place; what a module that was imported meanwhile defined stays.
Only what the task's module can reach is looked at, so that a library's size does not matter.
"""

from __future__ import annotations

import contextlib
import itertools
import operator
import sys
from collections import OrderedDict, deque
from typing import Any

from taskcontract.world.memory_places import Places, containers, is_client, is_definition, is_own, places_of

_ABSENT: Any = object()


class Memory:
    """What the code that one module can reach remembers now; `put_back` makes it so again."""

    def __init__(self, module: str, imported: tuple[int, str]) -> None:
        self.imported = imported
        reached = _reached(module)
        self._caches = list({id(c): c for places in reached for c in places.caches}.values())
        self._names = list({(id(o), n): (o, n) for places in reached for o, n in places.names}.values())
        self._classes = list({id(cls): cls for places in reached for cls in places.classes}.values())
        self._holders = containers([root for places in reached for root in places.roots])
        self.look()

    def look(self) -> None:
        """Remember how everything is."""
        self._sizes = [cache.cache_info().currsize for cache in self._caches]
        self._values = [_value(owner, name) for owner, name in self._names]
        self._contents = [_content(holder) for holder in self._holders]
        self._attributes = [tuple(vars(cls)) for cls in self._classes]

    def put_back(self) -> None:
        """Take back what was kept since. Definitions stay, also in containers if something was imported meanwhile."""
        for cache, size in zip(self._caches, self._sizes, strict=True):
            if cache.cache_info().currsize != size:
                cache.cache_clear()
        for (owner, name), before in zip(self._names, self._values, strict=True):
            now = _value(owner, name)
            if now is not before:
                _assign(owner, name, before)
        grown = _imported() != self.imported
        for cls, attributes in zip(self._classes, self._attributes, strict=True):
            if len(vars(cls)) != len(attributes):
                _take_off(cls, attributes, keep=grown)
        for holder, content in zip(self._holders, self._contents, strict=True):
            if not _same(holder, content):
                _refill(holder, content, keep=grown)


_memories: dict[str, Memory] = {}
_latest: list[Memory] = []


def remembered(module: str) -> Memory:
    """What is remembered before a case of a task in `module`."""
    imported = _imported()
    memory = _memories.get(module)
    if memory is None or memory.imported != imported:
        if len(_memories) > 50:
            _memories.clear()
        memory = _memories[module] = Memory(module, imported)
    elif _latest != [memory]:
        memory.look()
    _latest[:] = [memory]
    return memory


def _imported() -> tuple[int, str]:
    """How many modules there are, and which came last."""
    modules = sys.modules
    return len(modules), next(reversed(modules))


# --- what a module reaches -----------------------------------------------------------------------------------------------

_places: dict[str, tuple[Any, Places]] = {}
_packages: dict[str, list[str]] = {}
_indexed: tuple[int, str] = (0, "")
"""How many modules were looked at, and which came last."""


def _reached(module: str) -> list[Places]:
    """The places of the library's modules that `module` reaches by what they use, and of the clients that they use."""
    _index()
    found: dict[str, Places] = {}
    clients: dict[str, list[Places]] = {"urllib": _of_package("urllib")}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or name not in sys.modules:
            continue
        if is_own(name):
            found[name] = places = _of_module(name, own=True)
            waiting += places.uses
        elif is_client(name) and name.partition(".")[0] not in clients:
            top = name.partition(".")[0]
            clients[top] = of_package = _of_package(top)
            waiting += itertools.chain.from_iterable(places.uses for places in of_package)
    reached = [*found.values(), *itertools.chain.from_iterable(clients.values())]
    return [*reached, _assigned_from_outside(found.values(), clients)]


def _assigned_from_outside(own: Any, clients: dict[str, list[Places]]) -> Places:
    """What the library's code can assign on a client's module: `stripe.api_key = token`."""
    stored = set().union(*(places.stores for places in own))
    names = [
        (module, key)
        for top in clients
        if top in sys.modules and isinstance(getattr(module := sys.modules[top], "__dict__", None), dict)
        for key in stored & vars(module).keys()
    ]
    return Places(names=[(module, key) for module, key in names if not is_definition(vars(module)[key])])


def _index() -> None:
    """Which modules each top-level package has; only what is new is looked at."""
    global _indexed
    count, last = _indexed
    if count and next(itertools.islice(sys.modules, count - 1, None), None) != last:  # some are gone
        _packages.clear()
        count = 0
    for name in itertools.islice(list(sys.modules), count, None):
        _packages.setdefault(name.partition(".")[0], []).append(name)
    _indexed = _imported()


def _of_package(top: str) -> list[Places]:
    names = dict.fromkeys(_packages.get(top, ()))
    return [_of_module(name, own=False) for name in names if name in sys.modules and is_client(name)]


def _of_module(name: str, *, own: bool) -> Places:
    module: Any = sys.modules[name]
    known = _places.get(name)
    if known is None or known[0] is not module:
        real = type(module).__module__.partition(".")[0] != "taskcontract" and isinstance(
            getattr(module, "__dict__", None), dict
        )
        places = places_of(module, own) if real and hasattr(module, "__name__") else Places()
        known = _places[name] = (module, places)
        for cache in places.caches:
            cache.cache_clear()  # it may have been filled by the run that imported the module
    return known[1]


# --- one place -----------------------------------------------------------------------------------------------------------


def _value(owner: Any, name: str) -> Any:
    return vars(owner).get(name, _ABSENT)


def _assign(owner: Any, name: str, value: Any) -> None:
    with contextlib.suppress(AttributeError, TypeError):  # a metaclass may not let it
        if value is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, value)


def _take_off(cls: type, attributes: tuple[str, ...], *, keep: bool) -> None:
    """Delete a class's attributes that it had not before, but for Python's own; with `keep`, what defines something stays."""
    for name in vars(cls).keys() - set(attributes):
        is_pythons = name.startswith("__") and name.endswith("__")
        if not (is_pythons or (keep and is_definition(vars(cls)[name]))):
            _assign(cls, name, _ABSENT)


def _content(holder: Any) -> Any:
    if isinstance(holder, dict):
        return tuple(dict.items(holder))
    return tuple(holder)


def _same(holder: Any, content: tuple[Any, ...]) -> bool:
    if len(holder) != len(content):
        return False
    if isinstance(holder, dict):
        return all(
            key is known and value is before for (key, value), (known, before) in zip(dict.items(holder), content, strict=True)
        )
    if isinstance(holder, set):
        return {id(item) for item in holder} == {id(item) for item in content}
    return all(map(operator.is_, holder, content))


def _refill(holder: Any, content: tuple[Any, ...], *, keep: bool) -> None:
    """Give a container its content back; with `keep`, what was added stays if it defines something."""
    if isinstance(holder, dict):
        base: Any = OrderedDict if isinstance(holder, OrderedDict) else dict
        before = dict(content)
        added = {k: v for k, v in dict.items(holder) if keep and k not in before and is_definition(v)}
        base.clear(holder)
        base.update(holder, {**before, **added})
    elif isinstance(holder, set):
        set.clear(holder)
        set.update(holder, content)
    elif isinstance(holder, deque):
        deque.clear(holder)
        deque.extend(holder, content)
    else:
        list.__setitem__(holder, slice(None), content)
