"""Leaving one argument out at both places, and what that shows: the experiment that TC301 to TC304 share.

From a configuration that works, drop one argument. What then happens says whether it is required at all. Ruled out before a
non-ValueError is held against the task: that the argument is needed only together with another one, that an alternative
stands in for it, that it falls back on the environment, and that the configuration did not work to begin with.
"""

from __future__ import annotations

import ast
import enum
import re
from dataclasses import dataclass

from taskcontract.clauses import telling
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.leaves import leaves
from taskcontract.model import MISSING, Case, Effect, Observation, Parameter, TaskSpec, Value
from taskcontract.values import Configuration


class Left(enum.Enum):
    """What leaving an argument out did."""

    WORKS = "the run works without it"
    VALUE_ERROR = "ValueError"
    OTHER_ERROR = "another error"
    CONDITIONAL = "it is needed only together with another argument"
    UNKNOWN = "nothing could be learnt"


@dataclass(frozen=True, slots=True)
class Leaving:
    """`given` is the case with the argument, `without` the one it was dropped from; `why` explains UNKNOWN."""

    name: str
    result: Left
    given: Case
    without: Case
    seen_given: Observation
    seen: Observation
    why: str = ""


def may_be_left_out(spec: TaskSpec, name: str) -> bool:
    """Whether both signatures let a user forget `name`, and forgetting it means None or nothing at all."""
    one, two = spec.init_parameter(name), spec.run_parameter(name)
    if one is not None and name in spec.options:
        one = None
    if one is None and two is None:
        return False
    if one is not None and one.required:
        return False
    if two is not None and two.required and name not in spec.decorated and one is None:
        return False
    return all(_empty(p) for p in (one, two) if p is not None)


def _empty(parameter: Parameter) -> bool:
    return parameter.default is MISSING or parameter.default == "None"


def demanded(spec: TaskSpec, name: str) -> str:
    """What says that `name` has to be given at one of the places: that it is declared so, documented so, or has no default."""
    if name in spec.declared.get("required", ()):
        return "is declared required"
    if any(spec.about("required", name)):
        return "is documented as required"
    taken = spec.run_parameter(name)
    if taken is None or not taken.required or any(spec.about("optional", name)):
        return ""
    return "" if re.search(r"\b(Optional|None|Any)\b", taken.annotation or "") else "has no default"


def null_in_place(value: str | None, given: Observation, without: Observation) -> tuple[Effect, str] | None:
    """What went out without an argument and has null just where, with it, its `value` stands as a text; and the place."""
    for effect in without.effects:
        alike = [e for e in given.effects if e.kind == effect.kind and verb(e.what) == verb(effect.what)]
        before = [dict(leaves(e.detail)) for e in alike] if value is not None and effect.kind in ("http", "client") else []
        for path, leaf in leaves(effect.detail) if before else ():
            if leaf is None and any(str(known.get(path)) == value for known in before):
                return effect, path
    return None


def verb(what: str) -> str:
    """What was done, without what it was done to."""
    return what.split(" ")[0].split("(")[0]


def as_text(value: Value | None) -> str | None:
    """What a value looks like when it is formatted into a text; None for values that are not told by their code."""
    if value is None:
        return None
    try:
        return str(ast.literal_eval(value.code))
    except (ValueError, SyntaxError):
        return None


def leave_out(bench: Bench, name: str) -> Leaving:
    """Drop `name` from what works, and say what that shows; looked at once per bench."""
    key = f"leaving {name}"
    if key not in bench.facts:
        bench.facts[key] = _leave_out(bench, name)
    found: Leaving = bench.facts[key]
    return found


def _leave_out(bench: Bench, name: str) -> Leaving:
    full, minimal = bench.baseline.full, bench.baseline.minimal
    config = full if name in full.values else bench.configured(name) or full
    first = _drop(bench, config, name)
    if first.result is Left.UNKNOWN and config is full and name in minimal.values:
        second = _drop(bench, minimal, name)
        return second if second.result is not Left.UNKNOWN else first
    if first.result is Left.WORKS and name in minimal.values and minimal.values != config.values:
        second = _drop(bench, minimal, name)  # others stood in for it: what if they are missing too?
        return second if second.result in (Left.VALUE_ERROR, Left.OTHER_ERROR) else first
    if first.result is Left.OTHER_ERROR and name not in minimal.values and bench.works:
        return _as(first, Left.CONDITIONAL)
    return first


def _drop(bench: Bench, config: Configuration, name: str) -> Leaving:
    dropped = config.setting(name, None)
    given, without = config.case(everywhere=True), dropped.case(everywhere=True)
    one, two = bench(given), bench(without)
    found = Leaving(name, Left.UNKNOWN, given, without, one, two)
    outcome = two.outcome
    same_end = (one.outcome.kind, one.outcome.type, one.outcome.text) == (outcome.kind, outcome.type, outcome.text)
    if outcome.kind == "raised" and outcome.is_a("ValueError") and not same_end:
        return _as(found, Left.VALUE_ERROR)
    if outcome.kind == "returned" and two.reached:
        return _as(found, Left.WORKS)
    if not one.reached:
        return _as(found, Left.UNKNOWN, bench.why_not() if not bench.works else f"given a value, the run {telling.ending(one)}")
    failed = outcome.kind == "signal" and outcome.type.endswith(".FAIL") and one.outcome.kind == "returned"
    if (outcome.kind in ("returned", "cut", "refused", "signal") and not failed) or same_end or _as_far(one, two):
        return _as(found, Left.WORKS)
    if _asked_elsewhere(one, two):
        return _as(found, Left.UNKNOWN, "without it the run asks its environment for a value that is not set there")
    if outcome.deep and any(bench.spec.about("substitute", name)):  # what went on with that failed for the sake of the others
        return _as(found, Left.UNKNOWN, "the task puts a value of its own in its place, which does not fit the other arguments")
    if _conditional(bench, config, name, outcome.type):
        return _as(found, Left.CONDITIONAL)
    if not (bench.steady(given, one) and bench.steady(without, two)):
        return _as(found, Left.UNKNOWN, "two runs of one configuration are never the same")
    return _as(found, Left.OTHER_ERROR)


def _as(found: Leaving, result: Left, why: str = "") -> Leaving:
    return Leaving(found.name, result, found.given, found.without, found.seen_given, found.seen, why)


def _as_far(given: Observation, without: Observation) -> bool:
    """Whether the run with the argument failed as well, and the one without it came as far."""
    if given.outcome.kind == "returned":
        return False
    return sum(not e.constructing for e in without.effects) >= sum(not e.constructing for e in given.effects) > 0


def _asked_elsewhere(given: Observation, without: Observation) -> bool:
    asked = {(r.kind, r.name) for r in without.reads if r.kind in ("env", "file", "config")}
    return bool(asked - {(r.kind, r.name) for r in given.reads})


def _conditional(bench: Bench, config: Configuration, name: str, error: str) -> bool:
    """Whether some other argument made this one necessary: dropping that too, the run works.

    The other one is not itself what the run needs: alone it can be left out, or a pair goes together and leaving out
    either one ends in the same kind of `error`.
    """
    for other in list(config.values)[:12]:
        if other == name:
            continue
        parameters = [p for p in (bench.spec.init_parameter(other), bench.spec.run_parameter(other)) if p]
        if any(p.required and other not in bench.spec.decorated for p in parameters):
            continue
        neither = config.setting(name, None).setting(other, None).case(everywhere=True)
        if bench(neither).outcome.kind != "returned":
            continue
        alone = bench(config.setting(other, None).case(everywhere=True))
        if alone.reached or (alone.outcome.kind == "raised" and alone.outcome.type == error):
            return True
    return False
