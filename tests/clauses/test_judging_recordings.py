"""What TC701-TC703 say of a task and its cassette, on plain classes; what is played and what is not is told by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskcontract.clauses import CATALOGUE, Bench
from taskcontract.model import Effect, Finding, Observation, Verdict

BenchOf = Callable[..., Bench]
API = "https://api.acme.test"
VALUES = {"repo": "atlas-9f27"}
BY_VALUES = (
    'the values it was recorded with: [tool.taskcontract.tasks."…"] values = { … }, or a recording by `taskcontract record`'
)


class Reading:
    def run(self, repo: Any = None, state: Any = None) -> None:
        print(f"GET {API}/repos/{repo}")


class Raising(Reading):
    def run(self, repo: Any = None, state: Any = None) -> None:
        print(f"GET {API}/repos/{repo}")
        raise RuntimeError("no licence")


@pytest.fixture
def cassette(tmp_path: Path) -> Callable[..., str]:
    def made(*asked: str, values: dict[str, Any] | None = None, sent: dict[str, list[str]] | None = None) -> str:
        interactions = [
            {
                "request": {"method": one.split()[0], "uri": one.split()[1], "body": None, "headers": sent or {}},
                "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}},
            }
            for one in asked
        ]
        content: dict[str, Any] = {"version": 1, "interactions": interactions}
        if values is not None:
            content["taskcontract"] = {"values": values}
        path = tmp_path / "one.yaml"
        path.write_text(json.dumps(content))
        return str(path)

    return made


@pytest.fixture
def judged(bench_of: BenchOf) -> Callable[..., Finding]:
    def judge(
        code: str,
        path: str,
        *,
        task: type = Reading,
        played: Sequence[int] = (),
        unmatched: Sequence[str] = (),
        declared: dict[str, Any] | None = None,
        values: dict[str, Any] = VALUES,
        retold: Callable[[Observation], Observation] = lambda seen: seen,
        twice: Sequence[int] = (),
        source: str = "",
    ) -> Finding:
        def tell(seen: Observation) -> Observation:
            return retold(replace(seen, played=tuple(played), unmatched=tuple(unmatched)))

        told = {"direct": tell, "twice": lambda seen: replace(seen, played=tuple(twice))}
        bench = bench_of(task, values=values, retold=told, source=source, declared={"cassette": path, **(declared or {})})
        clause = next(c for c in CATALOGUE if c.code == code)
        finding = clause.judge(bench, "the cassette")
        assert finding is not None
        return finding

    return judge


INFO, USER = f"GET {API}/repos/atlas-9f27", f"GET {API}/user"

# --- TC701


def test_a_cassette_without_a_credential_holds(judged: Any, cassette: Any) -> None:
    finding = judged("TC701", cassette(INFO, values=VALUES))
    assert (finding.verdict, finding.message) == (Verdict.HOLDS, "no credential in 1 interaction, in any encoding")


def test_the_script_that_shows_a_credential_shows_it_and_not_what_it_is(
    judged: Any, cassette: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = judged("TC701", cassette(INFO, sent={"X-Api-Key": ["f3Qz81LmWc0Tt7YbJr92VdXs"]}))
    assert finding.verdict is Verdict.VIOLATED
    with pytest.raises(AssertionError, match="the contract is broken"):
        exec(finding.reproduce, {})
    assert capsys.readouterr().out == (
        "the value of `x-api-key` (f3Qz…, 24 characters) in interaction 1, request header X-Api-Key\n"
    )


def test_the_script_takes_declared_secrets_from_the_project(
    judged: Any, cassette: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"ACME_TOKEN": "f3Qz81LmWc0Tt7YbJr92VdXs"}
    table = '[tool.taskcontract.tasks."lib.tasks:Reading"]\nsecrets = { ACME_TOKEN = "f3Qz81LmWc0Tt7YbJr92VdXs" }\n'
    (tmp_path / "pyproject.toml").write_text(table)
    monkeypatch.chdir(tmp_path)
    path = cassette(INFO, sent={"X-Note": ["for f3Qz81LmWc0Tt7YbJr92VdXs"]})
    finding = judged("TC701", path, declared={"secrets": secrets})
    assert "the value of secret ACME_TOKEN in interaction 1, request header X-Note" in finding.message
    assert "f3Qz81" not in finding.reproduce
    with pytest.raises(AssertionError, match="the contract is broken"):
        exec(finding.reproduce, {})


@pytest.mark.parametrize("code", ["TC701", "TC702"])
def test_nothing_is_said_of_what_a_cassette_holds_that_cannot_be_read(judged: Any, tmp_path: Path, code: str) -> None:
    (tmp_path / "broken.yaml").write_text("interactions: [")
    finding = judged(code, str(tmp_path / "broken.yaml"))
    assert (finding.verdict, finding.settles) == (Verdict.UNPROVEN, "a cassette that can be read")
    assert finding.message.startswith(f"{tmp_path / 'broken.yaml'}: ")


# --- TC702


def test_what_is_played_holds(judged: Any, cassette: Any) -> None:
    finding = judged("TC702", cassette(INFO, USER, values=VALUES), played=(0, 1))
    assert (finding.verdict, finding.message) == (Verdict.HOLDS, "what it holds is played by 1 run: 2 interactions")


def test_what_a_second_call_plays_is_played(judged: Any, cassette: Any) -> None:
    finding = judged("TC702", cassette(INFO, USER, values=VALUES), played=(0,), twice=(1,))
    assert finding.verdict is Verdict.HOLDS


def test_what_no_run_plays_is_violated(judged: Any, cassette: Any) -> None:
    finding = judged("TC702", cassette(INFO, USER, values=VALUES), played=(0,))
    assert finding.verdict is Verdict.VIOLATED
    assert finding.message == (
        f"1 of 2 recorded interactions is played by none of {finding.examples} runs: interaction 2 (GET {API}/user)"
    )
    assert finding.expected == "every recorded interaction is played by some run"
    assert finding.actual == f"played by the recorded run: interaction 1 ({INFO})"
    assert finding.fix == "one.yaml: delete what nothing asks for, or `taskcontract record lib.tasks:Reading` again"
    assert finding.reproduce.endswith("assert not {1} - set(seen.played), 'the contract is broken'")


def test_many_unplayed_interactions_are_counted(judged: Any, cassette: Any) -> None:
    others = [f"GET {API}/{name}" for name in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta")]
    finding = judged("TC702", cassette(INFO, *others, values=VALUES), played=(0,))
    assert "7 of 8 recorded interactions are played by none of" in finding.message
    assert finding.message.endswith(f"interaction 6 (GET {API}/epsilon) and 2 more")


@pytest.mark.parametrize(
    ("recorded", "given", "why", "settles"),
    [
        ((USER,), {"task": Raising}, "but the run ended early: raised RuntimeError: no licence", BY_VALUES),
        ((USER,), {"unmatched": ["GET /x: nearest recorded is …"]}, "but the run ended early: returned None", BY_VALUES),
        ((USER,), {"declared": {"cassette_shared": ("lib.tasks:Other",)}}, "but lib.tasks:Other may play them", BY_VALUES),
        ((f"GET {API}/repos/other-4c1d?page=2",), {}, "but of the first, it is a request like those that are played", None),
        ((f"GET {API}/repos/atlas-9f27?page=2",), {}, "it differs from what is played in nothing that is told by", None),
    ],
)
def test_what_may_be_played_is_unproven(
    judged: Any, cassette: Any, recorded: tuple[str, ...], given: dict[str, Any], why: str, settles: str | None
) -> None:
    declared = {"values": VALUES, **given.pop("declared", {})}
    path = cassette(f"{INFO}?page=1", *recorded)
    finding = judged("TC702", path, played=(0,), declared=declared, **given)
    assert finding.verdict is Verdict.UNPROVEN
    assert why in finding.message
    assert finding.settles == (settles or "values with which a run asks for it, declared")


def test_what_the_module_can_ask_for_is_unproven(judged: Any, cassette: Any) -> None:
    finding = judged("TC702", cassette(INFO, USER, values=VALUES), played=(0,), source='get(f"{API}/user")')
    assert finding.verdict is Verdict.UNPROVEN
    assert finding.message.endswith("; but of the first, 'user' is written in the task's module")


def test_where_the_values_are_not_known_nothing_is_violated(judged: Any, cassette: Any) -> None:
    finding = judged("TC702", cassette(INFO, USER), played=(0,))
    assert finding.verdict is Verdict.UNPROVEN
    assert finding.message.endswith("but one.yaml does not say with which values it was recorded")


def test_a_run_that_is_never_the_same_proves_nothing(judged: Any, cassette: Any) -> None:
    count = iter(range(1000))

    def other(seen: Observation) -> Observation:
        return replace(seen, outcome=replace(seen.outcome, value=next(count)))

    finding = judged("TC702", cassette(INFO, USER, values=VALUES), played=(0,), retold=other)
    assert finding.message.endswith("but two runs are never the same")
    finding = judged("TC703", cassette(INFO, values=VALUES), unmatched=["GET /x: …"], retold=other)
    assert finding.message == "GET /x: …; but two runs are never the same"


@pytest.mark.parametrize("code", ["TC702", "TC703"])
def test_a_run_that_asks_for_nothing_proves_nothing(judged: Any, cassette: Any, code: str) -> None:
    finding = judged(code, cassette(INFO, values=VALUES))
    assert (finding.verdict, finding.settles) == (Verdict.UNPROVEN, BY_VALUES)
    assert finding.message == f"the run it was recorded for asked for nothing: returned None after {INFO}"


@pytest.mark.parametrize("code", ["TC702", "TC703"])
def test_a_client_that_is_not_there_asks_for_nothing(judged: Any, cassette: Any, code: str) -> None:
    def phantom(seen: Observation) -> Observation:
        return replace(seen, effects=(Effect("client", "boto3.client().get", via="phantom:boto3"),))

    finding = judged(code, cassette(INFO, values=VALUES), retold=phantom)
    assert finding.message == "nothing is asked over HTTP where a stand-in answers for boto3"
    assert finding.settles == "an environment with boto3, whose requests can be answered from the cassette"


def test_an_empty_cassette_is_played_by_nothing(judged: Any, cassette: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from taskcontract.cassettes.recording import Recording

    monkeypatch.setattr("taskcontract.clauses.playing.load", lambda path: Recording((), VALUES))
    finding = judged("TC702", cassette(INFO))
    assert (finding.verdict, finding.message) == (Verdict.UNPROVEN, "one.yaml holds no interaction")


# --- TC703


def test_what_is_found_holds(judged: Any, cassette: Any) -> None:
    path = cassette(INFO, USER, values=VALUES)
    finding = judged("TC703", path, played=(0, 1))
    assert (finding.verdict, finding.message) == (Verdict.HOLDS, "its 2 requests are found in the recording")
    assert judged("TC703", path, played=(0,)).message == "its 1 request is found in the recording"


def test_what_is_not_found_is_violated(judged: Any, cassette: Any) -> None:
    text = f"GET {API}/user: nearest recorded is GET …/repos/{{repo}}; the path is '/user', recorded '/repos/{{repo}}'"
    finding = judged("TC703", cassette(INFO, values=VALUES), unmatched=[text, "another"])
    assert finding.verdict is Verdict.VIOLATED
    assert finding.message == f"Reading().run(repo='atlas-9f27') asks for what one.yaml does not have: {text}"
    assert (finding.expected, finding.actual) == ("with the recorded values, every request is a recorded one", text)
    assert finding.fix == (
        "tasks.py:11: ask as it was recorded, or record it again: `taskcontract record lib.tasks:Reading --record-mode all`"
    )
    assert finding.reproduce.endswith("assert not seen.unmatched, 'the contract is broken'")


def test_a_value_that_was_not_quoted_is_named(judged: Any, cassette: Any) -> None:
    values = {"repo": "atlas#9f27"}
    finding = judged("TC703", cassette(INFO, values=values), unmatched=["GET …: nearest"], values=values)
    assert finding.actual == (
        "GET …: nearest; `repo` = 'atlas#9f27' went into the URL as it is: quote it, as in quote(repo, safe='')"
    )


def test_a_recording_without_values_makes_no_breach(judged: Any, cassette: Any) -> None:
    finding = judged("TC703", cassette(INFO), unmatched=["GET /x: nearest recorded is …"])
    assert (finding.verdict, finding.settles) == (Verdict.UNPROVEN, BY_VALUES)
    assert finding.message == ("GET /x: nearest recorded is …; but one.yaml does not say with which values it was recorded")


def test_a_recorded_value_that_nothing_works_with_makes_no_breach(judged: Any, cassette: Any) -> None:
    finding = judged("TC703", cassette(INFO, values={"repo": "borealis-1"}), unmatched=["GET /x: …"])
    assert finding.message == "GET /x: …; but no run works with the recorded value of `repo`"


def test_scrubbed_values_are_not_run_with(judged: Any, cassette: Any) -> None:
    finding = judged("TC703", cassette(INFO, values={**VALUES, "state": "{{STATE}}"}), played=(0,))
    assert finding.verdict is Verdict.HOLDS


def test_a_run_that_ends_early_may_have_asked_for_more(judged: Any, cassette: Any) -> None:
    finding = judged("TC703", cassette(INFO, USER, values=VALUES), played=(0,), task=Raising)
    assert finding.verdict is Verdict.UNPROVEN
    assert finding.message == (
        f"the run ended before it could ask for everything: raised RuntimeError: no licence after {INFO}"
    )
    assert judged("TC703", cassette(INFO, values=VALUES), played=(0,), task=Raising).verdict is Verdict.HOLDS


def test_a_cassette_that_cannot_be_read_answers_nothing(judged: Any, tmp_path: Path) -> None:
    from taskcontract.errors import CassetteError

    path = tmp_path / "broken.yaml"
    path.write_text("interactions: [")
    finding = judged("TC703", str(path))
    assert (finding.verdict, finding.actual) == (Verdict.VIOLATED, "it cannot be read")
    assert finding.fix == "broken.yaml: record it again: `taskcontract record lib.tasks:Reading --record-mode all`"
    with pytest.raises(CassetteError):
        exec(finding.reproduce, {})
