"""One exchange over HTTP in the sealed world: a request is recorded, and answered from the case or by an invention."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.client import responses
from typing import Any, Final

from taskcontract.model import Effect
from taskcontract.world.canon import stable_text
from taskcontract.world.http_body import canonical_request, header_pairs, read_body
from taskcontract.world.http_status import Status
from taskcontract.world.inventions import ledger, marker
from taskcontract.world.state import Run

HEADERS: Final = {"Content-Type": "application/json"}
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client hands to the task. `status` is a `Status` while the answer is being explored."""

    status: int
    body: bytes

    @property
    def reason(self) -> str:
        return responses.get(int(self.status), "Unknown")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it was sent: an effect's detail until the run is over and there is time for its canonical form."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes | None
    options: Mapping[str, Any]

    def __taskcontract_canon__(self, sub: Callable[[Any], Any]) -> Any:
        return canonical_request(self.method, self.url, self.headers, self.body, self.options)


def finish(run: Run) -> None:
    """Give every request that `run` recorded its canonical form; to be called once it is over."""
    directory = str(run.directory)
    for position, effect in enumerate(run.effects):
        if isinstance(effect.detail, Sent):
            sent = effect.detail
            detail = canonical_request(sent.method, sent.url, sent.headers, sent.body, sent.options, directory)
            run.effects[position] = replace(effect, detail=detail)


def exchange(run: Run, method: Any, url: Any, headers: Any, body: Any, options: Mapping[str, Any] = _NOTHING) -> Reply:
    """Record a request as an effect of `run` and give its answer.

    `body` may be anything a client takes; `options` are transport settings that differ from their defaults (`verify`, `cert`,
    `proxies`). Raises what `Run.record` raises when the run may not go on.
    """
    content = read_body(body)
    method, url = _word(method).upper(), _word(url)
    sent = Sent(method, url, header_pairs(headers), content, options)
    run.record(Effect("http", stable_text(f"{method} {url}", str(run.directory)), sent, "http"))
    number = ledger(run).request(method, f"{method} {url.partition('?')[0]}", f"{method} {url} {content!r}")
    documents = run.case.answers.documents
    if method == "HEAD":
        return Reply(documents[min(number, len(documents) - 1)][0] if documents else Status(ledger(run), number), b"")
    if documents:
        status, text = documents[min(number, len(documents) - 1)]
        return Reply(status, text.encode())
    return Reply(Status(ledger(run), number), marker(number).encode())


def _word(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
