"""The nouns every part of the harness speaks in: plain, frozen, made of the standard library only.

Nothing here runs a task, reads a file or knows Prefect. A description (`TaskSpec`) says what a task looks like, a `Case`
says how to run it once, an `Observation` says what was seen, a `Finding` says what that means for one subject of one clause,
and a `Cell` is all findings of one clause about one task.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol


class Verdict(enum.StrEnum):
    """What a clause says about a task, or about one subject of it (DESIGN section 3)."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNPROVEN = "unproven"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"
    STALE = "stale"
    ERROR = "error"


class Level(enum.StrEnum):
    """A breach of a RULE fails the run; ADVICE is reported without failing unless it is selected or `--strict` is given."""

    RULE = "rule"
    ADVICE = "advice"


class _Missing(enum.Enum):
    MISSING = "MISSING"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing.MISSING
"""No default is declared. Not `None`, which is a default like any other."""


# --- what is judged --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskRef:
    """Where a task lives. `id` is `module:qualname`; `path` is set when the module was loaded from a file by path."""

    module: str
    qualname: str
    file: str | None = None
    line: int | None = None
    kind: Literal["class", "function"] = "class"
    path: str | None = None

    @property
    def id(self) -> str:
        return f"{self.module}:{self.qualname}"


@dataclass(frozen=True, slots=True)
class Unimportable:
    """A module or task that could not be loaded. `why` holds the exception with its `__cause__` chain, one line each."""

    name: str
    why: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read: `how` is a word such as 'signature', 'decorator', 'docstring', 'guard', 'comparison', 'name'."""

    how: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One inferred statement about a task. `kind` names the sort (see describe.py), `about` the parameter ('' = the task)."""

    kind: str
    about: str
    value: Any
    source: Source


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter on one side.

    `default` is the `repr` of the declared default, or MISSING; `annotation` and `doc_type` are source text;
    `doc` is the docstring entry's text. `option` is true for a construction parameter that only forwards a task option.
    """

    name: str
    side: Literal["init", "run"]
    kind: Literal["positional-only", "positional-or-keyword", "keyword-only"] = "positional-or-keyword"
    default: str | _Missing = MISSING
    annotation: str | None = None
    doc_type: str | None = None
    doc: str | None = None
    line: int | None = None

    @property
    def required(self) -> bool:
        """Whether Python itself demands it."""
        return self.default is MISSING


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """What could be read about a task without running it. Every entry of `facts` names its source.

    `init` and `run` are in signature order, without `self`. `init_var_keyword` is whether construction takes `**kwargs`;
    `run_var_keyword`/`run_var_positional` likewise for the call. `decorated` maps the names that a defaulting decorator
    injects to the attribute they come from; `fallbacks` maps run parameters to the attribute a hand-written fallback reads.
    `stored` maps construction parameters to the attributes that hold them unchanged (`self.x = x`).
    `declared` is the contributor's own declaration, or an empty mapping.
    """

    ref: TaskRef
    init: tuple[Parameter, ...] = ()
    run: tuple[Parameter, ...] = ()
    init_var_keyword: bool = False
    run_var_keyword: bool = False
    run_var_positional: bool = False
    decorated: Mapping[str, str] = field(default_factory=dict)
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    options: frozenset[str] = frozenset()
    facts: tuple[Fact, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    line_of_run: int | None = None
    line_of_init: int | None = None
    source: str = ""

    @property
    def id(self) -> str:
        return self.ref.id

    def init_parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.init if p.name == name), None)

    def run_parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.run if p.name == name), None)

    @property
    def shared(self) -> tuple[str, ...]:
        """Names that can be configured at both places, in the order of the call's signature."""
        own = {p.name for p in self.init if p.name not in self.options}
        return tuple(p.name for p in self.run if p.name in own)

    def about(self, kind: str, name: str = "") -> Iterator[Fact]:
        return (f for f in self.facts if f.kind == kind and f.about == name)


# --- how it is run once ----------------------------------------------------------------------------------------------


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

    `how` 'status' answers with the status in `at` instead, with a body as services send it with that status; 'missing', 'null',
    'type' and 'empty' change the one leaf, list or object of the JSON body that `at` names ("$.items[0].sha"): not there,
    null, of another type, emptied; 'truncated' ends the body in the middle.
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
    `secrets` maps secret names to JSON-able texts; `any_secret` answers every other name, or only the
    names that it lists, with a canary made from the name.
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
    env: tuple[tuple[str, str], ...] = ()
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


# --- what was seen ---------------------------------------------------------------------------------------------------

EffectKind = Literal["http", "connect", "process", "file", "client", "sleep", "thread"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that left the task.

    `what` is one line a person reads ("POST https://…", "boto3.client().put_object", "rm /etc/x"). `detail` is the canonical
    tree of everything about it (see world/canon.py). `via` is 'http', 'stand-in:NAME', 'phantom:NAME' or 'none'.
    `constructing` is true when nothing has gone out by it, as far as can be known: a client object was made, a thread was
    started, a file in the case's own directory was written.
    `refused` is true when the world did not let it happen (and the task was stopped there).
    """

    kind: EffectKind
    what: str
    detail: Any = None
    via: str = "none"
    constructing: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """Something the task asked its surroundings for. `kind`: 'secret', 'env', 'context', 'clock', 'file', 'config'."""

    kind: str
    name: str
    phase: Literal["construct", "run"] = "run"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was not as before after the run. `where`: 'instance', 'caller', 'environment', 'class', 'directory'."""

    where: str
    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run ended.

    `kind`: 'returned', 'raised', 'signal' (a Prefect signal), 'refused' (the world stopped it at an effect it does not
    allow), 'cut' (a budget ended it), 'exited' (SystemExit). `value` is the canonical result. For the rest `type` is the
    exception's qualified name, `bases` the names of all its bases, `text` its message, `trail` the innermost frames in the
    task's own library as "file:line" (innermost last), `deep` whether it was raised below the library's own code.
    """

    kind: Literal["returned", "raised", "signal", "refused", "cut", "exited"]
    value: Any = None
    type: str = ""
    bases: tuple[str, ...] = ()
    text: str = ""
    trail: tuple[str, ...] = ()
    deep: bool = False

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
    """One HTTP answer as the task was given it: `kind` is its media type, `text` the body as text, "" if it is none."""

    status: int
    kind: str = ""
    text: str = ""


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
    learned: Answers = Answers()
    forks: tuple[Fork, ...] = ()
    played: tuple[int, ...] = ()
    unmatched: tuple[str, ...] = ()
    result: ResultSeen | None = None
    answered: tuple[Answered, ...] = ()
    notes: tuple[str, ...] = ()
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


# --- what it means ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict about one subject (a parameter, an option, a split), with what a reader needs to believe or mend it.

    `message` says what happened; `expected`, `actual` and `fix` are set on *violated*; `fix` names the line to change.
    `reproduce` is Python that runs as it stands. `examples` is how many cases were judged. `settles` says what would
    settle an *unproven* one. `cases` are the cases that decided it, the counterexample first.
    """

    subject: str
    verdict: Verdict
    message: str
    expected: str = ""
    actual: str = ""
    fix: str = ""
    reproduce: str = ""
    examples: int = 0
    settles: str = ""
    cases: tuple[Case, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict is Verdict.HOLDS and self.examples < 1:
            raise ValueError(f"{self.subject}: 'holds' needs at least one conclusive case")
        if self.verdict is Verdict.VIOLATED and not (self.expected and self.actual and self.cases):
            raise ValueError(f"{self.subject}: 'violated' needs a counterexample with expected and actual")
        if self.verdict is Verdict.UNPROVEN and not (self.message and self.settles):
            raise ValueError(f"{self.subject}: 'unproven' needs its reason and what would settle it")


@dataclass(frozen=True, slots=True)
class Cell:
    """One clause about one task. `why` explains everything that is not *holds* in one line."""

    task: str
    clause: str
    level: Level
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    why: str = ""
    seconds: float = 0.0
    executions: int = 0

    def __post_init__(self) -> None:
        verdicts = {f.verdict for f in self.findings}
        if self.verdict is Verdict.HOLDS and verdicts != {Verdict.HOLDS}:
            raise ValueError(f"{self.task} {self.clause}: 'holds' needs every subject judged and holding")
        if self.verdict is Verdict.VIOLATED and Verdict.VIOLATED not in verdicts:
            raise ValueError(f"{self.task} {self.clause}: 'violated' without a violated finding")
        if self.verdict in (Verdict.UNPROVEN, Verdict.NOT_APPLICABLE, Verdict.ERROR) and not self.why:
            raise ValueError(f"{self.task} {self.clause}: {self.verdict} needs a reason")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task of the report, or one module that could not be imported."""

    task: str
    file: str | None
    line: int | None
    status: Literal["judged", "unimportable", "error"]
    why: str = ""
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a renderer may see. `layers` names the sealing layers that were in force."""

    version: str
    prefect: str
    python: str
    seed: int
    profile: str
    seconds: float
    tasks: tuple[TaskRow, ...]
    cells: tuple[Cell, ...]
    layers: tuple[str, ...] = ()
    interrupted: bool = False


class Probe(Protocol):
    """What a clause is given to look with. Calling it observes a case in the sealed world; equal cases are observed once."""

    def __call__(self, case: Case) -> Observation: ...
