"""Importing can end, hang or spoil the sealed process: the module is then left out, with the reason, and the rest is judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from taskcontract.engine.executors import InlineExecutor, Limits
from taskcontract.engine.processes import ProcessExecutor
from taskcontract.engine.zygote import SealedProcessError
from taskcontract.errors import UsageError
from taskcontract.model import Cell, TaskRow, TaskSpec, Unimportable

LIMITS = Limits(cell_seconds=20.0, import_seconds=20.0)

pytestmark = pytest.mark.usefixtures("nothing_left")


class Silent:
    """Listens to nothing."""

    def found(self, rows: Sequence[TaskRow], cells: int) -> None: ...

    def cell(self, cell: Cell) -> None: ...

    def task(self, row: TaskRow) -> None: ...


def settings(*modules: str, **more: Any) -> Any:
    from lethal_session import Settings  # type: ignore[import-not-found]

    return Settings(("plain",), modules, **more)


def executor(session: str = "LethalSession", limits: Limits = LIMITS) -> ProcessExecutor:
    return ProcessExecutor(1, factory=f"lethal_session:{session}", limits=limits)


@pytest.mark.parametrize(
    ("module", "why"),
    {
        "exits": "importing it ended the process: exit code 7",
        "segfaults": "importing it ended the process: signal SIGSEGV",
        "garbage": "importing it wrote to descriptors that are not its own",
        "hangs": "importing it took longer than 0.5 s",
        "closes": "importing it ended the process: exit code 3",
    }.items(),
)
def test_a_module_that_ruins_the_process_is_unimportable(module: str, why: str) -> None:
    limits = dataclasses.replace(LIMITS, import_seconds=0.5) if module == "hangs" else LIMITS

    rows, cells = executor(limits=limits).run(settings("fine", module, "prints"), Silent())

    assert rows == [TaskRow(module, None, None, "unimportable", why), rows[1]]
    assert [cell.verdict.value for cell in cells] == ["holds"] * 3


def test_several_such_modules() -> None:
    rows, cells = executor().run(settings("exits", "fine", "segfaults", "garbage"), Silent())

    assert [row.task for row in rows] == ["exits", "segfaults", "garbage", "m:plain"]
    assert len(cells) == 3


@pytest.mark.parametrize("module", ["threads", "forks", "patches", "prints"])
def test_a_module_that_only_spoils_the_process_is_judged(module: str) -> None:
    rows, cells = executor().run(settings(module), Silent())

    assert [row.status for row in rows] == ["judged"]
    assert [cell.verdict.value for cell in cells] == ["holds"] * 3


def test_processes_that_a_module_starts_end_with_the_run() -> None:
    rows, _ = executor().run(settings("starts"), Silent())

    assert [row.status for row in rows] == ["judged"]


def test_an_error_of_the_users_keeps_its_type_and_text() -> None:
    with pytest.raises(UsageError, match="no module named that; did you mean this") as caught:
        executor().run(settings("refuses"), Silent())
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("session", "modules", "message"),
    [
        ("LethalSession", ("breaks",), "loading the targets broke the harness: SystemExit: bye (at lethal_session.py:"),
        ("LethalSession", ("lies",), "loading the targets broke the harness: it said 'loaded'"),
        ("broken_factory", (), "loading the targets broke the harness: TypeError: not these settings (at lethal_session.py:"),
        ("missing_factory", (), "loading the targets broke the harness: AttributeError: module 'lethal_session' has no"),
        (
            "deadly_factory",
            (),
            "the sealed process that judges could not be started: before a module was imported, it ended (exit code 9); "
            "it last wrote: cannot go on",
        ),
        (
            "ForgetfulSession",
            ("exits",),
            "the sealed process that judges could not be started: although exits was left out, it ended (exit code 7); "
            "it last wrote: nothing",
        ),
    ],
)
def test_what_is_not_a_modules_doing_ends_the_run(session: str, modules: tuple[str, ...], message: str) -> None:
    with pytest.raises(SealedProcessError) as caught:
        executor(session).run(settings(*modules), Silent())
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == 3


def test_describing_gives_specifications_and_runs_nothing() -> None:
    found = executor().describe(settings("exits", "fine"))

    assert [type(thing) for thing in found] == [Unimportable, TaskSpec]
    assert isinstance(found[1], TaskSpec)
    assert found[1].id == "m:plain"


def test_describing_passes_on_what_is_the_users_to_mend() -> None:
    with pytest.raises(UsageError, match="no module named that"):
        executor().describe(settings("refuses"))


def test_nothing_of_the_users_environment_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the user")

    found = executor().describe(settings("environment"))

    seen = dict(thing.why.split("=", 1) for thing in found if isinstance(thing, Unimportable))
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert "PYTHONPATH" not in seen
    assert seen["PYTHONHASHSEED"] == "0"
    assert seen["HOME"].startswith(seen["TMPDIR"])
    assert not Path(seen["TMPDIR"]).exists(), "the scratch directory goes with the run"


def test_inline_leaves_loading_to_the_session() -> None:
    from lethal_session import LethalSession

    with pytest.raises(UsageError, match="no module named that"):
        InlineExecutor(LethalSession).run(settings("refuses"), Silent())
