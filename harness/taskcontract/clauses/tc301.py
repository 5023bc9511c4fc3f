"""TC301: a required argument missing at both places raises `ValueError`."""

from __future__ import annotations

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.leaving import Leaving, Left, as_text, demanded, leave_out, may_be_left_out, null_in_place
from taskcontract.model import Finding, TaskSpec


class MissingRaisesValueError(Clause):
    """A required argument missing at both places raises `ValueError`.

    All arguments being optional at each place, a user can forget one at both. The task then says so with a `ValueError`; it
    does not go on with None until something breaks (`TypeError`, `AttributeError`, a client's error) or end the process.

    Judged for every argument that both signatures let a user leave out: from a configuration that works, it is dropped at
    both places. If the run works without it, it was not required, unless it is said to be and a client that is not the real
    one took None in its place; if it raises `ValueError`, the rule holds. An argument that is needed only together with
    another one, or that falls back on the environment, is not held against the task.
    """

    code, slug = "TC301", "missing-raises-value-error"
    nothing = "no argument can be left out at both places"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return droppable(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = leave_out(bench, subject)
        if found.result is Left.UNKNOWN:
            return unproven(subject, found.why, settle_by_values(subject))
        if found.result is Left.VALUE_ERROR:
            return holds(subject, f"left out, it raises {_type(found)}: {found.seen.outcome.text[:100]}", 2)
        if found.result is Left.OTHER_ERROR:
            return self._broken(bench, found)
        if subject in bench.spec.declared.get("required", ()):
            return self._ignored(bench, found)
        passed_on = _passed_on(bench, found)
        if passed_on:
            return unproven(
                subject, passed_on, f'what the real client does with it, or `required = ["{subject}"]` in the declaration'
            )
        return holds(subject, f"not required: {found.result.value}", 2)

    def _broken(self, bench: Bench, found: Leaving) -> Finding:
        trail = found.seen.outcome.trail
        at = trail[-1].rpartition("/")[2] if trail else ""
        name = found.name
        return violated(
            name,
            f"without `{name}`, {telling.usage(found.without)} {telling.ending(found.seen)}" + (f" at {at}" if at else ""),
            expected=f"ValueError naming `{name}`",
            actual=f"{_type(found)}: {found.seen.outcome.text[:200]}",
            fix=_fix(bench.spec, name),
            reproduce=reproduce.alone(found.without, "seen.outcome.is_a('ValueError')"),
            cases=(found.without, found.given),
            examples=2,
        )

    def _ignored(self, bench: Bench, found: Leaving) -> Finding:
        name = found.name
        return violated(
            name,
            f"`{name}` is declared required, and without it {telling.usage(found.without)} {telling.ending(found.seen)}",
            expected=f"ValueError naming `{name}`",
            actual=telling.ending(found.seen),
            fix=_fix(bench.spec, name),
            reproduce=reproduce.alone(found.without, "seen.outcome.is_a('ValueError')"),
            cases=(found.without, found.given),
            examples=2,
        )


def _passed_on(bench: Bench, found: Leaving) -> str:
    """Why a run that works without the argument does not show that it is not required, or ""."""
    said = demanded(bench.spec, found.name)
    value = as_text(dict((*found.given.init, *found.given.call)).get(found.name)) if said else None
    empty = null_in_place(value, found.seen_given, found.seen)
    if empty is None or found.seen.unmatched or found.without.answers.real:
        return ""
    return f"`{found.name}` {said}, and left out it is None in {empty[0].what[:120]}, where nothing real refuses it"


def droppable(spec: TaskSpec) -> tuple[str, ...]:
    """The parameters of either side that a user can forget altogether, in signature order."""
    names = [p.name for p in (*spec.run, *spec.init)]
    return tuple(n for n in dict.fromkeys(names) if may_be_left_out(spec, n))


def _fix(spec: TaskSpec, name: str) -> str:
    group = next((tuple(map(str, f.value)) for f in spec.about("one-of", name) if isinstance(f.value, (tuple, list))), (name,))
    names = " or ".join(f"`{one}`" for one in group)
    check = f'if {" and ".join(f"{one} is None" for one in group)}: raise ValueError("{names} must be provided")'
    return f"{telling.place_of_run(spec)}: first in `run`: `{check}`"


def _type(found: Leaving) -> str:
    return found.seen.outcome.type.rpartition(".")[2]
