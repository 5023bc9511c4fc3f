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
from taskcontract.world.http_failures import told_to_botocore
from taskcontract.world.http_raw import opened
from taskcontract.world.http_reply import Reply
from taskcontract.world.http_requests import RawBody
from taskcontract.world.http_twists import failing_xml
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
    try:
        reply = exchange(run, request.method, request.url, request.headers, content)
    except Exception as error:
        raise told_to_botocore(error, request.url) from error
    types = str(request.headers.get("Content-Type") or "").lower()
    if reply.plain and "json" not in types and not run.case.answers.documents:
        twist = run.case.answers.twist
        failing = not reply.invented and twist is not None and request.method != "HEAD"
        reply = Reply(reply.status, failing_xml(reply.status) if failing else _empty_xml(types, content or b""))
    headers, raw = dict(HEADERS), RawBody(reply)
    if not reply.plain:
        raw = opened(reply, preload_content=False, decode_content=False, request_method=request.method)
        headers = raw.headers
    response: Any = import_module("botocore.awsrequest").AWSResponse(request.url, reply.status, headers, raw)
    if not getattr(request, "stream_output", False):
        response.content  # noqa: B018 - reads the body, as the real session does
    return response


def _empty_xml(types: str, body: bytes) -> bytes:
    """The answer to an operation of the query protocol; nothing for the REST ones, which take it for an empty result."""
    if "x-www-form-urlencoded" not in types:
        return b""
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", ["Operation"])[0]
    return f"<{action}Response><{action}Result/><ResponseMetadata/></{action}Response>".encode()
