"""Moves shared by the clauses on defaulting: which parameters are promised at both places, and what a run's frame proves."""

from __future__ import annotations

import difflib
import re

from taskcontract.clauses import telling
from taskcontract.model import Observation, TaskSpec

_PROMISES = re.compile(
    r"initiali[sz]|run[ -]?time|`?run`? method|either place|can also be|if not (provided|given|specified|set|passed)|"
    r"default(s|ing)? to the|constructor|may also|overrid|passed to (the )?run",
    re.I,
)


def promised(spec: TaskSpec, name: str) -> bool:
    """Whether the library says that `name` means the same at both places: by decorator, fallback or documentation."""
    if name in spec.decorated or name in spec.fallbacks or any(spec.about("merged", name)):
        return True
    one, two = spec.init_parameter(name), spec.run_parameter(name)
    docs = [p.doc or "" for p in (one, two) if p is not None]
    if any(_PROMISES.search(d) for d in docs):
        return True
    if demanded_by_call(spec, name):
        return False  # the call can never leave it out: nothing says that construction's could stand in
    return len(docs) == 2 and all(docs) and difflib.SequenceMatcher(None, docs[0].lower(), docs[1].lower()).ratio() > 0.6


def demanded_by_call(spec: TaskSpec, name: str) -> bool:
    """Whether the signature of `run` itself demands `name`, and no decorator supplies it."""
    parameter = spec.run_parameter(name)
    return parameter is not None and parameter.required and name not in spec.decorated


def attribute_of(spec: TaskSpec, name: str) -> str:
    """The attribute that holds what construction was given for `name`."""
    return spec.decorated.get(name) or spec.stored.get(name) or spec.fallbacks.get(name) or name


def frame_agrees(left: Observation, right: Observation, name: str) -> bool:
    """Whether both runs worked with the same value of `name` in the frame of `run`, at the end of it."""
    one, two = left.bound, right.bound
    return one is not None and two is not None and name in one and name in two and one[name] == two[name]


def frame_differs(left: Observation, right: Observation, name: str) -> bool:
    """Whether two runs that were both entered worked with different values of `name`."""
    one, two = left.bound, right.bound
    return one is not None and two is not None and name in one and name in two and one[name] != two[name]


def construction_unread(seen: Observation, spec: TaskSpec, name: str) -> bool:
    """Whether nothing read the attribute that holds construction's value once the body of `run` was entered."""
    return seen.entered and attribute_of(spec, name) not in seen.read_attributes


def line_to_change(spec: TaskSpec, name: str) -> str:
    """Where and how `name` should fall back to construction's value."""
    where, attribute = telling.place_of_run(spec), attribute_of(spec, name)
    if spec.decorated and name not in spec.decorated:
        return f"{where}: add {name!r} to the names that the decorator of `run` defaults from attributes"
    if name in spec.decorated:
        return f"{where}: `run` gets `{name}` from `self.{attribute}`; use `{name}`, the name in the frame of `run`, throughout"
    return f"{where}: in `run`, `{name} = self.{attribute} if {name} is None else {name}` before its first use"
