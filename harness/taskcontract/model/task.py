"""What is judged: where a task lives, what it looks like, and where each such fact comes from."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal


class _Missing(enum.Enum):
    MISSING = "MISSING"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing.MISSING
"""No default is declared. Not `None`, which is a default like any other."""


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
