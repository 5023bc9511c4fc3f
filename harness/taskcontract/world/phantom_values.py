"""Objects of an absent client: what is done with them is recorded, what is set on them is remembered.

`Symbol` is everything that such an object can be asked for; `Instance` is one to work with (a client, a connection, a model),
always true, whose configuration belongs to its canonical form. `answer` is what happens when something of the client is called.
What a call answers with is in phantom_results.py.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from taskcontract.world.canon import canon
from taskcontract.world.clients import opener
from taskcontract.world.own_lookup import Found, demanded, looked_up
from taskcontract.world.phantom_calls import Ask, before_answer, decorates, unpacked, wraps_by_hand
from taskcontract.world.phantom_known import known_shape
from taskcontract.world.phantom_nodes import Birth, Node
from taskcontract.world.phantom_shapes import emptied, shaped
from taskcontract.world.phantom_state import (
    Memory,
    connects,
    detail_of,
    is_class_name,
    is_factory,
    is_pure,
    is_unwelcome,
    memory,
    only_made_something,
    plain,
    record,
)


def shown(value: object) -> str:
    return repr(value) if isinstance(value, (str, bytes, int, float, bool, type(None))) else type(value).__name__


class Symbol:
    """What `Instance` and `Result` share. Its own state is in `_tc`; every other public name belongs to the absent client."""

    _tc: Node
    _tc_result: ClassVar[Callable[[Node], Any]]
    """Makes an answer of a node; set by phantom_results.py, which builds on this module."""
    _tc_error: ClassVar[Callable[[str], type[Exception]]]
    """The exception class at a dotted path; set by phantom_names.py."""

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
            child = Node(f"{node.path}.{name}", name, node.via, node.data, owner=weakref.ref(node), birth=node.birth)
            node.children[name] = _part(child)
        return node.children[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_tc":
            self.__dict__["_tc"] = value
        else:
            self._tc.sets[name] = value

    def __delattr__(self, name: str) -> None:
        self._tc.sets.pop(name, None)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        node = self._tc
        frame = sys._getframe(1)
        if not kwargs and len(args) == 1 and decorates(frame, args[0]):
            return args[0]
        if wraps_by_hand(node.path, args, kwargs):
            only_made_something(plain(node.path).removesuffix("()"))
            return args[0]
        if node.birth is not None:
            node.birth.revive(node.via)
        method = Method(node.name, {**node.around(), **node.configured(0)}, node.birth)
        path = f"{node.path}.__call__" if plain(node.path)[-1] in ")]" else node.path
        return answer(path, node.via, args, kwargs, frame, method)

    # items

    def _item(self, key: Any) -> Any:
        node = self._tc
        if key in node.items:
            return node.items[key]
        name = key if isinstance(key, str) else node.name
        slot = f"[{key!r}]"
        if slot not in node.children:
            node.children[slot] = _part(Node(f"{node.path}{slot}", str(name), node.via, True, birth=node.birth))
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
        return mind.decide(f"{self._tc.path} has {shown(key)}", True, not is_unwelcome(key))

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
        yield  # type: ignore[unreachable]

    def __aiter__(self) -> Any:
        async def one() -> Any:
            yield self._item(0)

        return one()

    # identity

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        node = self._tc
        kept = {k: v for k, v in node.configured().items() if v is not self}
        given = [*(sub(a) for a in node.args), *((k, sub(v)) for k, v in sorted(node.kwargs.items()) if k not in kept)]
        settings = [("with", *((k, sub(kept[k])) for k in sorted(kept)))] if kept else []
        return (*self._head(), *given, *settings)

    def _head(self) -> tuple[str, ...]:
        return ("phantom", plain(self._tc.path))

    def __reduce__(self) -> Any:
        node = self._tc
        made = (isinstance(self, Instance), node.path, node.name, node.via, node.data)
        return (_blank, made, (node.args, dict(node.kwargs), node.sets, node.items, node.children, node.kind))

    def __setstate__(self, kept: Any) -> None:
        node = self._tc
        node.args, node.kwargs, node.sets, node.items, node.children, node.kind = kept
        for child in node.children.values():
            if isinstance(child, Symbol) and not child._tc.path.endswith("]"):
                child._tc.owner = weakref.ref(node)

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


def _blank(instance: bool, path: str, name: str, via: str, data: bool) -> Symbol:
    node = Node(path, name, via, data)
    return Instance(node) if instance else Symbol._tc_result(node)


def _part(node: Node) -> Any:
    """What is read of an object, of its type where that is known."""
    shape = known_shape(node.path, node.birth)
    return Symbol._tc_result(node) if shape is None else shaped(shape, node, Symbol._tc_result)


@dataclass(frozen=True, slots=True)
class Method:
    """What is called, when it is a method of an object: its name, what is set on the object, how the object came to be."""

    name: str
    around: Mapping[str, Any]
    birth: Birth | None


def answer(
    path: str, via: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], frame: types.FrameType, method: Method | None = None
) -> Any:
    """Record a call of the absent client and give what it returns, or raise what the code around it is prepared for."""
    name = method.name if method is not None else path.rpartition(".")[2]
    model = method is None and is_class_name(name.lstrip("_"))
    makes = model or connects(name) or is_factory(name)
    opens = opener(path) if method is None else None
    constructing = opens.only_makes(args, kwargs) if opens is not None else (makes and not connects(name)) or is_pure(name)
    birth = method.birth if method is not None else None
    what, mind = plain(path), memory()
    if mind is None:
        return _given(Node(f"{path}()", name, via, not makes, args, dict(kwargs) if model else {}), makes)
    found = looked_up(path, args, kwargs) if method is None else None
    _complain(what, found, mind)
    kwargs = dict(found.kwargs) if found is not None else kwargs
    _revive_given((*args, *kwargs.values()))
    detail = detail_of(args, kwargs, method.around if method is not None else None)
    record(what, via, detail, constructing=constructing)
    called = mind.numbered(path)
    if found is not None and found.lacks and found.later:
        mind.lacking[called] = (what, found)
    ended = before_answer(Ask(called, path, name, frame, mind), draining=not makes)
    shape = known_shape(f"{path}()", birth)
    if ended is not None:
        return emptied(shape, ended.value)
    if shape is not None:
        return shaped(shape, Node(called, name, via, True, birth=birth), Symbol._tc_result)
    if makes:
        birth = Birth(what, detail, weakref.ref(mind.run), constructing, birth)
    return _given(Node(called, name, via, not makes, args, dict(kwargs) if model else {}, birth=birth), makes)


def _complain(what: str, found: Found | None, mind: Memory) -> None:
    """Raise what the client says that has no credential, where it is asked for one: when it is opened, or when it is used."""
    used = next((known for called, known in mind.lacking.items() if what.startswith(f"{plain(called)}.")), None)
    complaint = demanded(*used) if used is not None else None if found is None or found.later else demanded(what, found)
    if complaint is not None:
        raise Symbol._tc_error(complaint.error)(complaint.text)


def _given(node: Node, makes: bool) -> Any:
    if makes:
        return Instance(node)
    node.args = ()
    return [Symbol._tc_result(node)] if node.name in ("fetchall", "fetchmany") else Symbol._tc_result(node)


def _revive_given(values: tuple[Any, ...]) -> None:
    """Objects handed on as arguments are worked with, too."""
    for value in values:
        if isinstance(value, Symbol) and value._tc.birth is not None:
            value._tc.birth.revive(value._tc.via)
        elif type(value) in (list, tuple):
            _revive_given(tuple(v for v in value if isinstance(v, Symbol)))
