"""The text report as it is read: whole pages compared with a stored one, and odd content that must stay harmless."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from taskcontract.model import Cell, Finding, Report, TaskRow, Verdict
from taskcontract.report.text import render, to_text

Make = Callable[..., Cell]
MakeFinding = Callable[..., Finding]

HERE = Path(__file__).parent
SLUGS = {"TC101": "init-inert", "TC203": "falsy-value-wins", "TC204": "any-split-agrees", "TC210": "positional-agrees"}


def test_a_report_with_every_verdict_reads_as_stored(report: Report) -> None:
    assert to_text(report, 80, SLUGS) == (HERE / "every_verdict.txt").read_text(encoding="utf-8")


def test_an_empty_report_reads_as_stored(empty: Report) -> None:
    assert to_text(empty, 80) == (HERE / "nothing.txt").read_text(encoding="utf-8")


def test_an_interrupted_report_says_so(report: Report) -> None:
    text = to_text(replace(report, interrupted=True), 80)
    said = "Interrupted: the rest was not judged; this counts the cells judged until then."
    assert f"{said}\n5 of 8 applicable cells proven" in text
    assert "Interrupted" not in to_text(report, 80)


def test_markup_in_a_message_is_printed_literally(report: Report) -> None:
    assert "retries is [bold]ignored[/bold] when it is 0 — naïvely" in to_text(report)


def test_nothing_that_a_terminal_obeys_gets_through(empty: Report, make_cell: Make, make_finding: MakeFinding) -> None:
    odd = "\x1b[2J\x07\ud800\u202e:smile: \ttab\r\nnext\u200d"
    finding = make_finding(odd, Verdict.VIOLATED, odd, fix=odd, reproduce=odd)
    cell = replace(make_cell("Get", "TC203", Verdict.VIOLATED, finding), task=f"acme:{odd}")
    row = TaskRow(f"acme:{odd}", odd, 3, "judged", via=(odd,))
    text = to_text(replace(empty, tasks=(row,), cells=(cell,), layers=(odd,)))
    assert not set(text) & set("\x1b\x07\ud800\u202e\t\r")
    assert "\\x1b[2J\\x07\\ud800\\u202e:smile:     tab\nnext" in text.replace("          next", "next")
    text.encode("utf-8")


def test_a_long_value_is_shortened_but_code_is_not(empty: Report, make_cell: Make, make_finding: MakeFinding) -> None:
    code = "Get(" + "x" * 9_000 + ")"
    finding = make_finding("url", Verdict.VIOLATED, "y" * 9_000, reproduce=code)
    cell = make_cell("Get", "TC203", Verdict.VIOLATED, finding)
    text = to_text(replace(empty, tasks=(TaskRow(cell.task, None, None, "judged"),), cells=(cell,)), 100)
    assert f"\n{code}\n" in text
    assert "…[7,001 characters left out; --json has them]…" in " ".join(text.split())
    assert text.count("y") < 2_100


def test_code_begins_in_the_first_column(report: Report) -> None:
    assert "\n\nfrom acme.tasks.rest import Get\n\nGet(retries=3).run(retries=0)  # sends 3, not 0\n" in to_text(report, 30)


def test_a_whole_library_fits_in_eighty_columns(empty: Report, make_cell: Make) -> None:
    codes = [f"TC{n}" for n in (*range(101, 105), *range(201, 209), 210, *range(301, 305))]
    names = [f"mod{n // 4}:{'A' * (n % 60 + 1)}Task" for n in range(205)]
    cells = tuple(replace(make_cell("x", code, Verdict.HOLDS), task=name) for name in names for code in codes)
    rows = tuple(TaskRow(name, None, None, "judged") for name in names)
    lines = to_text(replace(empty, tasks=rows, cells=cells), 80).split("\n")
    assert max(map(len, lines)) <= 80
    assert sum(line.endswith("17/17") for line in lines) == 205
    assert sum(line.split() == ["TC1", "TC2", "TC3"] for line in lines) >= 5
    assert any("A…A" in line for line in lines)


def test_symbols_stand_under_the_numbers_of_their_clauses(report: Report) -> None:
    lines = to_text(report, 80).split("\n")
    numbers = next(line for line in lines if line.split()[:2] == ["01", "03"])
    row = next(line for line in lines if line.startswith("  Get"))
    assert {numbers[i - 1 : i + 1]: sign for i, sign in enumerate(row) if sign in "✓✗?·"} == {
        "01": "✓",
        "03": "✗",
        "04": "?",
        "06": "·",
        "10": "✗",
    }


def test_a_task_of_an_interrupted_run_is_shown_as_not_judged(empty: Report, make_cell: Make) -> None:
    rows = (TaskRow("acme.tasks.rest:Get", None, None, "judged"), TaskRow("acme.tasks.rest:Put", None, None, "judged"))
    text = to_text(replace(empty, tasks=rows, cells=(make_cell("Get", "TC101", Verdict.HOLDS),), interrupted=True))
    assert "\n  Put  not judged\n" in text


def test_an_ascii_terminal_gets_ascii_symbols(report: Report) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", errors="backslashreplace")
    render(report, Console(file=stream, width=80), SLUGS)
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert "+ holds  X violated  ? unproven  . not applicable  w waived  s stale  E error" in text
    assert "naïvely".encode("ascii", "backslashreplace").decode() in text


def test_colours_appear_on_a_terminal_unless_refused(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    def printed() -> str:
        stream = io.StringIO()
        render(report, Console(file=stream, width=80, force_terminal=True, color_system="standard"))
        return stream.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m✗" in printed()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in printed()


def test_reasons_that_differ_in_their_subject_are_one(empty: Report, make_cell: Make, make_finding: MakeFinding) -> None:
    def doubt(subject: str) -> Finding:
        return make_finding(
            subject, Verdict.UNPROVEN, f"changing `{subject}` shows nothing", settles=f"a value: values = {{ {subject} = … }}"
        )

    one = make_cell("Get", "TC201", Verdict.UNPROVEN, doubt("url"), doubt("n"), why="url")
    two = make_cell("Put", "TC202", Verdict.UNPROVEN, doubt("url"), make_finding("n", Verdict.UNPROVEN, "cut"), why="url")
    text = to_text(replace(empty, cells=(one, two)))
    assert (
        "\nchanging `…` shows nothing  (2 cells)\n"
        "    settled by  a value: values = { … = … }\n"
        "    TC201       Get(url, n)\n"
        "    TC202       Put(url)\n"
        "\ncut  (1 cell)\n"
        "    settled by  a declared value for it\n"
        "    TC202       Put(n)\n"
    ) in text
    alone = to_text(replace(empty, cells=(replace(one, findings=(doubt("url"),)),)))
    assert "\nchanging `url` shows nothing  (1 cell)\n    settled by  a value: values = { url = … }\n" in alone
