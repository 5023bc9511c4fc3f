"""What can be odd about an answer: the twists that one recorded answer allows, in words, and what was at their place before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, get_args

from taskcontract.cassettes.paths import How, at, branches, leaves
from taskcontract.cassettes.xml_places import NoXml, changes
from taskcontract.cassettes.xml_places import at as at_in_xml
from taskcontract.clauses import answering
from taskcontract.model import Answered, Observation, Twist

PLACES: Final = 60
"""How many places of one answer may be made odd."""
HEADER: Final = "header "

_HOWS: Final[tuple[How, ...]] = get_args(How)
_NOBODY_READS: Final = frozenset({
    "date", "server", "connection", "keep-alive", "vary", "via", "cache-control", "expires", "pragma", "age", "accept-ranges",
    "transfer-encoding", "strict-transport-security", "x-amz-id-2", "x-content-type-options", "x-frame-options",
})  # fmt: skip
_NOR: Final = ("content-", "access-control-")


def twists(seen: Observation) -> Iterator[Twist]:
    """Every way to make one place of one answer odd; the plainest first, since that is what a search shrinks to."""
    for number, answered in enumerate(seen.answered):
        tree = answering.document(answered)
        if isinstance(tree, (dict, list)):
            yield from _of_json(number, tree)
        elif answered.text or answered.size:
            yield from _of_xml(number, answered)
            yield Twist(number, "empty")
        else:
            yield from _of_headers(number, answered)
            continue
        yield Twist(number, "truncated")


def _of_json(number: int, tree: Any) -> Iterator[Twist]:
    places = [p for p in dict.fromkeys((*leaves(tree), *branches(tree))) if p != "$"][:PLACES]
    for how in _HOWS:
        yield from (Twist(number, how, place) for place in places if _is_odd(at(tree, place), how))
    yield Twist(number, "empty", "$")


def _is_odd(now: Any, how: How) -> bool:
    """Whether the change changes anything: what is null or empty cannot be made so."""
    return not (how == "null" and now is None) and not (how == "empty" and not now)


def _of_xml(number: int, answered: Answered) -> Iterator[Twist]:
    try:
        found = changes(answered.text.encode("utf-8", "surrogatepass"), PLACES)
    except NoXml:
        return
    yield from (Twist(number, how, place) for how, place in found)


def _of_headers(number: int, answered: Answered) -> Iterator[Twist]:
    """An answer without a body says what it has to say in its headers."""
    for name in dict.fromkeys(answered.headers):
        low = name.lower()
        if low not in _NOBODY_READS and not low.startswith(_NOR) and not low.endswith(("request-id", "requestid")):
            yield Twist(number, "missing", HEADER + name)


def was_sent(answered: Answered, twist: Twist, result: Any) -> bool:
    """Whether a result is just what was at the place that is missing, null or empty now: then nothing is what was sent."""
    tree = answering.document(answered)
    if isinstance(tree, (dict, list)):
        return twist.how in ("null", "missing") and bool(at(tree, twist.at) == result)
    if twist.how not in ("missing", "empty") or twist.at.startswith(HEADER):
        return False
    return not twist.at or result in _texts(answered, twist.at)


def _texts(answered: Answered, path: str) -> list[str]:
    """The texts at a path in an XML document, as they are written."""
    document = answered.text.encode("utf-8", "surrogatepass")
    return [document[slice(*element.inside)].decode("utf-8", "surrogatepass").strip() for element in at_in_xml(document, path)]


def said(twist: Twist) -> str:
    """The beginning of a sentence: "with … answer 1"."""
    what = {
        "missing": f"{twist.at} missing from",
        "null": f"{twist.at} null in",
        "type": f"{twist.at} of another type in",
        "empty": f"{'nothing' if twist.at in ('$', '') else twist.at + ' empty'} in",
    }.get(twist.how, "half of the body of")
    return f"{what} answer {json.dumps(twist.number + 1)}"
