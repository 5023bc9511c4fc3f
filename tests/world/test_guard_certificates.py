"""A task that makes a TLS context does not wait for the machine's certificates; the host still gets them."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any


def test_a_run_makes_contexts_without_certificates_and_the_host_with(sealed: Callable[..., Any]) -> None:
    counts: list[int] = []
    sealed(lambda: counts.append(len(ssl.create_default_context().get_ca_certs())))
    assert counts == [0]
    assert isinstance(ssl.create_default_context(), ssl.SSLContext)


def test_outside_a_run_the_original_loads(sealed: Callable[..., Any], monkeypatch: Any) -> None:
    sealed(lambda: None)
    asked: list[Any] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    monkeypatch.setattr(ssl.SSLContext, "set_default_verify_paths", lambda self: asked.append(self))
    context.load_default_certs()
    assert asked == [context]
