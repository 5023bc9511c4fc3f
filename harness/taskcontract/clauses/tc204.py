"""TC204: any split of one configuration between construction and call agrees."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from taskcontract.clauses import reproduce, search, telling
from taskcontract.clauses.bench import (
    SETTLE_BY_CONFIGURATION,
    Bench,
    holds,
    unproven,
    unstable,
    violated,
)
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.sharing import frame_differs
from taskcontract.model import Case, Finding, TaskSpec, Value
from taskcontract.values import Configuration, alternative

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SPLIT = "any split"
SETTLE_BY_MEANING = 'what the names mean: [tool.taskcontract.tasks."…"] merged = [ … ], or documentation of both places'
Split = dict[str, tuple[str, int]]  # name -> (where: call | init | both | decoy, which alternative value)


class AnySplitAgrees(Clause):
    """Any split of one configuration between construction and call gives the same effects and result.

    A property: hypothesis draws values and, for each parameter that both places accept, where it is given (construction, call,
    both, or call with another value at construction). Every split must act like giving everything at both places. A split
    that does not is shrunk to the fewest parameters that are not simply given at both.

    It holds only if at least one parameter that was split shows in what left the task, in its result or in the frame of `run`.
    A name that may mean two things at the two places (TC201, TC202 unproven) leaves it unproven; a value that the call merges
    into construction's does not.
    """

    code, slug = "TC204", "any-split-agrees"
    nothing = "no parameter can be given both at construction and at the call"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (SPLIT,) if spec.shared else ()

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        config = bench.baseline.full
        names = config.shared
        if not names:
            return unproven(subject, "no value is known for any parameter that both places accept", SETTLE_BY_CONFIGURATION)
        visible = [n for n in names if _shows(bench, config, n)]
        if not visible:
            why = "no parameter shows in what can be seen" if bench.works else bench.why_not()
            return unproven(subject, why, SETTLE_BY_CONFIGURATION)

        untold: set[str] = set()

        def breaks(split: Split) -> bool:
            both, case = _cases(config, split)
            if {bench(case).phase, bench(both).phase} & {"setup", "construct"}:
                return False  # a drawn value that construction does not take: TC104's business
            return bench(case).trace != bench(both).trace and not self._excused(bench, config, split, untold)

        found = self._plainly(bench, config, breaks) or search.falsify(bench, _splits(config), breaks, max(4, bench.examples))
        if found is None and untold:
            told = ", ".join(f"`{n}`" for n in names if n in untold)
            why = f"splits of {told} differ, and TC201 and TC202 cannot tell whether they may"
            return unproven(subject, why, SETTLE_BY_MEANING)
        if found is None:
            message = f"no split of {', '.join(names)} differs; {', '.join(visible)} would have shown"
            return holds(subject, message, len(names) + bench.examples)
        both, case = _cases(config, found)
        if bench.unsteady(both, case):
            return unstable(subject)
        return self._found(bench, found, both, case)

    def _plainly(self, bench: Bench, config: Configuration, breaks: Callable[[Split], bool]) -> Split | None:
        """One parameter at construction, the rest at both: what most breaches need, already observed for TC201."""
        for name in config.shared:
            for where in ("init", "decoy"):
                split = {n: ((where if n == name else "both"), 0) for n in config.shared}
                if breaks(split):
                    return split
        return None

    def _excused(self, bench: Bench, config: Configuration, split: Split, untold: set[str]) -> bool:
        """A dict that the call merges into construction's is no breach; nor is a name with two meanings (see TC201, TC202).

        The latter go into `untold`: they are not known to agree either.
        """
        from taskcontract.clauses.tc201 import InitValueUsed
        from taskcontract.clauses.tc202 import RunValueWins
        from taskcontract.model import Verdict

        for name, (where, _) in split.items():
            if where == "both":
                continue
            clause = InitValueUsed() if where == "init" else RunValueWins()
            key = f"{clause.code} {name}"
            if key not in bench.facts:
                bench.facts[key] = clause.judge_with(bench, name, config)
            finding = bench.facts[key]
            if finding.verdict is Verdict.UNPROVEN:
                untold.add(name)
            if finding.verdict is Verdict.UNPROVEN or "merged" in finding.message:
                return True
        return False

    def _found(self, bench: Bench, split: Split, both: Case, case: Case) -> Finding:
        odd = [n for n, (where, _) in split.items() if where != "both"]
        expected, actual = telling.difference(bench(both), bench(case))
        told = ", ".join(f"`{n}` at {_WHERE[split[n][0]]}" for n in odd)
        return violated(
            SPLIT,
            f"a split of one configuration acts differently: with {told}, "
            f"{telling.usage(case, odd)} {telling.ending(bench(case))}",
            expected=f"as with everything at both places: {expected}",
            actual=actual,
            fix=f"see TC201 and TC202 for {', '.join(f'`{n}`' for n in odd)}",
            reproduce=reproduce.agreeing(both, case),
            cases=(case, both),
            examples=2,
        )


_WHERE = {
    "init": "construction only",
    "call": "the call only",
    "decoy": "the call, another value at construction",
    "both": "both",
}


def _splits(config: Configuration) -> SearchStrategy[Split]:
    from hypothesis import strategies as st

    place = st.tuples(st.sampled_from(("both", "init", "call", "decoy")), st.integers(0, 3))
    return st.fixed_dictionaries({n: place for n in config.shared})


def _cases(config: Configuration, split: Split) -> tuple[Case, Case]:
    """The configuration with the drawn values, given everywhere; and given as the split says."""
    drawn = dict(config.values)
    for name, (_, which) in split.items():
        if which and drawn[name].kind != "declared":
            drawn[name] = alternative(config.values[name], name, which)
    chosen = config.with_(values=drawn)
    decoys: dict[str, Value | None] = {n: None for n, (where, _) in split.items() if where == "call"}
    decoys |= {n: alternative(drawn[n], n, 4) for n, (where, _) in split.items() if where == "decoy"}
    at_init = {n for n, (where, _) in split.items() if where == "init"}
    return chosen.case(everywhere=True), chosen.case(everywhere=True, init=at_init, decoys=decoys)


def _shows(bench: Bench, config: Configuration, name: str) -> bool:
    seen = bench(config.case(everywhere=True))
    others = [bench(config.setting(name, v).case(everywhere=True)) for v in bench.others(config, name, 1)]
    return any(o.trace != seen.trace or frame_differs(o, seen, name) for o in others)
