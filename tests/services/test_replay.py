"""The committed recordings answer their tasks in the sealed world, whatever values they are given, and wherever."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, unquote_plus

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scripts import convert_octokit

from taskcontract.cassettes.load import load
from taskcontract.cassettes.sent import address
from taskcontract.model import Answers, Observation
from taskcontract.testing import observe

from . import recorded_aws, recorded_azure, recorded_prometheus
from .recording import DROPPED, Conversation

CASSETTES = Path(__file__).resolve().parents[2] / "cassettes"
CONVERSATIONS = (
    *recorded_aws.CONVERSATIONS,
    *recorded_azure.CONVERSATIONS,
    *(scenario.conversation for scenario in convert_octokit.SCENARIOS),
    *recorded_prometheus.CONVERSATIONS,
)
each = pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda c: c.task.rpartition(":")[2])

TELLING = 8
"""From this many characters on, a value is found in a trace because it was sent, and not by chance."""
QUICK, THOROUGH = 20, 100
"""How many configurations are tried of a task whose client is dear to make, as boto3's are, and of any other."""

CHOOSING = {"base"}
"""What is not sent: it chooses among the things of an answer."""

RETURNED = {
    "S3Upload": "recorded/key-of-the-upload.txt",
    "S3Download": "content that was there to be downloaded",
    "S3List": ("list", "recorded/prefix-of-the-list/first-key.txt", "recorded/prefix-of-the-list/second-key.txt"),
    "AWSSecretsManager": ("dict", ("dialect", "recorded-dialect"), ("port", 54321)),
    "AWSParametersManager": "recorded value of the parameter",
    "AWSClientWait": None,
    "BlobStorageUpload": "recorded-name-of-the-blob.txt",
    "BlobStorageDownload": "content that was there to be downloaded",
    "GetRepoInfo": (
        "dict",
        ("default_branch", "master"),
        ("full_name", "octokit-fixture-org/hello-world"),
        ("stargazers_count", 0),
    ),
    "OpenGitHubIssue": None,
    "PushGaugeToGateway": None,
    "PushAddGaugeToGateway": None,
}
"""What tasks return that return a value they were given, or a plain one; the others are compared by their type."""


@pytest.fixture(scope="module", autouse=True)
def models_read_once() -> Iterator[None]:
    """botocore reads its descriptions of services for every new client, which is half of what a run costs here."""
    from botocore.loaders import JSONFileLoader

    read, known = JSONFileLoader.load_file, dict[str, Any]()

    def once(self: Any, path: str) -> Any:
        if path not in known:
            known[path] = read(self, path)
        return known[path]

    with patch.object(JSONFileLoader, "load_file", once):
        yield


def test_every_recording_is_played_here() -> None:
    assert sorted(file.name for file in CASSETTES.glob("*.yaml")) == sorted(c.file for c in CONVERSATIONS)


@each
def test_a_recording_says_whose_it_is_and_nothing_of_where_it_was_made(conversation: Conversation) -> None:
    recording = load(CASSETTES / conversation.file)
    assert (recording.task, recording.values) == (conversation.task, conversation.values)
    assert recording.made
    text = (CASSETTES / conversation.file).read_text(encoding="utf-8").lower()
    assert [word for word in ("127.0.0.1", "localhost", "/home/", "python/3", "linux") if word in text] == []
    sent = {name.lower() for interaction in recording.interactions for name, _ in interaction.request.headers}
    assert sent & DROPPED == set()


@each
def test_a_recording_answers_its_task(conversation: Conversation) -> None:
    init, call = conversation.sides()
    seen = _observe(conversation, init, call)
    assert (seen.outcome.kind, seen.unmatched) == ("returned", ()), seen.outcome.text
    assert seen.played == tuple(range(len(load(CASSETTES / conversation.file).interactions)))
    name = conversation.task.rpartition(":")[2]
    assert seen.outcome.value == RETURNED.get(name, seen.outcome.value)
    assert name in RETURNED or seen.outcome.type == ("str" if name == "BatchSubmit" else "dict")


# --- other values ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Configuration:
    """Values at both places; a run works with the `effective` ones, and with the call's instead of those that are `beaten`."""

    init: dict[str, Any]
    call: dict[str, Any]
    effective: dict[str, Any]
    beaten: dict[str, Any]


@st.composite
def configurations(draw: st.DrawFn, conversation: Conversation) -> Configuration:
    """Other values for a task, each at the place that takes it; where both do, at either, or another one at each."""
    task = conversation.task_class()
    constructing, calling = signature(task.__init__).parameters, signature(task.run).parameters
    made = Configuration({}, {}, {}, {})
    for name, recorded in conversation.values.items():
        values = conversation.others.get(name, st.just(recorded))
        made.effective[name] = value = draw(values)
        places = []
        if name in constructing:
            places.append("init")
        if name in calling and (name not in constructing or constructing[name].default is not constructing[name].empty):
            places.append("call")
        if name in constructing and name in calling and name in conversation.others:
            places.append("both")
        place = draw(st.sampled_from(places))
        if place != "call":
            made.init[name] = value
        if place != "init":
            made.call[name] = value
        if place == "both":
            made.init[name] = made.beaten[name] = draw(values)
    return made


@each
def test_a_recording_answers_for_any_value_and_tells_where_it_came_from(
    conversation: Conversation, request: pytest.FixtureRequest
) -> None:
    count = request.config.getoption("configurations") or (QUICK if ".aws." in conversation.task else THOROUGH)
    interactions = load(CASSETTES / conversation.file).interactions
    as_recorded = _observe(conversation, *conversation.sides())
    sent_then = _sent(as_recorded)
    told = {name for name, value in conversation.values.items() if all(leaf in sent_then for leaf in _texts(value))}
    assert set(conversation.others) - told <= CHOOSING, "a value that was recorded is not seen in the requests"

    @settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(configurations(conversation))
    def answers(configuration: Configuration) -> None:
        seen = _observe(conversation, configuration.init, configuration.call)
        assert seen.unmatched == ()
        assert (seen.outcome.kind, seen.outcome.type) == ("returned", as_recorded.outcome.type), seen.outcome.text
        assert seen.played == tuple(range(len(interactions)))
        sent, returned = _sent(seen), str(seen.outcome.value)
        kept = {leaf for value in configuration.effective.values() for leaf in _texts(value)}
        for name in told:
            assert [leaf for leaf in _texts(configuration.effective[name]) if leaf not in sent] == [], f"{name} is not sent"
        for name, value in (*configuration.beaten.items(), *conversation.values.items()):
            others = [leaf for leaf in _texts(value) if len(leaf) >= TELLING and not any(leaf in one for one in kept)]
            assert [leaf for leaf in others if leaf in sent] == [], f"{name} is another value's"
            assert [leaf for leaf in others if leaf in returned] == [], f"{name} is in the answer to another value"

    answers()


def _observe(conversation: Conversation, init: dict[str, Any], call: dict[str, Any]) -> Observation:
    answers = Answers(cassette=str(CASSETTES / conversation.file))
    for _ in range(3):  # a run that a budget of time ended, on a machine that has too much to do, says nothing of the recording
        seen = observe(conversation.task, init=init, call=call, secrets=conversation.secrets, answers=answers)
        if seen.outcome.kind != "cut":
            break
    return seen


def _texts(value: Any) -> Iterator[str]:
    """The texts and numbers that a value consists of, as they are sent; those of a JSON text too, which is sent as JSON."""
    if isinstance(value, str) and value.startswith("{"):
        with contextlib.suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for below in value:
            yield from _texts(below)
    else:
        yield str(value)


def _sent(seen: Observation) -> str:
    """Everything that HTTP requests said, also with its quoting undone, and as their addresses are compared."""
    http = [effect for effect in seen.effects if effect.kind == "http"]
    leaves = [leaf for effect in http for leaf in (effect.what, *_leaves(effect.detail))]
    leaves += ["/".join(address(effect.what.partition(" ")[2])[0]) for effect in http]
    return "\n".join(form for leaf in leaves for form in {leaf: 0, unquote(leaf): 0, unquote_plus(leaf): 0})


def _leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, tuple):
        for below in tree:
            yield from _leaves(below)
    else:
        yield tree.decode("utf-8", "replace") if isinstance(tree, bytes) else str(tree)
