"""TC501: the explicit credential wins."""

from __future__ import annotations

from collections.abc import Iterable

from taskcontract.clauses import declared, mixing, reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.chain import Chain, Origin, Place, candidates, chain
from taskcontract.clauses.nothing_given import without
from taskcontract.clauses.unlearnt import CredentialClause
from taskcontract.model import Finding, Observation, TaskSpec

BOTH: Place = "both"
CONSTRUCTION: Place = "init"


class ExplicitCredentialWins(CredentialClause):
    """With every source present, the explicit credential is the one used.

    Who passes a token means that token, whatever secret or environment variable happens to be set where the flow runs. A
    task that asks its secret first works on the author's machine, and on others with somebody else's account.

    The sources are found by watching: the argument is left out, and the secrets and variables that the run then asks for are
    planted, each with a value of its own. One whose value turns up where the argument's did can stand in for it. Then all of
    them are there at once, the argument given at the call and at construction, and the value that leaves the task tells which
    one was used. Arguments that nothing stands in for are not judged. A credential of several parts has to be used as a whole:
    an identifier that is sent with the secret's key is a breach. Which key signed a request (Amazon's Signature Version 4,
    Azure's SharedKey, a JSON Web Token, an HMAC of the body or the address) is found out by signing it again with each.

    The sources that count are also the files and variables of the client's own (`~/.aws/credentials`, `KUBECONFIG`), keys of
    the run context and of Prefect's configuration. A file whose form is not known, and whose presence changes the run, leaves
    the matter unproven. `~/.netrc`, which takes the place of what a task sends with `requests`, is a matter of TC507.
    """

    code, slug = "TC501", "explicit-credential-wins"
    nothing = "no argument is said to hold a credential, and neither secrets nor variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return candidates(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = chain(bench, subject)
        if found is None:
            return _nowhere(bench, subject)
        explicit, looked, unclear = found.origins[0], 0, ""
        for place in (BOTH, CONSTRUCTION):
            if place == CONSTRUCTION and explicit not in found.used(bench(found.case((explicit,), place))):
                continue
            case = found.case(found.origins, place)
            seen = bench(case)
            used = found.used(seen)
            if used and explicit not in used and bench.steady(case, seen):
                return _beaten(bench, found, place, used)
            half = mixing.judge(bench, found, case, {explicit})
            if half is not None:
                return half
            if used == {explicit}:
                looked += 1
            else:
                unclear = mixed(found, used, seen)
        unclear = unclear or unread(found)
        if looked and not unclear:
            return holds(subject, f"used, and not {all_of(found.origins[1:])}", looked)
        return unproven(subject, unclear, "a configuration in which one value alone is used")


def _nowhere(bench: Bench, subject: str) -> Finding | None:
    """What is said of an argument without a chain: nothing, unless it is declared to give the credential and goes nowhere."""
    if declared.argument(bench.spec) != subject or without(bench, subject) is not None:
        return None
    said = f"`{subject}` is declared to give the credential, and its value was not seen to leave the task"
    return unproven(subject, said, "values with which it does, or another declaration")


def _beaten(bench: Bench, found: Chain, place: Place, used: frozenset[Origin]) -> Finding:
    case = found.case(found.origins, place)
    winner = next(o for o in found.origins if o in used)
    at = "construction" if place == CONSTRUCTION else "the call"
    return violated(
        found.argument,
        f"`{found.argument}` was given at {at}, and the value of {winner} was used",
        expected=f"the value of `{found.argument}` in {where(found)}",
        actual=f"the value of {winner}",
        fix=f"{telling.place_of_run(bench.spec)}: look at {winner} only when `{found.argument}` is None",
        reproduce=reproduce.alone(case, unseen(winner.marks, "seen.effects")),
        cases=(case,),
        examples=2,
    )


def all_of(origins: tuple[Origin, ...]) -> str:
    """`a`, the secret B and $C."""
    told = [str(o) for o in origins]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def unseen(marks: Iterable[str], where: str) -> str:
    """An expression: none of these texts is in `where`, in any encoding."""
    return f"not search({ {str(number): mark for number, mark in enumerate(marks)}!r}, {where})"


def mixed(found: Chain, used: frozenset[Origin], seen: Observation) -> str:
    """Why it cannot be told which source was used."""
    if used:
        return f"the values of {all_of(tuple(o for o in found.origins if o in used))} were used together"
    return f"with {all_of(found.origins)} there, no value of theirs left the task; it {telling.ending(seen)}"


def unread(found: Chain) -> str:
    """Why nothing can be said of all sources: there is one whose values were not found again."""
    if found.absent:
        return f"{' and '.join(found.absent)} is declared, and its value was not seen where `{found.argument}` goes"
    if not found.unread:
        return ""
    return f"{' and '.join(found.unread)} changes what the run does, and its values were not seen where `{found.argument}` goes"


def where(found: Chain) -> str:
    """The place where the credential goes, in words."""
    return min(found.slots).strip(" :")
