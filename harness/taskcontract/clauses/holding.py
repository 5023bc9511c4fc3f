"""Whether an argument holds a credential: said by its name or documentation, or shown by the secret that stands in for it."""

from __future__ import annotations

import re

from taskcontract.clauses.bench import Bench
from taskcontract.clauses.chain import Chain, Origin, chain, sent
from taskcontract.clauses.marks import harmless


def is_credential(bench: Bench, argument: str) -> bool:
    """Whether `argument` is a credential.

    It is if it is called one. It is, too, if the whole of a Prefect secret stands in for it; an address or a user name is
    not, and no more is what one key of a secret's document stands in for: such a document also says where, and as whom.
    """
    if any(bench.spec.about("credential", argument)):
        return True
    found = chain(bench, argument) if not harmless(argument) else None
    return found is not None and any(_whole(bench, found, origin) for origin in found.origins)


def _whole(bench: Bench, found: Chain, origin: Origin) -> bool:
    """Whether all of a secret, and no key of it, stands in for the argument."""
    if origin.kind != "secret" or origin.text.startswith(("{", "[")):
        return False
    places = sent(bench(found.case((origin,))), found.coarse)
    texts = "\n".join(places.get(slot, "") for slot in found.slots)
    return any(mark in texts and not re.search(rf"{re.escape(mark)}-\w", texts) for mark in origin.marks)
