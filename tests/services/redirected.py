"""Real names, local servers: inside `redirected`, a connection to `*.amazonaws.com:443` arrives at a port of 127.0.0.1.

A recording shall hold what an unconfigured client sends to the real service: its host, its style of address, its signed
headers. So no client is told of another endpoint. The name is looked up here instead, the connection goes to the local server,
and TLS is left out of it. Every other name is refused, so that nothing leaves this machine while recording.
"""

from __future__ import annotations

import contextlib
import fnmatch
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch

from urllib3.connection import HTTPSConnection

from .servers import HOST


class Refused(OSError):
    """A name that no local server stands in for. An OSError, as a failed look-up is."""


@contextlib.contextmanager
def redirected(names: Mapping[str, int]) -> Iterator[None]:
    """Connections to hosts that match a pattern of `names` ("*.amazonaws.com") go to that port of 127.0.0.1, unencrypted."""
    look_up = socket.getaddrinfo

    def local_look_up(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name == HOST:
            return look_up(host, port, *rest, **named)
        for pattern, there in names.items():
            if fnmatch.fnmatch(name, pattern):
                return look_up(HOST, there, *rest, **named)
        raise Refused(f"{name}:{port} was asked for while recording, and no local server stands in for it")

    with patch.object(socket, "getaddrinfo", local_look_up), patch.object(HTTPSConnection, "connect", _in_the_clear):
        yield


def _in_the_clear(self: HTTPSConnection) -> None:
    """Connect as HTTPSConnection does, but for TLS: the local server has none, and no certificate of the real name."""
    self.sock = self._new_conn()
    self.is_verified = True
