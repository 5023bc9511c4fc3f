"""Answers whose type is known: the containers and leaves that the real clients give, still filled by what the task reads."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from taskcontract.world.canon import canon

from .conftest import Seen

Ran = Callable[..., Seen]

POSTGRES = "import psycopg2\ndef go():\n    connection = psycopg2.connect('dsn')\n    cursor = connection.cursor()\n"
MYSQL = "import pymysql, pymysql.cursors\ndef go():\n    cursor = pymysql.connect(host='h'{}).cursor({})\n"
REDIS = "import redis\ndef go():\n    store = redis.Redis(host='h'{})\n"
MAIL = "import smtplib\ndef go():\n    server = smtplib.SMTP('h')\n"
FILES = (
    "import paramiko\ndef go():\n    files = paramiko.SFTPClient.from_transport(paramiko.Transport(('h', 22)))\n"
    "    client = paramiko.SSHClient()\n"
)


def body(head: str, *lines: str) -> str:
    return head + "\n".join(f"    {line}" for line in lines)


def form(value: Any) -> Any:
    """The canonical form, with the paths of leaves left out: 'answer', or the type that is known of one."""
    if isinstance(value, tuple) and value[:1] == ("answer",):
        return value[2] if len(value) > 2 else "answer"
    return tuple(map(form, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (body(POSTGRES, "return cursor.execute('q', (1,))"), None),
        (body(POSTGRES, "return cursor.executemany('q', [(1,)])"), None),
        (body(POSTGRES, "return cursor.fetchone()"), ("tuple", "answer")),
        (body(POSTGRES, "row = cursor.fetchone()", "row[2]", "return row"), ("tuple", "answer", "answer", "answer")),
        (body(POSTGRES, "return cursor.fetchall()"), ("list", ("tuple", "answer"))),
        (body(POSTGRES, "return cursor.fetchmany(5)"), ("list", ("tuple", "answer"))),
        (body(POSTGRES, "return [row for row in cursor]"), ("list", ("tuple", "answer"))),
        (body(POSTGRES, "return next(cursor)"), ("tuple", "answer")),
        (body(POSTGRES, "return [(b, a) for a, b in cursor]"), ("list", ("tuple", "answer", "answer"))),
        (body(POSTGRES, "return cursor.rowcount, cursor.arraysize"), ("tuple", "int", "int")),
        (body(POSTGRES, "return [column[0] for column in cursor.description]"), ("list", "answer")),
        (body(POSTGRES, "return connection.commit(), connection.rollback(), cursor.close(), connection.close()"),
         ("tuple", None, None, None, None)),
        (body(POSTGRES, "with connection, connection.cursor() as c:", "    c.execute('q')", "    return c.fetchone()"),
         ("tuple", "answer")),
        (body(POSTGRES, "from psycopg2 import extras", "own = connection.cursor(cursor_factory=extras.RealDictCursor)",
              "return own.fetchone(), own.fetchall()"), ("tuple", "answer", ("list", "answer"))),
        (body(POSTGRES, "return connection.notices, cursor.query"), ("tuple", "answer", "answer")),
        (body(MYSQL.format("", ""), "return cursor.execute('q'), cursor.fetchall()"),
         ("tuple", "int", ("tuple", ("tuple", "answer")))),
        (body(MYSQL.format(", cursorclass=pymysql.cursors.DictCursor", ""), "return cursor.fetchone()"),
         ("dict", ("name", "answer"))),
        (body(MYSQL.format("", "pymysql.cursors.DictCursor"), "return cursor.fetchall()"),
         ("list", ("dict", ("name", "answer")))),
        (body(MYSQL.format("", "pymysql.cursors.SSCursor"), "return cursor.fetchall()"), ("list", ("tuple", "answer"))),
        (body(REDIS.format(""), "return store.get('k'), store.set('k', 1), store.incr('k'), store.execute_command('X')"),
         ("tuple", "bytes", "bool", "int", "answer")),
        (body(REDIS.format(""), "return store.keys(), store.smembers('s'), store.hgetall('h')"),
         ("tuple", ("list", "bytes"), ("set", "bytes"), ("dict", (b"name", "answer")))),
        (body(REDIS.format(", decode_responses=True"), "return store.get('k'), store.keys(), store.incr('k')"),
         ("tuple", "str", ("list", "str"), "int")),
        (body(REDIS.format(""), "return store.pipeline().get('k')"), "answer"),
        ("import redis.asyncio\ndef go():\n    return redis.asyncio.Redis().get('k')", "answer"),
        (body(MAIL, "return server.login('u', 'p'), server.quit()"), ("tuple", *[("tuple", "int", "bytes")] * 2)),
        (body(MAIL, "return server.sendmail('a', ['b'], 'c'), server.send_message('m'), server.close()"),
         ("tuple", ("dict",), ("dict",), None)),
        (body(FILES, "return files.get('a', 'b'), files.listdir(), files.stat('a').st_size, files.open('a').read()"),
         ("tuple", None, ("list", "str"), "int", "bytes")),
        (body(FILES, "_, out, _ = client.exec_command('c')", "return out.read(), out.channel.recv_exit_status()"),
         ("tuple", "bytes", "int")),
    ],
)  # fmt: skip
def test_answers_are_of_the_types_that_the_real_client_gives(ran: Ran, source: str, expected: Any) -> None:
    seen = ran(source)
    assert seen.error is None
    assert form(canon(seen.value)) == expected


def test_a_row_is_a_tuple_of_what_is_read_of_it(ran: Ran) -> None:
    seen = ran(
        body(
            POSTGRES,
            "row = cursor.fetchone()",
            "a, b, c = row",
            "same = row[0] == a and row[1] is b and row[-1] is row[-1]",
            "return same, isinstance(row, tuple), len(list(row)), row[:2] == (a, b), len([*row, 1]), [('h',)] + [row]",
        )
    )
    assert seen.error is None
    assert seen.value[:5] == (True, True, 3, True, 4)
    assert form(canon(seen.value[5][1])) == ("tuple", "answer", "answer", "answer")


def test_whether_there_is_a_row_may_go_either_way(ran: Ran) -> None:
    source = body(POSTGRES, "row = cursor.fetchone()", "return 'found' if row else 'none'")
    seen = ran(source)
    assert seen.value == "found" and seen.forks == {"psycopg2.connect().cursor().fetchone()? == True": True}
    assert ran(source, choices=(("psycopg2.connect().cursor().fetchone()?", "False"),)).value == "none"


@pytest.mark.parametrize(
    ("source", "empty"),
    [
        (body(POSTGRES, "rows = 1", "while rows:", "    rows = cursor.fetchmany(10)", "return rows"), []),
        (body(MYSQL.format("", ""), "rows = 1", "while rows:", "    rows = cursor.fetchmany(10)", "return rows"), ()),
        (body(POSTGRES, "while cursor.fetchone() is not None:", "    pass", "return cursor.fetchone()"), None),
        (body(FILES, "f = files.open('a')", "got = 1", "while got:", "    got = f.read(9)", "return got"), b""),
    ],
)
def test_a_source_runs_dry_in_its_own_type(ran: Ran, source: str, empty: object) -> None:
    seen = ran(source)
    assert seen.error is None
    assert seen.value == empty and type(seen.value) is type(empty)


def test_a_record_has_the_keys_that_are_read_and_those_that_are_put_there(ran: Ran) -> None:
    seen = ran(
        body(
            MYSQL.format(", cursorclass=pymysql.cursors.DictCursor", ""),
            "row = cursor.fetchone()",
            "row['put'] = 1",
            "read = row['id'], row.get('word'), 'other' in row",
            "return sorted(row), len(row), dict(row)['put'], [k for k, v in row.items()], len(row.values()), list(row.keys()),"
            " bool(row), isinstance(row, dict), row['id'] is read[0]",
        )
    )
    assert seen.error is None
    keys = ["put", "id", "word"]
    assert seen.value == (["id", "put", "word"], 3, 1, keys, 3, keys, True, True, True)


def test_fields_of_a_hash_are_read_by_bytes(ran: Ran) -> None:
    seen = ran(body(REDIS.format(""), "found = store.hgetall('h')", "return found[b'field'], found"))
    assert form(canon(seen.value)) == ("tuple", "answer", ("dict", (b"field", "answer")))


@pytest.mark.parametrize(
    ("expression", "kinds"),
    [
        ("store.get('k')", ("bytes",)),
        ("store.incr('k')", ("int",)),
        ("store.set('k', 1)", ("bool", "int")),
        ("store.execute_command('X')", ("str",)),
    ],
)
def test_a_leaf_is_an_instance_of_the_type_that_is_known_of_it(ran: Ran, expression: str, kinds: tuple[str, ...]) -> None:
    asked = ("bytes", "int", "bool", "float")
    known = [f"isinstance(leaf, {kind})" for kind in asked]
    seen = ran(body(REDIS.format(""), f"leaf = {expression}", f"return ({', '.join(known)})"))
    assert seen.value == tuple(kind in kinds for kind in asked)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (body(POSTGRES, "row = cursor.fetchone()", "row[1]", "return row"), ("tuple", "answer", "answer")),
        (body(MYSQL.format("", "pymysql.cursors.DictCursor"), "row = cursor.fetchone()", "row['id']", "return row"),
         ("dict", ("id", "answer"))),
        (body(REDIS.format(""), "return store.get('k')"), "bytes"),
    ],
)  # fmt: skip
def test_known_answers_can_be_pickled(ran: Ran, source: str, expected: Any) -> None:
    assert form(canon(pickle.loads(pickle.dumps(ran(source).value)))) == expected


def test_a_cursor_that_was_read_can_be_handed_on(ran: Ran) -> None:
    seen = ran(
        body(POSTGRES, "from psycopg2 import extras", "[r for r in cursor]", "extras.execute_values(cursor, 'q')")
    )
    assert seen.effects[-1].detail == ("call", ("phantom", "psycopg2.connect().cursor()"), "q")


def test_what_opens_a_client_reaches_out_whether_it_is_installed_or_not(ran: Ran) -> None:
    seen = ran(
        """
        import confluent_kafka, kafka, paramiko, redis
        def go():
            paramiko.SFTPClient.from_transport(paramiko.Transport(("h", 22)))
            kafka.KafkaProducer()
            confluent_kafka.Producer({})
            redis.Redis()
            paramiko.AutoAddPolicy()
        """
    )
    assert seen.whats == [
        "paramiko.Transport",
        "paramiko.SFTPClient.from_transport",
        "kafka.KafkaProducer",
        "~confluent_kafka.Producer",
        "~redis.Redis",
        "~paramiko.AutoAddPolicy",
    ]
