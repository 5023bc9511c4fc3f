"""The chain of one credential: where it can come from, found by watching what the task asks for.

From a configuration that works, one argument is left out: which secrets and environment variables does the task ask for now?
Each is planted with a value of its own, and belongs to the chain if that value turns up where the argument's did. Nothing is
taken for a credential because of its name; names only say where it is worth looking.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from taskcontract.cassettes.canaries import search
from taskcontract.cassettes.paths import spell
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.leaves import leaves
from taskcontract.clauses.marks import marked, marks, planted, secret_planted
from taskcontract.model import Case, Effect, Observation, TaskSpec, Value
from taskcontract.values import Configuration

MOST_SOURCES = 6
MOST_VARIABLES = 8
Kind = Literal["argument", "secret", "variable"]
Place = Literal["both", "init", "call"]
ORDER: tuple[Kind, ...] = ("argument", "secret", "variable")
"""The order of the contract: the explicit value, a Prefect secret, the client's own look-up."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One place a credential can come from. `marks` are texts that tell its value; `text` is what is planted there.

    A secret without a `text` is planted as one that has every key. `beside` are variables, with their values, without which
    this one is not enough: a key's other half.
    """

    kind: Kind
    name: str
    marks: tuple[str, ...]
    text: str = ""
    beside: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return {"argument": "`{}`", "secret": "the secret {}", "variable": "${}"}[self.kind].format(self.name)


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the credential that `argument` gives can come from.

    `origins` are in the order of the contract, the argument first; `slots` are the places in what leaves the task where each
    of them was seen alone. `ambient` are secrets that a run needs for other things. `works` is whether the argument was seen
    there when it was all there is. `coarse` slots are whole calls of a client: a document is given to it in another form than
    a text is.
    """

    argument: str
    configuration: Configuration
    origins: tuple[Origin, ...] = ()
    slots: frozenset[str] = frozenset()
    ambient: tuple[str, ...] = ()
    works: bool = True
    coarse: bool = False

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
    """`case` with these secrets and variables, and no others."""
    secrets = [o for o in present if o.kind == "secret"]
    variables = dict(pair for o in present if o.kind == "variable" for pair in ((o.name, o.text), *o.beside))
    shaped = tuple((o.name, o.text) for o in secrets if o.text)
    named = {o.name for o in secrets}
    some = (*(o.name for o in secrets if not o.text), *(n for n in ambient if n not in named))
    return case.with_(secrets=shaped, any_secret=some or False, env=(*case.env, *variables.items()))


# --- where values turn up ------------------------------------------------------------------------------------------------


def arrivals(seen: Observation, origins: Iterable[Origin], coarse: bool = False) -> Mapping[str, frozenset[Origin]]:
    """Whose values turn up where in what left the task: as they are, or, if none does, in any encoding."""
    known = {f"{number}/{which}": (o, mark) for number, o in enumerate(origins) for which, mark in enumerate(o.marks)}
    places = sent(seen, coarse)
    as_is = {place: {key for key, (_, mark) in known.items() if mark in text} for place, text in places.items()}
    found = {place: keys for place, keys in as_is.items() if keys} or _disguised(known, places)
    return {slot: frozenset(known[key][0] for key in _longest(keys, known)) for slot, keys in found.items()}


def _disguised(known: Mapping[str, tuple[Origin, str]], places: Mapping[str, str]) -> dict[str, set[str]]:
    spelt = {spell((place,)): place for place in places}
    found: dict[str, set[str]] = {}
    for hit in search({key: mark for key, (_, mark) in known.items()}, places):
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


# --- finding a chain -------------------------------------------------------------------------------------------------


def candidates(spec: TaskSpec) -> tuple[str, ...]:
    """The arguments that are worth looking at: all of them where secrets or variables are mentioned, else by what is said."""
    names = [p.name for p in (*spec.run, *spec.init) if p.name not in spec.options]
    about = {f.about for f in spec.facts if f.kind == "credential"}
    if any(f.kind in ("secret", "env", "secret-name", "env-name") for f in spec.facts):
        about |= set(names)
    return tuple(n for n in dict.fromkeys(names) if n in about)


def chain(bench: Bench, argument: str) -> Chain | None:
    """The chain of `argument`, or None if nothing stands in for it; found once per bench."""
    key = f"chain of {argument}"
    if key not in bench.facts:
        bench.facts[key] = _chain(bench, argument)
    found: Chain | None = bench.facts[key]
    return found


def chains(bench: Bench) -> tuple[Chain, ...]:
    """All chains of the task in which something was learnt."""
    found = (chain(bench, name) for name in candidates(bench.spec))
    return tuple(c for c in found if c is not None and c.slots)


def _chain(bench: Bench, argument: str) -> Chain | None:
    config = bench.configured(argument)
    value = config.values.get(argument) if config is not None else None
    told = marks(value) if value is not None else ()
    if config is None or value is None or not told:
        return None
    first = Origin("argument", argument, told)
    found = Chain(argument, config, (first,))
    without = config.setting(argument, None).case(everywhere=True)
    asked = bench(without)
    variables = _variables(bench, config, asked)
    if not (secrets_of(asked) or variables) or asked.phase not in ("run", "construct"):
        return None
    if _names_one(told, bench(config.case(everywhere=True))):
        return None
    found = _with_argument(bench, found)
    if not found.slots:
        return None
    fine = _with_secrets(bench, found, value)
    if secrets_of(asked) and len(fine.origins) == 1 and value.code.startswith("{"):
        calls = frozenset(arrivals(bench(found.case(found.origins)), found.origins, coarse=True))
        fine = _with_secrets(bench, replace(found, coarse=True, slots=calls), value)
    found = fine
    if secrets_of(asked):  # with a secret there, it may not have asked for a variable
        variables = _variables(bench, config, bench(found.case(())))
    found = _with_variables(bench, found, variables)
    credential = any(bench.spec.about("credential", argument)) or any(o.kind == "secret" for o in found.origins)
    return found if len(found.origins) > 1 and credential else None


def _names_one(told: tuple[str, ...], seen: Observation) -> bool:
    """Whether the argument says which secret or variable is asked for: it is no credential itself."""
    return any(r.name in told for r in seen.reads if r.kind in ("secret", "env"))


def _with_argument(bench: Bench, found: Chain) -> Chain:
    """Where the argument's value goes: when there is nothing else, or else beside the secrets that the run asks for."""
    alone = bench(found.case(found.origins))
    slots = arrivals(alone, found.origins)
    if slots:
        return replace(found, slots=frozenset(slots))
    everything = bench(found.configuration.case(everywhere=True))
    needed = replace(found, ambient=secrets_of(everything))
    beside = arrivals(bench(needed.case(found.origins)), found.origins) if needed.ambient else {}
    return replace(needed, slots=frozenset(beside))


def _with_secrets(bench: Bench, found: Chain, value: Value) -> Chain:
    """Add every secret whose value goes where the argument's does when that is left out, in the order they are found."""
    opened: set[str] = set()
    for _ in range(MOST_SOURCES):
        asked = secrets_of(bench(found.case(())))
        new = [name for name in asked if name not in opened]
        if not new or len(found.origins) >= MOST_SOURCES:
            break
        for name in new:
            opened.add(name)
            origin = _secret(bench, found, name, value)
            if origin is not None:
                slots = found.slots & frozenset(found.places(bench(_apart(found, origin).case((origin,))), (origin,)))
                found = _apart(replace(found, origins=(*found.origins, origin), slots=slots), origin)
    works = bool(found.used(bench(found.case(found.origins[:1]))))
    return replace(found, works=works)


def _apart(found: Chain, origin: Origin) -> Chain:
    """The chain with this secret no longer taken for one that is always there."""
    return replace(found, ambient=tuple(name for name in found.ambient if name != origin.name))


def _secret(bench: Bench, found: Chain, name: str, value: Value) -> Origin | None:
    """The secret as a source, in the first shape that turns up where the argument's value does."""
    shape = planted(bench.alternatives(value, found.argument))
    shapes = [Origin("secret", name, secret_planted(bench.spec, name))]
    if shape is not None:
        shapes.append(Origin("secret", name, marked(shape), shape))
    for origin in shapes:
        apart = _apart(found, origin)
        slots = found.slots & frozenset(found.places(bench(apart.case((origin,))), (origin,)))
        if slots and not (found.coarse and _beside(bench, apart, origin)):
            return origin
    return None


def _beside(bench: Bench, found: Chain, origin: Origin) -> bool:
    """Whether the secret is in the same call as the argument's value: it may well be another part of it."""
    both = bench(found.case((*found.origins, origin)))
    return bool(found.slots & frozenset(found.places(both, (origin,))))


def _with_variables(bench: Bench, found: Chain, names: Iterable[str]) -> Chain:
    """Add every variable whose value goes where the argument's does: all are planted, what was used is taken away, again."""
    like = planted(bench.alternatives(found.configuration.values[found.argument], found.argument))
    waiting = [_variable(name, like) for name in names]
    revealed: list[Origin] = []
    used: list[Origin] = []
    while waiting and len(used) + len(found.origins) < MOST_SOURCES:
        seen = bench(found.case((*waiting, *revealed)))
        slots = found.places(seen, waiting)
        now = {origin for slot in found.slots for origin in slots.get(slot, ())}
        if not now:
            known = {o.name for o in (*waiting, *revealed, *used)}
            more = [_variable(name, like) for name in _variables(bench, found.configuration, seen) if name not in known]
            if not more or len(revealed) >= MOST_VARIABLES:
                break
            revealed += more
        used += [o for o in waiting if o in now]
        waiting = [o for o in waiting if o not in now]
    for origin in used:
        found = _with_variable(bench, found, origin, tuple((o.name, o.text) for o in revealed))
    return found


def _with_variable(bench: Bench, found: Chain, origin: Origin, revealed: tuple[tuple[str, str], ...]) -> Chain:
    """Add the variable if it is enough alone, or else beside those that were asked for once it was there."""
    for each in (origin, replace(origin, beside=revealed)):
        alone = found.slots & frozenset(found.places(bench(found.case((each,))), (each,)))
        if alone:
            return replace(found, origins=(*found.origins, each), slots=alone)
    return found


def _variable(name: str, like: str | None) -> Origin:
    """A variable with a value of its own, an address where the argument's value is one."""
    text = f"value-of-{name}"
    if like is not None and "://" in like:
        text = f"https://{text.lower().replace('_', '-')}.example.com/hook"
    return Origin("variable", name, marked(text), text)


# --- what a run asks for ---------------------------------------------------------------------------------------------


def secrets_of(seen: Observation) -> tuple[str, ...]:
    """The Prefect secrets that a run asked for, in order."""
    return tuple(dict.fromkeys(r.name for r in seen.reads if r.kind == "secret"))


_CREDENTIAL = re.compile(r"KEY|TOKEN|SECRET|PASS|PWD|CRED|AUTH|USER|LOGIN|WEBHOOK|DSN|PAT$", re.I)
_SURROUNDINGS = re.compile(
    r"PROXY|CA_BUNDLE|SSL|^(HOME|PATH|USER|LOGNAME|USERNAME|NETRC)$|_FILE$|PROFILE$|^LC_|^PYTHON|"
    r"_URI$|_DIRECTORY$|DISABLE|ENABLE|PREFERENCE|_MODE$",
    re.I,
)


def _variables(bench: Bench, config: Configuration, seen: Observation) -> tuple[str, ...]:
    """The variables it asked for that may hold a credential: named in the source, by an argument, or as credentials are."""
    told = {str(f.value) for f in bench.spec.facts if f.kind == "env"}
    values = {mark for value in config.values.values() for mark in marks(value)}
    own = {r.name for r in bench.bare.reads if r.kind == "env"} if bench.bare is not None else set()
    names = dict.fromkeys(r.name for r in seen.reads if r.kind == "env" and r.name not in own)
    likely = [n for n in names if n in told or n in values or (_CREDENTIAL.search(n) and not _SURROUNDINGS.search(n))]
    return tuple(likely[:MOST_VARIABLES])
