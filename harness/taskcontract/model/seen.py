"""What was seen in one run: how it ended, what left it, what it asked for, what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from taskcontract.model.case import Answers
from taskcontract.model.kept import Kept
from taskcontract.model.signed import Signed

NOT_MADE_ODD: Final = "was not made odd"
"""In the note of a run whose case has a twist that could not be made."""
UNTOLD: Final = "an answer ended early, and its client tells only those who read all of it at once"
"""The note of a run in which half an answer may have been taken for a whole one without the task's doing."""

EffectKind = Literal["http", "connect", "process", "file", "client", "sleep", "thread"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that left the task.

    `what` is one line a person reads ("POST https://…", "boto3.client().put_object", "rm /etc/x"). `detail` is the canonical
    tree of everything about it (see world/canon.py). `via` is 'http', 'stand-in:NAME', 'phantom:NAME' or 'none'.
    `constructing` is true when nothing has gone out by it, as far as can be known: a client object was made, a thread was
    started, a file in the case's own directory was written.
    `refused` is true when the world did not let it happen (and the task was stopped there).
    `signed` is a request as it was sent, where there may be a signature in it.
    """

    kind: EffectKind
    what: str
    detail: Any = None
    via: str = "none"
    constructing: bool = False
    refused: bool = False
    signed: Signed | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    """Something the task asked its surroundings for.

    `kind`: 'secret', 'env', 'context', 'clock', 'file' (one in the run's home as "~/…"), 'config' (a key of the framework's
    configuration that nobody has set) or 'metadata' (the address of the machine that a cloud's client asks who it is);
    'lacking' and 'anonymous' say of a replaced client, by the name of what was called, that neither the call nor its own
    look-up has a credential: it says so itself as soon as one is demanded, or leaves that to the service.
    `by` is the module whose code asked, "" where that is not known. `through` is the client that had it ask, for a file: ""
    where the library's own code did, or the framework's helpers; "?" where that is not known.
    """

    kind: str
    name: str
    phase: Literal["construct", "run"] = "run"
    by: str = field(default="", compare=False)
    through: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was not as before after the run. `where`: 'instance', 'caller', 'environment', 'class', 'directory'.

    `by` is the module whose code made it, for a file in the case's directory; "" where that is not known.
    """

    where: str
    name: str
    before: Any
    after: Any
    by: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run ended.

    `kind`: 'returned', 'raised', 'signal' (a Prefect signal), 'refused' (the world stopped it at an effect it does not
    allow), 'cut' (a budget ended it), 'exited' (SystemExit). `value` is the canonical result. For the rest `type` is the
    exception's qualified name, `bases` the names of all its bases, `text` its message, `trail` the innermost frames in the
    task's own library as "file:line" (innermost last), `deep` whether it was raised below the library's own code. `causes`
    are the messages of the errors that a traceback shows before this one, and of its notes, where the library's own code
    wrote them; `beneath` is the first of all those errors, with its type, where a client's code raised it.
    """

    kind: Literal["returned", "raised", "signal", "refused", "cut", "exited"]
    value: Any = None
    type: str = ""
    bases: tuple[str, ...] = ()
    text: str = ""
    trail: tuple[str, ...] = ()
    deep: bool = False
    causes: tuple[str, ...] = field(default=(), compare=False)
    beneath: str = field(default="", compare=False)

    def is_a(self, name: str) -> bool:
        """Whether the exception is a `name`, e.g. 'ValueError', by its own name or a base's."""
        return name == self.type.rpartition(".")[2] or name in self.bases


@dataclass(frozen=True, slots=True)
class Fork:
    """A comparison the run made on an answer it was given: `path` of the leaf, the literal it met, and how it was decided."""

    path: str
    literal: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Foreign:
    """One type in a result that is no exact builtin and no value type of the standard library's, and where it came first.

    `path` is like `$.Payload`. `sort`: 'stream' can be read only once (a generator, an iterator, an open file), 'own' is a
    class of the task's own library or framework, 'client' is everything else. `named` is whether the return annotation is
    about this class. `families` are the top-level packages that it and its bases come from.
    """

    path: str
    type: str
    sort: Literal["client", "stream", "own"] = "client"
    named: bool = False
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultSeen:
    """What can only be said of a result while it is still an object.

    `foreign` are the types in it that a downstream task cannot take as plain data, each where it came first. `unknown` is the
    path of the first part about which nothing real is known, because it was invented or is a stand-in's ("" if there is none).
    `documents` are the texts in it that are whole JSON objects or arrays, by path. `annotated` is whether the return
    annotation says something that can be checked, and `disagrees` what about the result is not as it says.
    `pickle`, `again` and `alone` say why it does not pickle, why a second reading gives something else, and what happens when
    it is read after the run; "" if nothing is wrong.
    """

    foreign: tuple[Foreign, ...] = ()
    unknown: str = ""
    documents: tuple[tuple[str, str], ...] = ()
    annotated: bool = False
    disagrees: str = ""
    pickle: str = ""
    again: str = ""
    alone: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """One HTTP answer as the task was given it: `kind` is its media type, `text` the body as text, "" if it is none.

    `size` is the number of bytes in the body as it came; 0 for an invention too. `headers` are the names of its headers.
    """

    status: int
    kind: str = ""
    text: str = ""
    size: int = 0
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run of one case looked like: plain canonical data, comparable and picklable.

    `phase` is how far it came: 'setup' (the case itself could not be prepared), 'construct', 'bind' (calling `run` failed in
    Python's own argument binding), 'run'. `entered` says whether the body of `run` was entered; `bound` then maps `run`'s
    parameter names to their last canonical values in that frame, `entry` to those at entry. `attributes` are the instance's
    after construction. `read_attributes` are names of instance attributes that were read after the body was entered.
    `learned` are the answers that were invented, made concrete; `forks` the comparisons made on them. `played` are the
    indexes of the cassette's interactions (or stubs) that answered, in order; `unmatched` says of each request that none
    answered what the nearest one was and what differed. `result` and `answered` are there when the case says `inspect`.
    """

    outcome: Outcome
    phase: Literal["setup", "construct", "bind", "run"] = "run"
    entered: bool = False
    entry: Mapping[str, Any] | None = None
    bound: Mapping[str, Any] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    read_attributes: frozenset[str] = frozenset()
    effects: tuple[Effect, ...] = ()
    reads: tuple[Read, ...] = ()
    logs: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    learned: Answers = field(default_factory=Answers)
    forks: tuple[Fork, ...] = ()
    played: tuple[int, ...] = ()
    unmatched: tuple[str, ...] = ()
    result: ResultSeen | None = None
    answered: tuple[Answered, ...] = ()
    notes: tuple[str, ...] = ()
    kept: Kept = field(default_factory=Kept, compare=False)
    seconds: float = field(default=0.0, compare=False)

    @property
    def reached(self) -> bool:
        """Whether the run returned or got as far as the outside: what a working baseline must do."""
        return self.outcome.kind == "returned" or any(not e.constructing for e in self.effects)

    @property
    def trace(self) -> tuple[Any, ...]:
        """What two runs of equivalent configurations must share: how it ended and everything that went out."""
        o = self.outcome
        return (self.phase, o.kind, o.value, o.type, o.text, tuple((e.kind, e.what, e.detail) for e in self.effects))

    @property
    def via(self) -> frozenset[str]:
        return frozenset(e.via for e in self.effects if e.via != "none")
