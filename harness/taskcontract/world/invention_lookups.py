"""What a text is looked up in: the container of `x in NAMES`, `NAMES[x]` or `NAMES.get(x)`, read from the calling frame.

Sets and dicts find their members by hash, before any comparison. An invented text that is looked up can only equal a member
if it knows the members when it is asked for its hash; and `isinstance` asks an object for its class without saying which
one it hopes for. Both are read from the source of the expression that is being evaluated.
"""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
from types import CodeType, FrameType
from typing import Any

_LOOKUPS = {"CONTAINS_OP", "BINARY_SUBSCR", "BINARY_OP", "CALL", "CALL_FUNCTION_EX"}
_expressions: dict[tuple[CodeType, int], ast.expr | None] = {}


def operation(frame: FrameType) -> tuple[str, int]:
    """The name and argument of the instruction that `frame` is at."""
    code, position = frame.f_code.co_code, frame.f_lasti
    return dis.opname[code[position]], code[position + 1]


def _segment(code: CodeType, position: int) -> str:
    places = list(code.co_positions())
    first, last, start, end = places[position // 2] if position // 2 < len(places) else (None,) * 4
    if first is None or last is None or start is None or end is None:
        return ""
    lines = [linecache.getline(code.co_filename, n).encode() for n in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode("utf-8", "replace")


def expression(frame: FrameType) -> ast.expr | None:
    """The expression that `frame` is evaluating, if its source can be had."""
    key = (frame.f_code, frame.f_lasti)
    if key not in _expressions:
        try:
            _expressions[key] = ast.parse(f"({_segment(*key)})", mode="eval").body
        except (SyntaxError, ValueError):
            _expressions[key] = None
    return _expressions[key]


def evaluate(node: ast.expr, frame: FrameType) -> Any:
    """The value of a literal, a name or a chain of plain attributes in `frame`; None for anything that would run code."""
    if isinstance(node, ast.Name):
        spaces: tuple[Any, ...] = (frame.f_locals, frame.f_globals, frame.f_builtins)
        return next((space[node.id] for space in spaces if node.id in space), None)
    if isinstance(node, ast.Attribute):
        value = inspect.getattr_static(evaluate(node.value, frame), node.attr, None)
        return None if hasattr(type(value), "__get__") else value
    if isinstance(node, (ast.Tuple, ast.List)) and any(isinstance(e, (ast.Name, ast.Attribute)) for e in node.elts):
        return tuple(evaluate(e, frame) for e in node.elts)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None


def _container(node: ast.expr | None) -> ast.expr | None:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        return node.comparators[0]
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "__contains__"):
        return node.func.value
    return None


def members_looked_up(frame: FrameType) -> list[Any]:
    """The members of the set or dict in which `frame` looks something up, in a stable order."""
    if operation(frame)[0] not in _LOOKUPS:
        return []
    node = _container(expression(frame))
    container: Any = None if node is None else evaluate(node, frame)
    if type(container) is dict:
        return list(container)
    return sorted(container, key=repr) if type(container) in (set, frozenset) else []


def class_hoped_for(frame: FrameType) -> tuple[type, ...]:
    """The classes that an `isinstance(x, …)` in `frame`, or through an abstract class in the frame before it, asks for."""
    if frame.f_globals.get("__name__") == "abc" and frame.f_back is not None:
        frame = frame.f_back
    node = expression(frame)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 2):
        return ()
    if node.func.id != "isinstance":
        return ()
    wanted = evaluate(node.args[1], frame)
    return tuple(c for c in (wanted if isinstance(wanted, tuple) else (wanted,)) if isinstance(c, type))
