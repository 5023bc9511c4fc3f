"""Recording stand-ins for installed clients that speak no HTTP: mail, file transfer, databases, brokers, directories.

While a run is in progress, what opens such a client gives an object that records every use, with the behaviour of a phantom's;
otherwise the real client is opened. Classes are intercepted where instances are made and functions where they are named, so
that `from smtplib import SMTP` before the harness came makes no difference. SQLite stays real and has its statements recorded.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from taskcontract.world import databases, patches, state
from taskcontract.world.http_imports import when_imported
from taskcontract.world.phantom_results import opened
from taskcontract.world.phantom_state import detail_of, record


@dataclass(frozen=True, slots=True)
class Client:
    """What opens a client: a dotted name in its module, and whether that alone reaches out (`lazy` ones wait for a method).

    `needs` names an argument (by keyword, or the first position) without which nothing is connected yet.
    """

    name: str
    lazy: bool = False
    needs: str = ""


def _all(*names: str, lazy: bool = False, needs: str = "") -> tuple[Client, ...]:
    return tuple(Client(name, lazy, needs) for name in names)


CLIENTS: dict[str, tuple[Client, ...]] = {
    "smtplib": _all("SMTP", "SMTP_SSL", "LMTP", needs="host"),
    "ftplib": _all("FTP", "FTP_TLS", needs="host"),
    "imaplib": _all("IMAP4", "IMAP4_SSL", "IMAP4_stream"),
    "poplib": _all("POP3", "POP3_SSL"),
    "telnetlib": _all("Telnet", needs="host"),
    "nntplib": _all("NNTP", "NNTP_SSL"),
    "psycopg2": _all("connect"),
    "psycopg2.pool": _all("SimpleConnectionPool", "ThreadedConnectionPool"),
    "psycopg": _all("connect", "Connection.connect", "AsyncConnection.connect"),
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


class StandinLayer:
    """Puts the stand-ins in place once per process: now for what is imported, later for what will be."""

    name = "stand-ins"

    def __init__(self) -> None:
        self._installed = False

    def install(self) -> None:
        if self._installed:
            return
        self._installed = True
        for module, clients in CLIENTS.items():
            when_imported(module, _replacer(clients))
        databases.on_open(_record_statements)

    def enter(self, run: state.Run) -> None:
        patches.sweep()

    def exit(self, run: state.Run) -> None:
        """Nothing to undo: without a run the clients are the real ones."""


def _replacer(clients: tuple[Client, ...]) -> Callable[[types.ModuleType], None]:
    def act(module: types.ModuleType) -> None:
        for client in clients:
            _replace(module, client)

    return act


def _replace(module: types.ModuleType, client: Client) -> None:
    owner: Any = module
    *between, last = client.name.split(".")
    for part in between:
        owner = getattr(owner, part, None)
    target = getattr(owner, last, None)
    stand_in = _StandIn(module.__name__, client)
    if target is None or "__taskcontract_standin__" in getattr(target, "__dict__", {}):
        return
    if not isinstance(target, type):
        if isinstance(owner, types.ModuleType):
            patches.replace(owner, last, stand_in.around_function)
        else:
            setattr(owner, last, staticmethod(stand_in.around_function(target)))
    elif target.__flags__ & _HEAP:
        stand_in.take_over(target)
    else:
        patches.substitute(module, last, stand_in.derived(target))


_HEAP = 1 << 9  # Py_TPFLAGS_HEAPTYPE: a class whose attributes can be set


class _StandIn:
    """One opener of a client, replaced."""

    def __init__(self, module: str, client: Client) -> None:
        self.path, self.client = f"{module}.{client.name}", client
        self.via = f"stand-in:{module.partition('.')[0]}"

    def open(self, args: tuple[Any, ...], kwargs: dict[str, Any], frame: types.FrameType) -> Any:
        """The recording object in place of the client."""
        needs = self.client.needs
        idle = bool(needs) and not (kwargs.get(needs) or args[:1] not in ((), ("",), (None,)))
        return opened(self.path, self.via, args, kwargs, frame, constructing=self.client.lazy or idle)

    def around_function(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if state.active() is None:
                return original(*args, **kwargs)
            return self.open(args, kwargs, sys._getframe(1))

        call.__taskcontract_standin__ = True  # type: ignore[attr-defined]
        return call

    def _making(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def new(cls: type, /, *args: Any, **kwargs: Any) -> Any:
            if state.active() is None:
                return make(cls) if make is object.__new__ else make(cls, *args, **kwargs)
            return self.open(args, kwargs, sys._getframe(1))

        return new

    def take_over(self, cls: type) -> None:
        """Have the class itself give stand-ins, so that every name it is known by does. Subclasses give them, too."""
        if "__taskcontract_standin__" in vars(cls):
            return
        make = cls.__new__
        cls.__new__ = staticmethod(self._making(make))  # type: ignore[method-assign]
        cls.__taskcontract_standin__ = True  # type: ignore[attr-defined]

    def derived(self, cls: type) -> type:
        """A subclass that gives stand-ins, for a class written in C, whose own attributes are fixed."""
        body = {"__new__": self._making(cls.__new__), "__module__": cls.__module__, "__taskcontract_standin__": True}
        return type(cls.__name__, (cls,), body)


# --- SQLite ----------------------------------------------------------------------------------------------------------


def _record_statements(run: state.Run, connection: Any) -> None:
    """Record every statement that a real connection executes, with its parameters filled in."""

    def statement(sql: str) -> None:
        if state.active() is run and not run.over:
            record("sqlite3.connect().execute", "stand-in:sqlite3", detail_of((sql,), {}), constructing=False)

    connection.set_trace_callback(statement)
