"""Says in words what was seen: how a run ended, where two runs part, how a case is written down.

Everything here is text for people; no verdict depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from taskcontract.model import Case, Effect, Observation, TaskSpec, Value

MOST = 160


def place(file: str | None, line: int | None) -> str:
    """`repos.py:31`: a line to look at or to change."""
    name = (file or "").rpartition("/")[2]
    return f"{name}:{line}" if line is not None else name


def place_of_init(spec: TaskSpec) -> str:
    """Where the task is constructed."""
    return place(spec.ref.file, spec.line_of_init or spec.ref.line)


def place_of_run(spec: TaskSpec) -> str:
    """Where the task's `run` begins."""
    return place(spec.ref.file, spec.line_of_run or spec.ref.line)


def short(thing: Any, most: int = MOST) -> str:
    """A canonical value as Python would show it, cut to `most` characters."""
    text = thing if isinstance(thing, str) and thing.startswith("<") else repr(plain(thing))
    return text if len(text) <= most else text[: most - 1] + "…"


def plain(tree: Any) -> Any:
    """A canonical tree with its builtin containers back as themselves, for showing."""
    if not isinstance(tree, tuple) or not tree or not isinstance(tree[0], str):
        return [plain(t) for t in tree] if isinstance(tree, tuple) else tree
    head, rest = tree[0], tree[1:]
    if head == "dict" and all(isinstance(r, tuple) and len(r) == 2 for r in rest):
        return {_key(plain(k)): plain(v) for k, v in rest}
    if head == "list":
        return [plain(r) for r in rest]
    if head == "tuple":
        return tuple(plain(r) for r in rest)
    return tuple(plain(t) for t in tree)


def _key(key: Any) -> Any:
    return key if isinstance(key, (str, int, float, bytes, tuple, bool, type(None))) else repr(key)


def ending(seen: Observation) -> str:
    """How a run ended, in one phrase."""
    o = seen.outcome
    after = _after(seen.effects)
    if o.kind == "returned":
        return f"returned {short(o.value)}{after}"
    if o.kind == "refused":
        return f"was stopped at {o.text}{after}"
    if o.kind == "cut":
        return f"did not end ({o.text}){after}"
    stage = {"construct": "constructing ", "bind": "calling run ", "setup": "preparing "}.get(seen.phase, "")
    return f"{stage}raised {o.type.rpartition('.')[2]}: {o.text[:MOST]}{after}"


def _after(effects: Iterable[Effect]) -> str:
    gone = [e.what for e in effects if not e.constructing]
    if not gone:
        return ""
    return f" after {gone[0][:MOST]}" + (f" and {len(gone) - 1} more" if len(gone) > 1 else "")


def difference(left: Observation, right: Observation) -> tuple[str, str]:
    """Where two runs part, told from each side."""
    for n in range(max(len(left.effects), len(right.effects))):
        one = left.effects[n] if n < len(left.effects) else None
        two = right.effects[n] if n < len(right.effects) else None
        if one is None or two is None:
            return (_effect(one, left), _effect(two, right))
        if (one.kind, one.what) != (two.kind, two.what):
            return (one.what, two.what)
        if one.detail != two.detail:
            path, a, b = parting(one.detail, two.detail)
            return (f"{one.what} with {path}{short(a)}", f"{two.what} with {path}{short(b)}")
    if left.outcome.kind == right.outcome.kind == "returned" and left.outcome.value != right.outcome.value:
        path, a, b = parting(left.outcome.value, right.outcome.value)
        return (f"returned {path}{short(a)}", f"returned {path}{short(b)}")
    return ending(left), ending(right)


def _effect(effect: Effect | None, seen: Observation) -> str:
    return effect.what if effect is not None else ending(seen)


def parting(left: Any, right: Any, path: str = "") -> tuple[str, Any, Any]:
    """The first place where two canonical trees differ: (path, there, there)."""
    if isinstance(left, tuple) and isinstance(right, tuple) and left[:1] == right[:1]:
        if left[:1] == ("dict",):
            one, two = dict(left[1:]), dict(right[1:])
            for key in [*one, *(k for k in two if k not in one)]:
                a, b = one.get(key, "<absent>"), two.get(key, "<absent>")
                if a != b:
                    return parting(a, b, f"{path}{key}: " if not path else f"{path[:-2]}.{key}: ")
        if len(left) == len(right):
            for a, b in zip(left[1:], right[1:], strict=True):
                if a != b:
                    return parting(a, b, path)
    return path, left, right


def arguments(pairs: Iterable[tuple[str, Value]]) -> str:
    """`a=1, b='x'`, as in a call."""
    return ", ".join(f"{n}={v.code}" for n, v in pairs)


def usage(case: Case, only: Iterable[str] = ()) -> str:
    """The case as a user writes it: `CreateBranch(repo='a').run(base='b')`; `only` keeps the named arguments, … is the rest."""
    name = case.ref.qualname.rpartition(".")[2]
    wanted = set(only)

    def some(pairs: tuple[tuple[str, Value], ...]) -> str:
        kept = [(n, v) for n, v in pairs if not wanted or n in wanted]
        text = arguments(kept)
        return text + (", …" if kept and len(kept) < len(pairs) else "…" if len(kept) < len(pairs) else "")

    if case.ref.kind == "function":
        return f"{name}.run({some(case.call)})"
    built = f"{name}({some((*case.init, *case.options))})"
    if case.route == "construct":
        return built
    given = [*(v.code for v in case.positional), *([some(case.call)] if case.call else [])]
    return f"{built}.run({', '.join(given)})"
