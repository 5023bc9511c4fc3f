"""Takes credentials out of a recording, and refuses one that still has any.

First it is learnt which values are credentials: those that are known, those that can be told by their looks, and those that
go under a credential's name in a header, cookie, URL, form or document. Then each is replaced everywhere, in requests and in
answers, by a placeholder with its name (`{{token}}`), through all encodings, so that the recording still replays: a token that
a service issued and that the next request sent is the same placeholder in both. What does not look like a credential (a cookie
that says "en") is replaced only where it goes under that name. `gate` is the last look, over what would be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from taskcontract.cassettes.canaries import Hit, search
from taskcontract.cassettes.decoded import Unsearchable, readings
from taskcontract.cassettes.in_place import Placed, header_in_place, in_place
from taskcontract.cassettes.parts import Part, header, json_of, parts, redone, text_bytes, undone
from taskcontract.cassettes.recognised import matches, recognised
from taskcontract.cassettes.recording import Headers, Interaction, Recording
from taskcontract.cassettes.replacing import Replacer, placeholder
from taskcontract.cassettes.sensitive import Named, credentials
from taskcontract.errors import CassetteError

__all__ = ["Hit", "Scrubbed", "credentials_in", "gate", "recognised", "scrub"]


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A recording without credentials, and the secrets that were taken out, by the name of their placeholder."""

    recording: Recording
    secrets: Mapping[str, str]


def scrub(recording: Recording, known: Mapping[str, str]) -> Scrubbed:
    """`recording` with a placeholder for every credential.

    Args:
        recording: as it was recorded
        known: secrets by name, whatever they look like

    Raises:
        CassetteError: for compressed content that cannot be searched
    """
    try:
        learnt = _Learnt(known)
        for interaction in recording.interactions:
            learnt.look_at(interaction)
        scrubbed = tuple(_without(interaction, learnt) for interaction in recording.interactions)
        replacer = Replacer(learnt.secrets, learnt.stands_for)
        values, shapes = _in_tree(dict(recording.values), replacer), _in_tree(dict(recording.credentials), replacer)
    except Unsearchable as error:
        raise CassetteError(f"the recording cannot be searched for credentials: {error}; record less of it") from None
    clean = replace(recording, interactions=scrubbed, values=values, credentials=shapes)
    return Scrubbed(clean, dict(learnt.secrets))


def gate(recording: Recording, secrets: Mapping[str, str], content: bytes = b"") -> None:
    """The last look before a recording is written.

    Args:
        recording: as it would be written
        secrets: every secret that must not be in it, by name
        content: the whole file as it would be written

    Raises:
        CassetteError: that says of every credential where it is and how it is encoded, and never what it is
    """
    try:
        whole = [*search(secrets, content), *recognised(content)]
        hits = [*credentials_in(recording, secrets), *(replace(hit, where=f"the file, {hit.where}") for hit in whole)]
    except Unsearchable as error:
        raise CassetteError(f"not written: the recording cannot be searched for credentials ({error}); record less") from None
    for number, interaction in enumerate(recording.interactions, 1):
        for side, message in (("request", interaction.request), ("response", interaction.response)):
            if message.body and undone(message.headers, message.body) is None:
                coding = header(message.headers, "content-encoding")
                hits.append(Hit("what", f"{coding}, which cannot be looked into here", f"interaction {number}, {side} body"))
    if hits:
        lines = [f"  {hit.name} ({hit.encoding}) in {hit.where}" for hit in hits[:MOST_SHOWN]]
        more = [f"  and {len(hits) - MOST_SHOWN} more"] if len(hits) > MOST_SHOWN else []
        raise CassetteError(
            "\n".join(["not written: the recording still holds credentials:", *lines, *more])
            + "\nrecord with a credential that is no ordinary word, and one that may be revoked; nothing was changed"
        )


MOST_SHOWN: Final = 20


def credentials_in(recording: Recording, known: Mapping[str, str]) -> list[Hit]:
    """Every credential in a recording: known ones by name in any encoding, recognisable ones, and what goes under a
    credential's name, looks like one and is not masked. Each once per place ("interaction 3, response body $.token"), counted
    from 1.

    Raises Unsearchable for compressed content that expands without end.
    """
    hits: dict[Hit, None] = {}
    for number, interaction in enumerate(recording.interactions, 1):
        texts = tuple(body for body in (interaction.request.body, interaction.response.body) if body)
        for part in parts(interaction):
            for hit in _in_part(part, known, texts):
                hits[replace(hit, where=f"interaction {number}, {hit.where}")] = None
        for named in (each for each in credentials(interaction) if each.looks_like_one):
            hits[Hit(named.name, "named", f"interaction {number}, {named.where}")] = None
    for where, told in (("the values", dict(recording.values)), ("the shapes of credentials", dict(recording.credentials))):
        for hit in [*search(known, told), *recognised(repr(told))]:
            hits[replace(hit, where=f"{where}, {hit.where}")] = None
    return list(hits)


def _in_part(part: Part, known: Mapping[str, str], texts: tuple[bytes, ...]) -> list[Hit]:
    found = [*search(known, part.data, texts), *recognised(part.data)]
    if not found or not part.where.endswith("body"):
        return [replace(hit, where=part.where) for hit in found]
    document = json_of(part.data)
    inside = search(known, document, texts) if isinstance(document, (dict, list)) else []
    placed = {hit.name: hit.where for hit in inside}
    return [replace(hit, where=f"{part.where} {placed.get(hit.name, '')}".strip()) for hit in found]


# --- what is a credential --------------------------------------------------------------------------------------------

_PEM: Final = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(.*?)(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL
)


class _Learnt:
    """The secrets found so far by the name of their placeholder, and what is replaced only where it is named."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.secrets: dict[str, str] = {}
        self.stands_for: dict[str, str] = {}
        self.in_place: dict[Named, str] = {}
        for name, value in known.items():
            self._add(name, value)

    def look_at(self, interaction: Interaction) -> None:
        """Learn every credential in an interaction."""
        for named in credentials(interaction):
            if named.looks_like_one:
                self._add(named.name, named.value)
            elif named.value.strip() not in self.secrets.values():
                self.in_place.setdefault(named, placeholder(self._telling_nothing(named.name)))
        for part in parts(interaction):
            for reading in readings(part.data):
                for name, value in _recognised_values(reading.data):
                    self._add(name, value)

    def _add(self, name: str, value: str) -> None:
        value = value.strip()
        if not value or value in self.secrets.values():
            return
        name, number = "hidden" if value.casefold() in name.casefold() else self._telling_nothing(name), 2
        unique = name
        while unique in self.secrets:
            unique, number = f"{name}-{number}", number + 1
        self.secrets[unique] = value
        self.stands_for[unique] = placeholder(unique)

    def _telling_nothing(self, name: str) -> str:
        """`name`, unless it would tell a secret that is no more than a word."""
        told = any(secret.casefold() in name.casefold() for secret in self.secrets.values())
        return "hidden" if told else re.sub(r"[^A-Za-z0-9_.-]+", "-", name)


def _recognised_values(data: bytes) -> Iterator[tuple[str, str]]:
    for kind, found in matches(data):
        if kind.name == "private key":
            whole = _PEM.match(data, found.start())
            yield "private-key", (whole or found).group().decode("utf-8", "replace")
        else:
            yield kind.name, found.group().decode()


# --- an interaction without them -------------------------------------------------------------------------------------


def _without(interaction: Interaction, learnt: _Learnt) -> Interaction:
    request, response = interaction.request, interaction.response
    signed = tuple(body for body in (request.body, response.body) if body)
    replacer = Replacer(learnt.secrets, learnt.stands_for, signed)
    here = set(credentials(interaction))
    named = [(each, stands_for) for each, stands_for in learnt.in_place.items() if each in here]
    url = replacer(text_bytes(request.url), quoted=True).decode("utf-8", "surrogatepass")
    sent, came = _body(request.headers, request.body, replacer, named), _body(response.headers, response.body, replacer, named)
    return Interaction(
        replace(
            request,
            url=in_place(url, named, quoted=True),
            headers=_headers(request.headers, replacer, named, request.body, sent),
            body=sent,
        ),
        replace(
            response,
            headers=_headers(response.headers, replacer, named, response.body, came),
            body=came,
            reason=replacer(text_bytes(response.reason)).decode("utf-8", "surrogatepass"),
        ),
    )


_OF_THE_BODY: Final = re.compile(r"(?i)content-md5|(content-)?digest|x-amz-checksum-.*|x-goog-hash|repr-digest")


def _headers(headers: Headers, replacer: Replacer, named: Placed, was: bytes, now: bytes) -> Headers:
    """Headers without credentials; those that tell of the body fit the body as it is now."""
    made = []
    for name, value in headers:
        if was != now and _OF_THE_BODY.fullmatch(name):
            continue
        if name.casefold() == "content-length" and value.strip() == str(len(was)):
            value = str(len(now))
        quoted = name.casefold() in ("location", "content-location", "referer", "link")
        text = replacer(text_bytes(value), quoted=quoted).decode("utf-8", "surrogatepass")
        made.append((name, header_in_place(name, text, named)))
    return tuple(made)


def _body(headers: Headers, body: bytes, replacer: Replacer, named: Placed) -> bytes:
    plain = undone(headers, body)
    if not body or plain is None:
        return body
    form = "x-www-form-urlencoded" in header(headers, "content-type").casefold()
    changed = replacer(plain, quoted=form)
    if named:
        changed = in_place(changed.decode("utf-8", "surrogateescape"), named, quoted=form).encode("utf-8", "surrogateescape")
    if changed == plain:
        return body
    if json_of(plain) is not None and json_of(changed) is None:
        changed = _AS_NUMBER.sub(rb'"\g<0>"', changed)
    return redone(headers, changed, body) if plain != body else changed


_AS_NUMBER: Final = re.compile(rb"(?<=[:\[,\s])\{\{[A-Za-z0-9_.-]+\}\}(?=\s*[,}\]])")
"""A placeholder where a number stood: a text must take its place for the document to remain one."""


def _in_tree(value: Any, replacer: Replacer) -> Any:
    if isinstance(value, str):
        return replacer(text_bytes(value)).decode("utf-8", "surrogatepass")
    if isinstance(value, Mapping):
        return {_in_tree(key, replacer): _in_tree(inner, replacer) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_in_tree(inner, replacer) for inner in value]
    return value
