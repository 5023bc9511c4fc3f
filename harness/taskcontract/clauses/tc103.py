"""TC103: task options reach the task."""

from __future__ import annotations

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.tc101 import constructing
from taskcontract.clauses.tc303 import names
from taskcontract.model import Case, Finding, Observation, TaskRef, TaskSpec

OPTIONS = "task options"


class InitForwardsOptions(Clause):
    """`Task` options given at construction reach the task, and no option breaks or is broken by a parameter of the task's own.

    Users give every task `name`, `tags`, `max_retries` with `retry_delay`, `timeout` and the rest. An `__init__` that drops its
    `**kwargs`, or a parameter called `timeout` that `Task.__init__` then overwrites, takes that away, silently.

    Judged by constructing with each option and comparing the attribute it sets with that of a plain `Task` given the same
    option; the task's own attributes must not change. A parameter of the task's own that has the name of an attribute that
    `Task.__init__` sets must still be there, under some name, after construction.
    """

    code, slug = "TC103", "init-forwards-options"
    needs_run = False
    nothing = "construction takes no task options and has no parameter that could collide with one"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        if spec.ref.kind == "function":
            return ()
        own = tuple(p.name for p in spec.init if p.name not in spec.options)
        return (OPTIONS, *own) if spec.init_var_keyword or spec.options else own

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        plain = constructing(bench, everything=True)
        if bench(plain).outcome.kind != "returned":
            why = f"it could not be constructed: {telling.ending(bench(plain))}"
            return unproven(subject, why, "values that construct, declared")
        return self._options(bench, plain) if subject == OPTIONS else self._collision(bench, subject, plain)

    def _options(self, bench: Bench, plain: Case) -> Finding | None:
        judged, bare_ref, before = 0, TaskRef("prefect", "Task"), bench(plain).attributes
        together = self._together(bench, plain)
        if together is not None:
            return together
        for name, sample in bench.samples.items():
            if not _taken(bench.spec, name):
                continue
            given = tuple((n, bench.samples[n].value) for n in (name, *sample.needs))
            case = plain.with_(options=given, init=tuple(p for p in plain.init if p[0] not in dict(given)))
            reference = bench(Case(bare_ref, options=given, route="construct"))
            seen = bench(case)
            if reference.outcome.kind != "returned":
                continue
            judged += 1
            if seen.outcome.kind == "raised" and seen.outcome.is_a("ValueError") and names(seen.outcome.text, name):
                continue  # refused aloud, which no user can overlook
            wanted, got = reference.attributes.get(sample.attribute), seen.attributes.get(sample.attribute, "<absent>")
            if seen.outcome.kind != "returned" or wanted != got:
                return self._dropped(bench, name, case, seen, wanted, got)
            own = [a for a, v in before.items() if a not in reference.attributes and seen.attributes.get(a) != v]
            if own:
                got = seen.attributes.get(own[0], "<absent>")
                return self._dropped(bench, name, case, seen, before[own[0]], got, own[0])
        if not judged:
            return None
        message = f"{judged} options reach the task and leave its own attributes alone, or are refused aloud"
        return holds(OPTIONS, message, judged)

    def _together(self, bench: Bench, plain: Case) -> Finding | None:
        """All options in one construction: when that is faultless, none has to be tried alone."""
        taken = {n: s for n, s in bench.samples.items() if _taken(bench.spec, n)}
        given = tuple((n, s.value) for n, s in taken.items())
        case = plain.with_(options=given, init=tuple(p for p in plain.init if p[0] not in taken))
        reference = bench(Case(TaskRef("prefect", "Task"), options=given, route="construct"))
        seen, before = bench(case), bench(plain)
        if not taken or reference.outcome.kind != "returned" or seen.outcome.kind != "returned":
            return None
        wanted = {s.attribute: reference.attributes.get(s.attribute) for s in taken.values()}
        own = {a: v for a, v in before.attributes.items() if a not in reference.attributes}
        if any(seen.attributes.get(a, "<absent>") != v for a, v in (wanted | own).items()):
            return None
        return holds(OPTIONS, f"{len(taken)} options reach the task and leave its own attributes alone", len(taken))

    def _dropped(
        self, bench: Bench, name: str, case: Case, seen: Observation, wanted: object, got: object, own: str = ""
    ) -> Finding:
        what = f"changes `self.{own}`" if own else "does not reach the task"
        constructed = seen.outcome.kind == "returned"
        ended = telling.short(got) if constructed else telling.ending(seen)
        return violated(
            OPTIONS,
            f"the task option `{name}` {what}: {telling.usage(case)} {'gives ' if constructed else ''}{ended}",
            expected=telling.short(wanted),
            actual=ended,
            fix=f"{telling.place_of_init(bench.spec)}: take `**kwargs` and pass it on: `super().__init__(**kwargs)`",
            reproduce=reproduce.alone(case, f"'{name}' in repr(seen.attributes) and seen.outcome.kind == 'returned'"),
            cases=(case,),
        )

    def _collision(self, bench: Bench, subject: str, plain: Case) -> Finding | None:
        bare = bench.bare
        if bare is None or subject not in bare.attributes or subject not in dict(plain.init):
            return None
        kept = bench(plain).attributes
        value = dict(plain.init)[subject]
        lacking = plain.with_(init=tuple(p for p in plain.init if p[0] != subject))
        without = bench(lacking)
        changed = [a for a in kept if without.outcome.kind != "returned" or kept[a] != without.attributes.get(a)]
        if changed:
            return holds(subject, f"its value is kept in `self.{changed[0]}`", 2)
        return violated(
            subject,
            f"`{subject}={value.code}` is gone after construction: `Task.__init__` sets an attribute of that name, "
            f"and `self.{subject}` is {telling.short(kept.get(subject))}",
            expected=f"the value given, in some attribute: {value.code}",
            actual=f"self.{subject} == {telling.short(kept.get(subject))}",
            fix=f"{telling.place_of_init(bench.spec)}: store `{subject}` under another name, "
            "or after `super().__init__(**kwargs)`",
            reproduce=reproduce.beside(plain, lacking, "one.attributes != other.attributes"),
            cases=(plain,),
        )


def _taken(spec: TaskSpec, name: str) -> bool:
    """Whether construction takes the task option `name` as such, and not as a parameter of its own."""
    return name in spec.options or (spec.init_var_keyword and spec.init_parameter(name) is None)
