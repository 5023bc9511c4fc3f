"""TC503: without any credential, a clear error comes before anything is sent."""

from __future__ import annotations

import re

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import SETTLE_BY_CONFIGURATION, Bench, holds, unproven, violated
from taskcontract.clauses.chain import candidates
from taskcontract.clauses.nothing_given import SECRETS, Without, mentions_secrets, without
from taskcontract.clauses.unlearnt import CredentialClause
from taskcontract.model import Effect, Finding, TaskSpec

_PUZZLING = ("TypeError", "AttributeError", "NameError", "IndexError", "KeyError", "AssertionError", "SystemExit")
_DECLARE = 'whether the service needs one, declared: credential = { argument = "…", anonymous = false }, or true'


class NoCredentialFailsClearly(CredentialClause):
    """Without any credential, a clear error comes before anything is sent unauthenticated.

    A request without a credential is refused at best: the error then comes from the service, and speaks of permissions. At
    worst it is answered, with what everybody may see. `Authorization: Bearer None` is a riddle for whoever reads the logs.

    Judged by leaving the credential out at both places, with no secret and no variable set. A `ValueError`, an error that
    names the argument, the secret or the variable, and the client's own complaint are clear; `TypeError`, `AttributeError`
    and their like, from the task's own lines, are not. The text None in the credential's place is a breach. Whether a request
    with nothing in its place is one cannot be seen, since there are services for everybody: it is a breach if the credential
    is documented or declared as required, if the documentation promises a `ValueError` without it, or if
    `anonymous = false` is declared. What a client
    asks its own machine for (`169.254.169.254`) is no request of the task's, and refused. A client that is not installed where
    it is judged, and may look for credentials by itself, is not judged.
    """

    code, slug = "TC503", "no-credential-fails-clearly"
    nothing = "no argument is said to hold a credential, and neither secrets nor variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (*candidates(spec), *([SECRETS] if mentions_secrets(spec) else []))

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = without(bench, subject)
        if found is None or found.seen.phase in ("bind", "setup"):
            return None
        gone = [e for e in found.seen.effects if e.kind in ("http", "client", "connect", "process") and not e.constructing]
        written = next((place for place in found.filled if found.replaced(place) == "None"), None)
        if written is not None:
            return _broken(bench, found, subject, f"{_shown(written)} says None where the credential belongs")
        if found.seen.outcome.kind in ("raised", "exited") and not gone:
            return self._ended(bench, found, subject)
        if any(found.replaced(place) for place in found.filled) or not gone:
            return None
        return self._sent(bench, found, subject, gone)

    def _ended(self, bench: Bench, found: Without, subject: str) -> Finding:
        outcome = found.seen.outcome
        if outcome == found.seen_before.outcome:
            return unproven(subject, f"with a credential, too, it {telling.ending(found.seen)}", SETTLE_BY_CONFIGURATION)
        names = {*(o.name for o in found.origins), *([] if subject == SECRETS else [subject])}
        named = any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", outcome.text) for name in names)
        if not (named or outcome.deep) and not outcome.is_a("ValueError") and any(outcome.is_a(t) for t in _PUZZLING):
            return _broken(bench, found, subject, f"it {telling.ending(found.seen)}")
        return holds(subject, f"without it, it {telling.ending(found.seen)[:120]}", 2)

    def _sent(self, bench: Bench, found: Without, subject: str, gone: list[Effect]) -> Finding | None:
        anonymous = dict(bench.spec.declared.get("credential", {})).get("anonymous")
        if anonymous is True:
            return holds(subject, "the service is declared to serve without one as well", 2)
        required = anonymous is False or subject in bench.spec.declared.get("required", ())
        required = required or any(bench.spec.about("required", subject)) or _promised(bench.spec, found, subject)
        if gone[0].kind == "http" and required:
            return _broken(bench, found, subject, f"{gone[0].what[:120]} is sent unauthenticated")
        if gone[0].kind != "http":
            return unproven(subject, f"{gone[0].what[:80]} may find one by itself", "the client, installed where it is judged")
        return unproven(subject, f"without it, {gone[0].what[:120]} is sent, and the service may allow that", _DECLARE)


def _promised(spec: TaskSpec, found: Without, subject: str) -> bool:
    """Whether the documentation says that this ends in an error: all that has to be missing for it is, and nothing signs in.

    An argument that says which secret or variable to look up is missing when that is.
    """
    there = {name for name, _ in (*found.case.init, *found.case.call)}
    naming = {f.about for f in spec.facts if f.kind in ("secret-name", "env-name", "credential-name")}
    promised = any(there.isdisjoint({*f.value} - naming) for f in spec.about("raises-without", subject))
    return promised and not any("authorization" in place.lower() for place in found.empty)


def _broken(bench: Bench, found: Without, subject: str, what: str) -> Finding:
    missing = " and ".join(map(str, found.origins))
    seen = found.seen
    check = "seen.outcome.is_a('ValueError')"
    return violated(
        subject,
        f"without {missing}, {what}",
        expected=f"an error that says what is missing: {missing}",
        actual=telling.ending(seen),
        fix=f"{telling.place_of_run(bench.spec)}: raise ValueError naming {found.origins[0]} before anything else",
        reproduce=reproduce.alone(found.case, check),
        cases=(found.case, found.before),
        examples=2,
    )


def _shown(place: str) -> str:
    return place.strip(" :")
