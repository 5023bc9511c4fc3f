"""What a clause is: a rule with a permanent code, its page, and how one subject of it is judged."""

from __future__ import annotations

import inspect
from typing import ClassVar

from taskcontract.clauses.bench import Bench
from taskcontract.model import Finding, Level, TaskSpec


class Clause:
    """One rule of the contract. A subclass's docstring is its page: the first line is the title.

    `subjects` reads the description alone and says what the clause would judge (parameters, options, aspects), in order.
    `judge` looks at one subject on a bench; None means that there turned out to be nothing to say about it. `needs_run` is
    false for a clause about construction, which a base class without a `run` keeps or breaks by itself.
    """

    code: ClassVar[str]
    slug: ClassVar[str]
    level: ClassVar[Level] = Level.RULE
    since: ClassVar[str] = "0.1"
    nothing: ClassVar[str] = "there is nothing for this clause to judge"
    needs_run: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return inspect.cleandoc(self.__doc__ or "").partition("\n")[0]

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        raise NotImplementedError(f"{type(self).__name__} does not say what its subjects are")

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        raise NotImplementedError(f"{type(self).__name__} does not say how it judges")

    def search(self, bench: Bench, findings: list[Finding]) -> list[Finding]:
        """What is left of the findings after a property search over all subjects together; by default there is none."""
        return findings

    def unlearnt(self, bench: Bench) -> list[Finding]:
        """What is said when no subject gave a finding although there may be something to say; by default nothing."""
        return []

    def applies(self, spec: TaskSpec) -> str | None:
        """None if there is something to judge, else why the clause is not applicable."""
        if self.needs_run and any(spec.about("base")):
            return "the class has no `run`; it is judged in the classes that are derived from it and have one"
        return None if self.subjects(spec) else self.nothing
