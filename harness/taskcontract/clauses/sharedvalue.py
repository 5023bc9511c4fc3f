"""The clauses that judge one parameter at a time by where its value is given: judged plainly first, then with drawn values."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from taskcontract.clauses import search
from taskcontract.clauses.bench import Bench, settle_by_values, unproven
from taskcontract.clauses.clause import Clause
from taskcontract.model import Finding, TaskSpec, Value, Verdict
from taskcontract.values import Configuration


class SharedValueClause(Clause):
    """A clause about each parameter that can be given at both places.

    `judge_with` judges one subject in one configuration, in which the subject has a value.
    """

    nothing: ClassVar[str] = "no parameter can be given both at construction and at the call"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return spec.shared

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        config = bench.configured(subject)
        if config is None:
            return unproven(subject, "no value is known to try", settle_by_values(subject))
        finding = self.judge_with(bench, subject, config)
        minimal = bench.baseline.minimal
        if finding.verdict is Verdict.UNPROVEN and config.values != minimal.values:
            narrow = self.judge_with(bench, subject, minimal.setting(subject, config.values[subject]))
            finding = narrow if narrow.verdict is not Verdict.UNPROVEN else finding
        return finding

    def search(self, bench: Bench, findings: list[Finding]) -> list[Finding]:
        """Try to break what holds with drawn values: one property over the subject and its value."""
        configs = {f.subject: bench.configured(f.subject) for f in findings if f.verdict is Verdict.HOLDS}
        drawn_from = {name: config for name, config in configs.items() if config is not None}
        if not drawn_from or bench.examples < 1:
            return findings
        narrow = bench.narrow()

        def breaks(example: tuple[str, Value]) -> bool:
            name, value = example
            return self.judge_with(narrow, name, drawn_from[name].setting(name, value)).verdict is Verdict.VIOLATED

        found = search.falsify(bench, search.named_values(drawn_from), breaks, bench.examples)
        if found is None:
            share = bench.examples // len(drawn_from)
            return [replace(f, examples=f.examples + share) if f.subject in drawn_from else f for f in findings]
        name, value = found
        finding = self.judge_with(bench.anew(), name, drawn_from[name].setting(name, value))
        if finding.verdict is not Verdict.VIOLATED:
            why = f"flaky: with {value.code} it was violated once, and not again"
            finding = unproven(name, why, "a task that does the same twice")
        return [finding if f.subject == name else f for f in findings]

    def judge_with(self, bench: Bench, subject: str, config: Configuration) -> Finding:
        raise NotImplementedError(f"{type(self).__name__} does not say how it judges")


def unseen(bench: Bench, subject: str) -> Finding:
    """Nothing showed: because nothing works, or because this parameter does not show."""
    if not bench.works:
        return unproven(subject, bench.why_not(), settle_by_values(subject))
    return unproven(subject, f"changing `{subject}` changes nothing that can be seen", settle_by_values(subject))


def two_meanings(subject: str) -> Finding:
    """The same name at both places, and nothing shows that they are meant to be the same."""
    return unproven(
        subject,
        f"construction's `{subject}` does something, but not what the call's does: the two may mean different things",
        "documentation or a declaration saying that one stands in for the other",
    )
