"""pytest items for cells: `prefect.tasks.github.repos:CreateBranch::TC202`, one for each task and applicable clause.

Registered by `plugin.py` only when a contract is asked for. The items hang below one collector of the session, so that
selection, `-x`, `-n`, `--lf` and `--junitxml` treat them as any other test.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from taskcontract import __version__
from taskcontract.config import Config, load
from taskcontract.errors import TaskcontractError, UsageError
from taskcontract.judging import Judge
from taskcontract.model import Cell, Unimportable, Verdict
from taskcontract.pytest_cells import PROPERTY, NotJudged, settle, shown

NodeIds = Sequence[tuple[str, str]]


class Judging:
    """The hooks of a run that judges contracts."""

    def __init__(self, config: pytest.Config, node_ids: NodeIds) -> None:
        """Read the configuration.

        Raises:
            pytest.UsageError: for a configuration that cannot be used
        """
        self.config, self.node_ids = config, node_ids
        self.settings = self._settings()
        self.strict = bool(config.getoption("--contract-strict") or self.settings.strict)
        self.judge: Judge | None = None
        self.unimportable: Sequence[Unimportable] = ()
        self.selected: dict[str, list[str]] = {}
        self.slugs: dict[str, str] = {}
        self.problem = ""
        self.verdicts: dict[str, str] = {}
        self.not_applicable = 0
        self.left_out = not (config.getoption("--contract") or node_ids) and _names_single_tests(config)

    def _settings(self) -> Config:
        option = self.config.getoption
        named = [*option("--contract"), *(task for task, _ in self.node_ids if not option("--contract"))]
        try:
            return load(self.config.rootpath).override(
                targets=dict.fromkeys(named),
                clauses=option("--contract-clause"),
                profile=option("--contract-profile"),
                seed=option("--contract-seed"),
            )
        except TaskcontractError as error:
            raise pytest.UsageError(str(error)) from error

    # --- collecting --------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Load the targets before pytest collects, so that what the user must mend is a usage error."""
        if self.left_out or not self.settings.targets or self.config.pluginmanager.hasplugin("dsession"):
            return  # under xdist, the workers collect
        import sys

        sys.path[:0] = [path for path in self.settings.import_paths if path not in sys.path]
        try:
            self.judge = Judge(self.settings, isolate=self.config.getoption("--contract-isolate"))
            self._select(self.judge)
        except TaskcontractError as error:
            if not hasattr(self.config, "workerinput"):
                raise pytest.UsageError(str(error)) from error
            self.judge, self.problem = None, str(error)  # a worker of an xdist run can only tell through a report

    def _select(self, judge: Judge) -> None:
        """Keep what the node ids name, or everything."""
        self.not_applicable = judge.not_applicable
        self.slugs = {clause.code: clause.slug for clause in judge.catalogue}
        self.unimportable = [thing for thing in judge.unimportable if self._wanted(thing.name, "import")]
        for task, clause in judge.applicable:
            if self._wanted(task, clause):
                self.selected.setdefault(task, []).append(clause)
        if self.node_ids and not (self.selected or self.unimportable):
            names = ", ".join("::".join(filter(None, node_id)) for node_id in self.node_ids)
            raise UsageError(f"nothing to judge is called {names}; see `pytest --contract TARGET --collect-only`")

    def _wanted(self, task: str, clause: str) -> bool:
        module = task.partition(":")[0]
        return not self.node_ids or any(t in (task, module) and c in (clause, "") for t, c in self.node_ids)

    @property
    def loaded(self) -> Judge:
        """The judge of a session that has one."""
        assert self.judge is not None
        return self.judge

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Hang the contract's collector below the session, beside the test files."""
        report = yield
        if isinstance(collector, pytest.Session) and self.problem:
            report.outcome, report.longrepr = "failed", self.problem
        elif isinstance(collector, pytest.Session) and self.judge is not None and report.passed:
            report.result = [*report.result, Contracts.below(collector, self)]
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What was selected is what will be judged."""
        if self.judge is not None:
            planned = [(item.task, item.clause) for item in session.items if isinstance(item, CellItem)]
            listed = self.config.getoption("--collect-only")
            self.judge.expect(planned, together=not (listed or hasattr(self.config, "workerinput")))

    # --- telling -----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """What could not be judged, found in set-up, is told as plainly as a failure."""
        report = yield
        if isinstance(item, (CellItem, ImportItem)) and call.excinfo is not None and report.failed:
            report.longrepr = item.repr_failure(call.excinfo)
        return report

    def pytest_report_header(self) -> str | None:
        """What is judged, and what it takes to judge the same again."""
        if self.left_out and self.settings.targets:
            files = "the configured targets are left out of a run that names test files; --contract TARGET judges them too"
            return f"taskcontract {__version__}: {files}"
        if not self.settings.targets:
            return None
        where = ", ".join(self.settings.targets)
        return f"taskcontract {__version__}: judging {where}; profile {self.settings.profile}, seed {self.settings.seed}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the verdict of each cell, whichever process judged it."""
        for name, value in report.user_properties:
            if name == PROPERTY:
                self.verdicts[report.nodeid] = str(value)

    def pytest_sessionfinish(self) -> None:
        """Tell the controller of an xdist run what only a worker knows, and tidy up."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output["taskcontract_not_applicable"] = self.not_applicable
        if self.judge is not None:
            self.judge.close()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker of an xdist run told; every worker collected the same."""
        told = getattr(node, "workeroutput", {}).get("taskcontract_not_applicable", 0)
        self.not_applicable = max(self.not_applicable, told)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """One line that always says how much was proven of how much."""
        if self.verdicts or self.not_applicable:
            terminalreporter.write_sep("-", "task contract")
            terminalreporter.write_line(self.sentence())

    def sentence(self) -> str:
        """How much was proven of how much."""
        from taskcontract.report.totals import Totals

        count = dict.fromkeys(Verdict, 0)
        for verdict in self.verdicts.values():
            count[Verdict(verdict)] += 1
        totals = Totals(
            tasks=0,
            unimportable=0,
            cells=len(self.verdicts) + self.not_applicable,
            executions=0,
            holds=count[Verdict.HOLDS],
            violated=count[Verdict.VIOLATED],
            unproven=count[Verdict.UNPROVEN],
            not_applicable=self.not_applicable + count[Verdict.NOT_APPLICABLE],
            waived=count[Verdict.WAIVED],
            stale=count[Verdict.STALE],
            error=count[Verdict.ERROR],
        )
        return totals.sentence


def _names_single_tests(config: pytest.Config) -> bool:
    """Whether the command line names files or node ids: somebody looks at those, not at the whole project."""
    named = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    folder = config.invocation_params.dir
    return any(not (folder / argument.partition("::")[0]).is_dir() or "::" in argument for argument in named)


# --- the collection tree ---------------------------------------------------------------------------------------------


class Contracts(pytest.Collector):
    """All tasks that are judged; its name is what `-k contract` finds."""

    judging: Judging

    @classmethod
    def below(cls, session: pytest.Session, judging: Judging) -> Contracts:
        """The collector, as a child of the session."""
        made: Contracts = cls.from_parent(session, name="contract", nodeid="contract")
        made.judging = judging
        made.add_marker("contract")
        return made

    def collect(self) -> Iterable[pytest.Collector]:
        """A collector for each module that could not be imported, and for each task."""
        for thing in self.judging.unimportable:
            yield BrokenModule.below(self, thing)
        for task, clauses in self.judging.selected.items():
            yield Task.below(self, task, clauses)


class Task(pytest.Collector):
    """One task; its children are the clauses that apply to it."""

    parent: Contracts
    clauses: Sequence[str]

    @classmethod
    def below(cls, parent: Contracts, task: str, clauses: Sequence[str]) -> Task:
        """The collector of one task; node ids of its items begin with the task's own id."""
        made: Task = cls.from_parent(parent, name=task, nodeid=task)
        made.clauses = clauses
        return made

    def collect(self) -> Iterable[pytest.Item]:
        """An item for each clause."""
        for clause in self.clauses:
            item: CellItem = CellItem.from_parent(self, name=clause)
            item.extra_keyword_matches.add(self.parent.judging.slugs[clause])
            yield item


class CellItem(pytest.Item):
    """One cell. It is judged in set-up, so that what could not be judged is an error and what is violated a failure."""

    parent: Task
    cell: Cell | None = None

    @property
    def task(self) -> str:
        return self.parent.name

    @property
    def clause(self) -> str:
        return self.name

    @property
    def judging(self) -> Judging:
        return self.parent.parent.judging

    def setup(self) -> None:
        """Judge the cell."""
        judge = self.judging.loaded
        self.cell = judge.cell(self.task, self.clause)
        self.user_properties.append((PROPERTY, str(self.cell.verdict)))
        if self.cell.verdict is Verdict.ERROR:
            settle(self.cell, strict=self.judging.strict, named=judge.named)

    def runtest(self) -> None:
        """Say what the verdict means."""
        assert self.cell is not None
        settle(self.cell, strict=self.judging.strict, named=self.judging.loaded.named)

    def teardown(self) -> None:
        """A cell is told once; 100,000 of them need not stay."""
        self.cell = None
        self.judging.loaded.forget(self.task, self.clause)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The task's own file and line, from 0; pytest wants a line for what it skips, also of what was written nowhere."""
        ref = self.judging.loaded.tasks[self.task].ref
        line = 0 if ref.line is None else ref.line - 1
        return Path(ref.file) if ref.file else self.path, line, f"{self.task} {self.clause}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings with their reproductions, for a failure; a traceback for what nobody foresaw."""
        ref = self.judging.loaded.tasks[self.task].ref
        return shown(excinfo.value, ref.file or self.task, ref.line or 0) or super().repr_failure(excinfo, style)


class BrokenModule(pytest.Collector):
    """A module that could not be imported; its only child is an item that says why."""

    parent: Contracts
    thing: Unimportable

    @classmethod
    def below(cls, parent: Contracts, thing: Unimportable) -> BrokenModule:
        """The collector of one module."""
        made: BrokenModule = cls.from_parent(parent, name=thing.name, nodeid=thing.name)
        made.thing = thing
        return made

    def collect(self) -> Iterable[pytest.Item]:
        """The one item."""
        yield ImportItem.from_parent(self, name="import")


class ImportItem(pytest.Item):
    """Errs with the cause, so that a module that is lost is seen and the others are judged."""

    parent: BrokenModule

    def setup(self) -> None:
        """Raise what importing raised, as an error rather than a failure."""
        thing = self.parent.thing
        self.user_properties.append((PROPERTY, str(Verdict.ERROR)))
        raise NotJudged(f"{thing.name} could not be imported:\n{thing.why}")

    def runtest(self) -> None:
        """Never reached."""

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The module's file."""
        thing = self.parent.thing
        return Path(thing.file) if thing.file else self.path, None, f"import of {thing.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The cause, without a traceback into the harness."""
        thing = self.parent.thing
        return shown(excinfo.value, thing.file or thing.name, thing.line or 0) or super().repr_failure(excinfo, style)
