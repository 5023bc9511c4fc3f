"""TC503: without any credential, a clear error comes before anything is sent."""

from __future__ import annotations

import re
from dataclasses import replace

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import SETTLE_BY_CONFIGURATION, Bench, holds, unproven, violated
from taskcontract.clauses.chain import arrivals, candidates, given
from taskcontract.clauses.nothing_given import SECRETS, Without, mentions_secrets, without
from taskcontract.clauses.unlearnt import CredentialClause
from taskcontract.model import Effect, Finding, Observation, TaskSpec

_PUZZLING = ("TypeError", "AttributeError", "NameError", "IndexError", "KeyError", "AssertionError", "SystemExit")
_SENT = ("http", "client", "connect", "process")
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
    asks its own machine for (`169.254.169.254`) is no request of the task's, and refused.

    A client that is not installed where it is judged, or that is replaced, is known by its published look-up: if that finds
    nothing, what counts is what the client says as soon as a credential is demanded (`fe_sendauth: no password supplied`). One
    that looks for none, and leaves it to the service, is a breach if the credential is required, as a request is, and cannot be
    judged otherwise; nor can a client whose look-up is not known.
    """

    code, slug = "TC503", "no-credential-fails-clearly"
    nothing = "no argument is said to hold a credential, and neither secrets nor variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (*candidates(spec), *([SECRETS] if mentions_secrets(spec) else []))

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = without(bench, subject)
        if found is None or found.seen.phase in ("bind", "setup"):
            return None
        gone = _gone(found.seen)
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
        if gone[0].kind == "client":
            known = self._looked_up(bench, found, subject, required)
            if known is not None:
                return known
            alone = _with_none(bench, found, subject)
            if alone is not None:
                return self._ended(bench, alone, subject)
        if gone[0].kind != "http":
            return unproven(subject, f"{gone[0].what[:80]} may find one by itself", "the client, installed where it is judged")
        return unproven(subject, f"without it, {gone[0].what[:120]} is sent, and the service may allow that", _DECLARE)

    def _looked_up(self, bench: Bench, found: Without, subject: str, required: bool) -> Finding | None:
        """What a client does whose own look-up is known, and that found nothing; None where none is, or it went otherwise."""
        filled = {place.partition(" ")[0] for place in arrivals(found.seen_before, found.origins)}
        without = [r for r in found.seen.reads if r.kind in ("lacking", "anonymous") and r.name in filled]
        anonymous = next((r for r in without if r.kind == "anonymous"), None)
        if anonymous is not None and required:
            return _broken(bench, found, subject, f"{anonymous.name} is called without a credential, and looks for none")
        if anonymous is not None:
            why = f"{anonymous.name} is called without one, for the client looks for none, and the service may allow that"
            return unproven(subject, why, _DECLARE)
        if not without:
            return None
        case = found.case
        for read in without:  # they are asked for it, by what they call
            case = case.with_(answers=case.answers.choosing(read.name, "True"))
        demanded = replace(found, case=case, seen=bench(case))
        if _gone(demanded.seen) or demanded.seen.outcome.kind not in ("raised", "exited"):
            why = f"where {without[0].name} is asked for a credential that it lacks, the run {telling.ending(demanded.seen)}"
            return unproven(subject, why[:200], "the client, installed where it is judged")
        return self._ended(bench, demanded, subject)


def _promised(spec: TaskSpec, found: Without, subject: str) -> bool:
    """Whether the documentation says that this ends in an error: all that has to be missing for it is, and nothing signs in.

    An argument that says which secret or variable to look up is missing when that is.
    """
    there = {name for name, _ in (*found.case.init, *found.case.call)}
    naming = {f.about for f in spec.facts if f.kind in ("secret-name", "env-name", "credential-name")}
    promised = any(there.isdisjoint({*f.value} - naming) for f in spec.about("raises-without", subject))
    return promised and not any("authorization" in place.lower() for place in found.empty)


def _gone(seen: Observation) -> list[Effect]:
    """What left the task towards anybody."""
    return [e for e in seen.effects if e.kind in _SENT and not e.constructing]


def _with_none(bench: Bench, found: Without, subject: str) -> Without | None:
    """The experiment with no other argument that may hold a credential, where this one is enough and none ends the run."""
    config, value = bench.baseline.minimal, bench.baseline.full.values.get(subject)
    others = [name for name in config.values if name != subject and any(bench.spec.about("credential", name))]
    for name in others:
        config = config.setting(name, None)
    if value is None or (not others and subject not in config.values):
        return None
    before, case = (given(config.setting(subject, v).case(everywhere=True), ()) for v in (value, None))
    alone = replace(found, before=before, case=case, seen_before=bench(before), seen=bench(case))
    ended = alone.seen.outcome.kind in ("raised", "exited") and not _gone(alone.seen)
    return alone if ended and _gone(alone.seen_before) else None


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
