"""The clauses about arguments that are left out, and what leaving one out shows, word for word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from taskcontract.clauses import Bench
from taskcontract.clauses.leaving import Left, leave_out
from taskcontract.clauses.tc303 import names
from taskcontract.model import Effect, Observation, Read, Value

Judge = Callable[..., dict[str, object] | None]
Seen = Callable[[Observation], Observation]
BenchOf = Callable[..., Bench]


class Careful:
    """Checks first, and names what is missing."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None, base: Any = None) -> None:
        repo = self.repo if repo is None else repo
        if repo is None:
            raise ValueError("`repo` must be provided")
        print("GET", repo, base or "main")


class Trusting:
    """Goes on with None until something breaks."""

    def run(self, repo: Any = None) -> None:
        print("GET", repo.lower())


class Late:
    """Checks after the first of two effects."""

    def run(self, repo: Any = None) -> None:
        print("POST /lock")
        if repo is None:
            raise ValueError("`repo` must be provided")
        print("GET", repo)


class LateAndSilent:
    def run(self, repo: Any = None) -> None:
        print("POST /lock")
        if repo is None:
            raise ValueError("nothing to do")
        print("GET", repo)


class Silent:
    """Says that something is missing, and not what."""

    def run(self, repo: Any = None) -> None:
        if repo is None:
            raise ValueError("missing argument")
        print("GET", repo)


class OneOf:
    """Wants one of two."""

    def run(self, repo: Any = None, url: Any = None) -> None:
        if not repo and not url:
            raise ValueError("the url must be provided")
        print("GET", repo or url)


class Formatting:
    """Formats whatever it has."""

    def run(self, repo: Any = None) -> None:
        print(f"GET /repos/{repo}")


class Nulling:
    """Sends null for what it does not have."""

    def run(self, repo: Any = None) -> None:
        print("POST", json.dumps({"repo": repo}))


class Escorted:
    """Needs `data` only when there is a `query`."""

    def run(self, query: Any = None, data: Any = None) -> None:
        if query:
            data.lower()
        print("GET", query)


class Failing:
    def run(self, repo: Any = None) -> None:
        raise RuntimeError("no licence")


class Broken:
    def run(self, repo: Any = None) -> None:
        print("GET", repo)
        raise RuntimeError("gone")


class Signalling:
    """Fails by a signal."""

    def run(self, repo: Any = None) -> None:
        if repo is None:
            raise type("FAIL", (Exception,), {})("no repo")
        print("GET", repo)


def first_then(then: Seen) -> dict[str, Seen]:
    """Another observation when there is no value."""
    return {"direct": lambda seen: seen if seen.outcome.kind == "returned" else then(seen)}


ASKING: Seen = lambda seen: replace(seen, reads=(Read("env", "REPO"),))  # noqa: E731


@pytest.mark.parametrize(
    ("task", "name", "result"),
    [
        (Careful, "repo", Left.VALUE_ERROR),
        (Careful, "base", Left.WORKS),
        (Trusting, "repo", Left.OTHER_ERROR),
        (OneOf, "repo", Left.WORKS),
        (Escorted, "data", Left.CONDITIONAL),
        (Failing, "repo", Left.UNKNOWN),
        (Broken, "repo", Left.WORKS),
        (Signalling, "repo", Left.OTHER_ERROR),
    ],
    ids=lambda thing: thing if isinstance(thing, str) else getattr(thing, "__name__", str(thing)),
)
def test_what_leaving_an_argument_out_shows(task: type, name: str, result: Left, bench_of: BenchOf) -> None:
    bench = bench_of(task)
    found = leave_out(bench, name)
    assert found.result is result
    assert name not in dict((*found.without.init, *found.without.call))
    assert leave_out(bench, name) is found, "looked at once per bench"


def test_an_alternative_that_stood_in_is_left_out_as_well(bench_of: BenchOf) -> None:
    assert leave_out(bench_of(OneOf, minimal=("repo",)), "repo").result is Left.VALUE_ERROR


def test_what_a_wide_configuration_needs_and_a_narrow_one_does_not_is_conditional(bench_of: BenchOf) -> None:
    assert leave_out(bench_of(Trusting, minimal=()), "repo").result is Left.CONDITIONAL


@pytest.mark.parametrize(
    ("task", "retold", "why"),
    [
        (Trusting, first_then(ASKING), "without it the run asks its environment for a value that is not set there"),
        (Failing, {}, "nothing works"),
    ],
)
def test_why_nothing_could_be_learnt(task: type, retold: dict[str, Seen], why: str, bench_of: BenchOf) -> None:
    found = leave_out(bench_of(task, retold=retold), "repo")
    assert (found.result, found.why) == (Left.UNKNOWN, why)


def test_two_runs_that_are_never_the_same_teach_nothing(bench_of: BenchOf) -> None:
    tick = iter(range(100))
    never = first_then(lambda seen: replace(seen, outcome=replace(seen.outcome, text=str(next(tick)))))
    found = leave_out(bench_of(Trusting, retold=never), "repo")
    assert (found.result, found.why) == (Left.UNKNOWN, "two runs of one configuration are never the same")


def test_a_configuration_that_ends_early_is_tried_narrower(bench_of: BenchOf) -> None:
    class Picky(Careful):
        def run(self, repo: Any = None, base: Any = None) -> None:
            if base is not None:
                raise TypeError(f"base of {repo}")
            super().run(repo)

    bench = bench_of(Picky, minimal=("repo",))
    assert leave_out(bench, "repo").result is Left.VALUE_ERROR


def test_missing_raises_value_error_holds(judge: Judge) -> None:
    assert judge("TC301", "repo", Careful) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "left out, it raises ValueError: `repo` must be provided",
        "examples": 2,
    }
    assert judge("TC301", "base", Careful) == {
        "verdict": "holds",
        "subject": "base",
        "message": "not required: the run works without it",
        "examples": 2,
    }


def test_missing_raises_value_error_is_violated(judge: Judge) -> None:
    assert judge("TC301", "repo", Trusting) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "without `repo`, Trusting().run() raised AttributeError: 'NoneType' object has no attribute 'lower' "
        "at tasks.py:21",
        "expected": "ValueError naming `repo`",
        "actual": "AttributeError: 'NoneType' object has no attribute 'lower'",
        "fix": 'tasks.py:11: first in `run`: `if repo is None: raise ValueError("`repo` must be provided")`',
        "examples": 2,
    }
    assert judge("TC301", "base", Careful, declared={"required": ("base",)}) == {
        "verdict": "violated",
        "subject": "base",
        "message": "`base` is declared required, and without it Careful(repo='repo-zf2qzj').run(repo='repo-zf2qzj') "
        "returned None after GET repo-zf2qzj main",
        "expected": "ValueError naming `base`",
        "actual": "returned None after GET repo-zf2qzj main",
        "fix": 'tasks.py:11: first in `run`: `if base is None: raise ValueError("`base` must be provided")`',
        "examples": 2,
    }


def test_missing_raises_value_error_is_unproven(judge: Judge) -> None:
    assert judge("TC301", "repo", Failing) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "nothing works",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }


def test_missing_fails_first_holds(judge: Judge) -> None:
    assert judge("TC302", "repo", Careful) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "it raises before anything leaves the task: `repo` must be provided",
        "examples": 2,
    }


def test_missing_fails_first_is_violated(judge: Judge) -> None:
    assert judge("TC302", "repo", Late) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "without `repo`, POST /lock leaves the task before the ValueError: Late().run()",
        "expected": "ValueError before anything leaves the task",
        "actual": "raised ValueError: `repo` must be provided after POST /lock",
        "fix": "tasks.py:11: move the check of `repo` to the beginning of `run`",
        "examples": 2,
    }


def test_missing_fails_first_is_unproven(judge: Judge) -> None:
    assert judge("TC302", "repo", Failing) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "nothing works",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC302", "repo", LateAndSilent) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "without it the run raises after POST /lock, and the error does not name it: it may be about "
        "something else",
        "settles": "an error that names the argument",
    }


def test_missing_named_holds(judge: Judge) -> None:
    assert judge("TC303", "repo", Careful) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "the message names it: `repo` must be provided",
        "examples": 1,
    }
    assert judge("TC303", "repo", OneOf, minimal=("repo",)) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "the message names the alternative `url`: the url must be provided",
        "examples": 1,
    }


def test_missing_named_is_violated(judge: Judge) -> None:
    assert judge("TC303", "repo", Silent) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "without `repo`, the ValueError does not name it: 'missing argument'",
        "expected": "a message with `repo` in it",
        "actual": "'missing argument'",
        "fix": "tasks.py:21: name `repo` in the message",
        "examples": 1,
    }


def test_missing_named_is_unproven(judge: Judge) -> None:
    assert judge("TC303", "repo", Failing) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "nothing works",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC303", "repo", LateAndSilent) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "the error comes after an effect and may be about something else: nothing to do",
        "settles": "an error that names it",
    }


@pytest.mark.parametrize("code", ["TC302", "TC303"])
def test_clauses_about_the_error_have_nothing_to_say_without_one(code: str, judge: Judge) -> None:
    assert judge(code, "base", Careful) is None
    assert judge(code, "repo", Trusting) is None


def test_none_never_leaks_holds(judge: Judge) -> None:
    assert judge("TC304", "repo", Careful) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "left out, it shows nowhere as None in what leaves the task",
        "examples": 1,
    }
    assert judge("TC304", "base", Careful, minimal=("repo",)) == {
        "verdict": "holds",
        "subject": "base",
        "message": "left out, it shows nowhere as None in what leaves the task",
        "examples": 2,
    }


def test_none_never_leaks_is_violated(judge: Judge) -> None:
    assert judge("TC304", "repo", Formatting) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "without `repo`, Formatting().run() sends 'GET /repos/None' in GET /repos/None",
        "expected": "nothing in place of 'GET /repos/repo-zf2qzj', or ValueError",
        "actual": "'GET /repos/None'",
        "fix": "tasks.py:11: leave out what depends on `repo` when it is None, or raise ValueError",
        "examples": 2,
    }
    assert judge("TC304", "repo", Nulling, declared={"required": ("repo",)}) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "without `repo`, Nulling().run() sends repo: null in POST",
        "expected": "nothing in place of 'repo-zf2qzj', or ValueError",
        "actual": "repo: null",
        "fix": "tasks.py:11: leave out what depends on `repo` when it is None, or raise ValueError",
        "examples": 2,
    }


def test_none_in_credentials_and_hosts_is_found(judge: Judge) -> None:
    def sent(*detail: Any) -> dict[str, Seen]:
        """What goes out with the value, and what without."""

        def retell(seen: Observation) -> Observation:
            given = "octo" in str(seen.effects)
            return replace(seen, effects=(Effect("http", "GET /", detail[0] if given else detail[1]),))

        return {"direct": retell}

    basic = [("dict", ("authorization", f"Basic {code}")) for code in ("bWU6b2N0bw==", "bWU6Tm9uZQ==")]
    assert judge("TC304", "repo", Formatting, values={"repo": "octo"}, retold=sent(*basic)) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "without `repo`, Formatting().run() sends authorization: decoded: 'me:None' in GET /",
        "expected": "nothing in place of 'me:octo', or ValueError",
        "actual": "authorization: decoded: 'me:None'",
        "fix": "tasks.py:11: leave out what depends on `repo` when it is None, or raise ValueError",
        "examples": 2,
    }
    host = [("http", "GET", "https", name, 443, "/") for name in ("octo.example.com", "none.example.com")]
    assert judge("TC304", "repo", Formatting, values={"repo": "octo"}, retold=sent(*host)) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "without `repo`, Formatting().run() sends host: 'none.example.com' in GET /",
        "expected": "nothing in place of 'octo.example.com', or ValueError",
        "actual": "host: 'none.example.com'",
        "fix": "tasks.py:11: leave out what depends on `repo` when it is None, or raise ValueError",
        "examples": 2,
    }
    body = [(b"repo=octo",), (b"repo=None",)]
    assert judge("TC304", "repo", Formatting, values={"repo": "octo"}, retold=sent(*body)) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "without `repo`, Formatting().run() sends 'repo=None' in GET /",
        "expected": "nothing in place of 'repo=octo', or ValueError",
        "actual": "'repo=None'",
        "fix": "tasks.py:11: leave out what depends on `repo` when it is None, or raise ValueError",
        "examples": 2,
    }


def test_none_never_leaks_is_unproven(judge: Judge) -> None:
    assert judge("TC304", "repo", Failing) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "nothing works",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC304", "repo", Formatting, values={"repo": Value("octo()")}) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "left out, the run returned None after GET /repos/None",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }


NAMED = [
    ("repo", "`repo` must be provided"),
    ("repo", "A GitHub repository is required"),
    ("branch_name", "the branch name is missing"),
    ("branch_name", "no branchname given"),
    ("branch_name", "Branch must be specified"),
    ("cluster_id", "which cluster?"),
    ("database", "A db or database must be given"),
    ("databricks_conn_secret", "Databricks connection is missing"),
    ("secrets", "no secret was supplied"),
    ("msg", "a message is needed"),
    ("cmd", "no command"),
    ("id", "id must be provided"),
]
NOT_NAMED = [
    ("repo", "missing argument"),
    ("repo", "must be provided"),
    ("msg", "something is missing"),
    ("branch_name", "a name is required"),
    ("table_name", "`dataset` must be provided"),
    ("api_token", "provide credentials"),
    ("to", "nothing"),
]


@pytest.mark.parametrize(("name", "message"), NAMED)
def test_a_message_that_names_a_parameter(name: str, message: str) -> None:
    assert names(message, name)


@pytest.mark.parametrize(("name", "message"), NOT_NAMED)
def test_a_message_that_does_not_name_a_parameter(name: str, message: str) -> None:
    assert not names(message, name)
