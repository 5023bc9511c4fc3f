"""The sealed world: runs one case of a task and says what was seen.

The only place where a task is run. `World` holds the layers that seal (network, processes, files, clock, environment, HTTP,
phantoms, stand-ins), installs each once per process, and for every case sets them up, constructs the task, calls it, and
turns what was recorded into an `Observation`. Nothing a task does is allowed out: every exception, whatever its base, ends
in an outcome.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from taskcontract.frameworks import Framework
from taskcontract.model import Case, Observation
from taskcontract.world import ahead, garbage, memories, state
from taskcontract.world.attempt import Attempt
from taskcontract.world.state import Layer, Run


def default_layers() -> tuple[Layer, ...]:
    """The complete sealed world, outermost first."""
    from taskcontract.world import guard, http, phantoms, standins

    return (*guard.LAYERS, http.HttpLayer(), phantoms.PhantomLayer(), standins.StandinLayer())


class World:
    """Observes cases, one at a time. `framework` runs tasks; `layers` seal (default: all of them).

    One per process is enough; `close` removes the folder that the cases ran in.
    """

    def __init__(self, framework: Framework, layers: Sequence[Layer] | None = None) -> None:
        self.framework = framework
        self.layers = tuple(default_layers() if layers is None else layers)
        self.root = Path(os.path.realpath(tempfile.mkdtemp(prefix="taskcontract-")))
        self._case = self.root / "case"
        self._forget = weakref.finalize(self, _remove, self.root, os.getpid())
        self.executions = 0
        for layer in self.layers:
            layer.install()

    def close(self) -> None:
        """Remove the cases' folder."""
        self._forget()

    def observe(self, case: Case) -> Observation:
        """Run `case` once and say what was seen. Raises nothing that the task did; a real Ctrl-C passes."""
        self.executions += 1
        ahead.imported(self.framework, case.ref)
        memory = memories.remembered(case.ref.module)
        started = time.perf_counter()
        try:
            seen = contextvars.copy_context().run(self._observed, case)
        finally:
            memory.put_back()
        object.__setattr__(seen, "seconds", time.perf_counter() - started)
        return seen

    def _observed(self, case: Case) -> Observation:
        return self._twice(case) if case.route == "twice" else Attempt(self, case).observe()

    def _twice(self, case: Case) -> Observation:
        """The second run of an instance, told like a first one: with what constructing it did."""
        first = Attempt(self, case.with_(call=case.first, route="direct"))
        opening = first.observe()
        if opening.phase in ("setup", "construct"):
            return opening
        second = Attempt(self, case.with_(route="direct"), task=first.task).observe()
        return replace(second, effects=(*opening.effects[: first.constructing_effects], *second.effects))

    def fresh_directory(self) -> Path:
        """An empty folder, the same path for every case: paths in traces compare equal."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            with os.scandir(self._case) as entries:
                if next(entries, None) is None:
                    return self._case
            shutil.rmtree(self._case, ignore_errors=True)
        self._case.mkdir(parents=True, exist_ok=True)
        return self._case

    @contextlib.contextmanager
    def sealed(self, run: Run) -> Iterator[None]:
        """Every layer set up for `run`, and undone in reverse whatever happens."""
        entered: list[Layer] = []
        with garbage.settled():
            try:
                for layer in self.layers:
                    entered.append(layer)
                    layer.enter(run)
                with state.running(run):
                    yield
                    garbage.end_young()
            finally:
                for layer in reversed(entered):
                    layer.exit(run)


def _remove(root: Path, owner: int) -> None:
    """Remove the cases' folder, in the process that made it: a fork of it must not."""
    if os.getpid() == owner:
        shutil.rmtree(root, ignore_errors=True)


__all__ = ["World", "default_layers"]
