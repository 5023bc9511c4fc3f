"""However a run ends (a signal, a kill, the sealed process lost), what was judged is kept and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from taskcontract.engine.executors import InlineExecutor, Interrupted, Limits
from taskcontract.engine.processes import ProcessExecutor
from taskcontract.engine.zygote import Zygote, descendants, how_ended
from taskcontract.model import Cell, TaskRow

LIMITS = Limits(cell_seconds=20.0, import_seconds=20.0)
Marked = Callable[[], bool]
Eventually = Callable[[Callable[[], bool]], bool]

pytestmark = pytest.mark.usefixtures("nothing_left")


class Silent:
    """Listens to nothing."""

    def found(self, rows: Sequence[TaskRow], cells: int) -> None: ...

    def cell(self, cell: Cell) -> None: ...

    def task(self, row: TaskRow) -> None: ...


def settings(*tasks: str, **more: Any) -> Any:
    from lethal_session import Settings  # type: ignore[import-not-found]

    return Settings(tasks, **more)


def executor(jobs: int = 1, session: str = "LethalSession") -> ProcessExecutor:
    return ProcessExecutor(jobs, factory=f"lethal_session:{session}", limits=LIMITS)


def signalled_when(marked: Marked, number: int) -> threading.Thread:
    """Sends this process a signal once a sealed process has written its mark."""

    def send() -> None:
        while not marked():
            threading.Event().wait(0.01)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_gives_back_what_was_judged(number: signal.Signals, marked: Marked) -> None:
    before = signal.getsignal(number)
    thread = signalled_when(marked, number)

    with pytest.raises(Interrupted) as caught:
        executor().run(settings("plain", "until-told", "never-reached"), Silent())
    thread.join()

    assert [cell.task for cell in caught.value.cells] == ["m:plain"] * 3 + ["m:until-told"]
    assert [row.task for row in caught.value.rows] == ["m:plain", "m:until-told"]
    assert caught.value.signal == number
    assert str(caught.value) == f"interrupted by {number.name} after 4 cells"
    assert signal.getsignal(number) is before


def test_interrupting_while_modules_are_imported(marked: Marked) -> None:
    thread = signalled_when(marked, signal.SIGINT)

    with pytest.raises(Interrupted) as caught:
        executor().run(settings("plain", modules=("marks",)), Silent())
    thread.join()

    assert (caught.value.rows, caught.value.cells) == ([], [])


def test_interrupting_inline(marked: Marked, tmp_path: Path) -> None:
    from lethal_session import LethalSession

    thread = signalled_when(marked, signal.SIGINT)

    with pytest.raises(Interrupted) as caught:
        InlineExecutor(LethalSession).run(settings("plain", "until-told", scratch=str(tmp_path)), Silent())
    thread.join()

    assert len(caught.value.cells) == 4


def test_impatience_does_not_disturb_the_tidying_up(marked: Marked, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = signalled_when(marked, signal.SIGINT)
    close = Zygote.close

    def close_while_signals_come(zygote: Zygote) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        close(zygote)

    monkeypatch.setattr(Zygote, "close", close_while_signals_come)
    with pytest.raises(Interrupted) as caught:
        executor().run(settings("plain", "until-told"), Silent())
    thread.join()

    assert len(caught.value.cells) == 4
    assert caught.value.signal == signal.SIGINT


def test_nothing_outlives_a_harness_that_is_killed(tmp_path: Path, marked: Marked, eventually: Eventually) -> None:
    here = Path(__file__).parent / "specimens"
    code = (
        "import lethal_session, sys\n"
        "from taskcontract.engine.processes import ProcessExecutor\n"
        "class Silent:\n    found = cell = task = lambda self, *_: None\n"
        "settings = lethal_session.Settings(('until-told', 'until-told#2'))\n"
        "ProcessExecutor(2, factory='lethal_session:LethalSession').run(settings, Silent())\n"
    )
    path = os.pathsep.join([str(here), *filter(None, sys.path)])
    scratch = {"PYTHONPATH": path, "TMPDIR": str(tmp_path)}
    harness = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **scratch})
    assert eventually(marked)
    below = descendants(harness.pid)

    harness.kill()
    harness.wait()

    assert len(below) == 3, "the sealed process and two workers"
    assert eventually(lambda: not any(_running(pid) for pid in below))


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_task_that_takes_everybody_down_is_found_and_the_others_are_not_blamed() -> None:
    tasks = ("take-a-while", "kill-the-zygote", "take-a-while#2", "plain")

    _, cells = executor(3, "UnconfinedSession").run(settings(*tasks), Silent())

    assert [(cell.task.removeprefix("m:"), cell.clause) for cell in cells if cell.verdict.value != "holds"] == [
        ("kill-the-zygote", "TC102")
    ]
    assert len(cells) == 12
    assert {cell.why for cell in cells if cell.why} == {"judging it ended the process that all worker processes come from"}


def test_a_sealed_process_that_does_not_answer_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskcontract.engine.processes._TIDY_SECONDS", 0.5)

    _, cells = executor(1, "UnconfinedSession").run(settings("stop-the-zygote", "plain"), Silent())

    assert [cell.verdict.value for cell in cells] == ["holds", "unproven", "holds", "holds", "holds", "holds"]


def test_nothing_judged_is_lost_when_the_sealed_process_cannot_be_started_again() -> None:
    tasks = settings("plain", "kill-the-zygote", "plain#2")

    _, cells = executor(1, "FickleSession").run(tasks, Silent())

    assert [cell.verdict.value for cell in cells] == ["holds"] * 4 + ["unproven"] + ["error"] * 4
    assert {cell.why for cell in cells[5:]} == {"the sealed process had to be restarted and then found other tasks than before"}


@pytest.mark.parametrize(
    ("session", "why"),
    [
        ("UnforkableSession", "no worker process could be started for it (Resource temporarily unavailable)"),
        ("BrokenForkSession", "judging it ended the process that all worker processes come from"),
    ],
)
def test_a_system_that_starts_no_workers_is_the_reason_given(session: str, why: str) -> None:
    _, cells = executor(2, session).run(settings("plain"), Silent())

    assert [cell.why for cell in cells] == [why] * 3


def test_a_sealed_process_that_is_lost_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def unheard(*_: object) -> tuple[int, int]:
        raise BrokenPipeError

    monkeypatch.setattr(Zygote, "fork", unheard)
    _, cells = executor(2).run(settings("plain", "plain#2"), Silent())

    assert [cell.verdict.value for cell in cells] == ["error"] * 6
    assert {cell.why for cell in cells} == {"the sealed process that judges ended again and again with no task being judged"}


def test_an_unknown_signal_is_told_by_its_number() -> None:
    assert (how_ended(-77), how_ended(-15), how_ended(2)) == ("signal 77", "signal SIGTERM", "exit code 2")
