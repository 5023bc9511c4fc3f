"""Property search: hypothesis draws values and splits, and what it finds is shrunk and judged again as a plain case.

A clause is cheap first (probes one at a time) and thorough second: what holds is tried again with drawn values and splits. The
bench's seed fixes the draws, so the same seed gives the same report.
"""

from __future__ import annotations

import functools
import importlib
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from taskcontract.model import Value
from taskcontract.values import Configuration, alternative

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from taskcontract.clauses.bench import Bench

T = TypeVar("T")


def values(config: Configuration, name: str) -> SearchStrategy[Value]:
    """Values of the same sort as the configured one: canned alternatives, and drawn ones for plain sorts."""
    from hypothesis import strategies as st

    now = config.values[name]
    canned = st.integers(0, 5).map(lambda n: alternative(now, name, n))
    if now.kind == "text":
        return st.one_of(canned, _words().map(lambda t: Value.of(t, "text")))
    if now.kind == "int":
        return st.one_of(canned, st.integers(1, 10_000).map(lambda i: Value.of(i, "int")))
    return canned


def named_values(configurations: Mapping[str, Configuration]) -> SearchStrategy[tuple[str, Value]]:
    """A name, and a value for it in its configuration."""
    from hypothesis import strategies as st

    return st.one_of([st.tuples(st.just(name), values(config, name)) for name, config in configurations.items()])


def _words() -> SearchStrategy[str]:
    from hypothesis import strategies as st

    return st.text("abcXYZ 09._-/äß中'\"{}%", min_size=1, max_size=12)


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

    make_ready()
    state = random.getstate()
    try:
        with _without_constants_of_the_host():
            never_breaks()
    except _Broken:
        return broken[-1]
    finally:
        random.setstate(state)
    return None


@functools.cache
def make_ready() -> None:
    """Let hypothesis be imported and build its tables, once and without a trace in the folder that the host is in."""
    import hypothesis
    from hypothesis import HealthCheck, configuration, settings
    from hypothesis import strategies as st

    home = "__hypothesis_home_directory"
    saved, state = vars(configuration)[home], random.getstate()
    with tempfile.TemporaryDirectory(prefix="taskcontract-") as folder, _without_constants_of_the_host():
        configuration.set_hypothesis_home_dir(folder)
        try:

            @hypothesis.seed(0)
            @settings(max_examples=5, database=None, deadline=None, suppress_health_check=list(HealthCheck))
            @hypothesis.given(st.fixed_dictionaries({"number": st.integers(0, 5), "words": _words()}))
            def draw(_: dict[str, int | str]) -> None:
                """Nothing is judged."""

            draw()
        finally:
            vars(configuration)[home] = saved
            random.setstate(state)


@contextmanager
def _without_constants_of_the_host() -> Iterator[None]:
    """Hypothesis tries constants that it finds in the source of whatever the process has imported from its folder.

    Then the same seed would not give the same report, and reading that source costs more than judging.
    """
    providers: Any = importlib.import_module("hypothesis.internal.conjecture.providers")
    plain, known = getattr(providers, "_get_local_constants", None), getattr(providers, "CONSTANTS_CACHE", None)
    if plain is None or known is None:  # a version that does not look for any
        yield
        return
    nothing = providers.Constants()
    providers._get_local_constants, providers.CONSTANTS_CACHE = lambda: nothing, type(known)(1024)
    try:
        yield
    finally:
        providers._get_local_constants, providers.CONSTANTS_CACHE = plain, known


class _Broken(Exception):
    """An example that breaks the property."""
