"""`botocore` (and so `boto3`) in the sealed world: answered where it hands a signed request to its HTTP session.

Half of AWS's services speak XML. Their invented answers are empty documents of the form that the protocol asks for, since
nothing in XML can grow by being read; with documents given, those are the answers.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

from taskcontract.world.http_body import read_body
from taskcontract.world.http_exchange import HEADERS, exchange
from taskcontract.world.http_requests import RawBody
from taskcontract.world.state import Run, active


def patch_botocore(module: ModuleType) -> None:
    """Patch `botocore.httpsession`."""
    session: Any = module.URLLib3Session
    send = session.send

    def patched(self: Any, request: Any) -> Any:
        run = active()
        return send(self, request) if run is None else _answer(run, request)

    session.send = patched


def _answer(run: Run, request: Any) -> Any:
    content = read_body(request.body)
    reply = exchange(run, request.method, request.url, request.headers, content)
    types = str(request.headers.get("Content-Type") or "").lower()
    if not run.case.answers.documents and "json" not in types:
        reply = type(reply)(reply.status, _empty_xml(types, content or b""))
    response: Any = import_module("botocore.awsrequest").AWSResponse(request.url, reply.status, dict(HEADERS), RawBody(reply))
    if not getattr(request, "stream_output", False):
        response.content  # noqa: B018 - reads the body, as the real session does
    return response


def _empty_xml(types: str, body: bytes) -> bytes:
    """The answer to an operation of the query protocol; nothing for the REST ones, which take it for an empty result."""
    if "x-www-form-urlencoded" not in types:
        return b""
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", ["Operation"])[0]
    return f"<{action}Response><{action}Result/><ResponseMetadata/></{action}Response>".encode()
