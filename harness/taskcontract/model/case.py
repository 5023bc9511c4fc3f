"""How a task is run once: its values, what answers it, and the surroundings it finds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from taskcontract.model.task import TaskRef


@dataclass(frozen=True, slots=True)
class Value:
    """A configuration value, held as the code that makes it, so that a run and its reproduction cannot differ.

    `code` is one Python expression; `setup` are the statements that must have run before it, in the case's own working
    directory (imports, files it names). Two values are the same when their code is.
    `kind` is the word for the sort of value ('text', 'int', 'path', 'callable', …).
    """

    code: str
    setup: tuple[str, ...] = ()
    kind: str = field(default="", compare=False)

    @staticmethod
    def of(literal: object, kind: str = "") -> Value:
        """A value whose `repr` evaluates to itself."""
        return Value(repr(literal), (), kind)


@dataclass(frozen=True, slots=True)
class Twist:
    """One answer made odd, whatever it comes from: `number` counts the run's HTTP requests from 0.

    `at` names what is changed: a place in a JSON document ("$.items[0].sha") or in an XML one ("/Result/Contents[2]/Key", or
    all of that name without a number), a header ("header Location"), or "" for the body, whatever it is.

    `how` 'status' answers with the status in `at` instead, with a body as services send it with that status; 'missing', 'null',
    'type' and 'empty' change that: not there, null (in JSON alone), of another type, emptied; 'truncated' ends the body in the
    middle.
    """

    number: int
    how: Literal["status", "missing", "null", "type", "empty", "truncated"]
    at: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the outside says back to HTTP requests, from the first of these that is given.

    `cassette` is the file of a recording, replayed as a template that answers for any value. `stubs` names what a contributor
    wrote with `responses`: "module:function", called with a `responses.RequestsMock` to fill. `documents` are the answers in
    the order of the requests, the last one repeating: (status, JSON text). With none of them, *explore*: each answer is
    invented by what the code reads of it, and what was invented is handed back on `Observation.learned`.

    `choices` bind what a stand-in's or invented answer's leaf is compared with: a symbolic path to the `repr` of the literal
    that it equals (or 'no:' + repr for "differs from"). `twist` makes one answer odd.
    """

    documents: tuple[tuple[int, str], ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    cassette: str = ""
    stubs: str = ""
    twist: Twist | None = None

    @property
    def real(self) -> bool:
        """Whether a service, or someone who knows it, has said what it answers; inference has not."""
        return bool(self.cassette or self.stubs)

    def choosing(self, path: str, literal: str) -> Answers:
        """These answers with one leaf bound; several 'no:' bindings of one path stand beside each other."""
        negative = literal.startswith("no:")
        kept = tuple(c for c in self.choices if c[0] != path or (negative and c[1].startswith("no:")))
        return replace(self, choices=(*kept, (path, literal)))


Route = Literal["direct", "flow", "pickled", "twice", "construct"]


@dataclass(frozen=True, slots=True)
class Case:
    """One way to run a task: what is given at construction, what at the call, and what the outside is like.

    `positional` are the run arguments given by position, before `call`. `options` are task options at construction.
    `secrets` maps secret names to JSON-able texts; of those named in `tables`, the run context has what the text says, as
    of one that a configuration has read. `any_secret` answers every other name, or only the
    names that it lists, with a canary made from the name. `home` are the files in the run's home, by their path in it, and
    what they hold.
    `route`: 'direct' constructs and calls `run`; 'construct' stops before the call; 'pickled' sends the instance through
    cloudpickle first; 'flow' binds in a Flow, serialises it and runs it; 'twice' runs `first`, then `call`, on one instance
    and observes the second. `inspect` looks at the result while it is still an object: see `ResultSeen`.
    """

    ref: TaskRef
    init: tuple[tuple[str, Value], ...] = ()
    call: tuple[tuple[str, Value], ...] = ()
    positional: tuple[Value, ...] = ()
    options: tuple[tuple[str, Value], ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    any_secret: bool | tuple[str, ...] = True
    tables: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    home: tuple[tuple[str, str], ...] = ()
    context: tuple[tuple[str, Value], ...] = ()
    answers: Answers = Answers()
    route: Route = "direct"
    first: tuple[tuple[str, Value], ...] = ()
    inspect: bool = False

    def with_(self, **changes: Any) -> Case:
        return replace(self, **changes)

    @property
    def key(self) -> str:
        """The same for the same case, in every process."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]
