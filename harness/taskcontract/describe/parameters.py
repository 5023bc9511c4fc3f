"""The parameters that a task takes on each side: from the signature, with what annotations and docstrings say of them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from taskcontract.describe.docs import Entry
from taskcontract.model import MISSING, Parameter
from taskcontract.source import FunctionNode, function_node, layers

Side = Literal["init", "run"]
_KINDS: dict[Any, Literal["positional-only", "positional-or-keyword", "keyword-only"]] = {
    inspect.Parameter.POSITIONAL_ONLY: "positional-only",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional-or-keyword",
    inspect.Parameter.KEYWORD_ONLY: "keyword-only",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """One side's parameters without `self`, whether it takes anything more, and the name of its `**kwargs`."""

    parameters: tuple[Parameter, ...] = ()
    var_keyword: str = ""
    var_positional: bool = False
    line: int | None = None
    returns: str | None = None


def signature(function: Any, side: Side, documented: Mapping[str, Entry], bound: bool = False) -> Signature:
    """The signature of the innermost function; empty when Python cannot tell one. `bound` says that `self` is not in it,
    as it is in no static method.

    A wrapper that declares a signature of its own (`__signature__`) is believed: it is what callers, and Prefect, go by.
    """
    inner = layers(function)[-1] if function is not None else None
    declared = next((layer for layer in layers(function) if "__signature__" in getattr(layer, "__dict__", {})), inner)
    try:
        live = inspect.signature(declared)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return Signature()
    found = function_node(inner)
    node = found[1] if found else None
    written = _written(node)
    given = list(live.parameters.values())
    bound = bound or isinstance(function, staticmethod)
    if not bound and given and given[0].kind in (given[0].POSITIONAL_ONLY, given[0].POSITIONAL_OR_KEYWORD):
        given = given[1:]
    return Signature(
        tuple(_parameter(p, side, written.get(p.name), documented.get(p.name)) for p in given if p.kind in _KINDS),
        next((p.name for p in given if p.kind is p.VAR_KEYWORD), ""),
        any(p.kind is p.VAR_POSITIONAL for p in given),
        node.lineno if node else getattr(getattr(inner, "__code__", None), "co_firstlineno", None),
        _source(node.returns) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None,
    )


@dataclass(frozen=True, slots=True)
class _Written:
    annotation: str | None
    default: str | None
    line: int


def _written(node: FunctionNode | None) -> dict[str, _Written]:
    """Every parameter of a function as it is written."""
    if node is None:
        return {}
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    defaults += arguments.defaults
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return {a.arg: _Written(_source(a.annotation), _source(d), a.lineno) for a, d in pairs}


def _source(node: ast.expr | None) -> str | None:
    if node is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):  # a quoted annotation
        return node.value
    return ast.unparse(node)


def _parameter(live: inspect.Parameter, side: Side, written: _Written | None, entry: Entry | None) -> Parameter:
    annotation = written.annotation if written else None
    if annotation is None and live.annotation is not live.empty:
        annotation = live.annotation if isinstance(live.annotation, str) else _annotation(live.annotation)
    return Parameter(
        live.name,
        side,
        _KINDS[live.kind],
        MISSING if live.default is live.empty else _default(live.default, written),
        annotation,
        entry.type if entry else None,
        entry.text if entry else None,
        written.line if written else None,
    )


def _annotation(annotation: object) -> str | None:
    try:
        return inspect.formatannotation(annotation)
    except Exception:  # a strange object's repr
        return None


def _default(default: object, written: _Written | None) -> str:
    """The default's `repr` where that evaluates to it again, else the text it is written as."""
    try:
        text = repr(default)
        ast.literal_eval(text)
        return text
    except Exception:
        pass
    if written is not None and written.default is not None:
        return written.default
    try:
        return repr(default)
    except Exception:
        return f"<{type(default).__name__}>"
