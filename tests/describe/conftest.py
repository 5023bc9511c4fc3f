"""Describes tasks that a test writes down."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from taskcontract.describe import describe
from taskcontract.discover import discover
from taskcontract.model import TaskRef, TaskSpec

Describe = Callable[..., TaskSpec]
_count = itertools.count()

HEAD = """\
from __future__ import annotations
import json, os, re, enum, uuid, datetime
from pathlib import Path
from typing import Any, List, Literal, Optional
import prefect
from prefect import Task, task
from prefect.client import Secret
from prefect.utilities.tasks import defaults_from_attrs
"""


@pytest.fixture
def spec(tmp_path: Path) -> Iterator[Describe]:
    """`spec(source)` describes the task `T` (or another name) of a module with that source."""
    before = list(sys.path)

    def describing(source: str, name: str = "T", declared: Mapping[str, Any] | None = None) -> TaskSpec:
        path = tmp_path / f"described{next(_count)}.py"
        path.write_text(HEAD + dedent(source))
        (ref,) = discover(f"{path}:{name}")
        assert isinstance(ref, TaskRef)
        return describe(ref, declared=declared)

    yield describing
    sys.path[:] = before
