"""Addresses as they are compared: read the short way where nothing in them has to be undone, and alike either way."""

from __future__ import annotations

import pytest

from taskcontract.cassettes.patterns import Pattern, Slot
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.sent import address, sent
from taskcontract.cassettes.template import Template


@pytest.mark.parametrize(
    ("url", "units", "query"),
    [
        ("https://h.test/a/b", ("https://h.test", "a", "b"), ""),
        ("https://h.test", ("https://h.test", ""), ""),
        ("https://h.test?a=1", ("https://h.test", ""), "a=1"),
        ("http://H.test:80/a/?x=%20&y", ("http://h.test", "a", ""), "x=%20&y"),
        ("https://h.test:8443//a", ("https://h.test:8443", "", "a"), ""),
        ("https://h.test/a/../b/./c", ("https://h.test", "b", "c"), ""),
        ("https://h.test/a?b?c=d/e", ("https://h.test", "a"), "b?c=d/e"),
        ("https://h.test/a?b#c", ("https://h.test", "a"), "b"),
        ("https://h.test/a%2Fb/%C3%A4", ("https://h.test", "a/b", "ä"), ""),
        ("HTTPS://me:secret@H.test:443/a", ("https://h.test", "a"), ""),
        ("http://[::1]/a", ("http://[::1]", "a"), ""),
        ("http://[::1/a", ("http://[::1/a",), ""),
        ("https://h.test/ä b", ("https://h.test", "ä b"), ""),
    ],
)
def test_the_units_of_an_address(url: str, units: tuple[str, ...], query: str) -> None:
    assert address(url) == (units, query)


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("metrics/job@base64/YS9i", ("metrics", "job", "a/b")),
        ("metrics/job@base64/YSBi/at@base64/w6Q=", ("metrics", "job", "a b", "at", "ä")),
        ("metrics/job@base64/=", ("metrics", "job", "")),
        ("metrics/job@base64/YS9i%3D%3D", ("metrics", "job", "a/b")),
        ("job@base64/no.t", ("job@base64", "no.t")),
        ("job@base64/_w", ("job@base64", "_w")),
        ("job@base64/A", ("job@base64", "A")),
        ("job@base64", ("job@base64",)),
        ("@base64/", ("@base64", "")),
    ],
)
def test_base64_that_a_path_announces(path: str, units: tuple[str, ...]) -> None:
    assert address(f"https://h.test/{path}")[0][1:] == units


def test_a_value_in_base64_fills_the_same_hole() -> None:
    recorded = Request("PUT", "https://h.test/metrics/job/job-recorded")
    template = Template(Recording((Interaction(recorded, Response(200, (), b"job-recorded")),), {"job": "job-recorded"}))
    player = template.player({"job": ["decoy", "nightly run/2"]})
    found, number = player.answer(Request("PUT", "https://h.test/metrics/job@base64/bmlnaHRseSBydW4vMg=="))
    assert (found.body, number) == (b"nightly run/2", 0)


def test_requests_that_differ_in_their_paths_share_what_they_ask() -> None:
    one, other = sent(Request("GET", "https://h.test/a?x=1&x=2")), sent(Request("GET", "https://h.test/b?x=1&x=2"))
    assert one.tree == {"?": {"x": ["1", "2"]}}
    assert (one.paths, one.values) == ((("?", "x", 0), ("?", "x", 1)), ("1", "2"))
    assert one.tree is other.tree
    with_body = sent(Request("POST", "https://h.test/a?x=1&x=2", (), b"text"))
    assert with_body.tree == {"?": {"x": ["1", "2"]}, "text": "text"}
    assert one.tree == {"?": {"x": ["1", "2"]}}


@pytest.mark.parametrize(
    ("parts", "text", "taken"),
    [
        (("a-", Slot(("x",)), "-b"), "a-one-b", "one"),
        (("a-", Slot(("x",)), "-b"), "a--b", ""),
        (("a-", Slot(("x",)), "-b"), "a-b", None),
        (("a-", Slot(("x",))), "b-one", None),
        ((Slot(("x",)), "-b"), "one-c", None),
        ((Slot(("x",), "quoted"),), "a%20b", "a b"),
        ((Slot(("x",)),), "a\x1fb", None),
        ((Slot(("x",), "units"),), "a\x1fb", "a/b"),
    ],
)
def test_one_hole_needs_no_expression(parts: tuple[str | Slot, ...], text: str, taken: str | None) -> None:
    pattern = Pattern(parts, address=True)
    found = pattern.captured(text, {})
    assert pattern.plain
    assert (found and found[0][1]) == taken
    assert bool(pattern.regex.fullmatch(text)) is (taken is not None)


def test_a_time_beside_a_hole_does() -> None:
    pattern = Pattern(("at 2024-01-31 by ", Slot(("x",))))
    assert not pattern.plain
    assert pattern.captured("at 2025-02-01 by me", {}) == [(Slot(("x",)), "me")]
