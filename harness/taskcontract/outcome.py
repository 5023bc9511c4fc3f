"""What a cell means to a test run, and how it is told there: the seven verdicts as five results, and as plain text."""

from __future__ import annotations

import enum
from collections.abc import Set
from typing import Final

from taskcontract.model import Cell, Finding, Level, Verdict


class Result(enum.StrEnum):
    """What pytest is told."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    ERROR = "error"


_RESULTS: Final = {
    Verdict.HOLDS: Result.PASSED,
    Verdict.VIOLATED: Result.FAILED,
    Verdict.UNPROVEN: Result.SKIPPED,
    Verdict.NOT_APPLICABLE: Result.SKIPPED,
    Verdict.WAIVED: Result.XFAILED,
    Verdict.STALE: Result.FAILED,
    Verdict.ERROR: Result.ERROR,
}


def result(cell: Cell, *, strict: bool = False, named: Set[str] = frozenset()) -> Result:
    """What a test run makes of a cell.

    Args:
        cell: what was judged
        strict: whether unproven cells and violated advice fail too
        named: codes asked for by name; a violated advice among them fails
    """
    if cell.verdict is Verdict.UNPROVEN and strict:
        return Result.FAILED
    if cell.verdict is Verdict.VIOLATED and cell.level is Level.ADVICE and not strict and cell.clause not in named:
        return Result.SKIPPED
    return _RESULTS[cell.verdict]


def reason(cell: Cell) -> str:
    """A cell in one line: what is shown beside its name."""
    deciding = [f for f in cell.findings if f.verdict is cell.verdict]
    if cell.verdict is Verdict.VIOLATED and deciding:
        more = f" (and {len(deciding) - 1} more)" if len(deciding) > 1 else ""
        advice = "advice: " if cell.level is Level.ADVICE else ""
        return f"{advice}{_one_line(deciding[0].message)}{more}"
    if cell.verdict is Verdict.STALE:
        return f"it holds, but is waived: remove the waiver ({_one_line(cell.why)})"
    why = cell.why or (deciding[0].message if deciding else "")
    if cell.verdict is Verdict.UNPROVEN and deciding:
        why = f"{why}; settled by: {deciding[0].settles}"
    return f"{cell.verdict.replace('-', ' ')}: {_one_line(why)}" if why else str(cell.verdict)


def explained(cell: Cell) -> str:
    """A cell as a few lines of text: each finding that decided it, with its evidence and its reproduction."""
    heading = f"{cell.task} {cell.clause}: {cell.verdict}"
    deciding = [f for f in cell.findings if f.verdict in (Verdict.VIOLATED, Verdict.UNPROVEN)]
    if not deciding:
        return f"{heading}\n  {cell.why}"
    parts = [heading, *(_finding(f) for f in deciding)]
    if cell.verdict is Verdict.VIOLATED:
        parts.append(f"  The rule, and why it is one: taskcontract explain {cell.clause}")
    return "\n".join(parts)


def _finding(finding: Finding) -> str:
    facts = [("expected", finding.expected), ("actual", finding.actual), ("fix", finding.fix), ("settled by", finding.settles)]
    lines = [f"  {finding.subject}: {finding.message}"]
    lines += [f"    {label + ':':<11}{text}" for label, text in facts if text]
    if finding.reproduce:
        lines += ["    reproduce:", "", finding.reproduce.strip("\n"), ""]
    return "\n".join(lines)


def _one_line(text: str, longest: int = 300) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
