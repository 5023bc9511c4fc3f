"""How a run's error is told: its message, the library's own lines that it came through, and the errors before it."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path

MOST_CAUSES = 20


def message(error: BaseException) -> str:
    """The text of an exception, whatever its `__str__` does."""
    try:
        return str(error)
    except Exception:
        return "<no message: its __str__ raises>"


def trail(error: BaseException, root: str) -> tuple[tuple[str, ...], bool]:
    """The innermost frames below `root` as "file:line", and whether it was raised below the library's own code."""
    frames = [(f.f_code.co_filename, line) for f, line in traceback.walk_tb(error.__traceback__)]
    own = [(file, line) for file, line in frames if root and file.startswith(root)]
    return tuple(f"{file}:{line}" for file, line in own[-4:]), bool(frames) and frames[-1:] != own[-1:]


def causes(error: BaseException, root: str) -> tuple[str, ...]:
    """What the library's own code wrote into the errors that a traceback shows before this one, and into its notes."""
    notes = tuple(str(note) for note in getattr(error, "__notes__", ()))
    return (*notes, *(message(each) for each in _before(error) if not trail(each, root)[1]))


def beneath(error: BaseException, root: str) -> str:
    """The error that all others came of, as "type: message", if code below the library's own raised it; else ""."""
    first = next(reversed(tuple(_before(error))), None)
    if first is None or not trail(first, root)[1]:
        return ""
    return f"{type(first).__name__}: {message(first)}"


def _before(error: BaseException) -> Iterator[BaseException]:
    """The errors that Python prints before an error: its cause, or else what was being handled, and those of that one."""
    met = {id(error)}
    while len(met) <= MOST_CAUSES:
        hidden = error.__cause__ is None and error.__suppress_context__
        before = None if hidden else error.__cause__ or error.__context__
        if before is None or id(before) in met:
            return
        met.add(id(before))
        yield before
        error = before


def library_root(file: str | None, module: str) -> str:
    """The folder of the task's top-level package, or its file when it is a lone module."""
    if file is None:
        return ""
    package = module.partition(".")[0]
    for folder in Path(file).parents:
        if folder.name == package and (folder / "__init__.py").exists():
            return str(folder) + os.sep
    return file
