"""Which clauses a word selects, and what is said of one that selects none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from taskcontract.errors import UsageError
from taskcontract.selection import Selection, clause_called, select


@dataclass(frozen=True)
class Clause:
    code: str
    slug: str


CATALOGUE = (Clause("TC201", "init-value-used"), Clause("TC202", "run-value-wins"), Clause("TC301", "missing-named"))


@pytest.mark.parametrize(
    ("selectors", "selection"),
    [
        ([], Selection(None, frozenset())),
        (["TC202"], Selection(frozenset({"TC202"}), frozenset({"TC202"}))),
        (["tc202"], Selection(frozenset({"TC202"}), frozenset({"TC202"}))),
        (["run-value-wins"], Selection(frozenset({"TC202"}), frozenset({"TC202"}))),
        (["TC2"], Selection(frozenset({"TC201", "TC202"}), frozenset())),
        (["tc2", "TC301"], Selection(frozenset({"TC201", "TC202", "TC301"}), frozenset({"TC301"}))),
    ],
)
def test_codes_names_and_families_select(selectors: list[str], selection: Selection) -> None:
    assert select(selectors, CATALOGUE) == selection


@pytest.mark.parametrize(
    ("selector", "hint"),
    [("TC221", "; did you mean 'TC2"), ("run-values-win", "; did you mean 'run-val"), ("TC9", ""), ("", ""), ("zzz", "")],
)
def test_a_word_that_selects_nothing_is_a_usage_error(selector: str, hint: str) -> None:
    with pytest.raises(UsageError) as refusal:
        select([selector], CATALOGUE)
    message = str(refusal.value)
    assert message.startswith(f"no clause is called {selector!r}{hint}")
    assert message.endswith("; `taskcontract explain` lists them")


def test_one_clause_is_found_by_code_or_name() -> None:
    assert clause_called("tc301", CATALOGUE) is CATALOGUE[2]
    assert clause_called("init-value-used", CATALOGUE) is CATALOGUE[0]
    with pytest.raises(UsageError, match="no clause is called 'TC2'"):
        clause_called("TC2", CATALOGUE)
