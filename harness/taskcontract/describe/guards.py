"""Tests that end in a raise: which parameters must be given, which of several, and under which condition."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskcontract.describe.frame import Condition
from taskcontract.describe.origins import Thing

if TYPE_CHECKING:
    from taskcontract.describe.reader import Reader


@dataclass(frozen=True)
class Missing:
    """What a test asks: whether `all` of these are missing, or `any` of them. `also` is what else the test demands."""

    things: tuple[Thing, ...]
    all: bool = True
    also: str = ""


# --- what a test asks ------------------------------------------------------------------------------------------------


def absent(reader: Reader, test: ast.expr) -> list[Thing]:
    """The parameters that a test finds missing, when it asks for nothing else."""
    found = missing(reader, test)
    return list(found[0].things) if len(found) == 1 and not found[0].also else []


def present(reader: Reader, test: ast.expr) -> list[Thing]:
    """The parameters that a test finds given: `x`, `x is not None`, `a and b`."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        parts = [present(reader, v) for v in test.values]
        return [t for p in parts for t in p] if all(parts) else []
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        found = missing(reader, test.operand)
        return list(found[0].things) if len(found) == 1 and len(found[0].things) == 1 and not found[0].also else []
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        empty = _is_empty(test.comparators[0])
        if isinstance(test.ops[0], (ast.IsNot, ast.NotEq)) and empty:
            return _one(reader, test.left)
        return []
    return [] if isinstance(test, ast.BoolOp) else _one(reader, test)


def missing(reader: Reader, test: ast.expr) -> list[Missing]:
    """What must be missing for `test` to hold; several when any one of them will do."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return [m for v in test.values for m in missing(reader, v)]
    if isinstance(test, ast.BoolOp):
        return _conjunction(reader, test)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _negated(reader, test.operand)
    if isinstance(test, ast.Call):
        return _quantified(reader, test)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(reader, test)
    return []


def _conjunction(reader: Reader, test: ast.BoolOp) -> list[Missing]:
    things: list[Thing] = []
    also: list[str] = []
    for part in test.values:
        found = missing(reader, part)
        if len(found) == 1 and (found[0].all or len(found[0].things) == 1) and not found[0].also:
            things += found[0].things
        else:
            also.append(ast.unparse(part))
    return [Missing(tuple(things), True, " and ".join(also))] if things else []


def _negated(reader: Reader, operand: ast.expr) -> list[Missing]:
    if isinstance(operand, ast.BoolOp):
        things = [present(reader, v) for v in operand.values]
        if not all(things):
            return []
        flat = tuple(t for p in things for t in p)
        return [Missing(flat)] if isinstance(operand.op, ast.Or) else [Missing((t,)) for t in flat]
    if isinstance(operand, ast.Call) and isinstance(operand.func, ast.Name):
        return _quantified(reader, operand, negated=True)
    if isinstance(operand, ast.Compare):
        return [Missing(tuple(present(reader, operand)))] if present(reader, operand) else []
    one = _one(reader, operand)
    return [Missing((one[0],))] if one else []


def _compared(reader: Reader, test: ast.Compare) -> list[Missing]:
    """`x is None`, `x == ""`, `len(x) == 0`, `None in (a, b)`."""
    left, operator, right = test.left, test.ops[0], test.comparators[0]
    if isinstance(operator, (ast.Is, ast.Eq)) and _is_empty(right):
        one = _one(reader, _measured(left))
        return [Missing((one[0],))] if one else []
    if isinstance(operator, ast.Lt) and isinstance(right, ast.Constant) and right.value == 1 and _measured(left) is not left:
        one = _one(reader, _measured(left))
        return [Missing((one[0],))] if one else []
    if isinstance(operator, ast.In) and _is_empty(left) and isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        return [Missing((t,)) for e in right.elts for t in _one(reader, e)]
    if isinstance(operator, ast.In) and isinstance(right, (ast.Tuple, ast.List, ast.Set)) and all(map(_is_empty, right.elts)):
        return [Missing((t,)) for t in _one(reader, left)]
    return []


def _quantified(reader: Reader, call: ast.Call, negated: bool = False) -> list[Missing]:
    """`any(x is None for x in (a, b))`, `not all([a, b])`, `not any((a, b))`."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in ("any", "all") or len(call.args) != 1:
        return []
    argument = call.args[0]
    asks_missing = False
    if isinstance(argument, (ast.GeneratorExp, ast.ListComp)):
        tested = argument.elt
        asks_missing = (isinstance(tested, ast.Compare) and isinstance(tested.ops[0], (ast.Is, ast.Eq))) or (
            isinstance(tested, ast.UnaryOp) and isinstance(tested.op, ast.Not)
        )
        argument = argument.generators[0].iter
    if isinstance(argument, ast.Name):
        argument = reader.frame.displays.get(argument.id, argument)
    if not isinstance(argument, (ast.Tuple, ast.List, ast.Set)):
        return []
    things = [t for e in argument.elts for t in _one(reader, e)]
    if not things or asks_missing == negated:
        return []
    everything = (name == "all") == asks_missing
    return [Missing(tuple(things))] if everything else [Missing((t,)) for t in things]


def _one(reader: Reader, node: ast.expr) -> list[Thing]:
    """The thing that a plain name, attribute or `kwargs` look-up is, if it comes from a parameter."""
    if isinstance(node, ast.NamedExpr):
        node = node.value
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.BoolOp)):
        return []
    thing = reader.value(node)
    return [thing] if reader.about(thing) else []


def _measured(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
        return node.args[0]
    return node


def _is_empty(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or (node.value in ("", 0, b"") and node.value is not False)
    return isinstance(node, (ast.List, ast.Tuple, ast.Dict)) and not ast.unparse(node).strip("[](){}")


# --- what a raise means ----------------------------------------------------------------------------------------------


def ends_in_raise(body: Sequence[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Raise)


def condition(reader: Reader, test: ast.expr) -> Condition:
    """What stands under a test."""
    found = missing(reader, test)
    return Condition(_words(test), _all_of(found))


def otherwise(reader: Reader, test: ast.expr) -> Condition:
    """What stands under the opposite of a test."""
    return Condition(f"not ({_words(test)})", _all_of(_negated(reader, test)))


def _words(test: ast.expr) -> str:
    return " ".join(ast.unparse(test).split())[:100]


def _all_of(found: list[Missing]) -> tuple[Thing, ...]:
    """The parameters that are missing where one test asks for nothing but that all of them are."""
    return found[0].things if len(found) == 1 and found[0].all and not found[0].also else ()


def guarded(reader: Reader, node: ast.If) -> None:
    """Note what an `if` that raises demands, and what an `else` that raises does."""
    raised = _raised(reader, node.body)
    if raised is not None:
        for found in missing(reader, node.test):
            _demand(reader, found, raised, node)
        both = present(reader, node.test)
        if len(both) > 1:
            _group(reader, "exclusive", both, raised, node)
        elif not missing(reader, node.test):
            _check(reader, node, raised)
    if id(node) in reader.chained:
        return
    tests, final = _chain(reader, node)
    raised = _raised(reader, final)
    if raised is not None and ends_in_raise(final):
        given = [present(reader, t) for t in tests]
        if all(given):
            _demand(reader, Missing(tuple(t for g in given for t in g)), raised, node)


def asserted(reader: Reader, node: ast.Assert) -> None:
    """`assert x`, `assert x is not None`."""
    text = f"AssertionError: {_text(reader, node.msg)}" if node.msg is not None else "AssertionError"
    for thing in present(reader, node.test):
        _demand(reader, Missing((thing,)), text, node)


def _chain(reader: Reader, node: ast.If) -> tuple[list[ast.expr], list[ast.stmt]]:
    """The tests of an `if … elif …` and what its `else` does; each is looked at once, from its head."""
    tests, current = [node.test], node
    while len(current.orelse) == 1 and isinstance(current.orelse[0], ast.If):
        current = current.orelse[0]
        reader.chained.add(id(current))
        tests.append(current.test)
    return tests, current.orelse


def _demand(reader: Reader, found: Missing, raised: str, node: ast.stmt) -> None:
    conditions = [*reader.frame.conditions, *([Condition(found.also)] if found.also else [])]
    if all(c.without for c in conditions):  # one of those that are missing by now, or this one
        found = Missing((*(t for c in conditions for t in c.without), *found.things))
        conditions = []
    names = list(dict.fromkeys(n for t in found.things for n in reader.about(t)))
    under = [c.words for c in conditions]
    if len(names) == 1 and under:
        reader.note("conditional", found.things[0], f"when {' and '.join(under)}: {raised}", "guard", node)
    elif len(names) == 1:
        kind = "guard" if reader.side == "run" else "init-guard"
        reader.note(kind, found.things[0], raised, "guard", node)
    elif names:
        kind = "conditional-one-of" if under else "one-of" if reader.side == "run" else "init-one-of"
        _group(reader, kind, found.things, raised, node)


def _group(reader: Reader, kind: str, things: Sequence[Thing], raised: str, node: ast.stmt) -> None:
    names = tuple(dict.fromkeys(n for t in things for n in reader.about(t)))
    if len(names) > 1:
        for name in names:
            reader.notes.add(kind, name, names, reader.source("guard", node))


def _check(reader: Reader, node: ast.If, raised: str) -> None:
    """A raise on anything else about a parameter: a value that is not accepted."""
    mentioned = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
    for name in sorted(mentioned):
        thing = reader.frame.names.get(name)
        if thing is not None and thing.origins:
            reader.note("check", thing, f"when {_words(node.test)}: {raised}", "guard", node)


def _raised(reader: Reader, body: Sequence[ast.stmt]) -> str | None:
    """'ValueError: text' for the first raise that stands directly in `body`; None when there is none."""
    texts: dict[str, ast.expr] = {}
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            texts[statement.targets[0].id] = statement.value
        if isinstance(statement, ast.Raise):
            error = statement.exc
            if error is None:
                return None
            if isinstance(error, ast.Call):
                text = _text(reader, texts.get(ast.unparse(error.args[0]), error.args[0])) if error.args else ""
                name = ast.unparse(error.func)
                return f"{name}: {text}" if text else name
            return ast.unparse(error)
    return None


def _text(reader: Reader, node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return " ".join(node.value.split())
    if isinstance(node, ast.JoinedStr):
        parts = [str(v.value) if isinstance(v, ast.Constant) else _hole(reader, v) for v in node.values]
        return " ".join("".join(parts).split())
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _text(reader, node.func.value)
    return " ".join(ast.unparse(node).split()) if node is not None else ""


def _hole(reader: Reader, node: ast.expr) -> str:
    known = reader.value(node.value).text if isinstance(node, ast.FormattedValue) else None
    if known is not None:
        return known
    return "{" + ast.unparse(node.value) + "}" if isinstance(node, ast.FormattedValue) else ast.unparse(node)
