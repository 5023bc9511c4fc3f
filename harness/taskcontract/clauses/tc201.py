"""TC201: a value given at construction is what `run` works with when the call leaves it out."""

from __future__ import annotations

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, unstable, violated
from taskcontract.clauses.sharedvalue import SharedValueClause, two_meanings, unseen
from taskcontract.clauses.sharing import attribute_of, demanded_by_call, frame_agrees, frame_differs, line_to_change, promised
from taskcontract.model import Finding
from taskcontract.values import Configuration


class InitValueUsed(SharedValueClause):
    """A value given at construction is what `run` works with when the call leaves it out.

    Users set at construction what all calls share. `T(a=v).run()` must therefore do what `T(a=v).run(a=v)` does; a name
    missing from the defaulting decorator, or a fallback forgotten in `run`, silently drops what the user configured.

    Judged by comparing those two runs with everything else equal. It is a breach only if construction's value does nothing,
    or if decorator, fallback or documentation promise that it stands in for the call's: a name that means different things
    at the two places is left alone. It holds only if another value at construction would have shown: in what left the task,
    in its result, or in the frame of `run` itself.
    """

    code, slug = "TC201", "init-value-used"

    def judge_with(self, bench: Bench, subject: str, config: Configuration) -> Finding:
        both, at_init = config.case(everywhere=True), config.case(everywhere=True, init={subject})
        reference, seen = bench(both), bench(at_init)
        others = [config.setting(subject, v).case(everywhere=True, init={subject}) for v in bench.others(config, subject)]
        if reference.phase in ("setup", "construct"):
            return unproven(subject, f"it could not be constructed: {telling.ending(reference)}", settle_by_values(subject))
        if seen.trace != reference.trace:
            inert = all(bench(o).trace == seen.trace for o in others)
            return self._parted(bench, subject, config, inert)
        if any(bench(o).trace != seen.trace for o in others):
            return holds(subject, "what left the task, or came back, is construction's value", 2 + len(others))
        if any(frame_agrees(reference, seen, subject) and frame_differs(bench(o), seen, subject) for o in others):
            return holds(subject, "the frame of `run` has construction's value", 2 + len(others))
        return unseen(bench, subject)

    def _parted(self, bench: Bench, subject: str, config: Configuration, inert: bool) -> Finding:
        both, at_init = config.case(everywhere=True), config.case(everywhere=True, init={subject})
        if bench.unsteady(both, at_init):
            return unstable(subject)
        seen = bench(at_init)
        if not promised(bench.spec, subject) and (not inert or demanded_by_call(bench.spec, subject)):
            return two_meanings(subject)
        expected, actual = telling.difference(bench(both), seen)
        return violated(
            subject,
            f"`{subject}` given at construction is not what `run` works with when the call leaves it out: "
            f"{telling.usage(at_init, {subject})} {telling.ending(seen)}",
            expected=f"as if the call had `{subject}` too: {expected}",
            actual=actual,
            fix=_fix(bench, subject, config),
            reproduce=reproduce.agreeing(both, at_init),
            cases=(at_init, both),
            examples=2,
        )


def _fix(bench: Bench, subject: str, config: Configuration) -> str:
    """Where construction's value is lost: on its way into the attribute, or from there into `run`."""
    attribute = attribute_of(bench.spec, subject)
    values = (config.values[subject], *bench.others(config, subject))
    seen = [bench(config.setting(subject, v).case(everywhere=True, init={subject})) for v in values]
    kept = {repr(s.attributes.get(attribute, "<absent>")) for s in seen}
    if subject not in bench.spec.decorated or len(seen) < 2 or len(kept) > 1:
        return line_to_change(bench.spec, subject)
    now = telling.short(seen[0].attributes.get(attribute, "<absent>"))
    remedy = f"keep `{subject}` in an attribute that `super().__init__` does not set"
    return f"{telling.place_of_init(bench.spec)}: `self.{attribute}` is {now} whatever is given: {remedy}"
