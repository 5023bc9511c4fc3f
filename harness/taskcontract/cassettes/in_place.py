"""Placeholders for what is a credential only by the name it goes under: replaced there, and nowhere else.

A password "letmein" must not be written; a page that says "letmein" for another reason must not be changed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from taskcontract.cassettes.sensitive import Named

Placed = list[tuple[Named, str]]
"""Values under their names, each with what stands for it."""


def header_in_place(name: str, value: str, named: Placed) -> str:
    """The value of a header, likewise; one that is a credential as a whole or after its scheme is replaced so."""
    for each, stands_for in named:
        if f" header {name}" not in each.where:
            continue
        if each.value == value:
            value = stands_for
        elif value.endswith(f" {each.value}"):
            value = value.removesuffix(each.value) + stands_for
        elif value.casefold().startswith("basic "):
            value = _basic(value, each.value, stands_for)
        else:
            value = in_place(value, [(each, stands_for)])
    return value


def _basic(value: str, secret: str, stands_for: str) -> str:
    scheme, _, encoded = value.partition(" ")
    user, colon, password = base64.b64decode(encoded).decode("utf-8", "replace").partition(":")
    made = f"{user}{colon}{stands_for}" if password == secret else f"{stands_for}{colon}{password}"
    return f"{scheme} {base64.b64encode(made.encode()).decode()}"


def in_place(text: str, named: Iterable[tuple[Named, str]], *, quoted: bool = False) -> str:
    """The text with each value replaced where it stands under its name: in a document, a form, a query, a cookie, markup.

    `quoted` writes placeholders as a URL and a form have them.
    """
    for each, stands_for in named:
        written = quote(stands_for, safe="") if quoted else stands_for
        spelt = {each.value, quote(each.value, safe=""), quote(each.value), quote_plus(each.value)}
        value = "(?:" + "|".join(re.escape(word) for word in sorted(spelt, key=len, reverse=True)) + ")"
        key = re.escape(each.name.removeprefix("cookie."))
        for pattern in (
            rf'("{key}"\s*:\s*"){value}(?=")',
            rf'(\\+"{key}\\+"\s*:\s*\\+"){value}(?=\\+")',
            rf'(?<![\w.-])({key}="?){value}(?=$|[&;,"\s])',
            rf'(name="?{key}"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n){value}(?=\r?\n--)',
            rf"(<(?:\w+:)?{key}[^<>]*>){value}(?=</)",
            *([rf"(//[^/@]*?){value}(?=@)"] if each.where.endswith("userinfo") else []),
        ):
            text = _after(pattern, written, text)
        text = _after(rf'("{key}"\s*:\s*){value}(?=\s*[,}}\]])', f'"{written}"', text)
    return text


def _after(pattern: str, written: str, text: str) -> str:
    """`written` in the place of what follows the pattern's group."""
    return re.sub(pattern, lambda found: found.group(1) + written, text)
