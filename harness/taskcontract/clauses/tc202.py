"""TC202: a value given to the call beats the one given at construction."""

from __future__ import annotations

import ast

from taskcontract.clauses import reproduce, telling
from taskcontract.clauses.bench import Bench, holds, settle_by_values, unproven, unstable, violated
from taskcontract.clauses.sharedvalue import SharedValueClause, two_meanings, unseen
from taskcontract.clauses.sharing import (
    attribute_of,
    construction_unread,
    frame_agrees,
    frame_differs,
    line_to_change,
    promised,
)
from taskcontract.model import Case, Finding, Value
from taskcontract.values import Configuration


class RunValueWins(SharedValueClause):
    """A value given to the call beats the one given at construction, everywhere `run` uses it, helpers included.

    Users vary per call what they set once at construction. `T(a=decoy).run(a=v)` must do what `T(a=v).run(a=v)` does; a
    helper that reads `self.a`, or a fallback written the wrong way round, uses the decoy.

    Judged by comparing those runs, with a decoy and with nothing at construction. Dicts that the call *merges* into
    construction's, its own keys winning, satisfy the rule. It holds only if the decoy would have shown when the call leaves
    the value out, or if the frame of `run` had the call's value and nothing read construction's any more.
    """

    code, slug = "TC202", "run-value-wins"

    def judge_with(self, bench: Bench, subject: str, config: Configuration) -> Finding:
        both = config.case(everywhere=True)
        decoys = [d for d in bench.others(config, subject) if bench(_construct(config, subject, d)).outcome.kind == "returned"]
        if not decoys:
            return unproven(subject, "no second value for construction is known", "a second legal value, declared")
        reference = bench(both)
        if reference.phase in ("setup", "construct"):
            return unproven(subject, f"it could not be constructed: {telling.ending(reference)}", settle_by_values(subject))
        seen_decoy = framed = 0
        for decoy in (*decoys, *([] if _demanded(config, subject) else [None])):
            against = config.case(everywhere=True, decoys={subject: decoy})
            seen = bench(against)
            if decoy is None and seen.phase in ("setup", "construct"):
                continue  # construction demands one: TC104's business
            if seen.trace != reference.trace:
                if decoy is not None and self._merges(bench, subject, config, decoy):
                    return holds(subject, "the call's dict is merged into construction's, and its own keys win", 3)
                return self._beaten(bench, subject, config, against, decoy)
            if decoy is None:
                continue
            left_out = bench(config.setting(subject, decoy).case(everywhere=True, init={subject}))
            seen_decoy += left_out.trace != seen.trace
            framed += frame_agrees(reference, seen, subject) and frame_differs(seen, left_out, subject) and (
                construction_unread(seen, bench.spec, subject)
            )  # fmt: skip
        if seen_decoy:
            message = "a decoy at construction shows when the call leaves the value out, and not otherwise"
            return holds(subject, message, 2 + seen_decoy)
        if framed:
            kept = attribute_of(bench.spec, subject)
            return holds(subject, f"the frame of `run` has the call's value, and `self.{kept}` is not read", 2)
        return unseen(bench, subject)

    def _beaten(self, bench: Bench, subject: str, config: Configuration, against: Case, decoy: Value | None) -> Finding:
        both = config.case(everywhere=True)
        if bench.unsteady(both, against):
            return unstable(subject)
        if not promised(bench.spec, subject) and not self._construction_wins(bench, subject, config, against, decoy):
            return two_meanings(subject)
        expected, actual = telling.difference(bench(both), bench(against))
        given = f"{decoy.code} at construction" if decoy is not None else "nothing at construction"
        return violated(
            subject,
            f"`{subject}` given to the call does not win everywhere: with {given}, "
            f"{telling.usage(against, {subject})} {telling.ending(bench(against))}",
            expected=f"the call's value throughout: {expected}",
            actual=actual,
            fix=line_to_change(bench.spec, subject),
            reproduce=reproduce.agreeing(both, against),
            cases=(against, both),
            examples=2,
        )

    def _construction_wins(self, bench: Bench, subject: str, config: Configuration, against: Case, decoy: Value | None) -> bool:
        """Whether the call's value was ignored for construction's: then both mean the same, whatever is documented."""
        ignored = config.setting(subject, decoy).case(everywhere=True)
        return bench(against).trace == bench(ignored).trace

    def _merges(self, bench: Bench, subject: str, config: Configuration, decoy: Value) -> bool:
        """Whether `T(a=decoy).run(a=v)` does what `{**decoy, **v}` at both places does, in two different overlaps."""
        now = config.values[subject]
        merged = _merge(decoy, now)
        if merged is None:
            return False
        expected = bench(config.setting(subject, merged).case(everywhere=True))
        return expected.trace == bench(config.case(everywhere=True, decoys={subject: decoy})).trace


def _construct(config: Configuration, subject: str, decoy: Value) -> Case:
    return config.case(everywhere=True, decoys={subject: decoy}).with_(route="construct", call=(), positional=())


def _demanded(config: Configuration, subject: str) -> bool:
    parameter = config.spec.init_parameter(subject)
    return parameter is not None and parameter.required


def _merge(under: Value, over: Value) -> Value | None:
    try:
        one, two = ast.literal_eval(under.code), ast.literal_eval(over.code)
    except (ValueError, SyntaxError):
        return None
    return Value.of({**one, **two}, "dict") if isinstance(one, dict) and isinstance(two, dict) else None
