"""What a clause works on: the task's description, a working baseline, a probe, and the few moves that all clauses share.

A clause asks the bench for observations and gets facts; it never runs anything itself. Equal cases are observed once per
bench, so the clauses of one task share their runs. A fresh bench starts from scratch: that is how a counterexample is
confirmed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from taskcontract.frameworks.protocol import OptionSample
from taskcontract.model import Case, Finding, Observation, Probe, TaskSpec, Value, Verdict
from taskcontract.values import Baseline, Configuration, alternative, candidates


@dataclass
class Bench:
    """Everything there is to judge one task with.

    `examples` is how many generated examples a property test may draw; `seed` fixes them. `samples` are the framework's task
    options, `bare` the attributes of a plain task of the framework, which no task library is answerable for. `width` is how
    many alternatives are tried for a value; `scratch` makes a bench that has observed nothing. `recorded` is the baseline that
    the declared cassette or stubs answer, if there are any; `baseline` is that one too where it covers as much as invented
    answers do.
    """

    spec: TaskSpec
    baseline: Baseline
    probe: Probe
    examples: int = 15
    seed: int = 0
    samples: Mapping[str, OptionSample] = field(default_factory=dict)
    bare: Observation | None = None
    shrink: bool = True
    width: int = 3
    scratch: Callable[[], Bench] | None = None
    recorded: Baseline | None = None

    def __call__(self, case: Case) -> Observation:
        return self.probe(case)

    def narrow(self) -> Bench:
        """This bench with one alternative for each value instead of several: for the examples of a search."""
        return replace(self, width=1)

    def anew(self) -> Bench:
        """A bench that has observed nothing yet."""
        return self.scratch() if self.scratch is not None else self

    @property
    def works(self) -> bool:
        return self.baseline.works

    @functools.cached_property
    def facts(self) -> dict[str, Any]:
        """Room for what one clause found out and another needs."""
        return {}

    def configured(self, name: str) -> Configuration | None:
        """A configuration that gives `name`: the full one, or one with the value added. None if nothing is known to try."""
        full = self.baseline.full
        found = [full.values[name]] if name in full.values else list(candidates(self.spec, name))[:1]
        if not found:
            return None
        telling = [v for v in (found[0], *self.alternatives(found[0], name)) if v.code not in self._defaults(name)]
        return full.setting(name, (telling or found)[0])

    def _defaults(self, name: str) -> set[str]:
        sides = (self.spec.init_parameter(name), self.spec.run_parameter(name))
        return {str(p.default) for p in sides if p is not None}

    def alternatives(self, now: Value, name: str) -> list[Value]:
        """Other values for `name` than `now`: of the same sort, then its known literals."""
        found = [alternative(now, name, n) for n in (1, 2)]
        found += [v for v in candidates(self.spec, name) if v.kind == "literal"]
        return [v for v in dict.fromkeys(found) if v.code != now.code]

    def others(self, configuration: Configuration, name: str, most: int | None = None) -> list[Value]:
        """Other values for `name`: of the same sort, then of its other sorts, then its known literals."""
        return self.alternatives(configuration.values[name], name)[: most or self.width]

    def steady(self, case: Case, seen: Observation) -> bool:
        """Whether observing `case` again, from scratch, gives the same trace."""
        fresh: Callable[[Case], Observation] = getattr(self.probe, "fresh", self.probe)
        return fresh(case).trace == seen.trace

    def differ(self, left: Case, right: Case) -> bool:
        """Whether two cases are observed differently, and each stays as it is when observed again."""
        one, two = self(left), self(right)
        return one.trace != two.trace and self.steady(left, one) and self.steady(right, two)

    def unsteady(self, left: Case, right: Case) -> bool:
        """Whether two cases differ only because at least one of them is never the same twice."""
        return self(left).trace != self(right).trace and not self.differ(left, right)

    def why_not(self) -> str:
        """Why there is no working baseline."""
        return self.baseline.why or "the run ended before it reached the outside"


def holds(subject: str, message: str, examples: int) -> Finding:
    """A subject that was judged and holds, by `examples` conclusive cases."""
    return Finding(subject, Verdict.HOLDS, message, examples=examples)


def unproven(subject: str, why: str, settles: str) -> Finding:
    """A subject without a conclusive case: why, and what would settle it."""
    return Finding(subject, Verdict.UNPROVEN, why, settles=settles)


def unstable(subject: str) -> Finding:
    """Two runs differ, and nothing can be told from that: they would if nothing else did."""
    return unproven(subject, "two runs of one configuration are never the same", "a task whose runs can be compared")


def unstable_construction(subject: str) -> Finding:
    return unproven(subject, "constructing twice is never the same", "a constructor that can be compared")


def violated(
    subject: str,
    message: str,
    *,
    expected: str,
    actual: str,
    fix: str,
    reproduce: str,
    cases: tuple[Case, ...],
    examples: int = 1,
) -> Finding:
    """A counterexample."""
    return Finding(subject, Verdict.VIOLATED, message, expected, actual, fix, reproduce, max(1, examples), "", cases)


def settle_by_values(name: str) -> str:
    """What to declare when no value made a parameter visible."""
    return f'a value for `{name}` with which it shows: [tool.taskcontract.tasks."…"] values = {{ {name} = … }}'


SETTLE_BY_CONFIGURATION = 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }'
"""What to declare when nothing could be learnt about the task as a whole."""
