"""TC403: the result is what the return annotation says."""

from __future__ import annotations

from taskcontract.clauses import telling
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.returned import RESULT, ResultClause, Returned, Wrong, evidence, gives_something
from taskcontract.model import Case, Finding, TaskSpec

_ANYTHING = ("Any", "typing.Any", "object", "t.Any")


class AnnotationHonoured(ResultClause):
    """The result agrees with the return annotation.

    The annotation is what an editor, a type checker and the reader of a flow believe. A task that is annotated `-> dict` and
    returns a text, or None when nothing was found, breaks the task after it.

    Judged on every run that returns, as deep as the annotation goes: unions, optionals, elements, keys, literals, typed dicts,
    tuples. An int is a float, a subclass is its base, and what an abstract class accepts is one. An annotation that cannot be
    resolved, or that allows everything, says nothing, and neither do parts of a result that were invented. Where answers are
    invented, None counts only if no answer could have led to anything else, and where the run was given all that it demands and
    values that its source knows.
    """

    code, slug = "TC403", "annotation-honoured"
    nothing = "`run` has no return annotation that says anything"
    kept = "the result is what the annotation says"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        declared = _declared(spec)
        nothing_as_said = declared == "None" and not gives_something(spec)
        return () if not declared or declared in _ANYTHING or nothing_as_said else (RESULT,)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        runs = evidence(bench).runs
        resolved = any(run.result.annotated for run in runs)
        return None if runs and not resolved else super().judge(bench, subject)

    def wrong(self, bench: Bench, run: Returned, subject: str) -> Wrong | None:
        said = run.result.disagrees
        always = run.answered_alike or not gives_something(bench.spec)
        if not said or (" is None where " in said and not (always and _as_meant(bench.spec, run.case))):
            return None
        declared = _declared(bench.spec)
        return Wrong(
            f"it is annotated `-> {declared}`, and {said}: {telling.usage(run.case)} {telling.ending(run.seen)}",
            expected=f"what `-> {declared}` says",
            actual=said,
            remedy=_remedy(said, declared),
            check="not seen.result.disagrees",
        )


def _declared(spec: TaskSpec) -> str:
    return next((str(f.value) for f in spec.about("returns")), "")


def _as_meant(spec: TaskSpec, case: Case) -> bool:
    """Whether a run is one that a user would make: with all that `run` demands, and values that its source knows."""
    given = dict((*case.init, *case.call))
    known = {name: {repr(f.value) for f in spec.about("literal", name)} for name in given}
    fit = all(value.code in known[name] for name, value in given.items() if known[name])
    return fit and all(p.name in given for p in spec.run if p.required)


def _remedy(said: str, declared: str) -> str:
    if declared.rpartition(".")[2] in ("NoReturn", "Never"):
        return f"annotate what is returned: `-> {declared}` says that it never returns"
    if said.startswith("$ is None where "):
        return f"return {declared} there too, raise, or annotate `Optional[{declared}]`"
    kind = said.partition(" is ")[2].partition(" where ")[0]
    return f"annotate what is returned, or return what is annotated ({kind or 'what was seen'})"
