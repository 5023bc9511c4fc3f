"""Tests against real servers and their recordings, in the environment that has the clients: `./test tests/services`."""

from __future__ import annotations

import importlib.util

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--configurations",
        type=int,
        default=0,
        metavar="N",
        help="generated configurations of each recorded task (default: few)",
    )


def pytest_configure(config: pytest.Config) -> None:
    if importlib.util.find_spec("moto") is None:
        raise pytest.UsageError(
            "tests/services need servers and clients that are not in this environment: ./test tests/services"
        )
