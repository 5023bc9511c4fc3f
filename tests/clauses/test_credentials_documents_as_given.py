"""A client that takes a document apart is given it as a document: by the argument, by the secret, in the client's own file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskcontract.clauses import client_files
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.chain import chain
from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import TaskSpec

TASK = '''
import json, os
import prefect, requests
from prefect import Task

class MalformedError(ValueError):
    """The client's own."""

def client(info):
    if not isinstance(info, dict) or not {"client_email", "token_uri", "private_key"} <= info.keys():
        raise MalformedError("Service account info was not in the expected format.")
    return info["client_email"]

class Count(Task):
    """Args: credentials (dict, optional): the credentials."""

    def __init__(self, credentials: dict = None, **kwargs):
        self.credentials = credentials
        super().__init__(**kwargs)

    def run(self, credentials: dict = None):
        credentials = credentials or self.credentials or prefect.context.get("secrets", {}).get("ACME_CREDENTIALS")
        if not credentials:
            with open(os.path.expanduser("~/.config/gcloud/application_default_credentials.json")) as file:
                credentials = json.load(file)
        requests.get("https://api.acme.test/count", headers={"From": client(credentials)}, timeout=5)
'''


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    file = tmp_path / "counting.py"
    file.write_text(TASK)
    session = Session(Settings((str(file),)))
    (spec,) = session.load()
    assert isinstance(spec, TaskSpec)
    yield session._at(spec).bench
    session.close()


def test_the_chain_has_every_source_of_a_document(bench: Bench) -> None:
    found = chain(bench, "credentials")
    assert found is not None
    assert [str(origin) for origin in found.origins] == [
        "`credentials`",
        "the secret ACME_CREDENTIALS",
        "the file ~/.config/gcloud/application_default_credentials.json",
    ]
    assert [origin.document for origin in found.origins] == [False, True, False]
    assert found.case(found.origins[:2]).tables == ("ACME_CREDENTIALS",)
    assert found.used(bench(found.case(found.origins[1:]))) == {found.origins[1]}


def test_googles_file_holds_a_service_account() -> None:
    (form,) = client_files.forms("~/.config/gcloud/application_default_credentials.json")
    held = json.loads(form("value-of-it"))
    assert (held["type"], held["client_email"]) == ("service_account", "value-of-it@robots.example.com")
