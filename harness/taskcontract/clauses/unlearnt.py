"""What is said about a credential when no run got as far as using it: that nothing could be learnt, and why.

A client may refuse the configuration that was made up for the task before it signs anything in. Then no argument and no secret
was seen to authenticate a request; that is no proof that the task takes no credential.
"""

from __future__ import annotations

from taskcontract.clauses import telling
from taskcontract.clauses.bench import SETTLE_BY_CONFIGURATION, Bench, unproven
from taskcontract.clauses.chain import candidates, secrets_of
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.nothing_given import SECRETS, without
from taskcontract.model import Finding


class CredentialClause(Clause):
    """A clause about the credentials that a task takes or asks for."""

    def unlearnt(self, bench: Bench) -> list[Finding]:
        """An *unproven* finding for each of them that no run got as far as using, if the best one ended in an error."""
        seen = bench.baseline.seen
        if bench.works and seen.outcome.kind != "raised":
            return []
        why = f"no run was seen to use it; the best {telling.ending(seen)}" if bench.works else bench.why_not()
        unused = [s for s in _taken(bench) if not bench.works or without(bench, s) is None]
        return [unproven(subject, why, SETTLE_BY_CONFIGURATION) for subject in unused]


def _taken(bench: Bench) -> list[str]:
    """The arguments that are said to hold a credential; without any, whether secrets were asked for."""
    named = [name for name in candidates(bench.spec) if any(bench.spec.about("credential", name))]
    return named or ([SECRETS] if secrets_of(bench.baseline.seen) else [])
