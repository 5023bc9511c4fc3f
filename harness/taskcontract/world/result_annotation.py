"""Whether a live result agrees with the return annotation of the function that gave it.

Annotations are strangers' code: one that cannot be resolved, or that means something this module does not know, says nothing,
and so does every part of a result that was invented. What is said is only ever that something is *not* as declared.
"""

from __future__ import annotations

import sys
import types
import typing
from typing import Any, Final

from taskcontract.cassettes.paths import Step, spell
from taskcontract.world.canon import qualified

ELEMENTS: Final = 500
"""How many elements of each container are compared with what is declared about them."""

_DEEPEST: Final = 30
_NOTHING: Final = object()
_NUMBERS: Final = {float: (int,), complex: (int, float), bytes: (bytearray, memoryview)}
_ANYTHING: Final = (Any, object, typing.Self, typing.LiteralString)


def annotation_of(function: Any) -> Any:
    """The return annotation of a function, resolved if it is a text; `NOTHING` when there is none or it cannot be resolved."""
    declared = getattr(function, "__annotations__", None)
    if not isinstance(declared, dict) or "return" not in declared:
        return _NOTHING
    return _resolved(declared["return"], getattr(function, "__globals__", {}))


def says_something(annotation: Any) -> bool:
    """Whether there is a result that an annotation would not agree with."""
    return annotation is not _NOTHING and not any(annotation is thing for thing in _ANYTHING)


def names(annotation: Any, cls: type, depth: int = 0) -> bool:
    """Whether an annotation is about `cls` or one of its bases, anywhere in it; `object` and builtins are about none."""
    if depth > _DEEPEST or annotation is object:
        return False
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__module__ != "builtins" and annotation in cls.__mro__
    return any(names(part, cls, depth + 1) for part in typing.get_args(annotation))


def disagreement(value: Any, annotation: Any, known: dict[str, Any] | None = None) -> str:
    """What is not as the annotation says, as `$.items[0] is an int where str is declared`; "" if nothing is.

    `known` are the names that quoted annotations inside it may use.
    """
    return _Check(known or {}).differs(value, annotation, ())


def _resolved(annotation: Any, known: dict[str, Any]) -> Any:
    for _ in range(3):  # a quoted annotation in a module whose annotations are texts anyway
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if not isinstance(annotation, str):
            return annotation
        try:
            annotation = eval(annotation, dict(known), {})
        except Exception:
            return _NOTHING
    return _NOTHING


class _Check:
    """One result beside one annotation."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known
        self.told = 0

    def differs(self, value: Any, hint: Any, steps: tuple[Step, ...]) -> str:
        hint = _resolved(hint, self.known)
        if not says_something(hint) or len(steps) > _DEEPEST or _invented(type(value)):
            return ""
        if hint is None or hint is type(None):
            return "" if value is None else _said(value, "None", steps)
        if hint in (typing.NoReturn, typing.Never):
            return _said(value, "NoReturn", steps)
        origin = typing.get_origin(hint)
        if origin is not None:
            return self._special(value, hint, origin, typing.get_args(hint), steps)
        if isinstance(hint, typing.NewType):
            return self.differs(value, hint.__supertype__, steps)
        if typing.is_typeddict(hint):
            return self._typed_dict(value, hint, steps)
        return self._of_class(value, hint, hint, steps)

    def _special(self, value: Any, hint: Any, origin: Any, args: tuple[Any, ...], steps: tuple[Step, ...]) -> str:
        if origin in (typing.Union, types.UnionType):
            return "" if any(not self.differs(value, arg, steps) for arg in args) else _said(value, _told(hint), steps)
        if origin in (typing.Annotated, typing.Final, typing.ClassVar, typing.Required, typing.NotRequired):
            return self.differs(value, args[0], steps)
        if origin is typing.Literal:
            same = any(type(value) is type(arg) and value == arg for arg in args)
            return "" if same else _said(value, _told(hint), steps)
        if origin is tuple and not args and hint is not typing.Tuple:  # noqa: UP006  # `tuple[()]`, and no bare one
            args = ((),)
        return self._of_class(value, origin, hint, steps) or self._elements(value, origin, args, steps)

    def _of_class(self, value: Any, cls: Any, hint: Any, steps: tuple[Step, ...]) -> str:
        if not isinstance(cls, type) or _invented(cls) or getattr(cls, "_is_protocol", False):
            return ""
        kind = type(value)
        if issubclass(kind, (cls, *_NUMBERS.get(cls, ()))):
            return ""
        return _said(value, _told(hint), steps)

    def _elements(self, value: Any, origin: Any, args: tuple[Any, ...], steps: tuple[Step, ...]) -> str:
        kind = type(value)
        if kind is dict and len(args) == 2:
            pairs = list(value.items())[:ELEMENTS]
            found = (self.differs(v, args[1], (*steps, k if isinstance(k, (str, int)) else repr(k))) for k, v in pairs)
            keys = (_of_key(self.differs(k, args[0], ()), k) for k, _ in pairs)
            return next((text for text in (*found, *keys) if text), "")
        if kind is tuple and origin is tuple and args and args[-1] is not Ellipsis:
            wanted = () if args == ((),) else args
            if len(value) != len(wanted):
                return f"{spell(steps)} has {len(value)} elements where {len(wanted)} are declared"
            found = (self.differs(v, hint, (*steps, n)) for n, (v, hint) in enumerate(zip(value, wanted, strict=True)))
            return next((text for text in found if text), "")
        if kind in (list, tuple, set, frozenset) and args and origin is not type:
            found = (self.differs(v, args[0], (*steps, n)) for n, v in enumerate(list(value)[:ELEMENTS]))
            return next((text for text in found if text), "")
        return ""

    def _typed_dict(self, value: Any, hint: Any, steps: tuple[Step, ...]) -> str:
        if not isinstance(value, dict):
            return _said(value, hint.__name__, steps)
        known = vars(sys.modules.get(hint.__module__, types.ModuleType(""))) | self.known
        absent = [key for key in hint.__annotations__ if key in hint.__required_keys__ and key not in value]
        missing = [key for key in absent if not _may_be_missing(_resolved(hint.__annotations__[key], known))]
        if missing:
            return f"{spell(steps)} has no {missing[0]!r}, which {hint.__name__} requires"
        inner = _Check(known)
        found = (inner.differs(value[k], kind, (*steps, k)) for k, kind in hint.__annotations__.items() if k in value)
        return next((text for text in found if text), "")


def _may_be_missing(hint: Any) -> bool:
    """Whether the annotation of a key says so, or says nothing: quoted ones are not seen by `TypedDict` itself."""
    return hint is _NOTHING or typing.get_origin(hint) is typing.NotRequired


def _invented(cls: type) -> bool:
    """Whether a class is the harness's own: what stands in for an answer or a client says nothing about what they would be."""
    return str(getattr(cls, "__module__", "")).partition(".")[0] == "taskcontract"


def _of_key(text: str, key: object) -> str:
    return f"the key {key!r}{text[1:]}" if text else ""


def _said(value: Any, declared: str, steps: tuple[Step, ...]) -> str:
    kind = "None" if value is None else qualified(type(value))
    return f"{spell(steps)} is {kind} where {declared} is declared"


def _told(hint: Any) -> str:
    if isinstance(hint, type) and not typing.get_args(hint):
        return qualified(hint)
    return str(hint).replace("typing.", "").replace("collections.abc.", "")


NOTHING: Final = _NOTHING
"""There is no annotation, or it says nothing."""

__all__ = ["NOTHING", "annotation_of", "disagreement", "names", "says_something"]
