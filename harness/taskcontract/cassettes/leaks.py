"""The credentials in a recording, as a finding of TC701: each with its kind and its place, none of them shown.

Scrubbing a recording replaces whatever may be a credential; accusing a cassette of holding one must not guess. What is known or
has the format of a vendor's credential is one. What only goes under a credential's name is one if it cannot be anything
else: not a mask, an example, a word, a cookie that every visitor gets, or a signature that was void minutes later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from taskcontract.cassettes.recording import Recording
from taskcontract.cassettes.scrub import credentials_in
from taskcontract.cassettes.sensitive import Named, credentials, masked
from taskcontract.model import Case, Finding, Verdict


@dataclass(frozen=True, slots=True)
class Leak:
    """One credential: what it is, and where. `shown` is as much of it as may be shown."""

    what: str
    where: str
    shown: str = ""

    def __str__(self) -> str:
        return f"{self.what}{self.shown and f' {self.shown}'} in {self.where}"


def leaks(recording: Recording, known: Mapping[str, str]) -> list[Leak]:
    """Every credential in a recording, in the order of the interactions; `known` ones by name, in any encoding.

    Raises Unsearchable (a ValueError) for compressed content that expands without end.
    """
    hits = [hit for hit in credentials_in(recording, known) if hit.encoding != "named" and hit.name not in _IDENTIFIERS]
    found = {hit.where: Leak(_called(hit.name, hit.encoding, known), hit.where) for hit in reversed(hits)}
    for number, interaction in enumerate(recording.interactions, 1):
        for named in credentials(interaction):
            where = f"interaction {number}, {named.where}"
            if where not in found and _is_credential(named):
                found[where] = Leak(f"the value of `{named.name}`", where, _beginning(named.value))
    return sorted(found.values(), key=lambda leak: (_number(leak.where), leak.where))


def leaking(subject: str, recording: Recording, known: Mapping[str, str], case: Case, reproduce: str = "") -> Finding:
    """What TC701 says of a recording; `case` is the run that it answers."""
    if not recording.interactions:
        return Finding(subject, Verdict.UNPROVEN, "it holds no interaction", settles="a cassette with a conversation")
    try:
        found = leaks(recording, known)
    except ValueError as error:
        return Finding(subject, Verdict.UNPROVEN, str(error), settles="a cassette whose bodies can be searched")
    if not found:
        count = len(recording.interactions)
        said = f"no credential in {count} interaction{'s' * (count > 1)}, in any encoding"
        return Finding(subject, Verdict.HOLDS, said, examples=count)
    listed = "; ".join(str(leak) for leak in found[:5]) + (f"; and {len(found) - 5} more" if len(found) > 5 else "")
    file = recording.file.rpartition("/")[2] or "the cassette"
    return Finding(
        subject,
        Verdict.VIOLATED,
        f"{file} holds {len(found)} credential{'s' * (len(found) > 1)}: {listed}",
        expected="no credential: placeholders such as {{TOKEN}}",
        actual=listed,
        fix=f"revoke {'it' if len(found) == 1 else 'them'}, then record {file} again: `taskcontract record` scrubs",
        reproduce=reproduce,
        examples=len(recording.interactions),
        cases=(case,),
    )


def known_credentials(given: Mapping[str, Any]) -> dict[str, str]:
    """The texts in a mapping (an environment, declared secrets) that are credentials by their name and by their looks."""
    found = ((name, text) for name, value in given.items() for text in _texts(value))
    return {name: text for name, text in found if _CREDENTIAL.search(name) and not _PLACE.match(text) and credible(text, 8)}


# --- what is one, and what only looks like it ------------------------------------------------------------------------

_IDENTIFIERS: Final = frozenset({"Twilio key"})
"""What is told by its looks and is the name of a credential rather than the credential itself."""
_CREDENTIAL: Final = re.compile(r"(?i)token|secret|passw|pwd|api_?key|access_?key|private_?key|credential|auth")
_PLACE: Final = re.compile(r"[a-z][a-z0-9+.-]*://|[~.]?/|[A-Za-z]:\\")
_WORDS: Final = re.compile(
    r"(?i)example|dummy|fake|redact|placeholder|changeme|sample|passw|secret|testing|your[_-]|my[_-]|filtered|mock|invalid|"
    r"(.)\1{4}|12345|abcde|deadbeef"
)
_SHORT_WORDS: Final = frozenset(
    [
        "foo",
        "bar",
        "baz",
        "qux",
        "test",
        "tests",
        "token",
        "key",
        "user",
        "admin",
        "none",
        "null",
        "default",
        "local",
        "dev",
        "demo",
    ]
)
_VOID: Final = re.compile(r"(?i)signature|csrf|xsrf|cnonce|digest|keyid$|key_id$|\.response$")
_SESSION: Final = re.compile(r"(?i)sess|auth|token|jwt|sid$|login|remember")
_COOKIE_TOKEN: Final = re.compile(r"(?i)auth|token|jwt")
_RANDOM: Final = re.compile(r"[A-Za-z0-9_-]{20,}")


def credible(value: str, least: int = 16) -> bool:
    """Whether a text can be a real credential: random enough, and none of what people write in its place."""
    words = {word for word in re.split(r"[^A-Za-z]+", value.casefold()) if word}
    if masked(value) or re.search(r"\s", value) or _WORDS.search(value) or words & _SHORT_WORDS:
        return False
    mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    cased = re.search(r"[a-z]", value) and re.search(r"[A-Z]", value) and len(value) >= 24
    return len(value) >= least and len(set(value)) >= min(8, least - 2) and bool(mixed or cased)


def _is_credential(named: Named) -> bool:
    name, _, cookie = named.name.partition(".")
    if _VOID.search(named.name):
        return False
    if name == "cookie" and not (_SESSION if named.where.startswith("request") else _COOKIE_TOKEN).search(cookie):
        return False
    if named.name == "key" and not _RANDOM.fullmatch(named.value):
        return False
    return credible(named.value, 8 if "passw" in named.name.casefold() or named.name == "userinfo" else 16)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for inner in value.values() for text in _texts(inner))
    elif isinstance(value, Iterable):
        yield from (text for inner in value for text in _texts(inner))


def _called(name: str, encoding: str, known: Mapping[str, str]) -> str:
    what = f"the value of {name}" if name in known else f"a {name}" if name[0].lower() not in "aeio" else f"an {name}"
    return what if encoding == "raw" else f"{what} ({encoding})"


def _beginning(value: str) -> str:
    """Enough of a long credential to find it by, and its length."""
    return f"({value[:4]}…, {len(value)} characters)" if len(value) >= 20 else f"({len(value)} characters)"


def _number(where: str) -> int:
    found = re.match(r"interaction (\d+)", where)
    return int(found[1]) if found else 0
