"""`check --cassettes-only`: the cassettes of a project looked over, and the clauses about recordings judged, in one report.

What files alone can tell needs no target. With targets, their tasks that have a cassette are run with it, which tells the rest:
what no run plays, and what no recording answers. Where both say something of one cell, a breach that either found is shown.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from taskcontract import __version__
from taskcontract.cassettes.leaks import known_credentials
from taskcontract.cassettes.lint import Surroundings, lint, project_of
from taskcontract.config import Config
from taskcontract.engine import check, installed_prefect
from taskcontract.engine.settings import Settings
from taskcontract.model import Cell, Report, TaskRow, Verdict

if TYPE_CHECKING:
    from taskcontract.engine.executors import Executor, Listener

CODES: Final = frozenset({"TC701", "TC702", "TC703"})
"""The clauses about recordings."""


def check_cassettes(
    settings: Settings,
    listener: Listener,
    executor: Executor | None = None,
    *,
    today: date | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Report:
    """Look over every cassette of the project, and judge the tasks of the targets, if any, that have one.

    Args:
        settings: as for `engine.check`; without targets nothing is run
        listener: told of the judging
        executor: where to judge, instead of sealed worker processes
        today: the day that ages are counted to
        environ: where credentials are that no cassette may hold

    Raises:
        UsageError: where there is no cassette at all
        ConfigError: for a declared cassette that is not there
    """
    began, config = time.perf_counter(), settings.config
    project_of(config)
    codes = CODES if settings.clauses is None else settings.clauses & CODES
    judged = check(replace(settings, clauses=codes), listener, executor) if settings.targets else None
    rows, cells = (judged.tasks, judged.cells) if judged is not None else ((), ())
    paths = (*config.import_paths, *sys.path)
    known = known_credentials(_named(config, environ))
    found = lint(config, Surroundings(today or date.today(), known, frozenset(row.task for row in rows), paths))
    rows, cells = _about_cassettes(rows, cells)
    looked = [cell for cell in found.cells if cell.clause in codes]
    return Report(
        version=__version__,
        prefect=installed_prefect(),
        python=platform.python_version(),
        seed=settings.seed,
        profile=settings.profile,
        seconds=time.perf_counter() - began,
        tasks=_rows(rows, found.rows),
        cells=_merged(cells, looked),
        layers=judged.layers if judged is not None else (),
        interrupted=judged is not None and judged.interrupted,
    )


def _named(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, where what is declared to hold a credential is called one."""
    declared = {name for task in config.tasks.values() for name in task.get("credential", {}).get("env", ())}
    return {f"credential {name}" if name in declared else name: value for name, value in environ.items()}


def _about_cassettes(rows: Iterable[TaskRow], cells: Iterable[Cell]) -> tuple[tuple[TaskRow, ...], tuple[Cell, ...]]:
    """Without the tasks that have no cassette, of which there is nothing to say."""
    told = tuple(cells)
    with_one = {cell.task for cell in told if cell.verdict is not Verdict.NOT_APPLICABLE}
    kept = tuple(row for row in rows if row.task in with_one or row.status != "judged")
    names = {row.task for row in kept}
    return kept, tuple(cell for cell in told if cell.task in names)


def _rows(judged: Iterable[TaskRow], looked: Iterable[TaskRow]) -> tuple[TaskRow, ...]:
    rows = {row.task: row for row in judged}
    for row in looked:
        rows.setdefault(row.task, row)
    return tuple(rows.values())


def _merged(judged: Iterable[Cell], looked: Iterable[Cell]) -> tuple[Cell, ...]:
    cells = {(cell.task, cell.clause): cell for cell in judged}
    for cell in looked:
        key = (cell.task, cell.clause)
        cells[key] = _worse(cells[key], cell) if key in cells else cell
    return tuple(cells.values())


def _worse(judged: Cell, looked: Cell) -> Cell:
    """What judging said, with what looking found to be violated; the same breach is not told twice."""
    if looked.verdict is not Verdict.VIOLATED:
        return judged
    if judged.verdict is not Verdict.VIOLATED:
        return replace(looked, findings=looked.findings, seconds=judged.seconds, executions=judged.executions)
    said = {finding.message for finding in judged.findings}
    return replace(judged, findings=(*judged.findings, *(f for f in looked.findings if f.message not in said)))
