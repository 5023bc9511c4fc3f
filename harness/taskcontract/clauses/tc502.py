"""TC502: credentials are looked up in the order of the contract."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from taskcontract.clauses import documents, mixing, reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.chain import Chain, Origin, candidates, chain
from taskcontract.clauses.nothing_given import mentions_secrets
from taskcontract.clauses.origins import ORDER
from taskcontract.clauses.tc501 import all_of, mixed, unread, unseen
from taskcontract.clauses.unlearnt import CredentialClause
from taskcontract.model import Finding, TaskSpec

Subset = tuple[Origin, ...]
CLIENT = ORDER["variable"]
FEW = 6
"""Up to as many sources, every subset of them is tried."""


def _rank(origin: Origin) -> int:
    return origin.rank


class CredentialOrder(CredentialClause):
    """For every subset of its sources, the first credential there is, in the order of the contract, is the one used.

    The order: the value passed explicitly; a Prefect secret; what the client finds by itself, such as environment variables.
    It is the same in every task, so that a user knows which account a flow works with without reading the task.

    The sources are found by watching, as for TC501, and every subset of them is tried: two sources in the wrong order show
    only when the others are missing. An explicit value that is there alone must do: a task that still demands a secret is in
    breach. Two secrets may come in any order, and so may what the client finds by itself: variables, its files (of more than
    six sources, those are tried one and two at a time and all at once). All parts of a credential come from the same source:
    one half from a secret and the other from a variable is a breach. A breach of TC501 is one of this clause as well.

    A secret that holds a document is there in both forms in which Prefect hands one on: as the document, which is what the
    configuration makes of JSON text, and as that text. `Secret(name).get()` gives the document either way. A task that parses
    it once more, or that parses what the run context has, cannot use it: that is a breach.
    """

    code, slug = "TC502", "credential-order"
    nothing = "no argument is said to hold a credential, and neither secrets nor variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        named = candidates(spec)
        in_secrets = (documents.DOCUMENTS,) if mentions_secrets(spec) else ()
        return (*named, *in_secrets)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        if subject == documents.DOCUMENTS:
            return documents.judge(bench)
        found = chain(bench, subject)
        if found is None:
            return None
        looked, unclear = 0, ""
        for subset in subsets(found.origins):
            case = found.case(subset)
            seen = bench(case)
            used = found.used(seen)
            first = {o for o in subset if o.rank == subset[0].rank}
            if used and not used & first and bench.steady(case, seen):
                return _out_of_order(bench, found, subset, used)
            half = mixing.judge(bench, found, case, first)
            if half is not None:
                return half
            if not used and subset == found.origins[:1] and _demanded(bench, found):
                return _not_enough(bench, found)
            if used and used <= first:
                looked += 1
            else:
                unclear = unclear or mixed(found, used, seen)
        unclear = unclear or unread(found)
        if looked and not unclear:
            return holds(subject, f"looked up in this order: {', '.join(map(str, found.origins))}", looked)
        return unproven(subject, unclear, "a configuration in which one value alone is used")


def subsets(origins: Subset) -> Iterator[Subset]:
    """Every subset but the empty one, the smallest first, each in the order of the contract.

    Of many, what the client looks up by itself is there one or two at a time, or all at once: its order among them is its own.
    """
    ordered = sorted(origins, key=_rank)
    for size in range(1, len(ordered) + 1):
        for subset in itertools.combinations(ordered, size):
            own = sum(o.rank == CLIENT for o in subset)
            if len(ordered) <= FEW or own in (0, 1, 2, sum(o.rank == CLIENT for o in ordered)):
                yield subset


def observed_order(bench: Bench, found: Chain) -> tuple[Origin, ...]:
    """The sources as the task prefers them: which one is used when all are there, which when that one is not, and so on."""
    left, order = list(found.origins), []
    while left:
        used = found.used(bench(found.case(tuple(left))))
        now = [o for o in left if o in used] or left
        order += now
        left = [o for o in left if o not in now]
    return tuple(order)


def _demanded(bench: Bench, found: Chain) -> bool:
    """Whether, with the explicit value alone, the run ends where it asks for a secret of the chain, and of no other use to it.

    A document may have other parts that the run needs: where any of it is sent beside the explicit value, it is.
    """
    everything = bench(found.case(found.origins))
    if any(found.places(everything, (o,)) for o in found.origins if o.kind == "secret"):
        return False
    seen = bench(found.case(found.origins[:1]))
    secrets = {o.name for o in found.origins if o.kind == "secret"}
    return seen.outcome.kind == "raised" and any(r.kind == "secret" and r.name in secrets for r in seen.reads[-1:])


def _out_of_order(bench: Bench, found: Chain, subset: Subset, used: frozenset[Origin]) -> Finding:
    case = found.case(subset)
    winner = next(o for o in subset if o in used)
    order = observed_order(bench, found)
    contract = tuple(sorted(found.origins, key=_rank))
    return violated(
        found.argument,
        f"with {all_of(subset)} there, the value of {winner} was used; order seen: {', '.join(map(str, order))}",
        expected=f"the value of {subset[0]}; order of the contract: {', '.join(map(str, contract))}",
        actual=f"the value of {winner}",
        fix=f"{telling.place_of_run(bench.spec)}: look at {winner} only when there is nothing from {subset[0]}",
        reproduce=reproduce.alone(case, unseen(winner.marks, "seen.effects")),
        cases=(case,),
        examples=len(subset),
    )


def _not_enough(bench: Bench, found: Chain) -> Finding:
    case = found.case(found.origins[:1])
    seen = bench(case)
    secret = next(o for o in found.origins if o.kind == "secret")
    return violated(
        found.argument,
        f"`{found.argument}` was given, and {secret} is demanded all the same: the run {telling.ending(seen)}",
        expected=f"the value of `{found.argument}` is used, and {secret} is not asked for",
        actual=telling.ending(seen),
        fix=f"{telling.place_of_run(bench.spec)}: ask for {secret} only when `{found.argument}` is None",
        reproduce=reproduce.alone(case, "seen.outcome.kind != 'raised'"),
        cases=(case,),
        examples=2,
    )
