"""The report for people: a header, the matrix, the findings, and always, last, how much was proven of how much."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from contextlib import nullcontext

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from taskcontract.model import Level, Report, Verdict
from taskcontract.report.findings import unjudged, unproven, violations
from taskcontract.report.matrix import matrix, symbol
from taskcontract.report.totals import counted, counts, totals
from taskcontract.report.words import printable


def render(report: Report, console: Console, slugs: Mapping[str, str] | None = None) -> None:
    """Print a report.

    Args:
        report: what was judged
        console: where to; its width, colours and encoding are respected
        slugs: the clauses' names by code, said beside the codes
    """
    slugs = slugs or {}
    ascii_only = not console.encoding.lower().startswith("utf")
    _print(console, _header(report))
    if report.tasks:
        _section(console, "Tasks", matrix(report, console.width, ascii_only))
    _section(console, "Violated", violations(report, slugs, ascii_only))
    _section(console, "Unproven", unproven(report))
    _section(console, "Not judged", unjudged(report, ascii_only))
    if report.cells:
        _section(console, "Clauses", [_clauses(report, slugs, ascii_only)])
    _section(console, "Totals", _closing(report))


def to_text(report: Report, width: int = 120, slugs: Mapping[str, str] | None = None) -> str:
    """The report as plain text, without colours."""
    file = io.StringIO()
    render(report, Console(file=file, width=width, color_system=None, force_terminal=False, legacy_windows=False), slugs)
    return file.getvalue()


def _print(console: Console, renderables: Iterable[RenderableType]) -> None:
    """Print; where nobody sees colours, without the spaces that fill lines up to the width."""
    with nullcontext() if console.is_terminal else console.capture() as captured:
        for renderable in renderables:
            as_it_stands = isinstance(renderable, Text) and bool(renderable.no_wrap)
            console.print(renderable, markup=False, highlight=False, emoji=False, soft_wrap=as_it_stands)
    if captured:
        console.file.write("\n".join(line.rstrip(" ") for line in captured.get().split("\n")))


def _section(console: Console, title: str, renderables: Iterable[RenderableType]) -> None:
    content = list(renderables)
    if content:
        _print(console, [Text(""), Rule(title, align="left", characters="-", style="dim"), *content])


def _header(report: Report) -> Iterable[Text]:
    yield Text(f"taskcontract {report.version}", style="bold").append(
        f"  prefect {report.prefect}, Python {report.python}, profile {report.profile}, seed {report.seed}", style="none"
    )
    layers = ", ".join(report.layers)
    yield Text(f"sealed by: {printable(layers)}" if layers else "sealed by: nothing; no task was run", style="dim")


def _clauses(report: Report, slugs: Mapping[str, str], ascii_only: bool) -> RenderableType:
    """For each clause, how many tasks have each verdict that occurs."""
    overall = counts(report.cells)
    present = [verdict for verdict in Verdict if overall[verdict]]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for _ in present:
        table.add_column(justify="right", no_wrap=True)
    table.add_row("", *(symbol(verdict, ascii_only) for verdict in present))
    for clause in sorted({cell.clause for cell in report.cells}):
        own = counts(cell for cell in report.cells if cell.clause == clause)
        table.add_row(Text(f"{clause} {slugs.get(clause, '')}"), *(f"{own[verdict]:,}" for verdict in present))
    return Padding(table, (0, 0, 0, 2))


def _closing(report: Report) -> Iterable[Text]:
    total = totals(report)
    if report.interrupted:
        yield Text("Interrupted: the rest was not judged; this counts the cells judged until then.", style="bold yellow")
    if not report.tasks:
        yield Text("No task was found.", style="bold yellow")
    style = "bold red" if total.violated or total.stale or total.error or total.unimportable else "bold"
    yield Text(total.sentence, style=style)
    advice = sum(cell.verdict is Verdict.VIOLATED and cell.level is Level.ADVICE for cell in report.cells)
    if advice:
        verb = "is" if advice == 1 else "are"
        yield Text(f"{advice:,} of the violated {verb} advice, which fails only by name (--clause) or with --strict")
    modules = {row.task.partition(":")[0] for row in report.tasks if row.status != "unimportable"}
    said = f"{counted(total.tasks, 'task')} in {counted(len(modules), 'module')}, {total.unimportable:,} unimportable"
    yield Text(f"{said}; {counted(total.executions, 'execution')} in {report.seconds:,.1f} s")
