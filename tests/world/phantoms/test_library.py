"""Tasks of Prefect's own library, run with none of their clients installed: how far they come, and how they end."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable, Iterator
from importlib.machinery import PathFinder
from typing import Any

import prefect
import pytest

from taskcontract.world.importing import LIBRARY, importer

from .conftest import Library, Seen

_CLIENTS = frozenset(
    (
        "asana",
        "confluent_kafka",
        "google",
        "great_expectations",
        "gspread",
        "hvac",
        "kubernetes",
        "pandas",
        "paramiko",
        "psycopg2",
        "pushbullet",
        "py2neo",
        "pyarrow",
        "pymysql",
        "python_http_client",
        "sendgrid",
        "snowflake",
        "spacy",
        "toloka",
        "tweepy",
    )
)
_KEY = {"KUBERNETES_API_KEY": "k"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """None of the clients is installed, nobody waits, and Prefect logs to nowhere."""
    find = PathFinder.find_spec

    def without(name: str, path: Any = None, target: Any = None) -> Any:
        return None if name.partition(".")[0] in _CLIENTS else find(name, path, target)

    monkeypatch.setattr(PathFinder, "find_spec", without)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    known = set(LIBRARY)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    LIBRARY.intersection_update(known)


Run = Callable[..., Seen]


@pytest.fixture
def run(library: Library) -> Run:
    """Construct a task with nothing, or take a function task, and run it."""

    def go(task: str, choices: tuple[tuple[str, str], ...] = (), secrets: dict[str, Any] | None = None, **call: Any) -> Seen:
        module, _, name = task.partition(":")
        found = getattr(importer(f"prefect.tasks.{module}"), name)

        def body() -> Any:
            with prefect.context(secrets=secrets or {}):
                return (found() if isinstance(found, type) else found).run(**call)

        return library.run(body, choices=choices)

    return go


def names(seen: Seen) -> list[str]:
    """The last words of the effects."""
    return [e.what.rpartition(".")[2] for e in seen.effects]


def test_a_job_is_waited_for_and_removed(run: Run) -> None:
    body = {"metadata": {"name": "j"}}
    seen = run("kubernetes.job:RunNamespacedJob", secrets=_KEY, body=body)
    assert seen.error is None
    assert names(seen)[-4:] == [
        "create_namespaced_job",
        "read_namespaced_job_status",
        "V1DeleteOptions",
        "delete_namespaced_job",
    ]
    failed = (("kubernetes.client.BatchV1Api().read_namespaced_job_status().status.failed?", "True"),)
    assert type(run("kubernetes.job:RunNamespacedJob", failed, _KEY, body=body).error).__name__ == "FAIL"


def test_the_key_of_a_configuration_reaches_the_client(run: Run) -> None:
    one, two = (run("kubernetes.pod:ListNamespacedPod", secrets={"KUBERNETES_API_KEY": key}) for key in ("k1", "k2"))
    assert one.error is None and two.error is None
    assert [e.what for e in one.effects] == [e.what for e in two.effects] and one.effects != two.effects


def test_logs_are_streamed_to_the_callback(run: Run) -> None:
    lines: list[str] = []
    seen = run("kubernetes.pod:ReadNamespacedPodLogs", secrets=_KEY, pod_name="p", on_log_entry=lines.append)
    assert seen.error is None and len(lines) == 1


def test_a_table_that_is_not_found_is_created(run: Run) -> None:
    given = {"dataset": "d", "table": "t", "schema": ["s"]}
    assert type(run("gcp.bigquery:CreateBigQueryTable", **given).error).__name__ == "SUCCESS"
    missing = (("google.cloud.bigquery.Client().get_table()!NotFound", "True"),)
    seen = run("gcp.bigquery:CreateBigQueryTable", missing, **given)
    assert seen.error is None and names(seen)[-2:] == ["Table", "create_table"]


def test_a_query_with_a_dry_run(run: Run) -> None:
    seen = run("gcp.bigquery:BigQueryTask", query="q", dry_run_max_bytes=5, query_params=[("a", "STRING", "v")])
    assert seen.error is None and names(seen).count("query") == 2
    dry, wet = (e.detail for e in seen.effects if e.what.endswith(".query"))
    assert dry != wet and "dry_run" in repr(dry)


@pytest.mark.parametrize(
    ("task", "call", "last"),
    [
        ("great_expectations.checkpoints:RunGreatExpectationsValidation", {"checkpoint_name": "c"}, "render"),
        ("neo4j.neo4j_tasks:Neo4jRunCypherQueryTask",
         {"server_uri": "u", "user": "u", "password": "p", "cypher_query": "q"}, "data"),
        ("toloka.operations:create_tasks", {"tasks": [{"a": 1}], "pool_id": "p", "token": "t"}, "create_tasks"),
        ("toloka.operations:wait_pool",
         {"pool_id": "p", "period": datetime.timedelta(1), "open_pool": True, "token": "t"}, "is_open"),
        ("toloka.operations:reject_assignment",
         {"assignment_id": "a", "public_comment": "c", "token": "t"}, "reject_assignment"),
        ("kafka.kafka:KafkaBatchConsume", {"bootstrap_servers": "b", "group_id": "g", "topics": ["t"]}, "close"),
        ("kafka.kafka:KafkaBatchProduce", {"bootstrap_servers": "b", "topic": "t", "messages": [{"key": "k"}]}, "flush"),
        ("dremio.dremio:DremioFetch",
         {"username": "u", "password": "p", "hostname": "h", "flightport": 1, "tls": False, "certs": "", "query": "q"},
         "to_pydict"),
        ("snowflake.snowflake:SnowflakeQuery", {"account": "a", "user": "u", "password": "p", "query": "q"}, "fetchall"),
        ("postgres.postgres:PostgresFetch",
         {"db_name": "d", "user": "u", "host": "h", "query": "q", "fetch": "all", "col_names": True}, "close"),
        ("mysql.mysql:MySQLFetch",
         {"db_name": "d", "user": "u", "password": "p", "host": "h", "query": "q", "fetch": "many"}, "close"),
        ("sendgrid.sendgrid:SendEmail", {"sendgrid_api_key": "k", "to_emails": "a@b.c", "category": "x"}, "send"),
        ("spacy.spacy_tasks:SpacyNLP", {"text": "words"}, "__call__"),
        ("gsheets.gsheets:ReadGsheetRow",
         {"row": 1, "credentials_filename": "f", "sheet_key": "s", "worksheet_name": "w"}, "row_values"),
        ("notifications.pushbullet_task:PushbulletTask", {"msg": "m"}, "push_note"),
        ("asana.asana_task:OpenAsanaToDo",
         {"project": "p", "name": "n", "notes": "o", "token": "t"}, "create_task"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:`OpenAsanaToDo` sets a `name` attribute")
def test_the_task_comes_to_its_end(run: Run, task: str, call: dict[str, Any], last: str) -> None:
    secrets = {"PUSHBULLET_TOKEN": "t", "ASANA_TOKEN": "t"}
    first, again = run(task, secrets=secrets, **call), run(task, secrets=secrets, **call)
    assert first.error is None
    assert names(first)[-1] == last
    assert first.effects == again.effects and first.run.forks == again.run.forks
