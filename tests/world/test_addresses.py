"""The task's own address is no part of what it sent."""

from __future__ import annotations

from taskcontract.model import Effect
from taskcontract.world.addresses import forgotten


def test_the_address_of_the_task_is_a_word_wherever_it_stands() -> None:
    task = object()
    detail = ("call", ("token", str(id(task))), ("number", id(task)), ("body", f"run {id(task)}".encode()), ("other", 7), True)
    (effect,) = forgotten([Effect("client", f"acme.run({id(task)})", detail)], task)
    assert effect.what == "acme.run(<address>)"
    assert effect.detail == (
        "call", ("token", "<address>"), ("number", "<address>"), ("body", b"run <address>"), ("other", 7), True
    )  # fmt: skip


def test_what_has_no_address_in_it_stays_the_same_object() -> None:
    effect = Effect("client", "acme.run", ("call", 7))
    assert forgotten([effect], object()) == (effect,) and forgotten([effect], object())[0] is effect
    assert forgotten([effect], None) == (effect,)
