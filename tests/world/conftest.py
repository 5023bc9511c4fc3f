"""Runs a function sealed, as a task's run would be."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from taskcontract.model import Answers, Case, Change, TaskRef
from taskcontract.world import guard, state
from taskcontract.world.canon import canon


@dataclass
class Seen:
    """What one sealed run looked like."""

    ended: str
    value: Any
    run: state.Run
    changes: tuple[Change, ...]

    @property
    def kinds(self) -> set[str]:
        return {effect.kind for effect in self.run.effects}


Sealed = Callable[..., Seen]


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Sealed]:
    """Runs a function as a task's run would be: sealed by every layer of the guard.

    There is time enough, also on a machine that has much to do: what is to meet the limits is `hurried`.
    """
    for layer in guard.LAYERS:
        layer.install()
    saved = guard.BUDGET.processor, guard.BUDGET.wall, guard.BUDGET.memory
    guard.BUDGET.processor, guard.BUDGET.wall, guard.BUDGET.memory = 60.0, 120.0, 200 << 20
    directory = tmp_path / "case"

    def run_sealed(
        function: Callable[[], Any],
        prepare: Callable[[], Any] = lambda: None,
        *,
        env: dict[str, str] | None = None,
        **choices: str,
    ) -> Seen:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        answers = Answers(choices=tuple((name.replace("__", ":").replace("_", "."), value) for name, value in choices.items()))
        case = Case(TaskRef("specimens", function.__name__), env=tuple((env or {}).items()), answers=answers)
        run = state.Run(case, directory)
        for layer in guard.LAYERS:
            layer.enter(run)
        try:
            with state.running(run):
                prepare()
                run.phase = "run"
                ended, value = _attempt(run, function)
                with state.outside():
                    changes = (*guard.environment_changes(run), *guard.inside_changes(run))
        finally:
            for layer in reversed(guard.LAYERS):
                layer.exit(run)
        return Seen(ended, value, run, changes)

    yield run_sealed
    guard.BUDGET.processor, guard.BUDGET.wall, guard.BUDGET.memory = saved


@pytest.fixture
def hurried(sealed: Sealed) -> Sealed:
    """As `sealed`, for what does not end by itself: the limits are soon met."""

    def run_hurried(function: Callable[[], Any], *more: Any, **choices: Any) -> Seen:
        saved = guard.BUDGET.processor, guard.BUDGET.wall
        guard.BUDGET.processor, guard.BUDGET.wall = 0.3, 1.0
        try:
            return sealed(function, *more, **choices)
        finally:
            guard.BUDGET.processor, guard.BUDGET.wall = saved

    return run_hurried


def _attempt(run: state.Run, function: Callable[[], Any]) -> tuple[str, Any]:
    ended, value = "returned", None
    try:
        run.working = True
        result = function()
        with state.outside():
            value = canon(result, str(run.directory))
    except state.Stopped:
        ended = "stopped"
    except SystemExit:
        ended = "exited"
    except BaseException as error:
        ended, value = "raised", error
    guard.mend(run)
    if run.stopped is not None:
        ended = "cut" if isinstance(run.stopped, state.Cut) else "refused"
    return ended, value
