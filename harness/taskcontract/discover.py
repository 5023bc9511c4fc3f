"""From what the user named to the tasks that are there: a target is a module, a package, `module:Class`, a file or a folder.

Every module below a package or folder is imported, and one that fails stops nothing: it becomes an `Unimportable` row.
A task belongs to the module that defines it, so re-exports and aliases count once.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import inspect
import io
import os
import pkgutil
import re
import sys
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from taskcontract.errors import UsageError
from taskcontract.frameworks import Framework, installed_framework
from taskcontract.loading import Importer, import_file, module_name_of, package_root
from taskcontract.model import TaskRef, Unimportable
from taskcontract.source import class_node, function_node, layers

Found = TaskRef | Unimportable


def discover(
    target: str, importer: Importer = importlib.import_module, framework: Framework | None = None
) -> list[Found]:
    """The tasks that `target` names, in module order and then as written, and the modules that could not be imported.

    `importer` imports a module by name. Raises UsageError for a target that names nothing, or nothing that is a task.
    """
    search = _Search(target, importer, framework or installed_framework())
    where, _, name = target.partition(":")
    if not where or target != target.strip():
        raise UsageError(f"{target!r} is no target: name a module, a package, `module:Class`, a file or a folder.")
    if _is_path(where):
        search.path(Path(where), name)
    elif name or ":" in target:
        search.task(where, name)
    else:
        search.package(where)
    if not search.found:
        raise UsageError(search.nothing())
    return search.found


def _is_path(text: str) -> bool:
    """Whether a target is meant as a path: it looks like one, or it exists and is no module's name."""
    if os.sep in text or text.endswith(".py") or text in (".", ".."):
        return True
    return not re.fullmatch(r"[\w.]+", text) or (os.path.exists(text) and not _importable(text))


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name.partition(".")[0]) is not None
    except (ImportError, ValueError, AttributeError):
        return False


@dataclass
class _Search:
    """One walk: what was found so far, and what was seen, so that nothing counts twice."""

    target: str
    importer: Importer
    framework: Framework
    found: list[Found] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
    passed_over: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    # --- targets ---

    def package(self, name: str) -> None:
        """A module, and everything below it when it is a package."""
        module = self.load(name)
        if isinstance(module, ModuleType):
            self.collect(module)
            self.below(list(getattr(module, "__path__", [])), name)

    def below(self, folders: list[str], prefix: str) -> None:
        """Every module below a package's folders; what is below a package that failed cannot be imported, only counted."""
        for info in sorted(pkgutil.iter_modules(folders), key=lambda i: i.name):
            if info.name == "__main__":
                continue
            name = f"{prefix}.{info.name}"
            module = self.load(name)
            if isinstance(module, ModuleType):
                self.collect(module)
            if not info.ispkg:
                continue
            inside = [f for f in (os.path.join(folder, info.name) for folder in folders) if os.path.isdir(f)]
            if isinstance(module, ModuleType):
                self.below(list(getattr(module, "__path__", inside)), name)
            else:
                self.unreachable(inside)

    def unreachable(self, folders: list[str]) -> None:
        """Say on the row of a package that failed how many modules could not be looked at because of it."""
        count = sum(name.endswith(".py") for f in folders for _, _, files in os.walk(f) for name in files) - 1
        row = self.found[-1]
        if count > 0 and isinstance(row, Unimportable):
            below = f"{count} module{'s' if count > 1 else ''} below it could not be looked at"
            self.found[-1] = replace(row, why=f"{row.why}\n{below}")

    def task(self, module_name: str, name: str, path: str | None = None) -> None:
        """One task by name: `module:Class`, also where the module only re-exports it."""
        if "<locals>" in name:
            raise UsageError(
                f"{self.target}: a class made inside a function cannot be imported by name. "
                "Bind it at module level, and name it by that name."
            )
        if not name:
            raise UsageError(f"{self.target} names no task after the colon: leave the colon out to judge all of them.")
        module = self.load(module_name, Path(path) if path else None)
        if not isinstance(module, ModuleType):
            return
        try:
            found: Any = module
            for part in name.split("."):
                found = getattr(found, part)
        except AttributeError:
            raise UsageError(f"{module_name} has no {name!r}.{self.nearest_task(module, name)}") from None
        problem = self.problem(found)
        if problem:
            raise UsageError(f"{self.target} {problem}")
        home = self.home(found, module, name)
        self.found.append(self.reference(found, home, self.name_in(home, found, name), path if home is module else None))

    def path(self, path: Path, name: str) -> None:
        """A file, a file and a class in it, or a folder."""
        try:
            kind = "folder" if path.is_dir() else "file" if path.is_file() else "other" if path.exists() else ""
            if kind == "folder":
                os.listdir(path)
            elif kind == "file":
                path.open("rb").close()
        except OSError as error:
            why = error.strerror or error
            raise UsageError(f"{path} cannot be read: {why}. Mend its permissions, or name another.") from None
        if not kind and os.path.islink(path):
            raise UsageError(f"{path} is a link to {os.readlink(path)}, which leads nowhere: mend it, or name a file.")
        if not kind:
            raise UsageError(f"{path} does not exist.{_nearest_path(path)}")
        if kind == "other":
            raise UsageError(f"{path} is neither a file nor a folder: name a Python source file, or a folder.")
        if kind == "folder" and name:
            raise UsageError(f"{path} is a folder: name the file in it that defines {name}, as file.py:{name}.")
        if kind == "folder":
            self.folder(path)
        elif path.suffix != ".py":
            raise UsageError(f"{path} is no Python source file: a file target ends in .py.")
        elif name:
            self.task(module_name_of(path), name, str(path.resolve()))
        else:
            self.file(path)

    def file(self, path: Path) -> None:
        module = self.load(module_name_of(path), path)
        if isinstance(module, ModuleType):
            self.collect(module, str(path.resolve()))

    def folder(self, folder: Path) -> None:
        """A package is imported as one, from the folder that holds it; else every file below counts."""
        folder = folder.resolve()
        root = package_root(folder)
        if root is not None:
            if str(root.parent) not in sys.path:
                sys.path.insert(0, str(root.parent))
            importlib.invalidate_caches()
            self.package(module_name_of(folder))
            return
        for entry in sorted(folder.iterdir(), key=lambda e: (e.is_dir(), e.name)):
            if entry.name.startswith(".") or entry.name == "__pycache__":
                continue
            if entry.is_dir() and not (entry / "pyvenv.cfg").exists():
                self.folder(entry)
            elif entry.suffix == ".py" and entry.is_file() and entry.name != "__main__.py":
                self.file(entry)

    # --- importing ---

    def load(self, name: str, path: Path | None = None) -> ModuleType | None:
        """The module, or None after noting why it cannot be imported. Raises UsageError when the target itself is unknown."""
        self.modules.append(name)
        try:
            unheard = io.StringIO()
            with contextlib.redirect_stdout(unheard), contextlib.redirect_stderr(unheard), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the host may have made warnings errors: they are no reason to fail here
                return import_file(path, self.importer) if path else self.importer(name)
        except KeyboardInterrupt:
            raise
        except ModuleNotFoundError as error:
            if path is None and len(self.modules) == 1 and error.name and (name + ".").startswith(error.name + "."):
                raise UsageError(f"There is no module {name!r} here.{_nearest_module(name)}") from None
            self.found.append(unimportable(name, error, path))
        except BaseException as error:  # a module may raise anything, SystemExit included
            self.found.append(unimportable(name, error, path))
        return None

    # --- what is in a module ---

    def collect(self, module: ModuleType, path: str | None = None) -> None:
        """Every task that belongs to `module`, once, under the name it is bound to."""
        for name, found in self.bindings(module):
            if id(found) in self.seen or not self.is_task(found):
                continue
            home = self.home(found, module, name)
            if home is not module:
                self.elsewhere.add(home.__name__)
                continue
            self.seen.add(id(found))
            own = self.name_in(module, found, name)
            if inspect.isabstract(found):
                self.passed_over.append(f"{module.__name__}:{own} {self.problem(found)}")
            else:
                self.found.append(self.reference(found, module, own, path))

    def bindings(self, module: ModuleType) -> Iterator[tuple[str, Any]]:
        """Names bound at module level, and classes inside the module's own classes by their dotted names."""
        for name, found in list(vars(module).items()):
            yield name, found
            if isinstance(found, type) and found.__module__ == module.__name__:
                yield from _nested(found, name, module.__name__)

    def is_task(self, found: object) -> bool:
        try:
            return self.framework.is_task_class(found) or self.framework.is_function_task(found)
        except Exception:  # a proxy that objects to being looked at is no task
            return False

    def problem(self, found: Any) -> str:
        """Why something cannot be judged as a task, or ''."""
        if not self.is_task(found):
            if isinstance(found, type):
                return "is a class, and no task: it does not derive from the framework's Task."
            return f"is no task but {_article(type(found).__name__)}: name a task class or a function task."
        if not isinstance(found, type):
            return ""
        if inspect.isabstract(found):
            static = {name: inspect.getattr_static(found, name) for name in dir(found)}
            missing = [name for name, value in static.items() if getattr(value, "__isabstractmethod__", False)]
            return f"is abstract (it leaves out {', '.join(missing)}): name a class that can be constructed."
        if not self.framework.has_run(found):
            return "has no `run` method, so there is nothing to judge: name a class that defines or inherits one."
        return ""

    def home(self, found: Any, module: ModuleType, name: str) -> ModuleType:
        """The module that defines a task: where its own name leads back to it, else the one that binds it."""
        definer = found if isinstance(found, type) else self.framework.function_of(found)
        home = sys.modules.get(str(getattr(definer, "__module__", "")))
        if home is None or home is module:
            return module
        if isinstance(found, type):
            current: Any = home
            for part in found.__qualname__.split("."):
                current = getattr(current, part, None)
            return home if current is found else module
        return home if any(v is found for v in vars(home).values()) else module

    def name_in(self, module: ModuleType, found: Any, fallback: str) -> str:
        """The name a task is known by in its module: its own if that leads to it, else the first that is bound to it."""
        own = getattr(found, "__qualname__", None) if isinstance(found, type) else None
        own = own or getattr(found, "__name__", fallback)
        current: Any = module
        for part in str(own).split("."):
            current = getattr(current, part, None)
        if current is found:
            return str(own)
        return next((n for n, v in self.bindings(module) if v is found), fallback)

    def reference(self, found: Any, module: ModuleType, name: str, path: str | None) -> TaskRef:
        if isinstance(found, type):
            written = class_node(found)
            line = written[1].lineno if written else None
            file = written[0].path if written else getattr(module, "__file__", None)
            return TaskRef(module.__name__, name, file, line, "class", path)
        function = layers(self.framework.function_of(found))[-1]
        node = function_node(function)
        code = getattr(function, "__code__", None)
        file = node[0].path if node else getattr(code, "co_filename", getattr(module, "__file__", None))
        line = node[1].lineno if node else getattr(code, "co_firstlineno", None)
        return TaskRef(module.__name__, name, file, line, "function", path)

    # --- saying that nothing was found ---

    def nearest_task(self, module: ModuleType, name: str) -> str:
        names = [n for n, v in self.bindings(module) if self.is_task(v)]
        close = difflib.get_close_matches(name, names, 1, 0.4)
        if close:
            return f" Did you mean {module.__name__}:{close[0]}?"
        return f" Its tasks: {', '.join(sorted(names)[:8])}." if names else " It has no tasks."

    def nothing(self) -> str:
        count = len(self.modules)
        text = f"There is no task in {self.target!r}: {count} module{'s were' if count != 1 else ' was'} read."
        if self.passed_over:
            text += f" Passed over: {'; '.join(self.passed_over[:3])}."
        if self.elsewhere:
            text += f" It re-exports tasks of {', '.join(sorted(self.elsewhere)[:3])}: name that instead."
        if not self.passed_over and not self.elsewhere:
            text += " Name a module that defines Task classes or @task functions."
        return text


def _nested(cls: type, prefix: str, module: str) -> Iterator[tuple[str, Any]]:
    for name, found in list(vars(cls).items()):
        if isinstance(found, type) and found.__module__ == module and found.__qualname__ == f"{cls.__qualname__}.{name}":
            yield f"{prefix}.{name}", found
            yield from _nested(found, f"{prefix}.{name}", module)


# --- words -----------------------------------------------------------------------------------------------------------


def unimportable(name: str, error: BaseException, path: Path | None = None) -> Unimportable:
    """The row for a module that failed to import: the exception with its causes, and the line it comes from."""
    file, line = _origin(error)
    return Unimportable(name, _chain(error), file or (str(path) if path else None), line)


def _chain(error: BaseException) -> str:
    lines: list[str] = []
    current: BaseException | None = error
    word = ""
    while current is not None and len(lines) < 8:
        lines.append(word + _one_line(current))
        if current.__cause__ is not None:
            current, word = current.__cause__, "caused by "
        elif current.__context__ is not None and not current.__suppress_context__:
            current, word = current.__context__, "while handling "
        else:
            current = None
    return "\n".join(lines)


def _one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "(its message cannot be read)"
    if isinstance(error, SystemExit):
        how = f"saying {text!r}" if isinstance(error.code, str) else f"exit code {error.code or 0}"
        script = 'what it does as a script belongs below `if __name__ == "__main__":`'
        return f"SystemExit: the module ends the program when it is imported ({how}); {script}"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _origin(error: BaseException) -> tuple[str | None, int | None]:
    """The innermost line that is not the import system's or this harness's own."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    here = os.path.dirname(__file__) + os.sep
    frames = [(f.f_code.co_filename, line) for f, line in traceback.walk_tb(error.__traceback__)]
    own = [f for f in frames if not f[0].startswith(("<frozen", here)) and not f[0].endswith("importlib/__init__.py")]
    return own[-1] if own else (None, None)


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _nearest_module(name: str) -> str:
    parent, _, last = name.rpartition(".")
    folders = list(getattr(sys.modules.get(parent), "__path__", [])) if parent else None
    if parent and not folders:
        return _nearest_module(parent)
    names = [i.name for i in pkgutil.iter_modules(folders)]
    close = difflib.get_close_matches(last, names, 1, 0.6)
    if close:
        return f" Did you mean {parent + '.' if parent else ''}{close[0]}?"
    return " Is it installed in this environment, and is the folder that holds it on the path?"


def _nearest_path(path: Path) -> str:
    parent = path.parent
    if parent.exists() and not parent.is_dir():
        return f" {parent} is no folder."
    if not parent.is_dir():
        return f" Neither does {parent}." if str(parent) != "." else ""
    close = difflib.get_close_matches(path.name, [e.name for e in parent.iterdir()], 1, 0.6)
    return f" Did you mean {parent / close[0]}?" if close else ""


__all__ = ["Found", "discover", "unimportable"]
