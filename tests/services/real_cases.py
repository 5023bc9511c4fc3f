"""The cases that are observed through a stand-in and through a real server: Prefect's own tasks, and those of real_tasks.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from taskcontract.loading import module_name_of
from taskcontract.model import Case, TaskRef, Value

from .real_servers import DATABASE, PASSWORD, USER, Ports
from .servers import HOST

LIBRARY = "prefect.tasks"
OWN = Path(__file__).with_name("real_tasks.py")

CLIENTS = ("psycopg2", "psycopg", "pymysql", "mysql", "redis", "paramiko")
"""What is hidden to have phantoms; the clients of the standard library are always there."""


def all_cases(ports: Ports) -> dict[str, Case]:
    """Every case by name, for servers that listen at `ports`."""
    return {**_postgres(ports), **_mysql(ports), **_redis(ports), **_mail(ports), **_files(ports), **_sqlite()}


def _prefect(name: str, init: dict[str, Any], call: dict[str, Any], **secrets: str) -> Case:
    module, _, cls = name.rpartition(".")
    return _case(TaskRef(f"{LIBRARY}.{module}", cls), init, call, secrets)


def _own(cls: str, **call: Any) -> Case:
    return _case(TaskRef(module_name_of(OWN), cls, str(OWN), path=str(OWN)), {}, call, {})


def _case(ref: TaskRef, init: dict[str, Any], call: dict[str, Any], secrets: dict[str, str]) -> Case:
    given = tuple((name, value if isinstance(value, Value) else Value.of(value)) for name, value in init.items())
    called = tuple((name, value if isinstance(value, Value) else Value.of(value)) for name, value in call.items())
    return Case(ref, given, called, secrets=tuple(secrets.items()), any_secret=False)


def _postgres(ports: Ports) -> dict[str, Case]:
    at = {"db_name": DATABASE, "user": USER, "host": HOST, "port": ports.postgres}
    own = {"host": HOST, "port": ports.postgres, "user": USER, "password": PASSWORD, "database": DATABASE}
    secret = {"password": PASSWORD}
    select = {"query": "SELECT id, word, price, made, bytes FROM kept WHERE id > %s ORDER BY id", "data": (0,)}
    insert = {"query": "INSERT INTO kept (id, word) VALUES (%s, %s)"}

    def fetch(**call: Any) -> Case:
        return _prefect("postgres.postgres.PostgresFetch", at, {**select, **secret, **call})

    return {
        "postgres execute": _prefect("postgres.postgres.PostgresExecute", at, {**insert, **secret, "data": (91, "one")}),
        "postgres execute, commit": _prefect(
            "postgres.postgres.PostgresExecute", {**at, **insert}, {**secret, "data": (92, "two"), "commit": True}
        ),
        "postgres execute many": _prefect(
            "postgres.postgres.PostgresExecuteMany", at, {**insert, **secret, "data": [(93, "a"), (94, "b")], "commit": True}
        ),
        "postgres fetch one": fetch(),
        "postgres fetch many": fetch(fetch="many", fetch_count=2),
        "postgres fetch all": fetch(fetch="all", commit=True),
        "postgres fetch one, named": fetch(col_names=True),
        "postgres fetch all, named": fetch(fetch="all", col_names=True),
        "postgres cursor": _own("Postgres", **own),
        "postgres, the driver's own class": _own("OwnClass", **own),
        "postgres, the other driver": _own("Psycopg", **own),
        "postgres, the other driver's C class": _own("Libpq", **own),
    }


def _mysql(ports: Ports) -> dict[str, Case]:
    at = {"db_name": DATABASE, "user": USER, "password": PASSWORD, "host": HOST, "port": ports.mariadb}
    select = {"query": "SELECT id, word, price, made, bytes FROM kept ORDER BY id"}
    own = {"host": HOST, "port": ports.mariadb, "user": USER, "password": PASSWORD, "database": DATABASE}

    def fetch(**call: Any) -> Case:
        return _prefect("mysql.mysql.MySQLFetch", at, {**select, **call})

    return {
        "mysql execute": _prefect("mysql.mysql.MySQLExecute", at, {"query": "INSERT INTO kept (id, word) VALUES (91, 'one')"}),
        "mysql execute, commit": _prefect(
            "mysql.mysql.MySQLExecute", at, {"query": "INSERT INTO kept (id, word) VALUES (92, 'two')", "commit": True}
        ),
        "mysql fetch one": fetch(),
        "mysql fetch many": fetch(fetch="many", fetch_count=2),
        "mysql fetch all": fetch(fetch="all", commit=True),
        "mysql fetch one, dictionaries": fetch(cursor_type="dictcursor"),
        "mysql fetch all, dictionaries": fetch(fetch="all", cursor_type="dictcursor"),
        "mysql fetch all, unbuffered": fetch(fetch="all", cursor_type="sscursor"),
        "mysql cursor": _own("MySQL", **own),
        "mysql dictionaries": _own("Dictionaries", **own),
        "mysql, the other driver": _own("Connector", **own),
    }


def _redis(ports: Ports) -> dict[str, Case]:
    at = {"host": HOST, "port": ports.redis}
    secret = {"REDIS_PASSWORD": PASSWORD}
    put = {"redis_key": "kept", "redis_val": "value", "ex": 600}
    return {
        "redis set": _prefect("redis.redis_tasks.RedisSet", at, put, **secret),
        "redis get": _prefect("redis.redis_tasks.RedisGet", at, {"redis_key": "known"}, **secret),
        "redis execute": _prefect("redis.redis_tasks.RedisExecute", at, {"redis_cmd": "PING"}, **secret),
        "redis execute, a number": _prefect("redis.redis_tasks.RedisExecute", at, {"redis_cmd": "DBSIZE"}, **secret),
        "redis commands": _own("Redis", **at, password=PASSWORD),
    }


def _mail(ports: Ports) -> dict[str, Case]:
    letter = {"subject": "Hello", "msg": "<b>hello</b>", "email_to": "to@example.com", "email_from": "from@example.com"}
    secrets = {"EMAIL_USERNAME": USER, "EMAIL_PASSWORD": PASSWORD}

    def email(kind: str, port: int, **call: Any) -> Case:
        at = {"smtp_server": "localhost", "smtp_port": port, "smtp_type": kind}
        return _prefect("notifications.email_task.EmailTask", at, {**letter, **call}, **secrets)

    attached = Value("['note.txt']", ("open('note.txt', 'w').write('a note')",))
    return {
        "mail": email("INSECURE", ports.mail),
        "mail, attachment": email("INSECURE", ports.mail, attachments=attached, email_to_cc="cc@example.com"),
        "mail, TLS": email("SSL", ports.mail_tls),
        "mail, STARTTLS": email("STARTTLS", ports.mail_starttls),
        "mail answers": _own("Mail", host="localhost", port=ports.mail, sender="a@example.com", to="b@example.com", text="Hi"),
    }


def _files(ports: Ports) -> dict[str, Case]:
    at = {"host": HOST, "username": USER, "password": PASSWORD, "port_number": ports.files}
    local = Value("'there/up.txt'", ("import os", "os.mkdir('there')", "open('there/up.txt', 'w').write('up')"))
    return {
        "file upload": _prefect("sftp.sftp.SftpUpload", at, {"local_path": local, "remote_path": "/up.txt"}),
        "file download": _prefect("sftp.sftp.SftpDownload", at, {"remote_path": "/down.txt", "local_path": "here/down.txt"}),
        "file answers": _own("Files", host=HOST, port=ports.files, user=USER, password=PASSWORD),
    }


def _sqlite() -> dict[str, Case]:
    script = "CREATE TABLE kept (id INTEGER, word TEXT); INSERT INTO kept VALUES (1, 'one'), (2, NULL);"
    made = ("import sqlite3", f"sqlite3.connect('kept.db').executescript({script!r}).connection.close()")
    select = {"query": "SELECT * FROM kept WHERE id > ?", "data": (0,)}
    return {
        "sqlite query": _prefect("database.sqlite.SQLiteQuery", {"db": Value("'kept.db'", made)}, select),
        "sqlite script": _prefect("database.sqlite.SQLiteScript", {"db": "new.db"}, {"script": script}),
    }


NAMES = tuple(all_cases(Ports(0, 0, 0, 0, 0, 0, 0, "", Path(), [])))
