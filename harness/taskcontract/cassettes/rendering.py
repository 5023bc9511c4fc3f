"""A recorded answer as a template: given back with a run's own values in the place of the recorded ones.

The text of the answer is divided once at the values that the recording knows; to give it back is to join the pieces. In JSON
a whole leaf keeps the type that its place had, a text stays escaped as it was, and the encoding is done again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from taskcontract.cassettes.contents import decoded, encoded, header
from taskcontract.cassettes.finder import Finder
from taskcontract.cassettes.forms import text_form
from taskcontract.cassettes.patterns import WRITINGS, Part, Slot
from taskcontract.cassettes.recording import Headers, Interaction, Response

Resolve = Callable[[tuple[str, ...]], Any]
"""The run's value of a hole, by the names of the forms that stand there; UNKNOWN if it has none."""

UNKNOWN: Final = object()

MOST_MADE: Final = 64
"""So many answers are kept for the next run that asks the same with the same values."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false")
_BODILESS: Final = (204, 304)


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in an answer. `recorded` is the text there; `inside` says what it is.

    'text' is part of a text or header, 'string' part of a JSON string or key, 'leaf' a whole JSON leaf.
    """

    slot: Slot
    recorded: str
    inside: Literal["text", "string", "leaf"]

    def filled(self, value: Any) -> str:
        """The text of `value` in this place."""
        if self.inside == "leaf":
            number = not self.recorded.startswith('"') and isinstance(value, str) and _NUMBER.fullmatch(value)
            return str(value) if number else json.dumps(value)  # a number that came from a text stays a number
        text = WRITINGS[self.slot.writing].write(text_form(value))
        return json.dumps(text)[1:-1] if self.inside == "string" else text


Piece = str | Hole


@dataclass(frozen=True, slots=True)
class Rendering:
    """An answer divided at its holes; `names` are those of all of them. `plain` is the answer as it was recorded.

    `open` says whether any of the holes is in a header.
    """

    plain: Response
    body: tuple[Piece, ...]
    headers: tuple[tuple[str, tuple[Piece, ...]], ...]
    encoding: str
    names: tuple[tuple[str, ...], ...]
    bodiless: bool
    open: bool
    _made: dict[tuple[Any, ...], Response] = field(default_factory=dict, compare=False)

    def answer(self, resolve: Resolve, after: Callable[[str], str] | None = None) -> Response:
        """The answer with the values that `resolve` gives, and last `after` done to each text of it."""
        if not self.names and after is None:
            return self.plain
        values = {names: resolve(names) for names in self.names}
        texts = tuple(values.values())
        if after is not None or not all(isinstance(value, str) for value in texts):
            return self._filled(values.__getitem__, after)
        made = self._made.get(texts)
        if made is None:
            if len(self._made) >= MOST_MADE:
                self._made.clear()
            made = self._made[texts] = self._filled(values.__getitem__, None)
        return made

    def _filled(self, resolve: Resolve, after: Callable[[str], str] | None) -> Response:
        plain, headers = self.plain, self.plain.headers
        changed = self.open or after is not None
        if changed:
            headers = tuple([(name, _filled(pieces, resolve, after)) for name, pieces in self.headers])
        if not self.body:
            return Response(plain.status, headers, plain.body, plain.reason)
        body = _filled(self.body, resolve, after).encode("utf-8", "surrogateescape")
        if self.encoding:
            body = encoded(body, self.encoding)
        if changed or len(body) != len(plain.body):
            headers = _measured(headers, body, self.bodiless)
        return Response(plain.status, headers, body, plain.reason)


def rendering(interaction: Interaction, finder: Finder) -> Rendering:
    """Divide a recorded answer at the values that `finder` knows.

    What says how the body came over the wire but is not true of a recorded one (chunks that were joined, an encoding that was
    undone) is left out.
    """
    response = interaction.response
    content, encoding = decoded(response.body, response.headers)
    bodiless = interaction.request.method.upper() == "HEAD" or response.status in _BODILESS
    undone = response.body and not encoding and not _opaque(response)
    untrue = {"transfer-encoding", "content-encoding"} if undone else {"transfer-encoding"}
    kept = tuple(pair for pair in response.headers if pair[0].lower() not in untrue)
    plain = replace(response, headers=_measured(kept, response.body, bodiless))
    body = _body(content, header(kept, "content-type"), finder)
    headers = tuple((name, _pieces(finder.parts(value) or (value,), finder)) for name, value in plain.headers)
    holes = [piece for _, pieces in (("", body), *headers) for piece in pieces if isinstance(piece, Hole)]
    names = tuple(dict.fromkeys(hole.slot.names for hole in holes))
    is_open = any(isinstance(piece, Hole) for _, pieces in headers for piece in pieces)
    return Rendering(plain, body, headers, encoding, names, bodiless, is_open)


def _opaque(response: Response) -> bool:
    """Whether the body is in an encoding that is not undone here (br, zstd): then it is what its header says."""
    return header(response.headers, "content-encoding").strip().lower() not in ("gzip", "x-gzip", "deflate")


def _measured(headers: Headers, body: bytes, bodiless: bool) -> Headers:
    if bodiless:
        return headers
    return tuple((name, str(len(body)) if name.lower() == "content-length" else value) for name, value in headers)


def _filled(pieces: Sequence[Piece], resolve: Resolve, after: Callable[[str], str] | None) -> str:
    texts = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        value = resolve(piece.slot.names)
        texts.append(piece.recorded if value is UNKNOWN else piece.filled(value))
    text = "".join(texts)
    return after(text) if after else text


def _body(content: bytes, kind: str, finder: Finder) -> tuple[Piece, ...]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return ()
    if "json" in kind.lower() or text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            return _json(text, finder)
    pieces = _pieces(finder.parts(text) or (text,), finder) if text else ()
    return tuple(_in_markup(piece) for piece in pieces) if text.lstrip()[:1] == "<" else pieces


def _json(text: str, finder: Finder) -> tuple[Piece, ...]:
    """Divide JSON token by token: what is between holes stays as it was written."""
    pieces: list[Piece] = []
    at, key = 0, ""
    for token in _TOKEN.finditer(text):
        is_key = bool(token[1])
        raw = token[0][: len(token[0]) - len(token[1] or "")]
        value = json.loads(raw)
        found = _token(raw, value, is_key, "" if is_key else key, finder)
        key = value if is_key else key
        if found:
            pieces += (text[at : token.start()], *found)
            at = token.start() + len(raw)
    return (*pieces, text[at:]) if at else (text,)


def _token(raw: str, value: Any, is_key: bool, key: str, finder: Finder) -> tuple[Piece, ...]:
    names = () if is_key else finder.whole(value, key)
    if names:
        return (Hole(Slot(names), raw, "leaf"),)
    if not isinstance(value, str):
        return ()
    parts = finder.parts(value)
    return ('"', *(_in_string(piece) for piece in _pieces(parts, finder)), '"') if parts else ()


def _in_string(piece: Piece) -> Piece:
    if isinstance(piece, Hole):
        return Hole(piece.slot, json.dumps(piece.recorded)[1:-1], "string")
    return json.dumps(piece)[1:-1]


def _in_markup(piece: Piece) -> Piece:
    """A recorded value may be the same with and without XML's escapes; another one may not."""
    if isinstance(piece, Hole) and piece.slot.writing == "raw":
        return replace(piece, slot=piece.slot._replace(writing="html"))
    return piece


def _pieces(parts: Sequence[Part], finder: Finder) -> tuple[Piece, ...]:
    return tuple(part if isinstance(part, str) else Hole(part, finder.recorded(part), "text") for part in parts)
