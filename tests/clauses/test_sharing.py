"""What a library promises about a name at both places, which names can be forgotten, and where to mend."""

from __future__ import annotations

from typing import Any

import pytest

from taskcontract.clauses import sharing
from taskcontract.clauses.leaving import may_be_left_out
from taskcontract.model import MISSING, Fact, Observation, Outcome, Parameter, Source, TaskRef, TaskSpec

REF = TaskRef("lib.tasks", "Upload", "/somewhere/lib/tasks.py", 3)


def spec(init: object = "None", run: object = "None", *, docs: tuple[str, str] = ("", ""), **changes: Any) -> TaskSpec:
    """`repo` at both places, with these defaults ('' for a place that does not take it)."""
    one = () if init == "" else (Parameter("repo", "init", default=init, doc=docs[0]),)  # type: ignore[arg-type]
    two = () if run == "" else (Parameter("repo", "run", default=run, doc=docs[1]),)  # type: ignore[arg-type]
    return TaskSpec(REF, one, two, **changes)


@pytest.mark.parametrize(
    ("described", "promised"),
    [
        (spec(), False),
        (spec(decorated={"repo": "repo"}), True),
        (spec(fallbacks={"repo": "repo"}), True),
        (spec(facts=(Fact("merged", "repo", True, Source("docstring")),)), True),
        (spec(docs=("", "if not provided, the one of construction")), True),
        (spec(docs=("can also be given to run", "")), True),
        (spec(docs=("the name of the repository", "the name of the repository")), True),
        (spec(run=MISSING, docs=("the name of the repository", "the name of the repository")), False),
        (spec(docs=("where files are put", "what is searched for in them")), False),
    ],
)
def test_what_counts_as_a_promise(described: TaskSpec, promised: bool) -> None:
    assert sharing.promised(described, "repo") is promised


@pytest.mark.parametrize(
    ("described", "forgettable"),
    [
        (spec(), True),
        (spec(init=""), True),
        (spec(run=""), True),
        (spec(init="", run=""), False),
        (spec(init=MISSING), False),
        (spec(run=MISSING), True),
        (spec(init="", run=MISSING), False),
        (spec(init="", run=MISSING, decorated={"repo": "repo"}), True),
        (spec(init="'x'"), False),
        (spec(run="''"), False),
        (spec(run="", options=frozenset({"repo"})), False),
    ],
)
def test_which_names_a_user_can_forget(described: TaskSpec, forgettable: bool) -> None:
    assert may_be_left_out(described, "repo") is forgettable


@pytest.mark.parametrize(
    ("described", "line"),
    [
        (spec(), "tasks.py:3: in `run`, `repo = self.repo if repo is None else repo` before its first use"),
        (spec(line_of_run=11, stored={"repo": "_repo"}), "tasks.py:11: in `run`, `repo = self._repo if repo is None"),
        (spec(decorated={"base": "base"}), "tasks.py:3: add 'repo' to the names that the decorator of `run` defaults"),
        (spec(decorated={"repo": "slug"}), "tasks.py:3: `run` gets `repo` from `self.slug`; use `repo`, the name in the frame"),
    ],
)
def test_the_line_to_change(described: TaskSpec, line: str) -> None:
    assert sharing.line_to_change(described, "repo").startswith(line)


def seen(bound: dict[str, object] | None, *touched: str) -> Observation:
    return Observation(Outcome("returned"), entered=bound is not None, bound=bound, read_attributes=frozenset(touched))


def test_what_the_frame_of_a_run_proves() -> None:
    one, same, other, none = seen({"repo": 1}), seen({"repo": 1}), seen({"repo": 2}), seen(None)
    assert [sharing.frame_agrees(one, x, "repo") for x in (same, other, none)] == [True, False, False]
    assert [sharing.frame_differs(one, x, "repo") for x in (same, other, none)] == [False, True, False]
    assert not sharing.frame_agrees(one, same, "base")
    assert not sharing.frame_differs(one, other, "base")


def test_an_attribute_is_unread_only_in_a_run_that_was_entered() -> None:
    stored = spec(stored={"repo": "_repo"})
    observed = (seen({}), seen({}, "repo"), seen({}, "_repo"), seen(None))
    assert [sharing.construction_unread(s, stored, "repo") for s in observed] == [True, True, False, False]
