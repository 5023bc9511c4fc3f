"""What clients that are replaced look up by themselves: where each looks, in which order, and what it says without any.

The expected values are those of the real clients: libpq's were seen by a server that asks for a password.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taskcontract.model import Case, TaskRef
from taskcontract.world.files import furnish
from taskcontract.world.own_lookup import LOOK_UPS, Asking, Found, demanded, looked_up
from taskcontract.world.state import Run, running

Look = Callable[..., tuple[Found | None, Run]]
REF = TaskRef("acme", "Ask")


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Call a client by its dotted name in a run's surroundings, and give what it found and the run."""
    for name in os.environ:
        if name.startswith(("PG", "AWS_", "GOOGLE_", "SNOWFLAKE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / ".home"))

    def go(path: str, *args: Any, env: dict[str, str] | None = None, home: dict[str, str] | None = None, **kwargs: Any) -> Any:
        case = Case(REF, env=tuple((env or {}).items()), home=tuple((home or {}).items()))
        run = Run(case, tmp_path)
        furnish(run)
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        with running(run):
            run.phase = "run"
            return looked_up(path, args, kwargs), run

    return go


def reads(run: Run) -> list[tuple[str, str]]:
    return [(r.kind, r.name) for r in run.reads]


PGPASS = r"""# a comment
db.example.com:*:d:u:fi\:le\\word
*:*:*:*:any
"""
SERVICE = "[other]\npassword=wrong\n[acme]\nuser = x\npassword = of-the-service\n"
POSTGRES: list[tuple[dict[str, Any], dict[str, str], dict[str, str], str]] = [
    ({"password": "given"}, {"PGPASSWORD": "variable"}, {".pgpass": PGPASS}, "given"),
    ({}, {"PGPASSWORD": "variable"}, {".pgpass": PGPASS}, "variable"),
    ({"password": None}, {"PGPASSWORD": "variable"}, {}, "variable"),
    ({"password": ""}, {"PGPASSWORD": "variable"}, {".pgpass": PGPASS}, "any"),
    ({"host": "db.example.com", "dbname": "d", "user": "u"}, {}, {".pgpass": PGPASS}, r"fi:le\word"),
    ({"host": "db.example.com", "database": "d", "user": "u"}, {}, {".pgpass": PGPASS}, r"fi:le\word"),
    ({}, {"PGHOST": "db.example.com", "PGDATABASE": "d", "PGUSER": "u"}, {".pgpass": PGPASS}, r"fi:le\word"),
    ({"host": "/var/run"}, {}, {".pgpass": "localhost:5432:user:user:socket\n"}, "socket"),
    ({}, {"PGPASSFILE": ".home/elsewhere"}, {"elsewhere": PGPASS}, "any"),
    ({"passfile": ".home/elsewhere"}, {}, {"elsewhere": PGPASS}, "any"),
    ({}, {"PGSERVICE": "acme", "PGPASSWORD": "variable"}, {".pg_service.conf": SERVICE}, "of-the-service"),
    ({"service": "acme"}, {"PGSERVICEFILE": ".home/mine"}, {"mine": SERVICE}, "of-the-service"),
    ({"dsn": "host=h password='it\\'s mine'"}, {"PGPASSWORD": "variable"}, {}, "it's mine"),
    ({"dsn": "host=h password=plain"}, {}, {}, "plain"),
    ({"dsn": "postgresql://u:p%40ss@h:5433/d?sslmode=require"}, {"PGPASSWORD": "variable"}, {}, "p@ss"),
    ({"dsn": "postgres://u@h/d"}, {"PGPASSWORD": "variable"}, {}, "variable"),
]


@pytest.mark.parametrize(("kwargs", "env", "home", "expected"), POSTGRES)
def test_libpq_finds(look: Look, kwargs: dict[str, Any], env: dict[str, str], home: dict[str, str], expected: str) -> None:
    found, _ = look("psycopg2.connect", env=env, home=home, **kwargs)
    assert found is not None and found.kwargs["password"] == expected and not found.lacks


def test_libpq_without_any_says_so_when_it_is_asked(look: Look) -> None:
    found, run = look("psycopg2.connect", "host=h", home={".pgpass": "other.example.com:*:*:*:word\nnot a line\n"})
    assert found is not None and found.lacks and found.complaint is not None
    assert (found.complaint.error, found.complaint.text) == ("psycopg2.OperationalError", "fe_sendauth: no password supplied")
    assert reads(run) == [
        ("env", "PGSERVICE"), ("env", "PGPASSWORD"), ("env", "PGPASSFILE"), ("file", "~/.pgpass"), ("env", "PGPORT"),
        ("env", "PGDATABASE"), ("env", "PGUSER"), ("lacking", "psycopg2.connect"),
    ]  # fmt: skip
    assert {(r.by, r.through) for r in run.reads if r.kind in ("env", "file")} == {("psycopg2", "psycopg2")}


def test_libpq_passes_over_a_password_file_that_others_may_read(look: Look, tmp_path: Path) -> None:
    (tmp_path / "open").write_text("*:*:*:*:word\n")
    (tmp_path / "open").chmod(0o644)
    found, _ = look("psycopg2.connect", passfile="open")
    assert found is not None and found.lacks


def test_nothing_outside_the_run_is_read(look: Look, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "pgpass"
    elsewhere.write_text("*:*:*:*:word\n")
    elsewhere.chmod(0o600)
    found, _ = look("psycopg2.connect", passfile=str(elsewhere))
    assert found is not None and found.lacks


@pytest.mark.parametrize("kwargs", [{"sslcert": "mine.crt"}, {"dsn": 3}])
def test_what_signs_in_otherwise_or_is_no_text_is_not_judged(look: Look, kwargs: dict[str, Any]) -> None:
    assert look("psycopg2.connect", **kwargs)[0] is None


CONNECTIONS = '[default]\naccount = "a"\npassword = "of-the-default"\n[mine]\npassword = "of-mine"\n'


@pytest.mark.parametrize(
    ("kwargs", "env", "expected"),
    [
        ({}, {}, "of-the-default"),
        ({}, {"SNOWFLAKE_DEFAULT_CONNECTION_NAME": "mine"}, "of-mine"),
        ({"connection_name": "mine"}, {}, "of-mine"),
        ({"connection_name": "mine", "password": "given"}, {}, "given"),
        ({"user": "u", "password": "given"}, {}, "given"),
    ],
)
def test_snowflake_finds_a_connection(look: Look, kwargs: dict[str, Any], env: dict[str, str], expected: str) -> None:
    found, _ = look("snowflake.connector.connect", env=env, home={".snowflake/connections.toml": CONNECTIONS}, **kwargs)
    assert found is not None and found.kwargs["password"] == expected


def test_snowflake_looks_in_the_home_that_is_named(look: Look) -> None:
    env = {"SNOWFLAKE_HOME": ".home/snow"}
    found, _ = look("snowflake.connector.connect", env=env, home={"snow/connections.toml": CONNECTIONS})
    assert found is not None and found.kwargs["password"] == "of-the-default"


@pytest.mark.parametrize("kwargs", [{"account": "a", "user": "u"}, {"connection_name": "unknown"}])
def test_snowflake_refuses_by_itself(look: Look, kwargs: dict[str, Any]) -> None:
    found, run = look("snowflake.connector.connect", home={".snowflake/connections.toml": "= no toml"}, **kwargs)
    assert found is not None and found.complaint is not None and found.complaint.text == "251006: Password is empty"
    assert ("lacking", "snowflake.connector.connect") in reads(run)


def test_snowflake_with_an_authenticator_is_not_judged(look: Look) -> None:
    assert look("snowflake.connector.connect", user="u", authenticator="externalbrowser")[0] is None


@pytest.mark.parametrize(
    ("path", "args", "kwargs", "lacks"),
    [
        ("pymysql.connect", (), {"host": "h", "password": None}, True),
        ("pymysql.connect", (), {"password": ""}, True),
        ("pymysql.connect", (), {"passwd": "word"}, False),
        ("pymysql.connect", (), {"read_default_file": "~/.my.cnf"}, False),
        ("pymysql.connect", ("h", "u", "word"), {}, False),
        ("pymysql.connect", ("h", "u"), {}, True),
        ("pymysql.connect", (), {"ssl": {"ca": "ca.pem"}}, True),
        ("pymysql.connect", (), {"ssl": {"cert": "mine.pem"}}, False),
        ("mysql.connector.connect", (), {"user": "u"}, True),
        ("mysql.connector.connect", ("h",), {}, False),
        ("redis.Redis", (), {"host": "h"}, True),
        ("redis.Redis", ("h", 6379, 0, "word"), {}, False),
        ("redis.Redis", (), {"credential_provider": object()}, False),
    ],
)
def test_clients_that_look_nothing_up(look: Look, path: str, args: tuple[Any, ...], kwargs: Any, lacks: bool) -> None:
    found, run = look(path, *args, env={"MYSQL_PWD": "word"}, **kwargs)
    assert (found is not None and found.lacks) == lacks
    assert reads(run) == ([("anonymous", path)] if lacks else [])


KEYS = "aws_access_key_id = {0}\naws_secret_access_key = {0}-half\n"
BOTH = {"AWS_ACCESS_KEY_ID": "variable", "AWS_SECRET_ACCESS_KEY": "variable-half"}
SHARED = {".aws/credentials": f"[default]\n{KEYS.format('shared')}[mine]\n{KEYS.format('mine')}"}


@pytest.mark.parametrize(
    ("kwargs", "env", "home", "expected"),
    [
        ({}, BOTH, SHARED, "variable"),
        ({"aws_access_key_id": None}, BOTH, {}, "variable"),
        ({}, {}, SHARED, "shared"),
        ({}, {"AWS_PROFILE": "mine"}, SHARED, "mine"),
        ({}, {"AWS_SHARED_CREDENTIALS_FILE": ".home/k"}, {"k": f"[default]\n{KEYS.format('named')}"}, "named"),
        ({}, {}, {".aws/config": f"[default]\n{KEYS.format('config')}"}, "config"),
        ({}, {"AWS_DEFAULT_PROFILE": "p"}, {".aws/config": f"[profile p]\n{KEYS.format('profile')}"}, "profile"),
    ],
)
def test_boto3_finds(look: Look, kwargs: dict[str, Any], env: dict[str, str], home: dict[str, str], expected: str) -> None:
    found, _ = look("boto3.client", "s3", env=env, home=home, **kwargs)
    assert found is not None and not found.lacks
    assert found.kwargs["aws_access_key_id"] == expected
    assert found.kwargs["aws_secret_access_key"] == f"{expected}-half"


def test_boto3_without_any_says_so_when_it_is_used(look: Look) -> None:
    found, run = look("boto3.client", "s3", home={".aws/credentials": "no section"})
    assert found is not None and found.lacks and found.later and found.complaint is not None
    assert found.complaint.text == "Unable to locate credentials"
    assert [r.name for r in run.reads if r.kind == "file"] == ["~/.aws/credentials", "~/.aws/config"]


@pytest.mark.parametrize(
    ("args", "kwargs", "env", "home"),
    [
        (("s3",), {"aws_access_key_id": "given"}, {}, {}),
        (("s3",), {"config": object()}, {}, {}),
        (("sts",), {}, {}, {}),
        (("s3", "eu-central-1"), {}, {}, {}),
        (("s3",), {}, {"AWS_ACCESS_KEY_ID": "half"}, {}),
        (("s3",), {}, {"AWS_WEB_IDENTITY_TOKEN_FILE": "token"}, {}),
        (("s3",), {}, {}, {".aws/config": "[default]\nrole_arn = arn\n"}),
    ],
)
def test_boto3_is_not_judged(look: Look, args: Any, kwargs: Any, env: dict[str, str], home: dict[str, str]) -> None:
    assert look("boto3.client", *args, env=env, home=home, **kwargs)[0] is None


ADC = ".config/gcloud/application_default_credentials.json"
ACCOUNT = {"type": "service_account", "client_email": "robot@example.com"}


@pytest.mark.parametrize(
    ("env", "home"),
    [
        ({}, {ADC: json.dumps(ACCOUNT)}),
        ({"GOOGLE_APPLICATION_CREDENTIALS": ".home/mine.json"}, {"mine.json": json.dumps(ACCOUNT), ADC: "{}"}),
    ],
)
def test_google_finds_its_default_credentials(look: Look, env: dict[str, str], home: dict[str, str]) -> None:
    found, run = look("google.cloud.storage.Client", env=env, home=home, project="p")
    assert found is not None and "credentials" in found.kwargs
    (made,) = run.effects
    assert made.what == "google.oauth2.service_account.Credentials.from_service_account_info"
    assert ("document", json.dumps(ACCOUNT, sort_keys=True)) in made.detail


def test_google_without_any_says_so(look: Look) -> None:
    found, run = look("google.cloud.bigquery.Client")
    assert found is not None and found.lacks and not found.later and found.complaint is not None
    assert found.complaint.error == "google.auth.exceptions.DefaultCredentialsError"
    assert reads(run)[:2] == [("env", "GOOGLE_APPLICATION_CREDENTIALS"), ("file", f"~/{ADC}")]


@pytest.mark.parametrize("text", ["no json", "{}", "[]", '{"type": "external_account"}'])
def test_a_file_of_google_that_is_of_another_sort_is_not_judged(look: Look, text: str) -> None:
    assert look("google.cloud.storage.Client", home={ADC: text})[0] is None


def test_google_with_credentials_or_options_is_not_judged(look: Look) -> None:
    assert look("google.cloud.storage.Client", credentials=object())[0] is None
    assert look("google.cloud.storage.Client", "project", object())[0] is None


def test_a_document_that_is_none_is_told_as_it_is(look: Look) -> None:
    path = "google.oauth2.service_account.Credentials.from_service_account_info"
    circular: list[Any] = []
    circular.append(circular)
    assert look(path, circular)[0] is None


def test_other_calls_are_not_looked_at(look: Look) -> None:
    assert look("acme.connect", password=None)[0] is None
    assert looked_up("psycopg2.connect", (), {}) is None
    assert demanded("psycopg2.connect", Found({}, True)) is None
    assert LOOK_UPS["psycopg2.connect"](Asking(Run(Case(REF), Path()), "psycopg2"), (), {"sslcert": "x"}) is None


def test_an_unreadable_file_says_nothing(look: Look) -> None:
    found, _ = look("psycopg2.connect", passfile=".home", home={"a": ""})
    assert found is not None and found.lacks
