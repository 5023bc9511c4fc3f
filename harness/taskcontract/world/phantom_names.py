"""The names in an absent client: what stands for its classes, functions, constants, exceptions and base classes.

Nothing is known about a name but its dotted path, so a `Name` can be called, subclassed, subscripted, caught by `isinstance`,
written in an annotation and compared, all at once. Only exceptions must be real classes: `except` accepts nothing else.
"""

from __future__ import annotations

import copyreg
import sys
import typing
from collections.abc import Callable, Iterator
from typing import Any

from taskcontract.world.phantom_calls import decorates, unpacked, wraps_by_hand
from taskcontract.world.phantom_results import Result, result_at
from taskcontract.world.phantom_state import detail_of, memory, record
from taskcontract.world.phantom_values import Instance, Symbol, answer

_ERROR_ENDINGS = ("Error", "Exception", "Warning")
_errors_named: set[tuple[str, str]] = set()
_names: dict[str, Name] = {}
_error_classes: dict[str, type[Exception]] = {}
_base_classes: dict[str, type] = {}
_standing: dict[str, Any] = {}
"""What was set on absent modules outside any run."""


def declare_errors(client: str, names: frozenset[str]) -> None:
    """These identifiers are exception classes where the absent `client` (a top-level name) is asked for them."""
    _errors_named.update((client, name) for name in names)


def attribute(owner: str, name: str) -> Any:
    """What `owner.name` is in an absent client. Raises AttributeError for the names that belong to Python itself."""
    if name == "__version__":
        return "99.0.0"
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(f"{owner}.{name}")
    path = f"{owner}.{name}"
    mind = memory()
    if mind is not None and path in mind.settings:
        return mind.settings[path]
    if path in _standing:
        return _standing[path]
    if _is_error(owner, name):
        return error_class(path)
    return name_at(path)


def assign(owner: str, name: str, value: Any) -> None:
    """Remember what was set on an absent module or class: for the run if one is in progress, otherwise for good."""
    path = f"{owner}.{name}"
    mind = memory()
    if mind is None:
        _standing[path] = value
        return
    mind.settings[path] = value
    record(f"{path} = …", via_of(path), detail_of((value,), {}), constructing=True)


def via_of(path: str) -> str:
    """The `via` of everything reached through `path`: its top-level package."""
    return f"phantom:{path.partition('.')[0]}"


def _is_error(owner: str, name: str) -> bool:
    if (owner.partition(".")[0], name) in _errors_named or (name.endswith(_ERROR_ENDINGS) and name[:1].isupper()):
        return True
    return name.endswith(("Timeout", "NotFound")) and owner.rpartition(".")[2] in ("exceptions", "errors", "error")


def name_at(path: str) -> Name:
    """The one `Name` at a dotted path."""
    if path not in _names:
        _names[path] = Name(path)
    return _names[path]


class Name:
    """A class, function or constant of an absent client, known by its dotted path only."""

    _tc_path: str

    def __init__(self, path: str) -> None:
        self.__dict__["_tc_path"] = path
        self.__dict__["__name__"] = self.__dict__["__qualname__"] = path.rpartition(".")[2]
        self.__dict__["__module__"] = path.rpartition(".")[0]

    def __getattr__(self, name: str) -> Any:
        return attribute(self.__dict__["_tc_path"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        assign(self._tc_path, name, value)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        if not kwargs and len(args) == 1 and decorates(frame, args[0]):
            return args[0]
        made = answer(self._tc_path, via_of(self._tc_path), args, kwargs, frame)
        return args[0] if wraps_by_hand(self._tc_path, args, kwargs) else made

    # a class

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (base_class(self._tc_path),)

    def __instancecheck__(self, value: object) -> bool:
        kind = type(value)
        if issubclass(kind, base_class(self._tc_path)):
            return True
        if isinstance(value, Instance):
            return _same_class(value._tc.path.partition("(")[0], self._tc_path)
        mind = memory()
        if isinstance(value, Result):
            return True if mind is None else mind.decide(f"{value._tc.path} is a {self._tc_path}", True, True)
        return kind in _meant_by(self.__name__)

    def __subclasscheck__(self, cls: type) -> bool:
        return issubclass(cls, base_class(self._tc_path))

    # an annotation

    def __or__(self, other: Any) -> Any:
        return typing.Union[self, other] if _is_annotation(other) else self._combined("|", other)  # noqa: UP007

    def __ror__(self, other: Any) -> Any:
        return typing.Union[other, self] if _is_annotation(other) else self._combined("|", other)  # noqa: UP007

    def __getitem__(self, key: Any) -> Name:
        shown = key.__name__ if isinstance(key, type) else repr(key)
        return name_at(f"{self._tc_path}[{shown}]")

    # a constant

    def _combined(self, sign: str, other: Any) -> Any:
        if isinstance(other, tuple):
            return (self, *other)
        return name_at(f"({self._tc_path} {sign} {other!r})")

    def __add__(self, other: Any) -> Any:
        return self._combined("+", other)

    def __radd__(self, other: Any) -> Any:
        return (*other, self) if isinstance(other, tuple) else self._combined("+", other)

    def __sub__(self, other: Any) -> Any:
        return self._combined("-", other)

    def __mul__(self, other: Any) -> Any:
        return self._combined("*", other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self._combined("/", other)

    def __and__(self, other: Any) -> Any:
        return self._combined("&", other)

    __rand__ = __and__

    def __xor__(self, other: Any) -> Any:
        return self._combined("^", other)

    def __invert__(self) -> Any:
        return name_at(f"~{self._tc_path}")

    def __int__(self) -> int:
        return 1

    __index__ = __int__

    def __float__(self) -> float:
        return 1.0

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return 1

    def __contains__(self, item: object) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        path, via = self._tc_path, via_of(self._tc_path)
        return iter([result_at(f"{path}[{i}]", via) for i in range(unpacked(sys._getframe(1)))])

    def __lt__(self, other: Any) -> bool:
        return False

    def __gt__(self, other: Any) -> bool:
        return True

    __le__, __ge__ = __lt__, __gt__

    # a block

    def __enter__(self) -> Any:
        return result_at(self._tc_path, via_of(self._tc_path))

    def __exit__(self, *exc: object) -> None:
        return None

    # identity

    def __repr__(self) -> str:
        return self._tc_path

    def __reduce__(self) -> Any:
        return (name_at, (self._tc_path,))

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        return ("phantom", self._tc_path)


def _is_annotation(other: Any) -> bool:
    return other is None or isinstance(other, type) or hasattr(other, "__origin__")


def _same_class(path: str, other: str) -> bool:
    """The same class under two import paths."""
    return path == other or (path.partition(".")[0], path.rpartition(".")[2]) == (
        other.partition(".")[0],
        other.rpartition(".")[2],
    )


_MEANINGS: dict[type, tuple[str, ...]] = {
    str: ("string", "str", "text", "unicode"),
    int: ("integer", "int", "long", "number"),
    float: ("float", "number"),
    bytes: ("bytes", "binary"),
    dict: ("dict", "mapping"),
    list: ("list", "sequence"),
}


def _meant_by(name: str) -> tuple[type, ...]:
    """The builtin types that a lower-case name such as `string_types` speaks of; a class of its own is none of them."""
    words = name.split("_")
    return tuple(t for t, meanings in _MEANINGS.items() if words[0] in meanings)


# --- exceptions ------------------------------------------------------------------------------------------------------


class ErrorMeta(type):
    """Attributes of an absent client's exception class: constants, nested names."""

    def __getattr__(cls, name: str) -> Any:
        path = cls.__dict__.get("__taskcontract_phantom__")
        if path is None or (name.startswith("__") and name.endswith("__")) or name.startswith("_abc"):
            raise AttributeError(name)
        return name_at(f"{path}.{name}")

    def __repr__(cls) -> str:
        return str(cls.__dict__.get("__taskcontract_phantom__", f"<class {cls.__qualname__!r}>"))


class PhantomError(Exception, metaclass=ErrorMeta):
    """Base of the exception classes of absent clients. What is read of an instance is an answer."""

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args)
        self.__dict__.update(kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        path = getattr(type(self), "__taskcontract_phantom__", "")
        child = self.__dict__[name] = result_at(f"{path}().{name}", via_of(path))
        return child


def error_class(path: str) -> type[Exception]:
    """The exception class at a dotted path of an absent client."""
    if path not in _error_classes:
        module, _, name = path.rpartition(".")
        base: tuple[type, ...] = (PhantomError, Warning) if name.endswith("Warning") else (PhantomError,)
        made: Any = ErrorMeta(name, base, {"__module__": module, "__taskcontract_phantom__": path})
        _error_classes[path] = made
    return _error_classes[path]


Symbol._tc_error = staticmethod(error_class)


def _reduce_error(cls: type) -> Any:
    path = cls.__dict__.get("__taskcontract_phantom__")
    return (error_class, (path,)) if path is not None else cls.__qualname__


copyreg.pickle(ErrorMeta, _reduce_error)


# --- base classes ----------------------------------------------------------------------------------------------------


class PhantomBase:
    """What a class of the library inherits from when its base is a class of an absent client."""

    _tc_path = ""

    def __init__(self, /, *args: Any, **kwargs: Any) -> None:
        mind = memory()
        if mind is not None:
            record(self._tc_path, via_of(self._tc_path), detail_of(args, kwargs), constructing=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        child = self.__dict__[name] = _inherited(self._tc_path, name)
        return child

    def __taskcontract_only_read__(self, name: str) -> bool:
        """Whether an attribute is only there because it was looked up: that changes no object."""
        child = self.__dict__.get(name)
        return isinstance(child, Symbol) and child._tc.path == f"{self._tc_path}().{name}" and not child._tc.configured()


def _inherited(path: str, name: str) -> Any:
    """An inherited attribute or method of an object whose class derives from an absent one."""
    return result_at(f"{path}().{name}", via_of(path))


def base_class(path: str) -> type:
    """The class that stands for the absent class at `path` in a class statement."""
    if path not in _base_classes:
        module, _, name = path.rpartition(".")
        _base_classes[path] = type(name, (PhantomBase,), {"__module__": module, "_tc_path": path})
    return _base_classes[path]
