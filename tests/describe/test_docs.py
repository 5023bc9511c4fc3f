"""Docstrings in every style that task libraries use."""

from __future__ import annotations

import pytest

from taskcontract.describe.docs import Entry, default_in, entries, says_optional, says_required

STYLES = {
    "library": """Does it.

    Args:
        - repo (str, optional): the name of
            the repository; see `a: b`
        - keys (Union[str,
            List[str]], optional): which keys
        - plain: no type
        - **kwargs (Any, optional): the rest

    Raises:
        - ValueError: never
    """,
    "google": """Does it.

    Args:
        repo (str, optional): the name of
            the repository; see `a: b`
        keys (Union[str, List[str]], optional): which keys
        plain: no type
        **kwargs: the rest

    Returns:
        nothing: at all
    """,
    "numpy": """Does it.

    Parameters
    ----------
    repo : str, optional
        the name of
        the repository; see `a: b`
    keys : Union[str, List[str]], optional
        which keys
    plain
        no type
    **kwargs
        the rest

    Returns
    -------
    nothing : at all
    """,
    "sphinx": """Does it.

    :param repo: optional. the name of
        the repository; see `a: b`
    :type repo: str
    :param Union[str, List[str]] keys: optional, which keys
    :param plain: no type
    :param kwargs: the rest
    :returns: nothing
    """,
}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_says_the_same(style: str) -> None:
    found = entries(STYLES[style])
    assert list(found) == ["repo", "keys", "plain", "kwargs"]
    assert {n: (e.type, e.optional) for n, e in found.items() if n != "kwargs"} == {
        "repo": ("str", True),
        "keys": ("Union[str, List[str]]", True),
        "plain": (None, False),
    }
    assert found["repo"].text.endswith("the name of the repository; see `a: b`")
    assert found["plain"].text == "no type"


def test_no_docstring_documents_nothing() -> None:
    assert entries(None) == {} and entries("Just words.\n\nArgs are not listed: here.") == {}


def test_a_default_in_the_type_is_no_type() -> None:
    assert entries("Args:\n    x (int, default 3): y")["x"] == Entry("int", "y", False)


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("defaults to `master`", "master"),
        ('Defaults to "US".', '"US"'),
        ("port, defaults to 5432 if not provided", "5432"),
        ("defaults to notifications@prefect.io", "notifications@prefect.io"),
        ("defaults to the one provided at initialization", None),
        ("default is None", "None"),
        ("nothing of the kind", None),
    ],
)
def test_the_default_that_is_said(text: str, default: str | None) -> None:
    assert default_in(text) == default


def test_what_is_required_and_what_is_optional() -> None:
    assert says_required("the id; must be provided") and says_required("Required. The id") and says_required("is required")
    assert not says_required("must be provided in the form `a/b`") and not says_required("the id")
    assert says_optional("if not provided, all") and says_optional("defaults to 3") and not says_optional("the id")
