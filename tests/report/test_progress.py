"""What is shown while judging, on a terminal and off it; the clock is the test's own."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from taskcontract.model import Cell, Finding, Report, TaskRow, Verdict
from taskcontract.report.progress import Listener


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def play(stream: io.StringIO, report: Report) -> None:
    clock = Clock()
    with Listener(stream, clock) as listener:
        listener.found(report.tasks, len(report.cells))
        for cell in report.cells:
            clock.time += 4
            listener.cell(cell)
        for row in report.tasks:
            clock.time += 4
            listener.task(row)


def test_plain_lines_come_now_and_then(report: Report) -> None:
    stream = io.StringIO()
    play(stream, report)
    assert stream.getvalue() == (
        "taskcontract: 3 tasks, 9 cells to judge, 1 module could not be imported\n"
        "taskcontract: 3 of 9 cells, 0 of 3 tasks: 1 violated, 1 unproven, 0 errors\n"
        "taskcontract: 6 of 9 cells, 0 of 3 tasks: 2 violated, 1 unproven, 0 errors\n"
        "taskcontract: 9 of 9 cells, 0 of 3 tasks: 2 violated, 2 unproven, 1 error\n"
        "taskcontract: 9 of 9 cells, 2 of 3 tasks: 2 violated, 2 unproven, 1 error\n"
    )


def test_a_terminal_gets_one_line_that_is_taken_away(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    play(stream, report)
    text = stream.getvalue()
    assert "reading the tasks" in text
    assert "9/9" in text
    assert "2 violated  acme.tasks.rest:Put" in text
    assert "to judge" not in text
    assert text.endswith("\x1b[2K")  # the line is erased


def test_a_hostile_name_is_printed_literally(report: Report, make_cell: Callable[..., Cell]) -> None:
    stream, clock = Terminal(), Clock()
    with Listener(stream, clock) as listener:
        listener.found((TaskRow("a:B", None, None, "judged"),), 1)
        clock.time += 1
        listener.cell(make_cell("\x07[bold]X", "TC101", Verdict.HOLDS))
    assert "\\x07[bold]X" in stream.getvalue()
    assert "\x07" not in stream.getvalue()


def test_an_error_leaves_the_terminal_as_it_was(make_finding: Callable[..., Finding]) -> None:
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt), Listener(stream):
        raise KeyboardInterrupt
    assert stream.getvalue().count("\x1b[?25h") == 1  # the cursor is back
