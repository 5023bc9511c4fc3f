"""TC102: the instance survives cloudpickle."""

from __future__ import annotations

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
from taskcontract.clauses.tc101 import CONFIGURED, ways_to_construct
from taskcontract.clauses.tc207 import plainly
from taskcontract.model import Case, Finding, Observation, TaskSpec


class InitPortable(Clause):
    """The instance survives `cloudpickle` and then behaves the same.

    A flow travels: Prefect pickles it into storage, Dask pickles its tasks to workers. An instance that holds a connection, a
    lock or an open file stays behind; one that loses an attribute on the way acts differently when it arrives.

    Judged by sending the constructed instance through `cloudpickle` and comparing its run with that of the original. Values
    that do not pickle by themselves are not held against the task.
    """

    code, slug = "TC102", "init-portable"
    needs_run = False
    nothing = "a task made from a function has no construction of its own"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return ways_to_construct(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        config = bench.baseline.full
        direct = config.case(everywhere=True, init=config.shared) if subject == CONFIGURED else config.case()
        sent = direct.with_(route="pickled")
        original, arrived = bench(direct), bench(sent)
        if original.phase in ("setup", "construct"):
            return unproven(subject, f"it could not be constructed: {telling.ending(original)}", SETTLE_BY_CONFIGURATION)
        if "pickling" in arrived.notes:
            return self._stuck(bench, subject, sent, arrived)
        if original.trace != arrived.trace:
            if bench.unsteady(direct, sent):
                return unstable(subject)
            expected, actual = telling.difference(original, arrived)
            return violated(
                subject,
                f"after cloudpickle the instance acts differently: {telling.usage(direct)} {telling.ending(arrived)}",
                expected=f"as before pickling: {expected}",
                actual=actual,
                fix=_fix(bench.spec),
                reproduce=reproduce.agreeing(direct, sent),
                cases=(sent, direct),
                examples=2,
            )
        if original.phase != "run":
            why = f"it pickles, and no run could be compared: {telling.ending(original)}"
            return unproven(subject, why, SETTLE_BY_CONFIGURATION)
        return holds(subject, "pickled and loaded, it does what the original does", 2)

    def _stuck(self, bench: Bench, subject: str, sent: Case, arrived: Observation) -> Finding:
        plain = bench(plainly(bench).case(everywhere=True).with_(route="pickled"))
        if "pickling" not in plain.notes and plain.phase != "construct":
            why = f"with the values tried it does not pickle: {arrived.outcome.text[:120]}"
            return unproven(subject, why, "values that pickle")
        error = f"{arrived.outcome.type}: {arrived.outcome.text[:200]}"
        return violated(
            subject,
            f"the instance does not pickle: {error}",
            expected="cloudpickle.loads(cloudpickle.dumps(task)) gives a working task",
            actual=error,
            fix=_fix(bench.spec),
            reproduce=reproduce.alone(sent, "'pickling' not in seen.notes"),
            cases=(sent,),
        )


def _fix(spec: TaskSpec) -> str:
    remedy = "keep plain configuration on the instance; make clients, locks and files in `run`"
    return f"{telling.place_of_init(spec)}: {remedy}"
