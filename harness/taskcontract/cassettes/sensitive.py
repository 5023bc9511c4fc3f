"""What is a credential by the name it goes under: in a header, a cookie, a query, a form or a JSON document.

Names are compared whole, without regard to case, hyphens and underscores: `next_page_token` is not `token`. `credentials` gives
the values under such names in one interaction; what has been replaced or masked already is none.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from taskcontract.cassettes.parts import header, json_of, undone
from taskcontract.cassettes.paths import Step, spell
from taskcontract.cassettes.recording import Headers, Interaction


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HEADERS: Final = _words(
    "authorization proxyauthorization xauthorization xapikey apikey xapitoken apitoken xauthtoken authtoken xauthkey "
    "xaccesstoken xamzsecuritytoken xgoogapikey xgoogiamauthorizationtoken xvaulttoken xconsultoken xnomadtoken privatetoken "
    "jobtoken xgitlabtoken xshopifyaccesstoken xhubsignature xhubsignature256 xslacksignature xfunctionskey xsessiontoken "
    "xsubjecttoken xserviceaccounttoken ocpapimsubscriptionkey ddapikey ddapplicationkey circletoken xcsrftoken xxsrftoken "
    "xrollbaraccesstoken xhoneycombteam xfigmatoken xtrackertoken xredmineapikey xinsertkey xlicensekey xquerykey xsecret "
    "xclientsecret xpassword xsharedsecret xsignature"
)
KEYS: Final = _words(
    "token accesstoken refreshtoken idtoken authtoken authenticationtoken bearertoken sessiontoken securitytoken apitoken "
    "personalaccesstoken privatetoken oauthtoken oauthtokensecret clientassertion assertion apikey appkey applicationkey "
    "accesskey accesskeyid secretkey secretaccesskey secret secretstring secretbinary clientsecret appsecret sharedsecret "
    "signingsecret webhooksecret password passwd passphrase pwd signature sig xamzsignature xamzcredential xamzsecuritytoken "
    "xgoogsignature xgoogcredential awsaccesskeyid privatekey privatekeyid accountkey connectionstring authorization jwt "
    "credential credentials apisecret consumersecret encryptionkey masterkey csrftoken xcsrftoken"
)
_MASKED: Final = re.compile(
    r"\{\{.*\}\}|\$\{?\w+\}?|<.*>|\[.*\]|[*xX•.#-]+|(?i:.*(?:dummy|redact|fake|filtered|placeholder|scrubbed|masked|hidden|removed).*)|"
    r"(?i:none|null|true|false|bearer|basic|token)?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Named:
    """A value that is a credential by its name: what to call it, the value, and where it was."""

    name: str
    value: str
    where: str

    @property
    def looks_like_one(self) -> bool:
        """Whether the value, too, looks like a credential: a `secret` may be called "db-login", a cookie may say "en"."""
        letters, digits = re.search(r"[A-Za-z]", self.value), re.search(r"\d", self.value)
        mixed = letters is not None and digits is not None
        return not re.search(r"\s", self.value) and (len(self.value) >= 24 or (len(self.value) >= 8 and mixed))


def masked(value: str) -> bool:
    """Whether a value has been replaced already, by this project's placeholder or as others do ("DUMMY", "***", "")."""
    return "{{" in value or "%7B%7B" in value.upper() or _MASKED.fullmatch(value.strip()) is not None


def credential_name(name: str) -> bool:
    """Whether a key of a query, form, document or cookie names a credential."""
    return _plain(name) in KEYS


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def credentials(interaction: Interaction) -> Iterator[Named]:
    """Every credential that an interaction holds by name and that is not masked."""
    request, response = interaction.request, interaction.response
    found = [
        *_in_url(request.url, "request URL"),
        *_in_headers(request.headers, "request"),
        *_in_body(request.headers, request.body, "request"),
        *_in_headers(response.headers, "response"),
        *_in_body(response.headers, response.body, "response"),
    ]
    yield from (each for each in found if not masked(each.value))


def _in_url(url: str, where: str) -> Iterator[Named]:
    split = urlsplit(url)
    user, colon, password = split.netloc.rpartition("@")[0].partition(":")
    if colon or user:
        yield Named("userinfo", unquote(password if colon else user), f"{where}, userinfo")
    yield from _pairs(split.query, where, "query")
    yield from _pairs(split.fragment, where, "fragment")


def _pairs(text: str, where: str, sort: str) -> Iterator[Named]:
    for name, value in parse_qsl(text):
        if credential_name(name) or (sort == "query" and name == "key" and len(value) >= 20):
            yield Named(name, value, f"{where}, {sort} {name}")


# --- headers ---------------------------------------------------------------------------------------------------------


def _in_headers(headers: Headers, side: str) -> Iterator[Named]:
    for name, value in headers:
        where, plain = f"{side} header {name}", _plain(name)
        if plain in ("cookie", "setcookie"):
            yield from _cookies(value, plain == "cookie", where)
        elif plain.endswith("authorization") and plain in HEADERS:
            yield from _authorization(name, value, where)
        elif plain in HEADERS:
            yield Named(name.casefold(), value, where)
        elif plain in ("location", "contentlocation", "referer", "link"):
            for url in re.findall(r"https?://[^\s<>\"]+", value):
                yield from _in_url(url, where)


def _cookies(value: str, several: bool, where: str) -> Iterator[Named]:
    """The values of all cookies: which of them is a session's, only its server knows."""
    for pair in value.split(";") if several else [value.partition(";")[0]]:
        name, equals, content = pair.strip().partition("=")
        if equals and len(content.strip('"')) > 3:
            yield Named(f"cookie.{name}", content.strip('"'), f"{where}, {name}")


_SIGNED: Final = re.compile(
    r"""(?i)\b(credential|signature|response|cnonce|oauth_token|oauth_signature|mac|token)=("[^"]+"|[^,\s]+)"""
)


def _authorization(name: str, value: str, where: str) -> Iterator[Named]:
    scheme, _, rest = value.partition(" ")
    named = _SIGNED.findall(rest)
    if not rest:
        yield Named(name.casefold(), scheme, where)
    elif scheme.casefold() == "basic":
        yield from _basic(name, rest.strip(), where)
    elif named:
        for key, content in named:
            plain = content.strip('"')
            key_id = plain.partition("/")[0] if key.casefold() == "credential" else plain
            yield Named(f"{name.casefold()}.{key.casefold()}", key_id, where)
    else:
        yield Named(name.casefold(), rest.strip(), where)


def _basic(name: str, encoded: str, where: str) -> Iterator[Named]:
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        yield Named(name.casefold(), encoded, where)
        return
    secret = password if password and password != "x-oauth-basic" else user
    if not masked(secret):
        yield Named(f"{name.casefold()}.{'password' if secret is password else 'user'}", secret if colon else encoded, where)


# --- bodies ----------------------------------------------------------------------------------------------------------


def _in_body(headers: Headers, body: bytes, side: str) -> Iterator[Named]:
    plain = undone(headers, body) or body
    kind, where = header(headers, "content-type").casefold(), f"{side} body"
    document = json_of(plain)
    if document is not None:
        yield from _in_document(document, where)
    elif "multipart/" in kind:
        yield from _in_multipart(plain, where)
    elif "x-www-form-urlencoded" in kind or re.fullmatch(rb"[\w.%+~-]+=[^\s<>{}]*", plain[:100_000]):
        yield from _pairs(plain.decode("utf-8", "replace"), where, "field")
    elif plain.lstrip()[:1] == b"<":
        yield from _in_markup(plain, where)


def _in_document(document: Any, where: str, start: tuple[Step, ...] = ()) -> Iterator[Named]:
    waiting: list[tuple[tuple[Step, ...], str, Any]] = [(start, "", document)]
    while waiting:
        steps, name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*steps, key), key, inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend(((*steps, number), name, inner) for number, inner in reversed(list(enumerate(value))))
        elif isinstance(value, str) and (inside := json_of(value.encode("utf-8", "surrogatepass"))) is not None:
            waiting.append((steps, name, inside if isinstance(inside, (dict, list)) else {}))
            if _plain(name) == "secretstring" and isinstance(inside, dict):  # every value of a stored secret is one
                waiting.extend(((*steps, key), "secret", inner) for key, inner in inside.items() if not credential_name(key))
        elif credential_name(name) and not isinstance(value, bool) and value is not None:
            text = value if isinstance(value, str) else json.dumps(value)
            yield Named(name, text, f"{where} {spell(steps)}")


_DISPOSITION: Final = re.compile(rb'(?i)content-disposition:[^\r\n]*?\bname="?([^";\r\n]+)"?[^\r\n]*\r?\n')


def _in_multipart(plain: bytes, where: str) -> Iterator[Named]:
    for found in _DISPOSITION.finditer(plain):
        name = found.group(1).decode("utf-8", "replace")
        content = re.split(rb"\r?\n\r?\n", plain[found.end() - 2 :], maxsplit=1)[-1].partition(b"\r\n--")[0]
        if credential_name(name):
            yield Named(name, content.decode("utf-8", "replace"), f"{where}, field {name}")


def _in_markup(plain: bytes, where: str) -> Iterator[Named]:
    for name, value in re.findall(r"<([\w:.-]+)[^<>]*>([^<>]+)</\1>", plain.decode("utf-8", "replace")):
        if credential_name(name.rpartition(":")[2]):
            yield Named(name, value, f"{where}, element {name}")
