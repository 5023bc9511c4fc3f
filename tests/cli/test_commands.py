"""`list`, `show`, `explain`, `--version`, and every way the command line refuses or fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import taskcontract
from taskcontract.cli import main
from taskcontract.errors import UsageError
from taskcontract.model import TaskRef, TaskSpec, Unimportable

Run = Callable[..., tuple[int, str, str]]
SOURCE = str(Path(taskcontract.__file__).parent.parent)


def test_list(run: Run, engine: Any) -> None:
    code, out, err = run("list", "acme")
    assert (code, err, engine.targets) == (0, "", [("acme",)])
    assert out == (
        "acme:Get  (acme.py:3)\n    construction  (nothing)\n    call          (nothing)\n"
        "    clauses       TC202 TC210  (2 of 2)\n1 task, 0 unimportable\n"
    )


def test_show(run: Run, engine: Any) -> None:
    shown = """[tool.taskcontract.tasks."acme:Get"]  # (('sources of acme:Get',), 'why')\n"""
    assert run("show", "acme:Get") == (0, shown, "")
    assert engine.targets == [("acme:Get",)]


def test_show_wants_one_task(run: Run, engine: Any) -> None:
    engine.described = [TaskSpec(TaskRef("acme", name)) for name in ("A", "B", "C", "D")]
    said = "taskcontract: acme has 4 tasks: acme:A, acme:B, acme:C, …; name one, as module:Class\n"
    assert run("show", "acme") == (2, "", said)
    engine.described = []
    assert run("show", "acme") == (2, "", "taskcontract: acme has 0 tasks; name one, as module:Class\n")


def test_show_says_why_a_module_does_not_import(run: Run, engine: Any) -> None:
    engine.described = [Unimportable("acme", "ImportError: no client")]
    assert run("show", "acme:Get") == (2, "", "taskcontract: acme could not be imported: ImportError: no client\n")


@pytest.mark.parametrize("name", ["TC202", "tc202", "run-value-wins"])
def test_explain(run: Run, name: str) -> None:
    page = "TC202 run-value-wins (rule, since 0.1.0)\n\nA value given to the call wins.\n\nEverywhere.\n"
    assert run("explain", name) == (0, page, "")


def test_explain_lists_all(run: Run) -> None:
    assert run("explain") == (
        0,
        "TC202  run-value-wins              the call wins\nTC210  positional-agrees (advice)  agrees\n",
        "",
    )


def test_explain_knows_the_nearest(run: Run) -> None:
    said = "taskcontract: no clause is called 'TC220'; did you mean 'TC210'?; `taskcontract explain` lists them\n"
    assert run("explain", "TC220") == (2, "", said)


def test_version(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    python = sys.version.split()[0]
    assert run("--version") == (0, f"taskcontract 0.1.0 (prefect {metadata.version('prefect')}, Python {python})\n", "")

    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert run("--version") == (0, f"taskcontract 0.1.0 (no prefect, Python {python})\n", "")


def test_a_selector_that_selects_nothing_is_a_usage_error(run: Run, engine: Any) -> None:
    said = "taskcontract: no clause is called 'TC9'; did you mean 'TC210'?; `taskcontract explain` lists them\n"
    assert (*run("check", "acme", "--clause", "TC9"), engine.asked) == (2, "", said, [])


def test_nothing_to_judge_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    said = "name a module, package, module:Class, file or folder\n"
    start = "taskcontract: nothing to judge: "
    assert run("check") == (2, "", f"{start}no pyproject.toml with [tool.taskcontract] was found; {said}")
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.taskcontract]\n")
    assert run("list") == (2, "", f"{start}{file} has no `targets`; {said}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "acme", "--nonsense"), "No such option"),
        (("check", "acme", "--jobs", "two"), "Invalid value for '--jobs'"),
        (("check", "acme", "--jobs", "0"), "0 jobs cannot judge anything; give 1 or more"),
        (("check", "acme", "--profile", "quik"), "unknown profile 'quik'; did you mean 'quick'?"),
        (("check", "acme", "--config", "absent.toml"), "absent.toml: no such file"),
        (("show",), "Missing argument 'TASK'"),
        (("chek",), "No such command 'chek'"),
        ((), "Usage: taskcontract"),
    ],
)
def test_usage_errors_are_two_and_one_message(run: Run, engine: Any, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out, engine.asked) == (2, "", [])
    assert said in err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_the_commands_in_the_order_of_their_use(run: Run, option: str) -> None:
    code, out, err = run(option)
    assert (code, err) == (0, "")
    listed = out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == ["check", "list", "show", "explain", "record"]
    assert "  -h, --help  Show this message and exit.\n" in out


@pytest.mark.parametrize(
    ("command", "usage", "argument"),
    [
        ("check", "[OPTIONS] [TARGET]...", "TARGET  module, package, module:Class, file or folder"),
        ("list", "[OPTIONS] [TARGET]...", "TARGET  module, package, module:Class, file or folder"),
        ("show", "[OPTIONS] TASK", "TASK  module:Class"),
        ("explain", "[OPTIONS] [CODE]", "CODE  a clause's code or name; without it, all are listed"),
    ],
)
def test_help_says_what_a_commands_arguments_are(run: Run, command: str, usage: str, argument: str) -> None:
    code, out, _ = run(command, "--help")
    assert (code, out.splitlines()[0]) == (0, f"Usage: taskcontract {command} {usage}")
    assert f"\nArguments:\n  {argument}" in out


def test_an_error_from_below_keeps_its_code_and_shows_no_controls(run: Run, engine: Any) -> None:
    engine.raises = UsageError("ac\x1bme: no such module")
    assert run("check", "acme")[0::2] == (2, "taskcontract: 1 task, 1 cell to judge\ntaskcontract: ac\\x1bme: no such module\n")


def test_an_interrupt_outside_the_engine(run: Run, engine: Any) -> None:
    engine.raises = KeyboardInterrupt()
    code, _, err = run("check", "acme")
    assert (code, err.splitlines()[-1]) == (130, "taskcontract: interrupted")


def test_what_nobody_expected_is_three_with_a_hint(run: Run, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TASKCONTRACT_TRACEBACK", raising=False)
    engine.raises = ZeroDivisionError("by zero")
    code, _, err = run("check", "acme")
    assert code == 3
    assert "taskcontract: internal error: ZeroDivisionError: by zero at " in err
    assert "; this is a bug of taskcontract; set TASKCONTRACT_TRACEBACK=1 to see the traceback, and report it\n" in err
    assert "Traceback" not in err
    monkeypatch.setenv("TASKCONTRACT_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in run("check", "acme")[2]


def test_an_error_without_a_traceback_is_said_all_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traceback.extract_tb", lambda trace: [])
    monkeypatch.setattr("taskcontract.cli.load", lambda path: 1 // 0)
    code, _, err = run("check", "acme")
    assert (code, "by zero; this is a bug" in err) == (3, True)


def test_processors_are_counted_where_affinity_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    from taskcontract.cli import _processors

    assert _processors() >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert _processors() == 1


def test_the_command_line_reads_the_process_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["taskcontract", "--version"])
    with pytest.raises(SystemExit, match="0"):
        main()


def python(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False, **options)


def test_it_runs_as_a_module() -> None:
    done = python("-m", "taskcontract", "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "taskcontract")


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "taskcontract", "--version"]
    with os.fdopen(writer, "wb") as closed:
        environment = {**os.environ, "PYTHONPATH": SOURCE}
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, env=environment, check=False)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_version_costs_no_import_of_what_judges() -> None:
    script = (
        "import sys\nfrom taskcontract.cli import main\ntry:\n    main(['--version'])\nexcept SystemExit: pass\n"
        "own = {'taskcontract.engine', 'taskcontract.clauses', 'taskcontract.report'}\n"
        "heavy = {'prefect', 'hypothesis', 'pytest', 'requests', 'vcr', 'cloudpickle'} | own\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = python("-c", script)
    assert (done.returncode, done.stderr) == (0, "")
