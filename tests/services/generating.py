"""Other values than the recorded ones: legal in a URL as they are or quoted, long and short, and names that services take."""

from __future__ import annotations

import json
import string
from typing import Any

from hypothesis import strategies as st

LEGAL = string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@"
"""What may stand in a segment of a URL's path as it is (RFC 3986: pchar)."""
QUOTED = "éßñ日本語Ω🐍"
"""What may stand there quoted, as every client does by itself. No blanks: not every protocol takes one."""


def _is_name(text: str) -> bool:
    """A segment of dots alone is a way through folders, not a name."""
    return text.strip(".") != ""


SEGMENT = st.text(LEGAL, min_size=1, max_size=30).filter(_is_name) | st.text(LEGAL + QUOTED, min_size=1, max_size=30).filter(
    _is_name
)
"""A name within a URL: of one letter up to thirty."""
PATH = st.lists(SEGMENT, min_size=1, max_size=4).map("/".join)
TEXT = st.text(string.printable + QUOTED, min_size=1, max_size=60)
"""What goes into a body that can hold any text."""
DOCUMENT = st.dictionaries(SEGMENT, st.integers() | SEGMENT, min_size=1, max_size=3).map(json.dumps)


def word(pattern: str) -> st.SearchStrategy[str]:
    """A name that a service takes."""
    return st.from_regex(pattern, fullmatch=True)


def within(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A dictionary with these keys."""
    return st.fixed_dictionaries(fields)
