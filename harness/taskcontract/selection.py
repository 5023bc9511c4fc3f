"""Which clauses a selector means: a code (`TC202`), a slug (`run-value-wins`) or the beginning of codes (`TC2`).

The command line, the pytest plugin and the configuration share this, so that all three accept the same words. A selector that
selects nothing is a usage error with the nearest known name: a run that silently judged nothing would look like success.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from taskcontract.config import nearest
from taskcontract.errors import UsageError


class Named(Protocol):
    """What a selector looks at."""

    @property
    def code(self) -> str: ...

    @property
    def slug(self) -> str: ...


ClauseT = TypeVar("ClauseT", bound=Named)


@dataclass(frozen=True, slots=True)
class Selection:
    """`codes` are the clauses to judge, None for all; `named` those asked for one by one: their advice counts as a rule."""

    codes: frozenset[str] | None = None
    named: frozenset[str] = frozenset()


def select(selectors: Iterable[str], catalogue: Sequence[Named]) -> Selection:
    """The clauses that the selectors mean together; no selector selects all.

    Raises:
        UsageError: for a selector that no clause answers to
    """
    codes: set[str] = set()
    named: set[str] = set()
    for selector in selectors:
        exact = {clause.code for clause in catalogue if selector.casefold() in (clause.code.casefold(), clause.slug)}
        found = exact or _beginning(selector, catalogue)
        if not found:
            raise _unknown(selector, catalogue)
        codes |= found
        named |= exact
    return Selection(frozenset(codes) if codes else None, frozenset(named))


def clause_called(name: str, catalogue: Sequence[ClauseT]) -> ClauseT:
    """The one clause with this code or slug.

    Raises:
        UsageError: when there is none
    """
    for clause in catalogue:
        if name.casefold() in (clause.code.casefold(), clause.slug):
            return clause
    raise _unknown(name, catalogue)


def _beginning(selector: str, catalogue: Sequence[Named]) -> set[str]:
    if not re.fullmatch(r"TC\d*", selector, re.IGNORECASE):
        return set()
    return {clause.code for clause in catalogue if clause.code.startswith(selector.upper())}


def _unknown(name: str, catalogue: Sequence[Named]) -> UsageError:
    """Codes are compared with codes and names with names: 'TC221' is nearer to TC201 than to any slug."""
    is_code = re.match(r"(TC|\d)", name, re.IGNORECASE)
    known = [clause.code if is_code else clause.slug for clause in catalogue]
    return UsageError(f"no clause is called {name!r}{nearest(name, known)}; `taskcontract explain` lists them")
