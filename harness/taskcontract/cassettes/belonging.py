"""A cassette of the project with the task it belongs to, and whether it is the one that answers that task.

It belongs to the tasks whose declarations name it, else to the task that the recording says it was made of, else, in the folder
itself and not below, to the task that its file is called after. It answers that task if judging would give it to the task.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from taskcontract.cassettes.folder import cassette_of, cassettes_in
from taskcontract.cassettes.owners import SYNTHETIC, There, look_for, split_names
from taskcontract.cassettes.recording import Recording
from taskcontract.config import Config
from taskcontract.model import TaskRef, TaskSpec


@dataclass(frozen=True, slots=True)
class Cassette:
    """One file. `task` is whose it is, or ""; `answering` the file that answers that task, which may be this one, or None.

    `declared` are the tasks whose declarations name it; `by_name` is whether only its name says whose it is.
    """

    path: Path
    recording: Recording
    task: str = ""
    answering: Path | None = None
    declared: tuple[str, ...] = ()
    by_name: bool = False

    @property
    def answers(self) -> bool:
        return self.answering == self.path


class Project:
    """The cassettes of a project. Raises ConfigError for a declared one that is not there."""

    def __init__(self, config: Config, tasks: Collection[str] = (), paths: Sequence[str] = ()) -> None:
        self.config, self.tasks, self.import_paths = config, frozenset(tasks), tuple(paths)
        self.folder = (config.root / config.cassettes).absolute()
        self._declared = _declared(config)

    def files(self) -> list[Path]:
        """Every cassette in the folder and below it, then those that are declared elsewhere."""
        found = cassettes_in(self.folder)
        return [*found, *(path for path in self._declared if path not in found)]

    def cassette(self, path: Path, recording: Recording) -> Cassette:
        """The cassette at `path` with whose it is."""
        declared = self._declared.get(path, ())
        if declared:
            return Cassette(path, recording, declared[0], path, declared)
        if recording.task:
            return Cassette(path, recording, recording.task, self._answering(recording.task))
        meant = self._meant(path.stem) if path.parent == self.folder else ""
        return Cassette(path, recording, meant, self._answering(meant) if meant else None, by_name=bool(meant))

    def name(self, path: Path) -> str:
        """A file in the shape of a task's id: `cassettes:test_repos/test_info.yaml`."""
        if path.is_relative_to(self.folder):
            return f"{self.config.cassettes.strip('/') or '.'}:{path.relative_to(self.folder).as_posix()}"
        root = self.config.root.absolute()
        return f".:{path.relative_to(root).as_posix()}" if path.is_relative_to(root) else f"{path.parent}:{path.name}"

    def _answering(self, task: str) -> Path | None:
        return cassette_of(self.config.root, self.config.cassettes, _spec(self.config, task))

    def _meant(self, stem: str) -> str:
        """The task that a file is called after: one that is there, or what looks like a class that once was."""
        ids = list(split_names(stem))
        lone = (t for t in self.tasks if t.startswith(SYNTHETIC) and _lone(t) == tuple(stem.split(".", 1)))
        there = (t for t in ids if look_for(t, self.import_paths).there is There.YES)
        found = next((t for t in ids if t in self.tasks), "") or min(lone, default="") or next(there, "")
        return found or (ids[0] if ids and stem.rpartition(".")[2][0].isupper() else "")


def _declared(config: Config) -> Mapping[Path, tuple[str, ...]]:
    found: dict[Path, tuple[str, ...]] = {}
    for task, declaration in config.tasks.items():
        path = cassette_of(config.root, config.cassettes, _spec(config, task)) if declaration.get("cassette") else None
        if path is not None:
            found[path] = (*found.get(path, ()), task)
    return found


def _spec(config: Config, task: str) -> TaskSpec:
    module, _, name = task.partition(":")
    path = f"{_lone(task)[0]}.py" if module.startswith(SYNTHETIC) else None
    return TaskSpec(TaskRef(module, name, path=path), declared=config.declared(task))


def _lone(task: str) -> tuple[str, str]:
    """The name of the file that a lone file's task is in, as far as the module's synthetic name tells, and the task's."""
    module, _, name = task.partition(":")
    return module.removeprefix(SYNTHETIC).partition("_")[2], name
