"""A credential's origins: the places it can come from, each with a value of its own, and where those values turn up in a run.

An origin is planted in a case and known again, by its marks, in whatever leaves the task. Nothing is taken for a credential
because of its name. How the origins of a task are found is told in `clauses/chain.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from taskcontract.cassettes.canaries import search
from taskcontract.cassettes.paths import spell
from taskcontract.cassettes.signatures import signer
from taskcontract.clauses.leaves import leaves
from taskcontract.clauses.marks import SHORTEST
from taskcontract.model import Case, Effect, Observation, Value
from taskcontract.values import Configuration

Kind = Literal["argument", "secret", "variable", "file", "context", "config"]
Place = Literal["both", "init", "call"]
ORDER: Final[Mapping[Kind, int]] = {"argument": 0, "secret": 1, "variable": 2, "file": 2, "context": 2, "config": 2}
"""The order of the contract: the explicit value, a Prefect secret, the client's own look-up, which has an order of its own."""
_IN_WORDS: Final[Mapping[Kind, str]] = {
    "argument": "`{}`",
    "secret": "the secret {}",
    "variable": "${}",
    "file": "the file {}",
    "context": "the run context's {}",
    "config": "the configuration key {}",
}


_WORD: Final = re.compile(r"[^\s:;,\"'{}\[\]=]+={0,2}")


@dataclass(frozen=True, slots=True)
class Origin:
    """One place a credential can come from. `marks` are texts that tell its value; `text` is what is planted there.

    A secret without a `text` is planted as one that has every key. `beside` are variables, with their values, without which
    this one is not enough: a key's other half. `files` are what is put into the home with it: what a variable names.
    A secret that is a `document` is given as what its JSON text says, and not as the text. `keys` are texts of its value that
    may sign a request and never leave the task, besides the marks.
    """

    kind: Kind
    name: str
    marks: tuple[str, ...]
    text: str = ""
    beside: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    document: bool = False
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        return _IN_WORDS[self.kind].format(self.name)

    @property
    def rank(self) -> int:
        """Its place in the order of the contract."""
        return ORDER[self.kind]

    @property
    def may_sign(self) -> tuple[str, ...]:
        """Every text of its value that may be the key of a signature: its marks, other halves, what stands in its files."""
        texts = (self.text, *(value for _, value in self.beside), *(content for _, content in self.files))
        words = (word for text in texts for word in _WORD.findall(text) if len(word) >= SHORTEST)
        return tuple(dict.fromkeys((*self.marks, *self.keys, *(text for text in texts if text), *words)))


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the credential that `argument` gives can come from.

    `origins` are in the order of the contract, the argument first; `slots` are the places in what leaves the task where each
    of them was seen alone. `ambient` are secrets that a run needs for other things. `works` is whether the argument was seen
    there when it was all there is. `coarse` slots are whole calls of a client: a document is given to it in another form than
    a text is. `unread` are files that change what the run does and in which its form was not found; `absent` are sources that
    are declared, in words, and whose values never turned up there.
    """

    argument: str
    configuration: Configuration
    origins: tuple[Origin, ...] = ()
    slots: frozenset[str] = frozenset()
    ambient: tuple[str, ...] = ()
    works: bool = True
    coarse: bool = False
    unread: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def case(self, present: Collection[Origin], place: Place = "both") -> Case:
        """The case in which exactly these origins have a value; the argument's is given at `place`."""
        config = self.configuration
        if self.origins[0] not in present:
            config = config.setting(self.argument, None)
        return given(spread(config, self.argument, place), present, self.ambient)

    def used(self, seen: Observation) -> frozenset[Origin]:
        """Whose values stand where the credential goes."""
        found = self.places(seen, self.origins)
        return frozenset(origin for slot in self.slots for origin in found.get(slot, ()))

    def places(self, seen: Observation, origins: Iterable[Origin]) -> Mapping[str, frozenset[Origin]]:
        """Whose values turn up where, as finely as this chain looks."""
        return arrivals(seen, origins, self.coarse)


def spread(config: Configuration, argument: str, place: Place) -> Case:
    """`argument` at construction, at the call or at both; all others at the call, or at both too."""
    if place == "both":
        return config.case(everywhere=True)
    return config.case(init={argument} if place == "init" else ())


def given(case: Case, present: Iterable[Origin], ambient: Iterable[str] = ()) -> Case:
    """`case` with these secrets, variables, files and keys, and no other secrets."""
    present = tuple(present)
    secrets = [o for o in present if o.kind == "secret"]
    variables = dict(pair for o in present if o.kind == "variable" for pair in ((o.name, o.text), *o.beside))
    shaped = tuple((o.name, o.text) for o in secrets if o.text)
    named = {o.name for o in secrets}
    some = (*(o.name for o in secrets if not o.text), *(n for n in ambient if n not in named))
    files = dict(pair for o in present for pair in (*o.files, *([(o.name[2:], o.text)] if o.kind == "file" else ())))
    return case.with_(
        secrets=shaped,
        any_secret=some or False,
        tables=(*case.tables, *(o.name for o in secrets if o.document)),
        env=(*case.env, *variables.items()),
        home=(*case.home, *files.items()),
        context=(*case.context, *_context(present)),
    )


def _context(present: Iterable[Origin]) -> tuple[tuple[str, Value], ...]:
    """The keys of the run context that these origins are; the keys of the configuration together are one of them."""
    own = [(o.name, Value.of(o.text, "text")) for o in present if o.kind == "context"]
    tree: dict[str, Any] = {}
    for origin in present:
        if origin.kind == "config":
            *sections, last = origin.name.split(".")
            inside = tree
            for section in sections:
                inside = inside.setdefault(section, {})
            inside[last] = origin.text
    return (*own, *([("config", Value.of(tree, "dict"))] if tree else ()))


# --- where values turn up ------------------------------------------------------------------------------------------------


def arrivals(seen: Observation, origins: Iterable[Origin], coarse: bool = False) -> Mapping[str, frozenset[Origin]]:
    """Whose values turn up where in what left the task: as they are, or, if none does, in any encoding; and who signed it."""
    origins = tuple(origins)
    known = {f"{number}/{which}": (o, mark) for number, o in enumerate(origins) for which, mark in enumerate(o.marks)}
    places = sent(seen, coarse)
    as_is = {place: {key for key, (_, mark) in known.items() if mark in text} for place, text in places.items()}
    found = {place: keys for place, keys in as_is.items() if keys} or _disguised(known, places)
    values = {slot: frozenset(known[key][0] for key in _longest(keys, known)) for slot, keys in found.items()}
    return {**values, **_signers(seen, origins)}


SIGNATURE: Final = "signature"
"""The last word of a place in which a credential is not seen, but known to have signed what was sent."""


def _signers(seen: Observation, origins: tuple[Origin, ...]) -> dict[str, frozenset[Origin]]:
    """Whose keys signed the requests that are signed."""
    requests = [(f"{_stem(effect)} {SIGNATURE}", effect.signed) for effect in seen.effects if effect.signed is not None]
    keys = {f"{n}/{k}": key for n, origin in enumerate(origins) for k, key in enumerate(origin.may_sign)} if requests else {}
    found: dict[str, set[Origin]] = {}
    for place, request in requests:
        for name in signer(request, keys):
            found.setdefault(place, set()).add(origins[int(name.partition("/")[0])])
    return {place: frozenset(who) for place, who in found.items()}


def _disguised(known: Mapping[str, tuple[Origin, str]], places: Mapping[str, str]) -> dict[str, set[str]]:
    spelt = {spell((number,)): place for number, place in enumerate(places)}
    found: dict[str, set[str]] = {}
    for hit in search({key: mark for key, (_, mark) in known.items()}, list(places.values())):
        found.setdefault(spelt[hit.where], set()).add(hit.name)
    return found


def _longest(keys: set[str], known: Mapping[str, tuple[Origin, str]]) -> set[str]:
    """Without marks that were only seen because they are part of another one that was."""
    texts = {known[key][1] for key in keys}
    return {key for key in keys if not any(known[key][1] in text for text in texts if text != known[key][1])}


def sent(seen: Observation, coarse: bool = False) -> dict[str, str]:
    """Everything that left the task towards a service or a client, by the place where it stood, or by the call alone."""
    places: dict[str, list[str]] = {}
    for effect in seen.effects:
        if effect.kind in ("http", "client", "connect"):
            for path, leaf in (("", effect.what), *leaves(effect.detail)):
                if leaf is not None:
                    places.setdefault(f"{_stem(effect)} {'' if coarse else _settled(path)}", []).append(str(leaf))
    return {place: "\n".join(texts) for place, texts in places.items()}


def _stem(effect: Effect) -> str:
    return effect.what.partition(" ")[0] if effect.kind == "http" else re.sub(r"#\d+|\[\d+\]", "", effect.what)


def _settled(path: str) -> str:
    """A path in which what goes by a name does not count how many come before it, and a planted text is a text."""
    return re.sub(r"\[\d+\] (?=[^\[\]:]+: )", "", re.sub(r"(\[\d+\] )?taskcontract\.[\w.]+: ", "", path))
