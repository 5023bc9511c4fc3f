"""The command line: `taskcontract check`, `list`, `show`, `explain`, `record`.

Each command reads the configuration, asks the engine, and hands what comes back to a renderer; nothing is judged or decided
here but the exit code. What is heavy is imported by the command that needs it, so that `--version` and usage errors are quick.

Exit codes: 0 no rule violated, 1 violated, 2 usage, 3 something could not be judged, 130 interrupted, 141 output closed.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from taskcontract import __version__
from taskcontract.config import Config, load
from taskcontract.errors import ConfigError, TaskcontractError, UsageError

if TYPE_CHECKING:
    from taskcontract.clauses import Clause
    from taskcontract.engine import Settings
    from taskcontract.model import Report, TaskRow, TaskSpec
    from taskcontract.record import Mode
    from taskcontract.report.progress import Listener

UNEXPECTED: Final = 3
INTERRUPTED: Final = 130
CLOSED: Final = 141
TRACEBACK: Final = "TASKCONTRACT_TRACEBACK"
"""Environment variable: when set, an internal error shows its whole traceback."""


class _InOrder(click.Group):
    """Lists its commands in the order in which one uses them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


class _Argument(click.Argument):
    """An argument that says in its command's help what it is."""

    def __init__(self, declarations: Sequence[str], *, said: str, **attributes: Any) -> None:
        super().__init__(declarations, **attributes)
        self.said = said


class _Command(click.Command):
    """A command whose help has its arguments before its options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(each.human_readable_name.strip("[]."), each.said) for each in self.params if isinstance(each, _Argument)]
        if rows:
            with formatter.section("Arguments"):
                formatter.write_dl(rows)
        super().format_options(ctx, formatter)


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            prefect = f"prefect {version('prefect')}"
        except PackageNotFoundError:
            prefect = "no prefect"
        print(f"taskcontract {__version__} ({prefect}, Python {sys.version.split()[0]})")
        context.exit()


_targets = click.argument(
    "targets",
    cls=_Argument,
    metavar="[TARGET]...",
    nargs=-1,
    said="module, package, module:Class, file or folder (default: as configured)",
)
_config = click.option("--config", metavar="FILE", help="instead of the nearest pyproject.toml")


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
    except click.UsageError as error:
        error.show(sys.stderr)
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
    """Parse and run, without click's own last resort: it would turn an interrupt and a closed pipe into codes of its own."""
    try:
        with app.make_context("taskcontract", arguments) as context:
            return int(app.invoke(context) or 0)
    except click.exceptions.Exit as end:
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


@click.group(cls=_InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, callback=_version, is_eager=True, expose_value=False, help="Say the version and exit.")
def app() -> None:
    """Judges Prefect tasks against the contract that task libraries promise their users."""


@app.command(cls=_Command)
@_targets
@click.option("--clause", metavar="CODE", multiple=True, help="TC202, run-value-wins, or TC2 for all")
@click.option("--profile", metavar="NAME", help="quick, default or thorough")
@click.option("--jobs", metavar="N", type=int, help="worker processes (default: one for each processor)")
@click.option("--json", metavar="FILE", help="write the JSON report too; - is standard output")
@click.option("--strict", is_flag=True, help="fail for unproven cells and violated advice too")
@click.option("--seed", metavar="N", type=int, help="seed of the search; the same seed gives the same report")
@click.option("--cassettes-only", is_flag=True, help="look over the recordings; judge only what is about them")
@_config
def check(
    targets: tuple[str, ...],
    clause: tuple[str, ...],
    profile: str | None,
    jobs: int | None,
    json: str | None,
    strict: bool,
    seed: int | None,
    cassettes_only: bool,
    config: str | None,
) -> int:
    """Judge tasks against the contract and print the report."""
    from taskcontract.clauses import CATALOGUE
    from taskcontract.engine import Settings
    from taskcontract.report.json import check_destination
    from taskcontract.report.totals import exit_code
    from taskcontract.selection import select

    known = load(config).override(targets=targets, clauses=clause, profile=profile, seed=seed, strict=strict or None, jobs=jobs)
    if known.targets or not cassettes_only:
        _ready(known)
    selection = select(clause, _about_cassettes()) if cassettes_only else select(known.clauses, CATALOGUE)
    if json is not None:
        check_destination(json)
    count = known.jobs or _processors()
    settings = Settings(known.targets, selection.codes, known.profile, known.seed, count, known)
    report = _judge(settings, cassettes_only)
    _show(report, json, {clause.code: clause.slug for clause in CATALOGUE})
    return INTERRUPTED if report.interrupted else exit_code(report, known.strict, selection.named)


@app.command("list", cls=_Command)
@_targets
@_config
def list_(targets: tuple[str, ...], config: str | None) -> None:
    """List tasks, their parameters, applicable clauses; runs nothing."""
    from taskcontract.clauses import CATALOGUE
    from taskcontract.engine import describe_targets
    from taskcontract.report.listing import task_lines

    known = load(config).override(targets=targets)
    _ready(known)
    for line in task_lines(describe_targets(known.targets, known), CATALOGUE):
        print(line)


@app.command(cls=_Command)
@click.argument("task", cls=_Argument, metavar="TASK", said="module:Class")
@_config
def show(task: str, config: str | None) -> None:
    """Show what was inferred about a task, as a declaration to edit.

    Where its credentials come from is found by watching: the task is run in the sealed world, as `check` does.
    """
    from taskcontract.describe import declaration
    from taskcontract.engine import describe_targets, sources_of

    known = load(config).override(targets=[task])
    _ready(known)
    spec = _one(task, describe_targets(known.targets, known))
    print(declaration(spec, *sources_of(task, known)))


@app.command(cls=_Command)
@click.argument(
    "code", cls=_Argument, metavar="[CODE]", required=False, said="a clause's code or name; without it, all are listed"
)
def explain(code: str | None) -> None:
    """Print a clause's page, or all clauses."""
    from taskcontract.clauses import CATALOGUE
    from taskcontract.report.listing import catalogue_lines, page
    from taskcontract.selection import clause_called

    if code is None:
        for line in catalogue_lines(CATALOGUE):
            print(line)
    else:
        print(page(clause_called(code, CATALOGUE)), end="")


def _pairs(_: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, object]:
    """`NAME=JSON`, by name; what is no JSON is a text."""
    import json

    pairs: dict[str, object] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{pair!r} is not of the form NAME=JSON", param=parameter)
        try:
            pairs[name] = json.loads(text)
        except ValueError:
            pairs[name] = text
    return pairs


@app.command(cls=_Command)
@click.argument("task", cls=_Argument, metavar="TASK", said="module:Class")
@click.option("--value", "values", metavar="NAME=JSON", multiple=True, callback=_pairs, help="an argument of the task")
@click.option("--call", metavar="NAME=JSON", multiple=True, callback=_pairs, help="an argument of its call")
@click.option("--values", "file", metavar="FILE", help="arguments of the task from a TOML or JSON file")
@click.option("--infer", "--yes", is_flag=True, help="accept the values that are inferred, and say which they are")
@click.option("--anonymous", is_flag=True, help="go on without a credential; a client may find its own")
@click.option(
    "--record-mode",
    "mode",
    type=click.Choice(["once", "new", "all"]),
    default="once",
    help="only if there is no cassette; add what it lacks; anew",
)
@click.option("--output", metavar="FILE", help="the cassette (default: the task's own, in the folder of cassettes)")
@_config
def record(
    task: str,
    values: dict[str, object],
    call: dict[str, object],
    file: str | None,
    infer: bool,
    anonymous: bool,
    mode: Mode,
    output: str | None,
    config: str | None,
) -> None:
    """Run a task for real, once, and keep the conversation, without its credentials, as its cassette.

    What nobody said is asked about on a terminal, and an error elsewhere.
    """
    from taskcontract.frameworks import installed_framework
    from taskcontract.record import Request, described
    from taskcontract.record import record as run_for_real
    from taskcontract.record.consent import Consent
    from taskcontract.record.terminal import at_terminal
    from taskcontract.record.values_file import values_in

    known = load(config).override(targets=[task])
    _ready(known)
    spec = _one(task, described(task, known))
    given = {**(values_in(file) if file is not None else {}), **values}
    consent = Consent(infer, anonymous, at_terminal())
    run_for_real(Request(spec, known, given, call, mode, output, consent), installed_framework(), print)


# --- what the commands share -----------------------------------------------------------------------------------------


def _ready(config: Config) -> None:
    """Make the project's own modules importable, as `python -m` does; refuse to judge nothing."""
    if not config.targets:
        where = f"{config.file} has no `targets`" if config.file else "no pyproject.toml with [tool.taskcontract] was found"
        raise UsageError(f"nothing to judge: {where}; name a module, package, module:Class, file or folder")
    sys.path[:0] = [path for path in config.import_paths if path not in sys.path]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _about_cassettes() -> list[Clause]:
    from taskcontract.clauses import CATALOGUE
    from taskcontract.engine.cassettes_only import CODES

    return [clause for clause in CATALOGUE if clause.code in CODES]


def _check_cassettes(settings: Settings, listener: Listener) -> Report:
    from taskcontract.engine.cassettes_only import check_cassettes

    return check_cassettes(settings, listener)


def _judge(settings: Settings, cassettes_only: bool) -> Report:
    from taskcontract.engine import check as judge
    from taskcontract.report.progress import Listener

    class Checked(Listener):
        def found(self, rows: Sequence[TaskRow], cells: int) -> None:
            _check_declared(settings.config, settings.targets, [row.task for row in rows])
            super().found(rows, cells)

    with Checked(sys.stderr) as listener:
        report = _check_cassettes(settings, listener) if cassettes_only else judge(settings, listener)
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
