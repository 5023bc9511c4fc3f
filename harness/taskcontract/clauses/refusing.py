"""Runs that are given a credential which is none: a task that checks the form of what it is given refuses it, and says so.

What it says then may have the value in it, though it was never used: who mistypes a password has still typed most of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from taskcontract.clauses.bench import Bench
from taskcontract.clauses.chain import Origin, candidates
from taskcontract.clauses.marks import harmless, marks
from taskcontract.model import Case, Value

_SURE: Final = re.compile(r"(^|_)(passw(or)?d|secret|api_?key|(access|secret|private)_key|connection_string|conn_str)$", re.I)
"""Names of what is a credential even where it was not seen to sign in anywhere."""


def refused(bench: Bench, used: frozenset[str]) -> Iterator[tuple[Case, tuple[Origin, ...]]]:
    """A run for each argument that holds a credential, with a value of its shape and not of its form, and where that is from.

    `used` are the arguments that were seen to be one; others count only where their name leaves no doubt.
    """
    for name in candidates(bench.spec):
        config = bench.configured(name)
        value = config.values.get(name) if config is not None else None
        if config is None or value is None or not any(bench.spec.about("credential", name)):
            continue
        sure = name in used or (_SURE.search(name) is not None and value.kind.partition(":")[0] in ("text", "dict"))
        formless = _formless(name, value) if sure else None
        if formless is not None:
            yield config.setting(name, formless).case(everywhere=True), (Origin("argument", name, marks(formless)),)


def _formless(name: str, value: Value) -> Value | None:
    """A text, or a document with the same keys, that is nothing but words; None for a value of another sort."""
    try:
        literal = ast.literal_eval(value.code)
    except (ValueError, SyntaxError):
        return None
    if isinstance(literal, str):
        return Value.of(f"{name}-without-form", "text")
    secret = {key for key in literal if _signs_in(str(key))} if isinstance(literal, dict) else ()
    if not secret:
        return None
    return Value.of({key: f"{name}-{key}-without-form" if key in secret else "words" for key in literal}, value.kind)


def _signs_in(key: str) -> bool:
    """Whether a document keeps what signs in under this key: an error may well tell the rest, such as which type it is of."""
    return _KEY.search(key) is not None and not harmless(key)


_KEY: Final = re.compile(r"key|secret|passw|pwd|token|credential", re.I)
