"""The plugin and the test helpers with the engine itself, on a small library: what a contributor's project sees."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

_LIBRARY = '''
import faulthandler
import os

import requests
from prefect import Task, task
from prefect.client import Secret
from prefect.utilities.tasks import defaults_from_attrs


class Fetch(Task):
    """Fetches an item.

    Args:
        - item (str, optional): the item's name
        - **kwargs (dict, optional): options of the task
    """

    def __init__(self, item: str = None, **kwargs):
        self.item = item
        super().__init__(**kwargs)

    @defaults_from_attrs("item")
    def run(self, item: str = None) -> dict:
        """Fetches an item.

        Args:
            - item (str, optional): the item's name, unless given at construction

        Raises:
            - ValueError: if there is no item
        """
        if item is None:
            raise ValueError("An item must be provided")
        return requests.get(f"https://shop.example/items/{item}").json()


class Deaf(Fetch):
    """Ignores what the call says."""

    def run(self, item: str = None) -> dict:
        if self.item is None:
            raise ValueError("An item must be provided")
        return requests.get(f"https://shop.example/items/{self.item}").json()


class Leaves(Fetch):
    """Takes the process with it."""

    def run(self, item: str = None) -> dict:
        faulthandler._sigsegv()


class Signed(Task):
    """Uses a secret and the environment."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def run(self) -> str:
        return f"{Secret('SHOP_TOKEN').get()} in {os.environ.get('SHOP_REGION')}"


@task
def shout(word: str) -> str:
    return word.upper()
'''


@pytest.fixture
def shop(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a task library called `shop`."""
    (pytester.path / "shop.py").write_text(_LIBRARY)
    pytester.makepyprojecttoml("[project]\nname = 'shop'\n")
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A run of pytest in a process of its own, so that the sealed world is not laid around this suite."""
    return project.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments)


def test_the_cells_of_pytest_are_those_of_the_command_line(shop: pytest.Pytester) -> None:
    chosen = ["TC101", "TC102", "TC202", "TC210", "TC301"]
    command = [sys.executable, "-m", "taskcontract", "check", "shop:Deaf", "--json", "report.json"]
    command += [word for clause in chosen for word in ("--clause", clause)]
    subprocess.run(command, cwd=shop.path, capture_output=True, check=False)
    cells = json.loads((shop.path / "report.json").read_text())["cells"]
    told = {(cell["task"], cell["clause"], cell["verdict"]) for cell in cells if cell["verdict"] != "not-applicable"}

    options = [word for clause in chosen for word in ("--contract-clause", clause)]
    run(shop, "--contract", "shop:Deaf", *options, "--junitxml", "junit.xml")
    cases = ElementTree.parse(shop.path / "junit.xml").getroot().findall(".//testcase")
    judged = {
        (str(case.get("classname")), str(case.get("name")), str(found.get("value")))
        for case in cases
        for found in case.findall("properties/property")
    }
    assert judged == told
    assert ("shop:Deaf", "TC202", "violated") in judged


def test_reproductions_run_as_they_stand(shop: pytest.Pytester) -> None:
    result = run(shop, "--contract", "shop:Deaf", "--contract-clause", "TC202")
    lines = result.outlines
    begin = lines.index("    reproduce:") + 1
    end = next(n for n, line in enumerate(lines) if line.startswith("  The rule"))
    script = Path(shop.path / "reproduce.py")
    script.write_text("\n".join(lines[begin:end]))
    done = subprocess.run([sys.executable, str(script)], cwd=shop.path, capture_output=True, text=True, check=False)
    assert "AssertionError" in done.stderr, done.stderr
    assert "https://shop.example/items/" in done.stdout


def test_isolated_judging_survives_a_task_that_does_not(shop: pytest.Pytester) -> None:
    targets = ["--contract", "shop:Leaves", "--contract", "shop:Fetch"]
    options = ["--contract-isolate", "--contract-clause", "TC201", "--contract-clause", "TC202", "-rs"]
    result = run(shop, *targets, *options)
    result.assert_outcomes(passed=2, skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED * unproven: *"])


def test_isolated_judging_of_single_cells_in_two_processes(shop: pytest.Pytester) -> None:
    options = ["--contract-isolate", "--contract-clause", "TC201", "--contract-clause", "TC301", "-n", "2"]
    run(shop, "--contract", "shop:Fetch", *options).assert_outcomes(passed=2)


def test_a_function_is_called_for_each_cell(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        test_contract="""
        from shop import Deaf, Fetch
        from taskcontract import parametrize_contract

        @parametrize_contract(Fetch, Deaf, "shop_lost:Task", clauses=["TC101", "TC202"])
        def test_contract(check):
            assert check().clause in ("TC101", "TC202")
        """,
        shop_lost="raise OSError('disk is full')",
    )
    result = run(shop, "test_contract.py", "-rA")
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(
        [
            "PASSED test_contract.py::test_contract[[]shop:Fetch-TC101[]]",
            "FAILED test_contract.py::test_contract[[]shop:Deaf-TC202[]]*",
        ]
    )
    result.stdout.fnmatch_lines(["*shop_lost could not be imported:", "*OSError: disk is full*"])


def test_a_decorated_function_without_the_argument_is_told_what_to_add(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        test_contract="""
        from shop import Fetch
        from taskcontract import parametrize_contract

        @parametrize_contract(Fetch)
        def test_contract(): pass
        """
    )
    result = run(shop, "test_contract.py")
    assert result.ret != 0
    said = result.stdout.str() + result.stderr.str()
    assert "@parametrize_contract hands each cell to an argument called `check`: add it" in said


def test_one_call_judges_one_task(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        test_contract="""
        import pytest
        from shop import Deaf, Fetch, shout
        from taskcontract import check_task
        from taskcontract.errors import UsageError

        def test_holds():
            cells = check_task(Fetch, clauses=["TC101", "TC202", "TC301"], profile="quick")
            assert [(cell.clause, cell.verdict) for cell in cells] == [(c, "holds") for c in ("TC101", "TC202", "TC301")]

        def test_violated():
            with pytest.raises(AssertionError, match=r"shop:Deaf TC202: violated\\n  item: .*") as caught:
                check_task(Deaf, clauses=["run-value-wins"])
            assert "reproduce:" in str(caught.value)

        def test_function_task_and_text():
            assert {cell.task for cell in check_task(shout, profile="quick")} == {"shop:shout"}
            assert check_task("shop:Fetch", clauses=["TC101"])[0].task == "shop:Fetch"

        def test_no_such_clause():
            with pytest.raises(UsageError, match="no clause is called 'TC999'"):
                check_task(Fetch, clauses=["TC999"])
        """
    )
    run(shop, "test_contract.py").assert_outcomes(passed=4)


def test_declarations_in_python_count(shop: pytest.Pytester) -> None:
    shop.makeconftest(
        """
        from shop import Fetch
        from taskcontract import contract

        contract(Fetch, values={"item": "declared-item"})
        """
    )
    shop.makepyfile(
        test_contract="""
        from taskcontract.judging import Judge

        def test_declared():
            judge = Judge.of(("shop:Fetch",))
            assert judge.tasks["shop:Fetch"].declared == {"values": {"item": "declared-item"}}
        """
    )
    run(shop, "test_contract.py").assert_outcomes(passed=1)


def test_the_fixtures_show_single_runs(shop: pytest.Pytester) -> None:
    shop.makepyfile(
        test_contract="""
        import pytest
        from shop import Fetch, Signed
        from taskcontract import observe

        def test_answers(task_world):
            with task_world(answers=[(200, {"price": 3})]) as world:
                seen = world.observe(Fetch, init={"item": "lamp"})
                again = world.observe(Fetch, init={"item": "lamp"}, call={"item": "sofa"}, answers={"price": 4})
            assert seen.outcome.value == ("dict", ("price", 3))
            assert again.outcome.value == ("dict", ("price", 4))
            assert [effect.what for effect in again.effects] == ["GET https://shop.example/items/sofa"]

        def test_secrets_and_environment(task_world, contract_secrets, contract_env):
            contract_secrets["SHOP_TOKEN"] = "canary"
            contract_env["SHOP_REGION"] = "north"
            with task_world() as world:
                assert world.observe(Signed).outcome.value == "canary in north"
            with task_world(secrets={"SHOP_TOKEN": "other"}, env={"SHOP_REGION": "south"}) as world:
                assert world.observe(Signed).outcome.value == "other in south"

        def test_a_secret_that_is_not_there(task_world):
            with task_world() as world:
                assert world.observe(Signed).outcome.type == "ValueError"

        def test_observe():
            seen = observe("shop:Fetch", call={"item": "lamp"}, answers=[(404, {"error": "gone"})])
            assert seen.reached and seen.effects[0].what == "GET https://shop.example/items/lamp"
            assert observe(Fetch).outcome.is_a("ValueError")
        """
    )
    run(shop, "test_contract.py").assert_outcomes(passed=4)
