"""Every source of a task's credentials with the places where its value arrived, as far as watching showed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from taskcontract.clauses import declared
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.chain import Chain, Origin, arrivals, candidates, chain
from taskcontract.clauses.holding import is_credential
from taskcontract.clauses.nothing_given import SECRETS, mentions_secrets, without
from taskcontract.model import Arrival


def arriving(bench: Bench) -> tuple[Arrival, ...]:
    """The sources of each credential in the order of the contract, the argument first; then secrets asked for in any case."""
    told: list[Arrival] = []
    for name in candidates(bench.spec):
        told += _of_argument(bench, name)
    known = {each.name for each in told if each.kind == "secret"}
    if mentions_secrets(bench.spec):
        told += (each for each in _of_secrets(bench) if each.name not in known)
    return tuple(told)


def _of_argument(bench: Bench, name: str) -> Iterator[Arrival]:
    found = chain(bench, name)
    if found is not None:
        yield from (_one(bench, found, origin) for origin in sorted(found.origins, key=lambda o: o.rank))
        yield from (Arrival(name, "declared", words, words) for words in found.absent)
    elif is_credential(bench, name):
        alone = without(bench, name)
        if alone is not None:
            yield _arrival(name, alone.origins[0], alone.filled)
        elif declared.argument(bench.spec) == name:
            yield Arrival(name, "declared", f"`{name}`", f"`{name}`")


def _one(bench: Bench, found: Chain, origin: Origin) -> Arrival:
    return _arrival(found.argument, origin, found.slots & frozenset(found.places(bench(found.case((origin,))), (origin,))))


def _of_secrets(bench: Bench) -> Iterator[Arrival]:
    found = without(bench, SECRETS)
    for origin in found.origins if found is not None else ():
        places = arrivals(found.seen_before, (origin,)) if found is not None else {}
        if places:
            yield _arrival("", origin, places)


def _arrival(argument: str, origin: Origin, places: Iterable[str]) -> Arrival:
    return Arrival(argument, origin.kind, origin.name, str(origin), tuple(sorted(place.strip(" :") for place in places)))
