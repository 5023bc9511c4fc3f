"""Searches for a working baseline: a configuration with which the task returns, or reaches the outside.

Try, read what went wrong, refine; a bounded number of runs. The result holds two configurations: `full`, with as many
parameters given as still work, and `minimal`, with as few. What a clause can prove stands on them: without one, most
verdicts are *unproven*, and `why` says where the search got stuck.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

from taskcontract.model import Answers, Case, Observation, Probe, TaskSpec, Value
from taskcontract.values.configuration import Configuration
from taskcontract.values.make import alternative, candidates
from taskcontract.values.refine import proposals

MOST_RUNS = 90
EXPLORING = Answers()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the search found.

    `full` and `minimal` are equal-footed: both ended as well as `seen` did. `works` is whether the run returned or reached the
    outside. `rejected` are names that no tried value could be given for without making the run end worse.
    """

    full: Configuration
    minimal: Configuration
    seen: Observation
    works: bool
    runs: int
    why: str = ""
    rejected: frozenset[str] = field(default_factory=frozenset)


def rank(seen: Observation) -> tuple[int, int, int]:
    """How far a run came: the larger the better."""
    outside = len({e.what for e in seen.effects if not e.constructing and not e.refused})  # a page more is no progress
    line = int(seen.outcome.trail[0].rpartition(":")[2]) if seen.outcome.trail else 0
    if seen.outcome.kind == "returned":
        return (9 if outside else 8, 0, 0)
    if seen.outcome.kind == "signal" and seen.outcome.type.endswith("SUCCESS"):
        return (8, outside, 0)
    if outside:
        return (7 if seen.outcome.kind in ("cut", "signal") else 6, outside, line)
    if any(e.refused for e in seen.effects):
        return (5, len(seen.effects), line)
    if seen.phase == "run":
        return (4 if seen.effects else 3, len(seen.effects), line)
    return ({"setup": 0, "construct": 1, "bind": 2}.get(seen.phase, 0), 0, line)


def find_baseline(spec: TaskSpec, probe: Probe, most_runs: int = MOST_RUNS, answers: Answers = EXPLORING) -> Baseline:
    """Search for a working baseline of `spec` with at most about `most_runs` runs of the task.

    `answers` are what the outside says back: a cassette or stubs; by default they are invented.
    """
    search = _Search(spec, probe, most_runs, answers)
    best = search.climb(search.start())
    best = search.settle(best)
    full, rejected = search.extend(best)
    minimal = search.reduce(full)
    seen = search.look(full)
    works = seen.reached
    why = "" if works else _stuck(seen, search.runs)
    return Baseline(full, minimal, seen, works, search.runs, why, rejected)


def _stuck(seen: Observation, runs: int) -> str:
    at = f" at {seen.outcome.trail[-1].rpartition('/')[2]}" if seen.outcome.trail else ""
    error = f"{seen.outcome.type}: {seen.outcome.text[:200]}"
    return f"no working configuration found in {runs} runs; the best ended {_STAGES[seen.phase]}: {error}{at}"


_STAGES = {"setup": "preparing the values", "construct": "constructing", "bind": "calling run", "run": "inside run"}


class _Search:
    def __init__(self, spec: TaskSpec, probe: Probe, most_runs: int, answers: Answers) -> None:
        self.spec, self.probe, self.most_runs, self.answers = spec, probe, most_runs, answers
        self.runs = 0
        self.seen: dict[Case, Observation] = {}

    def look(self, configuration: Configuration) -> Observation:
        case = configuration.case(everywhere=True)
        seen = self.seen.get(case)
        if seen is None:
            self.runs += 1
            seen = self.seen[case] = self.probe(case)
        return seen

    def start(self) -> list[Configuration]:
        """Everything but switches; only what has no default or is guarded; only what Python requires."""
        spec = self.spec
        env = tuple((str(n), str(v)) for n, v in dict(spec.declared.get("env", {})).items())
        empty = Configuration(spec, {}, self.answers, env)
        everything: dict[str, Value] = {}
        for parameter in (*spec.run, *spec.init):
            found = candidates(spec, parameter.name)
            if parameter.name not in spec.options and parameter.name not in everything and found:
                everything[parameter.name] = found[0]
        python = {p.name for p in (*spec.init, *spec.run) if p.required}
        guarded = {f.about for f in spec.facts if f.kind in ("guard", "required", "one-of")} & set(everything)
        no_default = {
            n for n in everything
            if all(p.default in ("None", "MISSING") or p.required for p in (spec.run_parameter(n), spec.init_parameter(n)) if p)
        }  # fmt: skip
        declared = set(spec.declared.get("values", {}))

        def only(names: set[str]) -> Configuration:
            return empty.with_(values={n: v for n, v in everything.items() if n in names | declared})

        loud = {n for n, v in everything.items() if v.kind != "bool" or n in python}
        starts = [only(no_default & loud | python), only(loud), only(guarded | python), only(python)]
        return list({s.case(everywhere=True): s for s in starts}.values())

    def climb(self, starts: list[Configuration]) -> Configuration:
        """Best-first: from the best seen, try proposals until one is better; go on from there."""
        ranked = sorted(starts, key=lambda c: rank(self.look(c)), reverse=True)
        best = ranked[0]
        exhausted: list[Configuration] = []
        while self.runs < self.most_runs:
            if rank(self.look(best))[0] >= 8:
                return best
            better = self._better(best)
            if better is not None:
                best = better
                continue
            exhausted.append(best)
            rest = [c for c in ranked if c not in exhausted]
            if not rest or len(exhausted) > 3:
                break
            best = rest[0]
        return max([best, *exhausted], key=lambda c: rank(self.look(c)))

    def _better(self, current: Configuration) -> Configuration | None:
        now = self.look(current)
        elsewhere: list[Configuration] = []  # another complaint from the same place: perhaps the next step
        for _, proposal in proposals(current, now):
            if self.runs >= self.most_runs:
                break
            if proposal.case(everywhere=True) in self.seen:
                continue
            then = self.look(proposal)
            if rank(then) > rank(now):
                return proposal
            moved = (then.outcome.type, then.outcome.text) != (now.outcome.type, now.outcome.text)
            if moved and rank(then) == rank(now):
                elsewhere.append(proposal)
        return next((c for c in elsewhere if self._by_client(c)), elsewhere[0]) if elsewhere else None

    def _by_client(self, configuration: Configuration) -> bool:
        """Whether the complaint is an error of a client's own, which comes later than one about a type that does not fit."""
        seen = self.look(configuration)
        return seen.outcome.deep and "." in seen.outcome.type

    def settle(self, best: Configuration) -> Configuration:
        """Replace invented answers by plain documents, if the run ends as well with them."""
        seen = self.look(best)
        if seen.learned == best.answers:
            return best
        for answers in (seen.learned, Answers(choices=seen.learned.choices)):
            plain = best.with_(answers=answers)
            if rank(self.look(plain))[0] >= rank(seen)[0]:
                return plain
        return best

    def extend(self, best: Configuration) -> tuple[Configuration, frozenset[str]]:
        """Give every further parameter that can be given without the run ending worse."""
        rejected: set[str] = set()
        for parameter in (*self.spec.run, *self.spec.init):
            name = parameter.name
            if name in best.values or name in self.spec.options or self.runs >= self.most_runs * 2:
                continue
            level = rank(self.look(best))[0]
            wider = self._widened(best, name, level)
            if wider is None:
                rejected.add(name)
            else:
                best = wider
        return best, frozenset(rejected)

    def _widened(self, best: Configuration, name: str, level: int) -> Configuration | None:
        """`best` with a value for `name` that does not make it end worse: a likely one, or what its complaint asks for."""
        tried: list[Configuration] = []
        for value in self._worth_trying(name):
            wider = best.setting(name, value)
            if rank(self.look(wider))[0] >= level:
                return wider
            tried.append(wider)
        for failed in tried[:2]:
            asked = (p for _, p in proposals(failed, self.look(failed)) if name in p.values and p.setting(name, None) == best)
            for proposal in itertools.islice(asked, 4):
                if rank(self.look(proposal))[0] >= level:
                    return proposal
        explored = best.with_(answers=Answers())
        for wider in (explored.setting(name, t.values[name]) for t in tried[:1] if best.answers.documents):
            if rank(self.look(wider))[0] >= level:
                settled = self.settle(wider)  # the recorded answers were for a configuration without it
                return settled if rank(self.look(settled))[0] >= level else wider
        return None

    def _worth_trying(self, name: str) -> list[Value]:
        found = list(candidates(self.spec, name))[:3]
        defaults = {str(p.default) for p in (self.spec.run_parameter(name), self.spec.init_parameter(name)) if p}
        flipped = [alternative(v, name) for v in found if v.code in defaults]
        return [*flipped, *(v for v in found if v.code not in defaults)]

    def reduce(self, full: Configuration) -> Configuration:
        """Leave out every parameter without which the run still ends as well."""
        level = rank(self.look(full))[0]
        minimal = full
        if level < 6:
            return full
        for name in [*reversed(list(full.values))]:
            sides = [p for p in (self.spec.run_parameter(name), self.spec.init_parameter(name)) if p]
            if any(p.required and name not in self.spec.decorated for p in sides) or self.runs >= self.most_runs * 3:
                continue
            narrower = minimal.setting(name, None)
            if rank(self.look(narrower))[0] >= level:
                minimal = narrower
        return replace(minimal)
