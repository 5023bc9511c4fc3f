"""The chain of one credential: where it can come from, found by watching what the task asks for.

From a configuration that works, one argument is left out: which secrets, environment variables, files of its home and keys of
the run context does the task ask for now? Each is planted with a value of its own, and belongs to the chain if that value
turns up where the argument's did. Nothing is taken for a credential because of its name; names only say where it is worth
looking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from taskcontract.cassettes.credential_made import secret_called
from taskcontract.clauses import client_files, declared, documented
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.marks import marked, marks, planted, secret_planted
from taskcontract.clauses.origins import Chain, Kind, Origin, Place, arrivals, given, sent, spread
from taskcontract.model import Observation, TaskSpec, Value
from taskcontract.values import Configuration

__all__ = [
    "Chain",
    "Kind",
    "Origin",
    "Place",
    "arrivals",
    "candidates",
    "chain",
    "chains",
    "given",
    "secrets_of",
    "sent",
    "spread",
]

MOST_SOURCES = 6
MOST_VARIABLES = 8
MOST_FILES = 8


def candidates(spec: TaskSpec) -> tuple[str, ...]:
    """The arguments that are worth looking at: all of them where secrets or variables are mentioned, else by what is said."""
    names = [p.name for p in (*spec.run, *spec.init) if p.name not in spec.options]
    about = {f.about for f in spec.facts if f.kind == "credential"}
    if any(f.kind in ("secret", "env", "secret-name", "env-name") for f in spec.facts):
        about |= set(names)
    return declared.without_excluded(spec, (n for n in names if n in about))


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
    without = config.setting(argument, None).case(everywhere=True)
    asked = bench(without)
    found = Chain(argument, config, (first,), ambient=_for_other_things(bench, asked))
    variables = variables_of(bench, config, asked)
    other = (*files_of(bench, asked), *_naming(asked), *_keys(asked))
    wanted = declared.without_excluded(bench.spec, (*secrets_of(asked), *declared.secrets(bench.spec)))
    if not (wanted or variables or other) or asked.phase not in ("run", "construct"):
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
        variables = variables_of(bench, config, bench(found.case(())))
    found = _with_files(bench, _with_keys(bench, _with_variables(bench, found, variables)))
    found = replace(found, absent=declared.absent(bench.spec, argument, (o.name for o in found.origins)))
    credential = any(bench.spec.about("credential", argument)) or any(o.kind == "secret" for o in found.origins)
    return found if (len(found.origins) > 1 or found.unread or found.absent) and credential else None


def _for_other_things(bench: Bench, asked: Observation) -> tuple[str, ...]:
    """The secrets that a run asks for and that are declared to be no source of the credential."""
    return tuple(name for name in secrets_of(asked) if name in declared.excluded(bench.spec))


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
    return replace(needed, slots=frozenset(beside)) if beside else _behind_empty_secrets(bench, needed)


def _behind_empty_secrets(bench: Bench, found: Chain) -> Chain:
    """Where the argument's value goes when each secret is there and empty: it may be looked at only after them."""
    empty = tuple(Origin("secret", name, (), '""') for name in found.ambient)
    alone = replace(found, ambient=())
    slots = arrivals(bench(alone.case((*found.origins, *empty))), found.origins) if empty else {}
    return replace(alone, slots=frozenset(slots)) if slots else found


def _with_secrets(bench: Bench, found: Chain, value: Value) -> Chain:
    """Add every secret whose value goes where the argument's does when that is left out, in the order they are found."""
    opened: set[str] = set()
    for _ in range(MOST_SOURCES):
        asked = (*secrets_of(bench(found.case(()))), *declared.secrets(bench.spec))
        new = [name for name in declared.without_excluded(bench.spec, asked) if name not in opened]
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
    shapes = [Origin("secret", name, secret_planted(bench.spec, name), keys=_taken(bench.spec, name, value))]
    if shape is not None:
        shapes.append(Origin("secret", name, marked(shape), shape))
        if shape.startswith("{"):
            shapes.append(replace(shapes[-1], document=True))
    for origin in shapes:
        apart = _apart(found, origin)
        slots = found.slots & frozenset(found.places(bench(apart.case((origin,))), (origin,)))
        if slots and not (found.coarse and _beside(bench, apart, origin)):
            return origin
    return None


def _taken(spec: TaskSpec, name: str, value: Value) -> tuple[str, ...]:
    """What a secret that has every key gives for those that the task's code takes, and for those of the argument's value."""
    names = [str(f.value) for f in spec.facts if f.kind in ("key", "response-key")]
    own = value.kind.partition(":")[2].split(",") if value.kind.startswith("dict:") else []
    return tuple(dict.fromkeys(f"{secret_called(name)}-{key}" for key in (*own, *names) if key))


def _beside(bench: Bench, found: Chain, origin: Origin) -> bool:
    """Whether the secret is in the same call as the argument's value: it may well be another part of it."""
    both = bench(found.case((*found.origins, origin)))
    return bool(found.slots & frozenset(found.places(both, (origin,))))


def _with_variables(bench: Bench, found: Chain, names: Iterable[str]) -> Chain:
    """Add every variable whose value goes where the argument's does: all are planted, what was used is taken away, again.

    Where none is used, one of them may have ended the run for the sake of the others: each is planted alone.
    """
    names = tuple(names)
    like = planted(bench.alternatives(found.configuration.values[found.argument], found.argument))
    waiting = [_variable(name, like) for name in names]
    revealed: list[Origin] = []
    used: list[tuple[Origin, list[tuple[tuple[str, str], ...]]]] = []
    while waiting and len(used) + len(found.origins) < MOST_SOURCES:
        seen = bench(found.case((*waiting, *revealed)))
        slots = found.places(seen, (*waiting, *revealed))
        now = {origin for slot in found.slots for origin in slots.get(slot, ())}
        if not now:
            known = {o.name for o in (*waiting, *revealed, *(o for o, _ in used))}
            more = [_variable(name, like) for name in variables_of(bench, found.configuration, seen) if name not in known]
            if not more or len(revealed) >= MOST_VARIABLES:
                break
            revealed += more
        for origin in (o for o in (*waiting, *revealed) if o in now):
            shapes = [tuple((o.name, o.text) for o in some if o != origin) for some in (revealed, (*waiting, *revealed))]
            used.append((origin, shapes))
        waiting = [o for o in waiting if o not in now]
        revealed = [o for o in revealed if o not in now]
    for origin, halves in used:
        if origin.name not in {name for o in found.origins for name, _ in o.beside}:
            found = _with_variable(bench, found, origin, halves)
    for name in names if len(names) > 1 and not used else ():
        found = _with_variables(bench, found, (name,))
    return found


def _with_variable(bench: Bench, found: Chain, origin: Origin, halves: list[tuple[tuple[str, str], ...]]) -> Chain:
    """Add the variable if it is enough alone, or else beside those that were asked for once it was there, or beside all."""
    shapes = (origin, *(replace(origin, beside=beside) for beside in halves if beside))
    return next((added for each in shapes if (added := _added(bench, found, each)) is not None), found)


def _variable(name: str, like: str | None) -> Origin:
    text = _text(name, like)
    return Origin("variable", name, marked(text), text)


def _text(name: str, like: str | None) -> str:
    """A value of its own for what goes by this name, an address where the argument's value is one."""
    text = f"value-of-{name.replace('_', '-') if name.endswith('_ID') else name}"
    return f"https://{re.sub('[._]', '-', text.lower())}.example.com/hook" if like is not None and "://" in like else text


def _with_keys(bench: Bench, found: Chain) -> Chain:
    """Add every key of the run context or the configuration whose value goes where the argument's does."""
    like = planted(bench.alternatives(found.configuration.values[found.argument], found.argument))
    for kind, name in _keys(bench(found.case(()))):
        text = _text(name, like)
        if len(found.origins) < MOST_SOURCES:
            found = _added(bench, found, Origin(kind, name, marked(text), text)) or found
    return found


def _with_files(bench: Bench, found: Chain) -> Chain:
    """Add every file whose values go where the argument's does; then the variables that say where such a file is."""
    seen = [bench(found.case(())), bench(found.case(found.origins[:1]))]
    for name in dict.fromkeys(name for run in seen for name in files_of(bench, run)):
        mark = client_files.mark_of(name)
        found = _with_forms(
            bench, found, name, [Origin("file", name, (mark,), form(mark)) for form in client_files.forms(name)]
        )
    for variable in dict.fromkeys(name for run in seen for name in _naming(run)):
        if client_files.NAMING[variable] not in {o.name for o in found.origins}:
            found = _with_forms(bench, found, f"${variable}", [_naming_one(variable)])
    return found


def _with_forms(bench: Bench, found: Chain, name: str, shapes: list[Origin]) -> Chain:
    """Add the file in the first form in which its value arrives; without any, note whether its presence changes the run."""
    if len(found.origins) >= MOST_SOURCES:
        return found
    explicit, changes = found.origins[:1], False
    for origin in shapes:
        with_it = _added(bench, found, origin)
        if with_it is not None:
            return with_it
        pairs = ((found.case(()), found.case((origin,))), (found.case(explicit), found.case((*explicit, origin))))
        changes = changes or any(bench.differ(without, there) for without, there in pairs)
    return replace(found, unread=(*found.unread, name)) if changes else found


def _naming_one(variable: str) -> Origin:
    """The variable with a file of its own, whose path tells, too, that it came from there."""
    name, mark = client_files.NAMING[variable], client_files.mark_of(variable)
    file = f"{mark}/{name.rpartition('/')[2]}" if client_files.in_folder(variable) else mark
    (form,) = client_files.forms(name)
    return Origin("variable", variable, (mark,), f".home/{mark}", files=((file, form(mark)),))


def _added(bench: Bench, found: Chain, origin: Origin) -> Chain | None:
    """The chain with this origin, if it is enough alone or takes the argument's place, and is not declared to be no source."""
    if origin.name in declared.excluded(bench.spec):
        return None
    slots = found.slots & frozenset(found.places(bench(found.case((origin,))), (origin,)))
    if not slots:
        both = (found.origins[0], origin)
        beside = found.places(bench(found.case(both)), both)
        slots = frozenset(slot for slot in found.slots if beside.get(slot) == frozenset({origin}))
    return replace(found, origins=(*found.origins, origin), slots=slots) if slots else None


# --- what a run asks for ---------------------------------------------------------------------------------------------


def secrets_of(seen: Observation) -> tuple[str, ...]:
    """The Prefect secrets that a run asked for, in order."""
    return tuple(dict.fromkeys(r.name for r in seen.reads if r.kind == "secret"))


_CREDENTIAL = re.compile(r"KEY|TOKEN|SECRET|PASS|PWD|CRED|AUTH|USER|LOGIN|WEBHOOK|DSN|PAT$", re.I)
_SURROUNDINGS = re.compile(
    r"PROXY|CA_BUNDLE|SSL|^(HOME|PATH|USER|LOGNAME|USERNAME|NETRC)$|_FILE$|PROFILE$|^LC_|^PYTHON|"
    r"_URI$|_DIRECTORY$|ENDPOINT|_HOST$|_TOKEN_CREDENTIALS$|DISABLE|ENABLE|PREFERENCE|_MODE$",
    re.I,
)


def _is_likely(name: str) -> bool:
    """Whether a variable is called as credentials are, or documented to be one, or a part of one."""
    return _CREDENTIAL.search(name) is not None or name in documented.NAMES


def variables_of(bench: Bench, config: Configuration, seen: Observation) -> tuple[str, ...]:
    """The variables it asked for that may hold a credential: named in the source, by an argument, or as credentials are."""
    told = {str(f.value) for f in bench.spec.facts if f.kind == "env"}
    values = {mark for value in config.values.values() for mark in marks(value)}
    own = {r.name for r in bench.bare.reads if r.kind == "env"} if bench.bare is not None else set()
    names = dict.fromkeys(r.name for r in seen.reads if r.kind == "env" and r.name not in (*own, *client_files.NAMING))
    likely = [n for n in names if n in told or n in values or (_is_likely(n) and not _SURROUNDINGS.search(n))]
    return declared.without_excluded(bench.spec, (*declared.variables(bench.spec), *likely))[:MOST_VARIABLES]


def _naming(seen: Observation) -> tuple[str, ...]:
    """The variables it asked for that say where a client's file is."""
    return tuple(n for n in dict.fromkeys(r.name for r in seen.reads if r.kind == "env") if n in client_files.NAMING)


def _keys(seen: Observation) -> tuple[tuple[Kind, str], ...]:
    """The keys it asked the configuration for in vain, and those of the run context that are called as credentials are."""
    names = dict.fromkeys((r.kind, r.name) for r in seen.reads if r.kind in ("context", "config"))
    found: list[tuple[Kind, str]] = [("config", name) for kind, name in names if kind == "config"]
    found += [("context", name) for kind, name in names if kind == "context" and _CREDENTIAL.search(name)]
    return tuple(found[:MOST_VARIABLES])


_PERHAPS = re.compile(
    r"cred|token|secret|key|auth|passw?|login|account|profile|config|settings|rc$|\.(json|ya?ml|toml|ini|cfg|conf|env|txt|pem)$",
    re.I,
)


def files_of(bench: Bench, seen: Observation) -> tuple[str, ...]:
    """The files of its home that a run asked for and that may hold a credential, the well-known ones first."""
    own = {r.name for r in bench.bare.reads if r.kind == "file"} if bench.bare is not None else set()
    names = dict.fromkeys(r.name for r in seen.reads if r.kind == "file" and r.name.startswith("~/") and r.name not in own)
    elsewhere = (*client_files.NETRC, *client_files.NO_CREDENTIAL)
    likely = [n for n in names if client_files.is_known(n) or (_PERHAPS.search(n) and n not in elsewhere)]
    folders = [n for n in likely if any(other.startswith(f"{n}/") for other in names)]
    return tuple(sorted((n for n in likely if n not in folders), key=lambda n: not client_files.is_known(n))[:MOST_FILES])
