#!/usr/bin/env python3.11
"""Makes one of the project's own environments and runs a command in it: `environment.py NAME -- COMMAND ARGUMENT...`.

NAME is a dependency group of pyproject.toml; the environment is the folder `.venv/NAME`. It is made on first use, made again
when what it was made from changes, and used as it is otherwise. Only the standard library of Python 3.11 is needed, and
nothing outside the project's folder is touched. Importable without effect, so that the tests can ask it what it would do.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STAMP = "made-from"

_OURS = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
"""Variables of the caller's that would change what runs in the environment, or make every start slow."""


class EnvironmentProblem(Exception):
    """The environment could not be made; the message says why and what to do."""


def requirements(project: dict[str, Any], name: str) -> list[str]:
    """The requirements of a dependency group, with the groups it includes. Raises EnvironmentProblem for an unknown one."""
    groups = project.get("dependency-groups", {})
    if name not in groups:
        raise EnvironmentProblem(f"no environment is called {name!r}; pyproject.toml has {', '.join(sorted(groups))}")
    found: list[str] = []
    for entry in groups[name]:
        found += [entry] if isinstance(entry, str) else requirements(project, entry["include-group"])
    return found


def fingerprint(root: Path, name: str) -> str:
    """The same as long as an environment that exists can be used as it is."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    parts = (
        str(root),
        sys.version,
        repr(project["project"].get("dependencies")),
        repr(project["project"].get("scripts")),
        repr(project["project"].get("entry-points")),
        repr(requirements(project, name)),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def ready(root: Path, name: str) -> Path:
    """The folder of the environment, made first if need be."""
    folder = root / ".venv" / name
    wanted = fingerprint(root, name)
    with _only_one(root / ".venv", name):
        stamp = folder / STAMP
        if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted):
            _make(root, name, folder)
            stamp.write_text(wanted, encoding="utf-8")
    return folder


@contextlib.contextmanager
def _only_one(place: Path, name: str) -> Iterator[None]:
    """Two commands started at once must not make the same environment over each other."""
    place.mkdir(exist_ok=True)
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(root: Path, name: str, folder: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    print(f"Making the environment .venv/{name} (once; a minute or two) …", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)], "Python's venv module is missing: install it (Debian: python3.11-venv)")
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    _run([*pip, "--editable", str(root), *requirements(project, name)], "Is the package registry reachable?")


def _run(command: list[str], hint: str) -> None:
    """Run a step of the set-up; its output is shown only when it fails."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise EnvironmentProblem(f"{done.stdout}\nThis step failed: {' '.join(command)}\n{hint}")


def main(arguments: list[str]) -> int:
    """Make the environment, then become the command. Returns only when something is wrong."""
    if len(arguments) < 3 or arguments[1] != "--":
        print(__doc__, file=sys.stderr)
        return 2
    if sys.version_info[:2] != (3, 11):
        print(f"Prefect 1.4.1 needs Python 3.11, and this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    try:
        folder = ready(ROOT, arguments[0])
    except EnvironmentProblem as problem:
        print(f"{problem}", file=sys.stderr)
        return 2
    binaries = folder / "bin"
    environment = {k: v for k, v in os.environ.items() if k not in _OURS}
    environment |= {
        "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}",
        "VIRTUAL_ENV": str(folder),
        "PYTHONPYCACHEPREFIX": str(folder / "pycache"),
    }
    sys.stdout.flush()
    os.execve(binaries / arguments[2], arguments[2:], environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
