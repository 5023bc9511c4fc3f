"""What database clients look up by themselves, as they document it: libpq's drivers, Snowflake's, MySQL's, Redis'.

libpq: the pages "Connection Control Functions", "Environment Variables", "The Password File" and "The Connection Service File"
of PostgreSQL's manual. Snowflake: "Connecting to Snowflake with the Python Connector". PyMySQL, MySQL Connector and redis-py:
the references of their connections, which name no variable, and no file but the one that a call names.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from taskcontract.world.own_lookup import Asking, Complaint, Found, given, known, without_comments

# --- libpq -----------------------------------------------------------------------------------------------------------

_PAIR: Final = re.compile(r"(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.)*))", re.DOTALL)
_FROM_VARIABLES: Final = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER"}
_WITHOUT_PASSWORD: Final = ("sslcert", "krbsrvname", "gssdelegation", "oauth_issuer")
"""Arguments by which something other than a password signs in."""


@known("psycopg2.connect", "psycopg.connect", "psycopg.Connection.connect", "psycopg.AsyncConnection.connect")
def _libpq(asking: Asking, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Found | None:
    """The call, the service file, PGPASSWORD, the password file: libpq's order; an empty text in the call is no password."""
    if any(name in kwargs for name in _WITHOUT_PASSWORD):
        return None
    told = _told(args[0] if args else kwargs.get("dsn") or kwargs.get("conninfo"))
    if told is None:
        return None
    settings = {**told, **{("dbname" if k == "database" else k): v for k, v in kwargs.items() if v is not None}}
    if given(settings, "password"):
        return Found({**kwargs, "password": settings["password"]})
    service = settings.get("service") or asking.variable("PGSERVICE")
    if service:
        settings = {**_service(asking, str(service)), **settings}
    if "password" not in settings:
        settings["password"] = asking.variable("PGPASSWORD")
    password = settings["password"] or _password_file(asking, settings)
    if password:
        return Found({**kwargs, "password": password})
    return Found(kwargs, True, Complaint(f"{asking.client}.OperationalError", "fe_sendauth: no password supplied"))


def _told(dsn: Any) -> dict[str, Any] | None:
    """What a connection string says: `key=value` pairs or a URI. None for what is no text."""
    if dsn is None:
        return {}
    if not isinstance(dsn, str):
        return None
    if not dsn.startswith(("postgresql://", "postgres://")):
        return {m[1]: re.sub(r"\\(.)", r"\1", m[2] if m[2] is not None else m[3]) for m in _PAIR.finditer(dsn)}
    parts, found = urlsplit(dsn), dict(parse_qsl(urlsplit(dsn).query))
    login, _, address = parts.netloc.rpartition("@")
    host, _, port = address.partition(":")
    user, _, password = login.partition(":")
    named = {"user": user, "password": password, "host": host, "port": port, "dbname": parts.path[1:]}
    return {**{name: unquote(value) for name, value in named.items() if value}, **found}


def _service(asking: Asking, name: str) -> dict[str, str]:
    """What the service's section says in the user's service file. The administrator's is not there in a run."""
    text = asking.file(asking.variable("PGSERVICEFILE") or "~/.pg_service.conf", private=False)
    found: dict[str, str] = {}
    inside = False
    for line in map(str.strip, without_comments(text)):
        if line.startswith("["):
            inside = line == f"[{name}]"
        elif inside and "=" in line:
            key, _, value = line.partition("=")
            found.setdefault(key.strip(), value.strip())
    return found


def _password_file(asking: Asking, settings: Mapping[str, Any]) -> str:
    """The password of the first line for this server, database and user: each field is a text or `*`."""
    text = asking.file(str(settings.get("passfile") or asking.variable("PGPASSFILE") or "~/.pgpass"))
    lines = [fields for line in without_comments(text) if len(fields := _fields(line)) == 5]
    if not lines:
        return ""
    wanted = {name: str(settings.get(name) or asking.variable(at)) for name, at in _FROM_VARIABLES.items()}
    user = wanted["user"] or "user"
    host = "localhost" if wanted["host"].startswith("/") else wanted["host"] or "localhost"
    asked = (host, wanted["port"] or "5432", wanted["dbname"] or user, user)
    return next((f[4] for f in lines if all(have in ("*", want) for have, want in zip(f, asked, strict=False))), "")


def _fields(line: str) -> list[str]:
    """The fields of a line, at colons that no backslash stands before."""
    return [re.sub(r"\\(.)", r"\1", field) for field in re.findall(r"(?:^|(?<=:))((?:[^:\\]|\\.)*)(?=:|$)", line)]


# --- Snowflake -------------------------------------------------------------------------------------------------------

_SNOWFLAKE_CREDENTIALS: Final = ("password", "private_key", "private_key_file", "token", "token_file_path", "session_token")
_SNOWFLAKE_OTHERWISE: Final = ("authenticator", "passcode", "workload_identity_provider", "connections_file_path")


@known("snowflake.connector.connect", "snowflake.connector.SnowflakeConnection")
def _snowflake(asking: Asking, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Found | None:
    """Variables and files only say which connection is meant, when the call names one or says nothing at all."""
    if args or given(kwargs, *_SNOWFLAKE_OTHERWISE):
        return None
    name = kwargs.get("connection_name")
    if name or not kwargs:
        name = name or asking.variable("SNOWFLAKE_DEFAULT_CONNECTION_NAME") or "default"
        kwargs = {**_connection(asking, str(name)), **kwargs}
    if given(kwargs, *_SNOWFLAKE_CREDENTIALS):
        return Found(kwargs)
    return Found(kwargs, True, Complaint("snowflake.connector.errors.ProgrammingError", "251006: Password is empty"))


def _connection(asking: Asking, name: str) -> dict[str, Any]:
    """What the file of connections says of the one with this name."""
    home = asking.variable("SNOWFLAKE_HOME")
    places = [f"{home}/connections.toml"] if home else ["~/.snowflake/connections.toml", "~/.config/snowflake/connections.toml"]
    text = next(filter(None, map(asking.file, places)), "")
    try:
        section = tomllib.loads(text).get(name)
    except tomllib.TOMLDecodeError:
        return {}
    return dict(section) if isinstance(section, dict) else {}


# --- clients that look nothing up ------------------------------------------------------------------------------------

_IN_CALL: Final[Mapping[str, tuple[str, ...]]] = {
    "pymysql": ("password", "passwd", "read_default_file", "read_default_group", "ssl_key", "auth_plugin_map"),
    "mysql": ("password", "passwd", "password1", "option_files", "ssl_key", "auth_plugin"),
    "redis": ("password", "credential_provider", "connection_pool", "ssl_keyfile"),
}
"""By what a call signs in, or says where to look. The password's place among the positions is beside it in `_POSITION`."""
_POSITION: Final[Mapping[str, int]] = {"pymysql": 2, "redis": 3}


@known(
    "pymysql.connect", "pymysql.Connect", "pymysql.Connection", "mysql.connector.connect", "redis.Redis", "redis.StrictRedis"
)
def _only_what_is_given(asking: Asking, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Found | None:
    """No variable and no file is read: without a password in the call, the server is asked without one."""
    at = _POSITION.get(asking.client)
    positional = bool(args) and (at is None or any(args[at:]))
    ssl = kwargs.get("ssl")
    certified = isinstance(ssl, Mapping) and given(ssl, "cert", "key")
    return None if positional or certified or given(kwargs, *_IN_CALL[asking.client]) else Found(kwargs, True)
