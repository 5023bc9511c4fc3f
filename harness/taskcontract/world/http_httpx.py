"""`httpx` in the sealed world, synchronous and asynchronous: answered where the client hands over to its transport.

Its client looks for cookies in every answer, by way of three objects of the standard library's, which costs as much as the rest
of a replayed request; where an answer sets none there is nothing to find, and it is not asked.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from http.cookiejar import CookieJar
from types import ModuleType
from typing import Any

from taskcontract.cassettes.recording import Headers
from taskcontract.world.http_exchange import HEADERS, exchange
from taskcontract.world.http_failures import told_to_httpx
from taskcontract.world.http_reply import PLAIN, Reply, as_sent
from taskcontract.world.state import Run, active


def patch_httpx(module: ModuleType) -> None:
    """Patch `httpx._transports.default`."""
    sync, asynchronous, response = module.HTTPTransport, module.AsyncHTTPTransport, module.Response
    handle, handle_async = sync.handle_request, asynchronous.handle_async_request
    headers_of = functools.lru_cache(maxsize=256)(_headers)

    def answered(run: Run, request: Any, body: bytes) -> Any:
        try:
            reply = exchange(run, request.method, request.url, request.headers.raw, body)
        except Exception as error:
            raise told_to_httpx(error, request) from error
        if reply.headers is PLAIN:
            return response(reply.status, headers=HEADERS, content=reply.body, request=request)
        extensions = {"http_version": b"HTTP/1.1", "reason_phrase": as_sent(reply.reason)}
        return response(
            reply.status, headers=headers_of(reply.headers), stream=_stream(reply), request=request, extensions=extensions
        )

    def handle_request(self: Any, request: Any) -> Any:
        run = active()
        return handle(self, request) if run is None else answered(run, request, request.read())

    async def handle_async_request(self: Any, request: Any) -> Any:
        run = active()
        return await handle_async(self, request) if run is None else answered(run, request, await request.aread())

    sync.handle_request, asynchronous.handle_async_request = handle_request, handle_async_request


def patch_httpx_models(module: ModuleType) -> None:
    """Patch `httpx._models`."""
    cookies: Any = module.Cookies
    extract = cookies.extract_cookies

    def extract_cookies(self: Any, response: Any) -> None:
        some = "set-cookie" in response.headers or "set-cookie2" in response.headers
        if some or active() is None or type(self.jar) is not CookieJar:
            extract(self, response)

    cookies.extract_cookies = extract_cookies


def _headers(headers: Headers) -> Any:
    """Headers as httpx holds them, which every response takes a copy of."""
    import httpx

    return httpx.Headers([(name.encode("latin-1", "replace"), as_sent(value)) for name, value in headers])


def _stream(reply: Reply) -> Any:
    import httpx

    if not reply.cut:
        return httpx.ByteStream(reply.body)

    class Cut(httpx.ByteStream):
        """A body in the middle of which the connection ends."""

        def __iter__(self) -> Iterator[bytes]:
            yield reply.body
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in self:
                yield part

    return Cut(reply.body)
