"""What a docstring says under "Raises" of arguments that are missing: which error without which of them.

`ValueError: if a `repo` was never provided`, `:raises ValueError: when neither a nor b is given`. What is said of an argument
on a condition (`if `strict` is `True` and …`), or of its value, is no word about its being there.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator

from taskcontract.describe.docs import section

_ENTRY = re.compile(r"^(?:[-*+] +)?`{0,2}[A-Za-z_][\w.]*`{0,2}(?:\s*:|\s+(?:if|when|unless)\b|\s*$)")
_ERROR = re.compile(r"^(?:[-*+] +)?`{0,2}(?:\w+\.)*ValueError`{0,2}\s*:?\s+(?:raised\s+)?(?:if|when)\s+(.*)$", re.I)
_SPHINX = re.compile(r"^\s*:raises?\s+`{0,2}ValueError`{0,2}\s*:\s*(?:if|when)\s+(.*)$", re.I)
_ABSENT = re.compile(
    r"\b(missing|omitted|left out|absent|unset|empty|blank)\b|\b(?:not|never|n't)\s+(?:been\s+)?"
    r"(provided|given|set|specified|passed|supplied|found)\b|\bneither\b|\bis\s+`?None\b|\bare\s+`?None\b",
    re.I,
)
_CONDITION = re.compile(r"\b(True|False|unless|only|invalid|other than|than|instance|type|file|exist\w*)\b|[=<>]", re.I)
_TOGETHER = re.compile(r"\band\b|\bboth\b|\bneither\b|\bnone of\b|\bnor\b", re.I)


def missing(docstring: str | None, names: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each argument of which it is said that a ValueError is raised without it, and the others that have to be missing, too."""
    for condition in _conditions(docstring):
        said = [n for n in dict.fromkeys(re.findall(r"[A-Za-z_]\w*", condition)) if n in names and _named(n, condition)]
        if said and _ABSENT.search(condition) and not _CONDITION.search(condition):
            together = _TOGETHER.search(condition) is not None
            yield from ((name, tuple(n for n in said if n != name) if together else ()) for name in said)


def _named(name: str, text: str) -> bool:
    """Whether a word is the argument's name and not merely spelt alike."""
    return "_" in name or re.search(rf"[`'\"]{name}[`'\"]", text) is not None


def _conditions(docstring: str | None) -> Iterator[str]:
    """What follows the "if" in every entry about a ValueError."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    for entry in (*_entries(section(lines, "raises")), *_entries([line for line in lines if _SPHINX.match(line)])):
        found = _ERROR.match(entry) or _SPHINX.match(entry)
        if found:
            yield found[1]


def _entries(lines: list[str]) -> list[str]:
    """The entries of a section, each on one line."""
    found: list[str] = []
    margin = next((len(line) - len(line.lstrip()) for line in lines if line.strip()), 0)
    for line in lines:
        text = line.strip()
        if text and (not found or len(line) - len(line.lstrip()) <= margin or (_ENTRY.match(text) and text[0] in "-*+")):
            found.append(text)
        elif text:
            found[-1] += f" {text}"
    return found
