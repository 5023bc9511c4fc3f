"""Recording again, as `./record` does, gives the committed cassettes: of the same shape, or the same where nothing moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scripts import convert_octokit, record_services

from taskcontract.cassettes.load import load
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.save import written
from taskcontract.errors import CassetteError

from . import recorded_aws, recorded_prometheus
from .comparing import differences
from .recording import Conversation, record

CASSETTES = Path(__file__).resolve().parents[2] / "cassettes"


def test_talking_to_aws_again_is_alike(tmp_path: Path) -> None:
    with recorded_aws.serving():
        for conversation in recorded_aws.CONVERSATIONS:
            record_services.write(conversation, record(conversation), tmp_path)
    changed = {c.file: differences(load(CASSETTES / c.file), load(tmp_path / c.file)) for c in recorded_aws.CONVERSATIONS}
    assert changed == {c.file: [] for c in recorded_aws.CONVERSATIONS}


def test_talking_to_a_pushgateway_again_is_the_same(tmp_path: Path) -> None:
    with recorded_prometheus.serving():
        for conversation in recorded_prometheus.CONVERSATIONS:
            record_services.write(conversation, record(conversation), tmp_path)
            committed, made = load(CASSETTES / conversation.file), load(tmp_path / conversation.file)
            assert replace(made, made=committed.made, file=committed.file) == committed


def test_converting_github_s_traffic_again_gives_the_same_bytes() -> None:
    made = {c.file: written(recording, c.file) for c, recording in convert_octokit.recordings()}
    assert sorted(made) == [
        "prefect.tasks.github.issues.OpenGitHubIssue.yaml",
        "prefect.tasks.github.repos.CreateBranch.yaml",
        "prefect.tasks.github.repos.GetRepoInfo.yaml",
    ]
    assert made == {file: (CASSETTES / file).read_bytes() for file in made}


def test_an_answer_that_is_not_as_long_as_declared_is_not_converted() -> None:
    there = {"path": "/repos", "status": 200, "response": {"a": 1}, "rawHeaders": ["Content-Length", "3"]}
    with pytest.raises(ValueError, match="/repos: the answer has 7 bytes, and 3 were declared"):
        convert_octokit._response([there], convert_octokit.Answered("GET", "/repos", 0, {}))


# --- what is written, and what is said ---------------------------------------------------------------------------------

SECRET = "k3y-0f-the-acc0unt-that-nobody-knows"
TALK = Conversation("acme.things:Make", {"name": "recorded name"}, secrets={"CONNECTION": f"Name=one;AccountKey={SECRET}"})


def said(body: bytes, answer: bytes = b'{"id": 1}') -> Recording:
    asked = Request("POST", "https://acme.example/things", (("Content-Type", "application/json"),), body)
    return Recording((Interaction(asked, Response(200, (), answer)),), TALK.values, TALK.task, "2026-01-01")


def test_a_cassette_is_written_without_its_secrets(tmp_path: Path) -> None:
    assert record_services.write(TALK, said(f'{{"key": "{SECRET}"}}'.encode()), tmp_path) == []
    assert SECRET not in (tmp_path / TALK.file).read_text()


def test_what_cannot_be_looked_into_is_not_written(tmp_path: Path) -> None:
    packed = Interaction(Request("GET", "https://acme.example/"), Response(200, (("Content-Encoding", "br"),), b"\x0b\x02\x80"))
    with pytest.raises(CassetteError, match=r"not written: .*\n.*br, which cannot be looked into here"):
        record_services.write(TALK, replace(said(b""), interactions=(packed,)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_how_a_shape_changed_is_said(tmp_path: Path) -> None:
    record_services.write(TALK, said(b'{"name": "recorded name"}'), tmp_path)
    assert record_services.write(TALK, said(b'{"name": "recorded name"}', b'{"id": 2}'), tmp_path) == []
    assert record_services.write(TALK, said(b'{"name": "recorded name"}', b'{"id": "3"}'), tmp_path) == [
        "request 1: body answered: was {'id': 'int'}, is {'id': 'str'}"
    ]
    longer = replace(said(b""), interactions=said(b"").interactions * 2)
    assert record_services.write(TALK, longer, tmp_path) == ["there were 1 requests, now there are 2"]


def test_the_command_names_what_it_can_record(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        record_services.main(["gopher"])
    assert "'gopher'" in capsys.readouterr().err
