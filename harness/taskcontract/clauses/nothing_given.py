"""What a task does when none of the sources of a credential is there: the experiment that TC503 and TC504 share.

From a configuration that works, the argument is left out and no secret or variable is set. Where the credential would have
stood, there is now nothing, the text None, or something else: that is compared place by place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from taskcontract.clauses.bench import Bench
from taskcontract.clauses.chain import Chain, Origin, arrivals, chain, given, secrets_of, sent
from taskcontract.clauses.marks import marks, secret_planted
from taskcontract.model import Case, Observation, TaskSpec

SECRETS = "secrets"
"""The subject that stands for the secrets which a task asks for although every argument is given."""


@dataclass(frozen=True, slots=True)
class Without:
    """`case` is without any credential, `before` with one; `filled` and `empty` are what stood in its places then and now."""

    origins: tuple[Origin, ...]
    before: Case
    case: Case
    seen_before: Observation
    seen: Observation
    filled: Mapping[str, str]
    empty: Mapping[str, str]

    def replaced(self, place: str) -> str | None:
        """What stands now just where the credential stood in `place`; None when the rest differs too, or nothing is there."""
        for mark, before, now in self._compared(place):
            found = re.fullmatch(re.escape(before).replace(re.escape(mark), "(.*)", 1), now, re.DOTALL)
            if found:
                return found[1]
        return None

    def followed(self, place: str) -> str | None:
        """The word that follows now what stood before the credential in `place`, whatever comes after: it may be signed."""
        for mark, before, now in self._compared(place):
            start = before[: before.index(mark)]
            word = _WORD.match(now, len(start)) if start and now.startswith(start) else None
            if word:
                return word[0]
        return None

    def _compared(self, place: str) -> Iterator[tuple[str, str, str]]:
        """Each mark with a text that had it and one that is there now; several calls may have left one each."""
        now, before = self.empty.get(place), self.filled[place]
        if now is None:
            return
        lines = before.split("\n")
        new = [line for line in now.split("\n") if line not in lines]
        for mark in (m for o in self.origins for m in o.marks if m in before):
            yield mark, before, now
            yield from ((mark, line, other) for line in lines if mark in line for other in new)


_WORD = re.compile(r"[^\s/,;&\"']+")


def mentions_secrets(spec: TaskSpec) -> bool:
    """Whether the source or the documentation speak of Prefect secrets."""
    return any(f.kind in ("secret", "secret-name") for f in spec.facts)


def without(bench: Bench, subject: str) -> Without | None:
    """The experiment for one argument, or for the secrets; None if it is no credential that shows; done once per bench."""
    key = f"without {subject}"
    if key not in bench.facts:
        bench.facts[key] = _secrets(bench) if subject == SECRETS else _argument(bench, subject)
    found: Without | None = bench.facts[key]
    return found


def _argument(bench: Bench, argument: str) -> Without | None:
    found = chain(bench, argument)
    if found is not None:
        present = found.origins[:1] if found.works else found.origins
        return _compared(bench, found.origins, found.case(present), found.case(()), found)
    config = bench.configured(argument)
    value = config.values.get(argument) if config is not None else None
    if config is None or value is None or not any(bench.spec.about("credential", argument)):
        return None
    origin = Origin("argument", argument, marks(value))
    needed = secrets_of(bench(config.case(everywhere=True)))
    before = given(config.case(everywhere=True), (), needed)
    after = given(config.setting(argument, None).case(everywhere=True), (), needed)
    return _compared(bench, (origin,), before, after, None) if origin.marks else None


def _secrets(bench: Bench) -> Without | None:
    config = bench.baseline.full.case(everywhere=True)
    names = secrets_of(bench(config))
    origins = tuple(Origin("secret", name, secret_planted(bench.spec, name)) for name in names)
    return _compared(bench, origins, config, given(config, ()), None) if names else None


def _compared(bench: Bench, origins: tuple[Origin, ...], before: Case, after: Case, found: Chain | None) -> Without | None:
    one, two = bench(before), bench(after)
    coarse = found is not None and found.coarse
    filled, empty = sent(one, coarse), sent(two, coarse)
    places = found.slots if found is not None else frozenset(arrivals(one, origins))
    shown = {place: filled[place] for place in sorted(places) if place in filled}
    return Without(origins, before, after, one, two, shown, empty) if shown else None
