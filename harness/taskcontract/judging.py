"""Judging from inside a test run: the tasks of some targets, which cells there are to judge, and each cell on demand.

`Judge` is what the pytest items, `check_task` and `parametrize_contract` share. It judges in this process, or, isolated, in
sealed worker processes that a task may ruin.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from taskcontract.config import Config, load
from taskcontract.declaring import configured, demand_importable
from taskcontract.model import Cell, Level, TaskSpec, Unimportable

if TYPE_CHECKING:
    from taskcontract.clauses import Clause
    from taskcontract.world.observe import World

Planned = tuple[str, str]
"""(task id, clause code)."""


class Judge:
    """The cells of some targets.

    `tasks` maps each task id to its description, `unimportable` are the modules that could not be loaded, `applicable` the
    cells to judge in the order of the report, `not_applicable` how many there are that have nothing to say about their task.
    `named` are the clauses that were asked for by name, whose advice counts as a rule.
    """

    def __init__(self, config: Config, *, isolate: bool = False) -> None:
        """Load and plan.

        Raises:
            TaskcontractError: for a target, selector or declaration that cannot be used
        """
        from taskcontract.clauses import CATALOGUE
        from taskcontract.engine import Settings
        from taskcontract.selection import select

        self.config = configured(config)
        selection = select(self.config.clauses, CATALOGUE)
        self.named = selection.named
        self.catalogue: Sequence[Clause] = [c for c in CATALOGUE if selection.codes is None or c.code in selection.codes]
        jobs = self.config.jobs or 1
        settings = Settings(self.config.targets, selection.codes, self.config.profile, self.config.seed, jobs, self.config)
        self._source = _source(settings, {clause.code: clause.level for clause in CATALOGUE}, isolate)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a library's own deprecations are not what is judged
            found = self._source.load()
        self.tasks = {thing.id: thing for thing in found if isinstance(thing, TaskSpec)}
        if isolate:
            demand_importable(self.config, self.tasks)
        self.unimportable = tuple(thing for thing in found if isinstance(thing, Unimportable))
        self.applicable: tuple[Planned, ...] = tuple(
            (task, clause.code) for task, spec in self.tasks.items() for clause in self.catalogue if _applies(clause, spec)
        )
        self.not_applicable = len(self.tasks) * len(self.catalogue) - len(self.applicable)
        self._cells: dict[Planned, Cell] = {}

    @classmethod
    def of(
        cls, targets: Iterable[str], *, clauses: Iterable[str] = (), profile: str | None = None, seed: int | None = None
    ) -> Judge:
        """A judge of these targets, otherwise as the nearest project file says; the same one for the same request."""
        return _judge(tuple(targets), tuple(clauses), profile, seed, repr(sorted(configured(Config()).tasks.items())))

    def cell(self, task: str, clause: str) -> Cell:
        """The cell, judged when it is first asked for. Raises nothing: whatever goes wrong is a cell with its reason."""
        planned = (task, clause)
        if planned not in self._cells:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._cells[planned] = self._source.cell(task, clause)
        return self._cells[planned]

    def forget(self, task: str, clause: str) -> None:
        """Let go of a cell that will not be asked for again."""
        self._cells.pop((task, clause), None)

    def expect(self, planned: Iterable[Planned], *, together: bool) -> None:
        """Say which cells may be asked for, and whether all of them will be, so that isolated judging can go ahead."""
        self._source.expect(planned, together)

    def close(self) -> None:
        """End worker processes and remove the folders that cases ran in."""
        self._source.close()


@functools.lru_cache(maxsize=32)
def _judge(targets: tuple[str, ...], clauses: tuple[str, ...], profile: str | None, seed: int | None, _declared: str) -> Judge:
    return Judge(load().override(targets=targets, clauses=clauses, profile=profile, seed=seed))


@functools.cache
def the_world() -> World:
    """The sealed world of this process, for single runs."""
    from taskcontract.frameworks import installed_framework
    from taskcontract.world.observe import World

    return World(installed_framework())


def _applies(clause: Clause, spec: TaskSpec) -> bool:
    """Whether there is a cell to judge; a clause that breaks here breaks again when it judges, and that is an error cell."""
    try:
        return clause.applies(spec) is None
    except Exception:
        return True


# --- where cells come from -------------------------------------------------------------------------------------------


class _Source(Protocol):
    def load(self) -> Sequence[TaskSpec | Unimportable]: ...

    def expect(self, planned: Iterable[Planned], together: bool) -> None: ...

    def cell(self, task: str, clause: str) -> Cell: ...

    def close(self) -> None: ...


def _source(settings: Any, levels: dict[str, Level], isolate: bool) -> _Source:
    if isolate:
        from taskcontract.isolated import Isolated

        return Isolated(settings, levels)
    return _InProcess(settings, levels)


class _InProcess:
    """One session in this process: the cells of a task share what was observed."""

    def __init__(self, settings: Any, levels: dict[str, Level]) -> None:
        from taskcontract.engine import Session

        self._session, self._levels = Session(settings), levels

    def load(self) -> Sequence[TaskSpec | Unimportable]:
        return self._session.load(lambda module: None, {})

    def expect(self, planned: Iterable[Planned], together: bool) -> None:
        """Nothing to prepare: a cell is judged when it is asked for."""

    def cell(self, task: str, clause: str) -> Cell:
        from taskcontract.engine.asking import ask

        return ask(self._session, task, clause, self._levels[clause]).cell

    def close(self) -> None:
        close = getattr(self._session, "close", None)
        if close is not None:
            close()
