"""`requests` and `urllib3` in the sealed world.

A `requests` adapter that would not retry answers at once, and without a response of `urllib3`'s where nothing asks for one.
One that retries, and everyone who uses `urllib3` itself, goes through the real connection pool down to the one method that
writes to the socket, so that retries and redirects are real.
"""

from __future__ import annotations

import io
from types import ModuleType
from typing import Any

from taskcontract.world.http_exchange import HEADERS, exchange
from taskcontract.world.http_failures import told_to_urllib3
from taskcontract.world.http_metadata import NoSuchMachine
from taskcontract.world.http_raw import Undemanded, opened
from taskcontract.world.http_reply import PLAIN, Reply, heading
from taskcontract.world.state import Run, active


class RawBody(io.BytesIO):
    """What `response.raw` is of an invented or written document: readable in every way in which tasks read it."""

    decode_content = True
    chunked = True
    _original_response = None

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body)
        self.status, self.reason, self.headers, self.data = reply.status, reply.reason, dict(HEADERS), reply.body

    def read(self, amount: int | None = -1, *, decode_content: bool | None = None, **_: Any) -> bytes:
        return super().read(amount)

    def stream(self, amount: int = 65536, decode_content: bool | None = None) -> Any:
        while part := self.read(amount):
            yield part

    @property
    def _fp(self) -> RawBody:
        return self

    @property
    def chunk_left(self) -> int:
        """To those who read it chunk by chunk, it is one chunk."""
        return len(self.data) - self.tell()

    def release_conn(self) -> None:
        """There is no connection to release."""


def patch_requests(module: ModuleType) -> None:
    """Patch `requests.adapters`."""
    adapter: Any = module.HTTPAdapter
    models, structures = module.Response, module.CaseInsensitiveDict
    encoding_of, keep_cookies = module.get_encoding_from_headers, module.extract_cookies_to_jar
    send = adapter.send

    def patched(
        self: Any,
        request: Any,
        stream: Any = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Any:
        run = active()
        if run is None or _retries(self.max_retries):
            return send(self, request, stream, timeout, verify, cert, proxies)
        options = {"verify": verify, "cert": cert, "proxies": dict(proxies or {})}
        try:
            reply, made = _answer(run, request, options), models()
        except NoSuchMachine as error:
            raise module.ConnectionError(error, request=request) from error
        made.status_code, made.reason, made.url = reply.status, reply.reason, request.url
        made.request, made.connection = request, self
        if reply.headers is PLAIN:
            made.headers, made.encoding = structures(HEADERS), "utf-8"
            made.raw, made._content, made._content_consumed = RawBody(reply), reply.body, True
            return made
        known = heading(reply.headers)
        made.headers = structures(known.joined)
        made.encoding = encoding_of(made.headers) if known.kind else None
        if stream or known.encoding or reply.cut:  # to be read, or undone, as it really is
            made.raw = opened(reply, preload_content=False, decode_content=False, request_method=request.method)
        else:
            made.raw, made._content, made._content_consumed = Undemanded(reply, request.method), reply.body, True
        if known.cookies:
            keep_cookies(made.cookies, request, made.raw)
        return made

    adapter.send = patched


def _retries(policy: Any) -> bool:
    return bool(getattr(policy, "total", 0) or getattr(policy, "status", 0))


def _answer(run: Run, request: Any, options: dict[str, Any]) -> Reply:
    chosen = {name: value for name, value in options.items() if value not in (None, True) and value != {}}
    return exchange(run, request.method, request.url, request.headers, request.body, chosen)


def patch_urllib3(module: ModuleType) -> None:
    """Patch `urllib3.connectionpool`."""
    pool: Any = module.HTTPConnectionPool
    make, prepare = pool._make_request, module.HTTPSConnectionPool._prepare_proxy

    def make_request(self: Any, conn: Any, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> Any:
        run = active()
        if run is None:
            return make(self, conn, method, url, body=body, headers=headers, **options)
        port = f":{self.port}" if self.port and self.port != {"http": 80, "https": 443}.get(self.scheme) else ""
        address = url if "://" in url else f"{self.scheme}://{self.host}{port}{url}"
        try:
            reply = exchange(run, method, address, headers, body, _pool_options(self))
        except Exception as error:
            raise told_to_urllib3(error, self, url) from error
        return opened(
            reply,
            preload_content=options.get("preload_content", True),
            decode_content=options.get("decode_content", True),
            retries=options.get("retries"),
            request_method=method,
            request_url=url,
        )

    def prepare_proxy(self: Any, conn: Any) -> None:
        if active() is None:
            prepare(self, conn)

    pool._make_request = make_request
    module.HTTPSConnectionPool._prepare_proxy = prepare_proxy


def _pool_options(pool: Any) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if pool.proxy is not None:
        options["proxies"] = str(pool.proxy)
    if getattr(pool, "cert_reqs", None) in ("CERT_NONE", 0):
        options["verify"] = False
    if getattr(pool, "cert_file", None):
        options["cert"] = pool.cert_file
    return options
