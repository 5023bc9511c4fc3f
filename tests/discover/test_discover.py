"""Targets of every kind lead to the tasks that are there, and what cannot be used is said with what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from taskcontract.discover import Found, discover
from taskcontract.errors import UsageError
from taskcontract.loading import module_name_of, object_of
from taskcontract.model import TaskRef, Unimportable

Write = Callable[..., Path]

TASKS = """
    import abc
    from prefect import Task, task

    class Create(Task):
        def run(self, repo=None):
            return repo

    Old = Create

    class Base(Task):
        "No run of its own."

    class Shape(Task, metaclass=type("Meta", (type(Task), abc.ABCMeta), {})):
        @abc.abstractmethod
        def size(self): ...
        def run(self):
            return self.size()

    def make():
        class Made(Task):
            def run(self):
                return 1
        return Made

    Bound = make()
    instance = Create()

    class Outer:
        class Inner(Task):
            def run(self):
                return 2

    @task
    def add(x, y=1):
        return x + y

    plus = add
    number = 3
"""

SCRIPT = 'what it does as a script belongs below `if __name__ == "__main__":`'


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Writes files below the test's own folder, which is on the search path; modules made of them are forgotten afterwards."""
    before, path = set(sys.modules), list(sys.path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def writing(**files: str) -> Path:
        for name, text in files.items():
            target = tmp_path / (name.replace("__slash__", "/") + ".py")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(dedent(text))
        return tmp_path

    yield writing
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) is None or str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def ids(found: list[Found]) -> list[str]:
    return [f.id if isinstance(f, TaskRef) else f"!{f.name}" for f in found]


def refused(target: str) -> str:
    with pytest.raises(UsageError) as caught:
        discover(target)
    return str(caught.value)


def test_a_module_gives_each_of_its_tasks_once_in_order(write: Write) -> None:
    write(dd_one=TASKS)
    assert ids(discover("dd_one")) == ["dd_one:Create", "dd_one:Base", "dd_one:Bound", "dd_one:Outer.Inner", "dd_one:add"]


def test_a_reference_says_where_the_task_is_written(write: Write) -> None:
    folder = write(dd_where=TASKS)
    found = {ref.qualname: ref for ref in discover("dd_where") if isinstance(ref, TaskRef)}
    assert found["Create"] == TaskRef("dd_where", "Create", str(folder / "dd_where.py"), 5)
    assert (found["add"].kind, found["add"].line) == ("function", 35)


def test_every_reference_leads_back_to_its_task(write: Write) -> None:
    write(dd_back=TASKS)
    for ref in discover("dd_back"):
        assert isinstance(ref, TaskRef)
        assert object_of(ref) is not None


def test_a_package_is_walked_past_what_cannot_be_imported(write: Write) -> None:
    write(
        dd_pack__slash____init__="from dd_pack.good import Good\n",
        dd_pack__slash__good="from prefect import Task\nclass Good(Task):\n    def run(self): ...\n",
        dd_pack__slash__broken="import nowhere_to_be_found\n",
        dd_pack__slash__sub__slash____init__="raise RuntimeError('not today')\n",
        dd_pack__slash__sub__slash__deep="x = 1\n",
        dd_pack__slash____main__="raise SystemExit('never imported')\n",
    )
    found = discover("dd_pack")
    assert ids(found) == ["!dd_pack.broken", "dd_pack.good:Good", "!dd_pack.sub"]
    broken, _, sub = found
    assert isinstance(broken, Unimportable) and isinstance(sub, Unimportable)
    assert broken.why == "ModuleNotFoundError: No module named 'nowhere_to_be_found'"
    assert (broken.line, str(broken.file).endswith("dd_pack/broken.py")) == (1, True)
    assert sub.why == "RuntimeError: not today\n1 module below it could not be looked at"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "try:\n    import nowhere\nexcept ImportError as e:\n    raise ImportError('install the extra') from e",
            "ImportError: install the extra\ncaused by ModuleNotFoundError: No module named 'nowhere'",
        ),
        (
            "try:\n    {}['a']\nexcept KeyError:\n    raise ValueError('b')",
            "ValueError: b\nwhile handling KeyError: 'a'",
        ),
        ("raise SystemExit(7)", f"SystemExit: the module ends the program when it is imported (exit code 7); {SCRIPT}"),
        ("raise SystemExit", f"SystemExit: the module ends the program when it is imported (exit code 0); {SCRIPT}"),
        ("raise SystemExit('bye')", f"SystemExit: the module ends the program when it is imported (saying 'bye'); {SCRIPT}"),
        ("class E(Exception):\n    def __str__(self): raise KeyError\nraise E", "E: (its message cannot be read)"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("def broken(:", "SyntaxError: invalid syntax (dd_cause.py, line 1)"),
    ],
)
def test_why_a_module_cannot_be_imported(write: Write, text: str, why: str) -> None:
    write(dd_cause=text)
    (found,) = discover("dd_cause")
    assert isinstance(found, Unimportable)
    assert found.why == why
    assert str(found.file).endswith("dd_cause.py")


def test_what_a_module_prints_is_kept_from_the_host(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write(dd_loud="print('hello')\nfrom prefect import task\n@task\ndef f(): ...\n")
    assert ids(discover("dd_loud")) == ["dd_loud:f"]
    assert capsys.readouterr().out == ""


def test_ctrl_c_is_nobodys_import_error(write: Write) -> None:
    write(dd_stop="raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        discover("dd_stop")


def test_the_importer_is_asked_for_every_module(write: Write) -> None:
    one = "from prefect import task\n@task\ndef f(): ...\n"
    folder = write(dd_ask__slash____init__="", dd_ask__slash__tasks=one, dd_lone="")
    asked: list[str] = []

    def importer(name: str) -> object:
        asked.append(name)
        return __import__("importlib").import_module(name)

    discover("dd_ask", importer)  # type: ignore[arg-type]
    assert asked == ["dd_ask", "dd_ask.tasks"]
    with pytest.raises(UsageError):
        discover(str(folder / "dd_lone.py"), importer)  # type: ignore[arg-type]
    assert asked[2:] == [module_name_of(folder / "dd_lone.py")]


# --- one task --------------------------------------------------------------------------------------------------------


def test_one_task_by_name_alias_or_reexport(write: Write) -> None:
    write(dd_def=TASKS, dd_export="from dd_def import Create, add\n")
    assert ids(discover("dd_def:Create")) == ["dd_def:Create"]
    assert ids(discover("dd_def:Old")) == ["dd_def:Create"]
    assert ids(discover("dd_export:Create")) == ["dd_def:Create"]
    assert ids(discover("dd_export:add")) == ["dd_def:add"]
    assert ids(discover("dd_def:Bound")) == ["dd_def:Bound"]
    assert ids(discover("dd_def:Outer.Inner")) == ["dd_def:Outer.Inner"]


def test_a_task_of_an_unimportable_module_is_a_row(write: Write) -> None:
    write(dd_never="1 / 0\n")
    (row,) = discover("dd_never:Create")
    assert isinstance(row, Unimportable) and row.why == "ZeroDivisionError: division by zero"


def test_what_is_no_task_is_refused_with_what_to_do(write: Write) -> None:
    write(dd_no=TASKS)
    assert refused("dd_no:Creat") == "dd_no has no 'Creat'. Did you mean dd_no:Create?"
    assert refused("dd_no:zzz") == "dd_no has no 'zzz'. Its tasks: Base, Bound, Create, Old, Outer.Inner, Shape, add, plus."
    assert refused("dd_no:Outer") == "dd_no:Outer is a class, and no task: it does not derive from the framework's Task."
    assert refused("dd_no:number") == "dd_no:number is no task but an int: name a task class or a function task."
    assert refused("dd_no:instance") == "dd_no:instance is no task but a Create: name a task class or a function task."
    assert refused("dd_no:Base").startswith("dd_no:Base has no `run` method, so there is nothing to judge")
    assert refused("dd_no:Shape") == "dd_no:Shape is abstract (it leaves out size): name a class that can be constructed."
    assert "cannot be imported by name" in refused("dd_no:make.<locals>.Made")
    assert refused("json:x") == "json has no 'x'. It has no tasks."
    assert refused("prefect:Task").startswith("prefect:Task is a class, and no task")


# --- targets that name nothing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["", " ", ":Create", " json"])
def test_an_empty_target_is_refused(target: str) -> None:
    assert "is no target: name a module, a package, `module:Class`, a file or a folder." in refused(target)


def test_an_unknown_module_is_refused_with_the_nearest(write: Write) -> None:
    write(dd_near__slash____init__="", dd_near__slash__github="", dd_nearby_module="")
    assert refused("dd_near.githu") == "There is no module 'dd_near.githu' here. Did you mean dd_near.github?"
    assert refused("dd_nearby_modul") == "There is no module 'dd_nearby_modul' here. Did you mean dd_nearby_module?"
    assert refused("zzqqxx").endswith("Is it installed in this environment, and is the folder that holds it on the path?")
    assert refused("dd_nearby_modul.x") == "There is no module 'dd_nearby_modul.x' here. Did you mean dd_nearby_module?"


def test_a_module_without_tasks_is_refused(write: Write) -> None:
    write(dd_none="x = 1", dd_only="from dd_there import Create\n", dd_there=TASKS)
    assert refused("dd_none") == (
        "There is no task in 'dd_none': 1 module was read. Name a module that defines Task classes or @task functions."
    )
    assert refused("dd_only").endswith("It re-exports tasks of dd_there: name that instead.")


def test_a_module_with_only_abstract_tasks_says_so(write: Write) -> None:
    text = TASKS.replace("class Create(Task)", "class Create(object)").replace("@task", "").replace("(Task):", "(object):")
    write(dd_abs=text)
    assert "Passed over: dd_abs:Shape is abstract" in refused("dd_abs")


# --- paths -------------------------------------------------------------------------------------------------------------


def test_a_file_is_loaded_under_a_name_that_shadows_nothing(write: Write) -> None:
    folder = write(json=TASKS)
    found = discover(str(folder / "json.py"))
    assert [ref.qualname for ref in found if isinstance(ref, TaskRef)] == ["Create", "Base", "Bound", "Outer.Inner", "add"]
    first = found[0]
    assert isinstance(first, TaskRef)
    assert first.module == module_name_of(folder / "json.py") != "json"
    assert first.path == str(folder / "json.py")
    assert object_of(first) is object_of(first)
    assert ids(discover(f"{folder / 'json.py'}:Create")) == [first.id]


def test_a_file_may_import_its_neighbours(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(dd_n__slash__first="from dd_neighbour import VALUE\nfrom prefect import task\n@task\ndef f(): ...\n")
    (folder / "dd_n" / "dd_neighbour.py").write_text("VALUE = 1\n")
    (found,) = discover(str(folder / "dd_n" / "first.py"))
    assert isinstance(found, TaskRef)


def test_a_file_of_a_package_is_imported_as_part_of_it(write: Write) -> None:
    folder = write(
        dd_rel__slash____init__="",
        dd_rel__slash__helpers="from prefect import Task\n",
        dd_rel__slash__tasks="from .helpers import Task\nclass Relative(Task):\n    def run(self): ...\n",
    )
    assert ids(discover(str(folder / "dd_rel" / "tasks.py"))) == ["dd_rel.tasks:Relative"]
    assert ids(discover(str(folder / "dd_rel"))) == ["dd_rel.tasks:Relative"]


def test_a_folder_is_every_file_below_it(write: Write, tmp_path: Path) -> None:
    one = "from prefect import task\n@task\ndef f(): ...\n"
    folder = write(
        many__slash__a=one,
        many__slash__below__slash__b=one,
        many__slash__dd_inner__slash____init__="",
        many__slash__dd_inner__slash__c=one,
        many__slash__broken="import nowhere_at_all\n",
    )
    for hidden in (".hidden", "env", "__pycache__"):
        (folder / "many" / hidden).mkdir()
        (folder / "many" / hidden / "x.py").write_text(one)
    (folder / "many" / "env" / "pyvenv.cfg").write_text("")
    found = discover(str(folder / "many"))
    assert [f.module.rpartition("_")[2] if isinstance(f, TaskRef) else "!" for f in found] == ["a", "!", "b", "inner.c"]


def test_a_path_that_cannot_be_used_is_refused(write: Write, tmp_path: Path) -> None:
    write(tasks="x = 1")
    (tmp_path / "notes.txt").write_text("")
    assert refused(str(tmp_path / "task.py")) == f"{tmp_path / 'task.py'} does not exist. Did you mean {tmp_path / 'tasks.py'}?"
    assert refused(str(tmp_path / "no" / "x.py")).endswith(f"does not exist. Neither does {tmp_path / 'no'}.")
    assert refused(str(tmp_path / "notes.txt")).endswith("is no Python source file: a file target ends in .py.")
    assert "cannot be read: File name too long." in refused(str(tmp_path / ("x" * 300 + ".py")))
    assert refused(str(tmp_path / "tasks.py")).startswith("There is no task in")


# --- the real library --------------------------------------------------------------------------------------------------


def test_prefects_own_github_tasks() -> None:
    assert ids(discover("prefect.tasks.github")) == [
        "prefect.tasks.github.comments:CreateIssueComment",
        "prefect.tasks.github.issues:OpenGitHubIssue",
        "prefect.tasks.github.prs:CreateGitHubPR",
        "prefect.tasks.github.repos:GetRepoInfo",
        "prefect.tasks.github.repos:CreateBranch",
    ]
