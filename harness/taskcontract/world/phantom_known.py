"""What is known of a client's answers before anybody has asked: the types that its methods and attributes give.

Databases are told once, as PEP 249 does for all drivers; what it leaves open (what `execute` returns, which container holds
the rows) stands in one entry per driver. Mail, Redis and file transfer have a table each. Whatever is not in here is symbolic
through and through. What is in here is compared with real servers' answers through the real clients by tests/services.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from taskcontract.world.phantom_nodes import Birth
from taskcontract.world.phantom_shapes import Shape
from taskcontract.world.phantom_state import plain

Members = Mapping[str, Shape]
"""Shapes by member: `name()` for what a method returns, `name` for an attribute, `[]` for what iterating gives."""


def _calls(shape: Shape, names: str) -> dict[str, Shape]:
    return {f"{name}()": shape for name in names.split()}


# --- databases, as PEP 249 has them ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Driver:
    """What PEP 249 leaves to a driver: the answers of `execute`, `executemany` and `close`, and what rows come in.

    `cursors` has, by what makes the cursor or its rows ('' where nothing was asked for), the container of several rows and the
    shape of one; what is not there may give anything. An answer of None is not known, or is the cursor itself.
    """

    executed: Shape | None
    executed_many: Shape
    cursors: Mapping[str, tuple[str, Shape]]
    closed: Shape = "None"


DRIVERS: Final[Mapping[str, Driver]] = {
    "psycopg2": Driver("None", "None", {"": ("list", "row"), "cursor": ("list", "row")}),
    "psycopg": Driver(None, "None", {"": ("list", "row"), "tuple_row": ("list", "row"), "dict_row": ("list", "record")}),
    "mysql.connector": Driver("None", "None", {"": ("list", "row"), "dictionary": ("list", "record")}, "bool"),
    "pymysql": Driver(
        "int",
        "int",
        {
            "": ("tuple", "row"),
            "Cursor": ("tuple", "row"),
            "SSCursor": ("list", "row"),
            "DictCursor": ("list", "record"),
            "SSDictCursor": ("list", "record"),
        },
    ),
}

_DRIVER: Final = rf"(?:{'|'.join(map(re.escape, DRIVERS))})\.(?!.*(?:[Aa]sync|\baio\b))"
_OPENED: Final = _DRIVER + r"[\w.]+\(\)(?:\.(?:getconn|get_connection)\(\))?"
_CONNECTION: Final[Members] = _calls("None", "commit rollback close")
_CURSOR: Final[Members] = {**_calls("None", "setinputsizes setoutputsize"), "rowcount": "int", "arraysize": "int"}


def _of_cursor(member: str, package: str, birth: Birth | None) -> Shape | None:
    driver = DRIVERS[package]
    if member in ("execute()", "executemany()", "close()"):
        return {"execute()": driver.executed, "executemany()": driver.executed_many, "close()": driver.closed}[member]
    rows = driver.cursors.get(_cursor_made_by(package, birth))
    if rows is None or member not in ("fetchone()", "[]", "fetchmany()", "fetchall()"):
        return _CURSOR.get(member)
    return rows[1] if member in ("fetchone()", "[]") else rows


def _cursor_made_by(package: str, birth: Birth | None) -> str:
    """The class or function that makes the cursor or its rows, as the cursor, or else the connection, was asked for it."""
    for value in _given(birth):
        sort, name = value if isinstance(value, tuple) and len(value) == 2 else ("", "")
        if name is True and sort in ("dictionary", "named_tuple"):
            return str(sort)
        if sort == "function" or (sort in ("type", "phantom") and str(name).startswith(f"{package}.")):
            return str(name).rpartition(".")[2]
    return ""


# --- mail, file transfer, Redis --------------------------------------------------------------------------------------

_MAIL: Final[Members] = {
    **_calls(("tuple", "int", "bytes"), "connect helo ehlo noop rset quit login starttls docmd mail rcpt data verify vrfy"),
    **_calls("{}", "sendmail send_message"),
    **_calls("None", "close set_debuglevel ehlo_or_helo_if_needed"),
    "has_extn()": "bool",
}
_SSH: Final[Members] = _calls("None", "connect close load_system_host_keys set_missing_host_key_policy")
_FILES: Final[Members] = {
    **_calls("None", "get getfo close mkdir rmdir rename posix_rename remove unlink chmod chown utime truncate symlink chdir"),
    "listdir()": ("list", "str"),
}
_FILE: Final[Members] = {**_calls("None", "write close flush seek"), "read()": "bytes"}
_ATTRIBUTES: Final[Members] = dict.fromkeys(("st_size", "st_mode", "st_uid", "st_gid", "st_atime", "st_mtime"), "int")
_REDIS: Final[Members] = {
    **_calls("bool", "set setnx mset ping expire pexpire expireat persist hexists flushdb flushall rename ltrim"),
    **_calls("int", "incr incrby decr decrby exists delete unlink ttl pttl strlen append publish dbsize"),
    **_calls("int", "hset hdel hlen lpush rpush llen sadd srem scard zadd zrem zcard"),
    **_calls("bytes", "get hget getset getdel lindex"),
    **_calls(("list", "bytes"), "keys mget hmget hkeys hvals lrange"),
    "smembers()": ("set", "bytes"),
    "hgetall()": ("dict", "bytes"),
}
_TABLES: Final[tuple[tuple[re.Pattern[str], Members], ...]] = (
    (re.compile(r"smtplib\.\w+\(\)"), _MAIL),
    (re.compile(r"paramiko\.(?:SSHClient|Transport)\(\)"), _SSH),
    (re.compile(r"paramiko\..*\b(?:from_transport|open_sftp)\(\)"), _FILES),
    (re.compile(r"paramiko\..*\b(?:from_transport|open_sftp)\(\)\.(?:open|file)\(\)"), _FILE),
    (re.compile(r"paramiko\..*\b(?:from_transport|open_sftp)\(\)\.l?stat\(\)"), _ATTRIBUTES),
    (re.compile(r"paramiko\.SSHClient\(\)\.exec_command\(\)\[\d\]"), _FILE),
    (re.compile(r"paramiko\.SSHClient\(\)\.exec_command\(\)\[\d\]\.channel"), {"recv_exit_status()": "int"}),
    (re.compile(r"redis\.(?!asyncio\b)[\w.]+\(\)"), _REDIS),
    (re.compile(_OPENED), _CONNECTION),
)
_CURSORS: Final = re.compile(_OPENED + r"(?:\.cursor\(\))?(?:(?<=\.cursor\(\))|\.execute\(\))")


def known_shape(path: str, birth: Birth | None) -> Shape | None:
    """The shape of what stands at a symbolic path ('redis.Redis().get()', 'pymysql.connect().cursor().rowcount').

    `birth` is that of the object it is asked of, with the arguments that it was opened with. None where nothing is known.
    """
    found = _known(plain(path))
    if isinstance(found, _OfCursor):
        found = _of_cursor(found.member, found.package, birth)
    if found is not None and path.startswith("redis.") and ("decode_responses", True) in _given(birth):
        found = _as_text(found)
    return found


@dataclass(frozen=True, slots=True)
class _OfCursor:
    package: str
    member: str


@functools.lru_cache(4096)
def _known(path: str) -> Shape | _OfCursor | None:
    owner, member = (path[: path.rindex("[")], "[]") if path.endswith("]") else path.rpartition(".")[::2]
    if _CURSORS.fullmatch(owner):
        return _OfCursor(next(d for d in DRIVERS if path.startswith(f"{d}.")), member)
    return next((members.get(member) for pattern, members in _TABLES if pattern.fullmatch(owner)), None)


def _as_text(shape: Shape) -> Shape:
    if isinstance(shape, tuple):
        return (shape[0], *map(_as_text, shape[1:]))
    return "str" if shape == "bytes" else shape


def _given(birth: Birth | None) -> Iterator[Any]:
    """Everything that an object, then what it came from, was opened with: canonical values, and (name, value) of keywords."""
    while birth is not None:
        for part in birth.detail[1:]:
            yield part
            if isinstance(part, tuple) and len(part) == 2:
                yield part[1]
        birth = birth.parent
