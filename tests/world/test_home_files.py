"""What a run finds in its home, what it is seen to ask for there, and whose code asked."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from taskcontract.model import Case, Observation, Read, TaskRef
from taskcontract.testing import observe
from taskcontract.world import state
from taskcontract.world.files import furnish

Asking = Callable[..., Observation]


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """Observes a task whose `run` is given as text, with these files in its home."""

    def run(body: str, **case: Any) -> Observation:
        file = tmp_path / "asking_tasks.py"
        lines = "\n".join(f"        {line}" for line in dedent(body).strip().splitlines())
        head = "import os, netrc\nfrom pathlib import Path\nfrom prefect import Task\n"
        file.write_text(f"{head}class Ask(Task):\n    def run(self):\n{lines}\n")
        return observe(f"{file}:Ask", **case)

    return run


def files(seen: Observation) -> list[str]:
    """The files it asked for, each once."""
    return list(dict.fromkeys(r.name for r in seen.reads if r.kind == "file"))


def test_a_file_is_there_for_its_owner_alone_and_is_no_change_of_the_runs(asking: Asking) -> None:
    seen = asking(
        "path = Path.home() / '.acme/token'\nreturn path.read_text(), oct(path.stat().st_mode & 0o777)",
        home={".acme/token": "text of it"},
    )
    assert seen.outcome.value == ("tuple", "text of it", "0o600")
    assert files(seen) == ["~/.acme/token"]
    assert seen.changes == ()
    assert seen.effects == ()


def test_it_is_gone_in_the_next_run(asking: Asking) -> None:
    body = "return (Path.home() / '.acme').exists()"
    assert asking(body, home={".acme/token": "x"}).outcome.value is True
    assert asking(body).outcome.value is False


@pytest.mark.parametrize(
    "question",
    [
        "os.path.exists(os.path.expanduser('~/.acme.ini'))",
        "(Path.home() / '.acme.ini').is_file()",
        "os.access(Path.home() / '.acme.ini', os.R_OK)",
        "os.path.isfile(os.fsencode(Path.home() / '.acme.ini'))",
        "os.path.exists('.home/.acme.ini')",
        "os.path.getsize(Path.home() / '.acme.ini') > 5",
    ],
)
def test_asking_whether_there_is_one_is_seen(asking: Asking, question: str) -> None:
    without = asking(f"try:\n    return {question}\nexcept OSError:\n    return False")
    assert (files(without), without.outcome.value) == (["~/.acme.ini"], False)
    assert asking(f"return {question}", home={".acme.ini": "[a]\nb=1\n"}).outcome.value is True


def test_what_is_not_in_the_home_is_not_told_as_if_it_were(asking: Asking) -> None:
    assert files(asking("return os.path.exists('/usr/.home'), os.path.exists('x.home')")) == []


def test_a_path_that_leads_out_of_the_home_is_a_mistake_of_the_case(asking: Asking) -> None:
    seen = asking("return 1", home={"../.acme": "x"})
    assert seen.phase == "setup"
    assert seen.outcome.text == "../.acme is no file in the run's home: give its path relative to that"


def test_the_same_mistake_where_nobody_observes(tmp_path: Path) -> None:
    run = state.Run(Case(TaskRef("m", "T"), home=(("/etc/passwd", "x"),)), tmp_path)
    with pytest.raises(ValueError, match="/etc/passwd is no file in the run's home"):
        furnish(run)


def test_what_python_can_do_with_a_stat_it_still_can() -> None:
    assert {os.stat in known for known in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks)} == {True}
    assert os.access in os.supports_dir_fd


def test_who_asks_is_whose_code_it_is_past_the_standard_library(asking: Asking) -> None:
    body = "os.path.exists(os.path.expanduser('~/.one'))\nos.environ.get('ACME')\nnetrc.netrc(Path.home() / '.two')"
    seen = asking(body, home={".two": "machine a login b password c\n"})
    own = seen.reads[0].by
    assert own.endswith("asking_tasks")
    asked = {(r.kind, r.name): r.by for r in seen.reads}
    assert asked["file", "~/.one"] == asked["env", "ACME"] == asked["file", "~/.two"] == own


@pytest.fixture
def decouple(tmp_path: Path) -> Iterator[None]:
    """A library that looks settings up for whoever calls it."""
    file = tmp_path / "decouple.py"
    file.write_text("import os\ndef config(name):\n    return os.environ.get(name)\n")
    spec = importlib.util.spec_from_file_location("decouple", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["decouple"] = module
    spec.loader.exec_module(module)
    yield
    del sys.modules["decouple"]


@pytest.mark.usefixtures("decouple")
def test_who_asks_through_a_library_for_settings_asks_himself(asking: Asking) -> None:
    (read,) = (r for r in asking("import decouple\nreturn decouple.config('ACME')").reads if r.name == "ACME")
    assert read.by.endswith("asking_tasks")


def test_what_a_client_asks_for_is_the_clients(asking: Asking) -> None:
    body = "import requests\nreturn requests.get('https://api.acme.test/me').json()['name']"
    seen = asking(body, home={".netrc": "machine api.acme.test login someone password unmistakable\n"})
    assert [r.by for r in seen.reads if r.name == "~/.netrc"][:1] == ["requests.utils"]
    assert "authorization" in str(seen.effects[0].detail)


def test_who_asked_makes_no_difference_between_reads() -> None:
    assert Read("env", "ACME", by="acme.tasks") == Read("env", "ACME", by="acmecloud")


def test_the_home_is_as_it_was_when_a_host_process_asks(tmp_path: Path) -> None:
    folder = tmp_path / ".home"
    folder.mkdir()
    assert os.path.exists(folder)
    shutil.rmtree(folder)
    assert not os.path.exists(folder)
