"""Answers whose type is known: rows, documents and containers of the real client's types, filled with symbolic leaves.

A shape is the name of a leaf's exact type ("int", "bytes"), "None", "{}" (an empty dict), "row" (a tuple of as many columns as
are read of it), "record" (a dict of the columns that are read of it), ("dict", KEY) (such a dict, with keys of that type), or
("list" | "tuple" | "set", SHAPE...) with one element of each. Which client answers what is in phantom_known.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from taskcontract.world.phantom_calls import unpacked
from taskcontract.world.phantom_nodes import Node

Shape = str | tuple[Any, ...]
Make = Callable[[Node], Any]


def shaped(shape: Shape, node: Node, make: Make) -> Any:
    """An answer of `shape` that stands at `node`; `make` gives the symbolic leaf at a node."""
    if isinstance(shape, str):
        return _single(shape, node, make)
    sort, *inner = shape
    if sort == "dict":
        return Record(make(node), inner[0])
    alone = len(inner) == 1 and inner[0] in ("row", "record")  # a row stands where the rows stand, as far as paths can tell
    parts = [shaped(s, node if alone else _at(node, at, s), make) for at, s in enumerate(inner)]
    return {"list": list, "tuple": tuple, "set": set}[sort](parts)


def emptied(shape: Shape | None, empty: Any) -> Any:
    """What a source of `shape` gives when it has run dry: `empty`, in the type that the client would give it in."""
    if isinstance(empty, list) and isinstance(shape, tuple) and shape[0] == "tuple":
        return ()
    return b"" if empty == "" and shape == "bytes" else empty


def _single(shape: str, node: Node, make: Make) -> Any:
    if shape == "None":
        return None
    if shape == "{}":
        return {}
    if shape == "row":
        return Row(make(node))
    if shape == "record":
        return Record(make(node), "str")
    node.kind = shape
    return make(node)


def _at(node: Node, at: int, shape: Shape) -> Node:
    name = node.name if isinstance(shape, tuple) else shape
    return Node(f"{node.path}[{at}]", name, node.via, True, birth=node.birth)


class Row(tuple[Any, ...]):
    """A row of a database's answer: a tuple that has as many columns as the task reads."""

    _tc_source: Any

    def __new__(cls, source: Any) -> Row:
        made = super().__new__(cls, (source._item(0),))
        made._tc_source = source
        return made

    def __getitem__(self, key: Any) -> Any:
        return tuple(self)[key] if isinstance(key, slice) else self._tc_source._item(key)

    def __iter__(self) -> Iterator[Any]:
        return iter([self._tc_source._item(at) for at in range(max(unpacked(sys._getframe(1)), len(self._columns())))])

    def __bool__(self) -> bool:
        return bool(self._tc_source)  # whether there was one: the task may go either way

    def _columns(self) -> list[Any]:
        children = self._tc_source._tc.children
        read = [int(slot[1:-1]) for slot in children if slot[1:-1].isdecimal()]
        return [self._tc_source._item(at) for at in range(max(read, default=0) + 1)]

    def __reduce__(self) -> Any:
        return (Row, (self._tc_source,))

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        return ("tuple", *(sub(column) for column in self._columns()))


class Record(dict[Any, Any]):
    """A document of an answer: a dict that has the keys that the task reads, besides those that it has put there."""

    def __init__(self, source: Any, key: str) -> None:
        super().__init__()
        self.__dict__.update(source=source, key=key)

    def __getitem__(self, key: Any) -> Any:
        return self._got(key)

    def get(self, key: Any, default: Any = None) -> Any:
        return self._got(key)

    def _got(self, key: Any) -> Any:
        if not dict.__contains__(self, key):
            name = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
            dict.__setitem__(self, key, self.__dict__["source"]._item(name))
        return dict.__getitem__(self, key)

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or key in self.__dict__["source"]

    def __bool__(self) -> bool:
        return bool(self.__dict__["source"])

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._read())

    def _read(self) -> list[Any]:
        """The keys; an answer of which none was read has one all the same."""
        if not dict.__len__(self):
            self._got(b"name" if self.__dict__["key"] == "bytes" else "name")
        return list(dict.keys(self))

    def keys(self) -> Any:
        self._read()
        return dict.keys(self)

    def values(self) -> Any:
        self._read()
        return dict.values(self)

    def items(self) -> Any:
        self._read()
        return dict.items(self)

    def __reduce__(self) -> Any:
        return (Record, (self.__dict__["source"], self.__dict__["key"]), None, None, iter(dict.items(self)))

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        return ("dict", *sorted(((sub(key), sub(self._got(key))) for key in self._read()), key=repr))
