"""The status code of an answer that is still being explored: what it is compared with decides what it is."""

from __future__ import annotations

import sys
from typing import Any

from taskcontract.world.invention_lookups import members_looked_up
from taskcontract.world.invention_tree import Ledger

_LIBRARIES = ("urllib3", "requests", "httpx", "httpcore", "botocore", "aiohttp", "http", "urllib")
_OFTEN_EMPTY = ("DELETE", "PUT", "PATCH")


def _first(ledger: Ledger, number: int) -> int:
    """The value it has before anything is decided: 200, what the case binds, or a failure where the case excludes 200."""
    path = f"status:{number}"
    bound = ledger.run.literal(path)
    if bound is not None:
        return int(bound)
    excluded = {text for at, text in ledger.run.case.answers.choices if at == path and text.startswith("no:")}
    return next(code for code in (200, 404, 400, 500, 418) if f"no:{code}" not in excluded)


class Status(int):
    """An answer's status: 200 until a comparison with a literal, decided by `Run.choose("status:N", literal)`, binds it."""

    _ledger: Ledger
    _number: int
    _initial: int

    def __new__(cls, ledger: Ledger, number: int) -> Status:
        first = _first(ledger, number)
        made = int.__new__(cls, first)
        made._ledger, made._number, made._initial = ledger, number, first
        ledger.statuses[number] = made.settled
        return made

    def settled(self) -> int:
        """The plain status as far as it is decided."""
        bound = self._ledger.run.literal(f"status:{self._number}")
        return self._initial if bound is None else int(bound)

    def _is(self, literal: int) -> bool:
        run, path = self._ledger.run, f"status:{self._number}"
        if run.over or run.literal(path) is not None:
            return self.settled() == literal
        likely = 200 <= literal < 300 and self._initial < 300
        if literal == 204:
            likely = likely and self._ledger.methods[self._number] in _OFTEN_EMPTY
        if literal not in (200, 201):  # accepted, pending: what a poll waits to be over
            likely = likely and self._ledger.seen(self._number, "status", str(literal), whole=True) < 2
        taken = run.choose(path, literal, likely)
        if taken:
            self._ledger.count(self._number, "status", str(literal), whole=True)
        return taken

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool) or not isinstance(other, int) or isinstance(other, Status):
            return self.settled() == other
        frame: Any = sys._getframe(1)
        if frame.f_code is Status.__ne__.__code__:
            frame = frame.f_back
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] in _LIBRARIES:
            return self.settled() == other
        return self._is(int(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        if self._ledger.run.literal(f"status:{self._number}") is None:
            members = [m for m in members_looked_up(sys._getframe(1)) if isinstance(m, int)]
            any(self == int(member) for member in sorted(members))
        return hash(self.settled())

    def __lt__(self, other: Any) -> bool:
        return bool(self.settled() < other)

    def __le__(self, other: Any) -> bool:
        return bool(self.settled() <= other)

    def __gt__(self, other: Any) -> bool:
        return bool(self.settled() > other)

    def __ge__(self, other: Any) -> bool:
        return bool(self.settled() >= other)

    def __floordiv__(self, other: Any) -> int:
        return int(self.settled() // other)

    def __int__(self) -> int:
        return self.settled()

    def __str__(self) -> str:
        return str(self.settled())

    def __repr__(self) -> str:
        return str(self.settled())

    def __format__(self, spec: str) -> str:
        return format(self.settled(), spec)

    def __taskcontract_canon__(self, sub: Any) -> Any:
        return self.settled()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (int, (self.settled(),))
