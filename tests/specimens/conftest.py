"""Judges files and folders of specimens in this process, each target loaded once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskcontract.config import Config
from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Cell, TaskSpec, Unimportable

Judge = Callable[[Path, str, str], Cell]


class Sessions:
    """The sessions of all targets that were asked for, and the cells that they judged."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Session, dict[str, str]]] = {}
        self._judged: dict[tuple[Path, str, str], Cell] = {}

    def judge(self, target: Path, name: str, code: str) -> Cell:
        """The cell of one clause about one task, which is told as `module:Class`, or as `Class` if the target is a file."""
        key = (target, name, code)
        if key not in self._judged:
            session, ids = self._of(target)
            self._judged[key] = session.judge(ids[name], code)
        return self._judged[key]

    def _of(self, target: Path) -> tuple[Session, dict[str, str]]:
        if target not in self._known:
            config = Config(root=target if target.is_dir() else target.parent)  # whose folder `cassettes` answers
            session = Session(Settings((str(target),), config=config))
            loaded = session.load()
            assert [t for t in loaded if isinstance(t, Unimportable)] == []
            specs = [t for t in loaded if isinstance(t, TaskSpec)]
            declared = {t.id: d for t in specs if (d := _declared(t))}
            if declared:
                session = Session(Settings((str(target),), config=replace(config, tasks=declared)))
                session.load()
            self._known[target] = session, {_short(t, target): t.id for t in specs}
        return self._known[target]

    def close(self) -> None:
        for session, _ in self._known.values():
            session.close()


def _declared(spec: TaskSpec) -> dict[str, Any]:
    """What a file declares of a task in it: `ANSWERS` maps classes to functions that write stubs, `DECLARED` to the rest."""
    module: Any = sys.modules[spec.ref.module]
    stubs = getattr(module, "ANSWERS", {}).get(spec.ref.qualname)
    declared = dict(getattr(module, "DECLARED", {}).get(spec.ref.qualname, {}))
    return {**declared, "answers": f"{stubs.__module__}:{stubs.__qualname__}"} if stubs is not None else declared


def _short(spec: TaskSpec, target: Path) -> str:
    name = spec.ref.qualname
    return name if target.is_file() else f"{Path(spec.ref.file or '').stem}:{name}"


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    sessions = Sessions()
    yield sessions.judge
    sessions.close()
