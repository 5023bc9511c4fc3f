"""The form that vcrpy keeps a recording in, read into a `Recording` and made of one.

Read is what vcrpy and pytest-recording have written over the years: bodies as text, bytes, base64 or parts, headers as lists or
single values, answers recorded through `httpx` and `aiohttp`. Whatever has another shape is refused with the place it is at.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from taskcontract.cassettes.forms import as_json
from taskcontract.cassettes.recording import Headers, Interaction, Recording, Request, Response
from taskcontract.errors import CassetteError

VERSION: Final = 1
OWN: Final = "taskcontract"
"""The top-level key beside vcrpy's own that says what was recorded, with which values, and when."""


def recording_of(data: Any, file: str) -> Recording:
    """Read what a cassette's YAML or JSON says. Raises CassetteError naming `file` and the place."""
    if isinstance(data, list) and data and isinstance(data[0], dict) and "request" in data[0]:
        raise _wrong(file, "it was written by a version of vcrpy before 1.0", "delete it and record it again")
    if isinstance(data, dict) and "http_interactions" in data:
        raise _wrong(file, "it is a cassette of Ruby's VCR", "record it again with vcrpy, or with `taskcontract record`")
    if not isinstance(data, dict) or "interactions" not in data:
        raise _wrong(file, "it is no cassette: it has no `interactions`", "give the file that vcrpy wrote")
    version = data.get("version", VERSION)
    if str(version) != str(VERSION):
        raise _wrong(file, f"it is of version {version!r}, and only version {VERSION} is known", "upgrade taskcontract")
    interactions = data["interactions"]
    if interactions is None:
        interactions = []
    if not isinstance(interactions, list):
        raise _wrong(file, f"`interactions` is a {_kind(interactions)}", "it must be a list")
    own = data.get(OWN) or {}
    if not isinstance(own, dict) or not isinstance(own.get("values") or {}, dict):
        raise _wrong(file, f"`{OWN}` is not as it is written", "it must be {task, values, made}; record it again")
    credentials = own.get("credentials") or {}
    if not isinstance(credentials, dict) or not all(isinstance(shape, str) for shape in credentials.values()):
        raise _wrong(file, f"`{OWN}.credentials` is not as it is written", "it must map names to texts; record it again")
    read = tuple(_interaction(item, f"interaction {number}", file) for number, item in enumerate(interactions))
    made = own.get("made") or ""
    made = made.isoformat() if isinstance(made, datetime.date) else str(made)
    return Recording(read, as_json(own.get("values") or {}), str(own.get("task") or ""), made, file, credentials)


def vcr_form(recording: Recording) -> dict[str, Any]:
    """What to write for a recording: vcrpy plays it, and finds what is said for taskcontract beside its own."""
    data: dict[str, Any] = {"interactions": [_written(i) for i in recording.interactions], "version": VERSION}
    own: dict[str, Any] = {"task": recording.task, "values": dict(recording.values), "made": recording.made}
    own["credentials"] = dict(recording.credentials)
    if any(own.values()):
        data[OWN] = {key: value for key, value in own.items() if value}
    return data


# --- reading ---------------------------------------------------------------------------------------------------------


def _interaction(item: Any, where: str, file: str) -> Interaction:
    request, response = (_part(item, side, where, file) for side in ("request", "response"))
    method, url = request.get("method"), request.get("uri", request.get("url"))
    if not isinstance(method, str) or not isinstance(url, str):
        raise _wrong(file, f"{where}: the request has no text for its method and uri", "mend or re-record it")
    status, reason = _status(response, where, file)
    sent = _bytes(request.get("body"), f"{where}, request", file)
    answered = _bytes(response.get("body", response.get("content")), f"{where}, response", file)
    return Interaction(
        Request(method, url, _headers(request.get("headers"), where, file), sent),
        Response(status, _headers(response.get("headers"), where, file), answered, reason),
    )


def _part(item: Any, side: str, where: str, file: str) -> Mapping[str, Any]:
    part = item.get(side) if isinstance(item, dict) else None
    if not isinstance(part, dict):
        raise _wrong(file, f"{where} has no {side}", "mend or re-record it")
    return part


def _status(response: Mapping[str, Any], where: str, file: str) -> tuple[int, str]:
    status = response.get("status", response.get("status_code"))
    code, reason = (status.get("code"), status.get("message")) if isinstance(status, dict) else (status, "")
    if isinstance(code, bool) or not isinstance(code, int):
        raise _wrong(file, f"{where}: the status of the response is {code!r}", "it must be a number such as 200")
    return code, str(reason or "")


def _headers(headers: Any, where: str, file: str) -> Headers:
    return tuple(_pairs(headers, where, file))


def _pairs(headers: Any, where: str, file: str) -> Iterator[tuple[str, str]]:
    if isinstance(headers, list) and all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in headers):
        items: Any = headers
    elif isinstance(headers, dict) or headers is None:
        items = (headers or {}).items()
    else:
        raise _wrong(file, f"{where}: headers are a {_kind(headers)}", "they must map names to texts or lists of texts")
    for name, values in items:
        for value in values if isinstance(values, (list, tuple)) else (values,):
            if isinstance(value, (dict, list, tuple)):
                raise _wrong(file, f"{where}: the header {name!r} is a {_kind(value)}", "it must be a text or a list of texts")
            yield _text(name), _text(value)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else "" if value is None else str(value)


def _bytes(body: Any, where: str, file: str) -> bytes:
    """A body in any of the ways it is kept, as the bytes that were on the wire."""
    if isinstance(body, dict):
        coded = body.get("base64_string")
        body = body.get("string") if coded is None else _unbased(coded, where, file)
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    if isinstance(body, io.BytesIO):
        return body.getvalue()
    if isinstance(body, (list, tuple)) and all(isinstance(part, (str, bytes)) for part in body):
        return b"".join(_bytes(part, where, file) for part in body)
    raise _wrong(file, f"{where}: the body is a {_kind(body)}", "it must be a text or bytes: quote it")


def _unbased(coded: Any, where: str, file: str) -> bytes:
    try:
        return base64.b64decode(coded, validate=False)
    except (binascii.Error, ValueError, TypeError):
        raise _wrong(file, f"{where}: `base64_string` is no base64", "mend or re-record it") from None


def _kind(value: Any) -> str:
    name = type(value).__name__
    return {"dict": "mapping", "str": "text", "int": "number", "float": "number"}.get(name, name)


def _wrong(file: str, what: str, todo: str) -> CassetteError:
    return CassetteError(f"{file}: {what}; {todo}")


# --- writing ---------------------------------------------------------------------------------------------------------


def _written(interaction: Interaction) -> dict[str, Any]:
    request, response = interaction.request, interaction.response
    return {
        "request": {
            "body": _kept(request.body) if request.body else None,
            "headers": _grouped(request.headers),
            "method": request.method,
            "uri": request.url,
        },
        "response": {
            "body": {"string": _kept(response.body)},
            "headers": _grouped(response.headers),
            "status": {"code": response.status, "message": response.reason},
        },
    }


def _kept(body: bytes) -> str | bytes:
    """Text where the body is one that YAML keeps exactly; bytes otherwise."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    return text if all(c >= " " or c in "\t\n\r" for c in text) and not set(text) & set("\x7f\x85\u2028\u2029\ufeff") else body


def _grouped(headers: Headers) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return grouped
