"""Tasks x clauses, one symbol each: the whole report at a glance, in 80 columns, for one task or for thousands.

A clause's column is the last two digits of its code under its family's first digits, so that every clause of the contract fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rich.text import Text

from taskcontract.model import Cell, Report, TaskRow, Verdict
from taskcontract.report.words import SYMBOLS, elided, printable

PAGE: Final = 40
"""Lines after which the column heads are said again."""

_NARROWEST: Final = 14


def matrix(report: Report, width: int, ascii_only: bool = False) -> Iterator[Text]:
    """The lines of the matrix, modules in the order of the report; a task's row ends in proven/applicable."""
    clauses = tuple(sorted({cell.clause for cell in report.cells}))
    cells = {(cell.task, cell.clause): cell for cell in report.cells}
    names = [_short(row) for row in report.tasks]
    room = width - sum(len(gap) + 2 for gap in map(_gap, ("", *clauses), clauses)) - len(" 99/99") - 2
    column = min(max((len(name) for name in names), default=0), max(room, _NARROWEST)) + 2
    lines = PAGE
    for module, rows in _by_module(report.tasks).items():
        if lines >= PAGE and clauses:
            yield from _heads(clauses, column)
            lines = 0
        yield Text(printable(module), style="bold")
        for row in rows:
            yield _row(row, clauses, cells, column, ascii_only)
        lines += len(rows) + 1
    if clauses:
        yield Text("")
        yield legend({cell.verdict for cell in report.cells}, ascii_only)


def legend(verdicts: Iterable[Verdict], ascii_only: bool = False) -> Text:
    """What the symbols mean, for the verdicts that occur."""
    present = set(verdicts)
    line = Text()
    for verdict in Verdict:
        if verdict in present:
            line.append_text(symbol(verdict, ascii_only)).append(f" {verdict.value.replace('-', ' ')}  ")
    line.rstrip()
    return line


def symbol(verdict: Verdict, ascii_only: bool = False) -> Text:
    """A verdict's symbol in its colour."""
    sign, plain, style = SYMBOLS[verdict]
    return Text(plain if ascii_only else sign, style=style)


def _row(row: TaskRow, clauses: Sequence[str], cells: Mapping[tuple[str, str], Cell], column: int, ascii_only: bool) -> Text:
    line = Text("  ", no_wrap=True).append(printable(elided(_short(row), column - 2)).ljust(column - 2))
    own = [cells.get((row.task, clause)) for clause in clauses]
    if row.status == "unimportable":
        return line.append("  ").append("not imported", style="bold red")
    if not any(own):
        said = "not judged" if row.status == "judged" else "could not be judged"
        return line.append("  ").append(said, style="bold red" if row.status == "error" else "dim")
    for before, clause, cell in zip(("", *clauses), clauses, own, strict=False):
        line.append(_gap(before, clause))
        line.append_text(symbol(cell.verdict, ascii_only) if cell else Text(" ")).append(" ")
    return line.append(_share([cell for cell in own if cell]), style="dim")


def _share(cells: Sequence[Cell]) -> str:
    applicable = [cell for cell in cells if cell.verdict is not Verdict.NOT_APPLICABLE]
    proven = [cell for cell in applicable if cell.verdict not in (Verdict.UNPROVEN, Verdict.ERROR)]
    return f"{len(proven):>3}/{len(applicable)}"


def _heads(clauses: Sequence[str], column: int) -> Iterator[Text]:
    families = Text(" " * column, no_wrap=True)
    numbers = Text(" " * column, no_wrap=True)
    for before, clause in zip(("", *clauses), clauses, strict=False):
        gap = _gap(before, clause)
        new = clause[:-2] != before[:-2]
        families.append(gap[:-1] + (clause[:-2].ljust(3) if new else "   "))
        numbers.append(gap[:-1] + clause[-2:] + " ")
    families.rstrip()
    families.stylize("bold cyan")
    numbers.rstrip()
    numbers.stylize("cyan")
    yield families
    yield numbers


def _gap(before: str, clause: str) -> str:
    """The space in front of a column: wider where a family of clauses begins."""
    return "  " if before[:-2] != clause[:-2] else " "


def _by_module(rows: Iterable[TaskRow]) -> dict[str, list[TaskRow]]:
    modules: dict[str, list[TaskRow]] = {}
    for row in rows:
        modules.setdefault(row.task.partition(":")[0], []).append(row)
    return modules


def _short(row: TaskRow) -> str:
    return row.task.partition(":")[2] or "(module)"
