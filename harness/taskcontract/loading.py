"""Modules by name or by file: how a `TaskRef` becomes a live object again, in whatever process needs it.

A file given by path is loaded under a stable synthetic name made from its absolute path, so that it shadows nothing and the
same file has the same name in every process. A file or folder inside a package is imported as part of that package.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from taskcontract.model import TaskRef

Importer = Callable[[str], ModuleType]


def package_root(path: Path) -> Path | None:
    """The outermost package folder that `path` (a file, or a folder that is a package) belongs to, or None."""
    folder = path if path.is_dir() else path.parent
    root: Path | None = None
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        root, folder = folder, folder.parent
    return root


def module_name_of(path: Path) -> str:
    """The name a file or package folder is imported under: dotted inside a package, synthetic when it stands alone."""
    path = path.resolve()
    root = package_root(path)
    if root is None:
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:8]
        stem = re.sub(r"\W", "_", path.stem) or "module"
        return f"_taskcontract_file_{digest}_{stem}"
    relative = path.relative_to(root.parent).with_suffix("") if path.is_file() else path.relative_to(root.parent)
    parts = [p for p in relative.parts if p != "__init__"]
    return ".".join(parts)


def import_file(path: Path, importer: Importer = importlib.import_module) -> ModuleType:
    """Import the module at `path`; raises whatever importing it raises."""
    path = path.resolve()
    root, name = package_root(path), module_name_of(path)
    if root is not None:
        parent = str(root.parent)
        if parent not in sys.path:
            sys.path.insert(0, parent)
        importlib.invalidate_caches()
        return importer(name)
    if path.suffix != ".py":
        raise ImportError(f"{path} is no Python source file: its name must end in .py", name=name, path=str(path))
    _Files.install().paths[name] = path
    if str(path.parent) not in sys.path:  # a lone script may import its neighbours, as it may when Python runs it
        sys.path.append(str(path.parent))
    return importer(name)


class _Files:
    """Finds the files that were given by path under their synthetic names, so that they are imported like any module."""

    _installed: _Files | None = None

    def __init__(self) -> None:
        self.paths: dict[str, Path] = {}

    @classmethod
    def install(cls) -> _Files:
        """The one finder of this process, in front of those that look at the search path."""
        if cls._installed is None:
            cls._installed = cls()
        if cls._installed not in sys.meta_path:
            sys.meta_path.insert(0, cls._installed)
        return cls._installed

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        found = self.paths.get(name)
        return importlib.util.spec_from_file_location(name, found) if found is not None else None


def module_of(ref: TaskRef, importer: Importer = importlib.import_module) -> ModuleType:
    """The module that `ref` lives in, imported if it is not yet."""
    if ref.module in sys.modules:
        return sys.modules[ref.module]
    return import_file(Path(ref.path), importer) if ref.path else importer(ref.module)


def object_of(ref: TaskRef, importer: Importer = importlib.import_module) -> Any:
    """The class or function task that `ref` names. Raises AttributeError when the module has no such thing."""
    found: Any = module_of(ref, importer)
    for part in ref.qualname.split("."):
        found = getattr(found, part)
    return found
