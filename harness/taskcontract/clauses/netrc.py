"""What a `~/.netrc` does to the credential that a task sends: the experiment of TC507 about that file.

Some clients look there by themselves for the host that they talk to. `requests` does so for every request that is given no
`auth=`, and then puts what it finds in the place of an `Authorization` header that the task has set. Only whose code makes the
request can keep it from that: a task is accused only of requests that its own library makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from taskcontract.cassettes.canaries import search
from taskcontract.clauses import client_files, reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.chain import Origin, arrivals, candidates, given, secrets_of
from taskcontract.clauses.marks import marks
from taskcontract.clauses.origins import sent
from taskcontract.model import Case, Finding, Observation

NETRC = "netrc"
"""The subject."""
LOGIN, PASSWORD = "login-in-netrc", "password-in-netrc"
UNKNOWN = "?"
"""What `Read.through` says where nobody's code was on the stack."""
SETTLES = "a client that does not look into ~/.netrc, or can be told not to"
_HEADER = re.compile(r"headers: authorization: ", re.I)


@dataclass(frozen=True, slots=True)
class Override:
    """A credential in the `Authorization` header without a netrc (`before`), and what stands there with one (`case`)."""

    origin: Origin
    before: Case
    case: Case
    seen: Observation
    won: bool
    lost: bool


def judge(bench: Bench) -> Finding | None:
    """Whether the explicit credential is what is sent although there is a netrc.

    None where no client asks for such a file while it authenticates: nothing can be in its place then.
    """
    looked = 0
    for found in _overrides(bench):
        if found.won and not found.lost and bench.steady(found.case, found.seen):
            theirs = _of_clients(found.seen)
            return _not_its_own(theirs) if theirs else _overridden(bench, found)
        if not found.won:
            return unproven(NETRC, f"with a ~/.netrc there, it {telling.ending(found.seen)}", "a run that sends the same then")
        looked += 1
    return (
        holds(NETRC, "the client looks into ~/.netrc, and sends the credential that the task gives", looked) if looked else None
    )


def _overrides(bench: Bench) -> Iterator[Override]:
    for origin, case in _authenticated(bench):
        before = bench(case)
        slots = {slot for slot, origins in arrivals(before, (origin,)).items() if origins and _HEADER.search(slot)}
        asked = any(r.kind == "file" and r.name in client_files.NETRC for r in before.reads)
        if not (slots and asked):
            continue
        planted = case.with_(home=(*case.home, (".netrc", _file(before))))
        seen = bench(planted)
        with_it = sent(seen)
        own = any(mark in with_it.get(slot, "") for slot in slots for mark in origin.marks)
        theirs = bool(search({"it": PASSWORD}, {slot: text for slot, text in with_it.items() if _HEADER.search(slot)}))
        yield Override(origin, case, planted, seen, own or theirs, own)


def _authenticated(bench: Bench) -> Iterator[tuple[Origin, Case]]:
    """The arguments that may be credentials, each with a case in which it is the only one."""
    for name in candidates(bench.spec):
        config = bench.configured(name)
        told = marks(config.values[name]) if config is not None and name in config.values else ()
        if config is not None and told:
            everywhere = config.case(everywhere=True)
            yield Origin("argument", name, told), given(everywhere, (), secrets_of(bench(everywhere)))


def _file(seen: Observation) -> str:
    """A netrc for the hosts that were asked."""
    urls = [e.what.partition(" ")[2] for e in seen.effects if e.kind == "http"]
    hosts = dict.fromkeys(host for url in urls if (host := _host(url)))
    return "".join(f"machine {host} login {LOGIN} password {PASSWORD}\n" for host in hosts)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _of_clients(seen: Observation) -> tuple[str, ...]:
    """The clients that make requests for which a netrc is looked for; the task has no say in what those send."""
    return tuple(
        dict.fromkeys(r.through for r in seen.reads if r.kind == "file" and r.name in client_files.NETRC and r.through)
    )


def _not_its_own(clients: tuple[str, ...]) -> Finding:
    named = [client for client in clients if client != UNKNOWN]
    if not named:
        return unproven(NETRC, "the password of ~/.netrc was sent, and whose code made the request is not known", SETTLES)
    told = " and ".join(f"`{client}`" for client in named)
    verb = "makes" if len(named) == 1 else "make"
    return unproven(NETRC, f"the password of ~/.netrc was sent: {told} {verb} the request, and not the task's library", SETTLES)


def _overridden(bench: Bench, found: Override) -> Finding:
    readers = [r.by.partition(".")[0] for r in found.seen.reads if r.kind == "file" and r.name in client_files.NETRC]
    client = f"`{next(filter(None, readers), 'the client')}`"
    return violated(
        NETRC,
        f"{found.origin} was given, and the password of ~/.netrc was sent: "
        f"{client} puts it in the place of an Authorization header",
        expected=f"the value of {found.origin} in the Authorization header, whatever the user's ~/.netrc holds for the host",
        actual="the login and password of ~/.netrc",
        fix=f"{telling.place_of_run(bench.spec)}: give the credential as `auth=`, or use a session with `trust_env = False`",
        reproduce=reproduce.alone(found.case, f"not search({ {'netrc': PASSWORD}!r}, seen.effects)"),
        cases=(found.case, found.before),
        examples=2,
    )
