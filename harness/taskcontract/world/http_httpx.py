"""`httpx` in the sealed world, synchronous and asynchronous: answered where the client hands over to its transport."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

from taskcontract.world.http_exchange import HEADERS, exchange
from taskcontract.world.http_failures import told_to_httpx
from taskcontract.world.http_reply import PLAIN, Reply, as_sent
from taskcontract.world.state import Run, active


def patch_httpx(module: ModuleType) -> None:
    """Patch `httpx._transports.default`."""
    sync, asynchronous, response = module.HTTPTransport, module.AsyncHTTPTransport, module.Response
    handle, handle_async = sync.handle_request, asynchronous.handle_async_request

    def answered(run: Run, request: Any, body: bytes) -> Any:
        try:
            reply = exchange(run, request.method, request.url, request.headers.raw, body)
        except Exception as error:
            raise told_to_httpx(error, request) from error
        if reply.headers is PLAIN:
            return response(reply.status, headers=HEADERS, content=reply.body, request=request)
        extensions = {"http_version": b"HTTP/1.1", "reason_phrase": as_sent(reply.reason)}
        headers = [(name.encode("latin-1", "replace"), as_sent(value)) for name, value in reply.headers]
        return response(reply.status, headers=headers, stream=_stream(reply), request=request, extensions=extensions)

    def handle_request(self: Any, request: Any) -> Any:
        run = active()
        return handle(self, request) if run is None else answered(run, request, request.read())

    async def handle_async_request(self: Any, request: Any) -> Any:
        run = active()
        return await handle_async(self, request) if run is None else answered(run, request, await request.aread())

    sync.handle_request, asynchronous.handle_async_request = handle_request, handle_async_request


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
