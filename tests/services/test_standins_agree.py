"""The same case through a real server, through a stand-in and through a phantom: the calls and the result's types agree."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from taskcontract.model import Case, Observation

from .real_cases import CLIENTS, NAMES, all_cases
from .real_comparison import calls, difference
from .real_servers import DATABASE, PASSWORD, USER, Ports, everything
from .real_setup import fill
from .servers import HOST, ROOT

SEALED = ("installed", "absent")
WITH_CLIENT = [name for name in NAMES if not name.startswith("sqlite")]
LETTERS = 5
"""How many of the cases deliver a letter."""


@dataclass(frozen=True)
class Watched:
    """All cases, observed each way, and what the servers had got when only the real ones were over, and at the end."""

    seen: dict[str, dict[str, Observation]]
    after_real: dict[str, int]
    at_last: dict[str, int]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with everything() as ports:
        fill(ports)
        cases = all_cases(ports)
        seen = {"real": observed("real", cases, ports)}
        after_real = arrived(ports)
        seen["installed"] = observed("installed", cases, ports)
        seen["absent"] = observed("absent", cases, ports, *CLIENTS)
        yield Watched(seen, after_real, arrived(ports))


def observed(how: str, cases: dict[str, Case], ports: Ports, *hidden: str) -> dict[str, Observation]:
    """The observations of all cases, made in a process of its own."""
    environment = {**os.environ, "SSL_CERT_FILE": ports.certificate, "PREFECT__LOGGING__LEVEL": "CRITICAL"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.services.real_child", how, *hidden]
    done = subprocess.run(command, input=pickle.dumps(cases), env=environment, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Observation] = pickle.loads(done.stdout)
    return found


def arrived(ports: Ports) -> dict[str, int]:
    """How many letters, and how many further rows of each database, have arrived."""
    import psycopg2
    import pymysql

    given: dict[str, Any] = {"host": HOST, "user": USER, "password": PASSWORD, "database": DATABASE}
    found = {"letters": len(ports.letters)}
    for name, connection in (
        ("postgres", psycopg2.connect(port=ports.postgres, **given)),
        ("mariadb", pymysql.connect(port=ports.mariadb, **given)),
    ):
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept WHERE id > 90")
            found[name] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_real_case_works(watched: Watched, name: str) -> None:
    outcome = watched.seen["real"][name].outcome
    assert (outcome.kind, outcome.text) == ("returned", "")
    assert name.startswith("sqlite") or calls(watched.seen["real"][name])


@pytest.mark.parametrize("how", SEALED)
@pytest.mark.parametrize("name", WITH_CLIENT)
def test_the_calls_agree(watched: Watched, name: str, how: str) -> None:
    assert calls(watched.seen[how][name]) == calls(watched.seen["real"][name])


@pytest.mark.parametrize("how", SEALED)
@pytest.mark.parametrize("name", NAMES)
def test_the_types_of_the_result_agree(watched: Watched, name: str, how: str) -> None:
    real, sealed = watched.seen["real"][name].outcome, watched.seen[how][name].outcome
    assert sealed.kind == "returned", sealed.text
    assert difference(real.value, sealed.value) == ""


@pytest.mark.parametrize("how", SEALED)
@pytest.mark.parametrize("name", WITH_CLIENT)
def test_only_what_the_server_alone_knows_is_of_no_known_type(watched: Watched, name: str, how: str) -> None:
    unknown = [path for path in unknown_leaves(watched.seen[how][name].outcome.value) if not OF_THE_SERVER.search(path)]
    assert unknown == []


OF_THE_SERVER = re.compile(r"\]$|execute_command\(\)$|lpop\(\)$|psycopg\..*\.execute\(\)$|\.filename$|PGconn.*\.status$")
"""Columns and their names, fields, the answer to any command, the cursor itself, a listed file's name, a status."""


def unknown_leaves(form: Any) -> list[str]:
    """The paths of the leaves in a canonical result of which no type is known."""
    if not isinstance(form, tuple):
        return []
    if form[:1] == ("answer",):
        return [form[1]] if len(form) == 2 else []
    return [path for part in form for path in unknown_leaves(part)]


@pytest.mark.parametrize("name", WITH_CLIENT)
def test_a_phantom_is_seen_to_do_what_a_stand_in_does(watched: Watched, name: str) -> None:
    installed, absent = (watched.seen[how][name] for how in SEALED)
    assert absent.outcome.value == installed.outcome.value
    reaching = [[e.what for e in seen.effects if not e.constructing] for seen in (installed, absent)]
    assert reaching[0] == reaching[1] != []


@pytest.mark.parametrize("how", SEALED)
def test_sqlite_is_itself_in_the_sealed_world(watched: Watched, how: str) -> None:
    query, script = (watched.seen[how][name] for name in ("sqlite query", "sqlite script"))
    rows = ("list", ("tuple", 1, "one"), ("tuple", 2, None))
    assert query.outcome.value == watched.seen["real"]["sqlite query"].outcome.value == rows
    assert [e.detail[1].strip() for e in (*query.effects, *script.effects) if e.kind == "client"] == [
        "SELECT * FROM kept WHERE id > 0",
        "CREATE TABLE kept (id INTEGER, word TEXT);",
        "INSERT INTO kept VALUES (1, 'one'), (2, NULL);",
    ]


def test_nothing_of_a_sealed_run_arrives_at_a_server(watched: Watched) -> None:
    assert watched.after_real == {"letters": LETTERS, "postgres": 3, "mariadb": 1}
    assert watched.at_last == watched.after_real
