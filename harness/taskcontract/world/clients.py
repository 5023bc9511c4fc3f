"""Everything that opens a client without HTTP underneath: mail, file transfer, databases, brokers, directories.

Facts alone: standins.py puts something in the place of the clients that are installed, and phantoms ask here whether a call of
one that is not would have reached out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Client:
    """What opens a client: a dotted name in its module, and whether that alone reaches out (`lazy` ones wait for a method).

    `needs` names an argument (by keyword, or the first position) without which nothing is connected yet. `public` is the full
    name that tasks know it by, where that is another.
    """

    name: str
    lazy: bool = False
    needs: str = ""
    public: str = ""

    def only_makes(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        """Whether a call with these arguments makes an object and reaches nothing yet."""
        idle = bool(self.needs) and not (kwargs.get(self.needs) or args[:1] not in ((), ("",), (None,)))
        return self.lazy or idle


def _all(*names: str, lazy: bool = False, needs: str = "") -> tuple[Client, ...]:
    return tuple(Client(name, lazy, needs) for name in names)


CLIENTS: Final[dict[str, tuple[Client, ...]]] = {
    "smtplib": _all("SMTP", "SMTP_SSL", "LMTP", needs="host"),
    "ftplib": _all("FTP", "FTP_TLS", needs="host"),
    "imaplib": _all("IMAP4", "IMAP4_SSL", "IMAP4_stream"),
    "poplib": _all("POP3", "POP3_SSL"),
    "telnetlib": _all("Telnet", needs="host"),
    "nntplib": _all("NNTP", "NNTP_SSL"),
    "psycopg2": _all("connect"),
    "psycopg2._psycopg": (
        Client("_connect"),
        Client("connection", public="psycopg2.extensions.connection"),
        Client("ReplicationConnection", public="psycopg2.extensions.ReplicationConnection"),
    ),
    "psycopg2.pool": _all("SimpleConnectionPool", "ThreadedConnectionPool"),
    "psycopg": _all("connect", "Connection.connect", "AsyncConnection.connect"),
    "psycopg.pq": _all("PGconn.connect", "PGconn.connect_start"),
    "asyncpg": _all("connect", "create_pool"),
    "pymysql": _all("connect", "Connect", "Connection"),
    "MySQLdb": _all("connect", "Connect", "Connection"),
    "mysql.connector": _all("connect"),
    "pyodbc": _all("connect"),
    "pymssql": _all("connect"),
    "cx_Oracle": _all("connect", "Connection", "SessionPool"),
    "oracledb": _all("connect", "create_pool"),
    "snowflake.connector": _all("connect", "SnowflakeConnection"),
    "pyexasol": _all("connect"),
    "firebolt.db": _all("connect"),
    "redis": _all("Redis", "StrictRedis", "from_url", "ConnectionPool", lazy=True),
    "redis.asyncio": _all("Redis", "from_url", "ConnectionPool", lazy=True),
    "pymongo": _all("MongoClient", "AsyncMongoClient", lazy=True),
    "motor.motor_asyncio": _all("AsyncIOMotorClient", lazy=True),
    "paramiko": (*_all("Transport", "SFTPClient.from_transport"), *_all("SSHClient", lazy=True)),
    "confluent_kafka": _all("Producer", "Consumer", lazy=True),
    "confluent_kafka.admin": _all("AdminClient", lazy=True),
    "kafka": _all("KafkaProducer", "KafkaConsumer", "KafkaAdminClient"),
    "pika": _all("BlockingConnection", "SelectConnection"),
    "ldap3": (*_all("Connection"), *_all("Server", lazy=True)),
    "grpc": _all("insecure_channel", "secure_channel", lazy=True),
    "grpc.aio": _all("insecure_channel", "secure_channel", lazy=True),
    "neo4j": _all("GraphDatabase.driver", "AsyncGraphDatabase.driver", lazy=True),
    "py2neo": _all("Graph", "Database"),
}
"""Everything that opens a client without HTTP underneath, by module."""

_OPENERS: Final = {c.public or f"{module}.{c.name}": c for module, clients in CLIENTS.items() for c in clients}


def opener(path: str) -> Client | None:
    """The client that a call of the dotted name `path` opens; None where that is not known."""
    return _OPENERS.get(path)
