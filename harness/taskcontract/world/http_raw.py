"""What is beneath a recorded answer of `requests`, `urllib3` and `botocore`: a real response of `urllib3`'s over the bytes.

`requests` has its content read at once, so most answers never need it: `Undemanded` makes it when somebody looks.
"""

from __future__ import annotations

import functools
import http.client
import io
from collections.abc import Iterator
from typing import Any

from taskcontract.cassettes.recording import Headers
from taskcontract.model import UNTOLD
from taskcontract.world.http_reply import Reply, heading
from taskcontract.world.state import active


class Original:
    """The standard library's response beneath, as far as cookie jars look at it: its headers, in `msg`."""

    def __init__(self, headers: Headers) -> None:
        self.msg = http.client.HTTPMessage()
        for name, value in headers:
            self.msg[name] = value

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        """There is no connection to close."""


@functools.lru_cache(maxsize=256)
def original(headers: Headers) -> Original | None:
    """What a cookie jar is to look at; None when these headers set no cookie."""
    return Original(headers) if heading(headers).cookies else None


class _Ending(io.BytesIO):
    """A body that ends before its end. Who reads it in pieces is told by `urllib3`, who reads all of it here."""

    def read(self, amount: int | None = -1, /) -> bytes:
        part = super().read(amount)
        if amount is None or amount < 0:
            raise http.client.IncompleteRead(part)
        return part


def opened(reply: Reply, **options: Any) -> Any:
    """The reply as a response of `urllib3`, not read yet. `options` as for `urllib3.HTTPResponse`."""
    import urllib3
    from urllib3 import HTTPHeaderDict, HTTPResponse

    run = active()
    if reply.cut and run is not None and urllib3.__version__.startswith("1."):  # type: ignore[attr-defined]
        run.note(UNTOLD)  # from 2 on it compares what came with `Content-Length`, whichever way it is read
    return HTTPResponse(
        body=_Ending(reply.body) if reply.cut else io.BytesIO(reply.body),
        headers=HTTPHeaderDict(reply.headers),
        status=reply.status,
        version=11,
        version_string="HTTP/1.1",
        reason=reply.reason,
        original_response=original(reply.headers),  # type: ignore[arg-type]
        **options,
    )


class Undemanded:
    """`response.raw` of an answer whose content was read already: made, and read to its end, when somebody looks at it."""

    def __init__(self, reply: Reply, method: str) -> None:
        self._reply, self._method = reply, method

    @property
    def _original_response(self) -> Original | None:
        return original(self._reply.headers)

    @functools.cached_property
    def _real(self) -> Any:
        made = opened(self._reply, preload_content=False, decode_content=False, request_method=self._method)
        made.read()
        return made

    def close(self) -> None:
        """There is no connection to close."""

    release_conn = close

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._real, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._real)

    def __enter__(self) -> Any:
        return self._real

    def __exit__(self, *_: object) -> None:
        self._real.close()
