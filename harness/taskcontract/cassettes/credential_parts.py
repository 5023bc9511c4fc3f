"""What a credential consists of: which of its parts are secret, and which only say where it leads and whom it belongs to.

A connection string, an address with a password in it, a document of keys, a pair `user:token`: a client takes such a credential
apart before it asks for anything, and refuses one that has another form. So a recording keeps the *shape* of what was taken out
of it: the text with a hole for every secret part, which tells the part's form and size, and never what it was.

    DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=<base64 64>;EndpointSuffix=core.windows.net

What is not known to be harmless is secret.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from taskcontract.cassettes.private_keys import kind_of
from taskcontract.cassettes.sensitive import credential_name


class Piece(NamedTuple):
    """A part of a credential's text; all of them in a row are the text. `name` says which of the secret ones it is."""

    text: str
    secret: bool
    name: str = ""


def secret_texts(name: str, value: Any) -> dict[str, str]:
    """The texts in a credential that nobody may see, by names that begin with `name`.

    `value` is a text, or a document of them. A connection string is among them as a whole, too. An address is not, as long as
    it is known which part of it is the secret: where it leads may be seen.
    """
    document = _document(value)
    if document is not None:
        found = [pair for steps, leaf in _leaves(document) for pair in _texts_of_leaf(name, steps, leaf)]
        return dict(found)
    return dict(_texts(name, value)) if isinstance(value, str) else _other(name, value)


def shape_of(value: Any) -> str:
    """The shape of a credential (a document's is JSON); "" for one that is a mere text, which has no form to keep."""
    document = _document(value)
    if document is not None:
        return json.dumps(_mapped(document, lambda key, text: text if _place(key, text) else _shape(text)))
    shape = _shape(value) if isinstance(value, str) and value else ""
    return "" if mere_text(shape) else shape


def mere_text(shape: str) -> bool:
    """Whether a shape is that of a text without any form."""
    return re.fullmatch(r"(<text \d+>)?", shape) is not None


def shapes(credentials: Mapping[str, Any]) -> dict[str, str]:
    """The shapes of credentials, by name: what a recording keeps of those that it was made with. A mere text's says that it was
    no more."""
    found = {name: shape_of(value) or (_shape(value) if isinstance(value, str) else "") for name, value in credentials.items()}
    return {name: shape for name, shape in found.items() if shape}


HOLE: Final = re.compile(r"<(private key|jwt|base64|hex|digits|uuid|text)( [\w ]+)?>")
"""A hole in a shape: what kind of text was there, and how much of it (bytes of base64, otherwise characters)."""


def hole(secret: str, *, part: bool = False) -> str:
    """What stands for a secret in a shape: a vendor's prefix, which every client may ask for, and the hole.

    In a field (`part`) it is taken for base64 where it may well be that: it serves a client that wants a mere text as well.
    """
    if kind := kind_of(secret):
        return f"<private key {kind}>"
    if token := re.fullmatch(r"(eyJ[\w-]{8,})\.[\w-]+\.[\w-]+", secret):
        return f"<jwt {_algorithm(token[1])}>"
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", secret, re.I):
        return "<uuid>"
    if re.fullmatch(r"\d+", secret):
        return f"<digits {len(secret)}>"
    if re.fullmatch(r"[0-9a-f]{16,}|[0-9A-F]{16,}", secret):
        return f"<hex {len(secret)}>"
    if (size := _based(secret, part)) > 0:
        return f"<base64 {size}>"
    prefix = _PREFIX.match(secret)
    start = prefix[0] if prefix else ""
    return f"{start}<text {len(secret) - len(start)}>"


_PREFIX: Final = re.compile(
    r"(?:AKIA|ASIA|gh[a-z]_|github_pat_|gl[a-z]{2,3}-|xox[a-z]-|xapp-|[srp]k_(?:live|test)_|sk-|hf_|npm_|pypi-|SG\.|ya29\.|AIza|"
    r"GOCSPX-|dapi|hv[sbr]\.|whsec_|shp[a-z]{2}_|do[opr]_v1_)(?=.{8})"
)
"""How vendors begin their tokens; the rest is the secret."""


def _based(text: str, likely: bool) -> int:
    """The bytes in a text that can hardly be anything but base64, or is likely to be; 0 for another."""
    sure = text.endswith("=") or (len(text) >= 64 and re.search(r"[+/]", text) is not None)
    mixed = all(re.search(some, text) for some in ("[a-z]", "[A-Z]", r"\d"))
    if len(text) < 16 or len(text) % 4 or not (sure or (likely and mixed)) or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", text):
        return 0
    try:
        return len(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return 0


def _algorithm(header: str) -> str:
    try:
        said = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        found = re.fullmatch(r"\w+", str(said["alg"]))
    except (ValueError, KeyError, TypeError):
        found = None
    return found[0] if found else "HS256"


# --- texts -----------------------------------------------------------------------------------------------------------


def pieces(text: str) -> tuple[Piece, ...]:
    """The parts of a credential's text; one secret part for a text that has none."""
    if HOLE.search(text) is None:  # what looks like a shape already could not be told from one
        for read in (_key_or_token, _address, _connection, _settings, _query, _pair):
            found = tuple(_joined(read(text)))
            if any(piece.secret for piece in found):
                return found
    return (Piece(text, True),)


def _shape(text: str) -> str:
    fields = ";" in text
    return "".join(hole(piece.text, part=fields) if piece.secret else piece.text for piece in pieces(text))


def _texts(name: str, text: str) -> Iterator[tuple[str, str]]:
    found = pieces(text)
    if len(found) > 1 and not _URL.match(text):
        yield name, text
    secret = [piece for piece in found if piece.secret]
    for piece in secret:
        yield name if len(secret) == 1 and (len(found) == 1 or _URL.match(text)) else f"{name}.{piece.name}", piece.text
        if unquote(piece.text) != piece.text and _URL.match(text):
            yield f"{name}.{piece.name}-unquoted", unquote(piece.text)


def _joined(found: Iterator[Piece]) -> Iterator[Piece]:
    """Pieces without empty ones; what is not secret is one piece between two that are."""
    plain = ""
    for piece in found:
        if not piece.secret or not piece.text:
            plain += piece.text
            continue
        if plain:
            yield Piece(plain, False)
        plain = ""
        yield piece
    if plain:
        yield Piece(plain, False)


def _key_or_token(text: str) -> Iterator[Piece]:
    if kind_of(text) or re.fullmatch(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]+", text):
        yield Piece(text, True)


_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#]+\S*\Z")
_USERINFO: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*://)(?:([^\s/?#@:]*)(:))?([^\s/?#]*)@")


def _address(text: str) -> Iterator[Piece]:
    """The password, or the user where there is none; the fields of the query called so; else the path's random parts."""
    if not _URL.match(text):
        return
    rest, known = text, False
    if found := _USERINFO.match(text):
        yield Piece("".join(found.group(1, 2, 3)) if found[3] else found[1], False)
        yield Piece(found[4], True, "password")
        rest, known = text[found.end() - 1 :], True
    start, mark, query = rest.partition("?")
    asked = list(_fields(query))
    if known or any(piece.secret for piece in asked):
        yield Piece(start + mark, False)
        yield from asked
        return
    host, *segments = re.split(r"(/)", urlsplit(rest).path)
    yield Piece(start[: len(start) - len("".join([host, *segments]))] + host, False)
    for number, segment in enumerate(segments):
        yield Piece(segment, _random(segment), f"path-{number}")
    yield Piece(mark + query, False)


def _random(segment: str) -> bool:
    """Whether a part of a path is one that nobody chose."""
    letters, digits = re.search(r"[A-Za-z]", segment), len(re.findall(r"\d", segment))
    cased = re.search(r"[a-z].*[A-Z]|[A-Z].*[a-z]", segment) is not None
    return len(segment) >= 16 and "." not in segment and letters is not None and (digits >= 3 or (cased and digits > 0))


def _fields(query: str) -> Iterator[Piece]:
    """Of `a=1&sig=…`: what goes under a credential's name."""
    for number, field in enumerate(query.split("&")):
        name, equals, value = field.partition("=")
        yield Piece(f"{'&' * (number > 0)}{name}{equals}", False)
        yield Piece(value, credential_name(name) or name.casefold() == "code", name)


def _query(text: str) -> Iterator[Piece]:
    if re.fullmatch(r"\??[\w.-]+=[^&\s;]*(&[\w.-]+=[^&\s;]*)+", text):
        mark = "?" * text.startswith("?")
        yield Piece(mark, False)
        yield from _fields(text.removeprefix("?"))


def _connection(text: str) -> Iterator[Piece]:
    """`Key=Value;Key=Value`, as Azure's and ODBC's clients take it."""
    if re.fullmatch(r"\s*[\w .-]+=[^;]*(;\s*[\w .-]+=[^;]*)+;?\s*", text):
        yield from _entries(re.findall(r"(;?\s*)([\w .-]+)(=)([^;]*)", text))
        yield Piece(text[len(text.rstrip("; \t\r\n")) :], False)


def _settings(text: str) -> Iterator[Piece]:
    """`key=value key=value`, as PostgreSQL's client takes it."""
    if re.fullmatch(r"[\w.-]+=\S+( +[\w.-]+=\S+)+", text):
        yield from _entries(re.findall(r"( *)([\w.-]+)(=)(\S+)", text))


def _entries(found: list[tuple[str, str, str, str]]) -> Iterator[Piece]:
    for before, key, equals, value in found:
        yield Piece(f"{before}{key}{equals}", False)
        content = value.rstrip()
        if not _SECRET.search(key) and _harmless(key, content):
            yield Piece(value, False)
            continue
        for piece in _joined(_query(content)) if _names_secret(content) else (Piece(content, True),):
            yield piece._replace(name=f"{key}.{piece.name}".rstrip("."))
        yield Piece(value[len(content) :], False)


def _names_secret(text: str) -> bool:
    return any(piece.secret for piece in _query(text))


def _harmless(key: str, value: str) -> bool:
    plain_address = _URL.match(value) is not None and not any(piece.secret for piece in _address(value))
    return plain_address or _WHO_OR_WHERE.search(key) is not None or re.fullmatch(r"\d{1,5}|\w{0,5}", value) is not None


_SECRET: Final = re.compile(r"secret|passw|pwd|token|signature|(?<!public)key$|credential", re.I)
_WHERE: Final = (
    r"type|kind|protocol|scheme|region|location|host|hostname|server|port|ur[il]s?|endpoints?|domain|suffix|version|scopes?|"
    r"algorithm|driver|ssl|sslmode|tls|encrypt|timeout|address|addr"
)
_PLACE_KEY: Final = re.compile(rf"(?:^|[_ .-]|(?<=[a-z]))(?:{_WHERE})$", re.I)
_WHO_OR_WHERE: Final = re.compile(
    rf"(?:^|[_ .-]|(?<=[a-z]))(?:{_WHERE}|name|user|user ?id|uid|login|account|database|dbname|db|catalog|source|schema|"
    r"warehouse|role|project|tenant(?:id)?|entitypath|storage|certificate|security)$",
    re.I,
)


def _pair(text: str) -> Iterator[Piece]:
    """`user:token`, or `token:` for who signs in without a name."""
    found = re.fullmatch(r"([\w.@+-]{1,64})(:)([^\s:/@]*)", text)
    if found is None:
        return
    user, colon, token = found.groups()
    if len(token) >= 6 and token != "x-oauth-basic":
        yield from (Piece(user, _random(user), "user"), Piece(colon, False), Piece(token, True, "token"))
    elif len(user) >= 8:
        yield from (Piece(user, True, "user"), Piece(colon + token, False))


# --- documents -------------------------------------------------------------------------------------------------------


def _document(value: Any) -> Any:
    """A mapping or list, as it is or as JSON; None for another value."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if isinstance(value, Mapping):
        return dict(value) or None
    return list(value) or None if isinstance(value, (list, tuple)) else None


def _place(key: str, text: str) -> bool:
    """Whether what a document holds under a key says no more than where to go, and how."""
    return _PLACE_KEY.search(key) is not None and not (_URL.match(text) and any(piece.secret for piece in _address(text)))


def _leaves(tree: Any, steps: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(tree, Mapping):
        for key, inner in tree.items():
            yield from _leaves(inner, (*steps, str(key)))
    elif isinstance(tree, (list, tuple)):
        for number, inner in enumerate(tree):
            yield from _leaves(inner, (*steps, str(number)))
    else:
        yield steps, tree


def _texts_of_leaf(name: str, steps: tuple[str, ...], leaf: Any) -> Iterator[tuple[str, str]]:
    called = ".".join([name, *steps])
    if isinstance(leaf, str):
        if leaf and not _place(steps[-1], leaf):
            yield from secret_texts(called, leaf).items()
    elif not _place(steps[-1], ""):
        yield from _other(called, leaf).items()


def _other(name: str, value: Any) -> dict[str, str]:
    return {} if value is None or isinstance(value, bool) else {name: str(value)}


def _mapped(tree: Any, change: Callable[[str, str], Any], key: str = "") -> Any:
    """A document with every text changed; `change` is given the text's key."""
    if isinstance(tree, Mapping):
        return {str(name): _mapped(inner, change, str(name)) for name, inner in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_mapped(inner, change, key) for inner in tree]
    if isinstance(tree, (int, float)) and not isinstance(tree, bool):
        return tree if _place(key, "") else change(key, str(tree))
    return change(key, tree) if isinstance(tree, str) and tree else tree
