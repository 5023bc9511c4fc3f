"""Findings as a person reads them: what is violated task by task, then what is unproven reason by reason, then what broke.

A violation shows what happened, what was expected, the evidence, the line to change, and code to copy: the code begins in the
first column and is never wrapped or shortened, so that it runs as it was copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from taskcontract.model import Cell, Finding, Level, Report, TaskRow, Verdict
from taskcontract.report.matrix import symbol
from taskcontract.report.totals import counted
from taskcontract.report.words import printable, shortened


def violations(report: Report, slugs: Mapping[str, str], ascii_only: bool) -> Iterator[RenderableType]:
    """Every violated finding, with the cells that the baseline waives or should no longer waive, grouped by task."""
    shown = (Verdict.VIOLATED, Verdict.STALE, Verdict.WAIVED)
    by_task: dict[str, list[Cell]] = {}
    for cell in report.cells:
        if cell.verdict in shown:
            by_task.setdefault(cell.task, []).append(cell)
    rows = {row.task: row for row in report.tasks}
    for task, cells in by_task.items():
        yield from _heading(task, rows.get(task))
        for cell in cells:
            yield from _violated(cell, slugs, ascii_only)


def _heading(task: str, row: TaskRow | None) -> Iterator[Text]:
    yield Text("")
    yield Text(printable(task), style="bold underline")
    where = [f"{row.file}:{row.line}" if row.line else row.file] if row and row.file else []
    through = [f"reached through {', '.join(row.via)}"] if row and row.via else []
    if where or through:
        yield Text(printable("; ".join(where + through)), style="dim")


def _violated(cell: Cell, slugs: Mapping[str, str], ascii_only: bool) -> Iterator[RenderableType]:
    if cell.verdict is Verdict.STALE:
        yield _title(cell, slugs, "", ascii_only)
        yield _facts(("waived", cell.why), ("fix", "it holds now: remove the waiver from the baseline"))
        return
    if cell.verdict is Verdict.WAIVED:
        yield _title(cell, slugs, "", ascii_only)
        yield _facts(("waived", cell.why))
        return
    for finding in cell.findings:
        if finding.verdict is Verdict.VIOLATED:
            yield _title(cell, slugs, finding.subject, ascii_only)
            yield from _evidence(cell, finding)


def _title(cell: Cell, slugs: Mapping[str, str], subject: str, ascii_only: bool) -> RenderableType:
    line = Text()
    line.append_text(symbol(cell.verdict, ascii_only)).append(f" {cell.clause}", style="bold")
    if cell.clause in slugs:
        line.append(f" {slugs[cell.clause]}", style="bold")
    if subject:
        line.append(": ").append(shortened(subject, 200), style="bold cyan")
    if cell.level is Level.ADVICE:
        line.append(" (advice)", style="dim")
    return Padding(line, (1, 0, 0, 2))


def _evidence(cell: Cell, finding: Finding) -> Iterator[RenderableType]:
    yield _facts(
        ("happened", finding.message),
        ("expected", finding.expected),
        ("actual", finding.actual),
        ("fix", finding.fix),
        ("judged", counted(finding.examples, "case") if finding.examples else ""),
        ("see", f"taskcontract explain {cell.clause}"),
    )
    if finding.reproduce:
        yield Padding(Text("reproduce", style="dim"), (0, 0, 0, 4))
        yield Text("")
        for line in finding.reproduce.strip("\n").split("\n"):
            yield Text(printable(line), no_wrap=True, overflow="ignore")


def _facts(*facts: tuple[str, str]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for label, text in facts:
        if text:
            table.add_row(label, Text(shortened(text)))
    return Padding(table, (0, 0, 0, 4))


def unproven(report: Report) -> Iterator[RenderableType]:
    """What nobody knows yet, one entry for each reason: what would settle it, and which cells it would settle.

    Reasons that differ in their subject alone are one reason; it is said in full when it has one subject.
    """
    groups: dict[tuple[str, str], _Doubt] = {}
    for cell in report.cells:
        if cell.verdict is not Verdict.UNPROVEN:
            continue
        doubtful = [finding for finding in cell.findings if finding.verdict is Verdict.UNPROVEN]
        for finding in doubtful:
            general = (_general(finding.message, finding.subject), _general(finding.settles, finding.subject))
            groups.setdefault(general, _Doubt()).add(cell, finding.subject, (finding.message, finding.settles))
        if not doubtful:
            groups.setdefault((cell.why, ""), _Doubt()).add(cell, "", (cell.why, ""))
    for general, doubt in sorted(groups.items(), key=lambda group: -len(group[1].cells)):
        message, settles = doubt.texts.pop() if len(doubt.texts) == 1 else general
        yield Text("")
        yield Text(shortened(message), style="yellow").append(f"  ({counted(len(doubt.cells), 'cell')})", style="dim")
        yield _facts(("settled by", settles), *doubt.lines())


class _Doubt:
    """One reason with the cells and subjects that it leaves unproven, and the words it had in each."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str], list[str]] = {}
        self.texts: set[tuple[str, str]] = set()

    def add(self, cell: Cell, subject: str, texts: tuple[str, str]) -> None:
        self.cells.setdefault((cell.clause, cell.task), []).append(subject)
        self.texts.add(texts)

    def lines(self) -> Iterator[tuple[str, str]]:
        """Each clause with the tasks, and their subjects in brackets."""
        tasks: dict[str, list[str]] = {}
        for (clause, task), subjects in self.cells.items():
            about = ", ".join(subject for subject in subjects if subject)
            tasks.setdefault(clause, []).append(task.rpartition(":")[2] + (f"({about})" if about else ""))
        return ((clause, ", ".join(names)) for clause, names in sorted(tasks.items()))


def _general(text: str, subject: str) -> str:
    """`text` about any subject."""
    return text.replace(f"`{subject}`", "`…`").replace(f"{{ {subject} = ", "{ … = ") if subject else text


def _importing(row: TaskRow) -> str:
    """A command that does what failed, outside the harness; nothing for what is no module."""
    if row.status != "unimportable" or ":" in row.task:
        return ""
    by_path = not all(part.isidentifier() for part in row.task.split(".")) or row.task.startswith("_taskcontract_file_")
    return (f"python {row.file}" if row.file else "") if by_path else f"python -c 'import {row.task}'"


def unjudged(report: Report, ascii_only: bool) -> Iterator[RenderableType]:
    """What could not be judged: modules that do not import, with their cause, and cells where something broke."""
    for row in report.tasks:
        if row.status != "judged":
            yield from _heading(row.task, row)
            said = "could not be imported" if row.status == "unimportable" else "could not be judged"
            yield _facts((said, row.why or "no cause is known"), ("to see it", _importing(row)))
    for cell in report.cells:
        if cell.verdict is Verdict.ERROR:
            yield Text("")
            said = f" {printable(cell.task)} {cell.clause}"
            yield Text().append_text(symbol(cell.verdict, ascii_only)).append(said, style="bold")
            yield _facts(("why", cell.why))
