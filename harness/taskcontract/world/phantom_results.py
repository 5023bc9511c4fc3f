"""What a call of an absent client answered: a text that is also a dict, a list of one, a number, and what it is compared with.

How a question about it is decided is in phantom_state.py. An answer does not hold the object it came from, so that a client is
gone when the run lets go of it.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from taskcontract.world.own_lookup import demanded, looked_up
from taskcontract.world.phantom_calls import Ask, before_answer, searched
from taskcontract.world.phantom_nodes import Birth, Node
from taskcontract.world.phantom_state import detail_of, is_unwelcome, memory, record, word_of
from taskcontract.world.phantom_values import Instance, Symbol, shown

_TYPES: dict[str, type] = {"int": int, "bool": bool, "float": float, "bytes": bytes}


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

    def _head(self) -> tuple[str, ...]:
        return ("answer", self._tc.path, self._tc.kind) if self._tc.kind else ("answer", self._tc.path)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """The type that the real client gives there, where it is known: what `isinstance` asks for."""
        return _TYPES.get(self._tc.kind, Result)

    def __hash__(self) -> int:
        mind = memory()
        members = searched(sys._getframe(1)) if mind is not None else ()
        for literal in sorted(members, key=lambda member: (not _is_hoped_for(member), repr(member))):
            if self == literal:  # a set finds only what has the hash of a member
                return hash(literal)
        return hash(str.__str__(self))

    def __bool__(self) -> bool:
        mind = memory()
        if mind is None:
            return True
        node = self._tc
        known = mind.bound(node.path)
        if known is not None:
            return bool(known)
        return mind.decide(f"{node.path}?", True, not is_unwelcome(node.name))

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
        return mind.decide(self._tc.path, other, _is_hoped_for(other))

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
            return [self._item(0), *other] if isinstance(other, list) else (self._item(0), *other)
        return _text(self) + str(other) if isinstance(other, str) else _number(self) + other

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, (list, tuple)):
            return [*other, self._item(0)] if isinstance(other, list) else (*other, self._item(0))
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
        return self.get(*args, **kwargs) if self._tc.data else self._child("setdefault")(*args, **kwargs)

    def update(self, *args: Any, **kwargs: Any) -> Any:
        if not self._tc.data or not all(isinstance(a, dict) for a in args):
            return self._child("update")(*args, **kwargs)
        for given in (*args, kwargs):
            self._tc.items.update(given)
        return None

    def append(self, *args: Any, **kwargs: Any) -> Any:
        if not self._tc.data or kwargs or len(args) != 1:
            return self._child("append")(*args, **kwargs)
        self._tc.items[len(self._tc.items) + 1] = args[0]
        return None

    def decode(self, *args: Any, **kwargs: Any) -> Any:
        return self if self._tc.data else self._child("decode")(*args, **kwargs)

    def _keys(self) -> list[str]:
        read = [slot[2:-1] for slot in self._tc.children if slot.startswith("['") and slot.endswith("']")]
        put = [k for k in self._tc.items if isinstance(k, str)]
        return list(dict.fromkeys([s.rstrip("'") for s in read] + put)) or ["name"]


class View(Result):
    """`items`, `keys` or `values` of an answer: the dict's method when it is called bare, otherwise a field of that name."""

    _tc_of: Result

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        of = self._tc_of
        if args or kwargs or not of._tc.data:
            return super().__call__(*args, **kwargs)
        keys = of._keys()
        if self._tc.name == "keys":
            return keys
        return [of._item(k) for k in keys] if self._tc.name == "values" else [(k, of._item(k)) for k in keys]


def _view(name: str) -> property:
    def look(self: Result) -> Any:
        field = self._child(name)
        if type(field) is not Result:
            return field
        view = str.__new__(View, str.__str__(field))
        view.__dict__.update(_tc=field._tc, _tc_of=self)
        return view

    return property(look)


for _name in ("items", "keys", "values"):
    setattr(Result, _name, _view(_name))

_TEXT_NAMES = frozenset(
    (
        "text",
        "content",
        "body",
        "message",
        "log",
        "logs",
        "output",
        "sha",
        "id",
        "name",
        "description",
        "summary",
        "title",
        "url",
    )
)


def _belonging(name: str) -> property:
    """A name that `str` has too, but that on an answer is the client's own."""
    return property(lambda self: self._child(name))


for _name in ("find", "index", "count", "title", "center", "join", "translate", "format_map", "expandtabs", "casefold"):
    setattr(Result, _name, _belonging(_name))


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


def _is_hoped_for(literal: object) -> bool:
    """Whether an answer equals a literal until somebody decides otherwise: not when that says failed, not yet, or no."""
    if literal is False or (isinstance(literal, (str, bytes, list, tuple)) and not literal):
        return False
    return not is_unwelcome(literal if isinstance(literal, str) else getattr(literal, "name", ""))


def _ordering(name: str, word: str) -> Callable[[Result, Any], bool]:
    def compare(self: Result, other: Any) -> bool:
        mine: Any = _number(self) if isinstance(other, (int, float)) else _text(self)
        against = str(other) if isinstance(other, Result) else other
        default = getattr(mine, name)(against) is not False  # what cannot be ordered is as it is hoped to be
        mind = memory()
        if mind is None:
            return default
        return mind.decide(f"{self._tc.path} {word} {shown(other)}", True, default)

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


Symbol._tc_result = staticmethod(_result)


def result_at(path: str, via: str) -> Result:
    """The answer that stands at a symbolic path."""
    return _result(Node(path, path.rpartition(".")[2], via, True))


def _class_at(path: str) -> type[BaseException]:
    """The exception class of an installed client at a dotted path; RuntimeError where it has none of that name."""
    module, _, name = path.rpartition(".")
    found = getattr(sys.modules.get(module), name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else RuntimeError


def opened(
    path: str, via: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], frame: types.FrameType, *, constructing: bool
) -> Instance:
    """Record that a client was opened, and give the object in its place."""
    node = Node(path, path.rpartition(".")[2], via)
    mind = memory()
    if mind is not None:
        found = looked_up(path, args, kwargs)
        complaint = demanded(path, found)
        if complaint is not None:
            raise _class_at(complaint.error)(complaint.text)
        detail = detail_of(args, kwargs if found is None else found.kwargs)
        record(path, via, detail, constructing=constructing)
        node.path = mind.numbered(path)
        node.birth = Birth(path, detail, weakref.ref(mind.run), constructing, None)
        before_answer(Ask(node.path, path, node.name, frame, mind), draining=False)
    return Instance(node)
