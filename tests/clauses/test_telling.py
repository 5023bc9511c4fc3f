"""What is said of a run, of two runs and of a case, in words and as a script."""

from __future__ import annotations

from typing import Any

import pytest

from taskcontract.clauses import reproduce, telling
from taskcontract.model import Answers, Case, Effect, Observation, Outcome, TaskRef, TaskSpec, Value

REF = TaskRef("lib.repos", "CreateBranch")
REPO, BASE = ("repo", Value.of("octo")), ("base", Value.of("main"))
GET, PUT, CLIENT = Effect("http", "GET /a"), Effect("http", "PUT /b"), Effect("client", "boto3.client", constructing=True)


def seen(*effects: Effect, value: Any = None, phase: Any = "run", **outcome: Any) -> Observation:
    return Observation(Outcome(**{"kind": "returned", "value": value, **outcome}), phase, effects=effects)


ENDINGS = [
    (seen(value=("dict", ("a", 1))), "returned {'a': 1}"),
    (seen(GET, PUT, CLIENT), "returned None after GET /a and 1 more"),
    (seen(CLIENT), "returned None"),
    (seen(GET, kind="refused", text="rm /etc/x"), "was stopped at rm /etc/x after GET /a"),
    (seen(kind="cut", text="more than 9 effects"), "did not end (more than 9 effects)"),
    (seen(kind="raised", type="builtins.KeyError", text="'a'"), "raised KeyError: 'a'"),
    (seen(kind="exited", type="SystemExit", text="2"), "raised SystemExit: 2"),
    (seen(phase="setup", kind="raised", type="OSError", text="full"), "preparing raised OSError: full"),
    (seen(phase="construct", kind="raised", type="OSError", text="full"), "constructing raised OSError: full"),
    (seen(phase="bind", kind="raised", type="TypeError", text="args"), "calling run raised TypeError: args"),
]


@pytest.mark.parametrize(("observation", "text"), ENDINGS, ids=[text for _, text in ENDINGS])
def test_how_a_run_ended(observation: Observation, text: str) -> None:
    assert telling.ending(observation) == text


def http(body: Any, what: str = "POST /a") -> Effect:
    return Effect("http", what, body)


ONE, TWO = ("dict", ("a", ("dict", ("b", 1))), ("c", 2)), ("dict", ("a", ("dict", ("b", 3))), ("c", 2))
DIFFERENCES = [
    (seen(GET), seen(PUT), ("GET /a", "PUT /b")),
    (seen(GET), seen(GET, PUT), ("returned None after GET /a", "PUT /b")),
    (seen(GET, PUT), seen(GET), ("PUT /b", "returned None after GET /a")),
    (seen(http(ONE)), seen(http(TWO)), ("POST /a with a.b: 1", "POST /a with a.b: 3")),
    (seen(http(("dict", ("a", 1)))), seen(http(("dict",))), ("POST /a with a: 1", "POST /a with a: <absent>")),
    (seen(http(("list", 1, 2))), seen(http(("list", 1))), ("POST /a with [1, 2]", "POST /a with [1]")),
    (seen(value=ONE), seen(value=TWO), ("returned a.b: 1", "returned a.b: 3")),
    (seen(value=1), seen(kind="raised", type="E", text="x"), ("returned 1", "raised E: x")),
]


@pytest.mark.parametrize(("left", "right", "told"), DIFFERENCES, ids=[f"{a} | {b}" for _, _, (a, b) in DIFFERENCES])
def test_where_two_runs_part(left: Observation, right: Observation, told: tuple[str, str]) -> None:
    assert telling.difference(left, right) == told


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (("dict", ("a", ("list", 1, ("tuple", 2)))), "{'a': [1, (2,)]}"),
        (("dict", (("list", 1), 2)), "{'[1]': 2}"),
        (("set", 1, 2), "('set', 1, 2)"),
        ((1, 2), "[1, 2]"),
        ((), "[]"),
        ("<absent>", "<absent>"),
        ("x" * 200, "'" + "x" * 158 + "…"),
    ],
)
def test_a_canonical_value_is_shown_as_python_shows_it(tree: Any, text: str) -> None:
    assert telling.short(tree) == text


USAGES = [
    (Case(REF, init=(REPO,), call=(BASE,)), (), "CreateBranch(repo='octo').run(base='main')"),
    (Case(REF, init=(REPO,), call=(REPO, BASE)), ("base",), "CreateBranch(…).run(base='main', …)"),
    (Case(REF), (), "CreateBranch().run()"),
    (Case(REF, init=(REPO,), options=(("name", Value.of("x")),), route="construct"), (), "CreateBranch(repo='octo', name='x')"),
    (Case(REF, call=(BASE,), positional=(Value.of("octo"),)), (), "CreateBranch().run('octo', base='main')"),
    (Case(TaskRef("lib", "make", kind="function"), call=(BASE,)), (), "make.run(base='main')"),
    (Case(TaskRef("lib", "Outer.Inner"), call=(BASE,)), ("repo",), "Inner().run(…)"),
]


@pytest.mark.parametrize(("case", "only", "text"), USAGES, ids=[text for _, _, text in USAGES])
def test_a_case_as_a_user_writes_it(case: Case, only: tuple[str, ...], text: str) -> None:
    assert telling.usage(case, only) == text


def test_a_line_is_told_by_the_name_of_its_file() -> None:
    ref = TaskRef("lib.repos", "CreateBranch", "/somewhere/lib/repos.py", 3)
    whole = TaskSpec(ref, line_of_init=5, line_of_run=11)
    assert (telling.place_of_init(whole), telling.place_of_run(whole)) == ("repos.py:5", "repos.py:11")
    assert (telling.place_of_init(TaskSpec(ref)), telling.place_of_run(TaskSpec(ref))) == ("repos.py:3", "repos.py:3")
    assert telling.place_of_run(TaskSpec(REF)) == ""


def test_a_script_that_compares_two_cases() -> None:
    left = Case(REF, init=(REPO,), call=(BASE,))
    assert reproduce.agreeing(left, left.with_(route="flow")).splitlines() == [
        "from taskcontract.testing import observe",
        "",
        "task = 'lib.repos:CreateBranch'",
        "expected = observe(task, init={'repo': 'octo'}, call={'base': 'main'})",
        "actual = observe(task, init={'repo': 'octo'}, call={'base': 'main'}, route='flow')",
        r"print('expected', expected.outcome, *expected.effects, sep='\n  ')",
        r"print('actual', actual.outcome, *actual.effects, sep='\n  ')",
        "assert actual.trace == expected.trace, 'they differ'",
    ]


def test_a_script_about_one_case_has_all_that_the_case_has() -> None:
    path = Value("pathlib.Path('a')", ("import pathlib",))
    case = Case(
        TaskRef("lib.repos", "CreateBranch", path="lib/repos.py"),
        init=(("path", path),),
        call=(("client", Value("thing('c')")),),
        positional=(Value.of(1),),
        options=(("name", Value.of("x")),),
        secrets=(("TOKEN", "t"),),
        env=(("HOME", "/h"),),
        context=(("date", Value.of("2021")),),
        answers=Answers(((200, "{}"),), (("a", "'b'"),)),
        route="twice",
        first=(BASE,),
    )
    script = reproduce.alone(case, "seen.outcome.kind == 'returned'").splitlines()
    assert script[:5] == [
        "from taskcontract.testing import observe, value",
        "from taskcontract.model import Answers",
        "",
        "task = 'lib/repos.py:CreateBranch'",
        "seen = observe(task, init={'path': value(\"pathlib.Path('a')\", 'import pathlib')}, "
        "call={'client': value(\"thing('c')\")}, options={'name': 'x'}, first={'base': 'main'}, context={'date': '2021'}, "
        "positional=[1], env={'HOME': '/h'}, secrets={'TOKEN': 't'}, "
        "answers=Answers(documents=((200, '{}'),), choices=(('a', \"'b'\"),)), route='twice')",
    ]
    assert script[-1] == "assert seen.outcome.kind == 'returned', 'the contract is broken'"
    compile("\n".join(script), "<script>", "exec")


def test_a_script_that_puts_two_cases_side_by_side() -> None:
    script = reproduce.beside(Case(REF, init=(REPO,)), Case(REF), "one.trace != other.trace")
    compile(script, "<script>", "exec")
    assert "one = observe(task, init={'repo': 'octo'})\nother = observe(task)\n" in script
    assert script.endswith("\nassert one.trace != other.trace, 'the contract is broken'")
