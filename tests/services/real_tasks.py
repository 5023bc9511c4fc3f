"""Tasks that ask more of a client than Prefect's own do: cursors read every way, commands of every sort, files looked at."""

from __future__ import annotations

from smtplib import SMTP
from typing import Any

import mysql.connector
import paramiko
import psycopg
import psycopg2.extensions
import pymysql.cursors
import redis
from prefect import Task
from psycopg.rows import dict_row


class Postgres(Task):
    """Everything that a cursor of the DB-API has."""

    def run(self, host: str, port: int, user: str, password: str, database: str) -> Any:  # type: ignore[override]
        connection = psycopg2.connect(host=host, port=port, user=user, password=password, dbname=database)
        return read_every_way(connection)


class MySQL(Task):
    """The same with another driver."""

    def run(self, host: str, port: int, user: str, password: str, database: str) -> Any:  # type: ignore[override]
        return read_every_way(pymysql.connect(host=host, port=port, user=user, password=password, database=database))


class OwnClass(Task):
    """What `psycopg2.connect` makes, made by hand."""

    def run(self, host: str, port: int, user: str, password: str, database: str) -> Any:  # type: ignore[override]
        dsn = f"host={host} port={port} user={user} password={password} dbname={database}"
        return read_every_way(psycopg2.extensions.connection(dsn))


class Psycopg(Task):
    """The same with PostgreSQL's other driver, whose `execute` gives the cursor."""

    def run(self, host: str, port: int, user: str, password: str, database: str) -> Any:  # type: ignore[override]
        connection = psycopg.connect(host=host, port=port, user=user, password=password, dbname=database)
        found = connection.execute("SELECT id, word FROM kept ORDER BY id").fetchone()
        named = connection.cursor(row_factory=dict_row).execute("SELECT id, word FROM kept ORDER BY id").fetchall()
        return found, named, read_every_way(connection)


class Libpq(Task):
    """The class of the C library's connections, used by hand."""

    def run(self, host: str, port: int, user: str, password: str, database: str) -> Any:  # type: ignore[override]
        dsn = f"host={host} port={port} user={user} password={password} dbname={database}"
        connection = psycopg.pq.PGconn.connect(dsn.encode())
        status = connection.status
        connection.finish()
        return status


class Connector(Task):
    """The same with MySQL's own driver."""

    def run(self, host: str, port: int, user: str, password: str, database: str) -> Any:  # type: ignore[override]
        given = {"host": host, "port": port, "user": user, "password": password, "database": database, "use_pure": True}
        connection = mysql.connector.connect(**given)
        cursor = connection.cursor(dictionary=True)
        cursor.execute("SELECT id, word FROM kept ORDER BY id")
        return cursor.fetchone(), cursor.fetchall(), read_every_way(connection)


class Dictionaries(Task):
    """Rows by the names of their columns."""

    def run(self, host: str, port: int, user: str, password: str, database: str) -> Any:  # type: ignore[override]
        connection = pymysql.connect(
            host=host, port=port, user=user, password=password, database=database, cursorclass=pymysql.cursors.DictCursor
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, word FROM kept ORDER BY id")
            found = cursor.fetchone(), cursor.fetchmany(1), cursor.fetchall()
        connection.close()
        return found


def read_every_way(connection: Any) -> dict[str, Any]:
    cursor = connection.cursor()
    executed = cursor.execute("SELECT id, word FROM kept WHERE id > %s ORDER BY id", (0,))
    names = [column[0] for column in cursor.description]
    count = cursor.rowcount
    one, many, rest = cursor.fetchone(), cursor.fetchmany(1), cursor.fetchall()
    cursor.execute("SELECT id, word FROM kept")
    rows = [row for row in cursor]
    words = []
    cursor.execute("SELECT id, word FROM kept")
    for identity, word in cursor:
        words.append((identity, word))
    put = cursor.executemany("UPDATE kept SET word = %s WHERE id = %s", [("a", -1), ("b", -2)])
    return {
        "executed": executed,
        "names": names,
        "count": count,
        "one": one,
        "first": one[1],
        "many": many,
        "rest": rest,
        "rows": rows,
        "words": words,
        "put": put,
        "array size": cursor.arraysize,
        "rolled back": connection.rollback(),
        "committed": connection.commit(),
        "cursor closed": cursor.close(),
        "closed": connection.close(),
    }


class Redis(Task):
    """Commands of every kind of answer."""

    def run(self, host: str, port: int, password: str) -> Any:  # type: ignore[override]
        store = redis.Redis(host=host, port=port, password=password)
        return {
            "ping": store.ping(),
            "set": store.set("contract:a", "1"),
            "get": store.get("contract:a"),
            "incr": store.incr("contract:a"),
            "exists": store.exists("contract:a"),
            "expire": store.expire("contract:a", 60),
            "ttl": store.ttl("contract:a"),
            "hset": store.hset("contract:h", mapping={"k": "v"}),
            "hget": store.hget("contract:h", "k"),
            "hgetall": store.hgetall("contract:h"),
            "rpush": store.rpush("contract:l", "x"),
            "lrange": store.lrange("contract:l", 0, -1),
            "lpop": store.lpop("contract:l"),
            "sadd": store.sadd("contract:s", "m"),
            "smembers": store.smembers("contract:s"),
            "keys": store.keys("contract:*"),
            "delete": store.delete("contract:a", "contract:h", "contract:s"),
        }


class Mail(Task):
    """What an SMTP connection answers."""

    def run(self, host: str, port: int, sender: str, to: str, text: str) -> Any:  # type: ignore[override]
        with SMTP(host, port, timeout=20) as server:
            return {
                "ehlo": server.ehlo("client.example"),
                "noop": server.noop(),
                "sent": server.sendmail(sender, [to], text),
                "extension": server.has_extn("size"),
                "reset": server.rset(),
            }


class Files(Task):
    """What an SFTP connection answers."""

    def run(self, host: str, port: int, user: str, password: str) -> Any:  # type: ignore[override]
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(host, port=port, username=user, password=password, look_for_keys=False, allow_agent=False)
        files = client.open_sftp()
        with files.open("/put.txt", "w") as out:
            out.write("text")
        with files.open("/put.txt") as back:
            text = back.read()
        answers = {
            "text": text,
            "listed": files.listdir("/"),
            "size": files.stat("/put.txt").st_size,
            "names": [entry.filename for entry in files.listdir_attr("/")],
            "made": files.mkdir("/folder"),
            "renamed": files.rename("/put.txt", "/moved.txt"),
            "removed": files.remove("/moved.txt"),
            "folder removed": files.rmdir("/folder"),
        }
        _, out, _ = client.exec_command("uptime")
        answers["said"] = out.read()
        answers["status"] = out.channel.recv_exit_status()
        files.close()
        client.close()
        return answers
