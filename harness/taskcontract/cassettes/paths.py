"""Places in a JSON document: how they are spelt, which ones there are, and a document changed at one of them.

A path is what a reader expects: `$.items[0].sha`, with keys that are no plain names as JSON texts: `$["x y"][0]`. `$` alone is
the whole document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final, Literal

from taskcontract.model import MISSING

Step = str | int
"""A key of an object, or an index of a list."""

How = Literal["missing", "null", "type", "empty"]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP: Final = re.compile(r'\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')
_A_NUMBER: Final = 7


def spell(steps: Iterable[Step]) -> str:
    """The path that goes down by `steps`."""
    return "$" + "".join(_spell_one(step) for step in steps)


def _spell_one(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _NAME.fullmatch(step) else f"[{json.dumps(step, ensure_ascii=False)}]"


def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path. Raises ValueError for what is none."""
    found: list[Step] = []
    position = 1
    while path[:1] == "$" and position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            break
        name, index, quoted = step.groups()
        found.append(name if name is not None else int(index) if index is not None else str(json.loads(quoted)))
        position = step.end()
    if path[:1] != "$" or position != len(path):
        raise ValueError(f"{path!r} is no path in a JSON document; one looks like $.items[0].sha")
    return tuple(found)


def leaves(tree: Any) -> list[str]:
    """The paths of everything in `tree` that has nothing below it, also empty lists and objects, in the document's order."""
    return [spell(steps) for steps, value in _walk(tree) if not (isinstance(value, (dict, list)) and value)]


def branches(tree: Any) -> list[str]:
    """The paths of the lists and objects in `tree` that are not empty, each before what is below it."""
    return [spell(steps) for steps, value in _walk(tree) if isinstance(value, (dict, list)) and value]


def _walk(tree: Any) -> Iterable[tuple[tuple[Step, ...], Any]]:
    waiting: list[tuple[tuple[Step, ...], Any]] = [((), tree)]
    while waiting:
        steps, value = waiting.pop()
        yield steps, value
        pairs: list[tuple[Step, Any]] = []
        if isinstance(value, dict):
            pairs = list(value.items())
        elif isinstance(value, list):
            pairs = list(enumerate(value))
        waiting.extend(((*steps, step), below) for step, below in reversed(pairs))


def at(tree: Any, path: str) -> Any:
    """What is at `path` in `tree`. Raises LookupError where there is nothing, and ValueError for what is no path."""
    for step in steps_of(path):
        tree = _below(tree, step, path)
    return tree


def _below(tree: Any, step: Step, path: str) -> Any:
    if isinstance(step, int):
        if isinstance(tree, list) and step < len(tree):
            return tree[step]
    elif isinstance(tree, dict) and step in tree:
        return tree[step]
    raise LookupError(f"the document has nothing at {path}")


def change(tree: Any, path: str, how: How) -> Any:
    """A copy of `tree` in which what is at `path` is changed; `tree` stays as it is.

    'missing' takes it out of its object or list (the whole document becomes `MISSING`); 'null' puts null there; 'type'
    something of another type (a number for a text, the text of a number, a list around an object, an object around a list);
    'empty' the empty list, object or text, 0 or false. Null is of no type but its own: 'empty' leaves it, 'type' makes it a
    number.

    Raises:
        LookupError: where there is nothing at `path`
        ValueError: for what is no path
    """
    old = at(tree, path)
    steps = steps_of(path)
    new = MISSING if how == "missing" else None if how == "null" else _retyped(old) if how == "type" else _emptied(old)
    if not steps:
        return new
    top = holder = _copied(tree)
    for step in steps[:-1]:
        holder[step] = _copied(holder[step])
        holder = holder[step]
    if new is MISSING:
        del holder[steps[-1]]
    else:
        holder[steps[-1]] = new
    return top


def _copied(tree: Any) -> Any:
    return dict(tree) if isinstance(tree, dict) else list(tree)


def _retyped(old: Any) -> Any:
    if isinstance(old, (bool, int, float)):
        return json.dumps(old)
    if isinstance(old, dict):
        return [old]
    if isinstance(old, list):
        return {"items": old}
    return _A_NUMBER


def _emptied(old: Any) -> Any:
    return None if old is None else type(old)()
