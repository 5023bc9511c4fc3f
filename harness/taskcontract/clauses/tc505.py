"""TC505: a credential appears nowhere but where it is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from taskcontract.cassettes.canaries import search
from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.chain import Origin, Place, candidates, chain, given, spread
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.exposed import ENVIRONMENT, ERRORS, PLACES, RESULT
from taskcontract.clauses.exposed import Place as Exposed
from taskcontract.clauses.holding import is_credential
from taskcontract.clauses.marks import harmless, secret_marks
from taskcontract.clauses.nothing_given import SECRETS, Without, mentions_secrets, without
from taskcontract.clauses.refusing import refused
from taskcontract.clauses.tc501 import unseen
from taskcontract.model import Answers, Case, Finding, TaskSpec, Twist, Value

CALL: Place = "call"
_DENIED = Twist(0, "status", "401")


class CredentialNotLeaked(Clause):
    """A credential is seen by nobody but the service that it is for.

    Results are kept and shown, logs are sent to a server, errors end up in messages to whoever is on duty, a command line is
    seen by everybody on the machine, a file outlives the run. What a run keeps on the instance goes wherever the task is
    pickled to; what it puts into the process's environment goes to every program that is started afterwards.

    Judged on runs in which the credential was seen to be used, given as an argument, as a secret and as a variable; also on
    one that the service denies (401), and, for errors, on one that is given words instead of a credential, which the task may
    refuse before it uses them. Its value is looked for in every encoding: quoted, base64, hex, reversed, compressed,
    hashed. Of a document of credentials only what signs in counts, not who does and where. The places: the result; logs at
    every level, and what is printed; errors that the task's own code wrote, those that a traceback shows before them too; the
    instance after the run, as it is pickled; what its own `__repr__` and `__str__` say; command lines; files that are left
    behind, and their names; the process's environment; the query of an address, where the same request has the credential in
    a header as well. Nothing is said of a place in which a run left nothing.

    What an argument gave to construction may stay on the instance, and so may a client that a run keeps there in a private
    attribute, for its next run. The environment of one program (`env=`) is where it takes its credentials from. An error of
    the client's own that tells the address it asked for is not held against the task, nor is a credential in a URL alone:
    there are services that take it nowhere else. A file that the caller named, that a client wrote or that a program is handed
    is not judged.
    """

    code, slug = "TC505", "credential-not-leaked"
    nothing = "no argument is said to hold a credential, and neither secrets nor variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return tuple(_PLACES) if candidates(spec) or mentions_secrets(spec) else ()

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        place, looked, used, unclear = _PLACES[subject], 0, False, ""
        for case, origins in (*_cases(bench), *(_refused(bench) if place.name == ERRORS else ())):
            used, seen, some = True, bench(case), False
            for shown in place.look(seen, case):
                if shown.unread:
                    unclear = unclear or shown.unread
                    continue
                origin = _told(shown.thing, origins, place, case)
                if origin is not None and shown.open:
                    unclear = unclear or f"the value of {origin} is in {subject}: {shown.open}"
                elif origin is not None and bench.steady(case, seen):
                    return _leaked(bench, place, case, origin, shown.thing)
                some = some or not shown.open
            looked += some or (place.always and seen.phase == "run")
        if unclear:
            return unproven(subject, unclear, "a look at it by someone who knows what it is for")
        if looked:
            return holds(subject, "no credential in it, in any encoding", looked)
        if used and subject == RESULT:
            return unproven(subject, "no run with a credential returned anything", "values with which the task returns")
        return None


_PLACES = {place.name: place for place in PLACES}


def _cases(bench: Bench) -> Iterator[tuple[Case, tuple[Origin, ...]]]:
    """Runs that used a credential, each with where it came from."""
    for name in (*candidates(bench.spec), *([SECRETS] if mentions_secrets(bench.spec) else [])):
        found = without(bench, name)
        if found is None or (name != SECRETS and not _a_credential(bench, name)):
            continue
        yield found.before, found.origins
        if any(e.kind == "http" for e in found.seen_before.effects):
            yield _denied(found), found.origins
        known = chain(bench, name) if name != SECRETS else None
        if known is not None:
            yield from ((known.case((origin,)), (origin,)) for origin in known.origins[1:])
        if name != SECRETS and bench.spec.run_parameter(name) is not None:
            yield _at_call(bench, found, name), found.origins[:1]


def _refused(bench: Bench) -> Iterator[tuple[Case, tuple[Origin, ...]]]:
    """Runs with a credential that is none: what the task says of it."""
    used = (n for n in candidates(bench.spec) if without(bench, n) is not None and _a_credential(bench, n))
    return refused(bench, frozenset(used))


def _a_credential(bench: Bench, name: str) -> bool:
    """Whether an argument that reaches the outside is a credential, and not merely has a secret for a substitute."""
    return is_credential(bench, name)


def _denied(found: Without) -> Case:
    answers: Answers = found.before.answers
    return found.before.with_(answers=Answers(answers.documents, answers.choices, answers.cassette, answers.stubs, _DENIED))


def _at_call(bench: Bench, found: Without, name: str) -> Case:
    """The run that is given the credential at the call alone."""
    known = chain(bench, name)
    if known is not None and known.works:
        return known.case(known.origins[:1], CALL)
    config = bench.configured(name)
    if config is None:
        return found.before
    some = found.before.any_secret
    return given(spread(config, name, CALL), (), some if isinstance(some, tuple) else ())


# --- what is seen ----------------------------------------------------------------------------------------------------


def _told(text: Any, origins: tuple[Origin, ...], place: Exposed, case: Case) -> Origin | None:
    """Whose value is in a text, some bytes or a tree."""
    at_construction = {name for name, _ in case.init}
    marks: dict[str, str] = {}
    for n, origin in enumerate(origins):
        ours = place.ours and origin.kind == "argument" and origin.name in at_construction
        if not (ours or (place.name == ENVIRONMENT and origin.kind == "variable")):
            marks |= {f"{n}/{m}": mark for m, mark in enumerate(_marks(origin, case))}
    hits = search(marks, text) if marks else []
    shown = (origins[int(hit.name.partition("/")[0])] for hit in hits)
    return next((o for o in shown if not _only_harmless(o, text)), None)


def _marks(origin: Origin, case: Case) -> tuple[str, ...]:
    if origin.kind == "argument":
        value = dict((*case.init, *case.call)).get(origin.name)
        return secret_marks(value) if value is not None else ()
    return secret_marks(Value(origin.text)) if origin.text.startswith("{") else origin.marks


def _only_harmless(origin: Origin, text: Any) -> bool:
    """Whether all that is seen of a secret with every key are keys that hold no credential."""
    keys = [key for mark in origin.marks for key in re.findall(rf"{re.escape(mark)}-(\w+)", repr(text))]
    return origin.kind == "secret" and not origin.text and bool(keys) and all(map(harmless, keys))


def _leaked(bench: Bench, place: Exposed, case: Case, origin: Origin, thing: Any) -> Finding:
    shown = _excerpt(thing, _marks(origin, case))
    return violated(
        place.name,
        f"the value of {origin} is in {place.name}: {telling.short(shown, 120)}",
        expected=f"no credential in {place.name}",
        actual=f"the value of {origin}, in {telling.short(shown)}",
        fix=f"{telling.place_of_run(bench.spec)}: {place.remedy}",
        reproduce=reproduce.alone(case, unseen(_marks(origin, case), place.checked)),
        cases=(case,),
        examples=1,
    )


def _excerpt(thing: Any, marks: tuple[str, ...]) -> Any:
    """What is shown of something: of a pickle, the part around the credential."""
    if not isinstance(thing, bytes):
        return thing
    found = [at for mark in marks if (at := thing.find(mark.encode())) >= 0]
    start = max(0, min(found, default=0) - 40)
    return thing[start : start + 120]
