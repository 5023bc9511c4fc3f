"""HTTP in the sealed world: every client is answered at its transport, and no request of a run's leaves the process.

The standard library's client is patched at once; each other one when it is imported, so that what a task does not use costs
nothing. Outside a run all of them work as ever.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from taskcontract.world.cookies import patch_cookie_jars, take_cookies_back
from taskcontract.world.http_aiohttp import patch_aiohttp_connector, patch_aiohttp_response
from taskcontract.world.http_botocore import patch_botocore
from taskcontract.world.http_botocore_data import patch_botocore_loaders
from taskcontract.world.http_exchange import finish
from taskcontract.world.http_httpx import patch_httpx, patch_httpx_models
from taskcontract.world.http_imports import Action, when_imported
from taskcontract.world.http_requests import patch_requests, patch_urllib3
from taskcontract.world.http_stdlib import patch_http_client
from taskcontract.world.invention_nodes import Symbolic
from taskcontract.world.inventions import install_decoder, ledger
from taskcontract.world.state import Run


def _patch_simplejson(module: ModuleType) -> None:
    install_decoder(module.JSONDecoder)


def _patch_box(module: ModuleType) -> None:
    """An attribute dict made from an answer is the answer, read by attributes: it too grows by what is read of it."""
    box: Any = module.Box
    new = box.__new__

    def patched(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], Symbolic):
            args[0]._tc_leaf.box()
            return args[0]
        return new(cls, *args, **kwargs)

    box.__new__ = staticmethod(patched)


LIBRARIES: dict[str, Action] = {
    "requests.adapters": patch_requests,
    "urllib3.connectionpool": patch_urllib3,
    "httpx._models": patch_httpx_models,
    "httpx._transports.default": patch_httpx,
    "botocore.httpsession": patch_botocore,
    "botocore.loaders": patch_botocore_loaders,
    "aiohttp.connector": patch_aiohttp_connector,
    "aiohttp.client_reqrep": patch_aiohttp_response,
    "http.cookiejar": patch_cookie_jars,
    "simplejson.decoder": _patch_simplejson,
    "box.box": _patch_box,
}


__all__ = ["HttpLayer", "finish"]

_installed: list[object] = []


class HttpLayer:
    """The side of the sealed world that answers HTTP requests; a `Layer`."""

    name = "http"

    def install(self) -> None:
        """Patch what is imported, and the rest when it is. Once is enough; more does no harm."""
        if _installed:
            return
        _installed.append(self)
        patch_http_client()
        install_decoder()
        for name, action in LIBRARIES.items():
            when_imported(name, action)

    def enter(self, run: Run) -> None:
        """Start the run's book of answers."""
        ledger(run)

    def exit(self, run: Run) -> None:
        """Give recorded requests their canonical form; take cookies back. What was answered is kept for `materialise`."""
        finish(run)
        take_cookies_back()
