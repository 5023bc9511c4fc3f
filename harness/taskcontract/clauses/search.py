"""Property search: hypothesis draws values and splits, and what it finds is shrunk and judged again as a plain case.

A clause is cheap first (probes one at a time) and thorough second: `then` takes a finding that holds and tries to break it
with drawn values of the subject. The bench's seed fixes the draws, so the same seed gives the same report.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from taskcontract.model import Finding, Value, Verdict
from taskcontract.values import Configuration, alternative

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from taskcontract.clauses.bench import Bench
    from taskcontract.clauses.sharedvalue import SharedValueClause

T = TypeVar("T")


def then(bench: Bench, clause: SharedValueClause, subject: str, config: Configuration, held: Finding) -> Finding:
    """`held`, unless a drawn value of the subject breaks it: then the finding of the shrunk counterexample."""
    share = bench.examples // max(1, len(clause.subjects(bench.spec)))
    if share < 1:
        return held
    found: list[Finding] = []

    def breaks(value: Value) -> bool:
        finding = clause.judge_with(bench, subject, config.setting(subject, value))
        if finding.verdict is Verdict.VIOLATED:
            found.append(finding)
        return finding.verdict is Verdict.VIOLATED

    if falsify(bench, values(config, subject), breaks, share) is None:
        return Finding(held.subject, held.verdict, held.message, examples=held.examples + share)
    return found[-1]


def values(config: Configuration, name: str) -> SearchStrategy[Value]:
    """Values of the same sort as the configured one: canned alternatives, and drawn ones for plain sorts."""
    from hypothesis import strategies as st

    now = config.values[name]
    canned = st.integers(0, 5).map(lambda n: alternative(now, name, n))
    if now.kind == "text":
        return st.one_of(canned, st.text("abcXYZ 09._-/äß中'\"{}%", min_size=1, max_size=12).map(lambda t: Value.of(t, "text")))
    if now.kind == "int":
        return st.one_of(canned, st.integers(1, 10_000).map(lambda i: Value.of(i, "int")))
    return canned


def falsify(bench: Bench, strategy: SearchStrategy[T], breaks: Callable[[T], bool], examples: int) -> T | None:
    """The smallest drawn example that `breaks`, or None. Not shrunk when the bench says so (failures that are known)."""
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity, settings

    broken: list[T] = []
    phases = (Phase.generate, Phase.shrink) if bench.shrink else (Phase.generate,)

    @hypothesis.seed(bench.seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @hypothesis.given(strategy)
    def never_breaks(example: T) -> None:
        if breaks(example):
            broken.append(example)
            raise _Broken

    state = random.getstate()
    try:
        never_breaks()
    except _Broken:
        return broken[-1]
    finally:
        random.setstate(state)
    return None


class _Broken(Exception):
    """An example that breaks the property."""
