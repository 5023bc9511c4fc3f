"""Counting, the sentence, and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from taskcontract.model import Cell, Finding, Level, Report, TaskRow, Verdict
from taskcontract.report.totals import Totals, counted, exit_code, totals

Make = Callable[..., Cell]
MakeFinding = Callable[..., Finding]


def test_every_verdict_is_counted(report: Report) -> None:
    assert totals(report) == Totals(
        tasks=3,
        unimportable=1,
        cells=9,
        executions=18,
        holds=1,
        violated=2,
        unproven=2,
        not_applicable=1,
        waived=1,
        stale=1,
        error=1,
    )


def test_the_sentence_says_how_much_was_proven_of_how_much(report: Report, empty: Report) -> None:
    assert totals(report).sentence == (
        "5 of 8 applicable cells proven (62%): 1 hold, 2 violated, 1 waived, 1 stale; 2 unproven; 1 not applicable; 1 error"
    )
    many = Totals(205, 0, 2342, 9000, 1010, 194, 326, 812, 0, 0, 0)
    assert many.sentence == (
        "1,204 of 1,530 applicable cells proven (78%): 1,010 hold, 194 violated; 326 unproven; 812 not applicable; 0 errors"
    )
    assert totals(empty).sentence == (
        "0 of 0 applicable cells proven: nothing was judged; 0 unproven; 0 not applicable; 0 errors"
    )


def test_all_is_said_only_of_all() -> None:
    assert "(99%)" in Totals(1, 0, 1000, 1, 999, 0, 1, 0, 0, 0, 0).sentence
    assert "(100%)" in Totals(1, 0, 1000, 1, 1000, 0, 0, 0, 0, 0, 0).sentence


def test_nouns_agree_with_their_numbers() -> None:
    assert [counted(n, "task") for n in (0, 1, 2000)] == ["0 tasks", "1 task", "2,000 tasks"]
    assert counted(2, "library", "libraries") == "2 libraries"


def test_exit_codes(empty: Report, make_cell: Make, make_finding: MakeFinding) -> None:
    holds = make_cell("Get", "TC101", Verdict.HOLDS)
    breach = make_cell("Get", "TC203", Verdict.VIOLATED, make_finding("x", Verdict.VIOLATED, "no"))
    advice = replace(breach, clause="TC210", level=Level.ADVICE)
    unproven = make_cell("Get", "TC204", Verdict.UNPROVEN, why="cut")
    stale = make_cell("Get", "TC205", Verdict.STALE)
    waived = make_cell("Get", "TC206", Verdict.WAIVED)
    error = make_cell("Get", "TC207", Verdict.ERROR, why="broke")

    def code(*cells: Cell, strict: bool = False, selected: frozenset[str] = frozenset()) -> int:
        return exit_code(replace(empty, cells=cells), strict, selected)

    assert code() == code(holds) == code(waived, strict=True) == 0
    assert code(breach) == code(stale) == 1
    assert (code(unproven), code(unproven, strict=True)) == (0, 1)
    assert (code(advice), code(advice, strict=True), code(advice, selected=frozenset({"TC210"}))) == (0, 1, 1)
    assert code(error) == code(error, breach) == 3


@pytest.mark.parametrize(("status", "code"), [("judged", 0), ("unimportable", 3), ("error", 3)])
def test_a_row_that_could_not_be_judged_is_three(empty: Report, status: str, code: int) -> None:
    row = TaskRow("acme", None, None, status, "why")  # type: ignore[arg-type]
    assert exit_code(replace(empty, tasks=(row,))) == code
