"""Which parts of a document of credentials may be seen: who signs in and where, but not what with."""

from __future__ import annotations

import pytest

from taskcontract.clauses.marks import harmless


@pytest.mark.parametrize("key", ["tenant", "tenant_id", "client_id", "user", "HOST", "project", "ACCESS_KEY"])
def test_who_signs_in_and_where_may_be_seen(key: str) -> None:
    assert harmless(key)


@pytest.mark.parametrize("key", ["client_secret", "password", "token", "SECRET_ACCESS_KEY", "token_id", "key", "webhook_url"])
def test_what_signs_in_may_not(key: str) -> None:
    assert not harmless(key)
