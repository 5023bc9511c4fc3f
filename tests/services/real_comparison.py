"""What must agree between a real observation and a sealed one: the calls on a client, in order, and the types of the result.

A sealed result is made of containers and leaves like a real one. A leaf of which nothing is known stands for any single value,
or for an object of the client's; one whose type is known stands for values of exactly that type.
"""

from __future__ import annotations

from typing import Any

from taskcontract.model import Effect, Observation

from .real_cases import CLIENTS

_CONTAINERS = ("list", "tuple", "dict", "set")
_PACKAGES = (*CLIENTS, "smtplib")


def calls(seen: Observation) -> list[tuple[str, Any]]:
    """Each call on a client: its dotted path and arguments.

    What an absent client's further classes are called with is left out: they only make values, which show as arguments.
    """
    return [(e.what, named(e.detail)) for e in seen.effects if e.kind == "client" and not _makes_a_value(e)]


def _makes_a_value(effect: Effect) -> bool:
    return effect.via.startswith("phantom:") and effect.constructing and effect.what == "paramiko.AutoAddPolicy"


def named(form: Any) -> Any:
    """A canonical form in which classes, functions and objects of a client go by their last name, whoever stands for them."""
    if not isinstance(form, tuple):
        return form
    if form[:1] in (("type",), ("phantom",), ("client",), ("function",)) and len(form) > 1:
        return ("its", str(form[1]).removesuffix("()").rpartition(".")[2])
    if form and isinstance(form[0], str) and form[0].partition(".")[0] in _PACKAGES and "." in form[0]:
        return ("its", form[0].rpartition(".")[2])
    return tuple(map(named, form))


def difference(real: Any, sealed: Any, path: str = "$") -> str:
    """Where the types of two canonical results differ first: "$.one is int, and str in the sealed world"; "" if nowhere."""
    if _is_leaf(sealed):
        known = sealed[2] if len(sealed) > 2 else ""
        if known:
            return "" if _type(real) == known else _said(path, real, known)
        return _said(path, real, "a single value") if _type(real) in _CONTAINERS else ""
    if _type(real) != _type(sealed):
        return _said(path, real, _type(sealed))
    if _type(sealed) not in _CONTAINERS:
        return ""
    return next((found for found in _inside(real[1:], sealed[1:], _type(real), path) if found), "")


def _inside(real: Any, sealed: Any, kind: str, path: str) -> list[str]:
    if bool(real) != bool(sealed):
        return [f"{path} has {len(real)} elements, and {len(sealed)} in the sealed world"]
    if kind != "dict":
        return [difference(part, sealed[min(at, len(sealed) - 1)], f"{path}[{at}]") for at, part in enumerate(real)]
    if {key for key, _ in real} == {key for key, _ in sealed}:
        return [difference(part, dict(sealed)[key], f"{path}.{key}") for key, part in real]
    key, part = sealed[0] if sealed else ("", None)  # a record: it has the keys that are read of it
    return [difference(k, key, f"{path}.{k}") or difference(p, part, f"{path}.{k}") for k, p in real]


def _is_leaf(form: Any) -> bool:
    return isinstance(form, tuple) and form[:1] == ("answer",)


def _type(form: Any) -> str:
    return str(form[0]) if isinstance(form, tuple) else type(form).__name__


def _said(path: str, real: Any, sealed: str) -> str:
    return f"{path} is {_type(real)}, and {sealed} in the sealed world"
