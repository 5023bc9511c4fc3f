"""Fields of configuration objects: what a parameter annotated with one of the library's own plain classes is made of.

A dataclass, a named tuple, an attrs or a pydantic class that the library defines is configuration given in one piece: each
of its fields is a promise like a parameter. Read from the class as it is; nothing is constructed.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
from collections.abc import Iterator
from typing import Any

from taskcontract.describe.origins import Library, static
from taskcontract.describe.unread import attributes_read
from taskcontract.model import Fact, Parameter, Source
from taskcontract.source import class_node, file_of

_WRAPPERS = {"Optional", "Union", "Annotated", "typing"}
_AT_ONCE = {
    "asdict", "astuple", "_asdict", "fields", "vars", "__dict__", "model_dump", "model_dump_json", "attrgetter", "evolve",
}  # fmt: skip
"""Ways to read all fields of an object: where one is used, nothing is said of unread fields."""
_OF_THE_OBJECT = {"json", "dict", "copy"}
"""Methods that do so where the object has them."""


def fields(function: Any, parameters: tuple[Parameter, ...], library: Library) -> Iterator[Fact]:
    """For each parameter of `function` that takes a configuration object: a 'configuration' fact and one for each field.

    'configuration' is `module|qualname` of the class; 'field' is (field, `repr` of its default or None when it has none,
    annotation as text); 'unread-field' names a field that no code of the library reads.
    """
    names = getattr(inspect.unwrap(function), "__globals__", {}) if callable(function) else {}
    for parameter in parameters:
        cls = _class_named(parameter.annotation, names, library)
        if cls is None:
            continue
        found = list(_fields_of(cls))
        if not found:
            continue
        file = getattr(sys.modules.get(cls.__module__), "__file__", None)
        yield Fact("configuration", parameter.name, f"{cls.__module__}|{cls.__qualname__}", Source("annotation", file))
        read = _read(library, parameter.name, cls)
        for name, default, annotation in found:
            source = Source("field", file, _line(cls, name))
            yield Fact("field", parameter.name, (name, default, annotation), source)
            if read is not None and name not in read:
                yield Fact("unread-field", parameter.name, name, source)


def _class_named(annotation: str | None, names: dict[str, Any], library: Library) -> type | None:
    """The one class of the library that an annotation names, whatever Optional or union is around it."""
    try:
        tree = ast.parse(annotation or "", mode="eval")
    except SyntaxError:
        return None
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(_class_named(node.value, names, library))
        elif isinstance(node, ast.Name) and node.id not in _WRAPPERS:
            value = names.get(node.id)
            found.append(value if library.owns(value) and isinstance(value, type) else None)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            value = static(names.get(node.value.id), node.attr)
            found.append(value if library.owns(value) and isinstance(value, type) else None)
    classes = {cls for cls in found if cls is not None}
    return classes.pop() if len(classes) == 1 else None


def _fields_of(cls: type) -> Iterator[tuple[str, str | None, str]]:
    if dataclasses.is_dataclass(cls):
        for field in dataclasses.fields(cls):
            if field.init:
                made = field.default_factory is not dataclasses.MISSING
                default = None if field.default is dataclasses.MISSING else repr(field.default)
                yield field.name, "made by a factory" if made else default, _text(field.type)
        return
    names = static(cls, "_fields") if issubclass(cls, tuple) else None
    if isinstance(names, tuple):
        defaults, types = static(cls, "_field_defaults") or {}, static(cls, "__annotations__") or {}
        for name in names:
            yield str(name), repr(defaults[name]) if name in defaults else None, _text(types.get(name, ""))
        return
    described = static(cls, "__attrs_attrs__")
    if described is not None:
        for each in described:
            if each.init:
                default = None if repr(each.default) == "NOTHING" else repr(each.default)
                yield each.name.lstrip("_"), default, _text(each.type)
        return
    models = vars(cls).get("__pydantic_fields__") or vars(cls).get("__fields__")
    if isinstance(models, dict):
        for name, each in models.items():
            required = each.is_required() if callable(getattr(each, "is_required", None)) else bool(each.required)
            yield name, None if required else repr(each.default), _text(getattr(each, "annotation", ""))


def _read(library: Library, parameter: str, cls: type) -> frozenset[str] | None:
    """Every attribute that the library reads on anything; None when the object may be read whole, or by code of others."""
    files = [file_of(getattr(module, "__file__", None)) for module in library.modules()]
    if None in files or issubclass(cls, tuple):
        return None
    known = [file for file in files if file is not None]
    defined = {node.name for file in known for node in ast.walk(file.tree) if isinstance(node, _DEFINITIONS)}
    near = [file for file in known if cls.__name__ in file.text or parameter in file.text]
    if any(_whole(node, {parameter, f"_{parameter}"}, defined) for file in near for node in ast.walk(file.tree)):
        return None
    return frozenset().union(*(attributes_read(file.path) for file in known))


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _whole(node: ast.AST, handed: set[str], defined: set[str]) -> bool:
    """Whether a piece of code reads objects whole, or hands what is called like the parameter to code of others."""
    name = _name(node)
    if name in _AT_ONCE:
        return True
    if isinstance(node, ast.Attribute) and name in _OF_THE_OBJECT and _name(node.value) in handed:
        return True
    if not isinstance(node, ast.Call):
        return False
    given = [*node.args, *(k.value for k in node.keywords)]
    if _name(node.func) in defined:
        given = [k.value for k in node.keywords if k.arg is None] + [a for a in node.args if isinstance(a, ast.Starred)]
    return any(_name(part) in handed for arg in given for part in _handed_over(arg))


def _handed_over(argument: ast.expr) -> Iterator[ast.AST]:
    """The parts of an argument that are handed over themselves, not an attribute of theirs: `config`, not `config.url`."""
    yield argument
    if not isinstance(argument, ast.Attribute):
        for part in ast.iter_child_nodes(argument):
            if isinstance(part, ast.expr):
                yield from _handed_over(part)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _text(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", repr(annotation))


def _line(cls: type, name: str) -> int | None:
    written = class_node(cls)
    for node in written[1].body if written else ():
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return node.lineno
    return None
