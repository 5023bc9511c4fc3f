"""Installed clients without HTTP: recorded in a run, real outside, however they were imported."""

from __future__ import annotations

import smtplib
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taskcontract.world.importing import LIBRARY
from taskcontract.world.standins import CLIENTS, StandinLayer

from .conftest import Library, Seen

Ran = Callable[..., Seen]

_FAKE = {
    "psycopg2": "def connect(*args, **kwargs):\n    return ('real', args, kwargs)\n",
    "redis": "class Redis:\n    def __init__(self, host='h'):\n        self.host = host\n"
    "    @classmethod\n    def from_url(cls, url):\n        return cls(url)\nStrictRedis = Redis\nfrom_url = Redis.from_url\n",
    "paramiko": "class Transport:\n    def __new__(cls, sock):\n        made = object.__new__(cls)\n        made.sock = sock\n"
    "        return made\nclass SFTPClient:\n    @classmethod\n    def from_transport(cls, transport):\n"
    "        return 'real sftp'\n"
    "class SSHClient:\n    pass\n",
    "confluent_kafka": "from collections import deque as Producer\nfrom itertools import count as Consumer\n",
    "neo4j": "class GraphDatabase:\n    @staticmethod\n    def driver(uri):\n        return 'real driver'\n",
}
"""Clients as their distributions make them: functions, classes, class methods, classes written in C."""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Small packages in the place of the real clients."""
    folder = tmp_path / "installed"
    folder.mkdir()
    for name, text in _FAKE.items():
        (folder / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(folder))
    waiting = StandinLayer()
    waiting.install()
    yield
    for name in _FAKE:
        sys.modules.pop(name, None)


def test_mail_is_recorded_and_not_sent(ran: Ran) -> None:
    seen = ran(
        """
        import smtplib, ssl
        from smtplib import SMTP
        def go():
            with smtplib.SMTP_SSL("mail.example", 465, context=None) as server:
                server.login("user", "secret")
                server.sendmail("a", ["b"], "text")
            SMTP().connect("late.example")
            SMTP(host="x").quit()
            return isinstance(server, str)
        """
    )
    assert seen.error is None
    assert seen.whats == [
        "smtplib.SMTP_SSL",
        "smtplib.SMTP_SSL().login",
        "smtplib.SMTP_SSL().sendmail",
        "~smtplib.SMTP",
        "smtplib.SMTP().connect",
        "smtplib.SMTP",
        "smtplib.SMTP().quit",
    ]
    assert {e.via for e in seen.effects} == {"stand-in:smtplib"}
    assert seen.effects[0].detail == ("call", "mail.example", 465, ("context", None))
    assert seen.effects[1].detail == ("call", "user", "secret")


@pytest.mark.parametrize(
    "opening",
    ["ftplib.FTP('h', 'u')", "imaplib.IMAP4_SSL('h')", "poplib.POP3('h')", "ftplib.FTP_TLS(host='h')", "smtplib.LMTP('h')"],
)
def test_the_standard_librarys_clients_connect_to_nothing(ran: Ran, opening: str) -> None:
    module = opening.partition(".")[0]
    seen = ran(f"import {module}\ndef go():\n    c = {opening}\n    return c.noop()")
    assert seen.error is None
    assert [(e.what.rpartition(".")[0].removesuffix("()").partition(".")[0], e.constructing) for e in seen.effects] == [
        (module, False)
    ] * 2


def test_outside_a_run_the_real_client_is_there(ran: Ran) -> None:
    ran("import smtplib\ndef go():\n    return smtplib.SMTP('h')")
    server = smtplib.SMTP()
    assert type(server) is smtplib.SMTP and server.sock is None

    class Mine(smtplib.SMTP):
        """A subclass of somebody's."""

    assert type(Mine()) is Mine


@pytest.mark.usefixtures("installed")
def test_installed_clients_are_replaced_for_the_run_only(library: Library) -> None:
    module = library.module(
        """
        import confluent_kafka, neo4j, paramiko, psycopg2, redis
        from confluent_kafka import Producer
        from psycopg2 import connect
        from redis import from_url, StrictRedis
        def go():
            connect(host="h").cursor().execute("q")
            psycopg2.connect("dsn")
            StrictRedis(host="x").get("k")
            from_url("redis://").set("k", 1)
            Producer({"a": 1}).produce("t", value=b"v")
            sftp = paramiko.SFTPClient.from_transport(paramiko.Transport(("h", 22)))
            sftp.put("a", "b")
            paramiko.SSHClient().connect("h")
            return neo4j.GraphDatabase.driver("bolt://").session().run("MATCH")
        def real():
            return (connect(1), psycopg2.connect(2)[0], StrictRedis("s").host, from_url("u").host, list(Producer([1, 2])),
                    paramiko.Transport("t").sock, paramiko.SFTPClient.from_transport(1), neo4j.GraphDatabase.driver("b"),
                    type(paramiko.SSHClient()).__name__, isinstance(Producer(), confluent_kafka.Producer))
        """
    )
    real: tuple[Any, ...] = (("real", (1,), {}), "real", "s", "u", [1, 2], "t", "real sftp", "real driver", "SSHClient", True)
    assert module.real() == real
    seen = library.run(module.go)
    assert seen.error is None
    assert seen.whats == [
        "psycopg2.connect",
        "~psycopg2.connect().cursor",
        "psycopg2.connect().cursor().execute",
        "psycopg2.connect",
        "~redis.Redis",
        "redis.Redis().get",
        "~redis.from_url",
        "redis.from_url().set",
        "~confluent_kafka.Producer",
        "confluent_kafka.Producer().produce",
        "paramiko.Transport",
        "paramiko.SFTPClient.from_transport",
        "paramiko.SFTPClient.from_transport().put",
        "~paramiko.SSHClient",
        "paramiko.SSHClient().connect",
        "~neo4j.GraphDatabase.driver",
        "~neo4j.GraphDatabase.driver().session",
        "neo4j.GraphDatabase.driver().session().run",
    ]
    assert {e.via for e in seen.effects} >= {"stand-in:psycopg2", "stand-in:redis", "stand-in:confluent_kafka"}
    assert module.real() == real


@pytest.mark.usefixtures("installed")
def test_a_client_imported_by_the_run_itself_is_replaced(library: Library) -> None:
    module = library.module("def go():\n    import psycopg2\n    return psycopg2.connect(host='h').commit()")
    assert library.run(module.go).whats == ["psycopg2.connect", "psycopg2.connect().commit"]


def test_every_opener_is_named_once() -> None:
    for module, clients in CLIENTS.items():
        names = [c.name for c in clients]
        assert len(names) == len(set(names)), module


def test_a_real_database_in_the_cases_folder_has_its_statements_recorded(ran: Ran) -> None:
    seen = ran(
        """
        import sqlite3
        from contextlib import closing
        def go():
            with closing(sqlite3.connect("case.db")) as db:
                db.execute("create table t (x)")
                db.execute("insert into t values (?)", (7,))
                db.commit()
                return db.execute("select x from t").fetchall()
        """
    )
    assert seen.error is None and seen.value == [(7,)]
    statements = [e.detail[1] for e in seen.effects]
    assert "insert into t values (7)" in statements and "select x from t" in statements
    assert {(e.kind, e.what, e.via) for e in seen.effects} == {("client", "sqlite3.connect().execute", "stand-in:sqlite3")}


def test_a_database_of_the_hosts_is_not_watched(ran: Ran) -> None:
    with_run = ran("def go():\n    return 1")
    database: Any = sqlite3.connect(":memory:")
    assert database.execute("select 1").fetchone() == (1,)
    database.close()
    assert with_run.effects == []


def test_the_library_list_is_left_as_it_was(library: Library) -> None:
    library.module("x = 1")
    assert library.name in LIBRARY
