"""What one run has asked of its phantoms so far, and how each question is decided.

An absent client's answer has no value until the task asks for one. Every question has a path ('boto3.client().get()?'), is put
to `Run.choose` and is answered the same way for the rest of the run. The defaults take the way on which things go well and end:
a wait sees the state that it waits for, a page is the last one after a few, an error is absent.
"""

from __future__ import annotations

import ast
import functools
import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from taskcontract.model import Effect
from taskcontract.world import state
from taskcontract.world.canon import canon
from taskcontract.world.own_lookup import Found

REPEATS = 3
"""How often the same question is answered 'yes, go on' in one run, and how many items a source gives out before it is empty."""

_FAILURE = re.compile(r"(?i)error|fail|exception|cancel|abort|invalid|denied|timed?_?out|crash|kill|stopped|missing|not_?found")
_WAITING = re.compile(
    r"(?i)(is_?)?(pending|queued|waiting|running|in_?progress|starting|started|provisioning|creating|active|open|busy|scheduled|"
    r"submitted|processing)"
)
_WORD = re.compile(r"\W+")


class Memory:
    """What the phantoms remember during one run: how often each call was made and what each question was answered."""

    def __init__(self, run: state.Run) -> None:
        self.run = run
        self.calls: Counter[str] = Counter()
        self.asked: Counter[tuple[str, str]] = Counter()
        self.decided: dict[tuple[str, str], bool] = {}
        self.settings: dict[str, Any] = {}
        self.words: dict[str, str] = {}
        self.lacking: dict[str, tuple[str, Found]] = {}
        """Clients without a credential that only complain of it when they are used: what opened them, by their path."""

    def numbered(self, path: str) -> str:
        """The path of one more call of what stands at `path`."""
        self.calls[path] += 1
        count = self.calls[path]
        return f"{path}()" if count == 1 else f"{path}()#{count}"

    def decide(self, path: str, literal: object, default: bool, *, kind: str = "") -> bool:
        """Answer a question once; a default of 'yes' turns after the same question was met at `REPEATS` other objects."""
        key = (path, repr(literal))
        if key in self.decided:
            return self.decided[key]
        general = (plain(path), repr(literal))
        if default and self.asked[general] >= REPEATS:
            default = False
        self.asked[general] += 1
        self.decided[key] = answer = self.run.choose(path, literal, default)
        return answer

    def bound(self, path: str) -> Any:
        """The literal that the leaf at `path` is known to equal; None when nothing is known."""
        text = self.run.literal(path)
        if text is None:
            return None
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return None


_memory: Memory | None = None


def memory() -> Memory | None:
    """The phantoms' memory of the run in progress; None when no run is."""
    global _memory
    run = state.active()
    if run is None:
        return None
    if _memory is None or _memory.run is not run:
        _memory = Memory(run)
    return _memory


def forget() -> None:
    """Let go of the last run."""
    global _memory
    _memory = None


def plain(path: str) -> str:
    """`path` without the numbers of repeated calls: the expression as it stands in the source."""
    return re.sub(r"#\d+", "", path) if "#" in path else path


def is_unwelcome(text: object) -> bool:
    """Whether a name or literal says that something has gone wrong, or is not over yet."""
    return isinstance(text, str) and (_FAILURE.search(text) is not None or _WAITING.fullmatch(text) is not None)


def record(what: str, via: str, detail: Any, *, constructing: bool) -> None:
    """Record an effect of the run in progress; `detail` is canonical already. Without a run nothing is recorded."""
    run = state.active()
    if run is not None:
        run.record(Effect("client", what, detail, via, constructing))


def detail_of(args: tuple[Any, ...], kwargs: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Any:
    """Canonical arguments of a call, with what had been set on the object that it is made on."""
    run = state.active()
    directory = str(run.directory) if run is not None else ""
    parts: list[Any] = ["call", *(canon(a, directory) for a in args)]
    parts.extend((name, canon(kwargs[name], directory)) for name in sorted(kwargs))
    if settings:
        parts.append(("with", *((name, canon(settings[name], directory)) for name in sorted(settings))))
    return tuple(parts)


def only_made_something(what: str) -> None:
    """Say of the last effect `what` that it has only made an object, as its use has shown."""
    run = state.active()
    for at in range(len(run.effects) - 1, -1, -1) if run is not None else ():
        if run is not None and run.effects[at].what == what:
            run.effects[at] = replace(run.effects[at], constructing=True)
            return


# --- which calls only make an object ---------------------------------------------------------------------------------

_CONNECT = re.compile(r"^(connect|create_connection|open_connection|dial|.*_connect)$")
_FACTORY = re.compile(
    r"^(client|resource|session|cursor|from_\w+|\w+_client|\w+_session|\w+_cursor|\w*credentials?|\w*account|authorize|auth|"
    r"get_paginator|get_waiter|\w*config(uration)?|parse_\w+|Signature|signature)$"
)
_PURE = re.compile(r"^(parse_\w+|version|encode|decode|dumps|loads|quote|escape|sign)$")


def is_factory(name: str) -> bool:
    """Whether the word says that calling `name` gives an object to work with."""
    return bool(_FACTORY.match(name.lstrip("_")))


def is_pure(name: str) -> bool:
    """Whether the word says that calling `name` turns data into data, and reaches nothing."""
    return bool(_PURE.match(name.lstrip("_")))


def is_class_name(name: str) -> bool:
    """CamelCase, as classes are written; `ALL_CAPS` is a constant."""
    return name[:1].isupper() and (not name.isupper() or len(name) <= 4)


def connects(name: str) -> bool:
    """Whether the call opens a connection: that leaves the task, whatever it returns."""
    return bool(_CONNECT.match(name))


@functools.lru_cache(4096)
def word_of(path: str) -> str:
    """A short recognisable text for what stands at `path`, the same in every process."""
    parts = [p for p in _WORD.split(plain(path)) if p and not p.isdigit()]
    return f"answer-{'-'.join(parts[-1:]) or 'it'}-{zlib.crc32(path.encode()):08x}"
