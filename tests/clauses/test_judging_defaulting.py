"""The clauses about where a value is given, each judged on plain classes: what they say, word for word."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from taskcontract.clauses import CATALOGUE, Bench, search
from taskcontract.model import Finding, Value, Verdict

Judge = Callable[..., dict[str, object] | None]
BenchOf = Callable[..., Bench]


class Careful:
    """Does everything right."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> None:
        repo = self.repo if repo is None else repo
        if repo is None:
            raise ValueError("`repo` must be provided")
        print("GET", repo)


class Forgetful:
    """Forgets what construction was given."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> None:
        print("GET", repo)


class Stubborn:
    """Lets construction win."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> None:
        print("GET", self.repo or repo)


class Truthful:
    """Takes a falsy value for an absent one."""

    def __init__(self, wait: Any = None) -> None:
        self.wait = wait

    def run(self, wait: Any = None) -> None:
        print("GET", wait or self.wait)


class Merging:
    """Merges the call's dict into construction's."""

    def __init__(self, headers: Any = None) -> None:
        self.headers = headers

    def run(self, headers: Any = None) -> None:
        print("GET", sorted({**(self.headers or {}), **(headers or {})}.items()))


class Quiet:
    """Shows nothing of its parameter outside, and returns nothing of it."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> None:
        repo = self.repo if repo is None else repo
        print("GET /")


class Peeking:
    """Looks at what construction has, and shows nothing of it."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> None:
        print("GET /"[: 5 + len(self.repo or "")])


class Blind:
    """Takes no notice of its parameter."""

    def __init__(self, repo: Any = None) -> None: ...

    def run(self, repo: Any = None) -> None:
        print("GET /")


class Filled(Careful):
    """Wants no empty value."""

    def __init__(self, repo: Any = None) -> None:
        if repo == "":
            raise TypeError("empty")
        super().__init__(repo)

    def run(self, repo: Any = None) -> None:
        if repo == "":
            raise ValueError("empty")
        super().run(repo)


class TwoNames:
    """The same name means different things at the two places."""

    def __init__(self, path: Any = None) -> None:
        self.path = path

    def run(self, path: Any = None) -> None:
        print("GET", self.path, "of", path)


class Demanding:
    """Demands its argument twice."""

    def __init__(self, repo: Any) -> None:
        self.repo = repo

    def run(self, repo: Any) -> None:
        print("GET", repo)


class Broken:
    """Cannot be constructed."""

    def __init__(self, repo: Any = None) -> None:
        raise RuntimeError("no licence")

    def run(self, repo: Any = None) -> None: ...


class Restless:
    """Is never the same twice, when construction has a value."""

    numbers = itertools.count()

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> None:
        print("GET", next(self.numbers))


class Renamed:
    """Keeps its value where the framework sets an attribute of its own: every instance has the same."""

    def __init__(self, name: Any = None) -> None:
        self.name = "Renamed"

    def run(self, name: Any = None) -> None:
        name = self.name if name is None else name
        print("GET", name)


def defaults(run: Any) -> Any:
    """As `defaults_from_attrs("repo")`: fills in what the keywords do not have."""

    @functools.wraps(run)
    def defaulting(self: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("repo", self.repo)
        return run(self, *args, **kwargs)

    return defaulting


class Injected:
    """Is given construction's value by a decorator, which an explicit None and a positional argument beat."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    @defaults
    def run(self, repo: Any = None) -> None:
        print("GET", repo)


class InjectedAndChecked(Injected):
    def __init__(self, repo: Any = None) -> None:
        super().__init__(repo)

    @defaults
    def run(self, repo: Any = None) -> None:
        if repo is None:
            raise ValueError("`repo` must be provided")
        print("GET", repo)


def test_init_value_used_holds(judge: Judge) -> None:
    assert judge("TC201", "repo", Careful) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "what left the task, or came back, is construction's value",
        "examples": 4,
    }


def test_init_value_used_holds_by_the_frame(judge: Judge) -> None:
    assert judge("TC201", "repo", Quiet) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "the frame of `run` has construction's value",
        "examples": 4,
    }


def test_init_value_used_is_violated(judge: Judge) -> None:
    assert judge("TC201", "repo", Forgetful) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "`repo` given at construction is not what `run` works with when the call leaves it out: "
        "Forgetful(repo='repo-zf2qzj').run() returned None after GET None",
        "expected": "as if the call had `repo` too: GET repo-zf2qzj",
        "actual": "GET None",
        "fix": "tasks.py:11: in `run`, `repo = self.repo if repo is None else repo` before its first use",
        "examples": 2,
    }


def test_init_value_used_is_violated_where_the_attribute_is_lost(judge: Judge) -> None:
    assert judge("TC201", "name", Renamed, decorated={"name": "name"}) == {
        "verdict": "violated",
        "subject": "name",
        "message": "`name` given at construction is not what `run` works with when the call leaves it out: "
        "Renamed(name='name-nstvxj').run() returned None after GET Renamed",
        "expected": "as if the call had `name` too: GET name-nstvxj",
        "actual": "GET Renamed",
        "fix": "tasks.py:5: `self.name` is 'Renamed' whatever is given: keep `name` in an attribute that "
        "`super().__init__` does not set",
        "examples": 2,
    }


def test_init_value_used_is_unproven(judge: Judge) -> None:
    assert judge("TC201", "repo", Blind) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "changing `repo` changes nothing that can be seen",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC201", "repo", Broken) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "it could not be constructed: constructing raised RuntimeError: no licence",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC201", "path", TwoNames) == {
        "verdict": "unproven",
        "subject": "path",
        "message": "construction's `path` does something, but not what the call's does: the two may mean different "
        "things",
        "settles": "documentation or a declaration saying that one stands in for the other",
    }
    assert judge("TC201", "repo", Restless, decorated={"repo": "repo"}) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "two runs of one configuration are never the same",
        "settles": "a task whose runs can be compared",
    }


def test_run_value_wins_holds(judge: Judge) -> None:
    assert judge("TC202", "repo", Careful) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "a decoy at construction shows when the call leaves the value out, and not otherwise",
        "examples": 4,
    }


def test_run_value_wins_holds_for_a_dict_that_is_merged(judge: Judge) -> None:
    assert judge("TC202", "headers", Merging, values={"headers": {"a": 1}}) == {
        "verdict": "holds",
        "subject": "headers",
        "message": "the call's dict is merged into construction's, and its own keys win",
        "examples": 3,
    }


def test_run_value_wins_holds_by_the_frame(judge: Judge) -> None:
    assert judge("TC202", "repo", Blind) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "the frame of `run` has the call's value, and `self.repo` is not read",
        "examples": 2,
    }


def test_run_value_wins_is_violated(judge: Judge) -> None:
    assert judge("TC202", "repo", Stubborn) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "`repo` given to the call does not win everywhere: with 'repo-tpf89h' at construction, "
        "Stubborn(repo='repo-tpf89h').run(repo='repo-zf2qzj') returned None after GET repo-tpf89h",
        "expected": "the call's value throughout: GET repo-zf2qzj",
        "actual": "GET repo-tpf89h",
        "fix": "tasks.py:11: in `run`, `repo = self.repo if repo is None else repo` before its first use",
        "examples": 2,
    }


def test_run_value_wins_is_unproven(judge: Judge) -> None:
    assert judge("TC202", "repo", Peeking) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "changing `repo` changes nothing that can be seen",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC202", "repo", Broken) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "no second value for construction is known",
        "settles": "a second legal value, declared",
    }
    assert judge("TC202", "path", TwoNames) == {
        "verdict": "unproven",
        "subject": "path",
        "message": "construction's `path` does something, but not what the call's does: the two may mean different "
        "things",
        "settles": "documentation or a declaration saying that one stands in for the other",
    }


def test_falsy_value_wins_holds(judge: Judge) -> None:
    assert judge("TC203", "repo", Careful) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "'' shows, although construction had 'repo-zf2qzj'",
        "examples": 3,
    }


def test_falsy_value_wins_holds_by_the_frame(judge: Judge) -> None:
    assert judge("TC203", "repo", Blind) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "the frame of `run` has '', and construction's value is not read",
        "examples": 3,
    }


def test_falsy_value_wins_is_violated(judge: Judge) -> None:
    assert judge("TC203", "wait", Truthful, values={"wait": True}, facts=(("documented", "wait", 1),)) == {
        "verdict": "violated",
        "subject": "wait",
        "message": "`wait=False` given to the call does not win: Truthful(wait=True).run(wait=False) returned None "
        "after GET True",
        "expected": "as with False at both places: GET False",
        "actual": "GET True",
        "fix": "tasks.py:11: in `run`, `wait = self.wait if wait is None else wait` before its first use (test for "
        "None, not for truth)",
        "examples": 2,
    }


def test_falsy_value_wins_is_unproven(judge: Judge) -> None:
    assert judge("TC203", "repo", Peeking) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "changing `repo` changes nothing that can be seen",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC203", "repo", Broken) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "'' cannot be given: constructing raised RuntimeError: no licence",
        "settles": "a falsy value that is legal",
    }
    assert judge("TC203", "repo", Restless, decorated={"repo": "repo"}) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "two runs of one configuration are never the same",
        "settles": "a task whose runs can be compared",
    }
    assert judge("TC203", "path", TwoNames) == {
        "verdict": "unproven",
        "subject": "path",
        "message": "construction's `path` does something, but not what the call's does: the two may mean different "
        "things",
        "settles": "documentation or a declaration saying that one stands in for the other",
    }
    assert judge("TC203", "repo", Careful, values={"repo": Value("lambda: 1")}) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "lambda: 1 has no falsy value of its own type to compare with",
        "settles": "a plain value, declared",
    }


def test_a_falsy_value_that_is_configured_gives_way_to_another(judge: Judge) -> None:
    assert judge("TC203", "wait", Truthful, values={"wait": False}, docs={"wait": "bool"}) == {
        "verdict": "violated",
        "subject": "wait",
        "message": "`wait=False` given to the call does not win: Truthful(wait=True).run(wait=False) returned None "
        "after GET True",
        "expected": "as with False at both places: GET False",
        "actual": "GET True",
        "fix": "tasks.py:11: in `run`, `wait = self.wait if wait is None else wait` before its first use (test for "
        "None, not for truth)",
        "examples": 2,
    }
    assert judge("TC203", "repo", Careful, values={"repo": Value.of("", "falsy")}) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "'' shows, although construction had 'repo-tpf89h'",
        "examples": 3,
    }


def test_a_falsy_value_that_construction_refuses_is_given_to_the_call_alone(judge: Judge) -> None:
    assert judge("TC203", "repo", Filled) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "'' shows, although construction had 'repo-zf2qzj'",
        "examples": 3,
    }


def test_a_split_of_a_dict_that_is_merged_is_no_breach(judge: Judge) -> None:
    assert judge("TC204", "any split", Merging, values={"headers": {"a": 1}}) == {
        "verdict": "holds",
        "subject": "any split",
        "message": "no split of headers differs; headers would have shown",
        "examples": 5,
    }


def test_a_split_of_a_name_with_two_meanings_is_no_breach(judge: Judge) -> None:
    found = judge("TC204", "any split", TwoNames)
    assert found is not None and found["verdict"] != "violated"


def test_splits_that_are_never_the_same_are_not_compared(judge: Judge) -> None:
    assert judge("TC204", "any split", Restless, decorated={"repo": "repo"}) == {
        "verdict": "unproven",
        "subject": "any split",
        "message": "two runs of one configuration are never the same",
        "settles": "a task whose runs can be compared",
    }


def test_falsy_value_wins_holds_for_a_dict_that_is_merged(judge: Judge) -> None:
    assert judge("TC203", "headers", Merging, values={"headers": {"a": 1}}, docs={"headers": "dict"}) == {
        "verdict": "holds",
        "subject": "headers",
        "message": "the call's value is merged into construction's: an empty one adds nothing",
        "examples": 3,
    }


def test_any_split_agrees_holds(judge: Judge) -> None:
    assert judge("TC204", "any split", Careful) == {
        "verdict": "holds",
        "subject": "any split",
        "message": "no split of repo differs; repo would have shown",
        "examples": 5,
    }


def test_any_split_agrees_is_violated(judge: Judge) -> None:
    assert judge("TC204", "any split", Forgetful) == {
        "verdict": "violated",
        "subject": "any split",
        "message": "a split of one configuration acts differently: with `repo` at construction only, "
        "Forgetful(repo='repo-zf2qzj').run() returned None after GET None",
        "expected": "as with everything at both places: GET repo-zf2qzj",
        "actual": "GET None",
        "fix": "see TC201 and TC202 for `repo`",
        "examples": 2,
    }


def test_any_split_agrees_is_unproven(judge: Judge) -> None:
    unseen = {"direct": lambda seen: replace(seen, bound=None)}
    assert judge("TC204", "any split", Blind, retold=unseen) == {
        "verdict": "unproven",
        "subject": "any split",
        "message": "no parameter shows in what can be seen",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }
    assert judge("TC204", "any split", Broken) == {
        "verdict": "unproven",
        "subject": "any split",
        "message": "nothing works",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }
    assert judge("TC204", "any split", Careful, values={}) == {
        "verdict": "unproven",
        "subject": "any split",
        "message": "no value is known for any parameter that both places accept",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }


def test_declared_default_safe_holds(judge: Judge) -> None:
    assert judge("TC205", "repo", Careful) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "an explicit None acts like leaving it out, and construction's value shows",
        "examples": 4,
    }
    assert judge("TC205", "repo", Quiet) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "with an explicit None the frame of `run` still gets construction's value",
        "examples": 4,
    }


def test_declared_default_safe_holds_for_an_error_that_says_so(judge: Judge) -> None:
    assert judge("TC205", "repo", InjectedAndChecked, decorated={"repo": "repo"}) == {
        "verdict": "holds",
        "subject": "repo",
        "message": "an explicit None raises ValueError: `repo` must be provided",
        "examples": 2,
    }


def test_declared_default_safe_is_violated(judge: Judge) -> None:
    assert judge("TC205", "repo", Injected, decorated={"repo": "repo"}) == {
        "verdict": "violated",
        "subject": "repo",
        "message": "an explicit `repo=None`, its declared default, is not like leaving it out: "
        "Injected(repo='repo-zf2qzj').run(repo=None) returned None after GET None",
        "expected": "as without it, or ValueError: GET repo-zf2qzj",
        "actual": "GET None",
        "fix": "tasks.py:11: in `run`, `repo = self.repo if repo is None else repo`, or raise ValueError for None",
        "examples": 2,
    }


def test_declared_default_safe_is_unproven(judge: Judge) -> None:
    assert judge("TC205", "repo", Blind) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "changing `repo` changes nothing that can be seen",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    assert judge("TC205", "repo", Broken) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "it could not be constructed: constructing raised RuntimeError: no licence",
        "settles": 'a value for `repo` with which it shows: [tool.taskcontract.tasks."…"] values = { repo = … }',
    }
    doc = "The repository. If None, all of them are listed."
    assert judge("TC205", "repo", Injected, docs={"repo": doc}) == {
        "verdict": "unproven",
        "subject": "repo",
        "message": "None is documented to mean something of its own: 'If None, all of them are listed.'",
        "settles": "documentation that None stands for construction's value",
    }


def test_positional_agrees_holds(judge: Judge) -> None:
    assert judge("TC210", "by position", Careful) == {
        "verdict": "holds",
        "subject": "by position",
        "message": "given by position, repo act as by name",
        "examples": 2,
    }


def test_positional_agrees_is_violated(judge: Judge) -> None:
    assert judge("TC210", "by position", Injected) == {
        "verdict": "violated",
        "subject": "by position",
        "message": "given by position, Injected().run('repo-zf2qzj') raised TypeError: Injected.run() got multiple "
        "values for argument 'repo'",
        "expected": "as by name: GET repo-zf2qzj",
        "actual": "raised TypeError: Injected.run() got multiple values for argument 'repo'",
        "fix": "tasks.py:11: make the arguments keyword-only (`*`), or bind positional ones before defaulting",
        "examples": 2,
    }


def test_positional_agrees_is_unproven(judge: Judge) -> None:
    assert judge("TC210", "by position", Restless) == {
        "verdict": "unproven",
        "subject": "by position",
        "message": "two runs of one configuration are never the same",
        "settles": "a task whose runs can be compared",
    }
    assert judge("TC210", "by position", Broken) == {
        "verdict": "unproven",
        "subject": "by position",
        "message": "nothing works",
        "settles": 'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    }


class Particular:
    """Minds one value at construction alone."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> None:
        repo = self.repo if repo is None or " " in str(self.repo) else repo
        print("GET", repo)


@pytest.mark.parametrize("code", ["TC201", "TC202", "TC203"])
def test_what_holds_is_tried_again_with_drawn_values(code: str, bench_of: BenchOf) -> None:
    clause, bench = next(c for c in CATALOGUE if c.code == code), bench_of(Careful, examples=6)
    finding = clause.judge(bench, "repo")
    assert finding is not None
    again = clause.search(bench, [finding])
    assert [(f.verdict, f.examples - finding.examples) for f in again] == [(Verdict.HOLDS, 6)]
    assert clause.search(replace(bench, examples=0), [finding]) == [finding]
    unproven = Finding("repo", Verdict.UNPROVEN, "unknown", settles="a value")
    assert clause.search(bench, [unproven]) == [unproven]


def test_a_drawn_value_that_breaks_what_held_is_judged_again(bench_of: BenchOf) -> None:
    bench = bench_of(Particular, examples=100)
    clause = next(c for c in CATALOGUE if c.code == "TC203")
    finding = clause.judge(bench, "repo")
    assert finding is not None and finding.verdict is Verdict.HOLDS
    (found,) = clause.search(bench, [finding])
    assert (found.verdict, found.subject, found.cases[0].init) == (Verdict.VIOLATED, "repo", (("repo", Value("' '")),))


def test_a_drawn_value_that_breaks_once_and_not_again_is_flaky(bench_of: BenchOf) -> None:
    bench = bench_of(Particular, examples=100)
    bench.scratch = lambda: bench_of(Careful)
    clause = next(c for c in CATALOGUE if c.code == "TC203")
    finding = clause.judge(bench, "repo")
    assert finding is not None
    (found,) = clause.search(bench, [finding])
    assert (found.verdict, found.message) == (Verdict.UNPROVEN, "flaky: with ' ' it was violated once, and not again")


def test_nothing_is_known_to_try_for_a_subject_without_a_value(bench_of: BenchOf, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_of(Careful, values={})
    monkeypatch.setattr("taskcontract.clauses.bench.candidates", lambda spec, name: ())
    for code in ("TC201", "TC205"):
        finding = next(c for c in CATALOGUE if c.code == code).judge(bench, "repo")
        assert finding is not None
        assert (finding.verdict, finding.message) == (Verdict.UNPROVEN, "no value is known to try")


def test_a_search_finds_the_smallest_example_or_none(bench_of: BenchOf) -> None:
    from hypothesis import strategies as st

    bench = bench_of(Careful)
    assert search.falsify(bench, st.integers(0, 500), lambda n: n > 10, 50) == 11
    assert search.falsify(bench, st.integers(0, 500), lambda n: n > 500, 50) is None
    unshrunk = search.falsify(replace(bench, shrink=False), st.integers(0, 500), lambda n: n > 10, 50)
    assert unshrunk is not None and unshrunk > 10


def test_drawn_values_are_of_the_sort_of_the_configured_one(bench_of: BenchOf) -> None:
    def kinds(value: object) -> set[str]:
        found: list[Value] = []
        config = bench_of(Careful, values={"repo": value}).baseline.full

        def keeps(drawn: Value) -> bool:
            found.append(drawn)
            return False

        search.falsify(bench_of(Careful), search.values(config, "repo"), keeps, 12)
        return {type(eval(v.code)).__name__ for v in found}

    assert kinds("text") == {"str"}
    assert kinds(5) == {"int"}
    assert kinds({"a": 1}) == {"dict"}
