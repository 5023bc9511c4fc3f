"""Where code keeps things between two calls, found by looking at what it can change, not by trying.

A function keeps something in a name that it declares `global`, in an attribute of a class or a module, in a cache of
`functools`, or in a container or an object that the module, a class, a default or a closure holds on to. Names are told from
the compiled code, which costs nothing while tasks run.
"""

from __future__ import annotations

import dis
import functools
import sys
import threading
import types
from collections import deque
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from taskcontract.world.importing import LIBRARY

CONTAINERS: Final = (dict, list, set, deque)
DEEPEST, MOST = 6, 400
"""How far is looked into what a module holds, and at how many things."""

_HOST: Final = frozenset(
    {
        "taskcontract", "pytest", "_pytest", "pluggy", "xdist", "execnet", "coverage", "hypothesis", "click", "rich", "yaml",
        "vcr", "responses", "cloudpickle", "prefect", "pendulum", "marshmallow", "dask", "distributed", "tornado", "toolz",
        "requests", "urllib3", "certifi", "charset_normalizer", "idna", "mypy", "pkg_resources", "setuptools",
    }
)  # fmt: skip
"""What judging itself stands on: it keeps no credential, or is put back elsewhere."""
_PLAIN: Final = frozenset({"numpy", "pandas", "scipy", "pyarrow", "matplotlib", "sklearn", "torch", "tensorflow", "shapely"})
"""Large packages that know nothing of credentials."""
_OF_TASKS: Final = ("prefect.tasks.", "prefect.utilities.")
_STANDARD: Final = frozenset({"urllib.request"})
"""Modules of the standard library that keep what signs in: an opener that is installed for everybody."""
_LOOKED_INTO: Final = frozenset({"weakref", "collections", "_thread", "_threading_local", "types", "http", "requests"})
_STORES_GLOBAL: Final = dis.opmap["STORE_GLOBAL"]
_STORES_ATTRIBUTE: Final = dis.opmap["STORE_ATTR"]
_CLASS_WORDS: Final = frozenset({"cls", "type", "__class__"})
"""What code says that assigns an attribute of a class, beside the class's own name."""
_BETWEEN: Final = frozenset({"PRECALL", "CACHE", "EXTENDED_ARG"})
_CACHE: Final = type(functools.lru_cache(lambda: None))
_FUNCTIONS: Final = (types.FunctionType, staticmethod, classmethod, property, types.MethodType, functools.partial)
_DEFINITIONS: Final = (type, types.ModuleType, types.BuiltinFunctionType, _CACHE, *_FUNCTIONS)


def is_definition(value: object) -> bool:
    """Whether a value is a class, a module or a function: code, which remembers nothing by itself."""
    return isinstance(value, _DEFINITIONS)


def is_own(name: str) -> bool:
    """Whether a module belongs to the library under judgement, and is not the framework's own machinery."""
    top = name.partition(".")[0]
    if top in _HOST:
        return name.startswith(_OF_TASKS) and top in LIBRARY
    if top in LIBRARY:
        return True
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return any(file == path or file.startswith(path + "/") for path in LIBRARY if "/" in path)


def is_client(name: str) -> bool:
    """Whether a module may belong to a client that the library works with."""
    top = name.partition(".")[0]
    return name in _STANDARD or not (top in _HOST or top in _PLAIN or top in sys.stdlib_module_names or top.startswith("__"))


_MRO: Final = type.__dict__["__mro__"].__get__
"""A class's bases and itself, whatever its metaclass says."""


@dataclass(slots=True)
class Places:
    """What one module can change: `names` as (module or class, attribute), `caches`, `roots` that hold on to objects.

    `classes` are those that may come to have attributes which nobody declared, `uses` the modules that its names come from,
    and `stores` the attributes that its functions assign anywhere.
    """

    names: list[tuple[Any, str]] = field(default_factory=list)
    classes: list[type] = field(default_factory=list)
    caches: list[Any] = field(default_factory=list)
    roots: list[Any] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)


def places_of(module: types.ModuleType, own: bool) -> Places:
    """Look through one module; what it holds on to only if it is the library's `own`."""
    found, space, name = Places(), vars(module), module.__name__
    assigned: set[str] = set()
    classes: list[type] = []
    for key, value in list(space.items()):
        found.uses.add(_home(value))
        if isinstance(value, type) and value.__module__ == name:
            classes.append(value)
        elif isinstance(value, _CACHE):
            found.caches.append(value)
        if own and not key.startswith("__") and not is_definition(value):
            found.roots.append(value)
    named = {key: value for key, value in list(space.items()) if isinstance(value, type)}
    on_classes: set[str] = set()
    for owner in (module, *classes):
        for value in list(vars(owner).values()):
            for function in _functions(value, name):
                for code in _codes(function.__code__):
                    _note_code(code, assigned, found)
                    on_classes.update(_stored_on_classes(code, named))
                if own:
                    found.roots += [
                        *(function.__defaults__ or ()),
                        *(function.__kwdefaults__ or {}).values(),
                        *_cells(function),
                    ]
    found.names += [(module, key) for key in assigned]
    found.classes = classes if own else []
    found.names += [(cls, k) for cls in _with_bases(named.values()) for k in on_classes if k not in vars(cls)]
    for cls in classes:
        found.names += [(cls, k) for k, v in list(vars(cls).items()) if k in found.stores and not _made_by_class(v)]
        for value in list(vars(cls).values()):
            inner = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
            if isinstance(inner, _CACHE):
                found.caches.append(inner)
            elif own and not is_definition(inner):
                found.roots.append(inner)
    return found


def _note_code(code: types.CodeType, assigned: set[str], found: Places) -> None:
    operations = code.co_code[::2]
    found.uses.update(name for name in code.co_names if name in sys.modules)
    if _STORES_GLOBAL in operations:
        assigned.update(i.argval for i in dis.get_instructions(code) if i.opcode == _STORES_GLOBAL)
    if _STORES_ATTRIBUTE in operations:
        found.stores.update(code.co_names)


def _stored_on_classes(code: types.CodeType, classes: Container[str]) -> Iterator[str]:
    """The attributes that code assigns on what is a class by its look: `cls`, `type(self)`, `__class__`, a class's name."""
    words = (*code.co_varnames, *code.co_names, *code.co_freevars)
    if _STORES_ATTRIBUTE not in code.co_code[::2] or not any(word in _CLASS_WORDS or word in classes for word in words):
        return
    before = ""
    for instruction in dis.get_instructions(code):
        if instruction.opcode == _STORES_ATTRIBUTE and (before in _CLASS_WORDS or before in classes):
            yield instruction.argval
        elif instruction.opname not in _BETWEEN:
            called = "type" if instruction.opname.startswith("CALL") and "type" in code.co_names else ""
            before = called or str(instruction.argval)


def _with_bases(classes: Iterable[type]) -> list[type]:
    """These classes and those that they are derived from: `cls.kept = …` may be about any, the framework's among them."""
    bases = {id(base): base for cls in classes for base in _MRO(cls)}  # hashing one may be refused
    return [base for base in bases.values() if str(base.__module__).partition(".")[0] not in sys.stdlib_module_names]


def _home(value: Any) -> str:
    """The module that a value is, or comes from."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    return str(getattr(value, "__module__", "")) if isinstance(value, (type, types.FunctionType)) else type(value).__module__


def _made_by_class(value: object) -> bool:
    """Whether an attribute of a class is part of what defines it: a method, a descriptor, a slot."""
    return is_definition(value) or hasattr(type(value), "__set__") or hasattr(type(value), "__get__")


def _functions(value: Any, module: str, depth: int = 0) -> Iterator[types.FunctionType]:
    """The Python functions of `module` in a value: itself, what it wraps, what its parts are."""
    if isinstance(value, types.FunctionType):
        if value.__module__ == module:
            yield value
        parts: tuple[Any, ...] = (getattr(value, "__wrapped__", None), *_cells(value))
    elif isinstance(value, property):
        parts = (value.fget, value.fset, value.fdel)
    elif isinstance(value, (staticmethod, classmethod, _CACHE)):
        parts = (getattr(value, "__wrapped__", None),)
    else:
        return
    if depth < 3:
        for part in parts:
            yield from _functions(part, module, depth + 1)


def _cells(function: types.FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def containers(roots: list[Any]) -> list[Any]:
    """The containers that can be changed among `roots` and in them, attributes of objects included; each once."""
    found: dict[int, Any] = {}
    waiting = [(root, 0) for root in roots]
    while waiting and len(found) < MOST:
        value, depth = waiting.pop()
        space = value if isinstance(value, CONTAINERS) else _attributes(value)
        if space is None or id(space) in found or depth > DEEPEST:
            continue
        found[id(space)] = space
        inner = list(dict.values(space)) if isinstance(space, dict) else list(space)
        waiting += [(item, depth + 1) for item in inner[:MOST] if not is_definition(item)]
    return list(found.values())


def _attributes(value: Any) -> dict[str, Any] | None:
    """An object's own attributes; None where they are not looked into: the host's objects, the standard library's."""
    top = type(value).__module__.partition(".")[0]
    if is_definition(value) or (top not in _LOOKED_INTO and (top in _HOST or top in _PLAIN or top in sys.stdlib_module_names)):
        return None
    try:
        space = value.__dict__ if isinstance(value, threading.local) else object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None
    return space if isinstance(space, dict) else None
