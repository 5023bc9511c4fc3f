"""What the code does with a parameter: keys it reads, methods it calls, literals it compares with, files it opens."""

from __future__ import annotations

import ast
import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from taskcontract.describe import falling
from taskcontract.describe.origins import UNKNOWN, Thing, is_class

if TYPE_CHECKING:
    from taskcontract.describe.reader import Reader

_COPIES = {"dict", "list", "tuple", "set", "frozenset", "str", "copy", "deepcopy", "sorted", "fspath", "cast", "Box", "bytes"}
_SAME = {"copy", "lower", "upper", "strip", "lstrip", "rstrip", "casefold", "title", "encode", "decode"}
_PATHS = {"open", "Path", "PurePath", "listdir", "makedirs", "mkdir", "scandir", "rmtree", "copytree", "move", "glob"}
_CASTS = {"int", "float", "bool", "Decimal", "UUID", "timedelta"}
_MATCHES = {"match", "search", "fullmatch", "findall", "sub", "split"}
_PLAIN = (str, int, float, bool, bytes)
_MOST_LITERALS = 40


def dotted(node: ast.expr) -> str:
    """`a.b.c` as text; '' for anything that is no plain dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


# --- literals --------------------------------------------------------------------------------------------------------


def constants(reader: Reader, node: ast.expr) -> list[Any]:
    """The plain values that an expression is known to hold: a literal, a display, or a constant of the module or class."""
    if isinstance(node, ast.Constant):
        return [node.value] if type(node.value) in _PLAIN else []
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return [v for e in node.elts for v in constants(reader, e)]
    if isinstance(node, ast.Dict):
        return [v for k in node.keys if k is not None for v in constants(reader, k)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return [-v for v in constants(reader, node.operand) if type(v) in (int, float)]
    if isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "keys" else None
        if inner is None and dotted(node.func) in _COPIES and len(node.args) == 1:
            inner = node.args[0]
        return constants(reader, inner) if inner is not None else []
    if isinstance(node, ast.Name) and node.id in reader.frame.displays:
        return constants(reader, reader.frame.displays[node.id])
    return _held(reader.live(node)) if isinstance(node, (ast.Name, ast.Attribute)) else []


def _held(value: Any) -> list[Any]:
    if isinstance(value, enum.Enum):
        value = value.value
    if type(value) in _PLAIN:
        return [value]
    if type(value) in (list, tuple, set, frozenset, dict):
        plain = [v for v in value if type(v) in _PLAIN]
        return sorted(plain, key=repr) if type(value) in (set, frozenset) else plain
    if is_class(value) and issubclass(value, enum.Enum):
        return [m.value for m in value if type(m.value) in _PLAIN]
    return []


def _literals(reader: Reader, thing: Thing, values: Sequence[Any], how: str, node: ast.AST) -> None:
    for value in values[:_MOST_LITERALS]:
        reader.note("literal", thing, repr(value), how, node)


def compare(reader: Reader, node: ast.Compare) -> None:
    """`x == "a"`, `x in (…)`, `"a" in x`, `x > 0`."""
    operands = [node.left, *node.comparators]
    things = [reader.value(o) for o in operands]
    for index, operator in enumerate(node.ops):
        left, right = operands[index], operands[index + 1]
        one, two = things[index], things[index + 1]
        if isinstance(operator, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
            _literals(reader, one, constants(reader, right), "comparison", node)
            _literals(reader, two, constants(reader, left), "comparison", node)
        elif isinstance(operator, (ast.In, ast.NotIn)):
            if reader.known(two):
                for value in constants(reader, left):
                    reader.note("contains", two, repr(value), "comparison", node)
            else:
                _literals(reader, one, constants(reader, right), "comparison", node)
                _table(reader, one, right)
        elif one.origins or two.origins:
            reader.note("bound", one if one.origins else two, ast.unparse(node), "comparison", node)
        if dotted(left).endswith("environ") or dotted(right).endswith("environ"):
            _environment(reader, left, one, node)


def _table(reader: Reader, thing: Thing, node: ast.expr) -> None:
    if thing.origins and dotted(node).endswith("environ"):
        reader.note("env-name", thing, "os.environ", "look-up", node)


def pattern(reader: Reader, subject: Thing, node: ast.pattern) -> None:
    """`match x: case "a" | "b":`."""
    if isinstance(node, ast.MatchValue):
        _literals(reader, subject, constants(reader, node.value), "comparison", node)
    elif isinstance(node, ast.MatchOr):
        for part in node.patterns:
            pattern(reader, subject, part)
    elif isinstance(node, ast.MatchMapping):
        for key in node.keys:
            if constant(key) is not None:
                reader.note("key", subject, constant(key), "subscript", node)


def subscript(reader: Reader, node: ast.Subscript) -> Thing:
    """`x["key"]`, `TABLE[x]`, `response["key"]`, `os.environ["NAME"]`."""
    base, index = reader.value(node.value), reader.value(node.slice)
    key = constant(node.slice)
    if base.keywords is not None:
        return _keyword(reader, base, key, node)
    if dotted(node.value).endswith("environ"):
        _environment(reader, node.slice, index, node)
    elif index.origins and not reader.known(base):
        _literals(reader, index, constants(reader, node.value), "look-up", node)
    elif key is not None:
        _key(reader, base, key, node)
    elif isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
        reader.note("index", base, node.slice.value, "subscript", node)
    return UNKNOWN


def _key(reader: Reader, base: Thing, key: str, node: ast.AST) -> None:
    if reader.known(base):
        reader.note("key", base, key, "subscript", node)
    elif not base.is_task and base.made is None and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        reader.notes.add("response-key", "", key, reader.source("subscript", node))


def _keyword(reader: Reader, base: Thing, key: str | None, node: ast.AST) -> Thing:
    if key is None:
        return UNKNOWN
    if reader.in_own_method:
        reader.notes.add("keyword", key, reader.side, reader.source("**kwargs", node))
    return (base.keywords or {}).get(key, UNKNOWN)


def _environment(reader: Reader, name: ast.expr, thing: Thing, node: ast.AST) -> None:
    for value in constants(reader, name):
        reader.notes.add("env", "", value, reader.source("look-up", node))
    reader.note("env-name", thing, "os.environ", "look-up", node)


# --- calls -----------------------------------------------------------------------------------------------------------


def called(reader: Reader, node: ast.Call, positional: Sequence[Thing]) -> Thing:
    """Everything a call says about what it is given; the value it passes on, where it only wraps that."""
    function = node.func
    if isinstance(function, ast.Attribute):
        owner = reader.value(function.value)
        passed = _method(reader, node, function, owner, positional)
        if passed is not None:
            return passed
    elif isinstance(function, ast.Name):
        thing = reader.value(function)
        if thing.origins:
            reader.note("called", thing, ast.unparse(node)[:80], "call", node)
    else:
        reader.value(function)
    return _function(reader, node, positional)


def _method(
    reader: Reader, node: ast.Call, function: ast.Attribute, owner: Thing, positional: Sequence[Thing]
) -> Thing | None:
    """A method called on a parameter, on `**kwargs`, on a table, on an answer; None when it says nothing."""
    name = function.attr
    key = constant(node.args[0]) if node.args else None
    if owner.keywords is not None and name in ("get", "pop", "setdefault"):
        found = _keyword(reader, owner, key, node)
        if len(positional) > 1 and key is not None:
            falling.keyword(reader, key, positional[1], node)
        return found
    if owner.is_task:
        if any(kind == "attr" and n == name for kind, n in reader.value(function).origins) and name in reader.notes.attributes:
            reader.note("called", reader.value(function), ast.unparse(node)[:80], "call", node)
        return None
    if reader.known(owner) or (owner.origins and name == "update"):
        reader.note("method", owner, name, "call", node)
        if name in ("get", "pop", "setdefault") and key is not None:
            reader.note("key", owner, key, "call", node)
        if name in ("startswith", "endswith") and node.args:
            for value in constants(reader, node.args[0]):
                reader.note("format", owner, f"{name} {value!r}", "call", node)
        if name == "update" and positional:
            falling.joined(reader, owner, positional[0], node)
        return owner.wrapped() if name in _SAME else UNKNOWN
    if name == "update" and positional and isinstance(function.value, ast.Name):
        reader.frame.names[function.value.id] = owner | positional[0].wrapped()
    if name == "get" and positional:
        return _get(reader, node, function, positional[0], key)
    return None


def _get(reader: Reader, node: ast.Call, function: ast.Attribute, thing: Thing, key: str | None) -> Thing | None:
    owner = ast.unparse(function.value)
    if owner.endswith("environ"):
        _environment(reader, node.args[0], thing, node)
    elif "secrets" in owner:
        if key is not None:
            reader.notes.add("secret", "", key, reader.source("look-up", node))
        reader.note("secret-name", thing, "secrets", "look-up", node)
    elif thing.origins:
        _literals(reader, thing, constants(reader, function.value), "look-up", node)
    elif owner.endswith("context"):
        if key not in (None, "secrets"):
            reader.notes.add("context", "", key, reader.source("look-up", node))
    elif key is not None and not dotted(function).startswith("requests."):
        reader.notes.add("response-key", "", key, reader.source("call", node))
    return UNKNOWN


def _function(reader: Reader, node: ast.Call, positional: Sequence[Thing]) -> Thing:
    """A call by name: casts, copies, parsers, openers, look-ups by name."""
    text = dotted(node.func)
    owner, _, name = text.rpartition(".")
    first = positional[0] if positional else UNKNOWN
    if name == "isinstance" and len(node.args) == 2:
        for kind in _names(node.args[1]):
            reader.note("type", first, kind, "isinstance", node)
    elif name in ("getattr", "hasattr") and len(node.args) >= 2:
        return _by_name(reader, node, first, positional)
    elif name == "setattr" and first.is_task and len(positional) == 3:
        if positional[1].text is not None:
            reader.store(positional[1].text, positional[2], node, node.args[2])
        reader.notes.dynamic = reader.notes.dynamic or positional[1].text is None
    elif name in ("vars", "locals", "asdict"):
        reader.notes.dynamic = reader.notes.dynamic or name == "locals" or not node.args or first.is_task
    elif name == "getenv" and node.args:
        _environment(reader, node.args[0], first, node)
    elif name.endswith("Secret") and node.args:
        for value in constants(reader, node.args[0]):
            reader.notes.add("secret", "", value, reader.source("look-up", node))
        reader.note("secret-name", first, name, "look-up", node)
    elif positional:
        _parsed(reader, node, owner, name, positional)
    live = reader.live(node.func)
    if is_class(live) and issubclass(live, enum.Enum):
        _literals(reader, first, _held(live), "enumeration", node)
    if name == "dict" and first.origins:
        for keyword in node.keywords:
            if keyword.arg is None:
                falling.joined(reader, first, reader.value(keyword.value), node)
    if name == "dict" and not positional:
        falling.expanded(reader, node)
    return first.wrapped() if name in _COPIES or name in _PATHS - {"open", "glob"} else UNKNOWN


def _parsed(reader: Reader, node: ast.Call, owner: str, name: str, positional: Sequence[Thing]) -> None:
    first = positional[0] if positional else UNKNOWN
    if (name == "loads" and "json" in owner) or name == "parse_raw":
        reader.note("json", first, f"{owner}.{name}", "call", node)
    elif name in ("safe_load", "load") and "yaml" in owner:
        reader.note("format", first, "yaml", "call", node)
    elif name in _PATHS or owner.endswith("os.path") or owner == "path":
        reader.note("path", first, f"{owner}.{name}".lstrip("."), "call", node)
    elif name in _CASTS:
        reader.note("cast", first, name, "call", node)
    elif name == "strptime" and len(node.args) == 2:
        reader.note("format", first, f"strptime {constant(node.args[1]) or '?'}", "call", node)
    elif name in ("fromisoformat", "isoparse") or (name == "parse" and owner.rpartition(".")[2] in ("pendulum", "parser")):
        reader.note("format", first, "isoformat", "call", node)
    elif owner == "re" and name in _MATCHES and len(positional) >= 2:
        thing = positional[2] if name == "sub" and len(positional) > 2 else positional[1]
        reader.note("format", thing, f"re {constant(node.args[0]) or '?'}", "call", node)


def _by_name(reader: Reader, node: ast.Call, first: Thing, positional: Sequence[Thing]) -> Thing:
    """`getattr(self, "x")` reads that attribute; `getattr(self, anything)` may read all of them."""
    key = positional[1].text if len(positional) > 1 else None
    if not first.is_task:
        if len(positional) > 1 and first.origins and key is not None:
            reader.note("attribute", first, key, "attribute", node)
        return UNKNOWN
    if key is None:
        reader.notes.dynamic = True
        return UNKNOWN
    reader.notes.loaded.add(("attr", key))
    return Thing(frozenset({("attr", key)}), True)


def _names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Tuple):
        return [n for e in node.elts for n in _names(e)]
    if isinstance(node, ast.BinOp):
        return [*_names(node.left), *_names(node.right)]
    return [ast.unparse(node)]
