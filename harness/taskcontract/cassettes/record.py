"""Records real HTTP with vcrpy: what goes over the wire while `recording()` lasts, of every client and thread, in memory.

vcrpy patches each client's transport and keeps what passes; nothing is filtered, matched or written by it, because scrubbing is
done over the whole recording afterwards (`scrub`), and a file is written only after that (`save`).
"""

from __future__ import annotations

import contextlib
import http.client
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from taskcontract.cassettes.parts import header, undone
from taskcontract.cassettes.recording import Headers, Interaction, Request, Response


class Tape:
    """What has been recorded so far."""

    def __init__(self, cassette: Any) -> None:
        self._cassette = cassette

    def interactions(self) -> tuple[Interaction, ...]:
        """Every request that was answered, with its answer, in the order of the answers."""
        return tuple(_interaction(request, response) for request, response in list(self._cassette.data))


@contextlib.contextmanager
def recording() -> Iterator[Tape]:
    """Record all HTTP that this process makes while this lasts. Everything reaches the network as it would without."""
    from vcr.cassette import Cassette
    from vcr.record_mode import RecordMode

    with (
        _apart_from_threads(),
        Cassette.use(path="", persister=_Nowhere, record_mode=RecordMode.ALL, record_on_exception=False) as cassette,
    ):
        yield Tape(cassette)


class _Nowhere:
    """Where vcrpy loads from and saves to: nothing, and nowhere."""

    @staticmethod
    def load_cassette(_path: str, serializer: object) -> object:
        from vcr.persisters.filesystem import CassetteNotFoundError

        raise CassetteNotFoundError

    @staticmethod
    def save_cassette(_path: str, _content: object, serializer: object) -> None:
        """Nothing is kept."""


@contextlib.contextmanager
def _apart_from_threads() -> Iterator[None]:
    """While one thread makes a request, the connections of the others are recorded too.

    vcrpy takes its patches away, for the whole process, while it makes a real connection: `HTTPSConnection` finds itself by its
    global name, where vcrpy's own class is. A connection that another thread opens at that moment goes by unrecorded. With
    methods that know the real class, there is no need to take anything away.
    """
    import vcr.patch

    real = http.client.HTTPSConnection
    plain = {name: vars(real)[name] for name in ("__init__", "connect")}
    reset = vars(vcr.patch)["force_reset"]
    for name, method in plain.items():
        setattr(real, name, _knowing(method, {"HTTPSConnection": real, "HTTPConnection": http.client.HTTPConnection}))
    vars(vcr.patch)["force_reset"] = contextlib.nullcontext
    try:
        yield
    finally:
        vars(vcr.patch)["force_reset"] = reset
        for name, method in plain.items():
            setattr(real, name, method)


def _knowing(function: Callable[..., Any], names: Mapping[str, Any]) -> Callable[..., Any]:
    """The same function, for which these global names mean these things."""
    assert isinstance(function, types.FunctionType)
    made = types.FunctionType(
        function.__code__, {**function.__globals__, **names}, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


# --- from vcrpy's form -----------------------------------------------------------------------------------------------


def _interaction(request: Any, response: Mapping[str, Any]) -> Interaction:
    status, body = response["status"], response["body"].get("string") or b""
    sent = Request(request.method, request.uri, _headers(request.headers.items()), _bytes(request.body))
    came = Response(status["code"], _headers(response["headers"].items()), _bytes(body), status["message"] or "")
    return Interaction(sent, _as_it_is(came))


def _headers(items: Iterable[tuple[Any, Any]]) -> Headers:
    pairs = ((name, value) for name, values in items for value in (values if isinstance(values, (list, tuple)) else [values]))
    return tuple((_text(name), _text(value)) for name, value in pairs)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if hasattr(body, "read"):
        return _bytes(body.read())
    return b"".join(_bytes(part) for part in body)


_CODED: Final = ("content-encoding", "content-length")


def _as_it_is(response: Response) -> Response:
    """The response with headers that fit its body: aiohttp hands on what it has decoded, and what only a library decodes
    (Brotli, Zstandard) is kept decoded, or nobody could look into it for credentials."""
    coding = header(response.headers, "content-encoding").strip().casefold()
    if not response.body or coding in ("", "identity"):
        return response
    plain = undone(response.headers, response.body)
    if plain is None:
        plain = _by_library(coding, response.body)
    elif plain != response.body:
        return response
    headers = tuple((name, value) for name, value in response.headers if name.casefold() not in _CODED)
    return replace(response, headers=(*headers, ("Content-Length", str(len(plain)))), body=plain)


def _by_library(coding: str, body: bytes) -> bytes:
    """Decoded by the library that the client decodes it with; as it is when that cannot, because it is decoded already."""
    for module, name in _LIBRARIES.get(coding, ()):
        with contextlib.suppress(Exception):
            return bytes(getattr(__import__(module), name)(body))
    return body


_LIBRARIES: Final = {
    "br": (("brotli", "decompress"), ("brotlicffi", "decompress")),
    "zstd": (("zstandard", "decompress"), ("zstd", "decompress")),
}
