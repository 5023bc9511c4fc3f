"""Writes docs/clauses from the clauses themselves: `python scripts/document_clauses.py`, or with `--check` only compares.

A page is the clause's docstring, as `taskcontract explain` prints it, so that the pages and the rules cannot disagree.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from taskcontract.clauses import CATALOGUE, Clause

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "clauses"

_INTRODUCTION = """# The clauses

One page each, written from the clause's own docstring by `scripts/document_clauses.py`; `taskcontract explain CODE` prints
the same text. Codes are permanent: never reused, never renumbered. A breach of a *rule* fails; *advice* is reported without
failing unless it is selected by name or `--strict` is given.

| code | name | standing | holds when |
|---|---|---|---|
"""


def page(clause: Clause) -> str:
    """The page of one clause."""
    title, _, rest = inspect.cleandoc(clause.__doc__ or "").partition("\n")
    specimens = f"[holds.py](../../fixtures/{clause.code}/holds.py) and [violated.py](../../fixtures/{clause.code}/violated.py)"
    return (
        f"# {clause.code} {clause.slug}\n\n*{clause.level.value}, since {clause.since}*\n\n**{title}**\n\n{rest.strip()}\n\n"
        f"Tasks that honour it and tasks that break it, as the tests judge them: {specimens}.\n"
    )


def pages() -> dict[str, str]:
    """Every page by file name."""
    rows = [f"| [{c.code}]({c.code}.md) | {c.slug} | {c.level.value} | {c.title.rstrip('.')} |\n" for c in CATALOGUE]
    return {"README.md": _INTRODUCTION + "".join(rows)} | {f"{clause.code}.md": page(clause) for clause in CATALOGUE}


def main(arguments: list[str]) -> int:
    """Write the pages; with `--check`, say which are not as they should be and exit with 1."""
    wanted = pages()
    present = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    for name in stale:
        if "--check" in arguments:
            print(f"docs/clauses/{name} does not agree with its clause: run scripts/document_clauses.py")
        elif name in wanted:
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
