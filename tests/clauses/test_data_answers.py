"""The clauses about what a service may answer (TC405, TC406), word for word, on runs that are written down by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from taskcontract.clauses import CATALOGUE, Bench, oddities
from taskcontract.model import (
    UNTOLD,
    Answered,
    Answers,
    Case,
    Effect,
    Finding,
    Foreign,
    Observation,
    Outcome,
    ResultSeen,
    Twist,
    Verdict,
)

BenchOf = Callable[..., Bench]
Run = Callable[[list[Answered]], Observation]
STUBS = Answers(stubs="lib.stubs:fill")
SETTLE = "real answers: a cassette (`taskcontract record`) or stubs (`answers`)"
ERROR = {"message": "Bad", "error": "Bad"}


class Task:
    """What runs is written by hand."""

    def __init__(self, repo: Any = None) -> None:
        self.repo = repo

    def run(self, repo: Any = None) -> Any:
        print("GET", repo)


def answer(body: Any, status: int = 200) -> Answered:
    return Answered(status, "application/json", json.dumps(body))


def twisted(answers: list[Answered], twist: Twist | None) -> list[Answered]:
    """What a service answers, with one answer odd: by statuses and the few changes that are used here."""
    if twist is None:
        return answers
    now = list(answers)
    body = json.loads(now[twist.number].text)
    if twist.how == "status":
        now[twist.number] = answer(ERROR, int(twist.at))
    elif twist.how == "truncated":
        now[twist.number] = replace(now[twist.number], text="{")
    elif twist.at == "$.a" and twist.how in ("null", "missing"):
        changed = {**body, "a": None} if twist.how == "null" else {k: v for k, v in body.items() if k != "a"}
        now[twist.number] = answer(changed)
    return now


def requests(count: int, same: bool = False) -> tuple[Effect, ...]:
    return tuple(Effect("http", f"GET https://a.test/{0 if same else n}", via="http") for n in range(count))


@pytest.fixture
def judged(bench_of: BenchOf) -> Callable[..., Finding | None]:
    """Judges a task of which is written down what it does with what it is answered; without `real`, answers are invented."""

    def judge(code: str, run: Run, *answers: Any, real: bool = True, source: str = "", facts: Any = ()) -> Finding | None:
        bodies = [answer(body) for body in answers]

        def probe(case: Case) -> Observation:
            given = twisted(bodies, case.answers.twist)
            seen = run(given)
            return replace(seen, answered=seen.answered or tuple(given), effects=seen.effects or requests(len(given)))

        bare = bench_of(Task, values={"repo": "r"}, source=source, facts=facts)
        base = replace(bare.baseline, seen=probe(bare.baseline.full.case()))
        recorded = replace(base, full=base.full.with_(answers=STUBS), minimal=base.minimal.with_(answers=STUBS))
        watched: Any = probe
        bench = replace(bare, probe=watched, baseline=base, recorded=recorded if real else None)
        clause = next(c for c in CATALOGUE if c.code == code)
        [subject] = clause.subjects(bench.spec)
        finding = clause.judge(bench, subject)
        if finding is not None and finding.verdict is Verdict.VIOLATED:
            compile(finding.reproduce, "<reproduce>", "exec")
        return finding

    return judge


def told(finding: Finding | None) -> tuple[str, str, str]:
    assert finding is not None
    return finding.verdict.value, finding.message, finding.settles


def tree(value: Any) -> Any:
    """Plain data in canonical form."""
    if isinstance(value, dict):
        return ("dict", *((k, tree(v)) for k, v in sorted(value.items())))
    return ("list", *(tree(v) for v in value)) if isinstance(value, list) else value


def gives(value: Any, result: ResultSeen | None = None) -> Observation:
    return Observation(Outcome("returned", tree(value), type=type(value).__name__), result=result or ResultSeen())


def fails(kind: Any = "raised", text: str = "no") -> Observation:
    return Observation(Outcome(kind, type="HTTPError", text=text))


def body(given: list[Answered], number: int = 0) -> Any:
    return json.loads(given[number].text)


# --- TC405 ---------------------------------------------------------------------------------------------------------------


def test_the_errors_own_body_is_returned(judged: Any) -> None:
    finding = judged("TC405", lambda given: gives(body(given)), {"a": 1})
    assert finding.message == (
        "answered 400 to GET https://a.test/0, it returns the error's own body as its result: Task(repo='r').run(repo='r')"
    )
    assert finding.expected == "an exception that says that the service answered 400"
    assert finding.actual == "returned {'error': 'Bad', 'message': 'Bad'} after GET https://a.test/0"
    assert finding.fix == "tasks.py:11: `response.raise_for_status()` before the answer is used"
    assert finding.cases[0].answers == replace(STUBS, twist=Twist(0, "status", "400"))
    assert "Twist(number=0, how='status', at='400')" in finding.reproduce
    assert finding.examples == 1


def test_invented_answers_show_it_too_but_prove_nothing_else(judged: Any) -> None:
    assert told(judged("TC405", lambda given: gives(body(given)), {"a": 1}, real=False))[0] == "violated"
    raises = judged("TC405", lambda given: gives(1) if given[0].status == 200 else fails(), {"a": 1}, real=False)
    assert told(raises) == (
        "unproven",
        "what it is answered to GET https://a.test/0 is not known, nor what an error of that service looks like",
        SETTLE,
    )


def test_every_status_of_every_answer_is_tried(judged: Any) -> None:
    def run(given: list[Answered]) -> Observation:
        return gives("fine") if all(a.status == 200 for a in given) else fails()

    assert told(judged("TC405", run, {"a": 1}, {"b": 2})) == ("holds", "16 error answers, and none is returned as data", "")


def test_only_the_last_of_equal_requests_is_tried(judged: Any) -> None:
    def run(given: list[Answered]) -> Observation:
        return replace(gives("fine") if given[1].status == 200 else fails(), effects=requests(2, same=True))

    def first(given: list[Answered]) -> Observation:
        return replace(gives(body(given)), effects=requests(2, same=True))

    for once in (run, first):
        finding = judged("TC405", once, {"a": 1}, {"a": 2})
        assert told(finding) == ("holds", "8 error answers, and none is returned as data", "")


@pytest.mark.parametrize(
    "result",
    [
        lambda given: {"status": given[0].status, "body": body(given)},
        lambda given: given[0].status,
        lambda given: given[0].status == 200,
        lambda given: "always the same",
        lambda given: {"message": "the service is not there"} if given[0].status != 200 else body(given),
    ],
    ids=["status beside it", "status alone", "whether", "no matter", "of its own"],
)
def test_what_tells_of_the_error_or_does_not_use_it(judged: Any, result: Callable[[list[Answered]], Any]) -> None:
    assert told(judged("TC405", lambda given: gives(result(given)), {"a": 1}))[0] == "holds"


CARELESS = "response = requests.get(url)\nreturn response.json().get('a')"


def test_an_error_is_taken_for_nothing(judged: Any) -> None:
    def run(given: list[Answered]) -> Observation:
        return gives(body(given).get("a"))

    finding = judged("TC405", run, {"a": 1}, source=CARELESS)
    assert finding.message.startswith("answered 400 to GET https://a.test/0, it returns None, as if there were nothing: ")
    careful = CARELESS + "\nif response.status_code == 404: return None"
    documented = (("documented-result", "", "- int: the number, or None"),)
    assert told(judged("TC405", run, {"a": 1}, source=careful))[0] == "holds"
    assert told(judged("TC405", run, {"a": 1}, source=CARELESS, facts=documented))[0] == "holds"
    assert told(judged("TC405", run, {"a": 1}, source="return self.client.get(url)"))[0] == "holds"


def test_not_found_may_be_nothing(judged: Any) -> None:
    def run(given: list[Answered]) -> Observation:
        return fails() if given[0].status not in (200, 404, 409) else gives(body(given).get("a"))

    assert told(judged("TC405", run, {"a": 1}, source=CARELESS))[0] == "holds"


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (ResultSeen(foreign=(Foreign("$", "acme.Reply"),)), "answered 400, it returns acme.Reply, of which nothing is known"),
        (ResultSeen(unknown="$"), "answered 400, it returns something that is not known"),
    ],
    ids=["foreign", "unknown"],
)
def test_an_error_in_what_is_no_data(judged: Any, result: ResultSeen, message: str) -> None:
    finding = judged("TC405", lambda given: gives(body(given), result), {"a": 1})
    assert told(finding) == ("unproven", message, "a result that is plain data")


def test_no_answer_could_be_made_to_fail(judged: Any) -> None:
    finding = judged("TC405", lambda given: replace(gives("x"), answered=(answer({"a": 1}),)), {"a": 1})
    assert told(finding) == ("unproven", "no answer could be made to fail", SETTLE)


def test_no_run_returns(judged: Any) -> None:
    finding = judged("TC405", lambda given: fails(), {"a": 1})
    assert told(finding)[:2] == ("unproven", "no run returned: it raised HTTPError: no after GET https://a.test/0")


@pytest.mark.parametrize(
    ("via", "message"),
    [
        ("phantom:boto3", "it works through phantom:boto3, and what goes over HTTP there is not seen"),
        ("stand-in:smtplib", ""),
        ("none", ""),
    ],
)
def test_nothing_goes_over_http(judged: Any, via: str, message: str) -> None:
    seen = replace(gives("x"), effects=(Effect("client", "client.get", via=via),))
    finding = judged("TC405", lambda given: seen)
    assert (told(finding)[1] if finding else "") == message


# --- TC406 ---------------------------------------------------------------------------------------------------------------


def odd(given: list[Answered]) -> bool:
    return given[0].text == "{" or body(given).get("a") is None


FINE = {"a": "x", "b": {"c": [1]}}


def test_plain_data_or_an_exception(judged: Any) -> None:
    finding = judged("TC406", lambda given: fails() if odd(given) else gives(body(given)), FINE)
    assert told(finding) == ("holds", "12 odd answers, and each gives plain data or an exception", "")
    assert finding.examples == 12


@pytest.mark.parametrize(
    ("ends", "said", "actual", "check"),
    [
        (fails("cut", "more than 150 effects"), "does not end (more than 150 effects)", "did not end", "!= 'cut'"),
        (fails("exited"), "ends the process", "raised HTTPError", "!= 'exited'"),
        (gives("by None"), "returns the text 'None' in 'by None'", "returned 'by None'", "!= 'by None'"),
        (
            gives("y", ResultSeen(foreign=(Foreign("$.a", "acme.Nothing"),))),
            "returns acme.Nothing at $.a", "returned 'y'", "!= 'y'",
        ),
    ],
    ids=["hang", "exit", "none as text", "foreign"],
)  # fmt: skip
def test_what_an_odd_answer_leads_to(judged: Any, ends: Observation, said: str, actual: str, check: str) -> None:
    finding = judged("TC406", lambda given: ends if odd(given) else gives("fine"), FINE)
    assert finding.message == f"with $.a missing from answer 1, it {said}: Task(repo='r').run(repo='r')"
    assert finding.expected == "plain data that was sent so, or an exception that says what is wrong with the answer"
    assert finding.actual.startswith(actual)
    assert finding.fix == "tasks.py:11: look at $.a before it is used, and raise"
    assert check in finding.reproduce
    assert [case.answers.twist for case in finding.cases] == [Twist(0, "missing", "$.a"), None]


PROMISED = (("returns", "", "str"),)


def test_none_for_something_that_was_promised(judged: Any) -> None:
    def run(given: list[Answered]) -> Observation:
        return gives(None if odd(given) else "fine")

    assert judged("TC406", run, FINE, facts=PROMISED).message.startswith(
        "with $.a missing from answer 1, it returns None instead of 'fine': "
    )
    for facts in ((), (("returns", "", "str | None"),), (*PROMISED, ("documented-result", "", "the name, if any"))):
        assert told(judged("TC406", run, FINE, facts=facts))[0] == "holds"


def test_a_field_that_is_the_result_is_handed_on(judged: Any) -> None:
    def run(given: list[Answered]) -> Observation:
        return fails() if given[0].text == "{" else gives(body(given).get("a"))

    assert told(judged("TC406", run, FINE, facts=PROMISED))[0] == "holds"


def test_none_that_the_service_itself_writes(judged: Any) -> None:
    def run(given: list[Answered]) -> Observation:
        return fails() if given[0].text == "{" else gives("None" if odd(given) else "x")

    assert told(judged("TC406", run, {**FINE, "d": "None of it"}))[0] == "holds"


def test_a_run_that_was_cut_anyway_and_one_that_ends_in_a_signal(judged: Any) -> None:
    assert told(judged("TC406", lambda given: fails("cut"), FINE))[:2] == (
        "unproven", "with its recorded answers it did not end (no) after GET https://a.test/0",
    )  # fmt: skip
    assert told(judged("TC406", lambda given: fails("signal"), FINE))[0] == "holds"


def test_half_of_a_body_is_told_so(judged: Any) -> None:
    finding = judged("TC406", lambda given: fails("exited") if given[0].text == "{" else gives(1), {})
    assert finding.message.startswith("with half of the body of answer 1, it ends the process: ")
    assert finding.fix == "tasks.py:11: look at the answer before it is used, and raise"


def test_without_a_real_answer_nothing_is_made_odd(judged: Any) -> None:
    assert told(judged("TC406", lambda given: gives(1), FINE, real=False)) == (
        "unproven", "there is no real answer that could be made odd", SETTLE,
    )  # fmt: skip
    silent = replace(gives(1), effects=(Effect("file", "read x"),))
    assert judged("TC406", lambda given: silent, real=False) is None


def test_a_recording_of_a_text(judged: Any) -> None:
    assert told(judged("TC406", lambda given: gives(1), "only a text"))[:2] == (
        "holds", "2 odd answers, and each gives plain data or an exception",
    )  # fmt: skip


TEXT = "one two three four"


def of_a_text(given: list[Answered], half: Any, notes: tuple[str, ...] = ()) -> Observation:
    """A text that is handed on, whole; of a body that broke off, what came."""
    whole = given[0].text != "{"
    seen = gives(TEXT if whole else half)
    return replace(seen, answered=(Answered(200, "text/plain", TEXT, len(TEXT)),), notes=() if whole else notes)


@pytest.mark.parametrize("half", ["one two", {"data": "one two"}, ["x", "one two"]], ids=["itself", "in a dict", "in a list"])
def test_half_of_a_body_as_if_it_were_all(judged: Any, half: Any) -> None:
    finding = judged("TC406", lambda given: of_a_text(given, half), "")
    assert finding.message == (
        "with half of the body of answer 1, it returns 'one two', which is half of the data, and does not say so: "
        "Task(repo='r').run(repo='r')"
    )
    assert [case.answers.twist for case in finding.cases] == [Twist(0, "truncated"), None]


@pytest.mark.parametrize("half", ["", "three four", b"one two", TEXT + "!", {"whole": False}, TEXT])
def test_what_is_no_half(judged: Any, half: Any) -> None:
    assert told(judged("TC406", lambda given: of_a_text(given, half), ""))[0] == "holds"


def test_half_of_a_body_of_which_the_client_says_nothing(judged: Any) -> None:
    assert told(judged("TC406", lambda given: of_a_text(given, "one two", (UNTOLD,)), "")) == (
        "unproven", "with half of the body of answer 1, it returns half of the data, and its client did not say so",
        "a check of the length that the service announces",
    )  # fmt: skip


def test_answers_that_cannot_be_made_odd(judged: Any) -> None:
    def run(given: list[Answered]) -> Observation:
        said = ("answer 0 was not made odd (empty): its body is encoded as br, which cannot be undone here",)
        return replace(gives("x"), answered=(Answered(200, "text/plain", "", 9),), notes=said)

    assert told(judged("TC406", run, "")) == (
        "unproven", "none of its answers could be made odd", "a recording in an encoding that can be undone",
    )  # fmt: skip


def test_answers_with_nothing_in_them(judged: Any) -> None:
    plain = ("Date", "Content-Length", "Server", "X-Request-Id", "Access-Control-Allow-Origin")
    for answered in (Answered(204), Answered(202, "", "", 0, plain)):
        assert told(judged("TC406", lambda given, a=answered: replace(gives(1), answered=(a,)), "")) == (
            "unproven", "no answer of its recording has anything in it", "a recording with an answer that has a body",
        )  # fmt: skip


LIST = "<L><I><K>a</K></I><I><K>b</K></I></L>"


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (Answered(200, "text/plain", "x", 1), ["empty ", "truncated "]),
        (Answered(200, "image/png", "", 9), ["empty ", "truncated "]),
        (Answered(201, "", "", 0, ("Date", "Location", "ETag", "ETag")), ["missing header Location", "missing header ETag"]),
        (
            Answered(200, "text/xml", "<L><I>a</I><I/></L>", 19),
            ["missing /L/I", "missing /L/I[1]", "missing /L/I[2]", "type /L/I[1]", "empty /L/I[1]", "empty ", "truncated "],
        ),
        (Answered(200, "", "[1]", 3), ["missing $[0]", "null $[0]", "type $[0]", "empty $[0]", "empty $", "truncated "]),
    ],
    ids=["text", "bytes", "headers", "xml", "json"],
)
def test_what_may_be_odd_in_an_answer(answered: Answered, expected: list[str]) -> None:
    found = oddities.twists(replace(gives(1), answered=(Answered(204), answered)))
    assert [(t.number, f"{t.how} {t.at}") for t in found] == [(1, text) for text in expected]


@pytest.mark.parametrize(
    ("twist", "result", "sent"),
    [
        (Twist(0, "missing", "/L/I[1]/K"), "a", True),
        (Twist(0, "empty", "/L/I[1]/K"), "a", True),
        (Twist(0, "type", "/L/I[1]/K"), "a", False),
        (Twist(0, "missing", "/L/I[1]/K"), "b", False),
        (Twist(0, "empty"), "anything", True),
        (Twist(0, "missing", "header Location"), "a", False),
    ],
)
def test_nothing_is_what_was_sent(twist: Twist, result: str, sent: bool) -> None:
    assert oddities.was_sent(Answered(200, "text/xml", LIST, len(LIST)), twist, result) is sent


@pytest.mark.parametrize(
    ("twist", "words"),
    [
        (Twist(0, "missing", "/L/I"), "/L/I missing from answer 1"),
        (Twist(1, "null", "$.a"), "$.a null in answer 2"),
        (Twist(0, "type", "$.a"), "$.a of another type in answer 1"),
        (Twist(0, "empty", "$.a"), "$.a empty in answer 1"),
        (Twist(0, "empty", "$"), "nothing in answer 1"),
        (Twist(0, "empty"), "nothing in answer 1"),
        (Twist(0, "truncated"), "half of the body of answer 1"),
    ],
)
def test_an_oddity_in_words(twist: Twist, words: str) -> None:
    assert oddities.said(twist) == words
