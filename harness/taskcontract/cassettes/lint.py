"""A folder of cassettes, read and looked over without running anything: the part of TC701-TC703 that files alone can tell.

Each cassette is a row of the report, named by the task that it answers, or by its file. What is said of it: that it cannot be
read; credentials (TC701); that its task is gone, or that another cassette stands before it (TC702); that it is older than the
project's policy allows (TC703). Whether a run plays it, and finds all its requests, needs runs, and is *unproven* here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Final

from taskcontract.cassettes.belonging import Cassette, Project
from taskcontract.cassettes.leaks import leaking
from taskcontract.cassettes.load import load
from taskcontract.cassettes.owners import There, look_for
from taskcontract.cassettes.recording import Recording
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
        try:
            look.over(project.cassette(path, load(path)))
        except CassetteError as error:
            look.rows.append(TaskRow(project.name(path), str(path), None, "error", str(error)))
    return Lint(tuple(look.rows), tuple(look.cells))


def project_of(config: Config, tasks: Collection[str] = (), paths: Sequence[str] = ()) -> Project:
    """The project's cassettes. Raises as `lint` does."""
    project = Project(config, tasks, paths)
    if not project.files():
        said = "there is no cassette in this folder" if project.folder.is_dir() else "there is no such folder"
        how = "`cassettes` in [tool.taskcontract] names the folder of cassettes, and `taskcontract record TASK` makes one"
        raise UsageError(f"{project.folder}: {said}; {how}")
    return project


class _Look:
    """One walk over the folder: what was found so far, and the conversations seen before."""

    def __init__(self, project: Project, around: Surroundings) -> None:
        self.project, self.around = project, around
        self.rows: list[TaskRow] = []
        self.cells: list[Cell] = []
        self._seen: dict[object, str] = {}
        self._taken: set[str] = set()

    def over(self, cassette: Cassette) -> None:
        """Add one cassette's row and cells."""
        name = self._row_of(cassette)
        twin = self._seen.setdefault(cassette.recording.interactions, cassette.path.name)
        module, _, own = name.partition(":")
        case = Case(TaskRef(module, own), answers=Answers(cassette=str(cassette.path)))
        verdicts = {
            "TC701": leaking(SUBJECT, cassette.recording, self.around.known, case),
            "TC702": self._played(cassette, "" if twin == cassette.path.name else twin, case),
            "TC703": self._answers(cassette, case),
        }
        self.rows.append(TaskRow(name, str(cassette.path), None, "judged", "", ("none",)))
        self.cells += (_cell(name, clause, found) for clause, found in verdicts.items())

    def _row_of(self, cassette: Cassette) -> str:
        own = cassette.task and (cassette.answers or cassette.answering is None) and cassette.task not in self._taken
        name = cassette.task if own else self.project.name(cassette.path)
        self._taken.add(name)
        return name

    # --- TC702

    def _played(self, cassette: Cassette, twin: str, case: Case) -> Finding | str:
        task, file = cassette.task, cassette.path.name
        if not task:
            return f"{OF_A_TEST}; {twin} holds the same conversation" if twin else OF_A_TEST
        if task not in self.around.tasks:
            found = look_for(task, self.around.paths)
            if found.there is There.GONE:
                said = f"{file} is a recording of {task}, which is no longer there: {found.why}"
                fix = f"{file}: delete it, or record the task that took its place"
                return _broken(case, said, "a task that plays it", found.why, fix)
            if found.there is There.UNKNOWN:
                return _open(f"whether {task} is still there is not known: {found.why}", BY_A_RUN)
        if not cassette.answers:
            return _behind(cassette, twin, case)
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


def _behind(cassette: Cassette, twin: str, case: Case) -> Finding:
    """A cassette of a task that another cassette answers, or that nothing gives to its task."""
    file, task = cassette.path.name, cassette.task
    declare = f'[tool.taskcontract.tasks."{task}"] cassette = "…"'
    if cassette.answering is None:
        return _open(f"nothing gives {file} to {task}, of which it is a recording", f"its conventional name, or {declare}")
    before = cassette.answering.name
    if twin == before or cassette.by_name:
        what = "which holds the same conversation" if twin == before else "which stands before it"
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
