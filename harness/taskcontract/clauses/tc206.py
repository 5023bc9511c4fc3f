"""TC206: a run leaves everything as it was."""

from __future__ import annotations

from collections import Counter

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import (
    SETTLE_BY_CONFIGURATION,
    Bench,
    holds,
    unproven,
    unstable,
    violated,
)
from taskcontract.clauses.clause import Clause
from taskcontract.model import Case, Change, Finding, Observation, TaskSpec, Value
from taskcontract.values import Configuration, alternative, candidates

INSTANCE, CALLER, ENVIRONMENT, SECOND = "the instance", "the caller's objects", "the environment", "a second run"
SWITCHES = 4
"""How many switches are tried the other way."""
_WHERE = {INSTANCE: "instance", CALLER: "caller", ENVIRONMENT: "environment"}
_EMPTY = {"dict": "{}", "list": "[]", "set": "set()"}
_MUTABLE = ("[", "{", "thing(", "set(", "dict(", "list(")


class TemplateUnchanged(Clause):
    """A run leaves the instance, the caller's objects and the environment as they were, and does not affect a second run.

    A task is a template: one instance is called several times in a flow, mapped over hundreds of inputs, run in threads.
    `self.repo = repo` in `run` makes the first call's value the second's default; `params.update(...)` changes a dict that
    the caller still uses; `os.environ[...] = ...` outlives the task.

    Judged on a run with the call's values different from construction's, with as little given as works, and with switches the
    other way: what changed on the instance, in the objects that were passed in, in `os.environ`; and whether a second call
    that leaves everything to construction does what a fresh instance does, but for what is done once for all, such as making a
    client, whatever the first call's values were. A private attribute (leading underscore) that is
    filled lazily and does not change the second run is not a breach.
    """

    code, slug = "TC206", "template-unchanged"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        own = (INSTANCE,) if spec.ref.kind == "class" else ()
        return (*own, CALLER, ENVIRONMENT, *((SECOND,) if spec.ref.kind == "class" else ()))

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        if subject == SECOND:
            return self._second(bench)
        config = bench.baseline.full
        decoys = {n: alternative(config.values[n], n, 3) for n in config.shared}
        usable = [config.case(decoys=decoys), config.case(), config.case(everywhere=True, init=config.shared)]
        usable += [other.case() for other in _otherwise(bench)]
        cases = [c for c in usable if bench(c).phase == "run"]
        changed = [(c, x) for c in cases for x in bench(c).changes if x.where == _WHERE[subject] and not _private(subject, x)]
        if changed:
            case, change = changed[0]
            return self._changed(bench, subject, case, change) if bench.steady(case, bench(case)) else unstable(subject)
        if subject == CALLER and not any(v.code.startswith(_MUTABLE) for v in config.values.values()):
            return None  # nothing that could have been changed was passed in
        if not cases or not any(bench(c).reached for c in cases):
            return unproven(subject, bench.why_not(), SETTLE_BY_CONFIGURATION)
        return holds(subject, f"{subject} is as before after {len(cases)} ways to call it", len(cases))

    def _changed(self, bench: Bench, subject: str, case: Case, change: Change) -> Finding:
        name = _NAMED.get(subject, "{0}").format(change.name)
        check = f"not [c for c in seen.changes if c.where == {change.where!r}]"
        built = case.with_(route="construct", call=(), positional=())
        earlier = next((c for c in bench(built).changes if (c.where, c.name) == (change.where, change.name)), None)
        who, line = "a run", telling.place_of_run(bench.spec)
        if earlier is not None:
            case, change, who, line = built, earlier, "construction", telling.place_of_init(bench.spec)
        path, before, after = telling.parting(change.before, change.after)
        return violated(
            subject,
            f"{who} changes `{name}`: {telling.usage(case, {change.name})} leaves it {path}{telling.short(after)}",
            expected=f"`{name}` as before: {path}{telling.short(before)}",
            actual=f"{path}{telling.short(after)}",
            fix=f"{line}: " + _REMEDY[subject].format(name=name),
            reproduce=reproduce.alone(case, check),
            cases=(case,),
        )

    def _second(self, bench: Bench) -> Finding:
        config = bench.baseline.full
        at_init = config.case(everywhere=True, init=config.shared)
        others = config.with_(values={**config.values, **{n: alternative(config.values[n], n, 3) for n in config.shared}})
        varied = {*config.shared, *_of_calls(bench)}
        decoys = {n: alternative(v, n, 3) for n, v in config.values.items() if n in varied}
        all_others = config.with_(values={**config.values, **decoys})
        twice = at_init.with_(route="twice", first=others.case().call)
        more = at_init.with_(route="twice", first=all_others.case().call)
        alone, seen = bench(at_init), bench(twice)
        if more != twice and seen.trace == alone.trace and bench(more).trace != alone.trace:
            twice, others, seen = more, all_others, bench(more)
        if alone.phase != "run" or not alone.reached:
            why = telling.ending(alone) if bench.works else bench.why_not()
            return unproven(SECOND, why, SETTLE_BY_CONFIGURATION)
        if seen.trace == alone.trace:
            first = bench(at_init.with_(call=others.case().call))
            if first.phase != "run":
                return unproven(SECOND, f"the first run did not begin: {telling.ending(first)}", SETTLE_BY_CONFIGURATION)
            return holds(SECOND, "after a run with other values, a second run does what a fresh instance does", 3)
        if bench.unsteady(at_init, twice):
            return unstable(SECOND)
        alike = bench(at_init.with_(route="twice", first=config.case().call))
        if alike.trace == seen.trace and _does_less(seen, alone):
            return holds(SECOND, "a second run does what a fresh instance does, less what the first has done once for all", 4)
        expected, actual = telling.difference(alone, seen)
        return violated(
            SECOND,
            "a second run is affected by the first: "
            f"{telling.usage(at_init)} {telling.ending(seen)} after a run with other values",
            expected=f"as on a fresh instance: {expected}",
            actual=actual,
            fix=f"{telling.place_of_run(bench.spec)}: keep what a run computes in local names, "
            "not on `self`, the class or the module",
            reproduce=reproduce.agreeing(at_init, twice),
            cases=(twice, at_init),
            examples=2,
        )


_NAMED = {INSTANCE: "self.{0}", ENVIRONMENT: "os.environ[{0!r}]"}
_REMEDY = {
    INSTANCE: "use a local name instead of `{name}`",
    CALLER: "work on a copy of `{name}` (`dict({name})`, `copy.deepcopy`) instead of changing it",
    ENVIRONMENT: "pass the variable to what needs it (`env=`) instead of setting `{name}`",
}


def _of_calls(bench: Bench) -> set[str]:
    """Credentials that only a call can give: what a client that is kept for all runs is made with."""
    return {p.name for p in bench.spec.run if any(bench.spec.about("credential", p.name))} - {p.name for p in bench.spec.init}


def _otherwise(bench: Bench) -> list[Configuration]:
    """With as little as works, with each switch the other way, and with containers that only do when they are empty.

    What a run changes may hang on any of them.
    """
    full, minimal = bench.baseline.full, bench.baseline.minimal
    switches = [n for n, v in full.values.items() if v.kind == "bool"][:SWITCHES]
    flipped = [full.setting(n, alternative(full.values[n], n)) for n in switches]
    names = dict.fromkeys(
        p.name for p in (*bench.spec.run, *bench.spec.init) if p.name not in {*full.values, *bench.spec.options}
    )
    sorts = {n: found[0].kind.partition(":")[0] for n in names if (found := candidates(bench.spec, n))}
    empty = [full.setting(n, Value(_EMPTY[sort], (), sort)) for n, sort in sorts.items() if sort in _EMPTY]
    return [*([minimal] if minimal.values != full.values else []), *flipped, *empty]


def _does_less(seen: Observation, alone: Observation) -> bool:
    """Whether a run ends as one alone does, and does the same but for some of it: a client that was kept is not made again.

    In any order: the making of a kept client shows when it is first used.
    """
    if (seen.outcome.kind, seen.outcome.value) != (alone.outcome.kind, alone.outcome.value):
        return False
    done, once = (Counter(repr((e.kind, e.what, e.detail)) for e in each.effects) for each in (seen, alone))
    return done <= once


def _private(subject: str, change: Change) -> bool:
    return subject == INSTANCE and change.name.startswith("_")
