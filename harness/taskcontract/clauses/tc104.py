"""TC104: every subset of valid arguments constructs."""

from __future__ import annotations

from taskcontract.clauses import reproduce, search, telling
from taskcontract.clauses.bench import Bench, holds, unproven, unstable_construction, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.tc101 import constructing
from taskcontract.clauses.tc303 import names
from taskcontract.model import Case, Finding, Observation, TaskSpec, Value
from taskcontract.values import candidates

SUBSETS = "any subset"


class InitConstructs(Clause):
    """Every subset of its valid documented arguments constructs.

    What is not given at construction comes with the call, so construction may not demand it, alone or in combination.

    Judged on no argument, each argument alone, all, all but one, and drawn subsets; what Python's own signature demands is
    always given. An argument is held against the task only if its value is known to be valid, because it constructs in
    another subset. A `ValueError` about a bad combination is a breach only if the argument it asks for could still come with
    the call. A constructor that trips over an attribute of its own, not set yet, is at fault whatever the value.
    """

    code, slug = "TC104", "init-constructs"
    needs_run = False
    nothing = "construction takes no argument that can be left out"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        if spec.ref.kind == "function":
            return ()
        return (SUBSETS,) if any(not p.required and p.name not in spec.options for p in spec.init) else ()

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        everything = self._values(bench)
        demanded = {p.name for p in bench.spec.init if p.required}
        free = [n for n in everything if n not in demanded]
        base = constructing(bench, everything=True)

        def case(chosen: frozenset[str]) -> Case:
            return base.with_(init=tuple((n, v) for n, v in everything.items() if n in chosen or n in demanded))

        plain = [frozenset[str](), frozenset(free), *(frozenset({n}) for n in free), *(frozenset(free) - {n} for n in free)]
        subsets = list(dict.fromkeys(plain))
        made = [s for s in subsets if bench(case(s)).outcome.kind == "returned"]
        valid = frozenset().union(*made) if made else frozenset()

        def breaks(chosen: frozenset[str]) -> bool:
            return _own_fault(bench, bench(case(chosen))) or (chosen <= valid and self._breach(bench, case(chosen), chosen))

        from hypothesis import strategies as st

        found = next((s for s in subsets if breaks(s)), None)
        drawn = bench.examples if len(valid) > 2 else 0
        if found is None and drawn:
            found = search.falsify(bench, st.sets(st.sampled_from(sorted(valid))).map(frozenset), breaks, drawn)
        if found is not None:
            return self._broken(bench, case(found), case(max(made, key=len)) if made else None)
        if not made:
            why = f"nothing tried constructs: {telling.ending(bench(case(frozenset())))}"
            return unproven(SUBSETS, why, "values that construct, declared")
        return holds(SUBSETS, f"{len(made)} subsets of {', '.join(sorted(valid))} construct", len(made) + drawn)

    def _values(self, bench: Bench) -> dict[str, Value]:
        known = dict(bench.baseline.full.values)
        found: dict[str, Value] = {}
        for parameter in bench.spec.init:
            if parameter.name in bench.spec.options:
                continue
            tried = candidates(bench.spec, parameter.name)
            value = known.get(parameter.name) or (tried[0] if tried else None)
            if value is not None:
                found[parameter.name] = value
        return found

    def _breach(self, bench: Bench, case: Case, chosen: frozenset[str]) -> bool:
        seen = bench(case)
        if seen.outcome.kind == "returned" or seen.phase == "setup":
            return False
        if seen.outcome.kind == "raised" and seen.outcome.is_a("ValueError"):
            absent = [n for n in bench.spec.shared if n not in dict(case.init)]
            return any(names(seen.outcome.text, n) for n in absent) and not any(names(seen.outcome.text, n) for n in chosen)
        return True

    def _broken(self, bench: Bench, case: Case, works: Case | None) -> Finding:
        seen = bench(case)
        if not bench.steady(case, seen):
            return unstable_construction(SUBSETS)
        other = f"; {telling.usage(works)} constructs" if works is not None and works != case else ""
        return violated(
            SUBSETS,
            f"{telling.usage(case)} does not construct: {telling.ending(seen)}{other}",
            expected="every subset of the arguments constructs; what is missing can come with the call",
            actual=telling.ending(seen),
            fix=f"{telling.place_of_init(bench.spec)}: store what is given and check it in `run`",
            reproduce=reproduce.alone(case, "seen.outcome.kind == 'returned'"),
            cases=(case,),
        )


def _own_fault(bench: Bench, seen: Observation) -> bool:
    """Whether construction failed on an attribute that the instance does not have yet: no value can be to blame for that."""
    name = bench.spec.ref.qualname.rpartition(".")[2]
    return seen.outcome.type == "AttributeError" and seen.outcome.text.startswith(f"'{name}' object has no attribute")
