"""TC303: and the message names the argument."""

from __future__ import annotations

import re

from taskcontract.clauses import reproduce
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.leaving import Leaving, Left, leave_out
from taskcontract.clauses.tc301 import droppable
from taskcontract.model import Finding, TaskSpec

_GENERIC = {
    "name", "id", "key", "value", "val", "str", "string", "path", "url", "uri", "number", "list", "dict", "ids", "names",
    "params", "to", "is", "the",
}  # fmt: skip
_ASKING = {"missing", "must", "provided", "required", "specified", "supplied", "parameter"}
"""Words of any such message: `msg` is in `missing`, and that names nothing."""


class MissingNamed(Clause):
    """The `ValueError` for a missing argument names it, or, for one-of groups, its alternatives.

    "Missing argument" sends the user to the source. "`repo` must be provided" does not.

    Judged for arguments whose absence raises `ValueError`: the message must have the argument's name, spelt as in the
    signature or as words ("branch name", "GitHub repository" for `repo`), or name an alternative that was missing as well.
    """

    code, slug = "TC303", "missing-named"
    nothing = "no argument can be left out at both places"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return droppable(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        found = leave_out(bench, subject)
        if found.result is Left.UNKNOWN:
            return unproven(subject, found.why, settle_by_values(subject))
        if found.result is not Left.VALUE_ERROR:
            return None
        text = found.seen.outcome.text
        if names(text, subject):
            return holds(subject, f"the message names it: {text[:100]}", 1)
        alternatives = [n for n in self.subjects(bench.spec) if n != subject and n not in _given(found) and names(text, n)]
        if alternatives:
            return holds(subject, f"the message names the alternative `{alternatives[0]}`: {text[:100]}", 1)
        if any(not e.constructing for e in found.seen.effects):
            why = f"the error comes after an effect and may be about something else: {text[:100]}"
            return unproven(subject, why, "an error that names it")
        trail = found.seen.outcome.trail
        return violated(
            subject,
            f"without `{subject}`, the ValueError does not name it: {text[:160]!r}",
            expected=f"a message with `{subject}` in it",
            actual=repr(text[:200]),
            fix=f"{trail[-1].rpartition('/')[2] if trail else bench.spec.ref.file}: name `{subject}` in the message",
            reproduce=reproduce.alone(found.without, f"{subject!r} in seen.outcome.text"),
            cases=(found.without, found.given),
            examples=1,
        )


def _given(found: Leaving) -> set[str]:
    return {n for n, _ in (*found.without.init, *found.without.call)}


def names(message: str, name: str) -> bool:
    """Whether a message names a parameter: as spelt, or by its significant words (or words they begin or abbreviate).

    Of three or more, one may be missing: "Databricks connection" is `databricks_conn_secret`.
    """
    squeezed = re.sub(r"[^a-z0-9]", "", message.lower())
    if name.replace("_", "").lower() in squeezed:
        return True
    parts = [p for p in name.lower().split("_") if p]
    significant = [p for p in parts if p not in _GENERIC] or parts
    words = re.findall(r"[a-z0-9]+", message.lower())
    missed = sum(not any(_alike(part, word) for word in words) for part in significant)
    return missed == 0 or (missed == 1 and len(significant) > 2)


def _alike(part: str, word: str) -> bool:
    one, two = part.rstrip("s"), word.rstrip("s")
    begins = (len(one) >= 3 and two.startswith(one)) or (len(two) >= 4 and one.startswith(two))
    return one == two or begins or _abbreviates(one, two)


def _abbreviates(short: str, word: str) -> bool:
    """Whether `short` is `word` with letters left out, vowels first: `msg`, `cmd`, `pwd`."""
    if len(short) < 3 or len(word) < len(short) + 2 or short[0] != word[0] or re.search("[aeiou0-9]", short) or word in _ASKING:
        return False
    rest = iter(word)
    return all(letter in rest for letter in short)


