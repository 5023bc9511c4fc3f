"""Stubs written with `responses`, by name, as the player of one run.

A contributor writes a function that is called with a fresh `responses.RequestsMock` and fills it:

    def create_branch(mock, repo):
        mock.get(f"https://api.example.com/repos/{repo}/git/refs/heads", json=[])

What it registers answers the requests of every client, not of `requests` alone: matchers, callbacks, several answers in
order and exceptions as bodies mean what they mean there. Functions are known as "module:function", so that worker processes
find them; what cannot be imported by such a name is kept in this process under a number.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from taskcontract.cassettes.recording import Request, Response, Unmatched
from taskcontract.code_values import importable
from taskcontract.errors import UsageError

KEPT: Final = "taskcontract:answers/"
"""How the names of stubs begin that only this process knows."""

_NAME: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")

_kept: dict[str, Any] = {}
_numbers: list[int] = [0]


class StubRaised(Exception):
    """The answer of a stub is an exception: `error`, which the client shall raise; `index` is the stub's."""

    def __init__(self, error: Exception, index: int) -> None:
        super().__init__(f"stub {index} answers with {type(error).__name__}")
        self.error, self.index = error, index


# --- by name -------------------------------------------------------------------------------------------------------------


def is_name(text: str) -> bool:
    """Whether `text` can be the name of stubs: "module:function", or one that `name_of` gave."""
    return _NAME.fullmatch(text) is not None or text in _kept


def name_of(stubs: Any) -> str:
    """The name of a function that writes stubs, or of a mock that holds them; what has none is kept under a number."""
    if inspect.isroutine(stubs) and importable(stubs):
        return f"{stubs.__module__}:{stubs.__qualname__}"
    known = next((name for name, kept in _kept.items() if kept is stubs), None)
    if known is None:
        known = f"{KEPT}{_numbers[0]}"
        _numbers[0] += 1
        _kept[known] = stubs
    return known


def forget(name: str) -> None:
    """Let go of what was kept under a number."""
    _kept.pop(name, None)


def named(name: str) -> Any:
    """The function or mock of that name.

    Raises:
        UsageError: when there is none here
    """
    if name.startswith(KEPT):
        if name not in _kept:
            raise UsageError(
                "these stubs are a lambda or a function inside another one, which only the process that made them knows; "
                "write them as a function of a module, or judge without --contract-isolate"
            )
        return _kept[name]
    module, _, qualname = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        raise UsageError(f"the stubs {name} cannot be imported: {type(error).__name__}: {error}") from error
    for part in qualname.split("."):
        if not hasattr(found, part):
            raise UsageError(f"the stubs {name} are not there: {module} has no {qualname}")
        found = getattr(found, part)
    if not callable(found):
        raise UsageError(f"the stubs {name} are no function, but {_a(found)}; it must take a responses.RequestsMock")
    return found


def _a(thing: Any) -> str:
    return f"a {type(thing).__name__}" if thing is not None else "None"


# --- filled --------------------------------------------------------------------------------------------------------------


def player(name: str, given: Mapping[str, Sequence[Any]]) -> StubPlayer:
    """A fresh player of the stubs of that name.

    A function that takes more than the mock is given the case's values by name: the last of `given` of each, None for what the
    case leaves out.

    Raises:
        UsageError: when there are no such stubs, or writing them fails
    """
    import responses

    stubs = named(name)
    if isinstance(stubs, responses.RequestsMock):
        return StubPlayer(stubs)
    mock = responses.RequestsMock(assert_all_requests_are_fired=False)
    _fill(stubs, name, mock, given)
    return StubPlayer(mock)


def _fill(function: Callable[..., Any], name: str, mock: Any, given: Mapping[str, Sequence[Any]]) -> None:
    what = "the stubs" if name.startswith(KEPT) else f"the stubs {name}"
    try:
        parameters = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    except (TypeError, ValueError) as error:
        raise UsageError(f"{what} are no function that can be called: {error}") from error
    if not parameters or parameters[0].kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD):
        raise UsageError(f"{what} take no argument; the first must be the responses.RequestsMock to fill")
    values: dict[str, Any] = {}
    for parameter in parameters[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            values.update({n: some[-1] for n, some in given.items() if n not in values and n != parameters[0].name})
        elif parameter.name in given:
            values[parameter.name] = given[parameter.name][-1]
        elif parameter.default is parameter.empty:
            values[parameter.name] = None
    try:
        function(mock, **values)
    except Exception as error:
        raise UsageError(f"{what} could not be written: {type(error).__name__}: {error}") from error


# --- played --------------------------------------------------------------------------------------------------------------


class StubPlayer:
    """Answers requests from a `responses.RequestsMock`; its `calls` are filled. A `Player`.

    A stub's index is its place in the order of registration.
    """

    def __init__(self, mock: Any) -> None:
        self._mock = mock
        self._stubs: list[Any] = list(mock.registered())

    def answer(self, request: Request) -> tuple[Response, int]:
        """The answer of the first stub that matches, and its index.

        Raises:
            Unmatched: when none does, or the one that does is broken
            StubRaised: when the answer is an exception
        """
        registry = self._mock.get_registry()
        before = list(registry.registered)
        asked = _prepared(request)
        stub, reasons = registry.find(asked)
        if stub is None and (alike := _titled(request)) != request and list(registry.registered) == before:
            asked = _prepared(alike)
            stub, reasons = registry.find(asked)
        if stub is None:
            raise Unmatched(_nearest(request, before, reasons))
        index = self._index(stub)
        if stub.passthrough:
            raise Unmatched(f"stub {index} lets {request.method} {request.url} through, and nothing leaves the sealed world")
        try:
            raw = stub.get_response(asked)
        except Exception as error:
            self._called(stub, asked, error)
            if not _meant(error, stub):
                raise Unmatched(f"stub {index} broke answering {request.method} {request.url}: {_said(error)}") from error
            raise StubRaised(error, index) from error
        answer = Response(raw.status, tuple(raw.headers.items()), raw.read(decode_content=False), raw.reason or "")
        self._called(stub, asked, _response(asked, answer))
        return answer, index

    def _index(self, stub: Any) -> int:
        for index, known in enumerate(self._stubs):
            if known is stub:
                return index
        self._stubs.append(stub)  # registered since, by a callback or by the test
        return len(self._stubs) - 1

    def _called(self, stub: Any, request: Any, outcome: Any) -> None:
        self._mock.calls.add(request, outcome)
        stub.calls.add(request, outcome)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _meant(error: Exception, stub: Any) -> bool:
    """Whether an exception is the answer, or the stub's own code is broken.

    It is the answer where it was given as the body or returned by a callback, and where a callback raises what a client raises.
    """
    if error is getattr(stub, "body", None) or isinstance(error, OSError):
        return True
    last: TracebackType | None = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and last.tb_frame.f_globals.get("__name__") == "responses"


def _titled(request: Request) -> Request:
    """The request with its headers' names as stubs spell them: matchers compare spellings, which some clients change."""
    return replace(request, headers=tuple(("-".join(p.capitalize() for p in n.split("-")), v) for n, v in request.headers))


def _prepared(request: Request) -> Any:
    """The request as `requests` would have prepared it: what matchers and callbacks look at."""
    from requests.models import PreparedRequest
    from requests.structures import CaseInsensitiveDict

    made: Any = PreparedRequest()
    made.method, made.url = request.method, request.url
    made.headers = CaseInsensitiveDict(request.headers)
    made.body = request.body or None
    if "x-www-form-urlencoded" in str(made.headers.get("Content-Type", "")):
        made.body = request.body.decode("utf-8", "replace")
    query = parse_qs(urlsplit(request.url).query, keep_blank_values=True)
    made.params = {name: values[0] if len(values) == 1 else values for name, values in query.items()}
    made.req_kwargs = {}
    return made


def _response(request: Any, answer: Response) -> Any:
    """What `calls` shows as the answer."""
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPHeaderDict, HTTPResponse

    headers = HTTPHeaderDict(answer.headers)
    raw = HTTPResponse(io.BytesIO(answer.body), headers, answer.status, reason=answer.reason, preload_content=False)
    return HTTPAdapter().build_response(request, raw)


def _nearest(request: Request, stubs: Sequence[Any], reasons: Sequence[str]) -> str:
    asked = f"{request.method} {request.url}"
    if not stubs:
        return f"no stub answers {asked}: there is none"
    told = [f"{stub.method} {getattr(stub.url, 'pattern', stub.url)}" for stub in stubs]
    alike = [difflib.SequenceMatcher(None, asked, text, autojunk=False).ratio() for text in told]
    best = max(range(len(told)), key=lambda n: alike[n])
    reason = reasons[best] if len(reasons) == len(stubs) else " ".join(reasons)
    why = f": {reason}" if reason else ""
    return f"no stub answers {asked}; the nearest of {len(told)} is {told[best]}{why}"
