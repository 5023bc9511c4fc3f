"""One exchange over HTTP in the sealed world: a request is recorded, and answered from the case or by an invention."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from taskcontract.cassettes.recording import Request, Unmatched
from taskcontract.cassettes.signatures import as_sent
from taskcontract.cassettes.stubs import StubRaised
from taskcontract.model import Answered, Effect
from taskcontract.world.canon import stable_text
from taskcontract.world.http_answers import Book, book
from taskcontract.world.http_body import as_spelt, canonical_request, read_body
from taskcontract.world.http_metadata import is_metadata, refused
from taskcontract.world.http_reply import HEADERS, PLAIN, Reply, replied, text_of
from taskcontract.world.http_status import Status
from taskcontract.world.http_twists import twisted
from taskcontract.world.inventions import ledger, marker
from taskcontract.world.state import Run, outside

__all__ = ["HEADERS", "PLAIN", "Reply", "Sent", "exchange", "finish"]

_NOTHING: Final[Mapping[str, Any]] = {}


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
            signed = as_sent(sent.method, sent.url, sent.headers, sent.body)
            run.effects[position] = replace(effect, detail=detail, signed=signed)


def exchange(run: Run, method: Any, url: Any, headers: Any, body: Any, options: Mapping[str, Any] = _NOTHING) -> Reply:
    """Record a request as an effect of `run` and give its answer.

    `body` may be anything a client takes; `options` are transport settings that differ from their defaults (`verify`, `cert`,
    `proxies`). Raises what `Run.record` raises when the run may not go on, `Refused` for a request that a cassette or stubs
    do not know, the exception that a stub gives instead of an answer, and `NoSuchMachine` for a request to the machine's own
    address, unless there are stubs.
    """
    content = read_body(body)
    method, url = _word(method).upper(), _word(url)
    spelt = as_spelt(headers)
    sent = Sent(method, url, [(name.lower(), value) for name, value in spelt], content, options)
    effect = Effect("http", stable_text(f"{method} {url}", str(run.directory)), sent, "http")
    answers = run.case.answers
    if is_metadata(url) and not answers.stubs:
        raise refused(run, url)
    if (answers.cassette or answers.stubs) and (asked := book(run)) is not None:
        number, reply = _played(run, asked, effect, Request(method, url, spelt, content or b""))
    else:
        run.record(effect)
        number = ledger(run).request(method, f"{method} {url.partition('?')[0]}", f"{method} {url} {content!r}")
        reply = _given(run, method, number)
    if answers.twist is not None and answers.twist.number == number:
        reply = twisted(run, method, reply, answers.twist)
    if run.case.inspect:
        size = 0 if reply.invented else len(reply.body)
        run.answered.append(Answered(int(reply.status), *text_of(reply), size, tuple(name for name, _ in reply.headers)))
    return reply


def _given(run: Run, method: str, number: int) -> Reply:
    """The answer from the case's documents, or an invention."""
    documents = run.case.answers.documents
    if method == "HEAD":
        return Reply(documents[min(number, len(documents) - 1)][0] if documents else Status(ledger(run), number), b"")
    if documents:
        status, text = documents[min(number, len(documents) - 1)]
        return Reply(status, text.encode())
    return Reply(Status(ledger(run), number), marker(number).encode(), invented=True)


def _played(run: Run, asked: Book, effect: Effect, request: Request) -> tuple[int, Reply]:
    """The answer of the case's cassette or stubs, and the number of the request."""
    if run.over or run.stopped is not None:
        run.record(effect)
    try:
        with asked.lock, outside():
            response, index = asked.player.answer(request)
            number = asked.count()
            run.record(effect)
            run.played.append(index)
    except Unmatched as unmatched:
        run.unmatched.append(str(unmatched))
        raise run.refuse(replace(effect, refused=True)) from unmatched
    except StubRaised as raised:
        asked.count()
        run.record(effect)
        run.played.append(raised.index)
        raise raised.error from None
    return number, replied(request.method, response)


def _word(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
