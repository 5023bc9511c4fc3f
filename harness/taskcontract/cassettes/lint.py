"""A folder of cassettes, read and looked over without running anything: the part of TC701-TC703 that files alone can tell.

Each cassette is a row of the report, named by the task that it answers, or by its file. What is said of it: that it cannot be
read; credentials (TC701); that its task is gone, or that another cassette stands before it (TC702); that it is older than the
project's policy allows (TC703). Whether a run plays it, and finds all its requests, needs runs, and is *unproven* here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from taskcontract.cassettes.belonging import Cassette, Project
from taskcontract.cassettes.leaks import leaking
from taskcontract.cassettes.load import load
from taskcontract.cassettes.owners import There, look_for
from taskcontract.cassettes.recording import Interaction, Recording
from taskcontract.config import Config
from taskcontract.errors import CassetteError, UsageError
from taskcontract.model import Answers, Case, Cell, Finding, Level, TaskRef, TaskRow, Verdict

SUBJECT: Final = "the cassette"
NO_RUN: Final = "no run was made that could play it"
BY_A_RUN: Final = "`taskcontract check --cassettes-only TARGET` with a target that has its task"
OF_A_TEST: Final = "it is the recording of a test, and answers no task"


@dataclass(frozen=True, slots=True)
class Lint:
    """What was found: a row for each cassette, and its cells."""

    rows: tuple[TaskRow, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What cassettes are looked over with: the `known` credentials by name, and the day it is.

    `tasks` are ids of tasks that are known to be there; for others, modules are looked for on `paths`.
    """

    today: date
    known: Mapping[str, str] = field(default_factory=dict)
    tasks: Collection[str] = ()
    paths: Sequence[str] = ()


def lint(config: Config, around: Surroundings) -> Lint:
    """Look over every cassette of a project.

    Raises:
        UsageError: where there is no cassette at all
        ConfigError: for a declared cassette that is not there
    """
    project = project_of(config, around.tasks, around.paths)
    look = _Look(project, around)
    for path in project.files():
        look.read(path)
    return Lint(tuple(look.rows()), tuple(look.cells()))


def project_of(config: Config, tasks: Collection[str] = (), paths: Sequence[str] = ()) -> Project:
    """The project's cassettes. Raises as `lint` does."""
    project = Project(config, tasks, paths)
    if not project.files():
        said = "there is no cassette in this folder" if project.folder.is_dir() else "there is no such folder"
        how = "`cassettes` in [tool.taskcontract] names the folder of cassettes, and `taskcontract record TASK` makes one"
        raise UsageError(f"{project.folder}: {said}; {how}")
    return project


class _Look:
    """One walk over the folder: the cassettes by their row's name, or why they could not be read, and who is a copy of whom."""

    def __init__(self, project: Project, around: Surroundings) -> None:
        self.project, self.around = project, around
        self._found: dict[str, Cassette | str] = {}
        self._paths: dict[str, Path] = {}
        self._alike: dict[tuple[Interaction, ...], list[Path]] = {}

    def read(self, path: Path) -> None:
        """Read one cassette, and see whose it is."""
        try:
            cassette = self.project.cassette(path, load(path))
        except CassetteError as error:
            self._keep(self.project.name(path), path, str(error))
            return
        self._alike.setdefault(cassette.recording.interactions, []).append(path)
        own = cassette.task and (cassette.answers or cassette.answering is None) and cassette.task not in self._found
        self._keep(cassette.task if own else self.project.name(path), path, cassette)

    def _keep(self, name: str, path: Path, found: Cassette | str) -> None:
        self._found[name], self._paths[name] = found, path

    def rows(self) -> Iterator[TaskRow]:
        """A row for each cassette, in their order."""
        for name, found in self._found.items():
            file = str(self._paths[name])
            if isinstance(found, str):
                yield TaskRow(name, file, None, "error", found)
            else:
                yield TaskRow(name, file, None, "judged", "", ("none",))

    def cells(self) -> Iterator[Cell]:
        """Three cells for each cassette that could be read."""
        for name, cassette in self._found.items():
            if not isinstance(cassette, str):
                module, _, own = name.partition(":")
                case = Case(TaskRef(module, own), answers=Answers(cassette=str(cassette.path)))
                yield _cell(name, "TC701", leaking(SUBJECT, cassette.recording, self.around.known, case))
                yield _cell(name, "TC702", self._played(cassette, case))
                yield _cell(name, "TC703", self._answers(cassette, case))

    # --- TC702

    def _played(self, cassette: Cassette, case: Case) -> Finding | str:
        task, file = cassette.task, cassette.path.name
        alike = [path for path in self._alike[cassette.recording.interactions] if path != cassette.path]
        if not task:
            other = self.project.name(alike[0]).partition(":")[2] if alike else ""
            return f"{OF_A_TEST}; {other} holds the same conversation" if other else OF_A_TEST
        if task not in self.around.tasks:
            found = look_for(task, self.around.paths)
            if found.there is There.GONE:
                said = f"{file} is a recording of {task}, which is no longer there: {found.why}"
                fix = f"{file}: delete it, or record the task that took its place"
                return _broken(case, said, "a task that plays it", found.why, fix)
            if found.there is There.UNKNOWN:
                return _open(f"whether {task} is still there is not known: {found.why}", BY_A_RUN)
        if not cassette.answers:
            return _behind(cassette, alike, case)
        return _open(NO_RUN, BY_A_RUN)

    # --- TC703

    def _answers(self, cassette: Cassette, case: Case) -> Finding | str:
        most = self.project.config.cassette_age
        if most is not None:
            made = recorded_on(cassette.recording)
            if made is None:
                return _open("it does not say when it was recorded", f"`taskcontract record {cassette.task or 'TASK'}` again")
            age = (self.around.today - made).days
            if age > most:
                return _broken(
                    case,
                    f"{cassette.path.name} was recorded {age} days ago, on {made}; the policy allows {most}",
                    f"a recording of at most {most} days (`cassette_age`)",
                    f"{age} days",
                    f"{cassette.path.name}: `taskcontract record {cassette.task or 'TASK'} --record-mode all`",
                )
        return _open(NO_RUN, BY_A_RUN) if cassette.task else OF_A_TEST


def recorded_on(recording: Recording) -> date | None:
    """The day of a recording: as it says itself, or the newest day on which a recorded answer was sent."""
    try:
        return date.fromisoformat(recording.made[:10])
    except ValueError:
        days = [_day(v) for i in recording.interactions for n, v in i.response.headers if n.lower() == "date"]
        return max((day for day in days if day is not None), default=None)


def _day(text: str) -> date | None:
    try:
        return parsedate_to_datetime(text).date()
    except ValueError:
        return None


def _behind(cassette: Cassette, alike: Collection[Path], case: Case) -> Finding:
    """A cassette of a task that another cassette answers, or that nothing gives to its task."""
    file, task = cassette.path.name, cassette.task
    declare = f'[tool.taskcontract.tasks."{task}"] cassette = "…"'
    if cassette.answering is None:
        return _open(f"nothing gives {file} to {task}, of which it is a recording", f"its conventional name, or {declare}")
    before, copy = cassette.answering.name, cassette.answering in alike
    if copy or cassette.by_name:
        what = "which holds the same conversation" if copy else "which stands before it"
        return _broken(
            case,
            f"{file} is never played: {before} answers {task}, {what}",
            "one cassette for the task, or a declaration that names this one",
            f"{before} is played instead",
            f"{file}: delete it, or declare which one answers: {declare}",
        )
    return _open(f"{before} answers {task}; nothing in the configuration names {file}", f"a declaration: {declare}")


def _broken(case: Case, message: str, expected: str, actual: str, fix: str) -> Finding:
    return Finding(SUBJECT, Verdict.VIOLATED, message, expected, actual, fix, examples=1, cases=(case,))


def _open(message: str, settles: str) -> Finding:
    return Finding(SUBJECT, Verdict.UNPROVEN, message, settles=settles)


def _cell(task: str, clause: str, found: Finding | str) -> Cell:
    """A finding as a cell; a text is why there is nothing to judge."""
    if isinstance(found, str):
        return Cell(task, clause, Level.RULE, Verdict.NOT_APPLICABLE, (), found)
    why = "" if found.verdict is Verdict.HOLDS else found.message
    return Cell(task, clause, Level.RULE, found.verdict, (found,), why)
