"""The nodes that stand for invented JSON: text, dict, list and number at once.

A node is a view of one `Leaf`. `Invention` is a `str`, for code that joins, formats or sends it; a whole answer is an
`InventedObject`, a `dict`, since that is what nearly every answer is. What the code changes on a node stays with that node,
as with any decoded JSON: decoding the same answer again gives a fresh one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final, SupportsIndex

from taskcontract.world.invention_lookups import class_hoped_for, members_looked_up, operation
from taskcontract.world.invention_numbers import Numeric
from taskcontract.world.invention_tree import NO_LITERAL, UNBOUND, Leaf, concrete, literal_of

_GONE: Final = object()
_REQUIRED: Final = object()


class _Keys(list[Any]):
    """The keys of a node: those known so far, while asking for another asks the node."""

    def __init__(self, node: Symbolic, keys: list[Any]) -> None:
        super().__init__(keys)
        self._node = node

    def __contains__(self, key: object) -> bool:
        return key in self._node


class Symbolic(Numeric):
    """All that a node can do, whatever builtin it is built on."""

    __slots__ = ()
    _tc_own: dict[Any, Any]
    _tc_more: list[Any]

    # --- as a dict or a list ---------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        leaf, own = self._tc_leaf, self._tc_own
        if isinstance(key, slice):
            return self._tc_slice(key)
        if isinstance(key, Symbolic):
            if leaf.shape == "list" and leaf.children.get(0) is key._tc_leaf:
                leaf.as_keys()
            key = key._tc_text()
        if own and key in own:
            if own[key] is _GONE:
                raise KeyError(key)
            return own[key]
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            raise KeyError(key)
        if isinstance(key, int):
            return self._tc_element(key)
        return node_for(leaf.child(str(key)))

    def _tc_element(self, position: int) -> Any:
        return self._tc_elements(max(1, position + 1))[position]

    def _tc_elements(self, least: int = 1) -> list[Any]:
        return [node_for(leaf) for leaf in self._tc_leaf.elements(least)] + self._tc_more

    def _tc_slice(self, part: slice) -> Any:
        leaf = self._tc_leaf
        if leaf.shape == "list":
            return self._tc_elements()[part]
        leaf.uses.add("text")
        return self._tc_text()[part]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._tc_leaf.shape = self._tc_leaf.shape or "dict"
        self._tc_own[key] = value

    def __delitem__(self, key: Any) -> None:
        self[key]
        self._tc_own[key] = _GONE

    def __contains__(self, item: object) -> bool:
        leaf = self._tc_leaf
        if isinstance(item, Symbolic):
            item = item._tc_text()
        if item in self._tc_own:
            return self._tc_own[item] is not _GONE
        literal = literal_of(item)
        if literal is NO_LITERAL:
            return False
        if leaf.shape == "list":
            return any(element == literal for element in self._tc_elements())
        if leaf.bound is not UNBOUND or ("text" in leaf.uses and not leaf.shape):
            return str(literal) in self._tc_text() or (leaf.bound is UNBOUND and leaf.has(literal, default=False))
        return leaf.has(literal)

    def get(self, key: Any, default: Any = None) -> Any:
        key = key._tc_text() if isinstance(key, Symbolic) else key
        if key in self._tc_own:
            return default if self._tc_own[key] is _GONE else self._tc_own[key]
        self._tc_leaf.shape = self._tc_leaf.shape or "dict"
        found = self._tc_leaf.get(str(key))
        return default if found is None else node_for(found)

    def pop(self, key: Any = -1, default: Any = _REQUIRED) -> Any:
        if isinstance(key, int) and not isinstance(key, bool):
            return self[key]
        value = self.get(key, _GONE)
        if value is _GONE and default is _REQUIRED:
            raise KeyError(key)
        self._tc_own[key] = _GONE
        return default if value is _GONE else value

    def setdefault(self, key: Any, default: Any = None) -> Any:
        value = self.get(key, _GONE)
        if value is _GONE:
            self[key] = value = default
        return value

    def keys(self) -> Any:
        own, leaf = self._tc_own, self._tc_leaf
        merged = operation(sys._getframe(1))[0] == "DICT_MERGE"  # `f(**node)`: an invented name would be no parameter of f
        unknown = not leaf.children and not any(leaf.members.values()) and (own or merged)
        known = [] if unknown else [key for key in leaf.known_keys() if own.get(key) is not _GONE]
        return _Keys(self, known + [key for key in own if key not in known and own[key] is not _GONE])

    def items(self) -> Any:
        return [(key, self[key]) for key in self.keys()]

    def values(self) -> Any:
        return [self[key] for key in self.keys()]

    def update(self, *others: Any, **more: Any) -> None:
        self._tc_leaf.shape = self._tc_leaf.shape or "dict"
        self._tc_own.update(*others, **more)

    def append(self, item: Any) -> None:
        self._tc_leaf.shape = self._tc_leaf.shape or "list"
        self._tc_more.append(item)

    def extend(self, items: Any) -> None:
        self._tc_leaf.shape = self._tc_leaf.shape or "list"
        self._tc_more.extend(items)

    def sort(self, **_: Any) -> None:
        self._tc_leaf.shape = self._tc_leaf.shape or "list"

    reverse = sort

    def copy(self) -> Any:
        made = type(self)(self._tc_leaf)  # type: ignore[call-arg]
        made._tc_own.update(self._tc_own)
        made._tc_more.extend(self._tc_more)
        return made

    def __iter__(self) -> Iterator[Any]:
        leaf = self._tc_leaf
        asked_for_keys = not leaf.shape and leaf.is_root and any(leaf.members.values())
        if leaf.shape == "dict" or asked_for_keys:
            keys: Iterator[Any] = iter(self.keys())
            return keys
        name, count = operation(sys._getframe(1))
        return iter(self._tc_elements(count if name == "UNPACK_SEQUENCE" else 1))

    def __reversed__(self) -> Iterator[Any]:
        return iter(list(self)[::-1])

    def __len__(self) -> int:
        leaf = self._tc_leaf
        if leaf.bound is not UNBOUND or (leaf.is_text and not leaf.shape):
            return len(self._tc_text())
        leaf.uses.add("sized")
        if not leaf.is_true():
            return len(self._tc_more)
        return max(1, len(leaf.children)) + len(self._tc_more)

    def __or__(self, other: Any) -> Any:
        return {**dict(self.items()), **other}

    def __ror__(self, other: Any) -> Any:
        return {**other, **dict(self.items())}

    # --- decided ---------------------------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        return bool(self._tc_own or self._tc_more) or self._tc_leaf.is_true()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Symbolic):
            return other._tc_leaf is self._tc_leaf or other._tc_text() == self._tc_text()
        if isinstance(other, (dict, list, tuple)):
            return (not other and not self._tc_leaf.is_true()) or bool(other and self.__taskcontract_plain__() == other)
        literal = literal_of(other)
        return literal is not NO_LITERAL and self._tc_leaf.equals(literal)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        bound = self._tc_leaf.bound
        if bound is UNBOUND:
            members = [literal_of(member) for member in members_looked_up(sys._getframe(1))]
            bound = next((m for m in members if m is not NO_LITERAL and self._tc_leaf.equals(m)), UNBOUND)
        return hash(self._tc_text() if bound is UNBOUND else bound)

    def _tc_ordered(self, other: Any, text: Callable[[str, str], bool], number: Callable[[Any, Any], bool]) -> Any:
        if isinstance(other, (int, float)):
            return number(self._tc_leaf.number_value(), other)
        if isinstance(other, str):
            self._tc_leaf.uses.add("text")
            return text(self._tc_text(), other._tc_text() if isinstance(other, Symbolic) else other)
        return NotImplemented

    def __lt__(self, other: Any) -> Any:
        return self._tc_ordered(other, lambda a, b: a < b, lambda a, b: a < b)

    def __le__(self, other: Any) -> Any:
        return self._tc_ordered(other, lambda a, b: a <= b, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> Any:
        return self._tc_ordered(other, lambda a, b: a > b, lambda a, b: a > b)

    def __ge__(self, other: Any) -> Any:
        return self._tc_ordered(other, lambda a, b: a >= b, lambda a, b: a >= b)

    @property
    def __class__(self) -> Any:
        leaf = self._tc_leaf
        kinds = {"dict": dict, "list": list}
        if not leaf.shape and not leaf.uses and not leaf.ledger.run.over and leaf.bound is UNBOUND:
            wanted = class_hoped_for(sys._getframe(1))
            next((name for name, kind in kinds.items() if issubclass(kind, wanted) and leaf.is_of(name)), None)
        return kinds.get(leaf.shape, type(self))

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError("the class of an answer cannot be changed")

    # --- as text ---------------------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Symbolic):
            other = other._tc_text()
        if isinstance(other, str):
            return self._tc_text() + other
        if isinstance(other, list):
            return self._tc_elements() + other
        return self._tc_leaf.number_value() + other

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, str):
            return other + self._tc_text()
        if isinstance(other, list):
            return other + self._tc_elements()
        return other + self._tc_leaf.number_value()

    def __str__(self) -> str:
        return Derived(self, str) if self._tc_leaf.bound is UNBOUND else self._tc_text()

    def __repr__(self) -> str:
        return repr(self._tc_text())

    def __format__(self, spec: str) -> str:
        if spec and spec[-1] in "dfeEgGn%":
            return format(self._tc_leaf.number_value(), spec)
        return format(self._tc_text(), spec)

    # --- as itself -------------------------------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and self._tc_leaf.boxed:
            return self[name]
        raise AttributeError(f"{type(self).__bases__[-1].__name__!r} object has no attribute {name!r}")

    def __taskcontract_plain__(self) -> Any:
        """The plain data it stands for, with the changes made on this node."""
        from taskcontract.world.inventions import plain

        value = concrete(self._tc_leaf)
        if isinstance(value, dict) and self._tc_own:
            value = {**value, **{k: plain(v) for k, v in self._tc_own.items() if v is not _GONE}}
            return {k: v for k, v in value.items() if self._tc_own.get(k) is not _GONE}
        return value + [plain(v) for v in self._tc_more] if isinstance(value, list) else value

    def __taskcontract_decoded__(self) -> Any:
        """What decoding its text as JSON gives."""
        bound = self._tc_leaf.bound
        return node_for(self._tc_leaf.decode()) if bound is UNBOUND else json.loads(str(bound))

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        return sub(self.__taskcontract_plain__())

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return (json.loads, (json.dumps(self.__taskcontract_plain__()),))


class Invention(Symbolic, str):
    """A place in an answer that may be anything; text to all that insists on text."""

    _tc_own: dict[Any, Any]

    def __new__(cls, leaf: Leaf) -> Invention:
        bound = leaf.bound
        made = str.__new__(cls, leaf.word if bound is UNBOUND else str(bound))
        made._tc_leaf, made._tc_own, made._tc_more = leaf, {}, []
        return made


class InventedObject(Symbolic, dict):  # type: ignore[misc,type-arg]
    """A place in an answer that is an object unless it is read as something else."""

    def __init__(self, leaf: Leaf) -> None:
        dict.__init__(self)
        self._tc_leaf, self._tc_own, self._tc_more = leaf, {}, []


class InventedList(Symbolic, list):  # type: ignore[misc,type-arg]
    """A place in an answer that is known to be a list."""

    def __init__(self, leaf: Leaf) -> None:
        list.__init__(self)
        self._tc_leaf, self._tc_own, self._tc_more = leaf, {}, []


def node_for(leaf: Leaf) -> Any:
    """A fresh node for `leaf`, on the builtin that it is known to be."""
    kind = leaf.ledger.run.literal(leaf.path + "#") or ("'dict'" if leaf.is_root else "")
    made = {"'list'": InventedList, "'dict'": InventedObject}.get(kind, Invention)
    return made(leaf)


class Derived(str):
    """The text of a node after a change of case or a strip: what it is compared with decides what the node equals."""

    _source: Symbolic
    _change: Callable[[str], str]

    def __new__(cls, source: Symbolic, change: Callable[[str], str]) -> Derived:
        made = str.__new__(cls, change(source._tc_text()))
        made._source, made._change = source, change
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str) or isinstance(other, (Symbolic, Derived)):
            return str.__eq__(str(self), str(other))
        wanted = str.__str__(other)
        candidates = [c for c in dict.fromkeys((wanted, wanted.lower(), wanted.upper())) if self._change(c) == wanted]
        bound = self._source._tc_leaf.bound
        if bound is not UNBOUND:
            return self._change(str(bound)) == wanted
        return bool(candidates) and self._source._tc_leaf.equals(candidates[0])

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        if self._source._tc_leaf.bound is UNBOUND:
            any(self == member for member in members_looked_up(sys._getframe(1)) if isinstance(member, str))
        return hash(str(self))

    def __str__(self) -> str:
        return self._change(self._source._tc_text())

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        return sub(str(self))

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return (str, (str(self),))
