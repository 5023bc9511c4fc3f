"""A task that ruins the process it is judged in costs one cell: whatever it does, the rest of the report is as without it."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from taskcontract.engine import executors
from taskcontract.engine.executors import Executor, InlineExecutor, Limits
from taskcontract.engine.processes import ProcessExecutor
from taskcontract.model import Cell, Level, TaskRow, Verdict

LETHAL = "lethal_session:LethalSession"
LIMITS = Limits(cell_seconds=20.0, import_seconds=20.0, output=8 << 20)
SHORT = {
    "sleep-in-c": dataclasses.replace(LIMITS, idle_seconds=1.0),
    "stubborn-loop": dataclasses.replace(LIMITS, cell_seconds=0.5),
}

pytestmark = pytest.mark.usefixtures("nothing_left")


class Listener:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.count = 0
        self.cells: list[tuple[str, str]] = []
        self.tasks: list[str] = []

    def found(self, rows: Sequence[TaskRow], cells: int) -> None:
        self.rows, self.count = [row.task for row in rows], cells

    def cell(self, cell: Cell) -> None:
        self.cells.append((cell.task, cell.clause))

    def task(self, row: TaskRow) -> None:
        self.tasks.append(row.task)


def settings(*tasks: str, **more: Any) -> Any:
    from lethal_session import Settings  # type: ignore[import-not-found]

    return Settings(tasks, **more)


def judged(*tasks: str, limits: Limits = LIMITS, jobs: int = 2, **more: Any) -> dict[str, list[Cell]]:
    """The cells of each task, without the 'm:'."""
    _, cells = ProcessExecutor(jobs, factory=LETHAL, limits=limits).run(settings(*tasks, **more), Listener())
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.task.removeprefix("m:"), []).append(cell)
    return found


def verdicts(cells: list[Cell]) -> list[str]:
    return [cell.verdict.value for cell in cells]


DEATHS = {
    "exit-7": "judging it ended the worker process (exit code 7)",
    "exit-0": "judging it ended the worker process (exit code 0)",
    "abort": "judging it ended the worker process (signal SIGABRT); it last wrote: "
    "terminate called after throwing \N{REPLACEMENT CHARACTER}[1m at 0x…",
    "segfault": "judging it ended the worker process (signal SIGSEGV)",
    "killed": "judging it ended the worker process (signal SIGKILL, which the system sends when it is short of memory)",
    "real-time-signal": "judging it ended the worker process (signal 40)",
    "interrupt": "judging it ended the worker process (exit code 4); it last wrote: KeyboardInterrupt",
    "flood": "it wrote more than 8,388,608 bytes to its output",
    "garbage": "what came from its worker process is not what a worker says (bytes that are no message)",
    "forged-cell": "what came from its worker process is not what a worker says (not the cell that was asked for)",
    "wrong-type": "what came from its worker process is not what a worker says (Finding.message is of type 'int')",
    "nonsense": "what came from its worker process is not what a worker says (not what a worker says)",
    "odd-cell": "what came from its worker process is not what a worker says (not a cell and a row)",
    "close-everything": "it closed descriptors that are not its own",
    "sleep-in-c": "judging it stood still for 1 s",
    "stubborn-loop": "judging it took more than 0.5 s of processor time",
    "out-of-memory": "judging it used up the memory that a worker process may have",
}


@pytest.mark.parametrize("deed", DEATHS)
def test_a_lethal_task_costs_the_cell_it_dies_in(deed: str) -> None:
    found = judged("plain", deed, "innocent", limits=SHORT.get(deed, LIMITS))

    assert verdicts(found[deed]) == ["holds", "unproven", "holds"]
    assert found[deed][1].why == DEATHS[deed]
    assert found[deed][1].findings[0].message == DEATHS[deed]
    assert "alive" in found[deed][1].findings[0].settles
    assert verdicts(found["plain"]) == verdicts(found["innocent"]) == ["holds"] * 3


@pytest.mark.parametrize(
    ("deed", "why"),
    {
        "harness-bug": "the harness broke: LookupError: a clause is broken (at lethal_session.py:",
        "unreadable-bug": "the harness broke: Rude: <no text> (at lethal_session.py:",
        "recursion": "the harness broke: RecursionError: ",
        "system-exit": "the harness broke: SystemExit: 5 (at lethal_session.py:",
        "other-cell": "the harness broke: TypeError: asked for the Cell of m:other-cell TC102, got a Cell of m:innocent TC101",
        "unsayable": "the harness broke: the result cannot be told in plain data: TypeError: a value of type 'object'",
    }.items(),
)
def test_what_breaks_in_the_harness_is_an_error_of_that_cell(deed: str, why: str) -> None:
    cells = judged(deed)[deed]

    assert verdicts(cells) == ["holds", "error", "holds"]
    assert cells[1].why.startswith(why)


def test_memory_is_limited() -> None:
    found = judged("memory-bomb", "innocent", limits=dataclasses.replace(LIMITS, memory=1 << 30))

    assert verdicts(found["memory-bomb"]) == ["holds", "unproven", "holds"]
    assert found["memory-bomb"][1].why == DEATHS["out-of-memory"]
    assert verdicts(found["innocent"]) == ["holds"] * 3


def test_threads_that_never_end_do_not_keep_a_worker() -> None:
    found = judged("endless-threads", "many-threads", "write-a-lot", limits=dataclasses.replace(LIMITS, output=1 << 30))

    assert [verdicts(cells) for cells in found.values()] == [["holds"] * 3] * 3
    assert found["endless-threads"][2].findings[0].message == "TC101,TC102,TC103", "one worker judged them all"
    assert found["many-threads"][2].findings[0].message == "TC103", "a fresh worker went on"


def test_a_task_starts_no_process_whatever_it_calls() -> None:
    found = judged("fork", "exec", "fork-by-libc", "kill-the-parent")

    for deed in ("fork", "exec", "kill-the-parent"):
        assert found[deed][1].why.startswith("the harness broke: PermissionError: [Errno 1] Operation not permitted"), deed
    assert verdicts(found["fork-by-libc"]) == ["holds"] * 3


def test_what_a_worker_starts_ends_with_it_where_the_system_does_not_prevent_it() -> None:
    executor = ProcessExecutor(2, factory="lethal_session:UnconfinedSession", limits=LIMITS)

    _, cells = executor.run(settings("fork-by-libc", "plain"), Listener())

    assert [cell.verdict for cell in cells] == [Verdict.HOLDS] * 6


def test_a_copy_of_a_worker_says_nothing() -> None:
    executor = ProcessExecutor(1, factory="lethal_session:UnconfinedSession", limits=LIMITS)

    _, cells = executor.run(settings("fork", "plain"), Listener())

    assert [cell.verdict for cell in cells] == [Verdict.HOLDS] * 6


def test_what_workers_leave_in_their_folders_goes_with_them() -> None:
    found = judged(*(f"count-folders#{n}" for n in range(20)), jobs=1)

    assert max(int(cells[1].why) for cells in found.values()) < 10


def test_three_deaths_in_a_row_are_enough() -> None:
    codes = ("TC101", "TC102", "TC103", "TC104", "TC201")
    cells = judged("always-exit-7", clauses=codes)["always-exit-7"]

    assert [cell.clause for cell in cells] == list(codes)
    assert [cell.why for cell in cells[:3]] == [DEATHS["exit-7"]] * 3
    assert {cell.why for cell in cells[3:]} == {f"not judged, because 3 clauses in a row ended so: {DEATHS['exit-7']}"}


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_results_come_in_plan_order_and_do_not_depend_on_jobs(jobs: int) -> None:
    tasks = [f"{deed}#{n}" for n in range(4) for deed in ("plain", "exit-7", "harness-bug", "many-threads")]
    listener = Listener()

    rows, cells = ProcessExecutor(jobs, factory=LETHAL, limits=LIMITS).run(settings(*tasks), listener)

    assert [row.task for row in rows] == listener.rows == [f"m:{task}" for task in tasks]
    assert [(cell.task, cell.clause) for cell in cells] == [(f"m:{t}", c) for t in tasks for c in ("TC101", "TC102", "TC103")]
    assert listener.count == len(cells) == 48
    assert sorted(listener.cells) == sorted((cell.task, cell.clause) for cell in cells)
    assert sorted(listener.tasks) == sorted(row.task for row in rows)
    assert [cell.verdict.value for cell in cells] == _expected(tasks)


def _expected(tasks: list[str]) -> list[str]:
    middle = {"plain": "holds", "exit-7": "unproven", "harness-bug": "error", "many-threads": "holds"}
    return [verdict for task in tasks for verdict in ("holds", middle[task.partition("#")[0]], "holds")]


def test_rows_say_what_any_worker_saw() -> None:
    rows, _ = ProcessExecutor(1, factory=LETHAL, limits=LIMITS).run(settings("exit-7", "always-exit-7", "no-row"), Listener())

    assert rows[0] == TaskRow("m:exit-7", "m.py", 1, "judged", "", ("phantom:TC101", "phantom:TC103"))
    assert rows[1] == TaskRow("m:always-exit-7", "m.py", 1, "judged")
    assert (rows[2].status, rows[2].file) == ("error", "m.py")
    assert rows[2].why.startswith("the harness broke: LookupError: no such row")


def test_the_levels_of_lost_cells_are_those_of_their_clauses() -> None:
    executor = ProcessExecutor(1, factory=LETHAL, levels={"TC102": Level.ADVICE}, limits=LIMITS)

    _, cells = executor.run(settings("exit-7", "harness-bug"), Listener())

    assert [cell.level for cell in cells if cell.clause == "TC102"] == [Level.ADVICE] * 2


def test_nothing_to_judge() -> None:
    listener = Listener()

    assert ProcessExecutor(2, factory=LETHAL).run(settings(), listener) == ([], [])
    assert ProcessExecutor(2, factory=LETHAL).run(settings("plain", clauses=()), listener)[1] == []
    assert listener.cells == []


def test_no_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="jobs is 0; at least one worker process is needed"):
        ProcessExecutor(0)


def test_what_a_listener_raises_ends_the_run() -> None:
    class Broken(Listener):
        def cell(self, cell: Cell) -> None:
            raise LookupError("no place to show it")

    with pytest.raises(LookupError, match="no place"):
        ProcessExecutor(2, factory=LETHAL, limits=LIMITS).run(settings("plain", "until-told"), Broken())


def test_runs_from_another_thread_than_the_main_one() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(judged("exit-7")))
    thread.start()
    thread.join()

    assert verdicts(found[0]["exit-7"]) == ["holds", "unproven", "holds"]


def test_inline_gives_the_same_rows_and_cells_for_tasks_that_leave_the_process_alone() -> None:
    from lethal_session import LethalSession

    tasks = settings("plain", "harness-bug", "unreadable-bug", "out-of-memory", "no-row", modules=("fine",))
    listener = Listener()
    each: list[Executor] = [InlineExecutor(LethalSession), ProcessExecutor(2, factory=LETHAL, limits=LIMITS)]
    (rows, cells), (their_rows, their_cells) = (executor.run(tasks, listener) for executor in each)

    assert [(c.task, c.clause, c.verdict, c.why) for c in cells] == [(c.task, c.clause, c.verdict, c.why) for c in their_cells]
    assert rows[1:] == their_rows[1:]


@pytest.mark.parametrize("profile", ["quick", "default", "thorough"])
def test_a_profile_has_its_limits(profile: str) -> None:
    limits = Limits.of(profile)

    assert {"quick": 10.0, "default": 20.0, "thorough": 120.0}[profile] == limits.cell_seconds
    assert {"quick": 30.0, "default": 60.0, "thorough": 360.0}[profile] == limits.idle_seconds
    assert {"quick": 300.0, "default": 600.0, "thorough": 3600.0}[profile] == limits.wall_seconds


def test_an_interrupted_run_says_how_far_it_came() -> None:
    assert str(executors.Interrupted([], [])) == "interrupted by SIGINT after 0 cells"
