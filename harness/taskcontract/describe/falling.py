"""How a call's value and construction's come together in the source: fallbacks, merges, and what is made up for neither."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from taskcontract.describe import guards
from taskcontract.describe.origins import UNKNOWN, Thing

if TYPE_CHECKING:
    from taskcontract.describe.reader import Reader


def _runs(thing: Thing) -> list[str]:
    return sorted(n for kind, n in thing.origins if kind == "run")


def _attributes(thing: Thing) -> list[str]:
    return sorted(n for kind, n in thing.origins if kind == "attr")


def _same(reader: Reader, attribute: str, name: str) -> bool:
    """Whether an attribute holds what construction was given under `name`."""
    return attribute == name or ("init", name) in reader.notes.attributes.get(attribute, ())


def fallback(reader: Reader, primary: Thing, secondary: Thing, how: str, node: ast.AST) -> bool:
    """Note that `primary` is used, and `secondary` where it is left out; whether that is a fallback to an attribute."""
    found = False
    if reader.side == "run":
        for name in _runs(primary):
            attributes = [a for a in _attributes(secondary) if ("attr", a) not in primary.origins]
            attributes.sort(key=lambda a: not _same(reader, a, name))
            for attribute in attributes[:1]:
                known = reader.notes.fallbacks.get(name)
                if known is None or (_same(reader, attribute, name) and not _same(reader, known, name)):
                    reader.notes.fallbacks[name] = attribute
                reader.notes.add("fallback", name, f"self.{attribute}", reader.source(how, node))
                found = True
    return found


def _substitute(reader: Reader, primary: Thing, secondary: ast.expr, node: ast.AST) -> None:
    """`x or uuid4()` makes a value up; `x or 5` has a default of its own."""
    if isinstance(secondary, ast.Constant):
        if secondary.value is not None:
            reader.note("substitute", primary, ast.unparse(secondary), "fallback", node)
    elif isinstance(secondary, (ast.Dict, ast.List, ast.Set, ast.Tuple)):
        reader.note("substitute", primary, ast.unparse(secondary), "fallback", node)
    elif not reader.value(secondary).origins:
        reader.note(_sort(secondary), primary, ast.unparse(secondary)[:120], "fallback", node)


def _sort(secondary: ast.expr) -> str:
    """Whether a substitute is a constant, made up by a call, or looked up where credentials and settings are."""
    text = ast.unparse(secondary)
    if any(word in text for word in ("environ", "getenv", "Secret(", "secrets")):
        return "looked-up"
    calls = [n for n in ast.walk(secondary) if isinstance(n, ast.Call)]
    made = [c for c in calls if c.args or c.keywords or ast.unparse(c.func) not in ("dict", "list", "set", "tuple")]
    return "generated" if (made and not isinstance(secondary, ast.Lambda)) or "context" in text else "substitute"


def chosen(reader: Reader, node: ast.BoolOp | ast.IfExp) -> None:
    """`x or self.x`, `x if x is not None else self.x`, `self.x if x is None else x`."""
    if isinstance(node, ast.BoolOp):
        if isinstance(node.op, ast.Or):
            for index in range(1, len(node.values)):
                _pair(reader, _nearest(reader, node.values[:index], node.values[index]), node.values[index], "or", node)
        return
    absent = guards.absent(reader, node.test)
    present = guards.present(reader, node.test)
    if present and _is_one_of(reader, node.body, present):
        _pair(reader, reader.value(node.body), node.orelse, "conditional", node)
    elif absent and _is_one_of(reader, node.orelse, absent):
        _pair(reader, reader.value(node.orelse), node.body, "conditional", node)


def _nearest(reader: Reader, before: list[ast.expr], second: ast.expr) -> Thing:
    """Of `x or y or self.x`, what `self.x` is the fallback of: the parameter of its name, else the one just before it."""
    things = [reader.value(b) for b in before]
    attributes = _attributes(reader.value(second))
    named = [t for t in things if any(_same(reader, a, n) for a in attributes for n in _runs(t))]
    return (named or things)[-1]


def _pair(reader: Reader, primary: Thing, secondary: ast.expr, how: str, node: ast.AST) -> None:
    if primary.origins and not fallback(reader, primary, reader.value(secondary), how, node):
        _substitute(reader, primary, secondary, node)


def _is_one_of(reader: Reader, node: ast.expr, tested: list[Thing]) -> bool:
    origins = reader.value(node).origins
    return any(origins & t.origins for t in tested)


def replaced(reader: Reader, node: ast.If) -> None:
    """`if x is None: x = self.x`, `if x: self.x = x`, and the two-armed form of both."""
    absent, present = guards.absent(reader, node.test), guards.present(reader, node.test)
    for thing in absent if len(absent) == 1 else []:
        for target, value in _assignments(node.body):
            if isinstance(target, ast.Name) and reader.frame.names.get(target.id, UNKNOWN).origins & thing.origins:
                _pair(reader, thing, value, "if", node)
        _two_arms(reader, thing, node.orelse, node.body, node)
    for thing in present if len(present) == 1 else []:
        for target, value in _assignments(node.body):
            if isinstance(target, ast.Attribute) and reader.value(target.value).is_task:
                _overwritten(reader, thing, target.attr, value, node)
        _two_arms(reader, thing, node.body, node.orelse, node)


def _overwritten(reader: Reader, thing: Thing, attribute: str, value: ast.expr, node: ast.AST) -> None:
    """`if x: self.x = x`: what follows reads `self.x`, which is the call's value or, without one, construction's."""
    given = frozenset(o for o in thing.origins if o[0] == "run")
    if reader.value(value).origins & given and any(_same(reader, attribute, n) for n in _runs(thing)):
        fallback(reader, Thing(given), Thing(frozenset({("attr", attribute)})), "overwriting", node)


def _two_arms(reader: Reader, thing: Thing, given: list[ast.stmt], otherwise: list[ast.stmt], node: ast.AST) -> None:
    """One name is set to the parameter in one arm and to something else in the other."""
    others = {ast.unparse(t): v for t, v in _assignments(otherwise)}
    for target, value in _assignments(given):
        if reader.value(value).origins & thing.origins and ast.unparse(target) in others:
            _pair(reader, thing, others[ast.unparse(target)], "if", node)


def _assignments(body: list[ast.stmt]) -> list[tuple[ast.expr, ast.expr]]:
    found: list[tuple[ast.expr, ast.expr]] = []
    for statement in body:
        if isinstance(statement, ast.Assign):
            found += [(t, statement.value) for t in statement.targets]
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            found.append((statement.target, statement.value))
    return found


def keyword(reader: Reader, name: str, default: Thing, node: ast.AST) -> None:
    """`kwargs.get("x", self.x)`: a fallback for a name that `run` takes through `**kwargs`."""
    if reader.side == "run":
        for attribute in _attributes(default)[:1]:
            reader.notes.fallbacks.setdefault(name, attribute)
            reader.notes.add("fallback", name, f"self.{attribute}", reader.source("**kwargs", node))


def joined(reader: Reader, left: Thing, right: Thing, node: ast.AST) -> None:
    """Two values put together: merged, when one is the call's and the other construction's of the same name."""
    if reader.side != "run":
        return
    for one, two in ((left, right), (right, left)):
        for name in _runs(one):
            for attribute in _attributes(two):
                if _same(reader, attribute, name):
                    reader.notes.add("merged", name, f"self.{attribute}", reader.source("merge", node))


def displayed(reader: Reader, node: ast.Dict) -> None:
    """`{**self.x, **x}`."""
    things = [reader.value(v) for k, v in zip(node.keys, node.values, strict=True) if k is None]
    _all_joined(reader, things, node)


def expanded(reader: Reader, node: ast.Call) -> None:
    """`dict(**self.x, **x)`."""
    _all_joined(reader, [reader.value(k.value) for k in node.keywords if k.arg is None], node)


def _all_joined(reader: Reader, things: list[Thing], node: ast.AST) -> None:
    for index, thing in enumerate(things):
        for other in things[index + 1 :]:
            joined(reader, thing, other, node)
