"""What `list` and `explain` print: tasks with their parameters and applicable clauses, and a clause's own page."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Protocol

from taskcontract.model import MISSING, Level, Parameter, TaskSpec, Unimportable
from taskcontract.report.totals import counted
from taskcontract.report.words import printable


class Clause(Protocol):
    """What these pages ask of a clause; its docstring is its text."""

    @property
    def code(self) -> str: ...

    @property
    def slug(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def level(self) -> Level: ...

    @property
    def since(self) -> str: ...

    def applies(self, spec: TaskSpec) -> str | None: ...


def task_lines(described: Sequence[TaskSpec | Unimportable], catalogue: Sequence[Clause]) -> Iterator[str]:
    """Each task with what it takes on both sides and which clauses apply; modules that do not import with their cause."""
    for item in described:
        if isinstance(item, Unimportable):
            yield printable(item.name)
            yield from (f"    could not be imported: {line}" for line in printable(item.why).splitlines()[:1])
            yield from (f"      {line}" for line in printable(item.why).splitlines()[1:])
        else:
            yield from _task(item, catalogue)
    broken = sum(isinstance(item, Unimportable) for item in described)
    yield f"{counted(len(described) - broken, 'task')}, {broken:,} unimportable"


def _task(spec: TaskSpec, catalogue: Sequence[Clause]) -> Iterator[str]:
    yield printable(f"{spec.id}  {_place(spec)}".rstrip())
    if spec.ref.kind == "class":
        yield "    construction  " + _signature(spec.init, rest=("**kwargs",) if spec.init_var_keyword else ())
    rest = ("*args",) * spec.run_var_positional + ("**kwargs",) * spec.run_var_keyword
    yield "    call          " + _signature(spec.run, rest)
    applicable = [clause.code for clause in catalogue if clause.applies(spec) is None]
    yield f"    clauses       {' '.join(applicable) or 'none'}  ({len(applicable)} of {len(catalogue)})"


def _place(spec: TaskSpec) -> str:
    return f"({spec.ref.file}:{spec.ref.line})" if spec.ref.file else ""


def _signature(parameters: Sequence[Parameter], rest: tuple[str, ...] = ()) -> str:
    said = [p.name if p.default is MISSING else f"{p.name}={p.default}" for p in parameters]
    return printable(", ".join((*said, *rest))) or "(nothing)"


def catalogue_lines(catalogue: Sequence[Clause]) -> Iterator[str]:
    """One line for each clause: code, name, title."""
    names = [clause.slug + " (advice)" * (clause.level is Level.ADVICE) for clause in catalogue]
    width = max(map(len, names), default=0)
    for clause, name in zip(catalogue, names, strict=True):
        yield f"{clause.code}  {name:<{width}}  {clause.title}"


def page(clause: Clause) -> str:
    """A clause's page: its name, its standing, and its docstring as it was written."""
    text = inspect.cleandoc(clause.__doc__ or "")
    return f"{clause.code} {clause.slug} ({clause.level.value}, since {clause.since})\n\n{text}\n"
