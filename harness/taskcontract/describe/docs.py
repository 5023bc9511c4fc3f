"""What docstrings say of parameters: `- name (type, optional): text` lists, google, numpy and sphinx style."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

_SECTION = re.compile(
    r"^(args|arguments|parameters|params|keyword args|keyword arguments|other parameters|attributes)\s*:?\s*$", re.I
)
_OTHER = re.compile(
    r"^(returns?|raises?|yields?|examples?|notes?|references?|see also|warnings?|warns|usage|todo)\s*:?\s*$", re.I
)
_ENTRY = re.compile(r"^(?:[-*+] +)?`{0,2}\*{0,2}(?P<name>[A-Za-z_]\w*)`{0,2}\s*(?:\(.*?\))?\s*:(?:\s+|$)(?P<text>.*)$")
_UNTYPED = re.compile(r"^[-*+] +`{0,2}(?P<name>[A-Za-z_]\w*)`{0,2}\s+(?:-+|\u2013)\s+(?P<text>.*)$")
_NUMPY = re.compile(r"^`{0,2}\*{0,2}(?P<names>[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)`{0,2}\s*(?::\s*(?P<type>.*))?$")
_SPHINX = re.compile(
    r"^\s*:(?:param|parameter|arg|argument|keyword|key)\s+(?:(?P<type>[^:]+?)\s+)?\*{0,2}(?P<name>\w+)\s*:\s*(?P<text>.*)$"
)
_SPHINX_TYPE = re.compile(r"^\s*:type\s+(?P<name>\w+)\s*:\s*(?P<type>.*)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one parameter: its type as written (without 'optional'), its text, and whether it is called optional."""

    type: str | None
    text: str
    optional: bool


def entries(docstring: str | None) -> dict[str, Entry]:
    """Every parameter that a docstring documents, in its order; the first mention wins."""
    if not docstring:
        return {}
    lines = inspect.cleandoc(docstring).splitlines()
    found: dict[str, Entry] = {}
    for name, kind, text in (*_lists(lines), *_sphinx(lines)):
        if name not in found:
            found[name] = _entry(kind, text)
    return found


def _entry(kind: str | None, text: str) -> Entry:
    words = " ".join(text.split())
    optional = bool(kind and re.search(r"\boptional\b", kind, re.I)) or bool(re.match(r"\(?optional\b", words, re.I))
    if kind is not None:
        kind = re.sub(r"[,;]?\s*\(?\boptional\b\)?", "", kind, flags=re.I)
        kind = re.sub(r"[,;]?\s*(default|defaults to)\b\s*[:=]?.*$", "", kind, flags=re.I).strip(" ,`") or None
    return Entry(kind, words, optional)


def _lists(lines: list[str]) -> list[tuple[str, str | None, str]]:
    """The entries of every `Args:`-like section, whichever of the three list styles it is in."""
    found: list[tuple[str, str | None, str]] = []
    index = 0
    while index < len(lines):
        title = lines[index].strip()
        underlined = index + 1 < len(lines) and bool(re.fullmatch(r"\s*-{3,}\s*", lines[index + 1]))
        if _SECTION.match(title) and (title.endswith(":") or underlined):
            start = index + (2 if underlined else 1)
            end = _end(lines, start, _indent(lines[index]) if index else -1, underlined)
            block = lines[start:end]
            found += _numpy(block) if underlined else _google(block)
            index = end
        else:
            index += 1
    return found


def _end(lines: list[str], start: int, indent: int, underlined: bool) -> int:
    """Where a section ends: at the next section's title, or where the text goes back to the title's own margin.

    A title on the first line of a docstring has no margin (-1): what follows it was dedented without it.
    """
    for index in range(start, len(lines)):
        line = lines[index]
        if not line.strip():
            continue
        followed = index + 1 < len(lines) and bool(re.fullmatch(r"\s*-{3,}\s*", lines[index + 1]))
        if followed or (_indent(line) <= max(indent, 0) and _OTHER.match(line.strip())):
            return index
        if not underlined and _indent(line) <= indent and not line.lstrip().startswith(("-", "*", "+")):
            return index
    return len(lines)


def section(lines: list[str], title: str) -> list[str]:
    """The lines under a title such as "Raises", without it; none where there is no such section."""
    for index, line in enumerate(lines):
        underlined = index + 1 < len(lines) and bool(re.fullmatch(r"\s*-{3,}\s*", lines[index + 1]))
        if re.match(rf"^{title}\s*:?\s*$", line.strip(), re.I) and (underlined or line.strip().endswith(":")):
            start = index + (2 if underlined else 1)
            return lines[start : _end(lines, start, _indent(line) if index else -1, underlined)]
    return []


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _google(block: list[str]) -> list[tuple[str, str | None, str]]:
    """`- name (type, optional): text` or `name (type): text`; what is indented further goes on with the entry."""
    found: list[tuple[str, str | None, str]] = []
    margin = next((_indent(line) for line in block if line.strip()), 0)
    joined: list[str] = []
    for line in block:
        text = line.strip()
        if not joined or (_indent(line) <= margin and _starts_entry(text)):
            joined.append(text)
        elif text:
            joined[-1] += f" {text}"
    for text in joined:
        one = _google_entry(text)
        if one is not None:
            found.append(one)
    return found


def _starts_entry(text: str) -> bool:
    return bool(_ENTRY.match(text) or text[:2] in ("- ", "* ", "+ "))


def _google_entry(text: str) -> tuple[str, str | None, str] | None:
    opened = re.match(r"^(?:[-*+] +)?`{0,2}\*{0,2}([A-Za-z_]\w*)`{0,2}\s*\(", text)
    if opened:
        closed = _closing(text, opened.end() - 1)
        if closed is not None:
            return opened.group(1), text[opened.end() : closed], text[closed + 1 :].lstrip(" :-\u2013")
    plain = _ENTRY.match(text) or _UNTYPED.match(text)
    return (plain.group("name"), None, plain.group("text")) if plain else None


def _closing(text: str, start: int) -> int | None:
    depth = 0
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return None


def _numpy(block: list[str]) -> list[tuple[str, str | None, str]]:
    found: list[tuple[str, str | None, str]] = []
    margin = next((_indent(line) for line in block if line.strip()), 0)
    for line in block:
        head = _NUMPY.match(line.strip()) if line.strip() and _indent(line) <= margin else None
        if head:
            names = [n.strip() for n in head.group("names").split(",")]
            found += [(name, head.group("type"), "") for name in names]
        elif found and line.strip():
            name, kind, text = found[-1]
            found[-1] = (name, kind, f"{text} {line.strip()}")
    return found


def _sphinx(lines: list[str]) -> list[tuple[str, str | None, str]]:
    found: list[tuple[str, str | None, str]] = []
    types: dict[str, str] = {}
    inside = False
    for line in lines:
        field, typed = _SPHINX.match(line), _SPHINX_TYPE.match(line)
        if field:
            found.append((field.group("name"), field.group("type"), field.group("text")))
        elif typed:
            types[typed.group("name")] = typed.group("type")
        elif inside and found and line.strip() and line[:1].isspace():
            name, kind, text = found[-1]
            found[-1] = (name, kind, f"{text} {line.strip()}")
            continue
        inside = bool(field)
    return [(name, kind or types.get(name), text) for name, kind, text in found]


_NO_DEFAULT = re.compile(
    r"ones?|that|this|those|these|what(ever)?|which|any|all|values?|none|us(e|ing)|be(ing)?|an?|the|your|our|its|their|"
    r"running|reading|returning|creating|current|same"
)


def default_in(text: str) -> str | None:
    """The default that a parameter's text names ("defaults to `x`"), as written; None for "the one provided at …"."""
    said = re.search(r"\bdefaults?(?: value)?(?: is| to|:|=)\s+([`\"'][^`\"']+[`\"']|[\w.\-/:@+]+)", text, re.I)
    if not said:
        return None
    found = said.group(1).strip("`").rstrip(".,;:")
    return found if found and (found == "None" or not _NO_DEFAULT.fullmatch(found.lower())) else None


def says_required(text: str) -> bool:
    """Whether a parameter's text says that it must be given."""
    return bool(
        re.search(
            r"\b(is|are) required\b|\(required\)|^required\b|\bmust (?:always )?be (?:provided|specified|given|passed|set)\b"
            r"(?! (?:in|as|using|with|via|by|like|together)\b)",
            text,
            re.I,
        )
    )


def says_optional(text: str) -> bool:
    """Whether a parameter's text says that it can be left out."""
    return bool(
        re.search(
            r"\boptional\b|\bdefaults?\b|\bif (?:not|none|left|omitted|unset|unspecified|`none`)\b|\bif \w+ is (?:not|none)\b",
            text,
            re.I,
        )
    )
