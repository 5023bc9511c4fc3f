"""Variables that authenticate a run although every argument is given: what no argument could have said otherwise.

Found by watching, as a chain's are: with everything given, the variables that the run asks for and that are called as
credentials are get a value of their own, and those whose value leaves the task are its sources.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from taskcontract.clauses.bench import Bench
from taskcontract.clauses.chain import Origin, arrivals, candidates, chain, given, secrets_of, variables_of
from taskcontract.clauses.marks import marked
from taskcontract.model import Case, Observation
from taskcontract.values import Configuration

_NO_CREDENTIAL = re.compile(r"(URL|HOST|USER|USERNAME|LOGIN|NAME|ID|REGION|ENDPOINT|SERVER|PATH|FILE|DIR|PROFILE)$", re.I)


@dataclass(frozen=True, slots=True)
class Variables:
    """The sources, and the configuration that they were found with; `ambient` are the secrets that it needs."""

    configuration: Configuration
    origins: tuple[Origin, ...]
    ambient: tuple[str, ...] = ()

    def case(self, present: Collection[Origin]) -> Case:
        """Everything given, and these variables."""
        return given(self.configuration.case(everywhere=True), present, self.ambient)

    def used(self, seen: Observation) -> frozenset[Origin]:
        """Whose values left the task."""
        return frozenset(origin for found in arrivals(seen, self.origins).values() for origin in found)


def looked_up(bench: Bench) -> Variables | None:
    """The variables that authenticate with every argument given; None if there are none. Found once per bench."""
    if "looked up" not in bench.facts:
        bench.facts["looked up"] = _looked_up(bench)
    found: Variables | None = bench.facts["looked up"]
    return found


def _looked_up(bench: Bench) -> Variables | None:
    config = bench.baseline.full
    asked = bench(config.case(everywhere=True))
    of_chains = {o.name for name in candidates(bench.spec) if (found := chain(bench, name)) is not None for o in found.origins}
    names = (n for n in variables_of(bench, config, asked) if n not in of_chains and not _NO_CREDENTIAL.search(n))
    origins = tuple(Origin("variable", name, marked(f"value-of-{name}"), f"value-of-{name}") for name in names)
    all_of_them = Variables(config, origins, secrets_of(asked))
    used = all_of_them.used(bench(all_of_them.case(origins)))
    kept = tuple(o for o in origins if o in used)
    return Variables(config, kept, secrets_of(asked)) if kept else None
