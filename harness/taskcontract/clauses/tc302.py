"""TC302: and does so before any outside effect."""

from __future__ import annotations

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.leaving import Left, leave_out
from taskcontract.clauses.tc301 import droppable
from taskcontract.clauses.tc303 import names
from taskcontract.model import Finding, TaskSpec


class MissingFailsFirst(Clause):
    """A missing required argument is noticed before any outside effect.

    A task that creates the first of two resources and then raises because the name of the second is missing leaves the first
    behind. The check comes first.

    Judged for arguments whose absence raises `ValueError`: nothing may have left the task before (requests, connections,
    processes, files, calls on a client). Making a client object is not an effect. If the error comes after an effect and does
    not name the argument, it may be about something else, and nothing is claimed.
    """

    code, slug = "TC302", "missing-fails-first"
    nothing = "no argument can be left out at both places"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return droppable(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = leave_out(bench, subject)
        if found.result is Left.UNKNOWN:
            return unproven(subject, found.why, settle_by_values(subject))
        if found.result is not Left.VALUE_ERROR:
            return None
        before = [e for e in found.seen.effects if not e.constructing]
        if not before:
            return holds(subject, f"it raises before anything leaves the task: {found.seen.outcome.text[:100]}", 2)
        if not names(found.seen.outcome.text, subject):
            why = f"without it the run raises after {before[0].what[:100]}, and the error does not name it"
            return unproven(subject, f"{why}: it may be about something else", "an error that names the argument")
        return violated(
            subject,
            f"without `{subject}`, {before[0].what[:160]} leaves the task before the ValueError: "
            f"{telling.usage(found.without)}",
            expected="ValueError before anything leaves the task",
            actual=telling.ending(found.seen),
            fix=f"{telling.place_of_run(bench.spec)}: move the check of `{subject}` to the beginning of `run`",
            reproduce=reproduce.alone(found.without, "not [e for e in seen.effects if not e.constructing]"),
            cases=(found.without, found.given),
            examples=2,
        )
