"""What can be said of a live result while the run that gave it is still open: `ResultSeen`.

The object is the task's, not ours: its classes may lie about themselves, its iterators may never end, its `__reduce__` may
raise. Types are read with `type`, containers with the methods of the builtins they are derived from, and everything that runs
the object's own code runs as the task's doing, in its sealed world and on its budget; what that does is taken back afterwards.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import ipaddress
import itertools
import json
import pathlib
import re
import sys
import types
import uuid
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal

from taskcontract.cassettes.paths import Step, spell
from taskcontract.model import Foreign, ResultSeen
from taskcontract.world.canon import canon, qualified
from taskcontract.world.invention_nodes import Symbolic
from taskcontract.world.result_annotation import annotation_of, disagreement, names, says_something
from taskcontract.world.state import Run, Stopped

MOST_PARTS: Final = 20_000
"""How many parts of a result are looked at."""

MOST_TYPES, MOST_DOCUMENTS, MOST_READ, LONGEST_DOCUMENT = 12, 12, 300, 4_000_000

_PLAIN: Final = (type(None), bool, int, float, complex, bytearray, range, type(...))
_TEXTS: Final = (str, bytes)
_HOLDERS: Final = (dict, list, tuple, set, frozenset)
_LIBRARY_HOLDERS: Final = (collections.OrderedDict, collections.defaultdict, collections.Counter, collections.deque)
_VALUES: Final = (
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone, zoneinfo.ZoneInfo, decimal.Decimal,
    fractions.Fraction, uuid.UUID, pathlib.PurePath, pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath,
    ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network, ipaddress.IPv4Interface,
    ipaddress.IPv6Interface, types.SimpleNamespace,
)  # fmt: skip
_NATIVE: Final = frozenset(map(id, (*_PLAIN, *_TEXTS, *_HOLDERS, *_LIBRARY_HOLDERS, *_VALUES)))
_LAZY: Final = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, io.IOBase)


def look(value: Any, run: Run, function: Any, module: str) -> ResultSeen:
    """Say what can be said of `value`, which the task function `function` of `module` has returned in `run`.

    Raises nothing: what the object's own code does ends with this. Effects that looking has had are taken off the record.
    """
    effects, stopped = len(run.effects), run.stopped
    run.working = True
    try:
        return _look(value, run, function, module)
    except (Exception, Stopped, SystemExit, GeneratorExit) as error:
        text = f"looking at it raises {qualified(type(error))}"
        return ResultSeen(foreign=(Foreign("$", qualified(type(value))),), alone=text)
    finally:
        run.working = False
        _forget(run, effects, stopped)


def _forget(run: Run, effects: int, stopped: Stopped | None) -> None:
    del run.effects[effects:]
    run.stopped = stopped


def _look(value: Any, run: Run, function: Any, module: str) -> ResultSeen:
    annotation = annotation_of(function)
    walk = _Walk(run, module, annotation)
    walk.look(value)
    wrong = disagreement(value, annotation, getattr(function, "__globals__", {}))
    pickle = "" if walk.unknown and not walk.foreign else _pickles(value, run)
    alone = again = ""
    for thing in walk.strange:
        first, second = _read(thing, run), _read(thing, run)
        alone = alone or (f"reading it {first.wrong}" if first.wrong else "")
        again = again or ("" if first.wrong else _differs(first, second))
    return ResultSeen(
        tuple(walk.foreign.values()),
        walk.unknown,
        tuple(walk.documents),
        says_something(annotation),
        wrong,
        pickle,
        again,
        alone,
    )


# --- which types there are -------------------------------------------------------------------------------------------


class _Walk:
    """Everything in a result, breadth first, each object once."""

    def __init__(self, run: Run, module: str, annotation: Any) -> None:
        self.top = module.partition(".")[0]
        self.module, self.annotation = module, annotation
        self.foreign: dict[str, Foreign] = {}
        self.strange: list[Any] = []
        self.unknown = ""
        self.documents: list[tuple[str, str]] = []
        self._given = set(_objects_given(run))
        self._met: dict[int, Any] = {}

    def look(self, value: Any) -> None:
        waiting: collections.deque[tuple[Any, tuple[Step, ...]]] = collections.deque([(value, ())])
        while waiting and len(self._met) < MOST_PARTS:
            thing, steps = waiting.popleft()
            kind = type(thing)
            if id(kind) in _TEXT_IDS:
                self._text(thing, steps)
            elif id(kind) not in _PLAIN_IDS and id(thing) not in self._met:
                self._met[id(thing)] = thing  # held, so that no other object gets its address
                waiting.extend((part, (*steps, step)) for step, part in self._parts(thing, kind, steps))

    def _parts(self, thing: Any, kind: type, steps: tuple[Step, ...]) -> Iterable[tuple[Step, Any]]:
        if id(thing) in self._given and id(kind) not in _HOLDER_IDS:
            return ()  # what the caller gave, the caller can use
        if issubclass(kind, Symbolic):
            self.unknown = self.unknown or spell(steps)
            return [(str(key), part) for key, part in thing._tc_own.items()]
        if str(kind.__module__).partition(".")[0] == "taskcontract" and not issubclass(kind, io.IOBase):
            self.unknown = self.unknown or spell(steps)
            return ()
        if id(kind) not in _NATIVE and not self._of_the_standard_library(kind):
            self._strange(thing, kind, steps)
        return _inside(thing, kind)

    def _of_the_standard_library(self, kind: type) -> bool:
        """Whether it is one of its enums or named tuples: values, however they are spelt."""
        standard = str(kind.__module__).partition(".")[0] in sys.stdlib_module_names
        return standard and issubclass(kind, (enum.Enum, tuple))

    def _strange(self, thing: Any, kind: type, steps: tuple[Step, ...]) -> None:
        name = _name_of(kind)
        if name not in self.foreign and len(self.foreign) < MOST_TYPES:
            named = names(self.annotation, kind)
            self.foreign[name] = Foreign(spell(steps), name, self._sort(kind), named, _families(kind))
            self.strange.append(thing)

    def _sort(self, kind: type) -> Literal["client", "stream", "own"]:
        if issubclass(kind, _LAZY) or "__next__" in _names_of(kind):
            return "stream"
        module = str(kind.__module__)
        return "own" if module == self.module or module.partition(".")[0] in (self.top, "prefect") else "client"

    def _text(self, text: Any, steps: tuple[Step, ...]) -> None:
        if len(self.documents) < MOST_DOCUMENTS and 2 <= len(text) <= LONGEST_DOCUMENT and id(text) not in self._given:
            decoded = text if type(text) is str else text.decode("utf-8", "replace")
            if is_document(decoded):
                self.documents.append((spell(steps), decoded))


_TEXT_IDS: Final = frozenset(map(id, _TEXTS))
_PLAIN_IDS: Final = frozenset(map(id, _PLAIN))
_HOLDER_IDS: Final = frozenset(map(id, (*_HOLDERS, *_LIBRARY_HOLDERS)))


def is_document(text: str) -> bool:
    """Whether a text is a whole JSON object or array; a bare number or quoted word is not."""
    inside = text.strip().removeprefix("\ufeff")
    if inside[:1] + inside[-1:] not in ("{}", "[]"):
        return False
    try:
        return isinstance(_DECODER.raw_decode(inside)[0], (dict, list)) and _DECODER.raw_decode(inside)[1] == len(inside)
    except (ValueError, RecursionError):
        return False


_OF_A_FILE: Final = re.compile(r"^_taskcontract_file_[0-9a-f]+_")
_DECODER: Final = json.JSONDecoder()


def _name_of(kind: type) -> str:
    """The class as its users know it: what stands in a client's place goes by the client's name, a file by its own."""
    return str(getattr(kind, "__taskcontract_name__", "")) or _OF_A_FILE.sub("", qualified(kind))


def _families(kind: type) -> tuple[str, ...]:
    tops = (str(cls.__module__).partition(".")[0] for cls in kind.__mro__)
    return tuple(dict.fromkeys(top for top in tops if top not in sys.stdlib_module_names))


def _names_of(kind: type) -> set[str]:
    return {name for cls in kind.__mro__ for name in vars(cls)}


def _inside(thing: Any, kind: type) -> Iterator[tuple[Step, Any]]:
    """What a container or record holds, read without running a line of its own."""
    if issubclass(kind, dict):
        for key, part in list(dict.items(thing)):
            yield _step(key), part
            yield _step(key), key
    elif issubclass(kind, (list, tuple, set, frozenset, collections.deque)):
        base: Any = next(b for b in (list, tuple, set, frozenset, collections.deque) if issubclass(kind, b))
        yield from enumerate(list(base.__iter__(thing)))
    elif issubclass(kind, types.SimpleNamespace) or dataclasses.is_dataclass(kind):
        own = object.__getattribute__(thing, "__dict__") if hasattr(kind, "__dict__") else {}
        yield from ((str(key), part) for key, part in list(own.items()))


def _step(key: Any) -> Step:
    return key if type(key) in (str, int) else repr(canon(key))


def _objects_given(run: Run) -> Iterator[int]:
    """The identities of what the case hands in, and of what that holds."""
    waiting: list[tuple[Any, int]] = [(thing, 4) for things in run.given.values() for thing in things]
    while waiting:
        thing, depth = waiting.pop()
        if id(type(thing)) not in _PLAIN_IDS:
            yield id(thing)
            if depth:
                waiting += [(part, depth - 1) for _, part in itertools.islice(_inside(thing, type(thing)), MOST_READ)]


# --- what can be done with it ------------------------------------------------------------------------------------------


def _pickles(value: Any, run: Run) -> str:
    """Why the result cannot be sent through pickle, as Prefect sends it; "" if it can."""
    import cloudpickle

    try:
        cloudpickle.loads(cloudpickle.dumps(value))
    except (Exception, Stopped, RecursionError) as error:
        return f"{qualified(type(error))}: {_message(error)}"
    return ""


@dataclasses.dataclass(frozen=True)
class _Reading:
    """One reading of an object: what was read, in canonical form, or what went wrong."""

    content: Any = None
    wrong: str = ""


def _read(thing: Any, run: Run) -> _Reading:
    """Read an object as a downstream task would: all that it yields, or what it holds."""
    effects, stopped = len(run.effects), run.stopped
    try:
        content = _reader(thing)()
        gone = [e.what for e in run.effects[effects:] if not e.constructing]
        return _Reading(canon(content, str(run.directory)), f"goes out again: {gone[0]}" if gone else "")
    except Stopped as error:
        refused = [e.what for e in run.effects[effects:] if e.refused]
        return _Reading(wrong=f"goes out again: {refused[0]}" if refused else f"does not end: {_message(error)}")
    except (Exception, SystemExit, GeneratorExit) as error:
        return _Reading(wrong=f"raises {qualified(type(error))}: {_message(error)}")
    finally:
        _forget(run, effects, stopped)


def _reader(thing: Any) -> Callable[[], Any]:
    kind = type(thing)
    own = _names_of(kind)
    if "read" in own and {"readline", "readable", "close"} & own:
        return lambda: thing.read()
    if "__iter__" in own:
        return lambda: list(itertools.islice(iter(thing), MOST_READ))
    return lambda: thing


def _differs(first: _Reading, second: _Reading) -> str:
    if second.wrong:
        return f"a second reading {second.wrong}"
    return "" if first.content == second.content else "a second reading gives something else than the first"


def _message(error: BaseException) -> str:
    try:
        return str(error)[:200]
    except Exception:
        return "<no message>"


__all__ = ["is_document", "look"]
