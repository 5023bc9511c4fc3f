"""The clauses about results, word for word, on runs that are written down by hand: no task, no world, no service."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from taskcontract.clauses import CATALOGUE, Bench
from taskcontract.clauses.answering import document, holds_whole, parts, speaks_json
from taskcontract.clauses.returned import Evidence, alone, evidence, not_known
from taskcontract.clauses.tc402 import JsonParsed
from taskcontract.model import (
    Answered,
    Answers,
    Case,
    Effect,
    Finding,
    Foreign,
    Fork,
    Observation,
    Outcome,
    Read,
    ResultSeen,
    Verdict,
)

BenchOf = Callable[..., Bench]
Seen = Callable[[Case], Observation]
GET = Effect("http", "GET https://a.test/x", via="http")
PHANTOM = Effect("client", "boto3.client().get", via="phantom:boto3")
SETTLE = "real answers: a cassette (`taskcontract record`) or stubs (`answers`)"
STUBS = Answers(stubs="lib.stubs:fill")


class Task:
    """What runs is written by hand."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> Any:
        print("GET", repo)


def returned(value: Any = "x", result: ResultSeen | None = None, **changes: Any) -> Observation:
    return Observation(Outcome("returned", value, type=type(value).__name__), result=result or ResultSeen(), **changes)


@pytest.fixture
def bench(bench_of: BenchOf) -> Callable[..., Bench]:
    """A bench on which every run is what `seen` says; with `recorded`, a cassette or stubs are declared."""

    def made(seen: Seen | Observation, recorded: bool = False, source: str = "", **options: Any) -> Bench:
        bare = bench_of(Task, values={"repo": "r"}, source=source, **options)
        probe: Any = seen if callable(seen) else lambda case: seen
        base = replace(bare.baseline, seen=probe(bare.baseline.full.case()))
        real = replace(base, full=base.full.with_(answers=STUBS), minimal=base.minimal.with_(answers=STUBS))
        return replace(bare, probe=probe, baseline=base, recorded=real if recorded else None)

    return made


def judged(code: str, bench: Bench, subject: str = "the result") -> Finding | None:
    clause = next(c for c in CATALOGUE if c.code == code)
    assert subject in clause.subjects(bench.spec)
    finding = clause.judge(bench, subject)
    if finding is not None and finding.verdict is Verdict.VIOLATED:
        compile(finding.reproduce, "<reproduce>", "exec")
    return finding


def told(finding: Finding | None) -> tuple[str, str, str]:
    assert finding is not None
    return finding.verdict.value, finding.message, finding.settles


# --- evidence ----------------------------------------------------------------------------------------------------------


def test_what_asks_nobody_proves_itself(bench: Any) -> None:
    found = evidence(bench(returned()))
    assert (found.why, [run.real for run in found.runs]) == ("", [True, True])


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        (returned(effects=(GET,)), "GET https://a.test/x"),
        (returned(effects=(Effect("client", "boto3.client", via="phantom:boto3", constructing=True),)), "boto3.client"),
        (returned(reads=(Read("secret", "TOKEN"),)), "the secret 'TOKEN'"),
        (returned(reads=(Read("context", "flow_run_id"),)), "the context 'flow_run_id'"),
        (returned(forks=(Fork("a", "1", True),)), "its surroundings"),
    ],
    ids=["http", "phantom", "secret", "context", "fork"],
)
def test_invented_answers_prove_no_rule(bench: Any, seen: Observation, asked: str) -> None:
    found = evidence(bench(seen))
    assert found.why == f"what it returns hangs on answers of {asked}, which were invented"
    assert not any(run.real for run in found.runs)
    assert found.settles == SETTLE
    assert not alone(seen)


def test_what_was_read_while_constructing_is_not_asked() -> None:
    assert alone(returned(reads=(Read("secret", "TOKEN", "construct"), Read("env", "HOME"))))


def test_real_answers_go_before_invented_ones(bench: Any) -> None:
    found = evidence(bench(lambda case: returned(case.answers.stubs, effects=(GET,)), recorded=True))
    assert [(run.real, run.seen.outcome.value) for run in found.runs] == [(True, "lib.stubs:fill")] * 2
    assert found.why == ""


def test_a_run_that_its_recording_does_not_answer_counts_for_nothing(bench: Any) -> None:
    def seen(case: Case) -> Observation:
        return returned(effects=(GET,), unmatched=("no stub answers GET",) if case.answers.real else ())

    found = evidence(bench(seen, recorded=True))
    assert found.why == "with its recorded answers it returned 'x' after GET https://a.test/x"
    assert [run.real for run in found.runs] == [False, False]


def test_no_run_returns(bench: Any) -> None:
    broken = Observation(Outcome("raised", type="KeyError", text="x"), effects=(GET,))
    assert evidence(bench(broken)) == Evidence(
        (),
        "no run returned: it raised KeyError: x after GET https://a.test/x",
        'values with which the task works: [tool.taskcontract.tasks."…"] values = { … }',
    )
    nothing = Observation(Outcome("raised", type="KeyError", text="x"))
    stuck = bench(nothing)
    assert evidence(replace(stuck, baseline=replace(stuck.baseline, works=False, why="stuck"))).why == "stuck"


def test_what_is_not_known_says_through_whom(bench: Any) -> None:
    def why(unknown: str, *effects: Effect) -> str:
        return not_known(evidence(bench(returned(result=ResultSeen(unknown=unknown), effects=effects))).runs[0])

    assert why("") == ""
    assert why("$", GET) == "what it returns comes from an answer that was invented, and what that really is, is not known"
    assert why("$.a", PHANTOM) == "$.a of what it returns comes from phantom:boto3, and what that really is, is not known"


# --- TC401 ---------------------------------------------------------------------------------------------------------------


def result(path: str = "$", kind: str = "acme.Response", **more: Any) -> ResultSeen:
    return ResultSeen(foreign=(Foreign(path, kind, **more),))


def test_a_client_object_at_the_top(bench: Any) -> None:
    finding = judged("TC401", bench(returned(result=result(), effects=(GET,))))
    assert finding is not None
    assert finding.verdict is Verdict.VIOLATED
    assert finding.message == "it returns an acme.Response: Task(repo='r').run(repo='r')"
    assert finding.expected == "builtin types and the standard library's value types, all the way down"
    assert finding.actual == "$: acme.Response"
    assert finding.fix == "tasks.py:11: return what the response holds (`.json()`), not the response"
    assert "inspect=True" in finding.reproduce
    assert "assert 'acme.Response' not in [f.type for f in seen.result.foreign]" in finding.reproduce


@pytest.mark.parametrize(
    ("seen", "message", "remedy"),
    [
        (
            result("$.a", "box.Box"),
            "$.a of what it returns is a box.Box",
            "turn the Box into builtin types before it is returned",
        ),
        (result(kind="generator", sort="stream"), "it returns a generator", "read it to its end and return what was read"),
        (
            result(kind="lib.Report", sort="own"),
            "it returns a lib.Report",
            "annotate Report instead of 'dict', or return a dict of its fields",
        ),
    ],
    ids=["nested", "stream", "own"],
)
def test_each_sort_has_its_remedy(bench: Any, seen: ResultSeen, message: str, remedy: str) -> None:
    finding = judged("TC401", bench(returned(result=seen), facts=(("returns", "", "dict"),)))
    assert finding is not None
    assert (finding.message.partition(":")[0], finding.fix) == (message, f"tasks.py:11: {remedy}")


def test_own_records_without_an_annotation(bench: Any) -> None:
    finding = judged("TC401", bench(returned(result=result(kind="lib.Report", sort="own"))))
    assert finding is not None
    assert finding.fix == "tasks.py:11: annotate Report as what is returned, or return a dict of its fields"


@pytest.mark.parametrize(
    ("seen", "declared"),
    [
        (result(sort="own", named=True), {}),
        (result(kind="pandas.DataFrame", named=True, families=("pandas",)), {}),
        (result(kind="acme.Model", families=("acme", "pydantic")), {"results": ("pydantic",)}),
    ],
    ids=["own, annotated", "data, annotated", "allowed"],
)
def test_what_is_data_after_all(bench: Any, seen: ResultSeen, declared: dict[str, Any]) -> None:
    assert told(judged("TC401", bench(returned(result=seen), declared=declared))) == (
        "holds", "the result is plain data, all the way down", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "declared"),
    [
        (result(named=True), {}),
        (result(kind="pandas.DataFrame", families=("pandas",)), {}),
        (result(kind="acme.Pages", sort="stream", named=True, families=("acme",)), {"results": ("acme",)}),
    ],
    ids=["a client, annotated", "data, not annotated", "a stream, allowed"],
)
def test_what_is_no_data_all_the_same(bench: Any, seen: ResultSeen, declared: dict[str, Any]) -> None:
    assert told(judged("TC401", bench(returned(result=seen), declared=declared)))[0] == "violated"


def test_a_result_of_unknown_parts_is_unproven(bench: Any) -> None:
    unknown = returned(result=ResultSeen(unknown="$"), effects=(GET,))
    assert told(judged("TC401", bench(unknown))) == (
        "unproven", "what it returns hangs on answers of GET https://a.test/x, which were invented", SETTLE,
    )  # fmt: skip
    assert told(judged("TC401", bench(unknown, recorded=True))) == (
        "unproven", "what it returns comes from an answer that was invented, and what that really is, is not known", SETTLE,
    )  # fmt: skip


@pytest.mark.parametrize("code", ["TC401", "TC402", "TC404", "TC405"])
def test_a_task_that_returns_nothing_is_not_asked_what(bench: Any, code: str) -> None:
    clause = next(c for c in CATALOGUE if c.code == code)
    spec = bench(returned(), facts=(("no-result", "", True),)).spec
    assert (clause.subjects(spec), clause.applies(spec)) == ((), "`run` returns nothing")


# --- TC402 ---------------------------------------------------------------------------------------------------------------

TEXT = '{"a": 1}'


def texts(text: str = TEXT, path: str = "$", **changes: Any) -> Observation:
    return returned(text, ResultSeen(documents=((path, text),)), **changes)


def test_the_body_of_a_json_answer(bench: Any) -> None:
    seen = texts(effects=(GET,), answered=(Answered(200, "application/json", TEXT + "\n"),))
    finding = judged("TC402", bench(seen, recorded=True))
    assert finding is not None
    assert finding.message == (
        "it returns JSON as text, the body of an answer that calls itself JSON: Task(repo='r').run(repo='r')"
    )
    assert (finding.expected, finding.actual) == ("the document, parsed", "$: '{\"a\": 1}'")
    assert finding.fix == "tasks.py:11: return `response.json()`, or `json.loads(…)` of the text"
    assert told(judged("TC402", bench(seen))) == (
        "unproven", "what it returns hangs on answers of GET https://a.test/x, which were invented", SETTLE,
    )  # fmt: skip
    page = replace(seen, answered=(Answered(200, "text/plain", TEXT),))
    assert told(judged("TC402", bench(page, recorded=True)))[:2] == ("holds", "no text in the result is a JSON document")


def test_json_that_the_task_made(bench: Any) -> None:
    made = judged("TC402", bench(texts(path="$.a")))
    assert made is not None
    assert made.message.startswith("$.a of what it returns is JSON as text, which the task made itself: ")


@pytest.mark.parametrize(
    "seen",
    [
        texts(answered=(Answered(200, "application/json", json.dumps({"deep": [TEXT]})),)),
        texts(answered=(Answered(200, "text/html", f"<p>{TEXT}</p>"),)),
        texts(entry={"repo": f"given: {TEXT}"}),
        texts(attributes={"template": TEXT}),
        texts(effects=(Effect("process", "jq ."),)),
        texts('{"__taskcontract__": 0}'),
    ],
    ids=["a field", "a part of a page", "the caller's", "construction's", "a program's", "an invented answer's"],
)
def test_json_that_is_not_the_tasks_doing(bench: Any, seen: Observation) -> None:
    assert told(judged("TC402", bench(seen, recorded=True)))[0] == "holds"


def test_documentation_may_say_that_it_is_text(bench: Any) -> None:
    said = (("documented-result", "", "- str: the options as a JSON string"),)
    assert told(judged("TC402", bench(texts(), facts=said)))[0] == "holds"
    not_said = (("documented-result", "", "- json: the response of the service"),)
    assert told(judged("TC402", bench(texts(), facts=not_said)))[0] == "violated"


def test_invented_json_is_unclear_where_nothing_else_was_asked(bench: Any) -> None:
    run = evidence(bench(texts('{"__taskcontract__": 0}', effects=(GET,)))).runs[0]
    assert JsonParsed().unclear(bench(texts()), run, "the result") == (
        "it returns the text of an answer that was invented, and whether a real one is JSON is not known"
    )


# --- TC403 ---------------------------------------------------------------------------------------------------------------

IS_NONE = "$ is None where dict is declared"


def disagreeing(said: str, **changes: Any) -> Observation:
    return returned(None, ResultSeen(annotated=True, disagrees=said), **changes)


def test_another_type_than_is_declared(bench: Any) -> None:
    finding = judged("TC403", bench(disagreeing("$.a is str where int is declared"), facts=(("returns", "", "dict"),)))
    assert finding is not None
    assert finding.message.startswith("it is annotated `-> dict`, and $.a is str where int is declared: Task(repo='r')")
    assert (finding.expected, finding.actual) == ("what `-> dict` says", "$.a is str where int is declared")
    assert finding.fix == "tasks.py:11: annotate what is returned, or return what is annotated (str)"


def test_none_counts_when_no_answer_could_have_led_to_more(bench: Any) -> None:
    declared = (("returns", "", "dict"),)
    forked = disagreeing(IS_NONE, effects=(GET,), forks=(Fork("http:0['a']", "None", True),))
    assert told(judged("TC403", bench(forked, facts=declared)))[0] == "unproven"
    finding = judged("TC403", bench(disagreeing(IS_NONE, effects=(GET,)), facts=declared))
    assert finding is not None
    assert finding.fix == "tasks.py:11: return dict there too, raise, or annotate `Optional[dict]`"
    nothing = (*declared, ("no-result", "", True))
    assert told(judged("TC403", bench(forked, facts=nothing)))[0] == "violated"


def test_an_annotation_that_cannot_be_resolved_says_nothing(bench: Any) -> None:
    assert judged("TC403", bench(returned(), facts=(("returns", "", "NoSuchName"),))) is None
    agreed = returned(result=ResultSeen(annotated=True))
    assert told(judged("TC403", bench(agreed, facts=(("returns", "", "str"),)))) == (
        "holds", "the result is what the annotation says", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "subjects"),
    [
        ((), ()),
        ((("returns", "", "Any"),), ()),
        ((("returns", "", "None"), ("no-result", "", True)), ()),
        ((("returns", "", "None"),), ("the result",)),
        ((("returns", "", "dict"), ("no-result", "", True)), ("the result",)),
    ],
    ids=["none", "anything", "nothing as said", "nothing, but it does", "something, but it does not"],
)
def test_whose_annotation_is_judged(bench: Any, facts: Any, subjects: tuple[str, ...]) -> None:
    clause = next(c for c in CATALOGUE if c.code == "TC403")
    assert clause.subjects(bench(returned(), facts=facts).spec) == subjects


# --- TC404 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "field", "said", "message", "expected", "remedy"),
    [
        (
            "its pickle", "pickle", "TypeError: no", "the result does not pickle: TypeError: no (acme.Response at $)",
            "a result that pickles", "return plain data instead of the live object",
        ),
        (
            "a second reading", "again", "a second reading raises E",
            "the result can be read only once: a second reading raises E (acme.Response at $)", "the same at every reading",
            "return a list of what it yields",
        ),
        (
            "reading it after the run", "alone", "reading it goes out again: GET",
            "after the run, reading it goes out again: GET (acme.Response at $)",
            "a result that can be read when the run is over", "read all of it before `run` returns",
        ),
    ],
    ids=["pickle", "again", "alone"],
)  # fmt: skip
def test_a_result_that_does_not_stand_alone(
    bench: Any, subject: str, field: str, said: str, message: str, expected: str, remedy: str
) -> None:
    aspect: Any = {field: said}
    seen = replace(result(), **aspect)
    finding = judged("TC404", bench(returned(result=seen)), subject)
    assert finding is not None
    assert finding.message == f"{message}: Task(repo='r').run(repo='r')"
    assert (finding.expected, finding.actual, finding.fix) == (expected, said, f"tasks.py:11: {remedy}")
    assert f"assert not seen.result.{field}" in finding.reproduce


def test_a_result_that_does(bench: Any) -> None:
    assert told(judged("TC404", bench(returned()), "its pickle")) == ("holds", "the result stands alone", "")


def test_what_has_no_foreign_part_is_told_by_its_type(bench: Any) -> None:
    finding = judged("TC404", bench(returned([], ResultSeen(pickle="RecursionError: too deep"))), "its pickle")
    assert finding is not None
    assert finding.message.startswith("the result does not pickle: RecursionError: too deep (list): ")


# --- answers -------------------------------------------------------------------------------------------------------------


def test_what_an_answer_holds() -> None:
    assert document(Answered(200, "", '{"a": 1}')) == {"a": 1}
    assert [document(Answered(200, "", text)) for text in ("", "no", "[" * 200_000)] == [None, None, None]
    kinds = ("application/json", "application/hal+json", "text/json", "text/plain")
    assert [speaks_json(Answered(200, kind)) for kind in kinds] == [True, True, True, False]


def test_what_of_an_answer_is_in_a_result() -> None:
    error = Answered(500, "application/json", '{"message": "no"}')
    within: list[Any] = [{"message": "no"}, [{"x": {"message": "no"}}], error.text, error.text.encode()]
    assert [holds_whole(r, error) for r in within] == [True] * 4
    assert [holds_whole(r, error) for r in ({"message": "yes"}, "no", None, {"message": "no", "more": 1})] == [False] * 4
    assert not holds_whole({}, Answered(500, "", "{}"))
    assert not holds_whole("", Answered(500, "", ""))
    assert list(parts({"a": (1, [b"x"])})) == [{"a": (1, [b"x"])}, (1, [b"x"]), 1, [b"x"], "x"]
