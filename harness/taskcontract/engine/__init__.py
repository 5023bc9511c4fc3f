"""The engine: from targets to a report. Judging happens in a session; where the session lives is an executor's business."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING

from taskcontract import __version__
from taskcontract.config import Config
from taskcontract.engine.settings import Settings
from taskcontract.model import Arrival, Report, TaskSpec, Unimportable

if TYPE_CHECKING:
    from taskcontract.engine.executors import Executor, Listener
    from taskcontract.engine.processes import ProcessExecutor
    from taskcontract.engine.session import Session

__all__ = ["Session", "Settings", "check", "describe_targets", "sources_of"]


def check(settings: Settings, listener: Listener, executor: Executor | None = None) -> Report:
    """Judge every cell of the targets, in sealed worker processes unless another `executor` is given.

    A run that is interrupted gives a report of what was judged until then. Raises TaskcontractError for what the user must
    mend.
    """
    from taskcontract.engine.executors import Interrupted

    began, chosen = time.perf_counter(), executor or _processes(settings)
    interrupted = False
    try:
        rows, cells = chosen.run(settings, listener)
    except Interrupted as stopped:
        rows, cells, interrupted = stopped.rows, stopped.cells, True
    return Report(
        version=__version__,
        prefect=installed_prefect(),
        python=platform.python_version(),
        seed=settings.seed,
        profile=settings.profile,
        seconds=time.perf_counter() - began,
        tasks=tuple(rows),
        cells=tuple(cells),
        layers=chosen.layers,
        interrupted=interrupted,
    )


def describe_targets(targets: Sequence[str], config: Config) -> list[TaskSpec | Unimportable]:
    """What the targets hold, read in a sealed process; nothing is run."""
    return _processes(Settings(tuple(targets), config=config)).describe(Settings(tuple(targets), config=config))


def sources_of(target: str, config: Config) -> tuple[tuple[Arrival, ...], str]:
    """Where the credentials of one task come from, found by running it in sealed processes; and why nothing was found."""
    from taskcontract.engine import showing

    return showing.sources_of(target, config)


def _processes(settings: Settings) -> ProcessExecutor:
    from taskcontract.clauses import CATALOGUE
    from taskcontract.engine.executors import Limits
    from taskcontract.engine.processes import ProcessExecutor

    return ProcessExecutor(settings.jobs, levels={c.code: c.level for c in CATALOGUE}, limits=Limits.of(settings.profile))


def installed_prefect() -> str:
    """The version of Prefect that tasks are judged with."""
    try:
        return metadata.version("prefect")
    except metadata.PackageNotFoundError:
        return "not installed"


def __getattr__(name: str) -> object:
    if name == "Session":
        from taskcontract.engine.session import Session

        return Session
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
