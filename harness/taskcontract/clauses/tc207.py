"""TC207: a flow does what a direct run does."""

from __future__ import annotations

import re

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
from taskcontract.model import Case, Finding, Observation, TaskSpec
from taskcontract.values import Configuration

_DEMANDED = re.compile(r"missing a required argument: '(\w+)'")
CALLED, CONSTRUCTED = "configured at the call", "configured at construction"


class FlowAgrees(Clause):
    """Serialised and run by a Flow, the task does what a direct `run` does; binding need not repeat what construction supplied.

    Users never call `run`: they bind the task in a flow, register it, and the flow runs somewhere else. Parameters of `run`
    that the decorator fills but that have no default of their own work in `.run()` and cannot be left out when binding.

    Judged by running the same configuration directly and through a flow (both of Prefect's serialisations, then the flow
    runner), once given at construction and once at the call, and comparing what left the task and how it ended.
    """

    code, slug = "TC207", "flow-agrees"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (CALLED, CONSTRUCTED) if spec.shared else (CALLED,)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        config = bench.baseline.full
        direct, flow = _pair(config, subject)
        alone, seen = bench(direct), bench(flow)
        if subject == CONSTRUCTED and seen.phase == "bind" and alone.phase == "bind":
            return None  # construction's value is not used by a direct run either: TC201's business
        if alone.outcome.kind == "signal" and alone.outcome.type.endswith("LOOP"):
            why = "a direct run asks to be looped, and a flow does loop it"
            return unproven(subject, why, "a configuration that ends in one run")
        if _same(alone, seen):
            if alone.phase != "run" or not alone.reached:
                why = telling.ending(alone) if bench.works else bench.why_not()
                return unproven(subject, why, SETTLE_BY_CONFIGURATION)
            return holds(subject, "the flow run does what the direct run does", 2)
        if alone.entered and not seen.entered and seen.outcome.kind == "signal" and seen.phase == "run":
            why = f"alone in a flow its trigger does not let it run: {telling.ending(seen)}"
            return unproven(subject, why, "upstream tasks it can react to")
        if seen.phase == "construct" and alone.phase != "construct":
            why = f"the flow could not be made: {telling.ending(seen)}"
            return unproven(subject, why, "values that can be bound in a flow")
        if forgotten := _forgotten(direct, alone, seen):
            why = f"`{forgotten}` is given at neither place: a direct run refuses that, and so does binding"
            return unproven(subject, why, settle_by_values(forgotten))
        if not (bench.steady(direct, alone) and bench.steady(flow, seen)):
            return unstable(subject)
        if _given_values_fail(bench, seen):
            why = f"the values tried cannot be sent with a flow: {telling.ending(seen)}"
            return unproven(subject, why, "values that pickle")
        expected, actual = telling.difference(alone, seen)
        return violated(
            subject,
            f"in a flow the task does not do what a direct run does: {telling.ending(seen)}",
            expected=f"as {telling.usage(direct)}: {expected}",
            actual=actual,
            fix=_fix(bench.spec, seen),
            reproduce=reproduce.agreeing(direct, flow),
            cases=(flow, direct),
            examples=2,
        )


def _pair(config: Configuration, subject: str) -> tuple[Case, Case]:
    direct = config.case() if subject == CALLED else config.case(everywhere=True, init=config.shared)
    return direct, direct.with_(route="flow")


def plainly(bench: Bench) -> Configuration:
    """The full configuration with nothing in it but literals, which pickle."""
    full = bench.baseline.full
    kept = {n: v for n, v in full.values.items() if not v.setup and "lambda" not in v.code and "thing(" not in v.code}
    return full.with_(values=kept)


def _same(alone: Observation, seen: Observation) -> bool:
    if alone.trace == seen.trace:
        return True
    signals = alone.outcome.kind == seen.outcome.kind == "signal" and alone.outcome.type == seen.outcome.type
    return signals and alone.trace[5] == seen.trace[5]


def _forgotten(direct: Case, alone: Observation, seen: Observation) -> str | None:
    """The argument that binding demands, when it is nowhere given and a direct run gets nowhere without it either."""
    demanded = _DEMANDED.search(seen.outcome.text)
    if seen.phase != "bind" or alone.reached or demanded is None or demanded[1] in dict((*direct.init, *direct.call)):
        return None
    return demanded[1]


def _given_values_fail(bench: Bench, seen: Observation) -> bool:
    """Whether it is a value that was tried, and not the instance, that cannot be sent."""
    if "ickl" not in f"{seen.outcome.type} {seen.outcome.text}":
        return False
    return "pickling" not in bench(plainly(bench).case(everywhere=True).with_(route="pickled")).notes


def _fix(spec: TaskSpec, seen: Observation) -> str:
    where = telling.place_of_run(spec)
    if seen.phase == "bind":
        return f"{where}: give every parameter of `run` that construction can supply a default (`= None`)"
    return f"{where}: do not let `run` depend on how it is called; read from `prefect.context` only what is documented"
