"""One answer made odd, as `model.Twist` asks for it: another status, one place of it changed, or its end cut off."""

from __future__ import annotations

import json
from dataclasses import replace
from http.client import responses
from typing import Any, Final

from taskcontract.cassettes import xml_places
from taskcontract.cassettes.paths import change
from taskcontract.cassettes.recording import Headers
from taskcontract.model import MISSING, NOT_MADE_ODD, Twist
from taskcontract.world.http_reply import Reply, Undecodable, bodiless, decoded, encoded, heading, measured, without
from taskcontract.world.state import Run

HEADER: Final = "header "
_DIGESTS: Final = ("content-md5", "digest", "content-digest", "repr-digest", "x-amz-checksum-", "x-ms-content-crc64")
"""What tells of the very bytes of a body: a service that sent others would tell of those."""
_OF_THE_BODY: Final = (
    "content-type", "content-length", "content-encoding", "content-range", "content-disposition", "content-md5",
    "transfer-encoding", "etag", "last-modified", "location", "set-cookie",
)  # fmt: skip


def twisted(run: Run, method: str, reply: Reply, twist: Twist) -> Reply:
    """The reply made odd; as it is, with a note on the run, where it has nothing of which the twist could be made."""
    if twist.how == "status":
        return _failing(method, reply, int(twist.at))
    try:
        if reply.invented:
            raise Undecodable("it was invented")
        if twist.at.startswith(HEADER):
            return _headless(reply, twist.at.removeprefix(HEADER))
        if not reply.body:
            raise Undecodable("it has no body")
        return _cut(reply) if twist.how == "truncated" else _changed(reply, twist.at, twist.how)
    except (Undecodable, LookupError, ValueError) as reason:
        said = reason.args[0] if reason.args else reason
        run.note(f"answer {twist.number} {NOT_MADE_ODD} ({twist.how}{' ' + twist.at if twist.at else ''}): {said}")
        return reply


# --- another status ------------------------------------------------------------------------------------------------------


def _failing(method: str, reply: Reply, status: int) -> Reply:
    """What services answer with such a status: as XML where they speak XML, else as JSON."""
    phrase = responses.get(status, "Unknown")
    kind, body = "application/json", json.dumps({"message": phrase, "error": phrase}).encode()
    if "xml" in heading(reply.headers).kind:
        kind, body = "application/xml", failing_xml(status)
    if bodiless(method, status):
        body = b""
    if reply.plain:
        return Reply(status, body)
    kept = without(reply.headers, _OF_THE_BODY)
    return Reply(status, body, (*kept, ("Content-Type", kind), ("Content-Length", str(len(body)))))


def failing_xml(status: int) -> bytes:
    """The error document of a service that speaks XML, in the form that every protocol of AWS's understands."""
    phrase = responses.get(status, "Unknown")
    error = f"<Error><Code>{phrase.replace(' ', '')}</Code><Message>{phrase}</Message></Error>"
    return f'<?xml version="1.0" encoding="UTF-8"?><ErrorResponse>{error}</ErrorResponse>'.encode()


# --- one place of it -----------------------------------------------------------------------------------------------------


def _headless(reply: Reply, name: str) -> Reply:
    kept = without(reply.headers, (name.lower(),))
    if len(kept) == len(reply.headers):
        raise Undecodable(f"it has no header {name}")
    return replace(reply, headers=kept)


def _changed(reply: Reply, at: str, how: Any) -> Reply:
    if not at and how == "empty":
        return _with(reply, b"")
    content = decoded(reply)
    if at.startswith("/"):
        return _with(reply, xml_places.change(content, at, how))
    try:
        tree = json.loads(content)
    except ValueError:
        raise Undecodable("its body is no JSON document") from None
    tree = change(tree, at, how)
    return _with(reply, b"" if tree is MISSING else json.dumps(tree).encode())


def _with(reply: Reply, content: bytes) -> Reply:
    """The reply with another document in it, encoded as it was."""
    body = encoded(content, heading(reply.headers).encoding) if content else b""
    if reply.plain:
        return replace(reply, body=body)
    headers = without(reply.headers, [name.lower() for name, _ in reply.headers if name.lower().startswith(_DIGESTS)])
    return replace(reply, body=body, headers=measured(headers, len(body)))


# --- the end missing -----------------------------------------------------------------------------------------------------


def _cut(reply: Reply) -> Reply:
    """The connection ends in the middle of the body: less comes than was announced."""
    whole: Headers = (("Content-Length", str(len(reply.body))),)
    kept = without(reply.headers, ("content-length", "transfer-encoding"))
    return replace(reply, body=reply.body[: len(reply.body) // 2], headers=(*kept, *whole), cut=True)
