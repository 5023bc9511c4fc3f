"""A secret that nobody set has the form that the recording's had: a client that takes it apart can work."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taskcontract.cassettes.load import load
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.cassettes.save import save
from taskcontract.clauses.marks import secret_planted
from taskcontract.config import Config
from taskcontract.engine.session import Session
from taskcontract.engine.settings import Settings
from taskcontract.errors import CassetteError
from taskcontract.frameworks import installed_framework
from taskcontract.loading import import_file
from taskcontract.model import Answers, Case, TaskRef, TaskSpec, Value
from taskcontract.values.make import alternative
from taskcontract.world.observe import World

LIBRARY = '''
import base64
import prefect
import requests
from prefect.client.secrets import Secret


class Fetch(prefect.Task):
    """Fetches from an account.

    Args:
        - connection_secret (str): the name of the secret with the connection string
    """

    def run(self, connection_secret="ACME_CONNECTION"):
        parts = dict(part.split("=", 1) for part in Secret(connection_secret).get().split(";"))
        key = base64.b64decode(parts["AccountKey"], validate=True)
        headers = {"Authorization": f"SharedKey {parts['AccountName']}:{len(key)}"}
        return requests.get(f"https://{parts['AccountName']}.acme.example/list", headers=headers).json()
'''
SHAPE = "AccountName=recorded;AccountKey=<base64 64>"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("planting")
    (root / "planted_tasks.py").write_text(LIBRARY)
    said = Interaction(
        Request("GET", "https://recorded.acme.example/list"),
        Response(200, (("Content-Type", "application/json"),), b'{"items": [1]}'),
    )
    save(Recording((said,), credentials={"ACME_CONNECTION": SHAPE}), root / "shaped.yaml")
    save(Recording((said,)), root / "plain.yaml")
    return root


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World(installed_framework())
    yield made
    made.close()


def observed(world: World, project: Path, cassette: str, **more: Any) -> Any:
    file = project / "planted_tasks.py"
    ref = TaskRef(import_file(file).__name__, "Fetch", str(file), 1, path=str(file))
    return world.observe(Case(ref, answers=Answers(cassette=str(project / cassette)), **more))


def test_the_client_takes_it(world: World, project: Path) -> None:
    assert observed(world, project, "shaped.yaml").outcome.value == ("dict", ("items", ("list", 1)))
    other = (("connection_secret", Value("'ANOTHER'")),)
    seen = observed(world, project, "shaped.yaml", call=other)
    assert seen.outcome.value == ("dict", ("items", ("list", 1))), "of another name, too: only one was recorded"
    assert [read.name for read in seen.reads if read.kind == "secret"] == ["ANOTHER"]
    assert observed(world, project, "shaped.yaml", any_secret=("ACME_CONNECTION",)).outcome.kind == "returned"


def test_it_does_not_take_a_text(world: World, project: Path) -> None:
    assert observed(world, project, "plain.yaml").outcome.type == "ValueError"
    assert observed(world, project, "shaped.yaml", any_secret=False).outcome.kind == "raised", "what is not there is not there"


def test_judging_knows_by_what_it_is_known(project: Path) -> None:
    config = Config(root=project, cassettes=".", tasks={"x:Fetch": {"cassette": "shaped.yaml"}})
    session = Session(Settings(("planted_tasks",), config=config))
    declared = session._declared(TaskRef("x", "Fetch"))
    assert declared["credentials"] == {"ACME_CONNECTION": SHAPE}
    spec = TaskSpec(TaskRef("x", "Fetch"), declared=declared)
    word, whole, key = secret_planted(spec, "ACME_CONNECTION")
    assert word == "secret-of-ACME_CONNECTION" and whole == f"AccountName=recorded;AccountKey={key}"
    assert base64.b64decode(key).startswith(word.encode()) and len(base64.b64decode(key)) == 64
    assert secret_planted(TaskSpec(TaskRef("x", "Fetch")), "ACME") == ("secret-of-ACME",)


def test_another_value_for_a_structured_one_keeps_its_structure() -> None:
    one = Value.of("postgresql://joe:sesame12@db.example/main", "declared")
    made = [alternative(one, "dsn", n).code for n in (1, 2)]
    assert len({one.code, *made}) == 3
    assert all(code.startswith("'postgresql://joe:dsn-") and code.endswith("@db.example/main'") for code in made)


@pytest.mark.parametrize("wrong", ["[1]", "{A: 1}"])
def test_shapes_in_a_cassette_that_are_none(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(f"interactions: []\nversion: 1\ntaskcontract:\n  credentials: {wrong}\n")
    with pytest.raises(CassetteError, match=r"`taskcontract\.credentials` is not as it is written; it must map names to texts"):
        load(path)
