"""What `botocore` reads of its own package is read once for all runs; what a run puts beside it is found all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
import pytest

from taskcontract.world.http import HttpLayer


def _services(*folders: str) -> list[str]:
    loader: Any = botocore.loaders.Loader(extra_search_paths=list(folders))
    found: list[str] = loader.list_available_services("service-2")
    return found


def _operations() -> list[str]:
    session: Any = botocore.session.get_session()
    model: dict[str, Any] = session.get_service_model("sqs")._service_description["operations"]
    return sorted(model)


def test_a_second_run_parses_nothing(sealed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    HttpLayer().install()
    parsed: list[int] = []
    real = json.loads

    def counted(text: Any, *args: Any, **kwargs: Any) -> Any:
        parsed.append(len(text))
        return real(text, *args, **kwargs)

    first = sealed(lambda: (_operations(), _services()))
    monkeypatch.setattr(botocore.loaders.json, "loads", counted)
    second = sealed(lambda: (_operations(), _services()))
    assert second.value == first.value and "SendMessage" in str(first.value)
    assert parsed == []
    botocore.loaders.Loader().load_service_model("sqs", "service-2")
    assert parsed  # outside a run nothing is kept


def test_what_a_run_puts_beside_it_is_found(sealed: Any) -> None:
    HttpLayer().install()

    def run() -> Any:
        place = Path("models/acme/2020-01-01")
        place.mkdir(parents=True)
        (place / "service-2.json").write_text('{"metadata": {"apiVersion": "2020-01-01"}}')
        loader: Any = botocore.loaders.Loader(extra_search_paths=[str(Path("models").absolute())])
        return "acme" in _services(str(Path("models").absolute())), json.dumps(loader.load_service_model("acme", "service-2"))

    assert sealed(run).value == ("tuple", True, '{"metadata": {"apiVersion": "2020-01-01"}}')
    assert "acme" not in sealed(_services).value
    assert "acme" not in _services()
