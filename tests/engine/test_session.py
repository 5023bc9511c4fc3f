"""A session: what it loads, what it says of cells, and that nothing is lost when a clause or a description breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import taskcontract.describe
from taskcontract import engine
from taskcontract.clauses import CATALOGUE, Bench, Clause
from taskcontract.engine import Settings, session
from taskcontract.engine.asking import ask, plan_of
from taskcontract.engine.session import Session
from taskcontract.errors import TaskcontractError
from taskcontract.model import Case, Finding, Level, TaskSpec, Unimportable, Verdict

SOURCE = '''
from prefect import Task


class Greet(Task):
    def __init__(self, greeting=None, **kwargs):
        self.greeting = greeting
        super().__init__(**kwargs)

    def run(self, greeting=None):
        greeting = self.greeting if greeting is None else greeting
        if greeting is None:
            raise ValueError("`greeting` must be provided")
        return greeting


class Wave(Task):
    def run(self):
        return "o/"
'''


class Judging(Clause):
    """A clause that says what a test wants, one finding after another."""

    code, slug, level = "TC900", "says-what-it-is-told", Level.ADVICE

    def __init__(self, *findings: Finding | Exception | None) -> None:
        self.findings = iter(findings)
        self.benches: list[Bench] = []

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return ("one", "two") if spec.ref.qualname == "Wave" else ("greeting",)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        self.benches.append(bench)
        found = next(self.findings)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Session]:
    file = tmp_path / "greetings.py"
    file.write_text(SOURCE)
    made = Session(Settings((str(file),)))
    assert [t.ref.qualname for t in made.load() if isinstance(t, TaskSpec)] == ["Greet", "Wave"]
    yield made
    made.close()


@pytest.fixture
def greet(loaded: Session) -> str:
    return loaded.plan()[0][0]


def saying(monkeypatch: pytest.MonkeyPatch, *findings: Finding | Exception | None) -> Judging:
    clause = Judging(*findings)
    monkeypatch.setattr(session, "CATALOGUE", (clause,))
    return clause


CASE = Case(session.BARE.ref)
HOLDS = Finding("greeting", Verdict.HOLDS, "it does", examples=1)
BROKEN = Finding("greeting", Verdict.VIOLATED, "It does not.", "this", "that", cases=(CASE,))
OPEN = Finding("greeting", Verdict.UNPROVEN, "nobody knows", settles="a value")


def test_every_clause_is_planned_for_every_task(loaded: Session) -> None:
    tasks = list(dict.fromkeys(task for task, _ in loaded.plan()))
    assert [t.rpartition(":")[2] for t in tasks] == ["Greet", "Wave"]
    assert loaded.plan() == [(task, c.code) for task in tasks for c in CATALOGUE]


def test_only_the_clauses_that_were_asked_for_are_planned(tmp_path: Path) -> None:
    (tmp_path / "greetings.py").write_text(SOURCE)
    some = Session(Settings((str(tmp_path / "greetings.py"),), clauses=frozenset({"TC301", "TC101"})))
    found = some.load()
    assert [code for _, code in some.plan()] == ["TC101", "TC301"] * 2
    assert [codes for _, codes in plan_of(some, found).tasks] == [("TC101", "TC301")] * 2


def test_a_cell_that_holds_and_the_row_of_its_task(loaded: Session, greet: str) -> None:
    cell = loaded.judge(greet, "TC301")
    assert (cell.verdict, cell.why, [f.subject for f in cell.findings]) == (Verdict.HOLDS, "", ["greeting"])
    assert cell.executions > 0
    row = loaded.row(greet)
    assert (row.task, row.status, row.line, row.via) == (greet, "judged", 5, ("none",))


def test_the_same_case_is_observed_once_for_all_clauses_of_a_task(loaded: Session, greet: str) -> None:
    assert loaded.judge(greet, "TC302").executions > loaded.judge(greet, "TC303").executions == 0


def test_a_clause_that_does_not_apply_says_why_and_runs_nothing(loaded: Session) -> None:
    cell = loaded.judge(loaded.plan()[-1][0], "TC201")
    assert (cell.verdict, cell.executions) == (Verdict.NOT_APPLICABLE, 0)
    assert cell.why == "no parameter can be given both at construction and at the call"


def test_a_breach_is_said_after_it_was_seen_again_on_less(loaded: Session, greet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(BROKEN, actual="less")
    clause = saying(monkeypatch, BROKEN, small)
    cell = loaded.judge(greet, "TC900")
    assert (cell.verdict, cell.level, cell.findings, cell.why) == (Verdict.VIOLATED, Level.ADVICE, (small,), "It does not.")
    first, second = clause.benches
    assert second.probe is not first.probe
    assert list(second.baseline.full.values) == ["greeting"]


def test_a_breach_that_needs_the_whole_configuration_is_said_with_it(
    loaded: Session, greet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clause = saying(monkeypatch, BROKEN, None, replace(BROKEN, actual="again"))
    assert loaded.judge(greet, "TC900").findings == (BROKEN,)
    assert clause.benches[0].baseline == clause.benches[2].baseline


@pytest.mark.parametrize(("again", "told"), [(HOLDS, "holds"), (OPEN, "unproven"), (None, "not there")])
def test_a_breach_that_is_not_seen_again_is_flaky(
    again: Finding | None, told: str, loaded: Session, greet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    saying(monkeypatch, BROKEN, again, again)
    cell = loaded.judge(greet, "TC900")
    assert cell.verdict is Verdict.UNPROVEN
    assert cell.findings == (
        Finding(
            "greeting",
            Verdict.UNPROVEN,
            f"flaky: It does not. Judged again from scratch, it is {told}.",
            settles="a task that does the same when it is run the same way again",
        ),
    )


def test_a_cell_is_as_bad_as_its_worst_subject(loaded: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = loaded.plan()[-1][0]
    one, two = replace(HOLDS, subject="one"), replace(OPEN, subject="two")
    saying(monkeypatch, one, two, None, None, replace(OPEN, subject="one"), None)
    cells = [loaded.judge(wave, "TC900") for _ in range(3)]
    assert [(c.verdict, c.why) for c in cells] == [
        (Verdict.UNPROVEN, "1 of 2 unproven; two: nobody knows"),
        (Verdict.NOT_APPLICABLE, "nothing it could judge turned up when the task was run"),
        (Verdict.UNPROVEN, "one: nobody knows"),
    ]


def test_a_clause_that_raises_is_an_error_cell(loaded: Session, greet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    saying(monkeypatch, ZeroDivisionError("by zero"))
    asked = ask(loaded, greet, "TC900", Level.ADVICE)
    assert (asked.cell.verdict, asked.cell.level, asked.sound) == (Verdict.ERROR, Level.ADVICE, True)
    assert asked.cell.why.startswith("the harness broke: ZeroDivisionError: by zero (at test_session.py:")
    assert (asked.row.task, asked.row.status) == (greet, "judged")


def test_a_task_that_cannot_be_described_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    describe = taskcontract.describe.describe

    def breaking(ref: Any, *rest: Any) -> TaskSpec:
        if ref.qualname == "Wave":
            raise RecursionError("too deep")
        return describe(ref, *rest)

    monkeypatch.setattr(taskcontract.describe, "describe", breaking)
    (tmp_path / "greetings.py").write_text(SOURCE)
    some = Session(Settings((str(tmp_path / "greetings.py"),)))
    found = some.load()
    lost = [t for t in found if isinstance(t, Unimportable)]
    assert [(t.name.rpartition(":")[2], t.line) for t in lost] == [("Wave", 17)]
    assert lost[0].why.startswith("it could not be described: RecursionError: too deep (at test_session.py:")
    assert [row.status for row in plan_of(some, found).rows] == ["judged", "unimportable"]
    assert {task.rpartition(":")[2] for task, _ in some.plan()} == {"Greet"}


def test_a_module_that_was_lost_before_is_not_imported_again(tmp_path: Path) -> None:
    (tmp_path / "greetings.py").write_text("raise SystemExit('imported')")
    announced: list[str] = []
    settings = Settings((str(tmp_path / "greetings.py"),))
    Session(settings).load(announced.append)
    name, end = announced
    assert (name.endswith("greetings"), end) == (True, "")
    (lost,) = Session(settings).load(announced.append, {name: "it took the process with it"})
    assert isinstance(lost, Unimportable)
    assert "it took the process with it" in lost.why
    assert announced == [name, "", ""]


def test_a_target_that_names_nothing_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(TaskcontractError):
        Session(Settings((str(tmp_path / "nowhere.py"),))).load()


def test_a_session_is_made_ready_once_and_closed_twice_without_harm(loaded: Session, greet: str) -> None:
    loaded.make_ready()
    loaded.judge(greet, "TC101")
    loaded.close()
    loaded.close()
    assert loaded.judge(greet, "TC101").verdict is Verdict.HOLDS, "it opens a world anew"


def test_the_engine_hands_on_the_session_and_nothing_else() -> None:
    assert engine.Session is Session
    with pytest.raises(AttributeError, match=r"module 'taskcontract.engine' has no attribute 'Sesion'"):
        engine.Sesion  # noqa: B018


@pytest.mark.parametrize(("profile", "examples"), [("quick", 4), ("default", 6), ("thorough", 200)])
def test_a_profile_says_how_many_examples_are_drawn(profile: str, examples: int) -> None:
    assert Settings((), profile=profile).examples == examples
