"""Every place in which a service and a task may leave a credential, recorded for real: it is in no file that was written."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import zlib
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

PLACES = [
    "request header, bearer",
    "request header, basic (base64)",
    "request header of its own",
    "request header, digest",
    "request cookie",
    "query",
    "path",
    "userinfo in a URL",
    "JSON",
    "JSON in JSON",
    "form",
    "multipart",
    "request body, raw",
    "request body, base64",
    "request body, gzip",
    "response cookie",
    "response header",
    "response JSON",
    "response text",
    "response, base64",
    "response, URL-escaped",
    "response, JSON-escaped",
    "response, gzip",
    "response, gzip in base64",
]


def texts(tree: Any) -> list[bytes]:
    if isinstance(tree, dict):
        return [text for pair in tree.items() for each in pair for text in texts(each)]
    if isinstance(tree, list):
        return [text for each in tree for text in texts(each)]
    return [tree if isinstance(tree, bytes) else str(tree).encode()]


def opened(data: bytes, deep: int = 3) -> list[bytes]:
    """What anyone would try, written without a look at how the harness does it."""
    found, text = [data], data.decode("latin-1")
    if data[:2] == b"\x1f\x8b":
        return [*found, *opened(zlib.decompressobj(31).decompress(data), deep - 1)]
    if deep:
        unescaped = re.sub(r"\\u(....)", lambda letter: chr(int(letter[1], 16)), text).replace("\\", "")
        for plain in (unescaped, html.unescape(unquote(text, "latin-1"))):
            found += opened(plain.encode("latin-1", "replace"), deep - 1) if plain != text else []
        for word in re.findall(rb"[A-Za-z0-9+/_-]{8,}", data):
            word = word.replace(b"-", b"+").replace(b"_", b"/")
            starts = (word[start:] for start in range(4))
            tried = [base64.b64decode(each[: len(each) // 4 * 4]) for each in starts]
            tried.append(base64.b64decode(word + b"=" * (-len(word) % 4)) if len(word) % 4 != 1 else b"")
            found += [inner for each in tried for inner in (opened(each, 1) if each[:2] == b"\x1f\x8b" else [each])]
    return found


def planted(token: str, content: bytes) -> bool:
    digest = hashlib.sha256(token.encode()).hexdigest().encode()
    everything = [content, *texts(yaml.safe_load(content))]
    return any(token.encode() in plain or digest in plain for text in everything for plain in opened(text))


@pytest.mark.parametrize("place", PLACES)
def test_a_planted_credential_is_in_no_file(place: str, project: Any, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", service.token)
    credential = {"argument": "token", "env": ["ACME_TOKEN"]}
    project.record("Plant", {"place": place}, values={"url": service.url}, credential=credential)
    assert list(project.files) == ["cassettes/recorded_tasks.Plant.yaml"]
    content = project.files["cassettes/recorded_tasks.Plant.yaml"]
    assert not planted(service.token, content)
    assert not planted(service.token, json.dumps(project.said).encode()), "nor on the screen"
    recorded = yaml.safe_load(content)
    assert len(recorded["interactions"]) == 1
    assert recorded["taskcontract"]["values"] == {"url": service.url, "place": place, "token": "{{token}}"}
    assert recorded["interactions"][0]["request"]["headers"]["X-Acme-Key"] == ["{{token}}"]


@pytest.mark.parametrize("place", PLACES)
def test_the_test_itself_sees_what_is_planted(place: str, service: Any, project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without scrubbing, each place shows its credential to this file's own eyes."""
    import taskcontract.record as recording
    from taskcontract.cassettes.scrub import Scrubbed

    monkeypatch.setattr(recording, "scrub", lambda whole, known: Scrubbed(whole, known))
    monkeypatch.setattr(recording, "gate", lambda *_: None)
    project.record("Plant", {"place": place, "token": service.token}, values={"url": service.url})
    content = project.files["cassettes/recorded_tasks.Plant.yaml"].replace(b"X-Acme-Key:\n", b"")
    document = yaml.safe_load(content)
    for interaction in document["interactions"]:
        interaction["request"]["headers"].pop("X-Acme-Key", None)
    document["taskcontract"]["values"].pop("token")
    assert planted(service.token, yaml.safe_dump(document).encode()), place


def test_json_and_yaml_alike(project: Any, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    output = project.root / "made" / "plant.json"
    project.record("Plant", {"place": "response JSON", "token": service.token, "url": service.url}, output=output)
    assert list(project.files) == ["made/plant.json"]
    assert service.token not in json.dumps(json.loads(output.read_text()), ensure_ascii=False)
    assert json.loads(json.loads(output.read_text())["interactions"][0]["response"]["body"]["string"]) == {"note": "{{token}}"}
