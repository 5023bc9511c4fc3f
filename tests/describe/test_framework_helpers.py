"""What the framework ships for tasks is read with the tasks of any library; its machinery is not."""

from __future__ import annotations

from collections.abc import Callable

from taskcontract.model import TaskSpec


def test_a_helper_that_makes_clients_is_read(spec: Callable[..., TaskSpec]) -> None:
    found = spec("""
        from prefect.utilities.aws import get_boto_client

        class T(Task):
            def run(self, credentials: dict = None):
                return get_boto_client("s3", credentials=credentials).list_buckets()["Owner"]
        """)
    keys = [f.value for f in found.facts if (f.kind, f.about) == ("key", "credentials")]
    assert keys == ["ACCESS_KEY", "SECRET_ACCESS_KEY", "SESSION_TOKEN"]
    assert [f.value for f in found.facts if f.kind == "secret"] == ["AWS_CREDENTIALS"]


def test_the_machinery_of_secrets_is_not(spec: Callable[..., TaskSpec]) -> None:
    found = spec("""
        class T(Task):
            def run(self, token: str = None):
                return token or Secret("ACME_TOKEN").get()
        """)
    assert [f.value for f in found.facts if f.kind == "secret"] == ["ACME_TOKEN"]
    assert {f.source.file for f in found.facts if f.source.file} == {found.ref.file}
