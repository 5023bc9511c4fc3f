"""`httpx` in the sealed world, synchronous and asynchronous: answered where the client hands over to its transport."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from taskcontract.world.http_exchange import HEADERS, Reply, exchange
from taskcontract.world.state import active


def patch_httpx(module: ModuleType) -> None:
    """Patch `httpx._transports.default`."""
    sync, asynchronous, response = module.HTTPTransport, module.AsyncHTTPTransport, module.Response
    handle, handle_async = sync.handle_request, asynchronous.handle_async_request

    def made(request: Any, reply: Reply) -> Any:
        return response(reply.status, headers=HEADERS, content=reply.body, request=request)

    def handle_request(self: Any, request: Any) -> Any:
        run = active()
        if run is None:
            return handle(self, request)
        return made(request, exchange(run, request.method, request.url, request.headers.multi_items(), request.read()))

    async def handle_async_request(self: Any, request: Any) -> Any:
        run = active()
        if run is None:
            return await handle_async(self, request)
        body = await request.aread()
        return made(request, exchange(run, request.method, request.url, request.headers.multi_items(), body))

    sync.handle_request, asynchronous.handle_async_request = handle_request, handle_async_request
