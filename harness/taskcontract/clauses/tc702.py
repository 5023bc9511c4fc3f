"""TC702: a cassette is played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from taskcontract.clauses import playing, reproduce, telling, unplayed
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.playing import Tape
from taskcontract.errors import CassetteError
from taskcontract.model import Case, Finding, TaskSpec, Value
from taskcontract.values import Configuration, alternative, candidates

MOST_RUNS: Final = 24


class CassettePlayed(Clause):
    """Every recorded interaction is used by some judged run.

    A recording that nothing asks for any more shows a service as it was to a task that no longer exists: it makes the
    cassette look like evidence for something that no run does, and it hides that a request was changed or dropped.

    Judged on the run that the cassette was recorded for, then, while something is left, on runs with more and fewer
    arguments, with switches flipped, with the accepted literals, and with a second call. Repetitions of a request that is
    played and what a played redirect leads to count as played. It is *unproven* where the run ends early, where other tasks are
    declared to share the cassette, and where words of the request are written in the task's module: some run may ask for it.

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
            return playing.played_nothing(subject, seen)
        played, runs = set(seen.played), 1
        for other in islice(self._others(bench, tape), MOST_RUNS):
            if not unplayed.left(interactions, played):
                break
            runs += 1
            played |= set(bench(other).played)
        left = unplayed.left(interactions, played)
        if not left:
            return holds(
                subject, f"what it holds is played by {counted(runs, 'run')}: {counted(len(played), 'interaction')}", runs
            )
        if doubt := self._doubt(bench, tape, case):
            return unproven(subject, f"{_said(tape, left, runs)}; but {doubt}", playing.SETTLE_BY_VALUES)
        askable = unplayed.askable(bench.spec, tape, left, played)
        certain = [n for n in left if n not in askable]
        if certain:
            return self._unplayed(bench, tape, subject, case, certain, runs)
        why = f"{_said(tape, left, runs)}; but of the first, {askable[left[0]]}"
        return unproven(subject, why, "values with which a run asks for it, declared")

    def _doubt(self, bench: Bench, tape: Tape, case: Case) -> str:
        """Why it cannot be said that nothing plays what is left."""
        seen = bench(case)
        if seen.unmatched or playing.ended_early(seen):
            return f"the run ended early: {telling.ending(seen)}"
        if shared := bench.spec.declared.get("cassette_shared", ()):
            return f"{', '.join(shared)} may play them"
        if not bench.steady(case, seen):
            return "two runs are never the same"
        return tape.doubt

    def _unplayed(self, bench: Bench, tape: Tape, subject: str, case: Case, left: list[int], runs: int) -> Finding:
        seen = bench(case)
        numbers = "{" + ", ".join(map(str, left)) + "}"
        return violated(
            subject,
            _said(tape, left, runs),
            expected="every recorded interaction is played by some run",
            actual=f"played by the recorded run: {', '.join(tape.line(n) for n in dict.fromkeys(seen.played))}"[:600],
            fix=f"{playing.named(tape.path)}: delete what nothing asks for, or `taskcontract record {bench.spec.id}` again",
            reproduce=reproduce.alone(case, f"not {numbers} - set(seen.played)"),
            cases=(case,),
            examples=runs,
        )

    def _others(self, bench: Bench, tape: Tape) -> Iterator[Case]:
        """Other runs that may play what is left: likely ones first."""
        for config in (*tape.wider, *_varied(bench.spec, tape.exact)):
            yield config.case(everywhere=True)
        whole = tape.exact.case(everywhere=True)
        yield whole.with_(route="twice", first=whole.call)


def _said(tape: Tape, left: list[int], runs: int) -> str:
    count = len(tape.recording.interactions)
    listed = ", ".join(tape.line(n) for n in left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
    is_ = "is" if len(left) == 1 else "are"
    return f"{len(left)} of {counted(count, 'recorded interaction')} {is_} played by none of {counted(runs, 'run')}: {listed}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _varied(spec: TaskSpec, exact: Configuration) -> Iterator[Configuration]:
    """Each switch flipped, each accepted literal, each argument that is not given, and without each that is."""
    open_ = replace(spec, declared={k: v for k, v in spec.declared.items() if k != "values"})
    names = dict.fromkeys(p.name for p in (*spec.run, *spec.init) if p.name not in spec.options)
    found = {name: candidates(open_, name) for name in names}
    for name, value in exact.values.items():
        if value.code in ("True", "False"):
            yield exact.setting(name, alternative(Value(value.code, (), "bool"), name))
    for name in names:
        special = [v for v in found[name] if v.kind in ("literal", "bool")]
        yield from (exact.setting(name, v) for v in special if v != exact.values.get(name))
    for name in names:
        if name not in exact.values:
            yield from (exact.setting(name, v) for v in found[name][:1])
            yield from (exact.setting(name, alternative(v, name)) for v in found[name][:1])
        elif (parameter := spec.run_parameter(name) or spec.init_parameter(name)) and not parameter.required:
            yield exact.setting(name, None)
