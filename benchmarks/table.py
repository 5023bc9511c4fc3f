"""A small table of measurements, each beside its ratio to the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Table:
    """`columns` name what follows the first cell of each row; `note` says how it was measured."""

    title: str
    columns: Sequence[str]
    note: str = ""
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Append a row: its name and its cells."""
        self.rows.append(cells)

    def text(self) -> str:
        """The table as it is printed."""
        lines = [("", *self.columns), *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.columns) + 1)]
        body = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines]
        return "\n".join([self.title, "-" * len(self.title), *body, *([self.note] if self.note else [])])


def ratio(value: float, reference: float) -> str:
    """`1.26x`."""
    return f"{value / reference:.2f}x"
