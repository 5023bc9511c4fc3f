"""What is said under "Raises" of missing arguments: read in every style, and not where it is about something else."""

from __future__ import annotations

import pytest

from taskcontract.describe.raised import missing

NAMES = {"token", "api_key", "api_key_env_var", "repo", "strict_mode"}
GOOGLE = """Does.

    Raises:
        - {}
        - HTTPError: if `repo` is missing on the server

    Returns:
        - str: `token` is missing here
    """


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("`ValueError` if both `api_key` and `api_key_env_var` are missing.",
         [("api_key", ("api_key_env_var",)), ("api_key_env_var", ("api_key",))]),
        ("`ValueError` if `api_key` is missing and `api_key_env_var` is not found.",
         [("api_key", ("api_key_env_var",)), ("api_key_env_var", ("api_key",))]),
        ("ValueError: if a `repo` or an `api_key` was never provided", [("repo", ()), ("api_key", ())]),
        ("ValueError: if `token` is `None`", [("token", ())]),
        ("ValueError: when api_key has not\n            been set", [("api_key", ())]),
        ("builtins.ValueError: if neither `token` nor `api_key` is given", [("token", ("api_key",)), ("api_key", ("token",))]),
        ("ValueError: if the token is missing", []),
        ("ValueError: if `strict_mode` is `True` and `token` is missing", []),
        ("ValueError: if `token` is invalid or missing", []),
        ("ValueError: if `token` is of another type", []),
        ("TypeError: if `token` is missing", []),
        ("ValueError: `token` is missing", []),
    ],
)  # fmt: skip
def test_the_list_style(entry: str, found: list[tuple[str, tuple[str, ...]]]) -> None:
    assert list(missing(GOOGLE.format(entry), NAMES)) == found


def test_the_underlined_style() -> None:
    errors = "ValueError\n    If `token` is missing.\nKeyError\n    If `repo` is missing.\n"
    text = f"Does.\n\nRaises\n------\n{errors}\nNotes\n-----\nx\n"
    assert list(missing(text, NAMES)) == [("token", ())]


def test_the_field_style() -> None:
    text = "Does.\n\n:param token: x\n:raises ValueError: if `token` is not given\n:raises KeyError: if `repo` is missing\n"
    assert list(missing(text, NAMES)) == [("token", ())]


@pytest.mark.parametrize(
    "text", [None, "", "Raises ValueError if `token` is missing.", "Raises\n\nValueError: if `token` is missing"]
)
def test_no_section_says_nothing(text: str | None) -> None:
    assert list(missing(text, NAMES)) == []
