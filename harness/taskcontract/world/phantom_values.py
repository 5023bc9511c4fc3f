"""What an absent client gives back: objects that record what is done with them and answers that become what they are used as.

`Instance` is an object to work with (a client, a connection, a model): always true, its methods are recorded, what is set on it
is remembered and belongs to its canonical form. `Result` is what a call answered: a text that is also a dict, a list of one, a
number, and whatever it is compared with. Neither holds the object it came from, so that a client dies when the run lets it go.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from taskcontract.world import state
from taskcontract.world.canon import canon
from taskcontract.world.phantom_calls import Ask, before_answer, decorates, unpacked
from taskcontract.world.phantom_state import (
    connects,
    detail_of,
    is_class_name,
    makes_object,
    memory,
    plain,
    record,
    speaks_of_failure,
    word_of,
)


@dataclass(slots=True)
class Birth:
    """How an object came to be, so that a later run that finds it in a cache sees the effect that its own run would have."""

    what: str
    detail: Any
    run: weakref.ref[state.Run] | None
    constructing: bool
    parent: Birth | None

    def revive(self, via: str) -> None:
        """Record the birth again when another run works with the object for the first time."""
        if self.parent is not None:
            self.parent.revive(via)
        run = state.active()
        if run is not None and self.run is not None and self.run() is not run:
            self.run = weakref.ref(run)
            record(self.what, via, self.detail, constructing=self.constructing)


@dataclass(slots=True)
class Node:
    """The facts of one symbolic object. `sets` and `items` are what the task put there; `owner` is what it is an attribute of."""

    path: str
    name: str
    via: str
    data: bool = False
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    sets: dict[str, Any] = field(default_factory=dict)
    items: dict[Any, Any] = field(default_factory=dict)
    children: dict[str, Any] = field(default_factory=dict)
    owner: Node | None = None
    birth: Birth | None = None

    def configured(self, depth: int = 4) -> dict[str, Any]:
        """Everything that was set on the object or on what hangs from it."""
        found = {**self.sets, **{f"[{key!r}]": value for key, value in self.items.items()}}
        if depth:
            for name, child in self.children.items():
                if name not in found and child._tc.configured(depth - 1):
                    found[name] = child
        return found

    def around(self) -> dict[str, Any]:
        """What is configured on the objects that this one is an attribute of: the state a method works with."""
        found: dict[str, Any] = {}
        owner = self.owner
        while owner is not None:
            found = {**owner.sets, **{f"[{key!r}]": value for key, value in owner.items.items()}, **found}
            owner = owner.owner
        return found


class Symbol:
    """What `Instance` and `Result` share. Its own state is in `_tc`; every other public name belongs to the absent client."""

    _tc: Node

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if "_tc" not in self.__dict__:
            raise AttributeError(name)
        return self._child(name)

    def _child(self, name: str) -> Any:
        node = self._tc
        if name in node.sets:
            return node.sets[name]
        if name in node.kwargs:
            return node.kwargs[name]
        if name not in node.children:
            child = Node(f"{node.path}.{name}", name, node.via, node.data, owner=node, birth=node.birth)
            node.children[name] = _result(child)
        return node.children[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_tc":
            self.__dict__["_tc"] = value
        else:
            self._tc.sets[name] = value

    def __delattr__(self, name: str) -> None:
        self._tc.sets.pop(name, None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        node = self._tc
        frame = sys._getframe(1)
        if not kwargs and len(args) == 1 and decorates(frame, args[0]):
            return args[0]
        if node.birth is not None:
            node.birth.revive(node.via)
        around = {**node.around(), **node.configured(0)}
        return answer(node.path, node.name, node.via, args, kwargs, frame, around=around, birth=node.birth)

    # items

    def _item(self, key: Any) -> Any:
        node = self._tc
        if key in node.items:
            return node.items[key]
        name = key if isinstance(key, str) else node.name
        slot = f"[{key!r}]"
        if slot not in node.children:
            node.children[slot] = _result(Node(f"{node.path}{slot}", str(name), node.via, True, birth=node.birth))
        return node.children[slot]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [self._item(0)][key]
        return self._item(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._tc.items[key] = value

    def __delitem__(self, key: Any) -> None:
        self._tc.items.pop(key, None)

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Any]:
        return iter([self._item(i) for i in range(unpacked(sys._getframe(1)))])

    def __reversed__(self) -> Iterator[Any]:
        return iter([self._item(0)])

    def __next__(self) -> Any:
        mind = memory()
        key = f"{self._tc.path}<next>"
        if mind is not None:
            mind.calls[key] += 1
            count = mind.calls[key]
        else:
            count = self._tc.sets["<next>"] = self._tc.sets.get("<next>", 0) + 1
        if count > 1:
            raise StopIteration
        return self._item(0)

    def __contains__(self, key: object) -> bool:
        if key in self._tc.items:
            return True
        mind = memory()
        if mind is None:
            return True
        return mind.decide(f"{self._tc.path} has {_shown(key)}", True, not speaks_of_failure(key))

    # blocks and awaiting

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    def __await__(self) -> Any:
        return self
        yield

    def __aiter__(self) -> Any:
        async def one() -> Any:
            yield self._item(0)

        return one()

    # identity

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        node = self._tc
        kept = {k: v for k, v in node.configured().items() if v is not self}
        settings = [("with", *((k, sub(kept[k])) for k in sorted(kept)))] if kept else []
        if isinstance(self, Result):
            return ("answer", node.path, *settings)
        given = [*(sub(a) for a in node.args), *((k, sub(v)) for k, v in sorted(node.kwargs.items()) if k not in kept)]
        return ("phantom", plain(node.path), *given, *settings)

    def __reduce__(self) -> Any:
        node = self._tc
        made = (type(self), node.path, node.name, node.via, node.data)
        return (_blank, made, (node.args, dict(node.kwargs), node.sets, node.items, node.children))

    def __setstate__(self, kept: Any) -> None:
        node = self._tc
        node.args, node.kwargs, node.sets, node.items, node.children = kept
        for child in node.children.values():
            if not child._tc.path.endswith("]"):
                child._tc.owner = node

    def __dir__(self) -> list[str]:
        return sorted({*self._tc.sets, *self._tc.kwargs, *(n for n in self._tc.children if n.isidentifier())})

    def __or__(self, other: Any) -> Any:
        return self

    __ror__ = __and__ = __rand__ = __xor__ = __rxor__ = __or__


class Instance(Symbol):
    """An object of the absent client that the task works with."""

    def __init__(self, node: Node) -> None:
        self._tc = node

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{plain(self._tc.path)}>"

    __str__ = __repr__

    def __hash__(self) -> int:
        return id(self) >> 4

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Instance) and canon(self) == canon(other)


class Result(Symbol, str):
    """What a call of the absent client answered, or a part of it."""

    def __str__(self) -> str:
        return _text(self)

    def __repr__(self) -> str:
        return repr(_text(self))

    def __format__(self, spec: str) -> str:
        try:
            return format(_text(self), spec)
        except ValueError:
            return format(_number(self), spec)

    def __hash__(self) -> int:
        return hash(str.__str__(self))

    def __bool__(self) -> bool:
        mind = memory()
        if mind is None:
            return True
        node = self._tc
        known = mind.bound(node.path)
        if known is not None:
            return bool(known)
        return mind.decide(f"{node.path}?", True, not speaks_of_failure(node.name))

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        if isinstance(other, Result):
            return other._tc.path == self._tc.path
        if other is None or isinstance(other, (Instance, dict, set)):
            return False
        mind = memory()
        if mind is None:
            return isinstance(other, str) and str.__eq__(self, other)
        likely = not speaks_of_failure(other if isinstance(other, str) else getattr(other, "name", ""))
        return mind.decide(self._tc.path, other, likely)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice) and self._tc.name in _TEXT_NAMES:
            return _text(self)[key]
        return super().__getitem__(key)

    # a number

    def __int__(self) -> int:
        return int(_number(self))

    __index__ = __int__

    def __float__(self) -> float:
        return float(_number(self))

    def __bytes__(self) -> bytes:
        return _text(self).encode()

    def __add__(self, other: Any) -> Any:
        if isinstance(other, (list, tuple)):
            return type(other)([self._item(0)]) + other
        return _text(self) + str(other) if isinstance(other, str) else _number(self) + other

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, (list, tuple)):
            return other + type(other)([self._item(0)])
        return str(other) + _text(self) if isinstance(other, str) else other + _number(self)

    def __mod__(self, other: Any) -> Any:
        return _number(self) % other if isinstance(other, (int, float)) else _text(self) % other

    def __rmod__(self, other: Any) -> Any:
        return other % _text(self) if isinstance(other, str) else other % _number(self)

    # a dict, when it is read as one

    def get(self, *args: Any, **kwargs: Any) -> Any:
        if self._tc.data and not kwargs and len(args) in (1, 2) and isinstance(args[0], (str, int)):
            return self._item(args[0])
        return self._child("get")(*args, **kwargs)

    def pop(self, *args: Any, **kwargs: Any) -> Any:
        if self._tc.data and not kwargs and (not args or isinstance(args[0], (str, int))):
            return self._item(args[0] if args else 0)
        return self._child("pop")(*args, **kwargs)

    def setdefault(self, *args: Any, **kwargs: Any) -> Any:
        return self.get(*args, **kwargs)

    def keys(self, *args: Any, **kwargs: Any) -> Any:
        return self._keys() if self._reads(args, kwargs) else self._child("keys")(*args, **kwargs)

    def values(self, *args: Any, **kwargs: Any) -> Any:
        return [self._item(k) for k in self._keys()] if self._reads(args, kwargs) else self._child("values")(*args, **kwargs)

    def items(self, *args: Any, **kwargs: Any) -> Any:
        if self._reads(args, kwargs):
            return [(k, self._item(k)) for k in self._keys()]
        return self._child("items")(*args, **kwargs)

    def update(self, *args: Any, **kwargs: Any) -> Any:
        if not self._tc.data or not all(isinstance(a, dict) for a in args):
            return self._child("update")(*args, **kwargs)
        for given in (*args, kwargs):
            self._tc.items.update(given)
        return None

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        return self if self._reads(args, kwargs) else self._child("copy")(*args, **kwargs)

    def append(self, *args: Any, **kwargs: Any) -> Any:
        if not self._tc.data or kwargs or len(args) != 1:
            return self._child("append")(*args, **kwargs)
        self._tc.items[len(self._tc.items) + 1] = args[0]
        return None

    def decode(self, *args: Any, **kwargs: Any) -> Any:
        return self if self._tc.data else self._child("decode")(*args, **kwargs)

    def _reads(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        return self._tc.data and not args and not kwargs

    def _keys(self) -> list[str]:
        read = [slot[2:-1] for slot in self._tc.children if slot.startswith("['") and slot.endswith("']")]
        put = [k for k in self._tc.items if isinstance(k, str)]
        return list(dict.fromkeys([s.rstrip("'") for s in read] + put)) or ["name"]


_TEXT_NAMES = frozenset({"text", "content", "body", "message", "log", "logs", "output", "sha", "id", "name", "description", "summary"})


def _belonging(name: str) -> property:
    """A name that `str` has too, but that on an answer is the client's own."""
    return property(lambda self: self._child(name))


for _name in ("find", "index", "count", "title", "center", "join", "translate", "format_map", "expandtabs", "casefold"):
    setattr(Result, _name, _belonging(_name))


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, (str, bytes, int, float, bool, type(None))) else type(value).__name__


def _text(result: Result) -> str:
    mind = memory()
    known = mind.bound(result._tc.path) if mind is not None else None
    return str.__str__(result) if known is None else str(known)


def _number(result: Result) -> Any:
    mind = memory()
    known = mind.bound(result._tc.path) if mind is not None else None
    if isinstance(known, (int, float)):
        return known
    try:
        return float(known) if isinstance(known, str) else 1
    except ValueError:
        return 1


def _ordering(name: str, word: str) -> Callable[[Result, Any], bool]:
    def compare(self: Result, other: Any) -> bool:
        mine: Any = _number(self) if isinstance(other, (int, float)) else _text(self)
        against = str(other) if isinstance(other, Result) else other
        try:
            default = bool(getattr(mine, name)(against) is True)
        except TypeError:
            default = True
        mind = memory()
        if mind is None:
            return default
        return mind.decide(f"{self._tc.path} {word} {_shown(other)}", True, default)

    return compare


def _arithmetic(name: str) -> Callable[[Result, Any], Any]:
    def operate(self: Result, other: Any = None) -> Any:
        number = _number(self)
        return getattr(number, name)() if other is None else getattr(number, name)(other)

    return operate


for _name, _word in (("__lt__", "<"), ("__le__", "<="), ("__gt__", ">"), ("__ge__", ">=")):
    setattr(Result, _name, _ordering(_name, _word))
for _name in ("sub", "mul", "truediv", "floordiv", "pow", "divmod", "rsub", "rmul", "rtruediv", "rfloordiv", "rpow", "rdivmod"):
    setattr(Result, f"__{_name}__", _arithmetic(f"__{_name}__"))
for _name in ("neg", "pos", "abs", "round", "trunc", "floor", "ceil"):
    setattr(Result, f"__{_name}__", _arithmetic(f"__{_name}__"))


# --- making them -----------------------------------------------------------------------------------------------------


def _result(node: Node) -> Result:
    mind = memory()
    known = mind.bound(node.path) if mind is not None else None
    made = str.__new__(Result, word_of(node.path) if known is None else str(known))
    made.__dict__["_tc"] = node
    if mind is not None:
        mind.words[str.__str__(made)] = node.path
    return made


def _blank(kind: type[Symbol], path: str, name: str, via: str, data: bool) -> Symbol:
    node = Node(path, name, via, data)
    return _result(node) if kind is Result else Instance(node)


def result_at(path: str, via: str) -> Result:
    """The answer that stands at a symbolic path."""
    return _result(Node(path, path.rpartition(".")[2], via, True))


def answer(
    path: str,
    name: str,
    via: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    frame: types.FrameType,
    *,
    around: Mapping[str, Any] | None = None,
    birth: Birth | None = None,
    object_made: bool | None = None,
) -> Any:
    """Record a call of the absent client and give what it returns, or raise what the code around it is prepared for."""
    makes = makes_object(name) if object_made is None else object_made
    constructing = makes and not connects(name)
    mind = memory()
    detail = detail_of(args, kwargs, around) if mind is not None else None
    what = plain(path)
    record(what, via, detail, constructing=constructing)
    called = mind.numbered(path) if mind is not None else f"{path}()"
    if makes:
        run = state.active()
        born = Birth(what, detail, weakref.ref(run) if run is not None else None, constructing, birth)
        if mind is not None:
            before_answer(Ask(called, path, name, frame, mind), draining=False)
        return Instance(Node(called, name, via, False, args, dict(kwargs) if is_class_name(name) else {}, birth=born))
    if mind is not None:
        ended = before_answer(Ask(called, path, name, frame, mind), draining=True)
        if ended is not None:
            return ended.value
    node = Node(called, name, via, True, birth=birth)
    return [_result(node)] if name in ("fetchall", "fetchmany") else _result(node)
