"""Recorded answers: finding one among many, and reading a cassette of many, beside vcrpy and `responses`."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from benchmarks.table import Table, ratio
from taskcontract.cassettes.load import loaded
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.save import save
from taskcontract.cassettes.template import Template

HOST = "https://shop.example"
JSON = (("Content-Type", "application/json"),)
SIZES = (1, 10, 100, 1_000, 10_000)

Ask = Callable[[int], object]
"""Looks the recorded request of that number up, and answers it."""


def recording(count: int) -> Recording:
    """`count` different requests, and what they are answered."""
    return Recording(tuple(Interaction(Request("GET", _url(n), JSON), Response(200, JSON, _body(n))) for n in range(count)))


def _url(number: int) -> str:
    return f"{HOST}/shelves/shelf-recorded/items/{number:05d}?page=1"


def _body(number: int) -> bytes:
    item = {"id": number, "shelf": "shelf-recorded", "tags": ["new", "large"], "maker": {"name": "Ann", "url": f"{HOST}/ann"}}
    return json.dumps(item).encode()


def look_up(quick: bool) -> Table:
    """The cost of finding one recorded request among so many, and of answering it."""
    sizes = SIZES[:4] if quick else SIZES
    rounds = 3 if quick else 7
    table = Table(
        "Finding one of so many recorded requests, µs",
        [*(f"{size:,}" for size in sizes), f"at {sizes[-1]:,} to vcrpy"],
        f"median of {rounds} rounds of processor time, each asking for requests all over the cassette; no client involved",
    )
    ways: dict[str, Callable[[Recording, Path], Any]] = {
        "taskcontract, the recorded values": by_template,
        "taskcontract, values never seen before": by_template_for_others,
        "vcrpy, cassette held open": by_vcrpy,
        "responses, its registry": by_responses,
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            recorded = recording(size)
            for name, way in ways.items():
                with way(recorded, Path(folder)) as ask:
                    taken[name].append(_each(ask, size, rounds))
    reference = taken["vcrpy, cassette held open"][-1]
    for name, costs in taken.items():
        table.add(name, *(f"{cost * 1e6:,.0f}" for cost in costs), ratio(costs[-1], reference))
    return table


def _each(ask: Ask, size: int, rounds: int) -> float:
    """Seconds for one look-up: the median over rounds."""
    began = time.process_time()
    ask(size - 1)
    repeats = max(3, min(300, int(0.05 / max(time.process_time() - began, 1e-6))))  # linear ones take long
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        for number in range(repeats):
            ask(number * 7_919 % size)
        taken.append((time.process_time() - began) / repeats)
    return statistics.median(taken)


# --- the ways --------------------------------------------------------------------------------------------------------


@contextmanager
def by_template(recorded: Recording, folder: Path) -> Iterator[Ask]:
    """A player of the compiled recording, asked for what was recorded."""
    player = Template(recorded).player({})
    yield lambda number: player.answer(Request("GET", _url(number), JSON))


@contextmanager
def by_template_for_others(recorded: Recording, folder: Path) -> Iterator[Ask]:
    """The same with a hole, filled with another value each time: every request and answer is a new one."""
    template = Template(Recording(recorded.interactions, {"shelf": "shelf-recorded"}))
    player = template.player({"shelf": ["mine"]})
    asked = iter(range(10**9))
    yield lambda n: player.answer(Request("GET", f"{HOST}/shelves/mine-{next(asked)}/items/{n:05d}?page=1", JSON))


@contextmanager
def by_vcrpy(recorded: Recording, folder: Path) -> Iterator[Ask]:
    """`Cassette.play_response` of a cassette held open, which may repeat."""
    import vcr
    from vcr.request import Request as Asked

    file = folder / "asked.json"
    save(recorded, file)
    recorder = vcr.VCR(record_mode="none", serializer="json")
    with recorder.use_cassette(str(file), allow_playback_repeats=True) as cassette:
        yield lambda number: cassette.play_response(Asked("GET", _url(number), b"", {}))


@contextmanager
def by_responses(recorded: Recording, folder: Path) -> Iterator[Ask]:
    """`FirstMatchRegistry.find`, with a request that is already prepared."""
    from responses import Response as Stub
    from responses.registries import FirstMatchRegistry

    registry = FirstMatchRegistry()
    prepared = []
    for interaction in recorded.interactions:
        registry.add(Stub("GET", interaction.request.url, body=interaction.response.body, status=200))
        prepared.append(requests.Request("GET", interaction.request.url).prepare())
        prepared[-1].params = {"page": "1"}  # type: ignore[attr-defined] # as responses does itself
    yield lambda number: registry.find(prepared[number])


# --- loading ---------------------------------------------------------------------------------------------------------


def load(quick: bool) -> Table:
    """Reading a large cassette, to the point where it answers."""
    count = 1_000 if quick else 10_000
    with tempfile.TemporaryDirectory() as folder:
        files = {"YAML": Path(folder) / "large.yaml", "JSON": Path(folder) / "large.json"}
        for file in files.values():
            save(recording(count), file)
        table = Table(
            f"Reading a cassette of {count:,} interactions, {files['YAML'].stat().st_size / 2**20:.1f} MB of YAML",
            ["seconds", "to vcrpy", "MB kept", "MB at most"],
            "processor time of one reading in a fresh cache; memory as Python counts it, in another",
        )
        for kind, file in files.items():
            reference = _reading(lambda f=file: _vcrpy_reads(f))  # type: ignore[misc]
            own = _reading(lambda f=file: loaded(f))  # type: ignore[misc]
            whole = _reading(lambda f=file: Template(loaded(f)[0]))  # type: ignore[misc]
            table.add(f"vcrpy, {kind}", *_cells(reference, reference))
            table.add(f"taskcontract, {kind}", *_cells(own, reference))
            table.add(f"taskcontract, {kind}, compiled", *_cells(whole, reference))
    return table


def _vcrpy_reads(file: Path) -> Any:
    from vcr.persisters.filesystem import FilesystemPersister
    from vcr.serializers import jsonserializer, yamlserializer

    return FilesystemPersister.load_cassette(file, jsonserializer if file.suffix == ".json" else yamlserializer)


def _reading(read: Callable[[], Any]) -> tuple[float, float, float]:
    """Processor seconds, bytes kept and bytes at most."""
    _forget()
    began = time.process_time()
    read()
    seconds = time.process_time() - began
    _forget()
    tracemalloc.start()
    kept = read()
    now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return seconds, now, most


def _forget() -> None:
    from taskcontract.cassettes import load as loading
    from taskcontract.cassettes import sent

    loading._by_stamp.clear()
    loading._by_content.clear()
    sent._sent.cache_clear()


def _cells(measured: tuple[float, float, float], reference: tuple[float, float, float]) -> list[str]:
    seconds, now, most = measured
    return [f"{seconds:.2f}", ratio(seconds, reference[0]), f"{now / 2**20:.0f}", f"{most / 2**20:.0f}"]
