"""Prefect's configuration in one run: what is asked for in vain, what a case puts there, and that nothing of it stays."""

from __future__ import annotations

from typing import Any

import prefect
import pytest

from taskcontract.frameworks import prefect1_config
from taskcontract.frameworks.prefect1_config import Planted, configured, planted


def missing(tree: dict[str, Any], ask: str) -> list[str]:
    """The keys that an expression asks for in vain."""
    told: list[str] = []
    space = {"prefect": prefect, "__name__": "acme.tasks"}
    with configured(planted(tree), told.append):
        try:
            eval(ask, space)
        except (AttributeError, KeyError):
            told.append("!")
    return list(dict.fromkeys(told))


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        ("prefect.config.acme", ["acme", "!"]),
        ("prefect.config['acme']", ["acme", "!"]),
        ("prefect.config.get('acme')", ["acme"]),
        ("'acme' in prefect.config", ["acme"]),
        ("prefect.config.cloud.acme_token", ["cloud.acme_token", "!"]),
        ("prefect.context.config.cloud.get('acme_token')", ["cloud.acme_token"]),
        ("prefect.config.cloud.graphql, prefect.config.get('backend')", []),
        ("prefect.config.get(3)", []),
        ("prefect.config.copy().get('acme')", []),
    ],
)
def test_a_key_that_nobody_has_set_is_told_with_its_sections(ask: str, told: list[str]) -> None:
    assert missing({}, ask) == told


def test_prefects_own_machinery_may_ask_for_what_it_likes() -> None:
    told: list[str] = []
    with configured({}, told.append):
        for module in ("prefect.engine.runner", "prefect", "box.box", "taskcontract.world.attempt"):
            eval("prefect.config.get('acme')", {"prefect": prefect, "__name__": module})
        assert told == []
        eval("prefect.config.get('acme')", {"prefect": prefect, "__name__": "prefect.utilities.aws"})
    assert told == ["acme"]


def test_a_case_sets_keys_and_takes_them_back() -> None:
    tree = planted({"acme": "value", "cloud": {"acme_token": "value-2", "graphql": "value-3"}})
    before = prefect.config.cloud.graphql
    with configured(tree, lambda name: None):
        assert prefect.config.acme == "value"
        assert (prefect.config.cloud.acme_token, prefect.config.cloud.graphql) == ("value-2", "value-3")
    assert "acme" not in prefect.config and "acme_token" not in prefect.config.cloud
    assert prefect.config.cloud.graphql == before


def test_a_whole_section_may_be_new() -> None:
    with configured(planted({"acme": {"token": "value"}}), lambda name: None):
        assert prefect.config.acme.token == "value"
    assert "acme" not in prefect.config


def test_what_is_planted_is_a_text_and_a_section_with_every_key() -> None:
    value: Any = Planted("value")
    assert (value, value["key"], value.get("key"), value.key.inner) == ("value", "value-key", "value-key", "value-key-inner")
    assert value[0] == "v"
    with pytest.raises(AttributeError, match="_private"):
        value._private  # noqa: B018
    assert planted({"n": 3, "s": "text", "d": {"k": "v"}}) == {"n": 3, "s": "text", "d": {"k": "v"}}


def test_outside_a_run_nobody_is_told() -> None:
    assert prefect1_config._missed is None
    assert "acme" not in prefect.config
