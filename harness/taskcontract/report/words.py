"""How texts that came out of strangers' code are put in front of a person: literally, harmlessly, and not at any length."""

from __future__ import annotations

import unicodedata
from typing import Final

from taskcontract.model import Verdict

LONGEST: Final = 2_000
"""Characters of one message that the text report shows; the JSON report has all of them."""

SYMBOLS: Final[dict[Verdict, tuple[str, str, str]]] = {
    Verdict.HOLDS: ("✓", "+", "green"),
    Verdict.VIOLATED: ("✗", "X", "bold red"),
    Verdict.UNPROVEN: ("?", "?", "yellow"),
    Verdict.NOT_APPLICABLE: ("·", ".", "dim"),
    Verdict.WAIVED: ("w", "w", "magenta"),
    Verdict.STALE: ("s", "s", "bold magenta"),
    Verdict.ERROR: ("E", "E", "bold white on red"),
}
"""For each verdict: the symbol, the one for an ASCII terminal, and its style."""

_BIDI: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """`text` without anything that a terminal obeys instead of showing: escapes and other controls become `\\x1b`."""
    if text.isprintable() and not _BIDI & set(text):
        return text
    return "".join(c if _harmless(c) else _escaped(c) for c in text.replace("\r\n", "\n"))


def shortened(text: str, longest: int = LONGEST) -> str:
    """`text` made printable, its middle left out when it is longer than `longest`."""
    if len(text) <= longest:
        return printable(text)
    head, tail = longest * 2 // 3, longest // 3
    left_out = len(text) - head - tail
    return f"{printable(text[:head])} …[{left_out:,} characters left out; --json has them]… {printable(text[-tail:])}"


def elided(name: str, width: int) -> str:
    """`name` in at most `width` characters, keeping both ends."""
    if len(name) <= width:
        return name
    keep = max(width - 1, 2)
    return f"{name[: (keep + 1) // 2]}…{name[len(name) - keep // 2 :]}"


def _harmless(character: str) -> bool:
    return character == "\n" or (unicodedata.category(character) not in ("Cc", "Cs") and character not in _BIDI)


def _escaped(character: str) -> str:
    return "    " if character == "\t" else character.encode("unicode_escape").decode("ascii")
