"""A session: the tasks of some targets, and every cell of theirs on demand, in this process.

Import, describe, find a working baseline, let each clause judge each of its subjects, and confirm what is said to be violated
from scratch. A session judges the cells of one task after another: what was observed for a task is kept while its cells are
judged and forgotten with the next, so memory does not grow with the number of tasks.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from taskcontract.clauses import CATALOGUE, Bench, Clause
from taskcontract.engine.asking import Importing
from taskcontract.engine.settings import Settings
from taskcontract.errors import CassetteError
from taskcontract.model import Answers, Case, Cell, Finding, Observation, TaskRef, TaskRow, TaskSpec, Unimportable, Verdict
from taskcontract.values import Baseline, find_baseline

BARE = Case(TaskRef("prefect", "Task"), route="construct")
"""A task of the framework itself, which nobody's library is answerable for."""


class Session:
    """See `taskcontract.engine.asking.Session`. Raises TaskcontractError from `load` for targets that name nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._specs: dict[str, TaskSpec] = {}
        self._via: dict[str, set[str]] = {}
        self._desk: _Desk | None = None
        self._world: Any = None
        self._bare: dict[Case, Observation] = {}

    # --- loading ----------------------------------------------------------------------------------------------------

    def load(
        self, importing: Importing = lambda module: None, excluded: Mapping[str, str] | None = None
    ) -> Sequence[TaskSpec | Unimportable]:
        from taskcontract.discover import discover
        from taskcontract.frameworks import installed_framework
        from taskcontract.world.importing import declare_library, library_imports

        framework = installed_framework()
        found: dict[str, TaskRef | Unimportable] = {}
        declare_library(framework.name)  # its own task library is built upon by others, and lacks clients just as they do
        with library_imports():
            for target in self.settings.targets:
                with contextlib.suppress(OSError):  # a path that cannot even be looked at: discovering says so
                    _declare(target)
                for thing in discover(target, _Announcing(importing, excluded or {}), framework):
                    found.setdefault(thing.id if isinstance(thing, TaskRef) else thing.name, thing)
            importing("")
            described = [self._describe(thing) if isinstance(thing, TaskRef) else thing for thing in found.values()]
        self._specs = {thing.id: thing for thing in described if isinstance(thing, TaskSpec)}
        _make_ready()
        return described

    def _describe(self, ref: TaskRef) -> TaskSpec | Unimportable:
        from taskcontract.describe import describe
        from taskcontract.engine.asking import told
        from taskcontract.frameworks import installed_framework

        declared = self._declared(ref)
        try:
            return describe(ref, installed_framework(), declared)
        except Exception as error:
            return Unimportable(ref.id, f"it could not be described: {told(error)}", ref.file, ref.line)

    def _declared(self, ref: TaskRef) -> dict[str, Any]:
        """What the project declares of a task, with its cassette, the values that this was recorded for, and who shares it.

        Raises ConfigError for a cassette that is not there. One that cannot be read is its clauses' to tell.
        """
        from taskcontract.cassettes.folder import cassette_of, sharing

        config = self.settings.config
        declared = dict(config.declared(ref.id))
        cassette = cassette_of(config.root, config.cassettes, TaskSpec(ref, declared=declared))
        if cassette is None:
            return declared
        from taskcontract.cassettes.credential_made import with_credentials
        from taskcontract.cassettes.load import load

        values: dict[str, Any] = {}
        credentials: Mapping[str, str] = {}
        with contextlib.suppress(CassetteError):
            recording = load(cassette)
            values.update(with_credentials(recording.values, recording.credentials))
            credentials = recording.credentials
        values.update(declared.get("values", {}))
        shared = sharing(config.tasks, ref.id)
        more = {"cassette_shared": shared} if shared else {}
        return {**declared, "cassette": str(cassette), "values": values, "credentials": credentials, **more}

    def plan(self) -> Sequence[tuple[str, str]]:
        return [(task, clause.code) for task in self._specs for clause in self._clauses()]

    def _clauses(self) -> list[Clause]:
        return [c for c in CATALOGUE if self.settings.clauses is None or c.code in self.settings.clauses]

    # --- judging ----------------------------------------------------------------------------------------------------

    def judge(self, task: str, clause: str) -> Cell:
        rule = next(c for c in CATALOGUE if c.code == clause)
        spec = self._specs[task]
        nothing = rule.applies(spec)
        if nothing is not None:
            return Cell(task, clause, rule.level, Verdict.NOT_APPLICABLE, (), nothing)
        began = time.perf_counter()
        desk = self._at(spec)
        before = desk.world.executions
        findings = [f for f in (desk.judge(rule, subject) for subject in rule.subjects(spec)) if f is not None]
        findings = rule.search(desk.bench, findings) if findings else rule.unlearnt(desk.bench)
        self._via.setdefault(task, set()).update(desk.via)
        return _cell(task, rule, findings, time.perf_counter() - began, desk.world.executions - before)

    def make_ready(self) -> None:
        """Do now what would otherwise be done again in every process that is forked from this one."""
        from taskcontract.clauses import search

        search.make_ready()

    def row(self, task: str) -> TaskRow:
        spec = self._specs[task]
        return TaskRow(task, spec.ref.file, spec.ref.line, "judged", "", tuple(sorted(self._via.get(task, ()))) or ("none",))

    def close(self) -> None:
        """Remove the folder that cases ran in."""
        if self._world is not None:
            self._world.close()
            self._world, self._desk = None, None

    def _at(self, spec: TaskSpec) -> _Desk:
        if self._desk is None or self._desk.spec.id != spec.id:
            if self._world is None:
                from taskcontract.frameworks import installed_framework
                from taskcontract.world.observe import World

                self._world = World(installed_framework())
            self._desk = _Desk(self._world, spec, self.settings, self._bare)
        return self._desk


class _Desk:
    """Everything about the task that is being judged: its observations so far, its baseline, its bench."""

    def __init__(self, world: Any, spec: TaskSpec, settings: Settings, bare: dict[Case, Observation]) -> None:
        self.world, self.spec, self.settings, self.bare = world, spec, settings, bare
        self.via: set[str] = set()
        self.probe = _Memory(self)
        self._bench: Bench | None = None

    def judge(self, rule: Clause, subject: str) -> Finding | None:
        """The finding about one subject; *violated* only when judging it again from scratch says so too.

        From scratch with the smallest configuration first: if that shows the breach, it makes the shorter reproduction.
        """
        bench = self.bench
        finding = rule.judge(bench, subject)
        if finding is None or finding.verdict is not Verdict.VIOLATED:
            return finding
        small = rule.judge(self._fresh(bench, subject), subject)
        if small is not None and small.verdict is Verdict.VIOLATED:
            return small
        again = rule.judge(self._fresh(bench), subject)
        if again is not None and again.verdict is Verdict.VIOLATED:
            return finding
        why = f"flaky: {finding.message} Judged again from scratch, it is {again.verdict.value if again else 'not there'}."
        return Finding(subject, Verdict.UNPROVEN, why, settles="a task that does the same when it is run the same way again")

    @property
    def bench(self) -> Bench:
        if self._bench is None:
            from taskcontract.frameworks import installed_framework

            baseline, recorded = self._baselines()
            self._bench = Bench(
                self.spec,
                baseline,
                self.probe,
                self.settings.examples,
                self.settings.seed,
                installed_framework().task_options(),
                self.probe(BARE),
                recorded=recorded,
            )
            self._bench.scratch = lambda: self._fresh(self.bench)
        return self._bench

    def _baselines(self) -> tuple[Baseline, Baseline | None]:
        """The baseline to judge with, and the one that a cassette or stubs answer.

        They are the same unless a recording does not know some parameter that works with invented answers.
        """
        declared = self.spec.declared
        answers = Answers(cassette=declared.get("cassette", ""), stubs=declared.get("answers", ""))
        if not answers.real:
            return find_baseline(self.spec, self.probe), None
        recorded = find_baseline(self.spec, self.probe, answers=answers)
        if recorded.works and not recorded.rejected:
            return recorded, recorded
        invented = find_baseline(self.spec, self.probe)
        covered = recorded.works and invented.full.values.keys() <= recorded.full.values.keys()
        return recorded if covered or not invented.works else invented, recorded

    def _fresh(self, bench: Bench, subject: str = "") -> Bench:
        """A bench that has observed nothing; with a `subject`, on as little configuration as works and its value."""
        baseline, probe = bench.baseline, _Memory(self)
        if subject:
            given = baseline.full.values.get(subject)
            small = baseline.minimal if given is None else baseline.minimal.setting(subject, given)
            baseline = replace(baseline, full=small)
        return replace(bench, baseline=baseline, probe=probe)


class _Memory:
    """A probe that observes equal cases once; `fresh` observes again whatever is known.

    What the framework's own bare task does is the same for every task that it is compared with, so the session keeps it.
    """

    def __init__(self, desk: _Desk) -> None:
        self._desk = desk
        self._seen: dict[Case, Observation] = {}

    def __call__(self, case: Case) -> Observation:
        known = self._desk.bare if case.ref == BARE.ref else self._seen
        found = known.get(case)
        if found is None:
            found = known[case] = self.fresh(case)
        return found

    def fresh(self, case: Case) -> Observation:
        seen: Observation = self._desk.world.observe(case)
        self._desk.via |= seen.via
        return seen


class _Announcing:
    """Imports modules of the library: says which before it does, and leaves out those that were lost before."""

    def __init__(self, importing: Importing, excluded: Mapping[str, str]) -> None:
        self._importing, self._excluded = importing, excluded

    def __call__(self, name: str) -> ModuleType:
        if name in self._excluded:
            raise ImportError(self._excluded[name], name=name)
        from taskcontract.world import restore

        self._importing(name)
        with restore.importing():
            return importlib.import_module(name)


def _make_ready() -> None:
    """Load and install what every judgement needs, so that a worker forked from this process starts with it."""
    from taskcontract.world import observe

    for layer in observe.default_layers():
        layer.install()


def _declare(target: str) -> None:
    """Say which imports may be answered by phantoms: those of the target's own top-level package or folder."""
    from taskcontract.loading import package_root
    from taskcontract.world.importing import declare_library

    where = target.partition(":")[0]
    path = Path(where)
    if where.endswith(".py") or "/" in where or path.is_dir():
        path = Path(os.path.realpath(path))  # which, unlike `resolve`, also takes a link that leads nowhere
        root = package_root(path)
        declare_library(root or (path if path.is_dir() else path.parent))
        if root is not None:
            declare_library(root.name)
    else:
        declare_library(where)


def _cell(task: str, rule: Clause, findings: list[Finding], seconds: float, executions: int) -> Cell:
    def of(verdict: Verdict) -> list[Finding]:
        return [f for f in findings if f.verdict is verdict]

    def cell(verdict: Verdict, why: str) -> Cell:
        return Cell(task, rule.code, rule.level, verdict, tuple(findings), why, seconds, executions)

    if not findings:
        return cell(Verdict.NOT_APPLICABLE, "nothing it could judge turned up when the task was run")
    if broken := of(Verdict.VIOLATED):
        return cell(Verdict.VIOLATED, broken[0].message)
    if open_ := of(Verdict.UNPROVEN):
        first = f"{open_[0].subject}: {open_[0].message}"
        return cell(Verdict.UNPROVEN, first if len(findings) == 1 else f"{len(open_)} of {len(findings)} unproven; {first}")
    return cell(Verdict.HOLDS, "")
