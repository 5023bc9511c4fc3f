"""TC203: falsy values given to the call win as well."""

from __future__ import annotations

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, unstable, violated
from taskcontract.clauses.sharedvalue import SharedValueClause, two_meanings, unseen
from taskcontract.clauses.sharing import construction_unread, frame_agrees, frame_differs, line_to_change, promised
from taskcontract.model import Finding, TaskSpec, Value
from taskcontract.values import Configuration, falsy
from taskcontract.values.make import FALSY
from taskcontract.values.sorts import sorts

_FALSY_SORTS = {
    "bool", "int", "float", "dict", "set", "tuple", "bytes", "text", "list", "path", "url", "email", "isodate", "query",
    "command", "shape", "literal", "json", "folder",
}  # fmt: skip


class FalsyValueWins(SharedValueClause):
    """A value given to the call beats construction's also when it is `0`, `False`, `""`, `[]` or `{}`.

    `x = x or self.x` takes a falsy value for an absent one: `T(wait=True).run(wait=False)` waits.

    Judged as TC202, with the falsy value of the parameter's own type given to the call: `T(a=v).run(a=f)` must do what
    `T(a=f).run(a=f)` does. A `ValueError` that refuses the falsy value at both satisfies the rule, and so does a dict that is
    merged: an empty one adds nothing. It holds only if construction's value shows when the call leaves it out.
    """

    code, slug = "TC203", "falsy-value-wins"
    nothing = "no parameter that can be given at both places has a falsy value of its own type"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return tuple(n for n in spec.shared if _has_falsy(spec, n))

    def judge_with(self, bench: Bench, subject: str, config: Configuration) -> Finding:
        now = config.values[subject]
        if not _truthy(now):
            others = [v for v in bench.others(config, subject) if _truthy(v)]
            if not others:
                return unproven(subject, f"only falsy values of it are known: {now.code}", settle_by_values(subject))
            config, now = config.setting(subject, others[0]), others[0]
        empty = falsy(now, bench.spec, subject)
        if not empty:
            why = f"{now.code} has no falsy value of its own type to compare with"
            return unproven(subject, why, "a plain value, declared")
        return self._with(bench, subject, config, empty[0])

    def _with(self, bench: Bench, subject: str, config: Configuration, empty: Value) -> Finding:
        emptied = config.setting(subject, empty)
        both = emptied.case(everywhere=True)
        if bench(both).phase in ("setup", "construct"):
            both = emptied.case(everywhere=True, decoys={subject: None})
        against = emptied.case(everywhere=True, decoys={subject: config.values[subject]})
        reference, seen = bench(both), bench(against)
        if reference.phase in ("setup", "construct") or seen.phase in ("setup", "construct"):
            why = f"{empty.code} cannot be given: {telling.ending(reference)}"
            return unproven(subject, why, "a falsy value that is legal")
        left_out = bench(config.case(everywhere=True, init={subject}))
        if seen.trace != reference.trace:
            if bench.unsteady(both, against):
                return unstable(subject)
            wins = seen.trace == left_out.trace
            if not wins and not promised(bench.spec, subject):
                return two_meanings(subject)
            if empty.code in ("{}", "[]") and seen.trace == left_out.trace and self._merging(bench, subject):
                return holds(subject, "the call's value is merged into construction's: an empty one adds nothing", 3)
            expected, actual = telling.difference(reference, seen)
            return violated(
                subject,
                f"`{subject}={empty.code}` given to the call does not win: "
                f"{telling.usage(against, {subject})} {telling.ending(seen)}",
                expected=f"as with {empty.code} at both places: {expected}",
                actual=actual,
                fix=line_to_change(bench.spec, subject) + " (test for None, not for truth)",
                reproduce=reproduce.agreeing(both, against),
                cases=(against, both),
                examples=2,
            )
        if seen.trace != left_out.trace:
            return holds(subject, f"{empty.code} shows, although construction had {config.values[subject].code}", 3)
        if frame_agrees(reference, seen, subject) and frame_differs(seen, left_out, subject) and (
            construction_unread(seen, bench.spec, subject)
        ):  # fmt: skip
            return holds(subject, f"the frame of `run` has {empty.code}, and construction's value is not read", 3)
        return unseen(bench, subject)

    def _merging(self, bench: Bench, subject: str) -> bool:
        if any(bench.spec.about("merged", subject)) or subject in bench.spec.declared.get("merged", ()):
            return True
        from taskcontract.clauses.tc202 import RunValueWins

        config = bench.configured(subject)
        if config is None:
            return False
        merge = RunValueWins()._merges
        return any(merge(bench, subject, config, d) for d in bench.others(config, subject, 1)) and not any(
            bench(config.case(everywhere=True)).trace == bench(config.case(everywhere=True, decoys={subject: d})).trace
            for d in bench.others(config, subject, 1)
        )


def _truthy(value: Value) -> bool:
    return value.code not in (*FALSY.values(), "None")


def _has_falsy(spec: TaskSpec, name: str) -> bool:
    return sorts(spec, name)[0].partition(":")[0] in _FALSY_SORTS
