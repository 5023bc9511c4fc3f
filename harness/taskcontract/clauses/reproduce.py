"""Writes a case, or two that should agree, as a few lines of Python that run as they stand, in the sealed world."""

from __future__ import annotations

from dataclasses import fields

from taskcontract.model import Answers, Case, TaskRef, Value


def target(ref: TaskRef) -> str:
    """How the task is named to `observe`: `module:Class`, or `file.py:Class` when it was loaded from a file."""
    return f"{ref.path}:{ref.qualname}" if ref.path else ref.id


def agreeing(left: Case, right: Case) -> str:
    """A script that observes two cases, shows both and asserts that they are alike."""
    return _script([("expected", left), ("actual", right)], "assert actual.trace == expected.trace, 'they differ'")


def alone(case: Case, check: str) -> str:
    """A script that observes one case as `seen` and asserts `check`, an expression over it."""
    return _script([("seen", case)], f"assert {check}, 'the contract is broken'")


def beside(left: Case, right: Case, check: str) -> str:
    """A script that observes two cases as `one` and `other` and asserts `check`, an expression over them."""
    return _script([("one", left), ("other", right)], f"assert {check}, 'the contract is broken'")


def _script(cases: list[tuple[str, Case]], check: str) -> str:
    shown = [(name, _observe(case)) for name, case in cases]
    text = "\n".join(call for _, call in shown)
    imports = ["observe"] + (["value"] if "value(" in text else [])
    lines = [f"from taskcontract.testing import {', '.join(imports)}"]
    names = [name for name in ("Answers", "Twist") if f"{name}(" in text]
    if names:
        lines.append(f"from taskcontract.model import {', '.join(names)}")
    if "search(" in check:
        lines.append("from taskcontract.cassettes.canaries import search")
    if "signed_with(" in check:
        lines.append("from taskcontract.cassettes.signatures import signed_with")
    lines += ["", f"task = {target(cases[0][1].ref)!r}"]
    lines += [f"{name} = {call}" for name, call in shown]
    lines += [f"print({name!r}, {name}.outcome, *{name}.effects, sep='\\n  ')" for name, _ in shown]
    return "\n".join([*lines, check])


def _observe(case: Case) -> str:
    given = ["task"]
    for side in ("init", "call", "options", "first", "context"):
        pairs = getattr(case, side)
        if pairs:
            given.append(f"{side}={_mapping(pairs)}")
    if case.positional:
        given.append(f"positional=[{', '.join(_value(v) for v in case.positional)}]")
    if case.env:
        given.append(f"env={dict(case.env)!r}")
    if case.home:
        given.append(f"home={dict(case.home)!r}")
    if case.secrets:
        given.append(f"secrets={dict(case.secrets)!r}")
    if case.tables:
        given.append(f"tables={case.tables!r}")
    if case.any_secret is not True:
        given.append(f"any_secret={case.any_secret!r}")
    if case.answers != Answers():
        given.append(f"answers={_answers(case.answers)}")
    if case.route != "direct":
        given.append(f"route={case.route!r}")
    if case.inspect:
        given.append("inspect=True")
    return f"observe({', '.join(given)})"


def _answers(answers: Answers) -> str:
    parts = [f"{field.name}={now!r}" for field in fields(answers) if (now := getattr(answers, field.name)) != field.default]
    return f"Answers({', '.join(parts)})"


def _mapping(pairs: tuple[tuple[str, Value], ...]) -> str:
    return "{" + ", ".join(f"{n!r}: {_value(v)}" for n, v in pairs) + "}"


def _value(value: Value) -> str:
    if not value.setup and "thing(" not in value.code:
        return value.code
    return f"value({', '.join(repr(part) for part in (value.code, *value.setup))})"
