"""What the real servers hold before a task meets them: three rows in each database, one key, one file."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from .real_servers import DATABASE, PASSWORD, USER, Ports
from .servers import HOST

_ROWS = (
    "INSERT INTO kept (id, word, price, made, bytes) VALUES (1, 'one', 1.50, '2024-01-15 10:20:30', 'a'),"
    " (2, 'two', 2.50, '2024-01-16 10:20:30', 'b'), (3, NULL, NULL, NULL, NULL)"
)


def fill(ports: Ports) -> None:
    """Put everything where the cases look for it."""
    import psycopg2
    import pymysql
    import redis

    given: dict[str, Any] = {"host": HOST, "user": USER, "password": PASSWORD, "database": DATABASE}
    table = "CREATE TABLE kept (id INTEGER, word VARCHAR(20), price NUMERIC(6, 2), made {}, bytes {})"
    for connection, kinds in (
        (psycopg2.connect(port=ports.postgres, **given), ("TIMESTAMP", "BYTEA")),
        (pymysql.connect(port=ports.mariadb, **given), ("DATETIME", "BLOB")),
    ):
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(table.format(*kinds))
            cursor.execute(_ROWS)
            connection.commit()
    with closing(redis.Redis(host=HOST, port=ports.redis, password=PASSWORD)) as store:
        store.set("known", b"kept \xff bytes")
    (ports.served / "down.txt").write_text("down")
