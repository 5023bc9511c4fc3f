"""Projects with a folder of cassettes, written as vcrpy writes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a cassette below `cassettes` (or wherever its name leads): the path. JSON is YAML, too."""

    def putting(name: str, *, folder: str = "cassettes", headers: dict[str, str] | None = None, **metadata: Any) -> Path:
        said = {name: [value] for name, value in (headers or {}).items()}
        url = metadata.pop("url", f"https://api.acme.test/{Path(name).stem}")
        sent = metadata.pop("sent", {})
        request = {"method": "GET", "uri": url, "body": None, "headers": {n: [v] for n, v in sent.items()}}
        response = {"status": {"code": 200, "message": "OK"}, "headers": said, "body": {"string": "{}"}}
        content = {"version": 1, "interactions": [{"request": request, "response": response}]}
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**content, "taskcontract": metadata} if metadata else content))
        return path

    return putting
