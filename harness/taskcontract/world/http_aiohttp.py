"""`aiohttp` in the sealed world: its connector hands out connections whose transport answers instead of a server."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

from taskcontract.world.http_wire import Wire, as_bytes
from taskcontract.world.state import Stopped, active


class NoTransport(asyncio.Transport):
    """Feeds a protocol the answer to each request that is written to it."""

    def __init__(self, protocol: Any, wire: Wire) -> None:
        super().__init__()
        self._protocol, self._wire, self._closed = protocol, wire, False

    def write(self, data: Any) -> None:
        try:
            reply = self._wire.write(data)
        except (Stopped, Exception) as error:  # raised here it would end the writing, and leave the reading waiting
            self._protocol.set_exception(error)
            return
        if reply is not None:
            self._protocol.taskcontract_reply = reply
            loop = asyncio.get_running_loop()
            loop.call_soon(self._protocol.data_received, as_bytes(reply))
            if reply.cut:
                loop.call_soon(self._protocol.connection_lost, None)

    def writelines(self, parts: Any) -> None:
        self.write(b"".join(parts))

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    abort = close

    def pause_reading(self) -> None:
        """All there is has been read."""

    resume_reading = pause_reading


def patch_aiohttp_connector(module: ModuleType) -> None:
    """Patch `aiohttp.connector`."""
    base: Any = module.BaseConnector
    connection, protocol = module.Connection, module.ResponseHandler
    connect = base.connect

    async def patched(self: Any, req: Any, *args: Any, **kwargs: Any) -> Any:
        if active() is None:
            return await connect(self, req, *args, **kwargs)
        loop = asyncio.get_running_loop()
        handler = protocol(loop=loop)
        handler.connection_made(NoTransport(handler, Wire(req.url.scheme, req.url.raw_authority)))
        handler.force_close()
        return connection(self, req.connection_key, handler, loop)

    base.connect = patched


def patch_aiohttp_response(module: ModuleType) -> None:
    """Patch `aiohttp.client_reqrep`, so that a response has the very status that was given."""
    response: Any = module.ClientResponse
    start = response.start

    async def patched(self: Any, connection: Any) -> Any:
        handler = connection.protocol
        made = await start(self, connection)
        reply = getattr(handler, "taskcontract_reply", None)
        if reply is not None:
            self.status = reply.status
        return made

    response.start = patched
