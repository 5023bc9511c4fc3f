"""Turns GitHub's recorded traffic in the npm package `@octokit/fixtures` into cassettes of Prefect's tasks for GitHub.

The package holds scenarios: requests that its authors sent to api.github.com, each with the answer that came, to the byte. Each
task here is run as it is, with the values of a scenario, and each request it makes is given the scenario's answer; a cassette
holds the task's request and GitHub's answer. A request that the scenario has no answer for ends the conversion.

It is part of `./record github`; on its own it writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import responses
from hypothesis import strategies as st
from responses import matchers
from tests.services import servers
from tests.services.generating import PATH, SEGMENT, TEXT
from tests.services.recording import Conversation, kept

from taskcontract.cassettes.recording import Interaction, Recording, Request, Response

PACKAGE, VERSION = "@octokit/fixtures", "23.1.2"
API = "https://api.github.com"
ORGANISATION = "octokit-fixture-org"
REPOSITORY = st.lists(SEGMENT, min_size=2, max_size=2).map("/".join)


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that a task will make, and which interaction of the scenario answers it.

    `sends` are the fields of its JSON body that the scenario's request has as well. `body_of` names another interaction of the
    scenario whose answer says the same of what the task does.
    """

    method: str
    path: str
    number: int
    sends: Mapping[str, Any]
    body_of: int | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A conversation that the package has answers for."""

    name: str
    conversation: Conversation
    answers: Sequence[Answered]


def _repository(name: str) -> str:
    return f"{ORGANISATION}/{name}"


REFS = _repository("tmp-scenario-git-refs-20220719043750036-9bssg")
ISSUES = _repository("tmp-scenario-search-issues-20220719044045959-jlcli")
HEAD = "09d96eacf10fabdd89b76dd0580cb7feb38bdbd2"
ISSUE = {"title": "The doors don’t open", "body": 'I tried "open sesame" as seen on Wikipedia but no luck!'}

SCENARIOS = (
    Scenario(
        "get-repository",
        Conversation(
            "prefect.tasks.github.repos:GetRepoInfo",
            {"repo": _repository("hello-world"), "info_keys": ["full_name", "default_branch", "stargazers_count"]},
            others={"repo": REPOSITORY},
        ),
        [Answered("GET", f"/repos/{_repository('hello-world')}", 0, {})],
    ),
    Scenario(
        "git-refs",
        Conversation(
            "prefect.tasks.github.repos:CreateBranch",
            {"repo": REFS, "base": "main", "branch_name": "test"},
            others={"repo": REPOSITORY, "base": PATH, "branch_name": PATH},
        ),
        [
            # The scenario lists all references, and they are branches: the list of branches says the same.
            Answered("GET", f"/repos/{REFS}/git/refs/heads", 3, {}),
            # The scenario makes its branch from the first commit and then moves it to the head, from which the task makes it.
            Answered("POST", f"/repos/{REFS}/git/refs", 4, {"ref": "refs/heads/test", "sha": HEAD}, body_of=5),
        ],
    ),
    Scenario(
        "search-issues",
        Conversation(
            "prefect.tasks.github.issues:OpenGitHubIssue",
            {"repo": ISSUES, **ISSUE},
            others={"repo": REPOSITORY, "title": TEXT, "body": TEXT},
        ),
        # The scenario sends no labels, the task an empty list of them: GitHub answers both with an issue that has none.
        [Answered("POST", f"/repos/{ISSUES}/issues", 1, ISSUE)],
    ),
)


def recordings() -> Iterator[tuple[Conversation, Recording]]:
    """Every conversation that the package has answers for, with its recording."""
    scenarios = servers.node_files(PACKAGE, VERSION) / "scenarios" / "api.github.com"
    for scenario in SCENARIOS:
        yield scenario.conversation, converted(scenario, scenarios)


def converted(scenario: Scenario, scenarios: Path) -> Recording:
    """Run the task on the scenario's answers. Raises what the task raises, also when it asks for what is not there."""
    recorded = json.loads((scenarios / scenario.name / "raw-fixture.json").read_text(encoding="utf-8"))
    given = [_response(recorded, answered) for answered in scenario.answers]
    init, call = scenario.conversation.sides()
    with responses.RequestsMock() as github:
        for answered, response in zip(scenario.answers, given, strict=True):
            _register(github, answered, response)
        scenario.conversation.task_class()(**init).run(**call)
        asked = [call.request for call in github.calls]
    said = (Request(r.method or "", r.url or "", kept(tuple(r.headers.items())), _bytes(r.body)) for r in asked)
    pairs = tuple(Interaction(*pair) for pair in zip(said, given, strict=True))
    return Recording(
        pairs, scenario.conversation.values, scenario.conversation.task, _day(recorded[scenario.answers[0].number])
    )


def _register(github: responses.RequestsMock, answered: Answered, response: Response) -> None:
    fitting = [matchers.json_params_matcher(dict(answered.sends), strict_match=False)] if answered.sends else []
    github.add(
        answered.method,
        API + answered.path,
        body=response.body,
        status=response.status,
        headers={n: v for n, v in response.headers if n.lower() not in ("content-type", "content-length")},
        content_type=dict(response.headers)["Content-Type"],
        match=fitting,
    )


def _response(recorded: Sequence[Mapping[str, Any]], answered: Answered) -> Response:
    """The answer as it came: the package keeps JSON parsed, and written compactly it has the length that was declared."""
    there = recorded[answered.number]
    if answered.body_of is not None:
        there = {**there, "response": recorded[answered.body_of]["response"]}
    body = json.dumps(there["response"], separators=(",", ":"), ensure_ascii=False).encode()
    pairs = list(zip(there["rawHeaders"][::2], there["rawHeaders"][1::2], strict=True))
    declared = {name.lower(): value for name, value in pairs}["content-length"]
    if declared != str(len(body)):
        raise ValueError(f"{there['path']}: the answer has {len(body)} bytes, and {declared} were declared")
    return Response(there["status"], kept(tuple(pairs)), body)


def _day(there: Mapping[str, Any]) -> str:
    """When the package's authors recorded it."""
    made: date = parsedate_to_datetime(there["rawHeaders"][there["rawHeaders"].index("Date") + 1]).date()
    return made.isoformat()


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
