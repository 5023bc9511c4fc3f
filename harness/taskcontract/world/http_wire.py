"""HTTP/1.1 as bytes: for clients that are answered at their socket, since they have no better place."""

from __future__ import annotations

import io
from typing import Any

from taskcontract.world.http_exchange import exchange
from taskcontract.world.http_failures import plainly
from taskcontract.world.http_reply import PLAIN, Reply, as_sent, heading
from taskcontract.world.state import active

_END = b"\r\n\r\n"
_PLAINLY = b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


class Wire:
    """Takes the bytes of requests as they are written and gives each complete request's answer."""

    def __init__(self, scheme: str, authority: str) -> None:
        self._base = f"{scheme}://{authority}"
        self._written = bytearray()

    def write(self, data: Any) -> Reply | None:
        """Take more bytes; the reply once they make a whole request. A connection is of no use when its run is over."""
        run = active()
        if run is None:
            raise ConnectionResetError("the connection was opened in a sealed run, which is over")
        self._written += bytes(data)
        head, found, rest = bytes(self._written).partition(_END)
        if not found:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [(n.strip(), v.strip()) for n, _, v in (line.partition(":") for line in lines)]
        body = _whole_body({n.lower(): v for n, v in headers}, rest)
        if body is None:
            return None
        self._written.clear()
        method, target, _ = first.split(" ", 2)
        url = target if "://" in target else self._base + target
        try:
            return exchange(run, method, url, headers, body)
        except Exception as error:
            raise plainly(error) from error


def _whole_body(headers: dict[str, str], rest: bytes) -> bytes | None:
    """The body, or None while some of it is missing."""
    if "chunked" not in headers.get("transfer-encoding", "").lower():
        length = int(headers.get("content-length") or 0)
        return rest[:length] if len(rest) >= length else None
    body, left = io.BytesIO(), rest
    while True:
        size, found, left = left.partition(b"\r\n")
        length = int(size.partition(b";")[0] or b"0", 16)
        if not found or len(left) < length + 2:
            return None
        if length == 0:
            return body.getvalue()
        body.write(left[:length])
        left = left[length + 2 :]


def as_bytes(reply: Reply) -> bytes:
    """A reply as a server would send it: in one chunk where its headers say that it comes in chunks."""
    if reply.headers is PLAIN:
        return _PLAINLY % (int(reply.status), reply.reason.encode(), len(reply.body), reply.body)
    known = heading(reply.headers)
    chunked = known.chunked and not reply.cut
    head = [f"HTTP/1.1 {reply.status} {reply.reason}"]
    head += [f"{n}: {v}" for n, v in reply.headers if not (chunked and n.lower() == "content-length")]
    body = reply.body
    if chunked:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    elif known.length is None and not (100 <= reply.status < 200 or reply.status in (204, 304)):
        head.append(f"Content-Length: {len(body)}")
    return b"\r\n".join(as_sent(line) for line in head) + _END + body
