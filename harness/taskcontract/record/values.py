"""What a task is run with for real: values that were given, declared or accepted, and the user's own credentials.

A value that nobody said is inferred, and asked about (`consent`). A credential is never inferred: it comes from the command
line, the declaration's environment variable or Prefect secret, or a variable or secret that is named as one would name it. A
task that finds its credential itself is left to do so.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from taskcontract.config import nearest
from taskcontract.errors import CassetteError, UsageError
from taskcontract.frameworks import Framework
from taskcontract.model import TaskSpec, Value
from taskcontract.record.consent import NOTHING, Consent, safe, settled
from taskcontract.values.make import candidates


@dataclass(slots=True)
class Chosen:
    """Arguments for construction and for the call, as code or as they are; `kept` are those to write into the cassette.

    `secrets` are the credentials among them by name, as they were given; `said` says of each argument where it comes from.
    """

    init: dict[str, Any] = field(default_factory=dict)
    call: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


def choose(
    spec: TaskSpec,
    values: Mapping[str, Any],
    call: Mapping[str, Any],
    old: Mapping[str, Any],
    framework: Framework,
    consent: Consent = NOTHING,
) -> Chosen:
    """The arguments to record a task with.

    Args:
        spec: the task
        values: given for construction where it accepts them, otherwise for the call
        call: given for the call
        old: what an old cassette was recorded with, which stands before what is declared or inferred
        framework: where Prefect secrets are
        consent: what is accepted of what nobody said

    Raises:
        UsageError: for a value of a parameter that the task does not have there, or that nobody said
        CassetteError: for a credential that the task needs and that is nowhere
    """
    _known(spec, values, call, frozenset(framework.task_options()) if spec.init_var_keyword else frozenset())
    chosen, credentials = Chosen(), {fact.about for fact in spec.facts if fact.kind == "credential" and fact.about}
    given = {**{name: ("--value", value) for name, value in values.items()}, **{n: ("--call", v) for n, v in call.items()}}
    names, absent, inferred = list(_names(spec, {**old, **values, **call}, credentials)), dict[str, str](), dict[str, Value]()
    for name in (each for each in names if each not in given):
        if name in credentials:
            found = _credential(spec, name, framework)
            if found is not None:
                given[name] = found
            else:
                absent[name] = _where(spec, name)
        elif name in old:
            given[name] = ("as the cassette was recorded", _again(spec, name, old[name]))
        elif name in spec.declared.get("values", {}):
            given[name] = ("declared", candidates(spec, name)[0])
        elif default := _default(spec, name):
            given[name] = ("its default", default)
        else:
            inferred[name] = candidates(spec, name)[0]
    given |= settled(spec, inferred, absent, consent)
    for name in names:
        if name in absent:
            chosen.said[name] = f"left out: no credential in {absent[name]}"
            continue
        how, value = given[name]
        _place(spec, chosen, name, value, at_call=name in call)
        if name in credentials:
            chosen.secrets[name] = _plain(value)
            chosen.said[name] = f"a credential, from {how}"
        else:
            chosen.said[name] = f"{value.code if isinstance(value, Value) else json.dumps(value, default=str)} ({how})"
    return chosen


def _again(spec: TaskSpec, name: str, recorded: Any) -> Any:
    """What a cassette was recorded with; where that was a file made for the run, it is made again."""
    likely = next((each for each in candidates(spec, name) if safe(each) and _plain(each) == recorded), None)
    return recorded if likely is None else likely


def _default(spec: TaskSpec, name: str) -> Value | None:
    """The value that a signature has for a parameter, where that is one to run with."""
    for side in (spec.run_parameter(name), spec.init_parameter(name)):
        code = "None" if side is None or side.required else str(side.default)
        try:
            if ast.literal_eval(code) is not None:
                return Value(code)
        except (ValueError, SyntaxError):
            continue
    return None


def _known(spec: TaskSpec, values: Mapping[str, Any], call: Mapping[str, Any], options: frozenset[str]) -> None:
    """Refuse what the task does not take. `options` are what `**kwargs` of its construction hand on to the framework."""
    own = {p.name for p in spec.init} | {f.about for f in spec.facts if f.kind == "keyword"}
    run = {p.name for p in spec.run}
    for option, names, accepted, more in (("--value", values, own | run, options), ("--call", call, run, frozenset[str]())):
        for name in names:
            if name not in accepted and name not in more and not spec.run_var_keyword:
                where = "its call has" if option == "--call" else "it has"
                known = ", ".join(sorted(accepted)) or "no parameters"
                raise UsageError(f"{option} {name}: {spec.id} does not take it{nearest(name, accepted)}; {where} {known}")


def _names(spec: TaskSpec, given: Mapping[str, Any], credentials: set[str]) -> Iterator[str]:
    """The parameters to give, in the order of the signatures: what Python, a guard or the documentation demands, one of each
    group of alternatives, and what was said."""
    python = {p.name for p in (*spec.init, *spec.run) if p.required}
    demanded = {f.about for f in spec.facts if f.kind in ("guard", "required")}
    said = {*given, *spec.declared.get("values", {}), *_declared_argument(spec)}
    wanted = python | demanded | said | credentials
    for group in (f.value for f in spec.facts if f.kind == "one-of" and isinstance(f.value, (tuple, list))):
        if not wanted & set(group):
            wanted.add(group[0])
    options = spec.options - said
    ordered = dict.fromkeys([*(p.name for p in spec.init), *(p.name for p in spec.run), *given])
    yield from (name for name in ordered if name in wanted and name not in options)


def _place(spec: TaskSpec, chosen: Chosen, name: str, value: Any, *, at_call: bool) -> None:
    own, run = spec.init_parameter(name), spec.run_parameter(name)
    if own is None and run is None:  # taken from `**kwargs`
        (chosen.init if spec.init_var_keyword and not at_call else chosen.call)[name] = value
    if own is not None and (not at_call or run is None or own.required):
        chosen.init[name] = value
    if run is not None and (own is None or at_call or (run.required and name not in spec.decorated)):
        chosen.call[name] = value
    plain = _plain(value)
    if plain is not None:
        chosen.kept[name] = plain


def _plain(value: Any) -> Any:
    """The value as JSON holds it, or None for what it cannot."""
    if isinstance(value, Value):
        try:
            value = ast.literal_eval(value.code)
        except (ValueError, SyntaxError):
            return None
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        return None


# --- credentials -----------------------------------------------------------------------------------------------------

_EVERYWHERE: Final = {"prefect", "tasks", "task", "client", "clients", "core", "base", "main", "api"}


def _credential(spec: TaskSpec, name: str, framework: Framework) -> tuple[str, Any] | None:
    """Where a credential was found, and what it is; None where the task may find it itself, or can do without."""
    if name in spec.declared.get("values", {}):
        return "the declaration's values", spec.declared["values"][name]
    variables, secrets = _places(spec, name)
    for variable in variables:
        if os.environ.get(variable):
            return f"the environment variable {variable}", os.environ[variable]
    for secret in secrets:
        if value := framework.secret(secret):
            return f"the Prefect secret {secret}", value
    itself = any(f.kind in ("secret", "env") for f in spec.facts)
    if itself and not _declared_argument(spec):
        return None
    needed = any(f.kind in ("guard", "required") and f.about == name for f in spec.facts) or name in _declared_argument(spec)
    if not needed and not any(p.required for p in (spec.init_parameter(name), spec.run_parameter(name)) if p):
        return None
    raise CassetteError(
        f"no credential for `{name}` of {spec.id}: looked for the environment variable{_several(variables)} and the Prefect "
        f'secret{_several(secrets)}; set one, or declare credential = {{ argument = "{name}", env = ["…"] }}; nothing was run'
    )


def _where(spec: TaskSpec, name: str) -> str:
    variables, secrets = _places(spec, name)
    return f"the environment variable{_several(variables)} or the Prefect secret{_several(secrets)}"


def _several(names: Sequence[str]) -> str:
    return f"{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _declared_argument(spec: TaskSpec) -> set[str]:
    declared = spec.declared.get("credential") or {}
    return {str(declared["argument"])} if declared.get("argument") else set()


def _places(spec: TaskSpec, name: str) -> tuple[list[str], list[str]]:
    """The variables and the Prefect secrets to look for a credential in."""
    declared = spec.declared.get("credential") or {}
    if name in _declared_argument(spec) or len(_declared_argument(spec)) == 0:
        variables, secrets = ([str(each) for each in _all(declared.get(kind))] for kind in ("env", "secret"))
    else:
        variables, secrets = [], []
    if variables or secrets:
        return variables or secrets, secrets or variables
    parts = [word for word in spec.ref.module.split(".") if word not in _EVERYWHERE and not word.startswith("_")]
    guesses = [re.sub(r"\W", "_", f"{part}_{name}").upper() for part in parts[:2]]
    asked = [str(f.value) for f in spec.facts if f.kind in ("env", "secret") and not f.about and isinstance(f.value, str)]
    both = list(dict.fromkeys([*asked, *guesses, name.upper()]))
    return both, both


def _all(names: Any) -> Sequence[Any]:
    return [] if not names else [names] if isinstance(names, str) else list(names)
