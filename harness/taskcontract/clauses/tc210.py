"""TC210: arguments given by position act as they do by name."""

from __future__ import annotations

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import (
    SETTLE_BY_CONFIGURATION,
    Bench,
    holds,
    settle_by_values,
    unproven,
    unstable,
    violated,
)
from taskcontract.clauses.clause import Clause
from taskcontract.model import Finding, Level, TaskSpec

SUBJECT = "by position"


class PositionalAgrees(Clause):
    """Arguments given to `run` by position act as they do by name.

    Advice. `defaults_from_attrs` adds what it finds missing among the *keywords*, so an argument that was given by position
    and that the decorator names arrives twice: `TypeError: got multiple values for argument`.

    Judged by giving the leading arguments of `run` by position, one and all of them, and comparing with the same by name.
    """

    code, slug, level = "TC210", "positional-agrees", Level.ADVICE
    nothing = "`run` takes no argument by position"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (SUBJECT,) if spec.run and spec.run[0].kind != "keyword-only" else ()

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        config = bench.configured(bench.spec.run[0].name) or bench.baseline.full
        by_name = config.case()
        named = bench(by_name)
        leading: list[str] = []
        for parameter in bench.spec.run:
            if parameter.name not in config.values or parameter.kind == "keyword-only":
                break
            leading.append(parameter.name)
        if not leading:
            return unproven(subject, "no value is known for the first argument", settle_by_values(bench.spec.run[0].name))
        for count in dict.fromkeys((1, len(leading))):
            case = config.case(positional=count)
            seen = bench(case)
            if seen.trace == named.trace:
                continue
            if bench.unsteady(by_name, case):
                return unstable(subject)
            expected, actual = telling.difference(named, seen)
            return violated(
                subject,
                f"given by position, {telling.usage(case)} {telling.ending(seen)}",
                expected=f"as by name: {expected}",
                actual=actual,
                fix=f"{telling.place_of_run(bench.spec)}: make the arguments keyword-only (`*`), "
                "or bind positional ones before defaulting",
                reproduce=reproduce.agreeing(by_name, case),
                cases=(case, by_name),
                examples=2,
            )
        if named.phase != "run":
            return unproven(subject, bench.why_not(), SETTLE_BY_CONFIGURATION)
        return holds(subject, f"given by position, {', '.join(leading)} act as by name", 2)
