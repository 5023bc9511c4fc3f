"""Answers in a contributor's project: stubs and cassettes by fixture and by declaration, here and in worker processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskcontract import contract
from taskcontract.cassettes.named import named_cassette
from taskcontract.config import Config, load
from taskcontract.declaring import configured, demand_importable
from taskcontract.errors import ConfigError, UsageError
from taskcontract.model import Answers
from taskcontract.testing import answers_of

_LIBRARY = '''
import httpx
import requests
import urllib.request
import json

from prefect import Task
from prefect.utilities.tasks import defaults_from_attrs


class Fetch(Task):
    """Fetches an item, by three clients.

    Args:
        - item (str, optional): the item's name
        - **kwargs (dict, optional): options of the task
    """

    def __init__(self, item: str = None, **kwargs):
        self.item = item
        super().__init__(**kwargs)

    @defaults_from_attrs("item")
    def run(self, item: str = None) -> list:
        """Fetches an item.

        Args:
            - item (str, optional): the item's name, unless given at construction

        Raises:
            - ValueError: if there is no item
        """
        if item is None:
            raise ValueError("An item must be provided")
        url = f"https://shop.example/items/{item}"
        with urllib.request.urlopen(url) as answer:
            last = json.load(answer)
        return [requests.get(url).json(), httpx.get(url).json(), last]
'''

_STUBS = """
def shop(mock, item):
    mock.get(f"https://shop.example/items/{item}", json={"name": item})
"""

_CASSETTE = """version: 1
interactions:
- request: {method: GET, uri: 'https://shop.example/items/lamp', body: null, headers: {}}
  response: {status: {code: 200, message: OK}, headers: {}, body: {string: '{"name": "lamp"}'}}
"""


@pytest.fixture
def shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    (pytester.path / "shop.py").write_text(_LIBRARY)
    (pytester.path / "shop_stubs.py").write_text(_STUBS)
    (pytester.path / "cassettes").mkdir()
    (pytester.path / "cassettes" / "lamp.yaml").write_text(_CASSETTE)
    (pytester.path / "cassettes" / "test_contract").mkdir()
    (pytester.path / "cassettes" / "test_contract" / "test_of_its_own.yaml").write_text(_CASSETTE.replace("lamp", "sofa"))
    monkeypatch.setenv("COLUMNS", "200")
    pytester.makepyprojecttoml("[tool.taskcontract]\npaths = ['.']\n")
    return pytester


def run(shop: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return shop.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments)


def test_stubs_and_cassettes_answer_single_runs(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        test_contract="""
        from pathlib import Path

        import pytest
        import shop_stubs
        from shop import Fetch
        from taskcontract import observe
        from taskcontract.errors import UsageError

        URL = "https://shop.example/items/lamp"
        LAMPS = ("list",) + (("dict", ("name", "lamp")),) * 3

        def test_stubs_answer_every_client(task_world, contract_answers):
            contract_answers.get(URL, json={"name": "lamp"})
            with task_world() as world:
                seen = world.observe(Fetch, init={"item": "lamp"})
                again = world.observe(Fetch, call={"item": "lamp"})
                other = world.observe(Fetch, call={"item": "sofa"})
            assert seen.outcome.value == again.outcome.value == LAMPS
            assert [call.request.url for call in contract_answers.calls] == [URL] * 6
            assert contract_answers.calls[0].response.json() == {"name": "lamp"}
            assert (other.outcome.kind, other.played) == ("refused", ())
            assert other.unmatched[0].startswith("no stub answers GET https://shop.example/items/sofa; the nearest of 1 is ")

        def test_what_is_given_beats_the_fixture(task_world, contract_answers):
            with task_world(answers={"name": "a document"}) as world:
                seen = world.observe(Fetch, init={"item": "lamp"})
                stubbed = world.observe(Fetch, init={"item": "lamp"}, answers=shop_stubs.shop)
            assert seen.outcome.value[1] == ("dict", ("name", "a document"))
            assert stubbed.outcome.value == LAMPS and not contract_answers.calls

        def test_a_cassette_by_its_name(task_world, contract_cassette):
            with task_world(cassette=contract_cassette("lamp")) as world:
                assert world.observe(Fetch, call={"item": "lamp"}).outcome.value == LAMPS
                assert world.observe(Fetch, call={"item": "lamp"}).played == (0, 0, 0)

        def test_of_its_own(task_world, contract_cassette):
            path = contract_cassette()
            assert path.name == "test_of_its_own.yaml" and path.is_absolute()
            with task_world(answers=path) as world:
                assert world.observe(Fetch, call={"item": "sofa"}).outcome.kind == "returned"

        def test_a_cassette_by_its_path(task_world):
            with task_world(cassette="cassettes/lamp.yaml") as world:
                assert world.observe(Fetch, call={"item": "lamp"}).outcome.value == LAMPS

        def test_not_two_sorts_of_answers(task_world):
            with pytest.raises(UsageError, match="by a cassette or by other answers, not by both; give one of them"):
                with task_world(cassette="cassettes/lamp.yaml", answers={}):
                    pass

        def test_no_such_cassette(contract_cassette):
            with pytest.raises(UsageError, match="there is no cassette 'lamb'.* did you mean"):
                contract_cassette("lamb")

        def test_observe():
            seen = observe(Fetch, call={"item": "lamp"}, answers=lambda mock: mock.get(URL, json={"name": "lamp"}))
            assert seen.outcome.value == LAMPS
            assert observe(Fetch, call={"item": "lamp"}, answers=Path("cassettes/lamp.yaml")).outcome.value == LAMPS
        """
    )
    run(shop, "test_contract.py").assert_outcomes(passed=8)


@pytest.mark.parametrize("isolate", [(), ("--contract-isolate",)], ids=["here", "isolated"])
def test_declared_stubs_answer_while_judging(isolate: tuple[str, ...], shop: pytest.Pytester) -> None:
    shop.makepyprojecttoml(
        "[tool.taskcontract]\ntargets = ['shop']\n"
        "[tool.taskcontract.tasks.'shop:Fetch']\nanswers = 'shop_stubs:shop'\nvalues = { item = 'lamp' }\n"
    )
    result = run(shop, "-k", "TC201 or TC202", *isolate)
    result.assert_outcomes(passed=2)


def test_stubs_declared_in_python_answer_while_judging(shop: pytest.Pytester) -> None:
    shop.makeconftest(
        "import shop\nfrom taskcontract import contract\n"
        "contract(shop.Fetch, values={'item': 'lamp'}, answers=lambda mock, item: "
        "mock.get(f'https://shop.example/items/{item}', json={'name': item}))\n"
    )
    shop.makepyfile(
        test_contract="""
        import shop, taskcontract

        def test_it():
            taskcontract.check_task(shop.Fetch, clauses=['TC202'])
        """
    )
    run(shop, "test_contract.py").assert_outcomes(passed=1)
    result = run(shop, "--contract", "shop", "-k", "TC202", "--contract-isolate")
    assert result.ret != 0
    text = result.stdout.str() + result.stderr.str()
    assert "contract(shop:Fetch): answers is a lambda or a function inside another one" in text


# --- declaring -----------------------------------------------------------------------------------------------------------


class Declared:
    """Stands for a task."""


def test_a_function_that_can_be_imported_is_declared_by_its_name() -> None:
    contract("acme.named:Task", answers=named_cassette)
    contract("acme.kept:Task", answers=lambda mock: None)
    contract("acme.text:Task", answers="acme.stubs:create")
    config = configured(Config())
    assert config.declared("acme.named:Task")["answers"] == "taskcontract.cassettes.named:named_cassette"
    assert config.declared("acme.text:Task")["answers"] == "acme.stubs:create"
    assert config.declared("acme.kept:Task")["answers"].startswith("taskcontract:answers/")
    demand_importable(config, ["acme.named:Task", "acme.text:Task", "acme.undeclared:Task"])
    said = r"^contract\(acme.kept:Task\): answers is a lambda .* judge without --contract-isolate$"
    with pytest.raises(UsageError, match=said):
        demand_importable(config, ["acme.named:Task", "acme.kept:Task"])


@pytest.mark.parametrize("given", ["acme.stubs", "acme.stubs:", ":create", 3, True, ["a:b"], {"a": 1}])
def test_what_names_no_function_is_refused(given: object, tmp_path: Path) -> None:
    said = r'^contract\(acme.wrong:Task\): answers must name a function that writes stubs, as "module:function", not '
    with pytest.raises(ConfigError, match=said):
        contract("acme.wrong:Task", answers=given)


def test_a_file_that_names_no_function_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[tool.taskcontract.tasks."acme:Task"]\nanswers = "create_branch"\n')
    with pytest.raises(ConfigError, match=r'tasks\."acme:Task"\.answers must name a function .* not a string \(.create_branch'):
        load(file)


def test_answers_from_what_is_convenient_to_write(tmp_path: Path) -> None:
    responses = pytest.importorskip("responses")
    mock = responses.RequestsMock()
    assert answers_of(mock).stubs == answers_of(mock).stubs != ""
    assert answers_of(named_cassette) == Answers(stubs="taskcontract.cassettes.named:named_cassette")
    assert answers_of(Path("a.yaml")) == Answers(cassette=str(Path.cwd() / "a.yaml"))
    assert answers_of([(404, {"a": 1})]) == Answers(((404, '{"a": 1}'),))
    assert answers_of("text") == Answers(((200, '"text"'),))
    assert answers_of(Answers(stubs="a:b")) == Answers(stubs="a:b")


# --- cassettes by name ---------------------------------------------------------------------------------------------------


def test_a_cassette_is_looked_for_beside_the_test_then_in_the_project(tmp_path: Path) -> None:
    test, project = tmp_path / "tests" / "test_x.py", tmp_path / "recorded"
    beside = ("tests/cassettes/test_x/a.yaml", "tests/cassettes/b.json", "tests/c.yml")
    for place in (*beside, "recorded/d.yaml", "recorded/a.yaml"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("")
    for name, place in {
        "a": "tests/cassettes/test_x/a.yaml", "a.yaml": "tests/cassettes/test_x/a.yaml", "b": "tests/cassettes/b.json",
        "c": "tests/c.yml", "d": "recorded/d.yaml", "test_x/a": "tests/cassettes/test_x/a.yaml",
    }.items():  # fmt: skip
        assert named_cassette(name, test, project) == tmp_path / place
    with pytest.raises(UsageError, match=r"^there is no cassette 'e'; looked in .*test_x, .*cassettes, .*tests, .*recorded$"):
        named_cassette("e", test, project)
    with pytest.raises(UsageError, match=r"^there is no cassette 'test_x/b'.* did you mean 'test_x/a'"):
        named_cassette("test_x/b", test, project)
