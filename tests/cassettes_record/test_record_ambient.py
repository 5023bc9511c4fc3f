"""The user's own secrets in the files of clients: known while a task is recorded, wherever they turn up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from taskcontract.cassettes.load import load
from taskcontract.record.ambient import ambient_secrets

AWS = """
[default]
aws_access_key_id = id-of-default
aws_secret_access_key = key/of+default
[work]
aws_session_token = token-of-work
region = eu-central-1
"""
NETRC = "machine git.acme.example login joe password pass-of-git\nmachine short.example login joe password abc\n"
GOOGLE = {
    "type": "authorized_user",
    "client_id": "someone",
    "refresh_token": "refresh-of-google",
    "quota_project_id": "project-x",
}


def test_what_is_in_the_places_where_clients_look(tmp_path: Path) -> None:
    for name, text in {
        ".aws/credentials": AWS,
        ".aws/config": "[profile sso]\naws_secret_access_key = key-of-sso-profile\n",
        ".aws/sso/cache/a.json": json.dumps({"accessToken": "token-of-sso", "region": "eu-central-1"}),
        ".aws/sso/cache/b.json": "{broken",
        ".netrc": NETRC,
        "_netrc": "machine broken password",
        ".config/gcloud/application_default_credentials.json": json.dumps(GOOGLE),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".netrc").chmod(0o600)
    assert ambient_secrets(tmp_path, {}) == {
        "aws.default.aws_access_key_id": "id-of-default",
        "aws.default.aws_secret_access_key": "key/of+default",
        "aws.work.aws_session_token": "token-of-work",
        "aws.sso.aws_secret_access_key": "key-of-sso-profile",
        "aws.sso.accessToken": "token-of-sso",
        "netrc.git.acme.example": "pass-of-git",
        "gcloud.refresh_token": "refresh-of-google",
    }


def test_variables_say_where_else_they_are(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(AWS)
    (tmp_path / "passwords").write_text(NETRC)
    (tmp_path / "google.json").write_text(json.dumps({"private_key_id": "id-of-the-key", "client_email": "a@b.example"}))
    environ = {
        "AWS_SHARED_CREDENTIALS_FILE": "~/keys",
        "NETRC": str(tmp_path / "passwords"),
        "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "google.json"),
    }
    assert sorted(ambient_secrets(tmp_path, environ).values()) == [
        "id-of-default",
        "id-of-the-key",
        "key/of+default",
        "pass-of-git",
        "token-of-work",
    ]


def test_files_that_are_not_there_or_are_none_have_no_secret(tmp_path: Path) -> None:
    assert ambient_secrets(tmp_path, {}) == {}
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_bytes(b"no section = \xff")
    (tmp_path / ".aws" / "config").write_text("key without a section\n")
    assert ambient_secrets(tmp_path, {}) == {}


def test_they_are_taken_out_of_what_is_recorded(
    project: Any, service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(
        "machine acme.example login joe password pass-word-of-joe\nmachine b password never-sent-one\n"
    )
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(home))
    service.extra["note"] = "you are pass-word-of-joe"
    path = project.record("Talk", {"url": service.url, "what": "fine"})
    assert json.loads(load(path).interactions[0].response.body)["note"] == "you are {{netrc.acme.example}}"
    assert project.said[-1] == "placeholders stand for netrc.acme.example", "of the others nothing is said"
    assert b"pass-word-of-joe" not in path.read_bytes() and b"never-sent-one" not in path.read_bytes()
