"""The report for tools: `taskcontract.report/1`, one JSON document, written so that a reader never sees half of one."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any, Final

from taskcontract.errors import UsageError
from taskcontract.model import Cell, Finding, Report, TaskRow
from taskcontract.report.totals import totals

SCHEMA: Final = "taskcontract.report/1"


def document(report: Report) -> dict[str, Any]:
    """The report as plain JSON data. A finding's `fix` is what would settle it when it is unproven."""
    return {
        "schema": SCHEMA,
        "taskcontract": report.version,
        "prefect": report.prefect,
        "python": report.python,
        "seed": report.seed,
        "profile": report.profile,
        "seconds": round(report.seconds, 3),
        "layers": list(report.layers),
        "interrupted": report.interrupted,
        "tasks": [_task(row) for row in report.tasks],
        "cells": [_cell(cell) for cell in report.cells],
        "totals": dataclasses.asdict(totals(report)),
    }


def dumps(report: Report) -> str:
    """The report as text, a line for each task and cell. ASCII, so that no message can make it unreadable."""
    entries = (f"{json.dumps(key)}: {_lines(value)}" for key, value in document(report).items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n]"
    return json.dumps(value)


def check_destination(destination: str) -> None:
    """Find out before anything is judged whether the report can be written.

    Raises:
        UsageError: when the destination is a folder, or its folder is absent or may not be written to
    """
    if destination == "-":
        return
    path = Path(destination)
    if path.is_dir():
        raise UsageError(f"--json {destination}: is a folder; name a file in it")
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise UsageError(f"--json {destination}: the folder {folder} does not exist; make it first")
    if not os.access(folder if _replaceable(path) else path, os.W_OK):
        raise UsageError(f"--json {destination}: may not be written; choose another file or mend the permissions")


def write(report: Report, destination: str) -> None:
    """Write the report to a file, all or nothing, or to standard output for `-`.

    Raises:
        UsageError: when it cannot be written; what was there before is untouched
    """
    text = dumps(report)
    if destination == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(os.path.realpath(destination))
    try:
        if _replaceable(path):
            _replace(path, text)
        else:
            path.write_text(text, encoding="ascii")
    except OSError as error:
        raise UsageError(f"--json {destination}: could not be written ({error.strerror}); choose another file") from error


def _replaceable(path: Path) -> bool:
    """Whether a rename may put a new file there: not over a device or a pipe such as /dev/stdout."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="ascii")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _task(row: TaskRow) -> dict[str, Any]:
    return {
        "task": row.task,
        "file": row.file,
        "line": row.line,
        "status": row.status,
        "why": row.why,
        "via": list(row.via),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "task": cell.task,
        "clause": cell.clause,
        "level": cell.level.value,
        "verdict": cell.verdict.value,
        "why": cell.why,
        "seconds": round(cell.seconds, 4),
        "executions": cell.executions,
        "findings": [_finding(finding) for finding in cell.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "subject": finding.subject,
        "verdict": finding.verdict.value,
        "message": finding.message,
        "expected": finding.expected,
        "actual": finding.actual,
        "fix": finding.fix or finding.settles,
        "reproduce": finding.reproduce,
        "examples": finding.examples,
    }
