"""TC702: a cassette is played."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final
from urllib.parse import urljoin

from taskcontract.cassettes.recording import Interaction
from taskcontract.clauses import playing, reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.playing import Tape
from taskcontract.errors import CassetteError
from taskcontract.model import Case, Finding, TaskSpec
from taskcontract.values import Configuration, alternative, candidates

MOST_RUNS: Final = 24


class CassettePlayed(Clause):
    """Every recorded interaction is used by some judged run.

    A recording that nothing asks for any more shows a service as it was to a task that no longer exists: it makes the
    cassette look like evidence for something that no run does, and it hides that a request was changed or dropped.

    Judged on the run that the cassette was recorded for, then, while something is left, on runs with more and fewer
    arguments, with switches flipped, with the accepted literals, and with a second call. Repetitions of a request that is
    played and what a played redirect leads to count as played. Nothing is said where the run ends early, and where other tasks
    are declared to share the cassette.

    `taskcontract check --cassettes-only` says here, too, which cassettes belong to tasks that are no longer there, and which
    stand behind another one of the same task.
    """

    code, slug = "TC702", "cassette-played"
    nothing = playing.NOTHING

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return playing.subjects(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        try:
            tape = playing.tape(bench)
        except CassetteError as error:
            return unproven(subject, str(error), "a cassette that can be read")
        interactions = tape.recording.interactions
        if not interactions:
            return unproven(subject, f"{playing.named(tape.path)} holds no interaction", "a cassette with a conversation")
        case = tape.exact.case(everywhere=True)
        seen = bench(case)
        if not seen.played:
            why = f"the run it was recorded for played nothing: {telling.ending(seen)}"
            return unproven(subject, why, playing.SETTLE_BY_VALUES)
        played, runs = set(seen.played), 1
        for other in islice(self._others(bench, tape), MOST_RUNS):
            if not _left(interactions, played):
                break
            runs += 1
            played |= set(bench(other).played)
        left = _left(interactions, played)
        if not left:
            return holds(subject, f"all {len(interactions)} interactions are played by {runs} run{'s' * (runs > 1)}", runs)
        said = f"{len(left)} of {len(interactions)} recorded interactions are played by none of {runs} runs: "
        said += ", ".join(tape.line(n) for n in left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        shared = bench.spec.declared.get("cassette_shared", ())
        if seen.unmatched or playing.ended_early(seen):
            return unproven(subject, f"{said}; but the run ended early: {telling.ending(seen)}", playing.SETTLE_BY_VALUES)
        if shared:
            return unproven(subject, f"{said}; {', '.join(shared)} may play them", "a cassette for each task")
        if not bench.steady(case, seen):
            return unproven(subject, f"{said}; but two runs are never the same", "a task whose runs can be compared")
        if tape.doubt:
            return unproven(subject, f"{said}; but {tape.doubt}", playing.SETTLE_BY_VALUES)
        return self._unplayed(bench, tape, subject, case, said, played, runs)

    def _unplayed(self, bench: Bench, tape: Tape, subject: str, case: Case, said: str, played: set[int], runs: int) -> Finding:
        whole = f"set(range({len(tape.recording.interactions)}))"
        return violated(
            subject,
            said,
            expected="every recorded interaction is played by some run",
            actual=f"played: {', '.join(tape.line(n) for n in sorted(played)[:5])}" + ", …" * (len(played) > 5),
            fix=f"{playing.named(tape.path)}: delete what nothing asks for, or `taskcontract record {bench.spec.id}` again",
            reproduce=reproduce.alone(case, f"{whole} <= set(seen.played)"),
            cases=(case,),
            examples=runs,
        )

    def _others(self, bench: Bench, tape: Tape) -> Iterator[Case]:
        """Other runs that may play what is left: likely ones first."""
        for config in (*tape.wider, *_varied(bench.spec, tape.exact)):
            yield config.case(everywhere=True)
        whole = tape.exact.case(everywhere=True)
        yield whole.with_(route="twice", first=whole.call)


def _varied(spec: TaskSpec, exact: Configuration) -> Iterator[Configuration]:
    """Each switch flipped, each accepted literal, each argument that is not given."""
    for name, value in exact.values.items():
        if value.kind == "bool" or value.code in ("True", "False"):
            yield exact.setting(name, alternative(value, name))
    names = [p.name for p in (*spec.run, *spec.init) if p.name not in spec.options]
    for name in dict.fromkeys(names):
        found = candidates(spec, name)
        yield from (exact.setting(name, v) for v in found if v.kind in ("literal", "bool") and v != exact.values.get(name))
        if name not in exact.values:
            yield from (exact.setting(name, v) for v in found[:1])
            yield from (exact.setting(name, alternative(v, name)) for v in found[:1])


def _left(interactions: tuple[Interaction, ...], played: set[int]) -> list[int]:
    """What no run has asked for, in order."""
    requests = {_key(interactions[n]) for n in played if n < len(interactions)}
    places = {place for n in played if n < len(interactions) for place in _led_to(interactions[n])}
    return [
        n
        for n, each in enumerate(interactions)
        if n not in played and _key(each) not in requests and each.request.url.partition("#")[0] not in places
    ]


def _key(interaction: Interaction) -> tuple[str, str, bytes]:
    return (interaction.request.method, interaction.request.url, interaction.request.body)


def _led_to(interaction: Interaction) -> list[str]:
    if not 300 <= interaction.response.status < 400:
        return []
    said = [value for name, value in interaction.response.headers if name.lower() == "location"]
    return [urljoin(interaction.request.url, place).partition("#")[0] for place in said]
