"""Imports the library under judgement, with phantoms in the place of clients that are not installed.

Absence is only filled where it would be an error: for an import statement of the library itself that no handler forgives. The
importer also contains what a module does while it is imported: prints, exits, patches of other modules.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import importlib.util
import io
import os
import sys
import types
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

from taskcontract.model import Unimportable
from taskcontract.world.phantom_names import declare_errors
from taskcontract.world.phantom_sources import facts_of
from taskcontract.world.phantoms import PhantomLoader, PhantomModule, withdraw

LIBRARY: set[str] = set()
"""Top-level names, and folders or files by path, whose imports may be answered by phantoms."""

_IMPORT_SYSTEM = ("<frozen importlib", "importlib/__init__.py", "importlib/_bootstrap")
_imported_by: dict[str, set[str]] = {}


def declare_library(name: str | Path) -> None:
    """Say that a top-level package, or everything below a path, belongs to the library under judgement."""
    if isinstance(name, Path) or os.sep in name:
        LIBRARY.add(str(Path(name).resolve()))
    else:
        LIBRARY.add(name.partition(".")[0])


def belongs(frame: types.FrameType) -> bool:
    """Whether the code in `frame` is the library's own."""
    name = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    if name in LIBRARY:
        return True
    file = frame.f_code.co_filename
    return any(file == p or file.startswith(p + os.sep) for p in LIBRARY if os.sep in p)


def phantoms_of(module: str) -> tuple[str, ...]:
    """The top-level packages that `module` imported and that are not installed, sorted."""
    return tuple(sorted(_imported_by.get(module, ())))


class PhantomFinder:
    """Stands last on `sys.meta_path`: answers what nobody else could, if the library demands it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        top, _, rest = fullname.partition(".")
        if top in LIBRARY or top in sys.stdlib_module_names or (rest and not _open_to_more(fullname.rpartition(".")[0])):
            return None
        frame = _importing_frame()
        if frame is None or not belongs(frame):
            return None
        facts = facts_of(frame.f_code.co_filename)
        if not facts.demands(frame.f_lineno):
            return None
        declare_errors(top, facts.errors)
        _imported_by.setdefault(str(frame.f_globals.get("__name__", "")), set()).add(top)
        return ModuleSpec(fullname, PhantomLoader(), origin="phantom", is_package=True)  # type: ignore[arg-type]


_finder = PhantomFinder()


def _importing_frame() -> types.FrameType | None:
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None and any(part in frame.f_code.co_filename for part in _IMPORT_SYSTEM):
        frame = frame.f_back
    return frame


def _open_to_more(name: str) -> bool:
    """Whether modules of a package may be spread over distributions: a phantom, or a real namespace package."""
    parent = sys.modules.get(name)
    if isinstance(parent, PhantomModule):
        return True
    if parent is None or not hasattr(parent, "__path__"):
        return False
    file = getattr(parent, "__file__", None)
    if file is None:
        return True
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return "extend_path(" in text or "declare_namespace(" in text


def install_finder() -> None:
    """Put the finder last on `sys.meta_path`; again when somebody came after it."""
    if not sys.meta_path or sys.meta_path[-1] is not _finder:
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(_finder)
        sys.meta_path.append(_finder)


# --- importing -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def library_imports() -> Iterator[None]:
    """Within this, imports of the declared library are answered by phantoms, and what they patch for everybody is put back."""
    install_finder()
    try:
        with _contained():
            yield
    finally:
        withdraw()


def importer(module_name: str) -> types.ModuleType:
    """Import a module of the library under judgement. Raises whatever importing it raises, SystemExit included."""
    declare_library(module_name)
    with library_imports():
        return importlib.import_module(module_name)


def import_target(module_name: str, path: str | Path | None = None) -> types.ModuleType | Unimportable:
    """Import a module of the library by name, or the file at `path` under that name.

    Never raises for what the module does: an exception, also SystemExit, comes back as `Unimportable` with its causes. What the
    module prints is kept from the host's output.
    """
    declare_library(module_name)
    if path is not None:
        declare_library(Path(path))
    printed = io.StringIO()
    try:
        with library_imports(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            return _load_file(module_name, Path(path)) if path is not None else importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        file, line = _place(error)
        return Unimportable(module_name, _why(error, printed.getvalue()), file, line)


def _load_file(name: str, path: Path) -> types.ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


_CORE = ("builtins", "os", "sys", "io", "time", "socket", "json", "threading", "subprocess", "datetime", "random", "signal")


@contextlib.contextmanager
def _contained() -> Iterator[None]:
    """Put back what an import changed for everybody: names of core modules, environment, working directory, search path."""
    core = {name: dict(vars(sys.modules[name])) for name in _CORE if name in sys.modules}
    environment, directory = dict(os.environ), os.getcwd()
    search, arguments = list(sys.path), list(sys.argv)
    try:
        yield
    finally:
        for name, before in core.items():
            _restore(sys.modules.get(name), before)
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
        sys.path[:] = search
        sys.argv[:] = arguments
        with contextlib.suppress(OSError):
            os.chdir(directory)


_SPARED = frozenset(
    (
        "stdout",
        "stderr",
        "stdin",
        "modules",
        "meta_path",
        "path_importer_cache",
        "last_type",
        "last_value",
        "last_traceback",
        "_",
    )
)


def _restore(module: types.ModuleType | None, before: dict[str, object]) -> None:
    if module is None:
        return
    now = vars(module)
    for name, value in before.items():
        if name not in _SPARED and now.get(name, builtins) is not value:
            now[name] = value


def _why(error: BaseException, printed: str) -> str:
    """The exception and what it came from, one line each."""
    lines, seen = [_line(error)], {id(error)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        lines.append(f"caused by {_line(cause)}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    if isinstance(error, SystemExit) and printed.strip():
        lines.append(f"after printing: {printed.strip().splitlines()[-1][:200]}")
    return "\n".join(lines)


def _line(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the module exits when it is imported: SystemExit({error.code!r})"
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "<no text>"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(error: BaseException) -> tuple[str | None, int | None]:
    """The innermost frame of the library that the exception passed."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno
    found: tuple[str | None, int | None] = (None, None)
    trace = error.__traceback__
    while trace is not None:
        if belongs(trace.tb_frame):
            found = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return found
