"""The three GitHub tasks of Prefect's own library, recorded by hand: any legal configuration replays, and is read correctly."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.template import Template

API = "https://api.github.com/repos"
ACCEPT = (("Accept", "application/vnd.github.v3+json"), ("AUTHORIZATION", "token {{GITHUB_ACCESS_TOKEN}}"))
SENT = (*ACCEPT, ("Content-Type", "application/json"))
GIVEN = (("Content-Type", "application/json; charset=utf-8"), ("X-GitHub-Media-Type", "github.v3; format=json"))
REPO, BASE, BRANCH = "octocat-recorded/hello-recorded", "base-branch-recorded", "new-branch-recorded"
MAIN, OTHER = "aa218f56b14c9653891f9e74264a383fa43fefbd", "612077ae6dffb4d2fbd8ce0cccaa58893b07b5ac"


def _ref(name: str, sha: str) -> dict[str, Any]:
    return {
        "ref": f"refs/heads/{name}",
        "node_id": "MDM6UmVmcmVmcy9oZWFkcy9mZWF0dXJlQQ==",
        "url": f"{API}/{REPO}/git/refs/heads/{name}",
        "object": {"type": "commit", "sha": sha, "url": f"{API}/{REPO}/git/commits/{sha}"},
    }


def _exchange(method: str, path: str, body: Any, status: int, answer: Any) -> Interaction:
    content = b"" if body is None else json.dumps(body).encode()
    headers = ACCEPT if body is None else SENT
    return Interaction(Request(method, API + path, headers, content), Response(status, GIVEN, json.dumps(answer).encode()))


CREATE_BRANCH = Recording(
    (
        _exchange("GET", f"/{REPO}/git/refs/heads", None, 200, [_ref("develop", OTHER), _ref(BASE, MAIN)]),
        _exchange("POST", f"/{REPO}/git/refs", {"ref": f"refs/heads/{BRANCH}", "sha": MAIN}, 201, _ref(BRANCH, MAIN)),
    ),
    {"repo": REPO, "base": BASE, "branch_name": BRANCH},
)

LABEL_NAMES = ["label-recorded", "bug-recorded"]
ISSUE = {"title": "title of the recorded issue", "body": "body of the recorded issue", "labels": LABEL_NAMES}
OPEN_ISSUE = Recording(
    (
        _exchange("POST", f"/{REPO}/issues", ISSUE, 201, {
            "id": 1347001, "number": 1347, "url": f"{API}/{REPO}/issues/1347", "title": ISSUE["title"], "body": ISSUE["body"],
            "labels": [{"id": 208045946, "name": name} for name in LABEL_NAMES], "state": "open",
        }),
    ),
    {"repo": REPO, **ISSUE},
)  # fmt: skip

PULL = {"title": "title of the recorded change", "body": "body of the recorded change", "head": "head-recorded", "base": BASE}
CREATE_PR = Recording(
    (
        _exchange("POST", f"/{REPO}/pulls", PULL, 201, {
            "id": 1999001, "number": 1999, "url": f"{API}/{REPO}/pulls/1999", "title": PULL["title"], "body": PULL["body"],
            "head": {"label": "octocat:head-recorded", "ref": "head-recorded"},
            "base": {"ref": BASE, "repo": {"full_name": REPO}},
        }),
    ),
    {"repo": REPO, **PULL},
)  # fmt: skip

NAME = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=30)
REPOSITORY = st.builds("{}/{}".format, NAME, NAME)
BRANCH_NAME = st.builds("/".join, st.lists(NAME, min_size=1, max_size=3))
TEXT = st.text(max_size=60) | st.none()
LABELS = st.lists(st.text(max_size=12), max_size=4) | st.none()
SETTINGS = settings(max_examples=400, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def _split(values: dict[str, Any], decoys: dict[str, Any], at_init: set[str]) -> dict[str, list[Any]]:
    """The values as a run would give them: some at construction alone, the rest at the call over a decoy."""
    return {name: [value] if name in at_init else [decoys[name], value] for name, value in values.items()}


@pytest.fixture(scope="module")
def create_branch() -> Template:
    return Template(CREATE_BRANCH)


@pytest.fixture(scope="module")
def open_issue() -> Template:
    return Template(OPEN_ISSUE)


@pytest.fixture(scope="module")
def create_pr() -> Template:
    return Template(CREATE_PR)


@SETTINGS
@given(values=st.fixed_dictionaries({"repo": REPOSITORY, "base": BRANCH_NAME, "branch_name": BRANCH_NAME}), data=st.data())
def test_create_branch(create_branch: Template, values: dict[str, str], data: st.DataObject) -> None:
    decoys = {"repo": "decoy-a/decoy-b", "base": "decoy-base", "branch_name": "decoy-branch"}
    at_init = data.draw(st.sets(st.sampled_from(sorted(values))))
    player = create_branch.player(_split(values, decoys, at_init))
    response, number = player.answer(Request("GET", f"{API}/{values['repo']}/git/refs/heads", ACCEPT))
    listed = json.loads(response.body)
    assert number == 0
    chosen = [item for item in listed if item["ref"] == f"refs/heads/{values['base']}"]
    assert len(chosen) == 1
    sha = chosen[0]["object"]["sha"]
    assert chosen[0]["url"] == f"{API}/{values['repo']}/git/refs/heads/{values['base']}"
    body = json.dumps({"ref": f"refs/heads/{values['branch_name']}", "sha": sha}).encode()
    response, number = player.answer(Request("POST", f"{API}/{values['repo']}/git/refs", SENT, body))
    made = json.loads(response.body)
    assert number == 1
    assert made["ref"] == f"refs/heads/{values['branch_name']}"
    assert made["url"] == f"{API}/{values['repo']}/git/refs/heads/{values['branch_name']}"
    assert made["object"] == {"type": "commit", "sha": sha, "url": f"{API}/{values['repo']}/git/commits/{sha}"}
    again = create_branch.player({name: [value] for name, value in values.items()})
    alone = json.loads(again.answer(Request("GET", f"{API}/{values['repo']}/git/refs/heads", ACCEPT))[0].body)
    assert [item["object"]["sha"] for item in alone if item["ref"] == f"refs/heads/{values['base']}"] == [sha]


@SETTINGS
@given(values=st.fixed_dictionaries({"repo": REPOSITORY, "title": TEXT, "body": TEXT, "labels": LABELS}), data=st.data())
def test_open_issue(open_issue: Template, values: dict[str, Any], data: st.DataObject) -> None:
    decoys = {"repo": "decoy-a/decoy-b", "title": "decoy title", "body": "decoy body", "labels": ["decoy"]}
    at_init = data.draw(st.sets(st.sampled_from(sorted(values))))
    player = open_issue.player(_split(values, decoys, at_init))
    body = json.dumps({name: values[name] for name in ("title", "body", "labels")}).encode()
    response, number = player.answer(Request("POST", f"{API}/{values['repo']}/issues", ACCEPT, body))
    answer = json.loads(response.body)
    assert number == 0
    assert answer["url"] == f"{API}/{values['repo']}/issues/1347"
    assert (answer["title"], answer["body"], answer["number"]) == (values["title"], values["body"], 1347)
    assert len(answer["labels"]) == 2


@SETTINGS
@given(
    values=st.fixed_dictionaries({"repo": REPOSITORY, "title": TEXT, "body": TEXT, "head": BRANCH_NAME, "base": BRANCH_NAME}),
    data=st.data(),
)
def test_create_pr(create_pr: Template, values: dict[str, Any], data: st.DataObject) -> None:
    decoys = {"repo": "decoy-a/decoy-b", "title": "decoy title", "body": "decoy", "head": "decoy-head", "base": "decoy-base"}
    at_init = data.draw(st.sets(st.sampled_from(sorted(values))))
    player = create_pr.player(_split(values, decoys, at_init))
    body = json.dumps({name: values[name] for name in ("title", "body", "head", "base")}).encode()
    response, number = player.answer(Request("POST", f"{API}/{values['repo']}/pulls", ACCEPT, body))
    answer = json.loads(response.body)
    assert number == 0
    assert (answer["title"], answer["body"], answer["head"]["ref"]) == (values["title"], values["body"], values["head"])
    assert (answer["base"], answer["number"]) == ({"ref": values["base"], "repo": {"full_name": values["repo"]}}, 1999)


@pytest.mark.parametrize("repo", ["a/b c", "a/é", "a/%", "a/b:c", "a/b&c=d", "a/b+c", "a/(b)"])
def test_what_must_be_quoted_arrives_when_it_is(open_issue: Template, repo: str) -> None:
    player = open_issue.player({"repo": [repo]})
    body = json.dumps({"title": None, "body": None, "labels": None}).encode()
    response, _ = player.answer(Request("POST", f"{API}/{quote(repo)}/issues", ACCEPT, body))
    assert json.loads(response.body)["url"] == f"{API}/{repo}/issues/1347"
