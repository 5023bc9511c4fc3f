"""Which cassette belongs to which task: the one that is declared, or the one whose file is called as the task is.

The folder of cassettes is a project's own (`cassettes` in `[tool.taskcontract]`). What `taskcontract record` makes for
`acme.github:CreateBranch` is called `acme.github.CreateBranch.yaml`. Recordings in folders below, as pytest-recording lays them
out (`test_module/test_name.yaml`), belong to tests: they are linted, and no task is answered by them unless it says so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from taskcontract.config import nearest
from taskcontract.errors import ConfigError
from taskcontract.model import TaskRef, TaskSpec

SUFFIXES: Final = (".yaml", ".yml", ".json")
"""What a cassette's name ends in; the first of them that is there answers."""


def cassette_of(root: Path, folder: str, spec: TaskSpec) -> Path | None:
    """The absolute path of the cassette that answers a task, or None.

    Args:
        root: the folder that the project's relative paths start from
        folder: the folder of cassettes, relative to `root`
        spec: the task, with its declaration

    Raises:
        ConfigError: for a declared cassette that is not there
    """
    declared = spec.declared.get("cassette")
    if declared:
        return _declared(root, folder, spec.id, str(declared))
    places = (root / folder / (conventional_name(spec.ref) + suffix) for suffix in SUFFIXES)
    return next((place.absolute() for place in places if place.is_file()), None)


def sharing(tasks: Mapping[str, Mapping[str, Any]], task: str) -> tuple[str, ...]:
    """The other tasks that declare the cassette that `task` declares, out of all declarations."""
    own = tasks.get(task, {}).get("cassette")
    return tuple(other for other, told in tasks.items() if own and other != task and told.get("cassette") == own)


def conventional_name(ref: TaskRef) -> str:
    """What a task's cassette is called, without its suffix: `acme.github.CreateBranch`; `file.Class` of a lone file."""
    module = Path(ref.path).stem if ref.path else ref.module
    return f"{module}.{ref.qualname}"


def cassettes_in(folder: Path) -> list[Path]:
    """Every cassette in a folder and below it, in order; hidden files and folders are none of ours."""
    found = (Path(where) / name for where, name in _files(folder))
    return sorted(path for path in found if path.suffix in SUFFIXES)


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        yield from ((where, name) for name in names if not name.startswith("."))


def _declared(root: Path, folder: str, task: str, name: str) -> Path:
    for place in (root / folder / name, root / name):
        if place.is_file():
            return place.absolute()
    beside = [path.relative_to(root / folder).as_posix() for path in cassettes_in(root / folder)]
    key = f'tool.taskcontract.tasks."{task}".cassette'
    raise ConfigError(
        f"{key}: there is no file {name!r} in {root / folder} or in {root}{nearest(name, beside)}"
        f"{'' if beside else f'; `taskcontract record {task}` makes one'}"
    )
