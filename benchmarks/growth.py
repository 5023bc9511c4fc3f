"""How time and memory grow with the number of tasks: generated libraries of 100 to 10,000 tasks, judged by two clauses."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.commands import cost
from benchmarks.table import Table

TASKS_IN_A_MODULE = 100
CLAUSES = ("TC101", "TC301")

_HEAD = "from prefect import Task\nfrom prefect.utilities.tasks import defaults_from_attrs\n"
_TASK = '''

class Task{n}(Task):
    """Looks an item up.

    Args:
        - item (str, optional): the item's name
        - **kwargs (dict, optional): options of the task
    """

    def __init__(self, item: str = None, **kwargs):
        self.item = item
        super().__init__(**kwargs)

    @defaults_from_attrs("item")
    def run(self, item: str = None):
        """Looks an item up.

        Args:
            - item (str, optional): the item's name
        """
        if item is None:
            raise ValueError("An item must be provided")
        return {{"item": item, "task": {n}}}
'''


def measure(quick: bool) -> Table:
    """Each size judged once on two processes; the bytes of the largest process."""
    table = Table(
        "Growth with the number of tasks",
        ["seconds", "ms a task", "MB"],
        f"clauses {', '.join(CLAUSES)}, two jobs; MB of the largest process",
    )
    for count in (100, 1_000) if quick else (100, 1_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), count)
            options = [word for clause in CLAUSES for word in ("--clause", clause)]
            command = [sys.executable, "-m", "taskcontract", "check", "grown", "--jobs", "2", *options]
            taken = cost(command, Path(folder))
        failed = "" if taken.code in (0, 1) else f" (exit code {taken.code})"
        each = taken.seconds * 1e3 / count
        table.add(f"{count:,} tasks{failed}", f"{taken.seconds:.1f}", f"{each:.1f}", f"{taken.megabytes:.0f}")
    return table


def generate(folder: Path, count: int) -> None:
    """A package called `grown` with `count` tasks."""
    package = folder / "grown"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for first in range(0, count, TASKS_IN_A_MODULE):
        tasks = [_TASK.format(n=n) for n in range(first, min(first + TASKS_IN_A_MODULE, count))]
        (package / f"part{first // TASKS_IN_A_MODULE}.py").write_text(_HEAD + "".join(tasks))
