"""TC205: passing a run argument's own declared default explicitly acts like leaving it out."""

from __future__ import annotations

import re

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, unstable, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.sharedvalue import unseen
from taskcontract.clauses.sharing import attribute_of, frame_agrees, frame_differs
from taskcontract.model import Case, Finding, Observation, Parameter, TaskSpec, Value, Verdict
from taskcontract.values import Configuration

NONE = Value("None", (), "default")


class DeclaredDefaultSafe(Clause):
    """Passing a run argument's own declared default explicitly acts like leaving it out, or raises `ValueError`.

    Flows pass values on: `task(repo=upstream)` gives an explicit None when upstream had nothing. A signature that says
    `repo=None` promises that None means "left out", yet `defaults_from_attrs` fills in only what is absent, so an explicit
    None beats the value given at construction and goes out as it is.

    Judged for arguments whose declared default is None and that construction can also give: `T(a=v).run(a=None)` must do what
    `T(a=v).run()` does, or raise `ValueError`. A default other than None is a value like any other: given to the call it wins
    (TC202).
    """

    code, slug = "TC205", "declared-default-safe"
    nothing = "no argument of `run` that construction can also give defaults to None"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return tuple(n for n in spec.shared if _is_none(spec.run_parameter(n)))

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        config = bench.configured(subject)
        if config is None:
            return unproven(subject, "no value is known to try", settle_by_values(subject))
        finding = self._with(bench, subject, config)
        if finding.verdict is not Verdict.HOLDS:
            return finding
        more = (self._with(bench, subject, config.setting(subject, v)) for v in bench.others(config, subject, 2))
        return next((f for f in more if f.verdict is Verdict.VIOLATED), finding)  # the first may be a value that None acts like

    def _with(self, bench: Bench, subject: str, config: Configuration) -> Finding:
        left_out = config.case(everywhere=True, init={subject})
        explicit = left_out.with_(call=(*left_out.call, (subject, NONE)))
        seen, reference = bench(explicit), bench(left_out)
        if reference.phase in ("setup", "construct"):
            return unproven(subject, f"it could not be constructed: {telling.ending(reference)}", settle_by_values(subject))
        if seen.trace != reference.trace:
            if seen.outcome.kind == "raised" and seen.outcome.is_a("ValueError") and reference.phase == "run":
                error = f"{seen.outcome.type.rpartition('.')[2]}: {seen.outcome.text[:80]}"
                return holds(subject, f"an explicit None raises {error}", 2)
            if bench.unsteady(left_out, explicit):
                return unstable(subject)
            said = meaning_of_none(bench.spec, subject)
            if said and seen.reached:
                settles = "documentation that None stands for construction's value"
                return unproven(subject, f"None is documented to mean something of its own: {said!r}", settles)
            return self._parted(bench, subject, left_out, explicit)
        return self._same(bench, subject, config, reference, seen)

    def _same(
        self, bench: Bench, subject: str, config: Configuration, reference: Observation, seen: Observation
    ) -> Finding:
        others = [config.setting(subject, v).case(everywhere=True, init={subject}) for v in bench.others(config, subject)]
        if any(bench(o).trace != reference.trace for o in others):
            return holds(subject, "an explicit None acts like leaving it out, and construction's value shows", 2 + len(others))
        if any(frame_agrees(reference, seen, subject) and frame_differs(bench(o), reference, subject) for o in others):
            return holds(subject, "with an explicit None the frame of `run` still gets construction's value", 2 + len(others))
        return unseen(bench, subject)

    def _parted(self, bench: Bench, subject: str, left_out: Case, explicit: Case) -> Finding:
        expected, actual = telling.difference(bench(left_out), bench(explicit))
        attribute = attribute_of(bench.spec, subject)
        return violated(
            subject,
            f"an explicit `{subject}=None`, its declared default, is not like leaving it out: "
            f"{telling.usage(explicit, {subject})} {telling.ending(bench(explicit))}",
            expected=f"as without it, or ValueError: {expected}",
            actual=actual,
            fix=f"{telling.place_of_run(bench.spec)}: in `run`, "
            f"`{subject} = self.{attribute} if {subject} is None else {subject}`, or raise ValueError for None",
            reproduce=reproduce.agreeing(left_out, explicit),
            cases=(explicit, left_out),
            examples=2,
        )


def _is_none(parameter: Parameter | None) -> bool:
    return parameter is not None and parameter.default == "None"


_OF_NONE = re.compile(
    r"\b(?:if|when|unless) (?:\w+ is |it's |set to )?`*None\b.*|`*None\b`*,? (?:which|means|stands for|selects|asks for)\b.*",
    re.I,
)
_ELSEWHERE = re.compile(r"initiali[sz]|construct|attribute|self\.|provided to the task", re.I)


def meaning_of_none(spec: TaskSpec, name: str) -> str | None:
    """What the documentation of `run` says that an explicit None asks for, unless it is construction's value."""
    parameter = spec.run_parameter(name)
    doc = " ".join((parameter.doc or "").split()) if parameter is not None else ""
    found = _OF_NONE.search(doc)
    return found[0][:120] if found and not _ELSEWHERE.search(doc) else None
