"""Observes cases in a process of its own, one way: `python -m tests.services.real_child HOW CLIENT...`.

HOW is `real`: unsealed, against the real servers, with the real clients recorded. `installed`: in the sealed world, with the
real clients there to be replaced. `absent`: in the sealed world, with the named clients hidden as if nobody had installed them.
The cases are read from standard input and the observations written to standard output, both pickled and by name.
"""

from __future__ import annotations

import pickle
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from taskcontract.frameworks import installed_framework
from taskcontract.loading import import_file
from taskcontract.model import Case, Observation
from taskcontract.world import importing
from taskcontract.world.observe import World

from .real_recorder import RecordingLayer


def hide(clients: frozenset[str]) -> None:
    """Have Python find none of these packages."""
    find = PathFinder.find_spec

    def find_spec(name: str, *where: Any) -> Any:
        return None if name.partition(".")[0] in clients else find(name, *where)

    PathFinder.find_spec = staticmethod(find_spec)  # type: ignore[method-assign,assignment]


def observe(how: str, cases: dict[str, Case]) -> dict[str, Observation]:
    """Every case once."""
    world = World(installed_framework(), (RecordingLayer(),) if how == "real" else None)
    for ref in {case.ref for case in cases.values()}:
        if ref.path is not None:
            importing.declare_library(Path(ref.path))
            import_file(Path(ref.path), importing.importer)
        elif how != "real":
            importing.importer(ref.module)
    seen = {name: world.observe(case) for name, case in cases.items()}
    world.close()
    return seen


def main() -> None:
    """What `python -m` runs."""
    how, *clients = sys.argv[1:]
    hide(frozenset(clients))
    found = observe(how, pickle.load(sys.stdin.buffer))
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main()
