"""TC504: nothing is authenticated with a literal of the task's own."""

from __future__ import annotations

import ast

from taskcontract.cassettes.canaries import TOKEN_KEY, search
from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import SETTLE_BY_CONFIGURATION, Bench, holds, unproven, violated
from taskcontract.clauses.chain import candidates
from taskcontract.clauses.holding import is_credential
from taskcontract.clauses.marks import SHORTEST
from taskcontract.clauses.nothing_given import Without, without
from taskcontract.clauses.unlearnt import CredentialClause
from taskcontract.model import Finding, TaskSpec
from taskcontract.source import file_of


class NoBuiltInCredential(CredentialClause):
    """Nothing is authenticated with a literal of the task's own.

    A password in the source is everybody's password, and stays in the history for good. A placeholder such as `"MY_API_KEY"`
    is no better as a default: who forgets the argument gets the service's refusal instead of an error that says what is
    missing.

    Judged by leaving the credential out at both places, with no secret and no variable set. What then stands just where the
    credential stood must be nothing; a text that is written in the task's module or is the argument's default is a breach.
    """

    code, slug = "TC504", "no-built-in-credential"
    nothing = "no argument is said to hold a credential, and neither secrets nor variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return candidates(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = without(bench, subject)
        if found is None or found.seen.phase in ("bind", "setup") or not is_credential(bench, subject):
            return None
        own = literals(bench.spec, subject)
        for place in found.filled:
            now = found.replaced(place)
            text = now if now in own else _in_a_signed_text(found, place, own)
            if text is None and (not now or now == "None"):
                continue
            if text is None:
                return unproven(subject, f"without it, {place.strip(' :')} says {telling.short(now)}", "where that comes from")
            if bench.steady(found.case, found.seen):
                return _built_in(bench, found, subject, place, text)
        if found.seen.reached or found.seen.outcome != found.seen_before.outcome:
            return holds(subject, "without it, nothing stands in its place", 2)
        return unproven(subject, f"with a credential, too, it {telling.ending(found.seen)}", SETTLE_BY_CONFIGURATION)


def literals(spec: TaskSpec, argument: str) -> set[str]:
    """The texts that are written in the task's module, and the argument's own defaults."""
    file = file_of(spec.ref.file)
    constants = [n.value for n in ast.walk(file.tree) if isinstance(n, ast.Constant)] if file is not None else []
    texts = {c for c in constants if isinstance(c, str)}
    for parameter in (spec.init_parameter(argument), spec.run_parameter(argument)):
        default = str(parameter.default) if parameter is not None else ""
        if default[:1] in ("'", '"'):
            texts.add(str(ast.literal_eval(default)))
    return {text for text in texts if text.strip()}


def _in_a_signed_text(found: Without, place: str, own: set[str]) -> str | None:
    """The literal that is there with a signature of what is sent, or that is itself the key of one."""
    word, now = found.followed(place), found.empty.get(place, "")
    if word in own and len(word) >= SHORTEST:
        return word
    keys = {text: text for text in own if len(text) >= SHORTEST} if "eyJ" in now else {}
    hits = (hit for hit in search(keys, now) if hit.encoding == TOKEN_KEY)
    return next((hit.name for hit in hits), None)


def _built_in(bench: Bench, found: Without, subject: str, place: str, text: str) -> Finding:
    shown = text if len(text) <= 3 else f"{text[:3]}…"
    return violated(
        subject,
        f"without `{subject}`, {place.strip(' :')} is authenticated with {shown!r}, which is written in the source",
        expected="nothing in its place, or ValueError",
        actual=f"a text of {len(text)} characters from the source, {shown!r}",
        fix=f"{telling.place_of_run(bench.spec)}: raise ValueError when `{subject}` is missing, and take the text out",
        reproduce=reproduce.alone(found.case, "not seen.effects"),
        cases=(found.case, found.before),
        examples=2,
    )
