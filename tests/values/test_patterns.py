"""Texts made to match an expression, and the expressions that a function is found to check with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskcontract.values.patterns import matching, patterns_at

MADE = [
    (r"abc", "abc"),
    (r"^\w+/\w+$", "repo_7k/repo_7k"),
    (r"\d+", "42"),
    (r"\d{4}-\d{2}", "4242-42"),
    (r"[a-z-]+@[a-z]+", "repok@repok"),
    (r"(gs|s3)://.+", "gs://repo-7k"),
    (r"arn:aws:(?:iam|sts)::\d{12}:role", "arn:aws:iam::424242424242:role"),
    (r"[^/]+/[^/]", "repo-7k/r"),
    (r"[A-Z_]+", "REPOK"),
    (r"v\d+(\.\d+)*", "v42.42"),
    (r"a?b*c+", "abc"),
    (r"\S+\s\S+", "repo-7k repo-7k"),
    (r"[\W]", "!"),
    (r"https?://[^\s]{3,5}", "https://repo-"),
    (r"(?i)TOKEN-\w{8}", "TOKEN-repo_7kr"),
    (r".", "."),
    (r"(?>ab|c)\d", "ab4"),
]
NOT_MADE = [
    r"[",  # no expression at all
    r"(?<!x)a(?=b)",  # looks at what comes after the end
    r"(a)(?(1)b|c)\1",  # depends on itself
    r"[^\s\S]",  # matches nothing
    r"x{1000000000000}",  # more than there can be
    r"\d+$(?!\n)x",
]


@pytest.mark.parametrize(("pattern", "text"), MADE, ids=[p for p, _ in MADE])
def test_a_text_is_made_to_match(pattern: str, text: str) -> None:
    assert matching(pattern, "repo-7k", "42") == text


@pytest.mark.parametrize("pattern", NOT_MADE)
def test_an_expression_that_cannot_be_inverted_gives_nothing(pattern: str) -> None:
    assert matching(pattern, "repo-7k", "42") is None


PIECES = st.sampled_from(
    [r"\d", r"\w+", "[a-f]{2,}", "[^x]", ".", "a|b", "(c|d)?", r"\.", "^", "$", r"\b", "x*", r"\s", "(?=y)", r"\D"]
)


@settings(database=None, deadline=None)
@given(st.lists(PIECES, max_size=6).map("".join), st.text("abc-_9", min_size=1, max_size=8), st.integers(0, 999).map(str))
def test_whatever_is_made_matches(pattern: str, word: str, digits: str) -> None:
    made = matching(pattern, word, digits)
    assert made is None or re.match(pattern, made)


SOURCE = '''
import re

SHAPE = re.compile("module-.*")
NAMED = "not an expression by itself"


def check(name):
    pattern = r"local-\\d+"
    if not re.match(pattern, name) or re.split(r"[/:]", name):
        raise ValueError(name)
    other = SHAPE.sub(name, "")
    unknown = re.match(name, other)


def elsewhere(name):
    re.search("elsewhere", name)
'''


@pytest.fixture
def module(tmp_path: Path) -> str:
    path = tmp_path / "checks.py"
    path.write_text(SOURCE)
    return str(path)


def test_the_expressions_of_a_function_come_first_and_those_of_the_module_last(module: str) -> None:
    line = SOURCE[: SOURCE.index("raise")].count("\n") + 1
    assert patterns_at(module, line) == ("[/:]", r"local-\d+", "module-.*")


def test_a_line_outside_of_functions_has_those_of_the_module(module: str) -> None:
    assert patterns_at(module, 3) == ("module-.*",)


def test_a_file_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    assert patterns_at(str(tmp_path / "nowhere.py"), 3) == ()
