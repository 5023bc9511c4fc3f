"""The clauses about what a run leaves behind, about flows and about parameters that do nothing, word for word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from taskcontract.model import Change, Effect, Observation, Outcome, Value

Judge = Callable[..., dict[str, object] | None]
Retold = Callable[[Observation], Observation]


class Careful:
    """Does everything right."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None, draft: bool = False) -> None:
        repo = self.repo if repo is None else repo
        print("GET", repo, "draft" if draft else "")


class Keeping(Careful):
    """Keeps the call's value for the next one."""

    def run(self, repo: Any = None, draft: bool = False) -> None:
        self.repo = repo or self.repo
        print("GET", self.repo)


class Lazy(Careful):
    """Fills a private attribute."""

    def run(self, repo: Any = None, draft: bool = False) -> None:
        self._client = "client"
        super().run(repo)


class Once(Careful):
    """A switch alone makes it change itself."""

    def run(self, repo: Any = None, draft: bool = False) -> None:
        if draft:
            self.drafts = 1
        super().run(repo, draft)


class Blind(Careful):
    """Takes no notice of its parameter."""

    def run(self, repo: Any = None, draft: bool = False) -> None:
        print("GET /")


class Failing(Careful):
    def run(self, repo: Any = None, draft: bool = False) -> None:
        raise RuntimeError("no licence")


class Looping(Careful):
    def run(self, repo: Any = None, draft: bool = False) -> None:
        raise type("LOOP", (Exception,), {})("again")


class Demanding(Careful):
    """Has a parameter without a default."""

    def run(self, repo: Any, draft: bool = False) -> None:  # type: ignore[override]
        print("GET", repo)


VALUES: dict[str, object] = {"repo": "octo", "draft": False}


def changed(where: str, name: str, before: object, after: object) -> Retold:
    return lambda seen: replace(seen, changes=(Change(where, name, before, after),))


def ending(kind: Any, name: str, text: str, **changes: Any) -> Retold:
    outcome = Outcome(kind, None, name, (name,), text, ("lib/tasks.py:9",))
    return lambda seen: replace(seen, **{"outcome": outcome, "effects": (), **changes})


def ticking() -> Retold:
    tick = iter(range(100))
    return lambda seen: replace(seen, effects=(Effect("http", f"GET {next(tick)}"),))


def test_template_unchanged_holds(judge: Judge) -> None:
    assert judge("TC206", "the instance", Careful, values=VALUES) == {
        "verdict": "holds",
        "subject": "the instance",
        "message": "the instance is as before after 4 ways to call it",
        "examples": 4,
    }
    assert judge("TC206", "the instance", Lazy, values=VALUES) == {
        "verdict": "holds",
        "subject": "the instance",
        "message": "the instance is as before after 4 ways to call it",
        "examples": 4,
    }
    assert judge("TC206", "the environment", Careful, values=VALUES) == {
        "verdict": "holds",
        "subject": "the environment",
        "message": "the environment is as before after 4 ways to call it",
        "examples": 4,
    }
    assert judge("TC206", "a second run", Careful, values=VALUES) == {
        "verdict": "holds",
        "subject": "a second run",
        "message": "after a run with other values, a second run does what a fresh instance does",
        "examples": 3,
    }


def test_template_unchanged_has_nothing_to_say_of_objects_when_none_is_given(judge: Judge) -> None:
    assert judge("TC206", "the caller's objects", Careful, values=VALUES) is None


def test_template_unchanged_is_violated(judge: Judge) -> None:
    assert judge("TC206", "the instance", Keeping, values=VALUES) == {
        "verdict": "violated",
        "subject": "the instance",
        "message": "a run changes `self.repo`: Keeping(repo='repo-b7vpzj').run(repo='octo', …) leaves it 'octo'",
        "expected": "`self.repo` as before: 'repo-b7vpzj'",
        "actual": "'octo'",
        "fix": "tasks.py:11: use a local name instead of `self.repo`",
        "examples": 1,
    }
    assert judge("TC206", "the instance", Once, values=VALUES) == {
        "verdict": "violated",
        "subject": "the instance",
        "message": "a run changes `self.drafts`: Once().run(…) leaves it 1",
        "expected": "`self.drafts` as before: None",
        "actual": "1",
        "fix": "tasks.py:11: use a local name instead of `self.drafts`",
        "examples": 1,
    }
    assert judge("TC206", "a second run", Keeping, values=VALUES) == {
        "verdict": "violated",
        "subject": "a second run",
        "message": "a second run is affected by the first: Keeping(repo='octo').run(draft=False) returned None after "
        "GET repo-b7vpzj after a run with other values",
        "expected": "as on a fresh instance: GET octo",
        "actual": "GET repo-b7vpzj",
        "fix": "tasks.py:11: keep what a run computes in local names, not on `self`, the class or the module",
        "examples": 2,
    }


def test_template_unchanged_is_violated_outside_the_instance(judge: Judge) -> None:
    objects = {"direct": changed("caller", "repo", ("list", 1), ("list", 1, 2))}
    assert judge("TC206", "the caller's objects", Careful, values={"repo": [1]}, retold=objects) == {
        "verdict": "violated",
        "subject": "the caller's objects",
        "message": "a run changes `repo`: Careful(repo=['repo-b7vpzj', 'repo2-67pcsp']).run(repo=[1]) leaves it [1, 2]",
        "expected": "`repo` as before: [1]",
        "actual": "[1, 2]",
        "fix": "tasks.py:11: work on a copy of `repo` (`dict(repo)`, `copy.deepcopy`) instead of changing it",
        "examples": 1,
    }
    variable = {"direct": changed("environment", "REPO", None, "octo")}
    assert judge("TC206", "the environment", Careful, values=VALUES, retold=variable) == {
        "verdict": "violated",
        "subject": "the environment",
        "message": "a run changes `os.environ['REPO']`: Careful(…).run(…) leaves it 'octo'",
        "expected": "`os.environ['REPO']` as before: None",
        "actual": "'octo'",
        "fix": "tasks.py:11: pass the variable to what needs it (`env=`) instead of setting `os.environ['REPO']`",
        "examples": 1,
    }


def test_template_unchanged_is_violated_by_construction(judge: Judge) -> None:
    change = changed("environment", "REPO", None, "octo")
    assert judge("TC206", "the environment", Careful, values=VALUES, retold={"direct": change, "construct": change}) == {
        "verdict": "violated",
        "subject": "the environment",
        "message": "construction changes `os.environ['REPO']`: Careful(…) leaves it 'octo'",
        "expected": "`os.environ['REPO']` as before: None",
        "actual": "'octo'",
        "fix": "tasks.py:5: pass the variable to what needs it (`env=`) instead of setting `os.environ['REPO']`",
        "examples": 1,
    }


def test_template_unchanged_is_unproven(judge: Judge) -> None:
    assert judge("TC206", "the instance", Failing, values=VALUES) == {
        "verdict": "unproven",
        "subject": "the instance",
        "message": "nothing works",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }
    assert judge("TC206", "a second run", Failing, values=VALUES) == {
        "verdict": "unproven",
        "subject": "a second run",
        "message": "nothing works",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }
    assert judge("TC206", "a second run", Careful, values=VALUES, retold={"twice": ticking()}) == {
        "verdict": "unproven",
        "subject": "a second run",
        "message": "two runs of one configuration are never the same",
        "settles": "a task whose runs can be compared",
    }
    never = ticking()
    flickering = {"direct": lambda seen: replace(never(seen), changes=(Change("instance", "repo", 1, 2),))}
    assert judge("TC206", "the instance", Careful, values=VALUES, retold=flickering) == {
        "verdict": "unproven",
        "subject": "the instance",
        "message": "two runs of one configuration are never the same",
        "settles": "a task whose runs can be compared",
    }


def test_flow_agrees_holds(judge: Judge) -> None:
    assert judge("TC207", "configured at the call", Careful, values=VALUES) == {
        "verdict": "holds",
        "subject": "configured at the call",
        "message": "the flow run does what the direct run does",
        "examples": 2,
    }
    effects = (Effect("http", "GET /"),)
    success = {route: ending("signal", "signals.SUCCESS", route, effects=effects) for route in ("direct", "flow")}
    assert judge("TC207", "configured at the call", Careful, values=VALUES, retold=success) == {
        "verdict": "holds",
        "subject": "configured at the call",
        "message": "the flow run does what the direct run does",
        "examples": 2,
    }


def test_flow_agrees_is_violated(judge: Judge) -> None:
    bind = {"flow": ending("raised", "TypeError", "missing a required argument: 'repo'", phase="bind", entered=False)}
    assert judge("TC207", "configured at construction", Careful, values=VALUES, retold=bind) == {
        "verdict": "violated",
        "subject": "configured at construction",
        "message": "in a flow the task does not do what a direct run does: calling run raised TypeError: missing a "
        "required argument: 'repo'",
        "expected": "as Careful(repo='octo').run(draft=False): GET octo ",
        "actual": "calling run raised TypeError: missing a required argument: 'repo'",
        "fix": "tasks.py:11: give every parameter of `run` that construction can supply a default (`= None`)",
        "examples": 2,
    }
    other = {"flow": lambda seen: replace(seen, effects=(Effect("http", "GET /flows"),))}
    assert judge("TC207", "configured at the call", Careful, values=VALUES, retold=other) == {
        "verdict": "violated",
        "subject": "configured at the call",
        "message": "in a flow the task does not do what a direct run does: returned None after GET /flows",
        "expected": "as Careful().run(repo='octo', draft=False): GET octo ",
        "actual": "GET /flows",
        "fix": "tasks.py:11: do not let `run` depend on how it is called; read from `prefect.context` only what is "
        "documented",
        "examples": 2,
    }


def test_flow_agrees_has_nothing_to_say_where_a_direct_run_cannot_be_bound_either(judge: Judge) -> None:
    assert judge("TC207", "configured at construction", Demanding, values=VALUES) is None


def test_flow_agrees_is_unproven(judge: Judge) -> None:
    def flow(task: type, retold: Retold = lambda seen: seen) -> object:
        return judge("TC207", "configured at the call", task, values=VALUES, retold={"flow": retold})

    assert flow(Looping) == {
        "verdict": "unproven",
        "subject": "configured at the call",
        "message": "a direct run asks to be looped, and a flow does loop it",
        "settles": "a configuration that ends in one run",
    }
    assert flow(Failing) == {
        "verdict": "unproven",
        "subject": "configured at the call",
        "message": "nothing works",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }
    assert flow(Careful, ending("signal", "signals.TRIGGERFAIL", "upstream", entered=False)) == {
        "verdict": "unproven",
        "subject": "configured at the call",
        "message": "alone in a flow its trigger does not let it run: raised TRIGGERFAIL: upstream",
        "settles": "upstream tasks it can react to",
    }
    assert flow(Careful, ending("raised", "TypeError", "unhashable", phase="construct", entered=False)) == {
        "verdict": "unproven",
        "subject": "configured at the call",
        "message": "the flow could not be made: constructing raised TypeError: unhashable",
        "settles": "values that can be bound in a flow",
    }
    assert flow(Failing, ending("raised", "TypeError", "missing a required argument: 'base'", phase="bind")) == {
        "verdict": "unproven",
        "subject": "configured at the call",
        "message": "`base` is given at neither place: a direct run refuses that, and so does binding",
        "settles": 'a value for `base` with which it shows: [tool.taskcontract.tasks."…"] values = { base = … }',
    }
    assert flow(Careful, ticking()) == {
        "verdict": "unproven",
        "subject": "configured at the call",
        "message": "two runs of one configuration are never the same",
        "settles": "a task whose runs can be compared",
    }
    assert flow(Careful, ending("raised", "PicklingError", "a lambda")) == {
        "verdict": "unproven",
        "subject": "configured at the call",
        "message": "the values tried cannot be sent with a flow: raised PicklingError: a lambda",
        "settles": "values that pickle",
    }


def test_parameter_used_holds(judge: Judge) -> None:
    assert judge("TC208", "repo", Careful, values=VALUES) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "changing it changes what is seen: GET octo  / GET repo-tpf89h ",
        "examples": 2,
    }


def test_parameter_used_is_violated(judge: Judge) -> None:
    unread = (("unread", "repo", "init"), ("unread", "repo", "run"))
    assert judge("TC208", "repo", Blind, values=VALUES, facts=unread) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "`repo` is accepted, and nothing reads it: 9 changes of it changed nothing",
        "expected": "the parameter influences what the task does",
        "actual": "no difference, and no line of the library reads it",
        "fix": "tasks.py:7: use `repo`, or remove it from the signature and the documentation",
        "examples": 9,
    }
    decorated = {"values": VALUES, "facts": unread[1:], "decorated": {"repo": "repo"}}
    assert judge("TC208", "repo", Blind, **decorated, source="self.repo = repo") == {
        "verdict": "violated",
        "subject": "repo",
        "message": "`repo` is accepted, and nothing reads it: 9 changes of it changed nothing",
        "expected": "the parameter influences what the task does",
        "actual": "no difference, and no line of the library reads it",
        "fix": "tasks.py:7: use `repo`, or remove it from the signature and the documentation",
        "examples": 9,
    }


def test_parameter_used_is_unproven(judge: Judge) -> None:
    assert judge("TC208", "repo", Blind, values=VALUES) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "9 changes of `repo` changed nothing that can be seen",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    half = {"values": VALUES, "facts": (("unread", "repo", "run"),), "decorated": {"repo": "repo"}}
    assert judge("TC208", "repo", Blind, **half, source="send(self.repo)") == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "9 changes of `repo` changed nothing that can be seen",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC208", "repo", Blind, values=VALUES, facts=(("unread", "repo", "init"),)) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "9 changes of `repo` changed nothing that can be seen",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC208", "repo", Failing, values=VALUES) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "nothing works",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }


def test_a_parameter_may_show_in_a_narrower_or_another_configuration_only(judge: Judge) -> None:
    class Either(Careful):
        """Looks at `base` when it has no `repo`."""

        def run(self, repo: Any = None, draft: bool = False, base: Any = None) -> None:
            print("GET", json.dumps({"from": repo or base}))

    assert judge("TC208", "base", Either, values={**VALUES, "base": "main"}, minimal=("base",)) == {
        "verdict": "holds",
        "subject": "base",
        "message": "changing it changes what is seen: GET with from: 'main' / GET with from: 'base-4m4h6f'",
        "examples": 5,
    }

    class Drafting(Careful):
        """Looks at `base` for a draft."""

        def run(self, repo: Any = None, draft: bool = False, base: Any = None) -> None:
            print("GET", base if draft else "")

    assert judge("TC208", "base", Drafting, values={**VALUES, "base": Value("'main'", (), "text")}) == {
        "verdict": "holds",
        "subject": "base",
        "message": "changing it changes what is seen: GET main / GET base-4m4h6f",
        "examples": 8,
    }
