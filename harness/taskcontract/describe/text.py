"""A description as text: the declaration that `show` prints, and the lines that `list` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from taskcontract.describe.sources import credential_lines, declarable
from taskcontract.model import Arrival, Fact, Parameter, Source, TaskSpec

_DECLARED = ("values", "required", "merged", "one_of", "generated", "credential", "cassette", "secrets", "env", "processes")
_QUIET = ("required", "merged", "one-of", "generated", "credential", "optional")
_HEADINGS = {
    "decorated": "run falls back to the attribute (decorator)",
    "fallback": "run falls back to",
    "stored": "construction keeps it in the attribute",
    "normalised": "construction changes it",
    "forwarded": "construction passes it on as the task option",
    "guard": "left out, run raises",
    "init-guard": "left out, construction raises",
    "conditional": "left out, raises only",
    "exclusive": "not together",
    "unread": "accepted, and never read (side)",
}


def declaration(spec: TaskSpec, arrivals: Sequence[Arrival] = (), why: str = "") -> str:
    """The inferred contract as TOML to edit: what can be declared, then every fact with its source as a comment.

    `arrivals` are the sources of credentials that were seen when the task was run, `why` says why there are none.
    """
    lines = [f"# {spec.id}", f"# {_where(Source('', spec.ref.file, spec.ref.line))}", ""]
    lines += [f"[tool.taskcontract.tasks.{_text(spec.id)}]"]
    lines += _declarable(spec, arrivals)
    lines += credential_lines(arrivals, why)
    lines += ["", *_side("construction", spec.init, spec.init_var_keyword, spec)]
    if not any(f.kind == "base" for f in spec.facts):
        lines += ["", *_side("call", spec.run, spec.run_var_keyword, spec)]
    others = [f for f in spec.facts if f.about == ""]
    if others:
        lines += ["", "# the task"]
        lines += [f"#   {f.kind}: {_plain(f.value)}{_by(f)}" for f in others]
    return "\n".join(lines) + "\n"


def _declarable(spec: TaskSpec, arrivals: Sequence[Arrival]) -> list[str]:
    """The keys of a declaration: as declared, else as inferred (with the source beside it), else empty and commented out."""
    lines: list[str] = []
    inferred = _inferred(spec)
    for key in _DECLARED:
        if key in spec.declared:
            lines.append(f"{key} = {_toml(spec.declared[key])}  # declared")
        elif key == "credential" and arrivals:
            lines += [f"{'# ' * bool(n)}{key} = {_toml(each)}  # seen" for n, each in enumerate(declarable(arrivals))]
        elif key in inferred:
            value, facts = inferred[key]
            lines.append(f"{key} = {_toml(value)}  # {'; '.join(_sources(facts))}")
    if "values" not in spec.declared:
        names = dict.fromkeys(p.name for p in (*spec.run, *spec.init) if p.name not in spec.options)
        lines.append(f"# values = {{ {', '.join(f'{n} = …' for n in names)} }}" if names else "# values = {}")
    return lines


def _inferred(spec: TaskSpec) -> dict[str, tuple[Any, list[Fact]]]:
    found: dict[str, tuple[Any, list[Fact]]] = {}
    demanded = [f for f in spec.facts if f.kind in ("guard", "required")]
    if demanded:
        found["required"] = (list(dict.fromkeys(f.about for f in demanded)), demanded)
    for kind, key in (("merged", "merged"), ("generated", "generated")):
        facts = [f for f in spec.facts if f.kind == kind]
        if facts:
            found[key] = (list(dict.fromkeys(f.about for f in facts)), facts)
    groups = [f for f in spec.facts if f.kind == "one-of"]
    if groups:
        found["one_of"] = (list(dict.fromkeys(tuple(f.value) for f in groups)), groups)
    credentials = [f for f in spec.facts if f.kind == "credential"]
    if credentials:
        argument = credentials[0].about
        value: dict[str, Any] = {"argument": argument}
        secrets = [f for f in spec.facts if f.kind == "secret"]
        if secrets:
            value["secret"] = secrets[0].value
        env = [f for f in spec.facts if f.kind == "env"]
        if env:
            value["env"] = [f.value for f in env]
        found["credential"] = (value, [credentials[0], *secrets, *env])
    return found


def _side(title: str, parameters: tuple[Parameter, ...], more: bool, spec: TaskSpec) -> list[str]:
    if not parameters and not more:
        return [f"# {title}: no parameters"]
    lines = [f"# {title}"]
    for parameter in parameters:
        lines.append(f"#   {_signature(parameter)}{' (a task option)' if parameter.name in spec.options else ''}")
        kind = parameter.doc_type
        if kind:
            lines.append(f"#       documented as {kind}")
        for fact in spec.facts:
            if fact.about == parameter.name and fact.kind not in _QUIET and _belongs(fact, parameter, spec):
                lines.append(f"#       {_HEADINGS.get(fact.kind, fact.kind)}: {_plain(fact.value)}{_by(fact)}")
    return [*lines, "#   **kwargs"] if more else lines


def _belongs(fact: Fact, parameter: Parameter, spec: TaskSpec) -> bool:
    """A fact about a name of both sides is told once: where it was read from."""
    both = spec.init_parameter(parameter.name) is not None and spec.run_parameter(parameter.name) is not None
    if fact.kind == "unread":
        return bool(fact.value == parameter.side)
    if not both:
        return True
    return (fact.kind in ("stored", "normalised", "forwarded", "init-guard", "init-one-of")) == (parameter.side == "init")


def _signature(parameter: Parameter) -> str:
    annotation = f": {parameter.annotation}" if parameter.annotation else ""
    default = "" if parameter.required else f" = {parameter.default}"
    mark = {"keyword-only": " (by name only)", "positional-only": " (by position only)"}.get(parameter.kind, "")
    return f"{parameter.name}{annotation}{default}{mark}"


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else " ".join(str(value).split())


def _by(fact: Fact) -> str:
    where = _where(fact.source)
    return f"  [{fact.source.how}{', ' + where if where else ''}]"


def _where(source: Source) -> str:
    file = (source.file or "").rpartition("/")[2]
    return f"{file}:{source.line}" if file and source.line else file


def _sources(facts: Iterable[Fact]) -> list[str]:
    return list(dict.fromkeys(f"{f.about}: {_by(f).strip()[1:-1]}" if f.about else _by(f).strip()[1:-1] for f in facts))


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(k))} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return str(value)


def _key(key: str) -> str:
    return key if key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key) else _text(key)


def listing(spec: TaskSpec, clauses: Iterable[str] = ()) -> str:
    """One task for `list`: its id, its parameters on each side, and the clauses that apply to it."""
    lines = [spec.id]
    if spec.ref.kind == "class":
        lines.append(f"  construct({', '.join(_brief(p) for p in spec.init)}{_more(spec.init, spec.init_var_keyword)})")
    lines.append(f"  run({', '.join(_brief(p) for p in spec.run)}{_more(spec.run, spec.run_var_keyword)})")
    codes = " ".join(clauses)
    return "\n".join([*lines, f"  {codes}"] if codes else lines)


def _brief(parameter: Parameter) -> str:
    return parameter.name if parameter.required else f"{parameter.name}={parameter.default}"


def _more(parameters: tuple[Parameter, ...], more: bool) -> str:
    return (", **kwargs" if parameters else "**kwargs") if more else ""
