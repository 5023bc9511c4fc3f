"""Texts that match a regular expression: what a task checks its configuration against says what a legal value looks like.

A small inverse of `re`: literals stand as they are, anything repeated freely becomes a recognisable word, digits become
digits. What it makes is checked against the expression itself; one that it cannot invert gives nothing.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import Any

from taskcontract.source import file_of

_parser: Any = getattr(re, "_parser")  # noqa: B009 - the public name of the parser, sre_parse, is deprecated
_USES = {"compile", "match", "fullmatch", "search", "findall", "finditer", "split", "sub"}


def matching(pattern: str, word: str, digits: str) -> str | None:
    """A text that `pattern` matches from its beginning, made with `word` and `digits` where it leaves room, or None."""
    try:
        made = "".join(_make(_parser.parse(pattern), word, digits))
        return made if re.match(pattern, made) else None
    except (re.error, RecursionError, OverflowError):
        return None


def _make(parsed: Any, word: str, digits: str) -> Iterator[str]:
    for operation, argument in parsed:
        yield _one(str(operation), argument, word, digits)


def _one(operation: str, argument: Any, word: str, digits: str) -> str:
    if operation == "LITERAL":
        return chr(argument)
    if operation == "SUBPATTERN":
        return "".join(_make(argument[-1], word, digits))
    if operation == "BRANCH":
        return "".join(_make(argument[1][0], word, digits))
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, inner = argument
        return _repeated(least, most, inner, word, digits)
    if operation == "ATOMIC_GROUP":
        return "".join(_make(argument, word, digits))
    if operation == "ANY":
        return "."  # more often a dot that was not escaped than anything else
    if operation in ("NOT_LITERAL", "IN"):
        return _of_set(operation, argument, word, digits)[:1]
    return ""  # positions, assertions, back references: the check at the end decides


def _repeated(least: int, most: Any, inner: Any, word: str, digits: str) -> str:
    kind, argument = inner[0] if len(inner) == 1 else (None, None)
    if str(kind) in ("ANY", "NOT_LITERAL", "IN"):
        room = _of_set(str(kind), argument, word, digits) or "x"
        length = len(room) if str(most) == "MAXREPEAT" else min(int(most), max(int(least), len(room)))
        return (room * (1 + max(length, int(least)) // len(room)))[: max(length, int(least))]
    return "".join(_make(inner, word, digits)) * max(1, min(int(least), 50))


def _of_set(operation: str, argument: Any, word: str, digits: str) -> str:
    """The longest recognisable text whose characters are all in the set."""
    allowed = re.compile(_written(operation, argument))
    plain, letters = re.sub(r"\W|_", "", word), re.sub(r"[^a-z]", "", word)
    for text in (word, word.replace("-", "_"), plain, digits, word.upper(), plain.upper(), letters, letters.upper()):
        if text and all(allowed.fullmatch(char) for char in text):
            return text
    return next((char for char in _CHARACTERS if allowed.fullmatch(char)), "")


_CHARACTERS = "".join(map(chr, (*range(33, 127), *b" \t\n", *range(128, 0x300))))


def _written(operation: str, argument: Any) -> str:
    if operation == "ANY":
        return "."
    if operation == "NOT_LITERAL":
        return f"[^{re.escape(chr(argument))}]"
    parts = ["^" if str(o) == "NEGATE" else _member(str(o), a) for o, a in argument]
    return f"[{''.join(parts)}]"


def _member(operation: str, argument: Any) -> str:
    if operation == "LITERAL":
        return re.escape(chr(argument))
    if operation == "RANGE":
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    words = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S", "WORD": r"\w", "NOT_WORD": r"\W"}
    return words.get(str(argument).removeprefix("CATEGORY_"), "")


@functools.lru_cache(256)
def patterns_at(file: str, line: int) -> tuple[str, ...]:
    """The regular expressions written in the function that holds `line` of `file`, then those of the module itself."""
    source = file_of(file)
    if source is None:
        return ()
    tree = source.tree
    around = [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    inside = [n for n in around if n.lineno <= line <= (n.end_lineno or n.lineno)]
    found = [p for node in reversed(inside) for p in _patterns(node)]
    return tuple(dict.fromkeys([*found, *(p for node in tree.body if isinstance(node, ast.Assign) for p in _patterns(node))]))


def _patterns(node: ast.AST) -> Iterator[str]:
    named = {
        target.id: text
        for statement in ast.walk(node)
        if isinstance(statement, ast.Assign) and (text := _text(statement.value)) is not None
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _USES and call.args:
            first = call.args[0]
            text = named.get(first.id) if isinstance(first, ast.Name) else _text(first)
            if text is not None:
                yield text


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
