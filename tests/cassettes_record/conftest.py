"""A service that wants a token, on 127.0.0.1, and a project to record its tasks in."""

from __future__ import annotations

import base64
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from taskcontract.config import Config
from taskcontract.describe import describe
from taskcontract.frameworks import installed_framework
from taskcontract.loading import import_file, module_name_of
from taskcontract.model import TaskRef
from taskcontract.record import Mode, Request, record
from taskcontract.record.consent import Consent

TOKEN = 'kX7/pa+ss "word" 9!'
ACCEPTED = Consent(infer=True, anonymous=True)
FILE = Path(__file__).with_name("recorded_tasks.py")

Answer = tuple[dict[str, str], bytes]


def _json(document: object, **headers: str) -> Answer:
    return {"Content-Type": "application/json", **headers}, json.dumps(document).encode()


RESPONSES: dict[str, Callable[[str], Answer]] = {
    "response cookie": lambda t: ({"Set-Cookie": f"session={quote(t, safe='')}; Path=/; HttpOnly"}, b"{}"),
    "response header": lambda t: ({"X-Issued": t}, b"{}"),
    "response JSON": lambda t: _json({"note": t}),
    "response text": lambda t: ({"Content-Type": "text/plain"}, f"your key is {t}".encode()),
    "response, base64": lambda t: _json({"content": base64.b64encode(f"key={t}".encode()).decode()}),
    "response, URL-escaped": lambda t: _json({"next": f"https://api.acme.com/?k={quote(t, safe='')}"}),
    "response, JSON-escaped": lambda t: ({}, ('{"a": "' + "".join(f"\\u{ord(c):04x}" for c in t) + '"}').encode()),
    "response, gzip": lambda t: ({"Content-Encoding": "gzip"}, gzip.compress(json.dumps({"a": t}).encode())),
    "response, gzip in base64": lambda t: _json({"zip": base64.b64encode(gzip.compress(t.encode())).decode()}),
    "session": lambda t: _json({"access_token": "issued-8h3f9shf93"}, **{"Set-Cookie": "sid=abcDEF123456; Path=/"}),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        service: Service = self.server.service  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with service.lock:
            service.seen.append(self.path)
            number = service.seen.count(self.path)
        path = self.path.partition("?")[0]
        status, (headers, body) = 200, _json({"path": self.path, **service.extra})
        place = self.headers.get("X-Place")
        if place is not None and self.headers.get("X-Acme-Key") != TOKEN:
            status, (headers, body) = 401, _json({"message": "bad key"})
        elif place in RESPONSES:
            headers, body = RESPONSES[place](TOKEN)
        elif path == "/cut":
            self.close_connection = True
            self.connection.close()
            return
        elif path == "/slow":
            time.sleep(1.5)
        elif path == "/refused" or (path == "/flaky" and number < 3):
            status = 503
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


@dataclass
class Service:
    """The running service: where it is, the paths it was asked for, and what it adds to its answers."""

    url: str = ""
    token: str = TOKEN
    seen: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def service() -> Iterator[Service]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        running = Service(f"http://127.0.0.1:{server.server_port}")
        server.service = running  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        server.shutdown()
        thread.join()


@dataclass
class Project:
    """A project with an empty folder of cassettes."""

    root: Path
    said: list[str] = field(default_factory=list)

    def record(
        self,
        task: str,
        given: Mapping[str, Any] | None = None,
        mode: Mode = "once",
        call: Mapping[str, Any] | None = None,
        output: Path | None = None,
        consent: Consent = ACCEPTED,
        **declared: Any,
    ) -> Path:
        """Record a task of `recorded_tasks.py`; what is printed is kept in `said`."""
        import_file(FILE)
        ref = TaskRef(module_name_of(FILE), task, str(FILE), 1, path=str(FILE))
        framework = installed_framework()
        spec = describe(ref, framework, declared)
        config = Config(root=self.root, tasks={ref.id: declared})
        self.said.clear()
        asked = Request(spec, config, given or {}, call or {}, mode, str(output) if output else None, consent)
        return record(asked, framework, self.said.append)

    @property
    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("TOKEN", "ACME_TOKEN", "RECORDED_TASKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path)
