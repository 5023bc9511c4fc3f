"""TC507: every source of a credential is one that the contract names."""

from __future__ import annotations

from taskcontract.clauses import client_files, declared, documented, netrc, reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.chain import Chain, Origin, candidates, chain
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.marks import marks
from taskcontract.clauses.sources import Variables, looked_up
from taskcontract.clauses.tc501 import all_of, unseen
from taskcontract.model import Case, Finding, Level, TaskSpec

UNGIVEN = "what no argument gives"
"""The subject that stands for what authenticates a run in which every argument is given."""


class CredentialSourceKnown(Clause):
    """Every source of a credential is one that the contract names: explicit, a Prefect secret, the client's own look-up.

    Advice. A variable, a file or a configuration key of the task's own invention is one more place that users must know of,
    and that nobody who knows Prefect and the client would think of: it is set by accident, and missed when it is looked for.

    The sources are found by watching, as for TC501, and the module whose code asked is seen as well. What the client library
    asks for by itself is known; so is a variable that it was seen to read too or that is documented for a client, a file
    that is documented for one, whatever the caller names (`token_variable="MY_TOKEN"`), and what is declared
    (`credential = { argument = "…", env = […] }`). What else the task's own code looks up is its invention: a variable, a
    file, a key of the run context or of Prefect's configuration. Where a library is imported of which it is not known which
    variables it reads, a variable is unproven. Variables that authenticate although every argument is given are judged
    likewise.

    `~/.netrc` is a subject of its own: `requests` looks there for every request that is given no `auth=`, and what it finds for
    the host silently takes the place of an `Authorization` header that the task has set. A source that the task does not know
    of then comes before all that it does. Give the credential as `auth=` (any callable that sets the header will do), or use
    a session with `trust_env = False`. Where a client makes the request, the task can do neither, and the matter is unproven.
    It is advice since nearly every task that writes that header is concerned, and only users who keep a netrc for the host.
    """

    code, slug, level = "TC507", "credential-source-known", Level.ADVICE
    nothing = "no argument is said to hold a credential, and neither secrets nor variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        mentioned = any(f.kind in ("env", "env-name") for f in spec.facts)
        named = candidates(spec)
        return (*named, *([netrc.NETRC] if named else []), *([UNGIVEN] if mentioned else []))

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        if subject == netrc.NETRC:
            return netrc.judge(bench)
        if subject == UNGIVEN:
            ungiven = looked_up(bench)
            return self._said(bench, subject, ungiven.origins, ungiven) if ungiven is not None else None
        found = chain(bench, subject)
        return self._said(bench, subject, found.origins[1:], found) if found is not None and len(found.origins) > 1 else None

    def _said(self, bench: Bench, subject: str, origins: tuple[Origin, ...], found: Chain | Variables) -> Finding:
        unsure = []
        for origin in origins:
            case = found.case((origin,))
            doubt = _doubt(bench, origin, found)
            if doubt is None:
                continue
            if doubt == ():
                seen = bench(case)
                if origin in found.used(seen) and bench.steady(case, seen):
                    return _invented(bench, subject, origin, case)
                doubt = ("anything",)
            unsure.append(
                f"whether {' or '.join(doubt)} looks up {origin} by itself, as the task's own code does, is not known"
            )
        if unsure:
            return unproven(subject, unsure[0], f"the client, installed where it is judged, or declared: {_DECLARE}")
        return holds(subject, f"it can come from {all_of(origins)}", len(origins))


_DECLARE = 'credential = { argument = "…", env = ["…"] }'


def _doubt(bench: Bench, origin: Origin, found: Chain | Variables) -> tuple[str, ...] | None:
    """None for a source that the contract names, () for one that it does not, else the libraries that may know it."""
    if origin.kind in ("argument", "secret") or origin.name in _named(bench, found) or not _own_alone(bench, origin, found):
        return None
    if origin.kind == "file":
        return None if client_files.is_known(origin.name) else ()
    if origin.kind != "variable":
        return ()
    if origin.name in documented.NAMES:
        return None
    unknown = documented.unknown_clients(bench.spec.ref.file, bench.spec.ref.module)
    return ("a library that cannot be read",) if unknown is None else unknown


def _named(bench: Bench, found: Chain | Variables) -> set[str]:
    """What the caller can name: values of arguments, their defaults, and what is declared."""
    values = [v for config in (found.configuration, bench.baseline.full) for v in config.values.values()]
    told = {mark for value in values for mark in marks(value)}
    defaults = {str(p.default)[1:-1] for p in (*bench.spec.init, *bench.spec.run) if str(p.default)[:1] in ("'", '"')}
    return {*told, *defaults, *declared.variables(bench.spec)}


def _own_alone(bench: Bench, origin: Origin, found: Chain | Variables) -> bool:
    """Whether nobody but the task library's own code was seen to look there, in any of the runs about this credential."""
    kind = "env" if origin.kind == "variable" else origin.kind
    cases = (found.case(()), *(found.case((o,)) for o in found.origins))
    readers = {r.by for case in cases for r in bench(case).reads if r.kind == kind and r.name == origin.name}
    return bool(readers) and all(_is_own(bench.spec, module) for module in readers)


def _is_own(spec: TaskSpec, module: str) -> bool:
    return module.partition(".")[0] == _library(spec)


def _library(spec: TaskSpec) -> str:
    return spec.ref.module.partition(".")[0]


def _invented(bench: Bench, subject: str, origin: Origin, case: Case) -> Finding:
    asks = "" if subject == UNGIVEN else f" when `{subject}` is not given"
    return violated(
        subject,
        f"{origin} is looked up by the task's own code{asks}: no caller names it, and no client does so",
        expected="the explicit value, a Prefect secret, or what the client looks up by itself",
        actual=f"the value of {origin}",
        fix=f"{telling.place_of_run(bench.spec)}: take {origin} out, or let the caller say where to look, by an argument",
        reproduce=reproduce.alone(case, unseen(origin.marks, "seen.effects")),
        cases=(case,),
        examples=2,
    )
