"""A pretend world for clauses: tasks are plain classes, and what leaves one of them is what it prints.

A line such as `POST {"a": 1}` is an effect, its JSON the effect's body. What a plain class cannot do by itself (reading the
environment, being serialised) is said by hand, as a change of what was observed on one route.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from taskcontract.clauses import CATALOGUE, Bench
from taskcontract.frameworks.protocol import OptionSample
from taskcontract.model import (
    MISSING,
    Case,
    Change,
    Effect,
    Fact,
    Finding,
    Observation,
    Outcome,
    Parameter,
    Source,
    TaskRef,
    TaskSpec,
    Value,
    Verdict,
)
from taskcontract.values import Baseline, Configuration, make
from taskcontract.world.canon import canon

Phase = Literal["construct", "bind", "run"]
Retold = Callable[[Observation], Observation]


@dataclass
class Pretend:
    """A probe. `retold` changes what is observed on a route; `counted` is how often each case was observed."""

    task: type
    retold: Mapping[str, Retold] = field(default_factory=dict)
    counted: dict[Case, int] = field(default_factory=dict)

    def __call__(self, case: Case) -> Observation:
        self.counted[case] = self.counted.get(case, 0) + 1
        seen = self._bare(case) if case.ref.module == "prefect" else self._run(case)
        return self.retold[case.route](seen) if case.route in self.retold else seen

    def _bare(self, case: Case) -> Observation:
        return Observation(Outcome("returned"), "construct", attributes={"name": "Task", "tags": (), **_values(case.options)})

    def _run(self, case: Case) -> Observation:
        printed, task, bound = io.StringIO(), None, dict[str, Any]()
        phase: Phase = "construct"
        before: dict[str, Any] = {}
        touched: set[str] = set()
        outcome = Outcome("returned")
        try:
            with contextlib.redirect_stdout(printed):
                task = self.task(**_values(case.init), **_values(case.options))
                before = {k: canon(v) for k, v in vars(task).items()}
                if case.route != "construct":
                    if case.route == "twice":
                        task.run(**_values(case.first))
                        printed.truncate(printed.seek(0))
                    phase = "bind"
                    given, positional = _values(case.call), [ast.literal_eval(v.code) for v in case.positional]
                    inspect.signature(task.run).bind(*positional, **given)
                    phase = "run"
                    with _watched(task, touched), _framed(self.task, bound):
                        outcome = Outcome("returned", canon(task.run(*positional, **given)))
        except BaseException as error:
            outcome = _ended(error)
        after = {k: canon(v) for k, v in vars(task).items()} if task is not None else {}
        return Observation(
            outcome,
            phase,
            entered=phase == "run",
            bound=bound or None,
            attributes=before,
            read_attributes=frozenset(touched),
            effects=tuple(_effect(line) for line in printed.getvalue().splitlines()),
            changes=tuple(Change("instance", k, before.get(k), v) for k, v in after.items() if before.get(k) != v),
        )


def _values(pairs: tuple[tuple[str, Value], ...]) -> dict[str, Any]:
    return {name: ast.literal_eval(value.code) for name, value in pairs}


def _ended(error: BaseException) -> Outcome:
    kind: Any = "signal" if type(error).__name__ in ("SUCCESS", "FAIL", "LOOP", "TRIGGERFAIL") else "raised"
    name = type(error).__name__ if kind == "raised" else f"signals.{type(error).__name__}"
    return Outcome(kind, None, name, tuple(c.__name__ for c in type(error).__mro__), str(error), ("lib/tasks.py:21",))


def _effect(line: str) -> Effect:
    what, brace, body = line.partition(" {")
    try:
        return Effect("http", what, canon(json.loads(brace + body)))
    except ValueError:
        return Effect("http", line, line)


@contextlib.contextmanager
def _watched(task: Any, touched: set[str]) -> Iterator[None]:
    cls = type(task)

    class Watched(cls):  # type: ignore[misc, valid-type]
        def __getattribute__(self, name: str) -> Any:
            if not name.startswith("__"):
                touched.add(name)
            return super().__getattribute__(name)

    task.__class__ = Watched
    try:
        yield
    finally:
        task.__class__ = cls


@contextlib.contextmanager
def _framed(cls: Any, bound: dict[str, Any]) -> Iterator[None]:
    code = inspect.unwrap(cls.run).__code__
    names = [n for n in inspect.signature(cls.run).parameters if n != "self"]

    def noting(frame: Any, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            bound.update({n: canon(frame.f_locals[n]) for n in names})

    before = sys.getprofile()
    sys.setprofile(noting)
    try:
        yield
    finally:
        sys.setprofile(before)


def _parameters(cls: Any, method: str, docs: Mapping[str, str]) -> tuple[Parameter, ...]:
    side: Any = {"__init__": "init", "run": "run"}[method]
    found = [p for p in list(inspect.signature(getattr(cls, method)).parameters.values())[1:] if p.kind not in (p.VAR_KEYWORD,)]
    return tuple(
        Parameter(
            p.name,
            side,
            "keyword-only" if p.kind is p.KEYWORD_ONLY else "positional-or-keyword",
            MISSING if p.default is p.empty else repr(p.default),
            doc=docs.get(p.name),
        )
        for p in found
        if p.name not in ("args", "kwargs")
    )


def spec_of(task: type, docs: Mapping[str, str], facts: tuple[tuple[str, str, object], ...], **changes: Any) -> TaskSpec:
    return TaskSpec(
        TaskRef("lib.tasks", task.__name__, "/somewhere/lib/tasks.py", 3),
        _parameters(task, "__init__", docs) if task.__init__ is not object.__init__ else (),  # type: ignore[misc]
        _parameters(task, "run", docs),
        facts=tuple(Fact(k, a, v, Source("docstring", "/somewhere/lib/tasks.py", 7)) for k, a, v in facts),
        line_of_init=5,
        line_of_run=11,
        **changes,
    )


@pytest.fixture
def bench_of() -> Callable[..., Bench]:
    """A bench for a plain class.

    `values` are literals or values by name (default: a text for every parameter), `minimal` the names that it needs;
    `retold` is by route, `docs` by parameter, `facts` are (kind, about, value); the rest goes into the description.
    """

    def bench(
        task: type,
        *,
        values: Mapping[str, object] | None = None,
        minimal: tuple[str, ...] | None = None,
        retold: Mapping[str, Retold] | None = None,
        docs: Mapping[str, str] | None = None,
        facts: tuple[tuple[str, str, object], ...] = (),
        samples: Mapping[str, OptionSample] | None = None,
        bare: Observation | None = None,
        examples: int = 4,
        **changes: Any,
    ) -> Bench:
        spec = spec_of(task, docs or {}, facts, **changes)
        names = dict.fromkeys(p.name for p in (*spec.run, *spec.init))
        given = {n: make("text", n) for n in names} if values is None else values
        made = {n: v if isinstance(v, Value) else Value.of(v, _kind(v)) for n, v in given.items()}
        full = Configuration(spec, made)
        small = full if minimal is None else full.with_(values={n: made[n] for n in minimal})
        probe = Pretend(task, retold or {})
        seen = probe(full.case(everywhere=True))
        baseline = Baseline(full, small, seen, seen.reached, 1, "" if seen.reached else "nothing works")
        return Bench(spec, baseline, probe, examples, samples=samples or {}, bare=bare)

    return bench


def _kind(literal: object) -> str:
    return {"str": "text", "list": "list:text"}.get(type(literal).__name__, type(literal).__name__)


@pytest.fixture
def judge(bench_of: Callable[..., Bench]) -> Callable[..., dict[str, object] | None]:
    """Everything that a clause says about one subject of a plain class, but for the script and the cases."""

    def judged(code: str, subject: str, task: type, **options: Any) -> dict[str, object] | None:
        clause = next(c for c in CATALOGUE if c.code == code)
        bench = bench_of(task, **options)
        assert subject in clause.subjects(bench.spec)
        return told(clause.judge(bench, subject))

    return judged


def told(finding: Finding | None) -> dict[str, object] | None:
    if finding is None:
        return None
    if finding.verdict is Verdict.VIOLATED:
        compile(finding.reproduce, "<reproduce>", "exec")
    said = {k: getattr(finding, k) for k in ("subject", "message", "expected", "actual", "fix", "examples", "settles")}
    return {"verdict": finding.verdict.value, **{k: v for k, v in said.items() if v}}

