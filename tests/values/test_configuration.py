"""Every way to spread a configuration over construction and call."""

from __future__ import annotations

from typing import Any

import pytest

from taskcontract.model import Answers, Parameter, TaskRef, TaskSpec, Value
from taskcontract.values import Configuration

REF = TaskRef("lib.tasks", "Upload")
REPO, BASE, TOKEN, DECOY, NAME = (Value.of(w) for w in ("repo", "base", "token", "decoy", "name"))
SPEC = TaskSpec(
    REF,
    init=(
        Parameter("token", "init", default="None"),
        Parameter("repo", "init", default="None"),
        Parameter("base", "init"),
        Parameter("name", "init", default="None"),
    ),
    run=(
        Parameter("base", "run", default="None"),
        Parameter("repo", "run", default="None"),
        Parameter("path", "run", "keyword-only", default="None"),
        Parameter("name", "run", default="None"),
    ),
    options=frozenset({"name"}),
)
PATH = Value.of("path")
FULL = Configuration(SPEC, {"repo": REPO, "base": BASE, "token": TOKEN, "path": PATH})
INIT, CALL = (("token", TOKEN),), (("base", BASE), ("repo", REPO), ("path", PATH))

PLACEMENTS: list[tuple[dict[str, Any], Any, Any]] = [
    ({}, (*INIT, ("base", BASE)), CALL),
    ({"everywhere": True}, (*INIT, ("repo", REPO), ("base", BASE)), CALL),
    ({"both": {"repo"}}, (*INIT, ("repo", REPO), ("base", BASE)), CALL),
    ({"init": {"repo"}}, (*INIT, ("repo", REPO), ("base", BASE)), (("base", BASE), ("path", PATH))),
    ({"init": {"repo", "base", "path"}}, (*INIT, ("repo", REPO), ("base", BASE)), (("path", PATH),)),
    ({"decoys": {"repo": DECOY}}, (*INIT, ("repo", DECOY), ("base", BASE)), CALL),
    ({"decoys": {"repo": DECOY}, "everywhere": True}, (*INIT, ("repo", DECOY), ("base", BASE)), CALL),
    ({"decoys": {"repo": None}, "everywhere": True}, (*INIT, ("base", BASE)), CALL),
    ({"decoys": {"base": None}}, (*INIT, ("base", BASE)), CALL),
    ({"decoys": {"repo": DECOY}, "init": {"repo"}}, (*INIT, ("repo", REPO), ("base", BASE)), (("base", BASE), ("path", PATH))),
]


@pytest.mark.parametrize(("asked", "init", "call"), PLACEMENTS, ids=[str(n) for n in range(len(PLACEMENTS))])
def test_where_values_are_given(asked: dict[str, Any], init: Any, call: Any) -> None:
    case = FULL.case(**asked)
    assert (case.ref, case.init, case.call, case.positional) == (REF, init, call, ())


@pytest.mark.parametrize(
    ("count", "positional", "call"),
    [(0, (), CALL), (1, (BASE,), CALL[1:]), (2, (BASE, REPO), CALL[2:]), (3, (BASE, REPO), CALL[2:])],
)
def test_leading_arguments_are_given_by_position_up_to_a_keyword(count: int, positional: Any, call: Any) -> None:
    case = FULL.case(positional=count)
    assert (case.positional, case.call) == (positional, call)


def test_no_argument_is_given_by_position_after_one_that_is_left_out() -> None:
    case = FULL.setting("base", None).case(positional=2)
    assert (case.positional, case.call) == ((), CALL[1:])


def test_a_parameter_that_is_a_task_option_is_the_calls_alone() -> None:
    case = Configuration(SPEC, {"name": NAME}).case(everywhere=True)
    assert (case.init, case.call) == ((), (("name", NAME),))
    assert FULL.setting("name", NAME).shared == ("base", "repo")


def test_a_name_that_nobody_takes_is_given_nowhere() -> None:
    case = Configuration(SPEC, {"other": NAME}).case()
    assert (case.init, case.call) == ((), ())


def test_surroundings_and_route_go_with_the_case() -> None:
    answers = Answers(((200, "{}"),))
    config = FULL.with_(answers=answers, env=(("HOME", "/h"),), context=(("date", NAME),))
    case = config.case(route="flow")
    assert (case.answers, case.env, case.context, case.route) == (answers, (("HOME", "/h"),), (("date", NAME),), "flow")


def test_a_value_is_changed_or_left_out_and_the_rest_stays() -> None:
    assert FULL.setting("repo", DECOY).values == {**FULL.values, "repo": DECOY}
    assert "repo" not in FULL.setting("repo", None).values
    assert FULL.setting("nothing", None) == FULL
    assert FULL.values["repo"] == REPO
