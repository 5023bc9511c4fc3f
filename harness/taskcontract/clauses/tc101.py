"""TC101: construction is inert."""

from __future__ import annotations

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, unstable_construction, violated
from taskcontract.clauses.clause import Clause
from taskcontract.model import Case, Finding, Observation, Read, TaskSpec

BARE, CONFIGURED = "without arguments", "with all arguments"


class InitInert(Clause):
    """`__init__` opens no socket, file, process or thread, and reads no environment variable, secret, run context or clock.

    Tasks are constructed where the flow is written: on a laptop, in CI, long before and far from where they run. A secret read
    there is the wrong one or none at all; a connection opened there is closed when the flow runs; a time taken there is the
    time of registration.

    Judged on constructing with what is demanded and with everything given. What Prefect's own `Task.__init__` reads is not
    held against the task.
    """

    code, slug = "TC101", "init-inert"
    needs_run = False
    nothing = "a task made from a function has no construction of its own"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return ways_to_construct(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        case = constructing(bench, subject == CONFIGURED)
        seen = bench(case)
        own = _reads(seen, bench.bare)
        gone = [e for e in seen.effects if not (e.kind == "client" and e.constructing)]
        opened = [f"calls {e.what}" if e.kind == "client" else e.what for e in gone]
        did = [*opened, *dict.fromkeys(_told(r) for r in own)]
        if did:
            if not bench.steady(case, seen):
                return unstable_construction(subject)
            return violated(
                subject,
                f"{telling.usage(case)} {', '.join(did[:3])}" + (f" and {len(did) - 3} more" if len(did) > 3 else ""),
                expected="nothing is opened or read by construction",
                actual="; ".join(did[:8]),
                fix=f"{telling.place_of_init(bench.spec)}: keep the value given and do this in `run`",
                reproduce=reproduce.alone(case, f"not {_check(opened, own)}"),
                cases=(case,),
            )
        if seen.outcome.kind != "returned":
            return unproven(subject, f"it could not be constructed: {telling.ending(seen)}", "values that construct, declared")
        return holds(subject, "construction opens and reads nothing", 1)


def ways_to_construct(spec: TaskSpec) -> tuple[str, ...]:
    """Without arguments and, if construction has any of its own, with all of them."""
    if spec.ref.kind == "function":
        return ()
    return (BARE, CONFIGURED) if any(p.name not in spec.options for p in spec.init) else (BARE,)


_KINDS = {"env": "the environment variable", "secret": "the secret", "context": "the run context's", "file": "the file"}


def _told(read: Read) -> str:
    """A read in words; a clock is one clock, whichever module looks at it."""
    return "reads the clock" if read.kind == "clock" else f"reads {_KINDS.get(read.kind, read.kind)} {read.name}".rstrip()


def constructing(bench: Bench, everything: bool) -> Case:
    """Construct and stop: with all that is known to work, or with what the signature demands."""
    config = bench.baseline.full
    case = config.case(everywhere=True, init=config.shared)
    init = case.init if everything else tuple((n, v) for n, v in case.init if _demanded(bench.spec, n))
    return case.with_(route="construct", init=init, call=())


def _demanded(spec: TaskSpec, name: str) -> bool:
    parameter = spec.init_parameter(name)
    return parameter is not None and parameter.required


def _reads(seen: Observation, bare: Observation | None) -> list[Read]:
    known = {(r.kind, r.name) for r in bare.reads} if bare is not None else set()
    return [r for r in dict.fromkeys(seen.reads) if r.phase == "construct" and (r.kind, r.name) not in known]


def _check(opened: list[str], own: list[Read]) -> str:
    return "seen.effects" if opened else f"[r for r in seen.reads if r.kind in {sorted({r.kind for r in own})!r}]"
