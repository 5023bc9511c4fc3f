"""Chance in the sealed world: the same numbers, tokens and generated names in every run; the host's own stay as they were."""

from __future__ import annotations

import itertools
import os
import random
import sys
import tempfile
import uuid
import weakref
from collections.abc import Iterator
from typing import Any

from taskcontract.world.files import TEMPORARY
from taskcontract.world.patches import replace, replace_method
from taskcontract.world.state import Run, active

SEED = 20_250_115
_streams: weakref.WeakKeyDictionary[Run, random.Random] = weakref.WeakKeyDictionary()
_real_seed = random.Random.seed
_SAME_NODE, _SAME_SEQUENCE = 0x02_42_AC_11_00_02, 0x1A2B


class ChanceLayer:
    """`random`, `os.urandom`, `secrets`, `uuid`, and temporary files' names, begun anew for every run."""

    name = "chance"

    def install(self) -> None:
        """Replace the sources of chance that keep no state; those that do are set and put back per run."""
        replace(os, "urandom", _bytes)
        if hasattr(os, "getrandom"):
            replace(os, "getrandom", _bytes)
        random._urandom = os.urandom  # type: ignore[attr-defined]
        replace_method(random.Random, "seed", _seed)
        replace(random, "seed", lambda original: _seed_shared)
        replace(uuid, "uuid1", _uuid1)
        self._saved: dict[str, Any] = {}

    def enter(self, run: Run) -> None:
        """Seed what has one state for the whole process."""
        shared = random._inst
        names = tempfile._name_sequence  # type: ignore[attr-defined]
        self._saved = {"random": random.getstate(), "names": names, "folder": tempfile.tempdir}
        _real_seed(shared, SEED)
        tempfile._name_sequence = _names()  # type: ignore[attr-defined]
        tempfile.tempdir = f"{run.directory}/{TEMPORARY}"
        uuid._last_timestamp = None  # type: ignore[attr-defined]
        numbers = sys.modules.get("numpy.random")
        if numbers is not None:
            self._saved["numpy"] = numbers.get_state()
            numbers.seed(SEED % 2**32)

    def exit(self, run: Run) -> None:
        """Put the host's states back."""
        random.setstate(self._saved["random"])
        tempfile._name_sequence = self._saved["names"]  # type: ignore[attr-defined]
        tempfile.tempdir = self._saved["folder"]
        if "numpy" in self._saved:
            sys.modules["numpy.random"].set_state(self._saved["numpy"])
        _streams.pop(run, None)


def _stream(run: Run) -> random.Random:
    stream = _streams.get(run)
    if stream is None:
        stream = random.Random.__new__(random.Random)
        _real_seed(stream, SEED)
        _streams[run] = stream
    return stream


def _names() -> Iterator[str]:
    return (f"{number:08d}" for number in itertools.count(1))


def _bytes(original: Any) -> Any:
    def urandom(size: int, *flags: Any) -> bytes:
        run = active()
        return bytes(original(size, *flags)) if run is None else _stream(run).randbytes(size)

    return urandom


def _seed(original: Any) -> Any:
    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        run = active()
        original(self, _stream(run).getrandbits(64) if run is not None and a is None else a, version)

    return seed


def _seed_shared(a: Any = None, version: int = 2) -> None:
    random._inst.seed(a, version)


def _uuid1(original: Any) -> Any:
    def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        if active() is None:
            made: uuid.UUID = original(node, clock_seq)
        else:
            made = original(_SAME_NODE if node is None else node, _SAME_SEQUENCE if clock_seq is None else clock_seq)
        return made

    return uuid1
