"""A target or a configuration that cannot be used is one message, naming what to do, and nothing is judged."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from taskcontract.cli import main

LIBRARY = Path(__file__).parent / "library"
Refused = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Refused:
    """The one line on standard error that a command line which cannot be used ends in."""
    monkeypatch.chdir(LIBRARY)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(arguments)
        out, err = capfd.readouterr()
        assert (end.value.code, out, err.count("\n")) == (2, "", 1), err
        assert err.startswith("taskcontract: ")
        return err.removeprefix("taskcontract: ").rstrip("\n")

    return run


TARGETS = {
    "nowhere_at_all": "There is no module 'nowhere_at_all' here. Is it installed in this environment, and is the folder that "
    "holds it on the path?",
    "awkwrd": "There is no module 'awkwrd' here. Did you mean awkward?",
    "awkward.shape": "There is no module 'awkward.shape' here. Did you mean awkward.shapes?",
    "awkward.shapes:Concret": "awkward.shapes has no 'Concret'. Did you mean awkward.shapes:Concrete?",
    "awkward.shapes:Base": "awkward.shapes:Base is abstract (it leaves out word): name a class that can be constructed.",
    "awkward.shapes:_made.<locals>.Made": "awkward.shapes:_made.<locals>.Made: a class made inside a function cannot be "
    "imported by name. Bind it at module level, and name it by that name.",
    "awkward.without_run:WithoutRun": "awkward.without_run:WithoutRun has no `run` method, so there is nothing to judge: name "
    "a class that defines or inherits one.",
    "awkward.without_run:NotATask": "awkward.without_run:NotATask is a class, and no task: it does not derive from the "
    "framework's Task.",
    "awkward.without_run:a_task": "awkward.without_run:a_task is no task but a WithoutRun: name a task class or a function "
    "task.",
    "json": "There is no task in 'json': 5 modules were read. Name a module that defines Task classes or @task functions.",
    "awkward:": "awkward: names no task after the colon: leave the colon out to judge all of them.",
    " ": "' ' is no target: name a module, a package, `module:Class`, a file or a folder.",
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_names_no_task(refused: Refused, target: str) -> None:
    assert refused("check", target) == TARGETS[target]


def test_one_bad_target_among_good_ones_is_said_before_anything_is_judged(refused: Refused) -> None:
    assert refused("check", "awkward.zz_well", "awkwrd") == TARGETS["awkwrd"]


@pytest.mark.parametrize("arguments", [("list",), ("show",)])
def test_the_other_commands_say_the_same(refused: Refused, arguments: tuple[str, ...]) -> None:
    assert refused(*arguments, "awkward.shapes:Concret") == TARGETS["awkward.shapes:Concret"]


def test_no_target_at_all(refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.taskcontract]\n")
    assert refused("check") == (
        f"nothing to judge: {tmp_path / 'pyproject.toml'} has no `targets`; "
        "name a module, package, module:Class, file or folder"
    )


# --- paths ---------------------------------------------------------------------------------------------------------------


def test_a_path_that_cannot_be_read(refused: Refused, tmp_path: Path) -> None:
    """Permissions stop nobody who is root, and tests may be: so what is unreadable here is so for everybody."""
    (tmp_path / "broken.py").symlink_to("gone.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "empty.py").write_text("")
    os.mkfifo(tmp_path / "pipe.py")
    for target, said in {
        "broken.py": "is a link to gone.py, which leads nowhere: mend it, or name a file.",
        "loop.py": "is a link to loop.py, which leads nowhere: mend it, or name a file.",
        "pipe.py": "is neither a file nor a folder: name a Python source file, or a folder.",
        "folder.py:Get": "is a folder: name the file in it that defines Get, as file.py:Get.",
        "notes.txt": "is no Python source file: a file target ends in .py.",
        "emptty.py": f"does not exist. Did you mean {tmp_path / 'empty.py'}?",
        "empty.py/x.py": f"does not exist. {tmp_path / 'empty.py'} is no folder.",
        "gone/x.py": f"does not exist. Neither does {tmp_path / 'gone'}.",
        "x" * 300 + ".py": "cannot be read: File name too long. Mend its permissions, or name another.",
    }.items():
        assert refused("check", str(tmp_path / target)) == f"{tmp_path / target.partition(':')[0]} {said}"
    for target, count in (("folder.py", "0 modules were"), ("empty.py", "1 module was")):
        assert refused("check", str(tmp_path / target)) == (
            f"There is no task in {str(tmp_path / target)!r}: {count} read. "
            "Name a module that defines Task classes or @task functions."
        )


def test_what_permissions_forbid_is_said_as_the_system_says_it(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's refusal itself cannot be had as root, so the answer to opening the file is replaced."""
    from taskcontract.discover import discover
    from taskcontract.errors import UsageError
    from taskcontract.frameworks import installed_framework

    file = tmp_path / "tasks.py"
    file.write_text("")
    installed_framework()  # is found by reading files, too

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(UsageError) as caught:
        discover(str(file))
    assert str(caught.value) == f"{file} cannot be read: Permission denied. Mend its permissions, or name another."


# --- configuration ---------------------------------------------------------------------------------------------------------

CONFIGURATIONS = {
    "target = ['x']": "unknown key tool.taskcontract.target; did you mean 'targets'?; known keys: targets, clauses, profile, "
    "seed, strict, jobs, paths, cassettes, cassette_age, tasks, results",
    "targets = 'x'": "tool.taskcontract.targets must be an array of strings, not a string ('x')",
    "targets = [1]": "tool.taskcontract.targets[0] must be a string, not an integer (1)",
    "jobs = 0": "tool.taskcontract.jobs must be 1 or more, not 0",
    "jobs = true": "tool.taskcontract.jobs must be an integer, not a boolean (True)",
    "seed = '1'": "tool.taskcontract.seed must be an integer, not a string ('1')",
    "strict = 1": "tool.taskcontract.strict must be true or false, not an integer (1)",
    "profile = 'quik'": "tool.taskcontract.profile is 'quik'; did you mean 'quick'?; profiles: quick, default, thorough",
    "tasks = []": "tool.taskcontract.tasks must be a table, not an array ([])",
    "[tool.taskcontract.tasks.Get]": 'tool.taskcontract.tasks."Get" names no task; write it as '
    '[tool.taskcontract.tasks."module:Class"]',
    "[tool.taskcontract.tasks.'a:B']\nvalue = {}": 'unknown key tool.taskcontract.tasks."a:B".value; did you mean \'values\'?; '
    "known keys: values, required, merged, one_of, generated, credential, secrets, env, processes, "
    "cassette, answers, results",
    "[tool.taskcontract.tasks.'a:B']\nvalues = 3": 'tool.taskcontract.tasks."a:B".values must be a table, not an integer (3)',
}


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_a_configuration_that_cannot_be_used(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(f"[tool.taskcontract]\n{text}\n")
    monkeypatch.chdir(tmp_path)
    for arguments in (("check", "json"), ("list", "json"), ("show", "json:x")):
        assert refused(*arguments) == f"{file}: {CONFIGURATIONS[text]}"


def test_a_folder_given_as_the_report(refused: Refused, tmp_path: Path) -> None:
    assert refused("check", "awkward.zz_well", "--json", str(tmp_path)) == (
        f"--json {tmp_path}: is a folder; name a file in it"
    )


def test_pytest_says_the_same(pytester: pytest.Pytester) -> None:
    """A usage error of pytest's own: exit code 4, no traceback, nothing run."""
    pytester.makepyprojecttoml("[tool.taskcontract]\njobs = 0\n")
    broken = pytester.runpytest_subprocess("--contract", "json")
    assert broken.ret == pytest.ExitCode.USAGE_ERROR
    broken.stderr.fnmatch_lines(["ERROR: *pyproject.toml: tool.taskcontract.jobs must be 1 or more, not 0"])

    pytester.makepyprojecttoml("[project]\nname = 'acme'\n")
    unknown = pytester.runpytest_subprocess("--contract", "prefect.tasks.githb")
    assert "There is no module 'prefect.tasks.githb' here. Did you mean prefect.tasks.github?" in (
        unknown.stdout.str() + unknown.stderr.str()
    )
    assert unknown.ret not in (pytest.ExitCode.OK, pytest.ExitCode.INTERNAL_ERROR)
    assert "Traceback" not in unknown.stdout.str() + unknown.stderr.str()
