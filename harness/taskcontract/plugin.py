"""The pytest plugin's front door: options, fixtures, and the decision whether there is anything to do.

Installed means loaded in every pytest run of that environment, so this file imports pytest, the standard library and nothing
else. Only when a contract is asked for, by `--contract`, by a node id, or by `targets` in `[tool.taskcontract]`, is the rest
of the harness imported and `pytest_items.Judging` registered, which collects and judges.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from taskcontract.fixtures import contract_answers, contract_cassette, contract_env, contract_secrets, task_world

__all__ = ["contract_answers", "contract_cassette", "contract_env", "contract_secrets", "task_world"]

_NODE_ID = re.compile(r"(?P<task>[A-Za-z_][\w.]*(?::[A-Za-z_][\w.]*)?)(?:::(?P<clause>TC\d{3}|import))?")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --help` shows these under their own heading."""
    group = parser.getgroup("contract", "contracts of Prefect tasks (taskcontract)")
    group.addoption(
        "--contract",
        action="append",
        default=[],
        metavar="TARGET",
        help="judge the tasks of a module, package, module:Class, file or folder; can be repeated",
    )
    group.addoption(
        "--contract-clause",
        action="append",
        default=[],
        metavar="CODE",
        help="only this clause: TC202, run-value-wins, or TC2 for a family; can be repeated",
    )
    group.addoption("--contract-profile", metavar="P", help="how many examples to spend: quick, default or thorough")
    group.addoption("--contract-seed", type=int, metavar="N", help="the seed of the search; the same seed judges the same")
    group.addoption("--contract-strict", action="store_true", help="fail what is unproven, and advice that is not followed")
    group.addoption(
        "--contract-isolate", action="store_true", help="judge in sealed worker processes that a task may ruin, not in this one"
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register what judges, if there is something to judge."""
    config.addinivalue_line("markers", "contract(*tasks, clauses, profile, seed): set by @taskcontract.parametrize_contract")
    node_ids = _take_node_ids(config)
    targets = config.getoption("--contract")
    if not (targets or node_ids or _is_configured(config.rootpath)):
        return
    from taskcontract.pytest_items import Judging

    config.pluginmanager.register(Judging(config, node_ids), "taskcontract-judging")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test function marked by `@parametrize_contract` one call for each task and clause."""
    markers = list(metafunc.definition.iter_markers("contract"))
    if markers:
        from taskcontract.pytest_cells import parametrize

        parametrize(metafunc, markers)


def _take_node_ids(config: pytest.Config) -> list[tuple[str, str]]:
    """Node ids of contract items among the arguments, as (task, clause or ''); pytest would look for files of that name."""
    taken = []
    for argument in list(config.args):
        match = _NODE_ID.fullmatch(argument)
        if match and ":" in argument and not (config.invocation_params.dir / argument.partition("::")[0]).exists():
            config.args.remove(argument)
            taken.append((match["task"], match["clause"] or ""))
    return taken


def _is_configured(root: Path) -> bool:
    """Whether a pyproject.toml may configure targets; parsing it is left to whoever needs to know."""
    for folder in (root, *root.parents):
        try:
            text = (folder / "pyproject.toml").read_bytes()
        except OSError:
            continue
        if b"tool.taskcontract" in text:
            return True
    return False
