"""Values for parameters that take a configuration object: one of the library's own plain classes, made field by field."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from taskcontract.model import TaskSpec, Value
from taskcontract.values.make import alternative, make
from taskcontract.values.sorts import from_type


def fields(spec: TaskSpec, name: str) -> tuple[str, ...]:
    """The fields of the configuration object that the parameter `name` takes, in the order of its class."""
    return tuple(dict.fromkeys(str(fact.value[0]) for fact in spec.about("field", name)))


def objects(spec: TaskSpec, name: str, field: str) -> Iterator[Value]:
    """Configuration objects for the parameter `name` that differ in nothing but `field`."""
    made = next((str(fact.value) for fact in spec.about("configuration", name)), None)
    if made is None:
        return
    given: dict[str, Value] = {}
    values: list[Value] = []
    for fact in spec.about("field", name):
        own, default, annotation = fact.value
        word = f"{name}.{own}"
        sort = (from_type(annotation) or ["text"])[0] or "text"
        if own == field:
            values = [make(sort, word), alternative(make(sort, word), word)]
            values += [Value(default)] if default is not None and _literal(default) else []
        elif default is None:
            given[own] = make(sort, word)
    for value in dict.fromkeys(values):
        yield _object(made, {**given, field: value})


def _literal(code: str) -> bool:
    try:
        ast.literal_eval(code)
    except (ValueError, SyntaxError):
        return False
    return True


def _object(made: str, given: Mapping[str, Value]) -> Value:
    module, _, cls = made.partition("|")
    arguments = ", ".join(f"{name}={value.code}" for name, value in given.items())
    setup = dict.fromkeys(line for value in given.values() for line in value.setup)
    return Value(f"{module}.{cls}({arguments})", (f"import {module}", *setup), "configuration")
