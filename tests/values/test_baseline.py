"""The search for a working baseline, against a probe that is a plain function."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from taskcontract.model import (
    MISSING,
    Answers,
    Case,
    Effect,
    Fact,
    Observation,
    Outcome,
    Parameter,
    Source,
    TaskRef,
    TaskSpec,
    Value,
)
from taskcontract.values import find_baseline, make
from taskcontract.values.baseline import rank

REF = TaskRef("lib.tasks", "Upload")
GET, PUT = Effect("http", "GET /", "GET /"), Effect("http", "PUT /", "PUT /")


@dataclass
class Probe:
    """Runs `task` with the literals of a case; counts how often."""

    task: Callable[..., Any]
    runs: int = 0
    cases: list[Case] = field(default_factory=list)

    def __call__(self, case: Case) -> Observation:
        self.runs += 1
        self.cases.append(case)
        given = {n: ast.literal_eval(v.code) for n, v in (*case.init, *case.call)}
        try:
            return Observation(Outcome("returned", self.task(**given)), effects=(GET,))
        except Exception as error:
            kind = type(error).__name__
            return Observation(Outcome("raised", None, kind, (kind,), str(error), ("lib/tasks.py:9",)))


def spec(*names: str, facts: tuple[Fact, ...] = (), **changes: Any) -> TaskSpec:
    """A description; `!` marks what Python demands."""
    demanded = {n: n.endswith("!") for n in names}
    parameters = (Parameter(n.strip("!"), "run", default=MISSING if d else "None") for n, d in demanded.items())
    return TaskSpec(REF, run=tuple(parameters), facts=facts, **changes)


def test_a_task_that_works_at_once_is_given_everything_and_then_little() -> None:
    def upload(repo: str | None = None, base: str | None = None) -> str:
        if not repo:
            raise ValueError("repo must be provided")
        return repo

    found = find_baseline(spec("repo", "base"), Probe(upload))
    assert (found.works, found.why, found.rejected) == (True, "", frozenset())
    assert list(found.full.values) == ["repo", "base"]
    assert dict(found.minimal.values) == {"repo": make("text", "repo")}
    assert found.seen.outcome.value == make("text", "repo").code.strip("'")


def test_what_python_demands_stays_in_the_minimal_configuration() -> None:
    found = find_baseline(spec("repo!", "base"), Probe(lambda repo, base=None: 1))
    assert list(found.minimal.values) == ["repo"]


def test_complaints_lead_to_values_that_work() -> None:
    def upload(state: Any = None, size: Any = None) -> int:
        if state not in ("open", "closed"):
            raise ValueError(f"state must be one of 'open', 'closed', not {state}")
        if not isinstance(size, int):
            raise TypeError(f"size must be an integer, not {size}")
        return size

    found = find_baseline(spec("state", "size"), Probe(upload))
    assert found.works
    assert dict(found.full.values) == {"state": Value("'open'"), "size": make("int", "size")}


def test_a_value_that_makes_it_worse_is_rejected_and_named() -> None:
    def upload(repo: Any = None, quiet: Any = None) -> int:
        if quiet is not None:
            raise RuntimeError("no")
        return 1

    found = find_baseline(spec("repo", "quiet"), Probe(upload))
    assert (found.works, found.rejected) == (True, frozenset({"quiet"}))
    assert list(found.full.values) == ["repo"]


def test_a_declared_value_is_used_and_declared_variables_are_set() -> None:
    declared = {"values": {"repo": "octo"}, "env": {"HOME": "/h"}}
    probe = Probe(lambda repo: repo)
    found = find_baseline(spec("repo", declared=declared), probe)
    assert found.full.values["repo"] == Value("'octo'")
    assert {case.env for case in probe.cases} == {(("HOME", "/h"),)}


def test_a_switch_is_tried_the_other_way_of_its_default() -> None:
    parameters = (Parameter("wait", "run", default="True"),)
    found = find_baseline(TaskSpec(REF, run=parameters), Probe(lambda wait=True: wait))
    assert found.full.values["wait"] == Value("False")


@pytest.mark.parametrize("most", [5, 20])
def test_a_search_without_success_ends_within_its_budget_and_says_where(most: int) -> None:
    def never(**given: Any) -> None:
        raise RuntimeError(f"no licence for {sorted(given)}")

    probe = Probe(never)
    found = find_baseline(spec("repo", "base", "head"), probe, most)
    assert not found.works
    assert probe.runs == found.runs <= most * 3
    named = ", ".join(repr(n) for n in sorted(found.full.values))
    assert found.why == (
        f"no working configuration found in {found.runs} runs; the best ended inside run: "
        f"RuntimeError: no licence for [{named}] at tasks.py:9"
    )
    assert found.minimal == found.full


def test_no_case_is_run_twice() -> None:
    probe = Probe(lambda **given: 1)
    find_baseline(spec("repo", "base"), probe)
    assert len(set(probe.cases)) == len(probe.cases)


@pytest.mark.parametrize(
    ("phase", "stage"), [("setup", "preparing the values"), ("construct", "constructing"), ("bind", "calling run")]
)
def test_why_names_the_stage_that_it_got_stuck_in(phase: Any, stage: str) -> None:
    seen = Observation(Outcome("raised", None, "OSError", (), "full"), phase)
    found = find_baseline(spec("repo"), lambda case: seen)
    assert f"the best ended {stage}: OSError: full" in found.why
    assert " at " not in found.why


def test_an_invented_answer_is_replaced_by_a_plain_document() -> None:
    document = Answers(((200, '{"state": "done"}'),))

    def observe(case: Case) -> Observation:
        return Observation(Outcome("returned", "done"), effects=(GET,), learned=document)

    assert find_baseline(spec("repo"), observe).full.answers == document


def test_an_invented_answer_stays_if_the_run_ends_worse_with_documents() -> None:
    def observe(case: Case) -> Observation:
        if case.answers != Answers():
            return Observation(Outcome("raised", None, "KeyError", (), "'a'"))
        return Observation(Outcome("returned"), effects=(GET,), learned=Answers(((200, "{}"),), (("a", "1"),)))

    assert find_baseline(spec("repo"), observe).full.answers == Answers()


def test_a_wider_configuration_may_need_answers_of_its_own() -> None:
    """With `deep`, the run reads more of the answer than was recorded without it."""
    shallow, deep = Answers(((200, "{}"),)), Answers(((200, '{"more": 1}'),))

    def observe(case: Case) -> Observation:
        wants = "deep" in dict(case.call)
        if wants and case.answers == shallow:
            return Observation(Outcome("raised", None, "KeyError", (), "'more'"))
        return Observation(Outcome("returned"), effects=(GET,), learned=deep if wants else shallow)

    parameters = (Parameter("repo", "run", default="None"), Parameter("deep", "run", default="False"))
    found = find_baseline(TaskSpec(REF, run=parameters), observe)
    assert (list(found.full.values), found.full.answers) == (["repo", "deep"], deep)


def test_guarded_parameters_are_given_from_the_start() -> None:
    fact = Fact("guard", "size", True, Source("guard"))
    parameters = (Parameter("size", "run", default="3"), Parameter("repo", "run", default="'x'"))
    probe = Probe(lambda size=3, repo="x": 1)
    find_baseline(TaskSpec(REF, run=parameters, facts=(fact,)), probe)
    assert any([n for n, _ in case.call] == ["size"] for case in probe.cases)


SIGNAL = Outcome("signal", None, "signals.SUCCESS")
RAISED = Outcome("raised", None, "E", (), "", ("lib/tasks.py:7",))
RANKED = [
    Observation(RAISED, "setup"),
    Observation(RAISED, "construct"),
    Observation(RAISED, "bind"),
    Observation(Outcome("raised", None, "E", (), "", ("lib/tasks.py:3",))),
    Observation(RAISED),
    Observation(RAISED, effects=(Effect("client", "boto3.client", constructing=True),)),
    Observation(Outcome("refused"), effects=(Effect("file", "rm /x", refused=True),)),
    Observation(RAISED, effects=(GET,)),
    Observation(RAISED, effects=(GET, PUT)),
    Observation(Outcome("cut"), effects=(GET,)),
    Observation(Outcome("returned")),
    Observation(SIGNAL, effects=(GET,)),
    Observation(Outcome("returned"), effects=(GET,)),
]


def test_a_run_ranks_higher_the_further_it_came() -> None:
    ranks = [rank(seen) for seen in RANKED]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_another_page_is_no_progress() -> None:
    assert rank(Observation(RAISED, effects=(GET, GET))) == rank(Observation(RAISED, effects=(GET,)))


def test_a_complaint_of_the_clients_own_is_followed_before_others() -> None:
    """A type that does not fit ends a run sooner than what a client finds wrong; from there the search goes on."""

    complaints = {
        "text": ("TypeError", "options must be a mapping"),
        "list:dict": ("KeyError", "options"),
        "dict": ("client.NoRegion", "options must be bytes-like objects"),
    }

    def probe(case: Case) -> Observation:
        sort = dict(case.call)["options"].kind if case.call else ""
        if sort == "bytes":
            return Observation(Outcome("returned", 1), effects=(GET,))
        kind, text = complaints.get(sort, ("TypeError", "no"))
        return Observation(Outcome("raised", None, kind, (kind,), text, ("lib/tasks.py:9",), deep=kind.startswith("client")))

    demanding = spec("options", facts=(Fact("guard", "options", None, Source("guard")),))
    found = find_baseline(demanding, probe)
    assert (found.works, found.full.values["options"].kind) == (True, "bytes")
