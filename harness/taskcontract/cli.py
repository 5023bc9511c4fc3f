"""The command line: `taskcontract check`, `list`, `show`, `explain`.

Each command reads the configuration, asks the engine, and hands what comes back to a renderer; nothing is judged or decided
here but the exit code. What is heavy is imported by the command that needs it, so that `--version` and usage errors are quick.

Exit codes: 0 no rule violated, 1 violated, 2 usage, 3 something could not be judged, 130 interrupted, 141 output closed.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, cast

import typer

from taskcontract import __version__
from taskcontract.config import Config, load
from taskcontract.errors import ConfigError, TaskcontractError, UsageError

if TYPE_CHECKING:
    from taskcontract.engine import Settings
    from taskcontract.model import Report, TaskRow, TaskSpec

UNEXPECTED: Final = 3
INTERRUPTED: Final = 130
CLOSED: Final = 141
TRACEBACK: Final = "TASKCONTRACT_TRACEBACK"
"""Environment variable: when set, an internal error shows its whole traceback."""

_OPTION_ERROR: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""The base of typer's errors about options and arguments, which it has under no name of its own."""

app = typer.Typer(
    name="taskcontract",
    help="Judges Prefect tasks against the contract that task libraries promise their users.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            prefect = f"prefect {version('prefect')}"
        except PackageNotFoundError:
            prefect = "no prefect"
        print(f"taskcontract {__version__} ({prefect}, Python {sys.version.split()[0]})")
        raise typer.Exit


_Version = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and exit.")]
_Targets = Annotated[
    list[str] | None,
    typer.Argument(metavar="TARGET", help="module, package, module:Class, file or folder (default: as configured)"),
]
_Task = Annotated[str, typer.Argument(metavar="TASK", help="module:Class")]
_Code = Annotated[str | None, typer.Argument(metavar="CODE", help="a clause's code or name; without it, all are listed")]
_Clauses = Annotated[list[str] | None, typer.Option("--clause", metavar="CODE", help="TC202, run-value-wins, or TC2 for all")]
_Profile = Annotated[str | None, typer.Option(metavar="NAME", help="quick, default or thorough")]
_Jobs = Annotated[int | None, typer.Option(metavar="N", help="worker processes (default: one for each processor)")]
_Json = Annotated[str | None, typer.Option("--json", metavar="FILE", help="write the JSON report too; - is standard output")]
_Strict = Annotated[bool | None, typer.Option("--strict", help="fail for unproven cells and violated advice too")]
_Seed = Annotated[int | None, typer.Option(metavar="N", help="seed of the search; the same seed gives the same report")]
_Config = Annotated[str | None, typer.Option("--config", metavar="FILE", help="instead of the nearest pyproject.toml")]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit. Every error is one clear message on standard error and its own exit code."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = _invoke(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
        return code
    except _OPTION_ERROR as error:
        cast(Any, error).show(sys.stderr)
        return UsageError.exit_code
    except TaskcontractError as error:
        _complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the flush at exit has somewhere to go
        return CLOSED
    except Exception as error:
        return _unexpected(error)


def _invoke(arguments: list[str]) -> int:
    """Parse and run, without typer's own last resort: it would turn an interrupt and a closed pipe into codes of its own."""
    command: Any = typer.main.get_command(app)
    try:
        with command.make_context("taskcontract", arguments) as context:
            return int(command.invoke(context) or 0)
    except typer.Exit as end:
        return end.exit_code


def _complain(message: str) -> None:
    from taskcontract.report.words import printable

    print(f"taskcontract: {printable(message)}", file=sys.stderr)


def _unexpected(error: Exception) -> int:
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" at {frame.filename}:{frame.lineno}" for frame in last)
    hint = f"this is a bug of taskcontract; set {TRACEBACK}=1 to see the traceback, and report it"
    _complain(f"internal error: {type(error).__name__}: {error}{where}; {hint}")
    return UNEXPECTED


@app.callback()
def _options(
    version: _Version = False,
) -> None:
    """Judges Prefect tasks against the contract that task libraries promise their users."""


@app.command()
def check(
    targets: _Targets = None,
    clause: _Clauses = None,
    profile: _Profile = None,
    jobs: _Jobs = None,
    json: _Json = None,
    strict: _Strict = None,
    seed: _Seed = None,
    config: _Config = None,
) -> int:
    """Judge tasks against the contract and print the report."""
    from taskcontract.clauses import CATALOGUE
    from taskcontract.engine import Settings
    from taskcontract.report.json import check_destination
    from taskcontract.report.totals import exit_code
    from taskcontract.selection import select

    known = load(config).override(targets=targets, clauses=clause, profile=profile, seed=seed, strict=strict, jobs=jobs)
    _ready(known)
    selection = select(known.clauses, CATALOGUE)
    if json is not None:
        check_destination(json)
    count = known.jobs or _processors()
    report = _judge(Settings(known.targets, selection.codes, known.profile, known.seed, count, known))
    _show(report, json, {clause.code: clause.slug for clause in CATALOGUE})
    return INTERRUPTED if report.interrupted else exit_code(report, known.strict, selection.named)


@app.command("list")
def list_(targets: _Targets = None, config: _Config = None) -> None:
    """List tasks, their parameters, applicable clauses; runs nothing."""
    from taskcontract.clauses import CATALOGUE
    from taskcontract.engine import describe_targets
    from taskcontract.report.listing import task_lines

    known = load(config).override(targets=targets)
    _ready(known)
    for line in task_lines(describe_targets(known.targets, known), CATALOGUE):
        print(line)


@app.command()
def show(
    task: _Task,
    config: _Config = None,
) -> None:
    """Show what was inferred about a task, as a declaration to edit."""
    from taskcontract.describe import declaration
    from taskcontract.engine import describe_targets

    known = load(config).override(targets=[task])
    _ready(known)
    print(declaration(_one(task, describe_targets(known.targets, known))))


@app.command()
def explain(
    code: _Code = None,
) -> None:
    """Print a clause's page, or all clauses."""
    from taskcontract.clauses import CATALOGUE
    from taskcontract.report.listing import catalogue_lines, page
    from taskcontract.selection import clause_called

    if code is None:
        for line in catalogue_lines(CATALOGUE):
            print(line)
    else:
        print(page(clause_called(code, CATALOGUE)), end="")


# --- what the commands share -----------------------------------------------------------------------------------------


def _ready(config: Config) -> None:
    """Make the project's own modules importable, as `python -m` does; refuse to judge nothing."""
    if not config.targets:
        where = f"{config.file} has no `targets`" if config.file else "no pyproject.toml with [tool.taskcontract] was found"
        raise UsageError(f"nothing to judge: {where}; name a module, package, module:Class, file or folder")
    sys.path[:0] = [path for path in config.import_paths if path not in sys.path]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _judge(settings: Settings) -> Report:
    from taskcontract.engine import check as judge
    from taskcontract.report.progress import Listener

    class Checked(Listener):
        def found(self, rows: Sequence[TaskRow], cells: int) -> None:
            _check_declared(settings.config, settings.targets, [row.task for row in rows])
            super().found(rows, cells)

    with Checked(sys.stderr) as listener:
        report = judge(settings, listener)
    if report.interrupted:
        _complain(f"interrupted: {listener.line}")
    return report


def _check_declared(config: Config, targets: Sequence[str], tasks: Sequence[str]) -> None:
    """A declaration for a task that a wholly judged module does not have is a mistake in the configuration."""
    from taskcontract.config import nearest

    if any(":" in target for target in targets):
        return
    modules = {task.partition(":")[0] for task in tasks if ":" in task}
    for task in config.tasks:
        if task not in tasks and task.partition(":")[0] in modules:
            key = f'tool.taskcontract.tasks."{task}"'
            raise ConfigError(f"{config.file}: {key} declares a task that does not exist{nearest(task, tasks)}")


def _show(report: Report, json: str | None, slugs: dict[str, str]) -> None:
    """Print the report; on standard error when standard output is the JSON's. A file that fails does not cost the text."""
    from rich.console import Console

    from taskcontract.report.json import write
    from taskcontract.report.text import render

    failure: UsageError | None = None
    if json is not None:
        try:
            write(report, json)
        except UsageError as error:
            failure = error
    stream = sys.stderr if json == "-" else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else 120
    render(report, Console(file=stream, width=width), slugs)
    if failure:
        raise failure


def _one(task: str, described: Sequence[object]) -> TaskSpec:
    from taskcontract.model import TaskSpec, Unimportable

    for item in described:
        if isinstance(item, Unimportable):
            raise UsageError(f"{item.name} could not be imported: {item.why}")
    found = [item for item in described if isinstance(item, TaskSpec)]
    if len(found) != 1:
        some = ", ".join(spec.id for spec in found[:3]) + (", …" if len(found) > 3 else "")
        raise UsageError(f"{task} has {len(found)} tasks{': ' * bool(some)}{some}; name one, as module:Class")
    return found[0]
