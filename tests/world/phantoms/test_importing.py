"""Which absent modules become phantoms, for whom, and what an import may do to its surroundings."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from taskcontract.model import Unimportable
from taskcontract.world.importing import LIBRARY, declare_library, import_target, importer, library_imports, phantoms_of
from taskcontract.world.phantoms import PhantomModule, is_phantom

from .conftest import Library


def test_an_absent_client_is_a_phantom_and_is_noted(library: Library) -> None:
    module = library.module("import absent_client\nfrom absent_other.sub import Thing")
    assert isinstance(module.absent_client, PhantomModule)
    assert phantoms_of(module.__name__) == ("absent_client", "absent_other")
    assert is_phantom("absent_other.sub") and not is_phantom("absent_nothing")


def test_the_host_never_finds_a_phantom(library: Library) -> None:
    library.module("import absent_client.deep.down")
    assert not [name for name in sys.modules if name.startswith("absent_client")]
    with pytest.raises(ModuleNotFoundError):
        __import__("absent_client")


@pytest.mark.parametrize(
    "guarded",
    [
        "try:\n    import absent_client\nexcept ImportError:\n    absent_client = None",
        "try:\n    import absent_client\nexcept (ValueError, ModuleNotFoundError):\n    absent_client = None",
        "try:\n    import absent_client\nexcept Exception:\n    absent_client = None",
        "try:\n    import absent_client\nexcept:\n    absent_client = None",
        "absent_client = None\ntry:\n    import absent_client.speedups as faster\nexcept ImportError:\n    pass",
        "import contextlib\nabsent_client = None\nwith contextlib.suppress(ImportError):\n    import absent_client",
    ],
)
def test_an_import_that_the_library_can_do_without_stays_absent(library: Library, guarded: str) -> None:
    assert library.module(guarded).absent_client is None


@pytest.mark.parametrize(
    "guarded",
    [
        "try:\n    import absent_client\nexcept ImportError as e:\n    raise ImportError('needs the extra') from e",
        "try:\n    import absent_client\nexcept ValueError:\n    absent_client = None",
        "try:\n    import absent_client\nexcept ImportError:\n    pass\ndef run():\n    return absent_client.Client()",
        "from importlib import import_module\nabsent_client = import_module('absent_client')",
        "absent_client = __import__('absent_client')",
        "from contextlib import nullcontext\nwith nullcontext():\n    import absent_client",
    ],
)
def test_an_import_whose_absence_is_an_error_becomes_a_phantom(library: Library, guarded: str) -> None:
    assert isinstance(library.module(guarded).absent_client, PhantomModule)


def test_asking_whether_a_client_is_there_is_answered_truly(library: Library) -> None:
    module = library.module("import importlib.util\nfound = importlib.util.find_spec('absent_client')")
    assert module.found is None


def test_an_import_inside_a_function_is_served_at_run_time(library: Library) -> None:
    module = library.module("def go():\n    import absent_late.sub\n    return absent_late.sub.Client(1)")
    seen = library.run(module.go)
    assert seen.whats == ["~absent_late.sub.Client"]
    assert "absent_late" not in sys.modules
    assert library.run(module.go).effects == seen.effects


def test_a_missing_module_of_the_library_itself_is_an_error(library: Library) -> None:
    found = library.tried("from .gone import x")
    assert isinstance(found, Unimportable)
    assert found.why == f"ModuleNotFoundError: No module named '{library.name}.gone'"
    assert found.file is not None and found.file.endswith("tasks.py") and found.line == 1


def test_a_missing_module_of_the_standard_library_is_an_error(library: Library) -> None:
    other = "winreg" if sys.platform != "win32" else "posix"
    assert isinstance(library.tried(f"import {other}"), Unimportable)


def test_a_missing_part_of_an_installed_package_is_an_error(library: Library) -> None:
    assert isinstance(library.tried("import email.gone"), Unimportable)
    found = library.tried("import pytest.gone", "other")
    assert isinstance(found, Unimportable)


@pytest.mark.parametrize("text", ["", "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"])
def test_a_missing_part_of_an_installed_namespace_is_a_phantom(library: Library, tmp_path: Path, text: str) -> None:
    space = tmp_path / f"{library.name}_space"
    (space / "present").mkdir(parents=True)
    (space / "present" / "__init__.py").write_text("real = True")
    if text:
        (space / "__init__.py").write_text(text)
    module = library.module(
        f"from {space.name} import present\nfrom {space.name}.absent import storage\nimport {space.name}.gone"
    )
    assert module.present.real is True
    assert repr(module.storage) == f"{space.name}.absent.storage"


def test_a_file_by_path_is_a_library_too(tmp_path: Path) -> None:
    file = tmp_path / "lone_tasks.py"
    file.write_text("import absent_client\nclient = absent_client.Client\n")
    module = import_target("lone_tasks_under_test", file)
    try:
        assert isinstance(module, ModuleType)
        assert repr(module.client) == "absent_client.Client"
        assert import_target("lone_tasks_under_test", file) is module
    finally:
        sys.modules.pop("lone_tasks_under_test", None)
        LIBRARY.difference_update({"lone_tasks_under_test", str(file)})


def test_a_folder_can_be_declared(tmp_path: Path) -> None:
    declare_library(tmp_path)
    try:
        scope: dict[str, Any] = {"__name__": "elsewhere"}
        with library_imports():
            file = tmp_path / "x.py"
            file.write_text("import absent_client")
            exec(compile(file.read_text(), str(file), "exec"), scope)
        assert isinstance(scope["absent_client"], PhantomModule)
    finally:
        LIBRARY.discard(str(tmp_path))


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("print('bye')\nraise SystemExit(3)", "the module exits when it is imported: SystemExit(3)\nafter printing: bye"),
        ("raise SystemExit", "the module exits when it is imported: SystemExit(None)"),
        ("raise ValueError", "ValueError"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        (
            "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise OSError('no') from e",
            "OSError: no\ncaused by ZeroDivisionError: division by zero",
        ),
        (
            "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise OSError('no')",
            "OSError: no\ncaused by ZeroDivisionError: division by zero",
        ),
        ("class E(BaseException):\n    def __str__(self): raise OSError\nraise E", "E: <no text>"),
    ],
)
def test_a_module_that_fails_says_why(library: Library, source: str, why: str) -> None:
    found = library.tried(source)
    assert isinstance(found, Unimportable)
    assert found.why == why


def test_a_module_that_does_not_parse_says_where(library: Library) -> None:
    found = library.tried("x = 1\nx = (")
    assert isinstance(found, Unimportable)
    assert found.why.startswith("SyntaxError") and found.line == 2


def test_a_file_that_is_no_module_says_so(tmp_path: Path) -> None:
    found = import_target("no_module_at_all", tmp_path / "notes.txt")
    LIBRARY.difference_update({"no_module_at_all", str(tmp_path / "notes.txt")})
    assert isinstance(found, Unimportable) and "is not a Python file" in found.why


def test_a_keyboard_interrupt_passes(library: Library) -> None:
    with pytest.raises(KeyboardInterrupt):
        library.tried("raise KeyboardInterrupt")


def test_an_import_leaves_the_process_as_it_was(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    opener, here, path = builtins.open, os.getcwd(), list(sys.path)
    library.module(
        """
        import builtins, json, os, sys, time
        print("noise")
        print("noise", file=sys.stderr)
        builtins.open = None
        time.sleep = None
        os.environ["ACME_SET"] = "1"
        os.chdir("/")
        sys.path.insert(0, "/nowhere")
        sys.argv[:] = ["x"]
        """
    )
    assert builtins.open is opener and os.getcwd() == here and sys.path == path
    assert "ACME_SET" not in os.environ and sys.argv != ["x"]
    import time

    assert callable(time.sleep)
    assert capsys.readouterr() == ("", "")


def test_the_raising_importer_serves_phantoms_as_well(library: Library) -> None:
    assert isinstance(importer(library.write("import absent_client")).absent_client, PhantomModule)
    with pytest.raises(SystemExit):
        importer(library.write("raise SystemExit(2)", "leaving"))


_EVERYTHING = """
import importlib.metadata, pkgutil, re, sys
from importlib.machinery import PathFinder

def closure(name, seen):
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        requires = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return seen
    seen.add(key)
    for line in requires:
        if "extra ==" not in line:
            closure(re.match(r"[\\w.-]+", line)[0], seen)
    return seen

wanted = closure("prefect", set())
owners = importlib.metadata.packages_distributions()
hidden = {top for top, dists in owners.items() if not {re.sub(r"[-_.]+", "-", d).lower() for d in dists} & wanted}
hidden -= {"taskcontract", "__editable__", "_distutils_hack", "setuptools", "pkg_resources"}
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, path=None, target=None: (
    None if name.partition(".")[0] in hidden else find(name, path, target)
)

import prefect.tasks
from prefect import Task
from taskcontract.model import Unimportable
from taskcontract.world.importing import import_target

def walk(package):
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        module = import_target(info.name)
        if isinstance(module, Unimportable):
            print("UNIMPORTABLE", module)
            continue
        yield module
        if info.ispkg:
            yield from walk(module)

found = {
    f"{value.__module__}:{value.__qualname__}"
    for module in walk(prefect.tasks)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Task) and value.__module__.startswith("prefect.tasks.")
}
print("CLASSES", len(found), "PHANTOMS LEFT", sum(type(m).__name__ == "PhantomModule" for m in sys.modules.values()))
"""


def test_every_task_of_prefects_library_imports_with_prefect_alone() -> None:
    script = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(_EVERYTHING)]
    path = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run(script, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})
    assert done.stdout.splitlines() == ["CLASSES 205 PHANTOMS LEFT 0"], done.stderr
