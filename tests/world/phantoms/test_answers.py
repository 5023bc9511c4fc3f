"""Answers of an absent client: used as anything, decided once, and never without an end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from taskcontract.world.phantoms import phantom_module

from .conftest import Library, Seen

Ran = Callable[..., Seen]
CALL = "import absent_client\ndef go():\n    answer = absent_client.Client().fetch()\n"


def body(lines: str) -> str:
    return CALL + "\n".join("    " + line for line in lines.splitlines())


def test_an_answer_is_a_recognisable_text(ran: Ran) -> None:
    first = ran(body("return str(answer['token']), f'{answer}', '%s' % answer, answer + '-x', 'x-' + answer, answer.upper()"))
    again = ran(body("return str(answer['token']), f'{answer}', '%s' % answer, answer + '-x', 'x-' + answer, answer.upper()"))
    assert first.value == again.value
    token, plain, formatted, after, before, upper = first.value
    assert token.startswith("answer-token-") and plain == formatted and upper == plain.upper()
    assert after == plain + "-x" and before == "x-" + plain and type(after) is str


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("int(answer)", 1),
        ("float(answer)", 1.0),
        ("answer * 3, 3 * answer, answer - 1, 5 - answer, answer / 2, 4 // answer, answer ** 2, -answer, abs(answer)", None),
        ("list(range(answer))", [0]),
        ("answer + 1, 1 + answer, answer % 2, 5 % answer", (2, 2, 1, 0)),
        ("answer > 0, answer < 5, answer >= 2, answer <= 0", (True, True, False, False)),
        ("round(answer), divmod(7, answer)", (1, (7, 0))),
        ("len(answer)", 1),
        ("len(list(answer)), len([x for x in answer]), len(list(reversed(answer)))", (1, 1, 1)),
        ("f'{answer:>3d}'", "  1"),
        ("bytes(answer) == str(answer).encode()", True),
        ("answer.decode('utf-8') is answer", True),
        ("answer['a'] is answer['a'], answer.b is answer.b, answer[0] is answer[0]", (True, True, True)),
        (
            "answer.get('a') is answer['a'], answer.get('a', 3) is answer['a'], answer.pop('a') is answer['a']",
            (True, True, True),
        ),
        ("answer.setdefault('a', 1) is answer['a']", True),
        ("list(answer.keys()), len(answer.values()), answer.items()[0][0]", (["name"], 1, "name")),
        ("answer['k'] and list(answer.keys())", ["k"]),
        ("sorted(dict(**answer))", ["name"]),
        ("len(answer.items), len(answer.values[0])", (1, 1)),
        ("answer.title is answer.title, answer.count is answer.count", (True, True)),
        ("len([answer] + [1]), len(answer + [1]), len([1] + answer), len((1,) + answer), len(answer + (1,))", (2, 2, 2, 2, 2)),
        ("answer == None, answer is None, answer == {}", (False, False, False)),
        ("answer == answer, answer == answer.other, answer != answer.other", (True, False, True)),
        ("answer[:5] is not None, len(answer['rows'][0:3]), answer.text[:7]", (True, 1, "answer-")),
        ("answer(1) is not None", True),
        ("answer | {'x'} is answer, ({'x'} & answer) is answer", None),
    ],
)
def test_an_answer_is_what_it_is_used_as(ran: Ran, expression: str, value: object) -> None:
    seen = ran(body(f"return {expression}"))
    assert seen.error is None
    if value is not None:
        assert seen.value == value


def test_what_the_task_puts_into_an_answer_is_there(ran: Ran) -> None:
    seen = ran(
        body(
            "answer['a'] = 1\nanswer.update({'b': 2}, c=3)\nanswer.b = 5\nanswer.append(9)\n"
            "return answer['a'], answer['b'], answer['c'], answer.b, 'a' in answer, sorted(k for k in answer.keys())"
        )
    )
    assert seen.value == (1, 2, 3, 5, True, ["a", "b", "c"])
    assert seen.whats == ["~absent_client.Client", "absent_client.Client().fetch"]


def test_words_of_a_dict_on_a_client_are_its_own_methods(ran: Ran) -> None:
    calls = (
        "get('k')",
        "keys('*')",
        "values(1)",
        "items(2)",
        "pop('k')",
        "setdefault('k', 1)",
        "update({})",
        "append(1)",
        "find('x')",
    )
    lines = "\n".join(f"    api.{call}" for call in (*calls, "decode('x')"))
    seen = ran(f"import absent_client\ndef go():\n    api = absent_client.Client().api\n{lines}")
    assert [e.what.rpartition(".")[2] for e in seen.effects[1:]] == [*(c.partition("(")[0] for c in calls), "decode"]


def test_an_answer_unpacks_into_as_many_as_are_wanted(ran: Ran) -> None:
    seen = ran(body("a, b = answer\nc, *d = answer\n(e, f), g = answer, 1\nreturn len({a, b}), c == a, len({e, f})"))
    assert seen.error is None and seen.value == (2, True, 2)


def test_iterators_give_one_item(ran: Ran) -> None:
    seen = ran(body("first = next(answer)\ntry:\n    next(answer)\nexcept StopIteration:\n    return first == answer[0]"))
    assert seen.value is True


def test_iterating_works_without_a_run_as_well() -> None:
    answer: Any = phantom_module("absent_client").fetch()
    assert next(answer) == answer[0]
    with pytest.raises(StopIteration):
        next(answer)
    assert "x" in answer and answer == str(answer) and answer != "y" and answer > 0


def test_blocks_and_awaiting(ran: Ran) -> None:
    seen = ran(
        """
        import asyncio
        import absent_client
        async def work():
            async with absent_client.Session() as session:
                answer = await session.get("u")
                items = [item async for item in answer.pages]
                return len(items), len(await answer.json())
        def go():
            with absent_client.connect() as connection, connection.cursor() as cursor:
                cursor.execute("q")
                assert next(iter(cursor))[0] == cursor[0][0]
            with connection.fetch() as answer:
                pass
            return asyncio.run(work())
        """
    )
    assert seen.error is None and seen.value == (1, 1)


def test_json_is_seen_through(ran: Ran) -> None:
    seen = ran(
        body(
            "import base64, json, io\n"
            "a = json.loads(answer['Secret'])\nb = json.loads(str(answer['Secret']))\nc = json.loads(answer.read().decode())\n"
            "d = json.load(answer['Body'])\ne = json.loads(answer['Secret'], parse_float=float)\n"
            "assert json.loads('{\"x\": 1}') == {'x': 1}\nassert base64.b64decode('eA==') == b'x'\n"
            "assert base64.b64decode(answer['data']).decode() == str(answer['data'])\n"
            "return a['user'] == b['user'] == e['user'], c['x'] != d['x']"
        )
    )
    assert seen.error is None and seen.value == (True, True)


def test_json_of_a_known_text_is_decoded(ran: Ran) -> None:
    path = "absent_client.Client().fetch()['Secret']"
    seen = ran(body("import json\nreturn json.loads(answer['Secret'])"), choices=((path, repr('{"a": [1]}')),))
    assert seen.value == {"a": [1]}


def test_json_text_is_no_answer_without_a_run(ran: Ran) -> None:
    import json

    ran(body("return 1"))
    with pytest.raises(json.JSONDecodeError):
        json.loads("answer-fetch-00000000")


# --- decisions -------------------------------------------------------------------------------------------------------


def test_a_comparison_is_decided_once_and_is_a_fork(ran: Ran) -> None:
    source = body("s = answer['state']\nreturn s == 'GREEN', s == 'DONE', s == 'GREEN', str(s), s != 'GREEN'")
    seen = ran(source)
    assert seen.value == (True, False, True, "GREEN", False)
    path = "absent_client.Client().fetch()['state']"
    assert seen.forks == {f"{path} == 'GREEN'": True}
    assert ran(source, choices=((path, "'DONE'"),)).value == (False, True, False, "DONE", True)
    assert ran(source, choices=((path, "no:'GREEN'"),)).value == (False, True, False, "DONE", True)


@pytest.mark.parametrize(("literal", "value"), [("7", (7, True, "7")), ("'12.5'", (12, True, "12.5")), ("'x'", (1, True, "x"))])
def test_a_bound_leaf_is_that_value(ran: Ran, literal: str, value: tuple[object, ...]) -> None:
    bound = (("absent_client.Client().fetch()['n']", literal),)
    assert ran(body("n = answer['n']\nreturn int(n), bool(n), str(n)"), choices=bound).value == value


def test_a_set_finds_an_answer_among_its_members(ran: Ran) -> None:
    source = body("s = answer['s']\nreturn s in {'failed', 'ok', 'zz'}, s == 'ok', s in {'zz', 'failed'}, {s: 1}[s]")
    assert ran(source).value == (True, True, False, 1)
    bound = (("absent_client.Client().fetch()['s']", "'failed'"),)
    assert ran(source, choices=bound).value == (True, False, True, 1)


def test_truth_is_a_fork(ran: Ran) -> None:
    source = body("return bool(answer['ok']), bool(answer.ready()), bool(answer['ok'])")
    assert ran(source).value == (True, True, True)
    bound = (("absent_client.Client().fetch()['ok']?", "False"),)
    assert ran(source, choices=bound).value == (False, True, False)


@pytest.mark.parametrize(
    "question",
    [
        "answer['errors']",
        "answer.error()",
        "answer.is_failed",
        "'errors' in answer",
        "answer['state'] == 'FAILED'",
        "answer.ok == False",
        "answer['state'] == 'RUNNING'",
        "answer.is_running()",
        "answer.text == ''",
    ],
)
def test_nothing_has_gone_wrong_unless_it_is_asked_for(ran: Ran, question: str) -> None:
    assert ran(body(f"return bool({question})")).value is False


def test_presence_is_a_fork(ran: Ran) -> None:
    source = body("return 'x' in answer, 'x' in answer, object() in answer")
    assert ran(source).value == (True, True, True)
    assert ran(source, choices=(("absent_client.Client().fetch() has 'x'", "False"),)).value == (False, False, True)


def test_an_ordering_is_a_fork(ran: Ran) -> None:
    source = body(
        "import datetime\nreturn answer['bytes'] > 100, answer['when'] > datetime.datetime(2020, 1, 1), answer['w'] < 'b'"
    )
    assert ran(source).value == (False, True, True)
    bound = (("absent_client.Client().fetch()['bytes'] > 100", "True"),)
    assert ran(source, choices=bound).value == (True, True, True)


def test_an_exception_that_the_task_reckons_with_is_a_fork(ran: Ran) -> None:
    source = """
        from absent_client import Client
        from absent_client.exceptions import NotFound, Forbidden
        import absent_client
        def go():
            client = Client()
            try:
                return client.get("x")
            except (NotFound, absent_client.errors.Gone) as error:
                return client.create("x"), str(error)
        """
    seen = ran(source)
    assert seen.whats == ["~absent_client.Client", "absent_client.Client().get"]
    assert seen.forks == {
        "absent_client.Client().get()!NotFound == True": False,
        "absent_client.Client().get()!Gone == True": False,
    }
    flipped = ran(source, choices=(("absent_client.Client().get()!NotFound", "True"),))
    assert flipped.whats == ["~absent_client.Client", "absent_client.Client().get", "absent_client.Client().create"]
    assert flipped.value[1] == "absent_client.Client().get failed"


# --- ends ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loop",
    [
        "while client.status().state != 'Succeeded':\n    pass",
        "while client.status().state not in ('done', 'failed'):\n    pass",
        "while client.status().state == 'RUNNING':\n    pass",
        "while client.is_open():\n    pass",
        "while client.get()['state'] not in {'done', 'failed'}:\n    pass",
        "while client.get()['state'] in {'pending', 'running'}:\n    pass",
        "while client.goes_on():\n    pass",
        "while client.colour() == 'green':\n    pass",
        "while not client.done():\n    pass",
        "page = client.list()\nwhile page.get('NextToken'):\n    page = client.list(token=page['NextToken'])",
        "page = client.list()\nwhile 'next' in page:\n    page = client.list()",
        "while client.queue().depth > 0:\n    pass",
        "while True:\n    if client.poll() is None:\n        break",
        "while (row := client.fetchone()) is not None:\n    pass",
        "while rows := client.fetchmany(5):\n    assert isinstance(rows, list)",
        "while chunk := client.read(1024):\n    pass",
        "for chunk in iter(lambda: client.read(10), ''):\n    pass",
        "while True:\n    try:\n        client.read_chunk()\n    except StopIteration:\n        break",
        "for page in client.pages():\n    for item in page['items']:\n        client.handle(item)",
    ],
)
def test_loops_end(ran: Ran, loop: str) -> None:
    indented = "\n".join("    " + line for line in loop.splitlines())
    seen = ran(f"import absent_client\ndef go():\n    client = absent_client.Client()\n{indented}\n    return 'ended'", most=60)
    assert seen.value == "ended" and len(seen.effects) < 12


def test_equal_runs_are_equal(ran: Ran, library: Library) -> None:
    module = library.module(
        """
        import absent_client
        def go():
            client = absent_client.connect(host="h")
            rows = client.cursor().fetchall()
            if rows[0]["a"] == "x" and rows[0].b > 3:
                client.commit()
            for _ in range(3):
                client.ping()
            return rows, client.last()
        """
    )
    first, second = library.run(module.go), library.run(module.go)
    assert first.effects == second.effects and first.run.forks == second.run.forks and first.value == second.value


def test_rows_are_a_list(ran: Ran) -> None:
    seen = ran(body("rows = answer.fetchall()\nreturn type(rows), len(rows), [('header',)] + rows, rows[0]['x'], rows[0][0]"))
    assert seen.value[:2] == (list, 1) and len(seen.value[2]) == 2
