"""Whose key signed a request: every known key signs it again, and the one whose signature is there has signed it.

A key that signs never leaves the task, so that nothing in the trace tells which one it was; but how signatures are made is
public. Known are Amazon's Signature Version 4 (in a header or in the query), Azure Storage's SharedKey and SharedKeyLite, and
any other header or query value that is an HMAC over the body, the address, or both in the orders that services ask for, with
or without a time that the request carries. A request whose signature no known key makes has been signed with another one, or
in another way: nothing is said of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from taskcontract.model import Effect, Signed

ALGORITHMS: Final = ("md5", "sha1", "sha256", "sha384", "sha512")
_DIGEST: Final = re.compile(r"(?<![A-Za-z0-9+/_-])(?:[0-9a-fA-F]{32,128}|[A-Za-z0-9+/_-]{22,86}={0,2})(?![A-Za-z0-9+/=_-])")
_SIZES: Final = frozenset({16, 20, 32, 48, 64})
_UNSIGNED: Final = frozenset({"x-amz-content-sha256", "content-md5", "digest", "etag", "if-match", "if-none-match"})
MOST_TIMES: Final = 4


def signer(request: Signed, keys: Mapping[str, str]) -> frozenset[str]:
    """The names of the keys that made a signature of `request`; mostly one or none.

    Args:
        request: as it was sent
        keys: the keys by any name, as texts; those that are base64 are tried as what they say as well
    """
    made = {digest for _, digest in digests(request)}
    if not made:
        return frozenset()
    texts, scoped, azure = [*_plain(request)], _aws(request), [*_azure(request)]

    def signs(key: bytes) -> bool:
        if scoped is not None:
            return scoped(key) in made
        if any(hmac.new(key, each, "sha256").digest() in made for each in azure):
            return True
        return any(hmac.new(key, each, algorithm).digest() in made for each in texts for algorithm in ALGORITHMS)

    return frozenset(name for name, text in keys.items() if any(map(signs, _read(text))))


def signed_with(keys: Iterable[str], effects: Iterable[Effect]) -> bool:
    """Whether any of some keys signed any of some requests."""
    known = {str(number): key for number, key in enumerate(keys)}
    return any(signer(effect.signed, known) for effect in effects if effect.signed is not None)


def digests(request: Signed) -> Iterator[tuple[str, bytes]]:
    """What may be a signature in the headers and in the query: under which name, and its bytes."""
    pairs = [(name, value) for name, value in request.headers if name not in _UNSIGNED]
    _, _, query = request.url.partition("?")
    pairs += [(name.lower(), value) for name, value in parse_qsl(query)] if query else []
    for name, value in pairs:
        for found in _DIGEST.findall(value) if len(value) >= 22 else ():
            yield from ((name, digest) for digest in _digest(found))


def _digest(text: str) -> Iterator[bytes]:
    """The bytes that a text of a digest's length stands for, in hexadecimal or in base64."""
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text) and len(text) // 2 in _SIZES:
        yield bytes.fromhex(text)
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(plain) * 6 // 8 in _SIZES:
        try:
            yield base64.b64decode(plain + "=" * (-len(plain) % 4))
        except (binascii.Error, ValueError):
            return


def _read(key: str) -> Iterator[bytes]:
    """A key as its text, and as what that says in base64."""
    yield key.encode("utf-8", "surrogateescape")
    try:
        decoded = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return
    if decoded:
        yield decoded


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- Amazon's Signature Version 4 -------------------------------------------------------------------------------------

_CREDENTIAL: Final = re.compile(r"(?P<day>\d{8})/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")


def _aws(request: Signed) -> Callable[[bytes], bytes] | None:
    """How a key signs `request`, if it says that it is signed so. One of the strings to sign is the right one.

    Services differ in how they spell the path and in what they hash of the body, and a request does not say how its own
    does: the signature that is there picks the one that was meant.
    """
    said = _said_to_aws(request)
    if said is None:
        return None
    names, credential, time, signature, query = said
    scope = _CREDENTIAL.search(credential)
    if scope is None:
        return None
    canonical = _canonical(request, names, query)
    strings = [f"AWS4-HMAC-SHA256\n{time}\n{scope[0]}\n{_sha256(each.encode())}".encode() for each in canonical]

    def sign(key: bytes) -> bytes:
        made = b"AWS4" + key
        for step in (scope["day"], scope["region"], scope["service"], "aws4_request"):
            made = hmac.new(made, step.encode(), "sha256").digest()
        tried = (hmac.new(made, string, "sha256").digest() for string in strings)
        return next((digest for digest in tried if digest.hex() == signature), b"")

    return sign


def _said_to_aws(request: Signed) -> tuple[list[str], str, str, str, list[tuple[str, str]]] | None:
    """The names of the signed headers, the credential's scope, the time, the signature and the signed part of the query."""
    query = [(k, v) for k, _, v in (pair.partition("=") for pair in urlsplit(request.url).query.split("&") if pair)]
    header = request.header("authorization") or ""
    if header.startswith("AWS4-HMAC-SHA256"):
        parts = dict(re.findall(r"(\w+)=([^,\s]+)", header))
        time = request.header("x-amz-date") or ""
    else:
        parts = {name.rpartition("-")[2]: unquote(value) for name, value in query if name.startswith("X-Amz-")}
        time = parts.get("Date", "")
        query = [(name, value) for name, value in query if name != "X-Amz-Signature"]
    if not {"SignedHeaders", "Credential", "Signature"} <= parts.keys():
        return None
    return parts["SignedHeaders"].split(";"), parts["Credential"], time, parts["Signature"], query


def _canonical(request: Signed, names: list[str], query: list[tuple[str, str]]) -> Iterator[str]:
    """The canonical requests that `request` may have been signed as."""
    address = urlsplit(request.url)
    host = address.netloc.rpartition("@")[2]
    bare = re.sub(r":(?:443|80)$", "", host)
    path = address.path or "/"
    paths = dict.fromkeys((path, quote(path, safe="/-_.~"), quote(unquote(path), safe="/-_.~")))
    pairs = [sorted(query), sorted((quote(unquote(k), safe="-_.~"), quote(unquote(v), safe="-_.~")) for k, v in query)]
    queries = dict.fromkeys("&".join(f"{k}={v}" for k, v in each) for each in pairs)
    declared = request.header("x-amz-content-sha256")
    payloads = dict.fromkeys([*([declared] if declared else []), _sha256(request.body), "UNSIGNED-PAYLOAD"])
    for known in dict.fromkeys((request.header("host") or bare, bare, host)):
        values = {name: known if name == "host" else " ".join((request.header(name) or "").split()) for name in names}
        lines = "".join(f"{name}:{value}\n" for name, value in values.items())
        yield from (
            f"{request.method}\n{p}\n{q}\n{lines}\n{';'.join(names)}\n{payload}"
            for p in paths for q in queries for payload in payloads
        )  # fmt: skip


# --- Azure Storage's SharedKey ----------------------------------------------------------------------------------------

_AZURE: Final = (
    "content-encoding", "content-language", "content-length", "content-md5", "content-type", "date", "if-modified-since",
    "if-match", "if-none-match", "if-unmodified-since", "range",
)  # fmt: skip


def _azure(request: Signed) -> Iterator[bytes]:
    """The strings that `request` may have been signed as, if it says that it is signed so: one of blobs, or one of tables."""
    said = re.match(r"SharedKey(?:Lite)? ([^:]+):", request.header("authorization") or "")
    if said is None:
        return
    head = {name: request.header(name) or "" for name in _AZURE}
    own = sorted((name, value.strip()) for name, value in request.headers if name.startswith("x-ms-"))
    lines = "".join(f"{name}:{value}\n" for name, value in own)
    address = urlsplit(request.url)
    resource = f"/{said[1]}{address.path}"
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(address.query, keep_blank_values=True):
        query.setdefault(name.lower(), []).append(value)
    component = f"?comp={query['comp'][0]}" if "comp" in query else ""
    whole = resource + "".join(f"\n{name}:{','.join(sorted(values))}" for name, values in sorted(query.items()))
    date = head["date"] or request.header("x-ms-date") or ""
    lengths = ("", str(len(request.body))) if head["content-length"] in ("", "0") else (head["content-length"],)
    for length in lengths:
        fields = "\n".join({**head, "content-length": length}.values())
        yield f"{request.method}\n{fields}\n{lines}{whole}".encode()
    few = f"{head['content-md5']}\n{head['content-type']}"
    yield f"{request.method}\n{few}\n{head['date']}\n{lines}{resource}{component}".encode()
    yield f"{request.method}\n{few}\n{date}\n{resource}{component}".encode()
    yield f"{date}\n{resource}{component}".encode()


# --- any other HMAC ---------------------------------------------------------------------------------------------------

_TIME: Final = re.compile(r"\d{9,19}|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?|\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT")


def _plain(request: Signed) -> Iterator[bytes]:
    """What services ask to be signed: the body, the address, both, with the time before them or not."""
    address = urlsplit(request.url)
    pairs = [pair for pair in address.query.split("&") if pair]
    own = {name for name, _ in digests(request)}
    unsigned = "&".join(pair for pair in pairs if pair.partition("=")[0].lower() not in own)
    targets = [
        address.path,
        f"{address.path}?{address.query}" if pairs else "",
        f"{address.path}?{unsigned}" if unsigned else "",
    ]
    addresses = [
        *targets,
        request.url,
        request.url.partition("?")[0],
        address.query,
        unsigned,
        "&".join(sorted(unsigned.split("&"))),
    ]
    where = [text.encode() for text in dict.fromkeys(addresses) if text]
    yield from (request.body, *where) if request.body else where
    verb = request.method.encode()
    times = [value.encode() for value in dict.fromkeys(_times(request, pairs))][:MOST_TIMES]
    for target in (each.encode() for each in dict.fromkeys(targets) if each):
        yield from (verb + target + request.body, target + request.body, b"\n".join((verb, target, request.body)))
        for time in times:
            yield from (
                time + verb + target + request.body,
                verb + target + time + request.body,
                b"\n".join((time, verb, target, request.body)),
                b"\n".join((verb, target, time, request.body)),
                b"\n".join((verb, target, time)),
            )
    for time in times:
        yield from (time, time + request.body, time + b"." + request.body, time + b":" + request.body)
        yield b"v0:" + time + b":" + request.body


def _times(request: Signed, pairs: Iterable[str]) -> Iterator[str]:
    """What may be a time in the headers and in the query."""
    for value in (*(value for _, value in request.headers), *(unquote(pair.partition("=")[2]) for pair in pairs)):
        if _TIME.fullmatch(value):
            yield value


def as_sent(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> Signed | None:
    """The request as it was sent, or None where nothing in it can be a signature."""
    request = Signed(method, url, tuple(headers), body or b"")
    return request if next(digests(request), None) is not None else None
