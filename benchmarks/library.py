"""Prefect's own task library, every clause, in one process and in two."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.commands import cost
from benchmarks.table import Table, ratio


def measure(quick: bool) -> Table:
    """The library judged with one job and with two; quick, only its GitHub tasks."""
    target = "prefect.tasks.github" if quick else "prefect.tasks"
    table = Table(
        f"The whole of {target}",
        ["seconds", "processor", "MB", "speed", "tasks", "cells", "proven"],
        "all clauses, default profile; speed relative to one job; MB of the largest process",
    )
    alone = 0.0
    for jobs in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            command = [sys.executable, "-m", "taskcontract", "check", target, "--jobs", str(jobs), "--json", str(report)]
            taken = cost(command, Path(folder))
            totals = json.loads(report.read_text())["totals"]
        alone = alone or taken.seconds
        applicable = totals["cells"] - totals["not_applicable"]
        proven = applicable - totals["unproven"] - totals["error"]
        table.add(
            f"{jobs} job{'s' * (jobs > 1)}",
            f"{taken.seconds:.1f}",
            f"{taken.processor:.1f}",
            f"{taken.megabytes:.0f}",
            ratio(alone, taken.seconds),
            str(totals["tasks"]),
            f"{applicable:,}",
            f"{100 * proven / applicable:.0f}%",
        )
    return table
