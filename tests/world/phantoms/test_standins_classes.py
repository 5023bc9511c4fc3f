"""Classes that open clients: written in C, derived from, made by a class method; in a run none of them reaches out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskcontract.world.clients import Client, opener
from taskcontract.world.standins import StandinLayer

from .conftest import Library

_FAKE = {
    "confluent_kafka": "from itertools import accumulate as Producer\nclass Own(Producer):\n    pass\n"
    "class Further(Own):\n    pass\ndef made_by_c():\n    return Own.__base__([1])\n",
    "psycopg": "class Connection:\n    @classmethod\n    def connect(cls, dsn=''):\n        return cls()\n"
    "    @staticmethod\n    def other():\n        return 1\n"
    "class Mine(Connection):\n    pass\ndef connect(dsn=''):\n    return Connection()\n",
}
"""Clients as their distributions make them: a class in C that has subclasses, and one that a class method makes."""


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "installed"
    folder.mkdir()
    for name, text in _FAKE.items():
        (folder / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(folder))
    StandinLayer().install()
    yield
    for name in _FAKE:
        sys.modules.pop(name, None)


def test_subclasses_of_a_class_in_c_are_replaced_whenever_they_were_made(library: Library) -> None:
    module = library.module(
        """
        import confluent_kafka
        class Mine(confluent_kafka.Producer):
            pass
        def go():
            for cls in (Mine, confluent_kafka.Own, confluent_kafka.Further, confluent_kafka.Producer):
                cls([1]).flush()
        def real():
            return [list(cls([1])) for cls in (Mine, confluent_kafka.Own, confluent_kafka.Further, confluent_kafka.Producer)]
        """
    )
    assert module.real() == [[1]] * 4
    assert library.run(module.go).whats == ["~confluent_kafka.Producer", "confluent_kafka.Producer().flush"] * 4
    assert module.real() == [[1]] * 4


def test_what_c_code_makes_of_a_replaced_class_is_an_instance_of_it(library: Library) -> None:
    module = library.module(
        """
        import confluent_kafka as client
        class Mine(client.Producer):
            pass
        def go():
            bare, own = client.made_by_c(), Mine([1])
            return ([isinstance(bare, cls) for cls in (client.Producer, Mine)],
                    [isinstance(own, cls) for cls in (client.Producer, Mine)],
                    [issubclass(client.Own, cls) for cls in (client.Producer, Mine)], issubclass(Mine, client.Producer))
        """
    )
    assert module.go() == ([True, False], [True, True], [True, False], True)


def test_a_class_method_that_opens_a_client_gives_a_subclass_its_own(library: Library) -> None:
    module = library.module(
        """
        import psycopg
        def go():
            psycopg.Mine.connect("dsn").commit()
            psycopg.Connection.connect("dsn").commit()
        def real():
            return [type(c).__name__ for c in (psycopg.Mine.connect(), psycopg.Connection.connect(), psycopg.connect())]
        """
    )
    assert module.real() == ["Mine", "Connection", "Connection"]
    assert library.run(module.go).whats == ["psycopg.Connection.connect", "psycopg.Connection.connect().commit"] * 2


@pytest.mark.parametrize(
    ("path", "args", "kwargs", "only_makes"),
    [
        ("smtplib.SMTP", (), {}, True),
        ("smtplib.SMTP", ("",), {}, True),
        ("smtplib.SMTP", ("host",), {}, False),
        ("smtplib.SMTP", (), {"host": "host"}, False),
        ("redis.Redis", ("host",), {}, True),
        ("psycopg2.extensions.connection", ("dsn",), {}, False),
    ],
)
def test_whether_opening_reaches_out(path: str, args: tuple[str, ...], kwargs: dict[str, str], only_makes: bool) -> None:
    client = opener(path)
    assert isinstance(client, Client)
    assert client.only_makes(args, kwargs) is only_makes


def test_other_names_open_nothing() -> None:
    assert opener("psycopg2.sql.SQL") is None
