"""The network side of the sealed world: every connection, listening socket, datagram and name look-up is refused.

Python announces all of them, so nothing that goes through its `socket` module passes, from whatever thread and through whatever
saved name. Unix socket pairs stay (event loops wake themselves with them), and so does what can be answered without asking
anyone: the machine's own name, addresses written as numbers, `localhost`. HTTP is answered above this layer.
"""

from __future__ import annotations

import _socket
import ipaddress
import os
import socket
import ssl
import sys
from typing import Any

from taskcontract.model import Effect
from taskcontract.world import audit
from taskcontract.world.patches import replace, replace_method
from taskcontract.world.state import Run, active, owner, trusted

OWN_NAME = "localhost"


class NetworkLayer:
    """Refuses every way out to a network; the effect says where to ("connect db.example.com:5432")."""

    name = "network"

    def install(self) -> None:
        """Listen to what Python announces, and answer for the machine's own name."""
        audit.on("socket.connect socket.sendto socket.sendmsg", _outgoing)
        audit.on("socket.bind", _listening)
        audit.on("socket.getaddrinfo socket.gethostbyname socket.gethostbyaddr socket.getnameinfo", _look_up)
        audit.on("socket.sethostname syslog.openlog syslog.syslog", _telling)
        for name in ("connect", "connect_ex", "sendto", "sendmsg", "bind"):
            replace_method(_socket.socket, name, _before_looking_up)
        replace(socket, "create_connection", _named_connection)
        replace(socket, "gethostname", _own_name)
        replace(socket, "getfqdn", _own_full_name)
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
            replace(socket, name, _answered_locally)

        replace_method(ssl.SSLContext, "load_default_certs", _without_certificates)

    def enter(self, run: Run) -> None:
        """Nothing is kept per run but the default timeout."""
        self._timeout = socket.getdefaulttimeout()

    def exit(self, run: Run) -> None:
        """Put the default timeout back."""
        if socket.getdefaulttimeout() != self._timeout:
            socket.setdefaulttimeout(self._timeout)


def place(address: Any) -> str:
    """An address as `host:port`, `unix:path`, or its repr."""
    if isinstance(address, tuple) and len(address) >= 2:
        host, port = (part.decode("latin-1") if isinstance(part, bytes) else part for part in address[:2])
        return f"{host}:{port}" if port not in (None, "") else str(host)
    if isinstance(address, (str, bytes)):
        return "unix:" + os.fsdecode(address).replace("\0", "@")
    return repr(address)


def _refuse(run: Run, verb: str, where: str) -> None:
    raise run.refuse(Effect("connect", f"{verb} {where}", (verb, where), refused=True))


def _refuse_socket(run: Run, own: Any, verb: str, address: Any) -> None:
    """Refuse, and close the socket, which is of no more use: a run that is stopped here does not come to close it."""
    own.close()
    _refuse(run, verb, place(address))


def _outgoing(run: Run, arguments: tuple[Any, ...]) -> None:
    if arguments[1] is not None:  # None: the socket is connected already, and no socket of a run ever is, but a pair's
        _refuse_socket(run, arguments[0], "connect", arguments[1])


def _listening(run: Run, arguments: tuple[Any, ...]) -> None:
    _refuse_socket(run, arguments[0], "listen", arguments[1])


def _look_up(run: Run, arguments: tuple[Any, ...]) -> None:
    host = arguments[0]
    where = place(host) if isinstance(host, tuple) else place((host, arguments[1] if len(arguments) > 1 else None))
    _refuse(run, "connect", where)


def _telling(run: Run, arguments: tuple[Any, ...]) -> None:
    _refuse(run, "connect", "the system log or host name")


def _before_looking_up(original: Any) -> Any:
    """Python announces a connection only after it has asked for the address of the name; that is one packet too late."""

    def method(self: Any, *args: Any) -> Any:
        run = owner()
        address = args[-1] if args and original.__name__ != "sendmsg" else args[3] if len(args) > 3 else None
        if run is not None and isinstance(address, (tuple, str, bytes)):
            _refuse_socket(run, self, "listen" if original.__name__ == "bind" else "connect", address)
        return original(self, *args)

    method.__name__ = original.__name__
    method.__qualname__ = f"socket.{original.__name__}"
    return method


def _named_connection(original: Any) -> Any:
    def create_connection(address: Any, *args: Any, **kwargs: Any) -> Any:
        run = active()
        if run is not None:
            _refuse(run, "connect", place(address))
        return original(address, *args, **kwargs)

    return create_connection


def _own_name(original: Any) -> Any:
    def gethostname() -> Any:
        return original() if active() is None else OWN_NAME

    return gethostname


def _own_full_name(original: Any) -> Any:
    def getfqdn(name: str = "") -> Any:
        run = active()
        return original(name) if run is None else (str(name).strip() or OWN_NAME).replace("0.0.0.0", OWN_NAME)

    return getfqdn


def _answered_locally(original: Any) -> Any:
    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if active() is None or not _needs_nobody(host):
            return original(host, *args, **kwargs)
        local = "127.0.0.1" if host in (OWN_NAME, OWN_NAME.encode()) else host
        if original.__name__ == "gethostbyaddr":
            return (OWN_NAME, [], [str(local)])
        with trusted():
            return original(local, *args, **kwargs)

    return look_up


def _needs_nobody(host: Any) -> bool:
    if host in (None, OWN_NAME, OWN_NAME.encode()):
        return host is not None or sys.platform != "win32"
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except (ValueError, AttributeError):
        return False
    return True


def _without_certificates(original: Any) -> Any:
    """Reading the machine's certificates costs more than the rest of a run, and nothing is ever verified against them here."""

    def load_default_certs(self: ssl.SSLContext, purpose: Any = ssl.Purpose.SERVER_AUTH) -> None:
        if active() is None:
            original(self, purpose)

    return load_default_certs
