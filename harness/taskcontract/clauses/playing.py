"""What the clauses about recordings share: the cassette of a task, and the run that it was recorded for.

A recording answers for any value, but only the values that it was recorded with must be answered: what else a task can be
given may lead it to requests that nobody has recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from taskcontract.cassettes.load import load
from taskcontract.cassettes.recording import Interaction, Recording
from taskcontract.clauses import telling
from taskcontract.clauses.bench import Bench, unproven
from taskcontract.model import Answers, Finding, Observation, TaskSpec, Value
from taskcontract.values import Configuration

SUBJECT: Final = "the cassette"
NOTHING: Final = "no cassette answers it"
ENDED: Final = ("returned", "signal")
"""How a run ends that went on to its end."""


def cassette_path(spec: TaskSpec) -> str:
    """The file that answers the task, or ""."""
    return str(spec.declared.get("cassette", ""))


def subjects(spec: TaskSpec) -> tuple[str, ...]:
    """The cassette, if the task has one."""
    return (SUBJECT,) if cassette_path(spec) else ()


def recording_of(spec: TaskSpec) -> Recording:
    """What the task's cassette holds. Raises CassetteError when it cannot be read."""
    return load(Path(cassette_path(spec)))


def named(path: str) -> str:
    """A cassette as messages call it: its file's name."""
    return Path(path).name


@dataclass(frozen=True, slots=True)
class Tape:
    """A task's recording, with the configuration that it was recorded for.

    `doubt` says why that configuration may be another one, or is "". `wider` are further configurations that it answers.
    """

    path: str
    recording: Recording
    exact: Configuration
    doubt: str = ""
    wider: tuple[Configuration, ...] = ()

    def line(self, index: int) -> str:
        """One interaction in words, counted as a reader counts."""
        return f"interaction {index + 1} ({asked(self.recording.interactions[index])})"


def asked(interaction: Interaction) -> str:
    """`GET https://…`."""
    return f"{interaction.request.method} {interaction.request.url}"


def tape(bench: Bench) -> Tape:
    """The recording of the bench's task. Raises CassetteError when it cannot be read."""
    path, recording = cassette_path(bench.spec), recording_of(bench.spec)
    base = bench.recorded or bench.baseline
    answers = Answers(cassette=path)
    full, minimal = base.full.with_(answers=answers), base.minimal.with_(answers=answers)
    told = _told(bench.spec, recording.values)
    known = {**_declared(bench, full), **{n: full.values.get(n, v) for n, v in told.items()}}
    exact = minimal.with_(values={**minimal.values, **known})
    doubt = "" if known else f"{named(path)} does not say with which values it was recorded"
    changed = [n for n, v in told.items() if exact.values[n].code != v.code]
    if changed:
        doubt = f"no run works with the recorded value of `{changed[0]}`"
    return Tape(path, recording, exact, doubt, tuple(c for c in (full, minimal) if c.values != exact.values))


def _told(spec: TaskSpec, values: Mapping[str, Any]) -> dict[str, Value]:
    """The recorded values that are the task's parameters; what was scrubbed is no value to run with."""
    own = {p.name for p in (*spec.init, *spec.run)} - spec.options
    return {n: Value.of(v) for n, v in values.items() if n in own and "{{" not in repr(v)}


def _declared(bench: Bench, full: Configuration) -> dict[str, Value]:
    return {n: full.values[n] for n in bench.spec.declared.get("values", {}) if n in full.values}


def ended_early(seen: Observation) -> bool:
    """Whether the run did not come to its end, so that what it might have asked for is not known."""
    return seen.outcome.kind not in ENDED or seen.phase != "run"


def played_nothing(subject: str, seen: Observation) -> Finding:
    """Nothing was asked over HTTP: because a stand-in took the place of the client, or because the run did not come to it."""
    replaced = sorted(via.partition(":")[2] for via in seen.via if via.startswith(("phantom:", "stand-in:")))
    if replaced:
        why = f"nothing is asked over HTTP where a stand-in answers for {', '.join(replaced)}"
        return unproven(subject, why, f"an environment with {replaced[0]}, whose requests can be answered from the cassette")
    return unproven(subject, f"the run it was recorded for asked for nothing: {telling.ending(seen)}", SETTLE_BY_VALUES)


SETTLE_BY_VALUES: Final = (
    'the values it was recorded with: [tool.taskcontract.tasks."…"] values = { … }, or a recording by `taskcontract record`'
)
