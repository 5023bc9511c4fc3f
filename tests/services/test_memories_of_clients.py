"""Clients that a library makes once and keeps, the real ones: no case sees an earlier one's credential, in any order."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest

from taskcontract.frameworks import installed_framework
from taskcontract.model import Case, TaskRef, Value
from taskcontract.world.importing import declare_library
from taskcontract.world.observe import World

TASK = """
import functools, os
from prefect import Task

{made}

class Ask(Task):
    def run(self, token=None):
        use(token or os.environ["ACME_TOKEN"])
"""
ONCE = """
    _client = None
    def use(token):
        global _client
        if _client is None:
            _client = connect(token)
        ask(_client)
    """
CACHED = """
    @functools.lru_cache(maxsize=None)
    def first():
        return connect(_tokens[-1])
    _tokens = []
    def use(token):
        _tokens.append(token)
        ask(first())
    """
MADE = {
    "boto3": """
        import boto3
        def connect(token):
            return boto3.client("s3", "eu-west-1", aws_access_key_id=token, aws_secret_access_key="secret")
        def ask(client):
            client.list_buckets()
        """,
    "boto3's default session": """
        import boto3
        def connect(token):
            if boto3.DEFAULT_SESSION is None:
                boto3.setup_default_session(aws_access_key_id=token, aws_secret_access_key="secret")
            return boto3
        def ask(client):
            client.client("sqs", "eu-west-1").list_queues()
        """,
    "azure": """
        from azure.core.credentials import AzureSasCredential
        from azure.storage.blob import BlobServiceClient
        def connect(token):
            return BlobServiceClient("https://acme.blob.core.windows.net", credential=AzureSasCredential("sig=" + token))
        def ask(client):
            client.get_container_client("c").create_container()
        """,
    "redis": """
        import redis
        def connect(token):
            return redis.Redis(host="cache", password=token)
        def ask(client):
            client.get("key")
        """,
    "psycopg2": """
        import psycopg2
        def connect(token):
            return psycopg2.connect(host="db", password=token)
        def ask(client):
            client.cursor().execute("select 1")
        """,
    "psycopg2's pool": """
        import psycopg2.pool
        def connect(token):
            return psycopg2.pool.SimpleConnectionPool(1, 1, host="db", password=token)
        def ask(client):
            client.getconn().cursor().execute("select 1")
        """,
    "requests": """
        import requests
        def connect(token):
            session = requests.Session()
            session.auth = ("me", token)
            return session
        def ask(client):
            client.get("https://api.acme.test/me", params={"as": client.auth[1]})
        """,
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World(installed_framework())
    yield made
    made.close()


@pytest.mark.parametrize("keeping", [ONCE, CACHED], ids=["once", "cached"])
@pytest.mark.parametrize("client", MADE)
def test_no_case_sees_an_earlier_ones_client(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str, keeping: str
) -> None:
    module = f"keeping_{list(MADE).index(client)}_{'once' if keeping is ONCE else 'cached'}"
    made = indent(dedent(MADE[client]) + dedent(keeping), "")
    (tmp_path / f"{module}.py").write_text(TASK.format(made=made))
    monkeypatch.syspath_prepend(str(tmp_path))
    declare_library(module)
    ref = TaskRef(module, "Ask")
    cases = {token: Case(ref, call=(("token", Value.of(token)),)) for token in ("token-a", "token-b")}
    cases["token-c"] = Case(ref, env=(("ACME_TOKEN", "token-c"),))
    for order in itertools.permutations(cases):
        for token in order:
            seen = world.observe(cases[token])
            assert [known for known in cases if known in repr(seen.effects)] == [token], (order, seen.outcome)
    del sys.modules[module]


def test_prefects_own_tasks_see_their_own_credential_alone(world: World) -> None:
    """Prefect keeps clients by a hash of what they were made with; boto3 keeps a session."""
    declare_library("prefect.tasks.aws")
    ref = TaskRef("prefect.tasks.aws.s3", "S3List")
    asked = (("prefix", Value.of("p")), ("bucket", Value.of("bucket")))
    keys = {name: {"ACCESS_KEY": name, "SECRET_ACCESS_KEY": "secret"} for name in ("token-a", "token-b")}
    cases = {name: Case(ref, call=(*asked, ("credentials", Value(repr(key))))) for name, key in keys.items()}
    own = (("AWS_ACCESS_KEY_ID", "token-c"), ("AWS_SECRET_ACCESS_KEY", "secret"))
    cases["token-c"] = Case(ref, call=asked, env=own, any_secret=False)
    for order in itertools.permutations(cases):
        for token in order:
            seen = world.observe(cases[token])
            assert [known for known in cases if known in repr(seen.effects)] == [token], (order, seen.outcome)
