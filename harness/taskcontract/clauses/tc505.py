"""TC505: a credential appears nowhere but where it is needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from taskcontract.cassettes.canaries import search
from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.chain import Origin, Place, candidates, chain, given, spread
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.marks import harmless, secret_marks
from taskcontract.clauses.nothing_given import SECRETS, Without, mentions_secrets, without
from taskcontract.clauses.tc501 import unseen
from taskcontract.model import Answers, Case, Finding, Observation, TaskSpec, Twist, Value

RESULT, LOGS, ERRORS, INSTANCE, COMMANDS = "the result", "logs", "errors", "the instance", "command lines"
CALL: Place = "call"
_DENIED = Twist(0, "status", "401")


class CredentialNotLeaked(Clause):
    """A credential appears in no result, no log line, no error of the task's own, no command line, and not on the instance.

    Results are kept and shown, logs are sent to a server, errors end up in messages to whoever is on duty, a command line is
    seen by everybody on the machine. What a run keeps on the instance goes wherever the task is pickled to.

    Judged on runs in which the credential was seen to be used, given as an argument, as a secret and as a variable; also on
    one that the service denies (401). Its value is looked for in every encoding: quoted, base64, hex, reversed, compressed,
    hashed. Of a document of credentials only what signs in counts, not who does and where. What an argument gave to
    construction may stay on the instance, and so may a client that a run keeps there in a private attribute. An error of the
    client's own that tells the address it asked for is not held against the task, nor is a credential in a URL: there are
    services that take it nowhere else.
    """

    code, slug = "TC505", "credential-not-leaked"
    nothing = "no argument is said to hold a credential, and neither secrets nor variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (RESULT, LOGS, ERRORS, INSTANCE, COMMANDS) if candidates(spec) or mentions_secrets(spec) else ()

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        look, looked, used = _LOOKS[subject], 0, False
        for case, origins in _cases(bench):
            used = True
            seen = bench(case)
            texts = look(seen)
            for number, text in enumerate(texts):
                origin = _told(text, origins, subject, case)
                if origin is not None and bench.steady(case, seen):
                    return _leaked(bench, subject, case, origin, number, text)
            looked += bool(texts) or (subject in (LOGS, INSTANCE) and seen.phase == "run")
        if not used or (not looked and subject in (COMMANDS, ERRORS)):
            return None
        if not looked:
            return unproven(subject, "no run with a credential returned anything", "values with which the task returns")
        return holds(subject, "no credential in it, in any encoding", looked)


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


def _a_credential(bench: Bench, name: str) -> bool:
    """Whether an argument that reaches the outside is a credential, and not merely has a secret for a substitute."""
    return any(bench.spec.about("credential", name))


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


# --- where it may not be ---------------------------------------------------------------------------------------------


def _result(seen: Observation) -> list[Any]:
    return [_own(seen.outcome.value)] if seen.outcome.kind in ("returned", "signal") else []


def _logs(seen: Observation) -> list[Any]:
    return [text for _, text in seen.logs]


def _errors(seen: Observation) -> list[Any]:
    return [seen.outcome.text] if seen.outcome.kind in ("raised", "signal", "exited") and not seen.outcome.deep else []


def _instance(seen: Observation) -> list[Any]:
    return [_own(change.after) for change in seen.changes if change.where == "instance" and not change.name.startswith("_")]


def _commands(seen: Observation) -> list[Any]:
    return [effect.what for effect in seen.effects if effect.kind == "process"]


_LOOKS: dict[str, Callable[[Observation], list[Any]]] = {
    RESULT: _result,
    LOGS: _logs,
    ERRORS: _errors,
    INSTANCE: _instance,
    COMMANDS: _commands,
}


def _own(tree: Any) -> Any:
    """A canonical tree without what stands for a client's object, which is shown with what it was made from."""
    if not isinstance(tree, tuple):
        return tree
    return None if tree[:1] == ("phantom",) else tuple(_own(item) for item in tree)


def _told(text: Any, origins: tuple[Origin, ...], subject: str, case: Case) -> Origin | None:
    """Whose value is in a text or tree."""
    at_construction = {name for name, _ in case.init}
    marks: dict[str, str] = {}
    for n, origin in enumerate(origins):
        if not (subject == INSTANCE and origin.kind == "argument" and origin.name in at_construction):
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


def _leaked(bench: Bench, subject: str, case: Case, origin: Origin, number: int, text: Any) -> Finding:
    return violated(
        subject,
        f"the value of {origin} is in {subject}: {telling.short(text, 120)}",
        expected=f"no credential in {subject}",
        actual=f"the value of {origin}, in {telling.short(text)}",
        fix=f"{telling.place_of_run(bench.spec)}: {_REMEDIES[subject]}",
        reproduce=reproduce.alone(case, unseen(_marks(origin, case), _CHECKED[subject])),
        cases=(case,),
        examples=1,
    )


_CHECKED = {
    RESULT: "seen.outcome.value",
    LOGS: "seen.logs",
    ERRORS: "seen.outcome.text",
    INSTANCE: "seen.changes",
    COMMANDS: "[e.what for e in seen.effects]",
}
_REMEDIES = {
    RESULT: "leave the credential out of what is returned",
    LOGS: "log what is done, not what it is done with",
    ERRORS: "say what is wrong with the credential without showing it",
    INSTANCE: "use a local name, not an attribute",
    COMMANDS: "hand the credential over in the environment (`env=`) or on standard input",
}
