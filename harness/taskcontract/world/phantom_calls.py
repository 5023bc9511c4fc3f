"""What the code around a call of an absent client says about the answer: what it is unpacked into, what is prepared for.

A source that never runs dry would keep `while True` going, an exception that never comes would hide what a handler does. The
calling frame says which of the two the task reckons with.
"""

from __future__ import annotations

import builtins
import dis
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taskcontract.world.phantom_sources import caught_at, facts_of
from taskcontract.world.phantom_state import REPEATS, Memory, plain

_UNPACK = dis.opmap["UNPACK_SEQUENCE"]
_UNPACK_EX = dis.opmap["UNPACK_EX"]
_CONTAINS, _LOAD_CONST = dis.opmap["CONTAINS_OP"], dis.opmap["LOAD_CONST"]
_ENDS = ("StopIteration", "StopAsyncIteration", "EOFError", "IndexError")
_DRY: dict[str, Any] = {
    **dict.fromkeys(("poll", "fetchone", "receive", "get_message", "next_message", "lpop", "rpop", "blpop", "brpop"), None),
    **dict.fromkeys(("fetchall", "fetchmany", "readlines", "pull", "consume", "receive_messages", "poll_messages"), ()),
    **dict.fromkeys(("read", "readline", "recv", "read_chunk"), ""),
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: its numbered path, the path of what was called, its name, the frame that calls, the run's memory."""

    called: str
    path: str
    name: str
    frame: types.FrameType
    mind: Memory


@dataclass(frozen=True, slots=True)
class Dry:
    """The answer of a source that has nothing more."""

    value: Any


def before_answer(ask: Ask, *, draining: bool) -> Dry | None:
    """Raise what the caller is prepared for if the run so decides; the empty answer when a source has run dry."""
    caught = caught_at(ask.frame.f_code.co_filename, ask.frame.f_lineno)
    for name in caught:
        error = _phantom_error(ask.frame, name)
        if error is not None and ask.mind.decide(f"{ask.called}!{name.rpartition('.')[2]}", True, False):
            raise error(f"{plain(ask.path)} failed")
    if not draining or ask.mind.calls[ask.path] <= REPEATS:
        return None
    for name in caught:
        if name in _ENDS:
            raise getattr(builtins, name)
    if ask.name not in _DRY:
        return None
    empty = _DRY[ask.name]
    return Dry(list(empty) if empty == () else empty)


def _phantom_error(frame: types.FrameType, name: str) -> type[Exception] | None:
    """The exception class of an absent client that `name` means in `frame`."""
    first, *rest = name.split(".")
    value = frame.f_locals.get(first, frame.f_globals.get(first)) if not rest else frame.f_globals.get(first)
    for part in rest:
        value = getattr(value, part, None)
    return value if isinstance(value, type) and "__taskcontract_phantom__" in value.__dict__ else None


def decorates(frame: types.FrameType, given: object) -> bool:
    """Whether a call with `given` alone is the application of a decorator."""
    if not isinstance(given, (types.FunctionType, type)):
        return False
    return frame.f_lineno in facts_of(frame.f_code.co_filename).decorators


def wraps_by_hand(path: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call of `path`, a function of the client or what it gave, wraps a function as a decorator does."""
    if kwargs or len(args) != 1 or not isinstance(args[0], types.FunctionType) or args[0].__name__ == "<lambda>":
        return False
    bare = plain(path).removesuffix("()")
    return "(" not in bare and "[" not in bare and bare.rpartition(".")[2][:1].islower()


def unpacked(frame: types.FrameType) -> int:
    """How many items the code that iterates in `frame` wants: as many as it unpacks into, otherwise one."""
    code = frame.f_code.co_code
    at = frame.f_lasti
    if 0 <= at < len(code) - 1:
        if code[at] == _UNPACK:
            return code[at + 1]
        if code[at] == _UNPACK_EX:
            return (code[at + 1] & 0xFF) + 1
    return 1


def searched(frame: types.FrameType) -> frozenset[Any]:
    """The set display that the code in `frame` is looking something up in (`state in {"done", "failed"}`); else empty."""
    code, at = frame.f_code.co_code, frame.f_lasti
    if at >= 2 and code[at] == _CONTAINS and code[at - 2] == _LOAD_CONST:
        members = frame.f_code.co_consts[code[at - 1]]
        if isinstance(members, frozenset):
            return members
    return frozenset()
