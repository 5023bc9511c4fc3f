"""`http.client`, and so `urllib.request` and all that is built on them: answered by a socket that is none."""

from __future__ import annotations

import http.client
import io
from typing import Any

from taskcontract.model import UNTOLD
from taskcontract.world.http_reply import Reply
from taskcontract.world.http_wire import Wire, as_bytes
from taskcontract.world.state import active


class NoSocket:
    """What a connection writes its request to and reads the answer from."""

    def __init__(self, scheme: str, authority: str) -> None:
        self._wire, self.reply = Wire(scheme, authority), Reply(200, b"")

    def sendall(self, data: Any) -> None:
        self.reply = self._wire.write(data) or self.reply

    def makefile(self, mode: str = "rb", buffering: int | None = None) -> io.BytesIO:
        run = active()
        if self.reply.cut and run is not None:
            run.note(UNTOLD)  # `read(amount)` gives what there is; only `read()` raises IncompleteRead
        return io.BytesIO(as_bytes(self.reply))

    def setsockopt(self, *_: Any) -> None:
        """There is nothing to set."""

    settimeout = shutdown = setsockopt

    def close(self) -> None:
        """There is nothing to close."""


def patch_http_client() -> None:
    """Patch the standard library's connections."""
    connection: Any = http.client.HTTPConnection
    secure: Any = http.client.HTTPSConnection
    getresponse, send = connection.getresponse, connection.send

    def connecting(original: Any, scheme: str) -> Any:
        def connect(self: Any) -> None:
            if active() is None:
                original(self)
                return
            host, port = (self._tunnel_host, self._tunnel_port) if self._tunnel_host else (self.host, self.port)
            host = f"[{host}]" if ":" in host else host
            self.sock = NoSocket(scheme, host if port in (None, self.default_port) else f"{host}:{port}")

        return connect

    def sending(self: Any, data: Any) -> None:
        if active() is not None and self.sock is not None and not isinstance(self.sock, NoSocket):
            self.connect()  # a connection from before the run
        send(self, data)

    def answered(self: Any) -> Any:
        sock = self.sock
        response = getresponse(self)
        if isinstance(sock, NoSocket):
            response.status = response.code = sock.reply.status
        return response

    connection.connect, connection.getresponse, connection.send = connecting(connection.connect, "http"), answered, sending
    secure.connect = connecting(secure.connect, "https")
