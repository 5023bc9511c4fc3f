"""A cell inside a pytest run: judged, turned into pass, fail, skip, xfail or error, and shown.

Shared by the plugin's own items and by test functions under `@parametrize_contract`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest
from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from taskcontract.model import Cell
from taskcontract.outcome import Result, explained, reason, result

if TYPE_CHECKING:
    from taskcontract.judging import Judge

PROPERTY = "taskcontract"
"""The name of the user property (in reports and JUnit files) that holds a cell's verdict."""


class Breach(AssertionError):
    """A cell that fails its test; shown as its findings, without a traceback into the harness."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(explained(cell))
        self.cell = cell


class NotJudged(Exception):
    """Something broke that is not the task's contract: the harness, or a module that cannot be imported."""


def settle(cell: Cell, *, strict: bool, named: Iterable[str]) -> Cell:
    """Return the cell when it passes; end the test otherwise, in the way that its verdict asks for."""
    outcome = result(cell, strict=strict, named=frozenset(named))
    if outcome is Result.FAILED:
        raise Breach(cell)
    if outcome is Result.ERROR:
        raise NotJudged(f"{cell.task} {cell.clause} could not be judged: {cell.why}")
    if outcome is Result.SKIPPED:
        raise pytest.skip.Exception(reason(cell), _use_item_location=True)
    if outcome is Result.XFAILED:
        pytest.xfail(reason(cell))
    return cell


def shown(error: BaseException, file: str, line: int) -> ReprExceptionInfo | None:
    """How pytest shows a cell's failure, pointing at the task; None for exceptions of other kinds.

    In a form that survives the way from an xdist worker, with the one-line reason for the summary.
    """
    if isinstance(error, Breach):
        text, summary = explained(error.cell), reason(error.cell)
    elif isinstance(error, NotJudged):
        text = str(error)
        summary = " ".join(text.split())
    else:
        return None
    entry = ReprEntryNative([f"{line}\n" for line in text.splitlines()])
    return ReprExceptionInfo(
        reprcrash=ReprFileLocation(file, line, summary), reprtraceback=ReprTraceback([entry], None, style="native")
    )


class Check:
    """What a test function under `@parametrize_contract` gets as `check`: calling it judges one cell."""

    def __init__(self, judge: Judge, task: str, clause: str, strict: bool) -> None:
        self.task, self.clause = task, clause
        self._judge, self._strict = judge, strict

    def __call__(self) -> Cell:
        """Judge; returns the cell where the clause holds, and fails, skips or xfails the test otherwise."""
        return settle(self._judge.cell(self.task, self.clause), strict=self._strict, named=self._judge.named)

    def __repr__(self) -> str:
        return f"check({self.task} {self.clause})"


class Broken:
    """Stands for a module that cannot be imported: calling it raises the cause."""

    def __init__(self, name: str, why: str) -> None:
        self._name, self._why = name, why

    def __call__(self) -> Cell:
        """Raise what importing raised."""
        raise NotJudged(f"{self._name} could not be imported:\n{self._why}")


def parametrize(metafunc: pytest.Metafunc, markers: Iterable[pytest.Mark]) -> None:
    """One call of a marked test function for each task and applicable clause."""
    if "check" not in metafunc.fixturenames:
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid}: @parametrize_contract hands each cell to an argument called `check`: add it"
        )
    from taskcontract.judging import Judge

    config = metafunc.config
    calls: dict[str, Check | Broken] = {}
    for marker in markers:
        judge = Judge.of(
            marker.args,
            clauses=marker.kwargs["clauses"] or config.getoption("--contract-clause"),
            profile=marker.kwargs["profile"] or config.getoption("--contract-profile"),
            seed=config.getoption("--contract-seed") if marker.kwargs["seed"] is None else marker.kwargs["seed"],
        )
        strict = config.getoption("--contract-strict") or judge.config.strict
        for broken in judge.unimportable:
            calls[f"{broken.name}-import"] = Broken(broken.name, broken.why)
        for task, clause in judge.applicable:
            calls[f"{task}-{clause}"] = Check(judge, task, clause, strict)
    metafunc.parametrize("check", list(calls.values()), ids=list(calls))
