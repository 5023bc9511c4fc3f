"""TC506: secrets and variables are read by the run, not by construction."""

from __future__ import annotations

from collections.abc import Iterator

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, violated
from taskcontract.clauses.chain import chains
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.tc101 import constructing
from taskcontract.model import Case, Finding, Read, TaskSpec

SECRETS, VARIABLES = "secrets", "variables"
_KINDS = {"secret": SECRETS, "env": VARIABLES}


class CredentialReadAtRun(Clause):
    """Secrets and credentials in the environment are read by the run, not by construction.

    A task is constructed where the flow is written. A secret read there is the author's, or there is none; Prefect refuses
    to give one while a flow is built. What was read is then pickled with the flow, and goes wherever that goes.

    Judged on constructing with what is demanded, with everything, and with the credential left out. A secret that is asked
    for there is a breach; a variable is one if its value was seen to authenticate what the task sends.
    """

    code, slug = "TC506", "credential-read-at-run"
    nothing = "neither secrets nor environment variables are mentioned"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        kinds = {f.kind for f in spec.facts}
        secrets = kinds & {"secret", "secret-name"}
        return tuple(s for s, there in ((SECRETS, secrets), (VARIABLES, kinds & {"env", "env-name"})) if there)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        kind = next(k for k, s in _KINDS.items() if s == subject)
        found = chains(bench)
        names = {o.name for c in found for o in c.origins if o.kind == ("secret" if kind == "secret" else "variable")}
        asked: set[str] = set()
        looked = 0
        for case in _cases(bench):
            seen = bench(case)
            relevant = [r for r in seen.reads if r.kind == kind and (kind == "secret" or r.name in names)]
            early = next((r for r in relevant if r.phase == "construct"), None)
            if early is not None and bench.steady(case, seen):
                return _read_early(bench, subject, case, early)
            asked |= {r.name for r in relevant}
            looked += bool(relevant)
        if not asked:
            return None
        return holds(subject, f"{', '.join(sorted(asked))}: asked for by the run", looked)


def _cases(bench: Bench) -> Iterator[Case]:
    """Constructing in both ways; a whole run; runs without each credential."""
    if bench.spec.ref.kind == "class":
        yield constructing(bench, False)
        yield constructing(bench, True)
    yield bench.baseline.full.case(everywhere=True)
    for chain in chains(bench):
        yield chain.case(())
        yield from (chain.case((origin,)) for origin in chain.origins[1:])


def _read_early(bench: Bench, subject: str, case: Case, read: Read) -> Finding:
    what = f"the secret {read.name}" if read.kind == "secret" else f"${read.name}"
    case = case.with_(route="construct", call=(), positional=())
    return violated(
        subject,
        f"{telling.usage(case)} reads {what}",
        expected=f"{what} is read by the run",
        actual="it is read by construction",
        fix=f"{telling.place_of_init(bench.spec)}: keep what was given, and read {what} in `run`",
        reproduce=reproduce.alone(case, f"not [r for r in seen.reads if (r.kind, r.name) == {(read.kind, read.name)!r}]"),
        cases=(case,),
    )
