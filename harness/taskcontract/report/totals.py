"""What a report adds up to: the counts, the sentence that says how much was proven of how much, and the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from taskcontract.model import Cell, Level, Report, Verdict


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over a report. `tasks` leaves out what could not be imported, which `unimportable` counts."""

    tasks: int
    unimportable: int
    cells: int
    executions: int
    holds: int
    violated: int
    unproven: int
    not_applicable: int
    waived: int
    stale: int
    error: int

    @property
    def applicable(self) -> int:
        """Cells that had something to say about their task."""
        return self.cells - self.not_applicable

    @property
    def proven(self) -> int:
        """Cells that are known to hold or to be violated, waived or not."""
        return self.holds + self.violated + self.waived + self.stale

    @property
    def sentence(self) -> str:
        """How much was proven of how much, whatever else there is to say."""
        parts = [f"{self.holds:,} hold", f"{self.violated:,} violated"]
        parts += [f"{count:,} {word}" for count, word in ((self.waived, "waived"), (self.stale, "stale")) if count]
        rest = f"{self.unproven:,} unproven; {self.not_applicable:,} not applicable; {counted(self.error, 'error')}"
        if not self.applicable:
            return f"0 of 0 applicable cells proven: nothing was judged; {rest}"
        share = 100 * self.proven // self.applicable
        return f"{self.proven:,} of {self.applicable:,} applicable cells proven ({share}%): {', '.join(parts)}; {rest}"


def totals(report: Report) -> Totals:
    """Count a report."""
    count = counts(report.cells)
    unimportable = sum(row.status == "unimportable" for row in report.tasks)
    return Totals(
        tasks=len(report.tasks) - unimportable,
        unimportable=unimportable,
        cells=len(report.cells),
        executions=sum(cell.executions for cell in report.cells),
        holds=count[Verdict.HOLDS],
        violated=count[Verdict.VIOLATED],
        unproven=count[Verdict.UNPROVEN],
        not_applicable=count[Verdict.NOT_APPLICABLE],
        waived=count[Verdict.WAIVED],
        stale=count[Verdict.STALE],
        error=count[Verdict.ERROR],
    )


def counts(cells: Iterable[Cell]) -> dict[Verdict, int]:
    """How many cells have each verdict; every verdict is a key."""
    count = dict.fromkeys(Verdict, 0)
    for cell in cells:
        count[cell.verdict] += 1
    return count


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """'1 task', '2 tasks', '1,204 tasks'."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def exit_code(report: Report, strict: bool = False, selected: Set[str] = frozenset()) -> int:
    """0 when no rule is violated, 1 when one is, 3 when something could not be judged (which outweighs 1).

    Args:
        report: what was judged
        strict: whether unproven cells and violated advice fail too
        selected: codes asked for by name; a violated advice among them fails
    """
    if any(row.status != "judged" for row in report.tasks) or any(cell.verdict is Verdict.ERROR for cell in report.cells):
        return 3
    return int(any(fails(cell, strict, selected) for cell in report.cells))


def fails(cell: Cell, strict: bool = False, selected: Set[str] = frozenset()) -> bool:
    """Whether one cell fails the run; an error is not a failure but something that could not be judged."""
    if cell.verdict is Verdict.VIOLATED:
        return strict or cell.level is Level.RULE or cell.clause in selected
    return cell.verdict is Verdict.STALE or (strict and cell.verdict is Verdict.UNPROVEN)
