"""A credential of which one half is from here and the other from there: an identifier sent with somebody else's key.

Where a credential has parts, each source of it was seen alone in all the places that count. With several sources there, every
part has to come from the one that is to be used; a key that signs counts as a part, though it is not sent itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, violated
from taskcontract.clauses.origins import SIGNATURE, Chain, Origin
from taskcontract.model import Case, Finding, Observation

_SURROUNDINGS: Final = re.compile(
    r"(^|[\W_])(region(_?name)?|project(_?id)?|host(name)?|port|url|uri|server|endpoint|account|database|scope)\W*$", re.I
)


def judge(bench: Bench, found: Chain, case: Case, wanted: Iterable[Origin]) -> Finding | None:
    """The breach, if a part of the credential comes from another source than `wanted`, and another part from there."""
    seen, wanted = bench(case), frozenset(wanted)
    place, used = _part(bench, found, seen, wanted)
    if not place or not bench.steady(case, seen):
        return None
    right = next(o for o in found.origins if o in wanted)
    wrong = next(o for o in found.origins if o in used)
    signs = place.endswith(f" {SIGNATURE}")
    marks = {str(number): mark for number, mark in enumerate(wrong.marks)}
    check = f"signed_with({list(wrong.may_sign)!r}, seen.effects)" if signs else f"search({marks!r}, seen.effects)"
    given = f"{right} was given" if right.kind == "argument" else f"{right} is there"
    does = f"signs {place.removesuffix(SIGNATURE).strip()} requests" if signs else f"stands in {place.strip(' :')}"
    return violated(
        found.argument,
        f"{given}, and only a part of it is used: the value of {wrong} {does}",
        expected=f"every part of the credential from {right}",
        actual=f"one part from {right}, another from {wrong}",
        fix=f"{telling.place_of_run(bench.spec)}: take all parts of the credential from the same source",
        reproduce=reproduce.alone(case, f"not {check}"),
        cases=(case,),
        examples=2,
    )


def _part(bench: Bench, found: Chain, seen: Observation, wanted: frozenset[Origin]) -> tuple[str, frozenset[Origin]]:
    """A place where others' values stand alone, while that of a wanted source stands in another one; ("", nothing) if none.

    The place counts where each of the two was seen by itself.
    """
    places = found.places(seen, found.origins)
    stand = {origin for slot in found.slots for origin in places.get(slot, ())}
    for right in (o for o in found.origins if o in stand & wanted):
        for place, origins in sorted(places.items()):
            wrong = next((o for o in found.origins if o in origins and o in stand), None)
            if wrong is None or origins & wanted or _SURROUNDINGS.search(place):
                continue
            alone = (found.places(bench(found.case((origin,))), (origin,)) for origin in (right, wrong))
            if all(place in each for each in alone):
                return place, origins
    return "", frozenset()
