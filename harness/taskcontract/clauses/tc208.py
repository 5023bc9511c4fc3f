"""TC208: every accepted parameter can influence something."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.model import Case, Fact, Finding, TaskSpec
from taskcontract.values import Configuration, alternative, candidates, fields, objects


class ParameterUsed(Clause):
    """Every accepted parameter can influence something.

    A parameter that is accepted, stored and never read is a promise that the task does not keep: users set a timeout, a
    region, a flag, and nothing happens.

    It holds for a parameter as soon as changing it alone changes what leaves the task or how it ends, in one of several
    configurations (other values, switches flipped, more or fewer parameters given). It is violated only if, besides showing
    nothing, nothing in the library's source can read it. The fields of a configuration object (a plain class of the library's
    own that a parameter is annotated with) are judged like parameters.
    """

    code, slug = "TC208", "parameter-used"
    nothing = "it has no parameters of its own"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        names = dict.fromkeys([p.name for p in spec.init if p.name not in spec.options] + [p.name for p in spec.run])
        return tuple(subject for name in names for subject in (name, *(f"{name}.{field}" for field in fields(spec, name))))

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        name, _, field = subject.partition(".")
        if field:
            return self._field(bench, name, field)
        tried = 0
        pair: tuple[Case, Case] | None = None
        for config in self._settings(bench, subject):
            case = config.case(everywhere=True)
            seen = bench(case)
            for value in (*bench.others(config, subject, 2), None):
                changed = config.setting(subject, value).case(everywhere=True)
                if changed == case:
                    continue
                tried += 1
                pair = pair or (case, changed)
                then = bench(changed)
                if then.trace != seen.trace and then.phase == seen.phase == "run":
                    message = f"changing it changes what is seen: {' / '.join(telling.difference(seen, then))}"
                    return holds(subject, message[:300], tried + 1)
        unread = _unread(bench.spec, subject)
        if unread is not None and pair is not None and bench.baseline.seen.phase == "run":
            where = telling.place(unread.source.file or bench.spec.ref.file, unread.source.line)
            by, there = (" by the call", " there") if _only_the_call(bench.spec, subject) else ("", "")
            return violated(
                subject,
                f"`{subject}` is accepted{by}, and nothing reads it{there}: {tried} changes of it changed nothing",
                expected="the parameter influences what the task does",
                actual="no difference, and no line of the library reads it",
                fix=f"{where}: use `{subject}`, or remove it from the signature and the documentation",
                reproduce=reproduce.beside(*pair, "one.trace != other.trace"),
                cases=pair,
                examples=tried,
            )
        if not bench.works:
            return unproven(subject, bench.why_not(), settle_by_values(subject))
        return unproven(subject, f"{tried} changes of `{subject}` changed nothing that can be seen", settle_by_values(subject))

    def _field(self, bench: Bench, name: str, field: str) -> Finding:
        """A field of a configuration object: objects that differ in nothing else, in the full and the minimal configuration."""
        subject, tried = f"{name}.{field}", 0
        pair: tuple[Case, Case] | None = None
        values = list(objects(bench.spec, name, field))
        full, minimal = bench.baseline.full, bench.baseline.minimal
        for base in (full,) if minimal.values == full.values else (full, minimal):
            cases = [base.setting(name, value).case(everywhere=True) for value in values]
            for one, two in itertools.pairwise(cases):
                tried += 1
                pair = pair or (one, two)
                seen, then = bench(one), bench(two)
                if then.trace != seen.trace and then.phase == seen.phase == "run":
                    message = f"changing it changes what is seen: {' / '.join(telling.difference(seen, then))}"
                    return holds(subject, message[:300], tried + 1)
        unread = next((f for f in bench.spec.about("unread-field", name) if f.value == field), None)
        if unread is not None and pair is not None and bench(pair[0]).reached:
            where = telling.place(unread.source.file, unread.source.line)
            return violated(
                subject,
                f"the field `{field}` of `{name}` is accepted, and nothing reads it: {tried} changes of it changed nothing",
                expected="the field influences what the task does",
                actual="no difference, and no line of the library reads it",
                fix=f"{where}: use `{field}`, or remove it from the class and the documentation",
                reproduce=reproduce.beside(*pair, "one.trace != other.trace"),
                cases=pair,
                examples=tried,
            )
        why = f"{tried} changes of `{subject}` changed nothing that can be seen" if bench.works else bench.why_not()
        return unproven(subject, why, settle_by_values(name))

    def _settings(self, bench: Bench, subject: str) -> Iterator[Configuration]:
        """Configurations that give `subject`: full, minimal, with values of other sorts, with switches flipped, and wider."""
        full, minimal = bench.baseline.full, bench.baseline.minimal
        found = candidates(bench.spec, subject)
        value = full.values.get(subject) or (found[0] if found else None)
        if value is None:
            return
        yield full.setting(subject, value)
        if minimal.values != full.values:
            yield minimal.setting(subject, value)
        for other in found[:3]:
            if other.code != value.code:
                yield full.setting(subject, other)
        for name, switch in list(full.values.items()):
            if name != subject and switch.kind == "bool":
                yield full.setting(subject, value).setting(name, alternative(switch, name))
        for name in dict.fromkeys(p.name for p in (*bench.spec.init, *bench.spec.run) if p.name not in bench.spec.options):
            if name not in full.values and name != subject:
                for value_of in candidates(bench.spec, name)[:1]:
                    yield full.setting(subject, value).setting(name, value_of)


def _only_the_call(spec: TaskSpec, name: str) -> bool:
    """Whether construction makes use of it, if only as one of the options that every task has."""
    return spec.init_parameter(name) is not None and name in spec.options


def _unread(spec: TaskSpec, name: str) -> Fact | None:
    """The fact that nothing reads `name`, at none of the places that take it.

    What a decorator alone reads, to hand it to a `run` that does not look at it, is read by nobody.
    """
    silent = {f.value: f for f in spec.about("unread", name)}
    places = {p.side for p in (spec.init_parameter(name), spec.run_parameter(name)) if p is not None}
    if name in spec.options:
        places -= {"init"}  # where it is an option that every task has
    if name in spec.decorated and "run" in silent:
        attribute = re.escape(spec.decorated[name])
        places -= set() if re.search(rf"\.{attribute}\b(?!\s*=[^=])", spec.source) else {"init"}
    return next(iter(silent.values())) if silent and places <= set(silent) else None
