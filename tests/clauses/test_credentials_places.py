"""Where the values of a credential's sources turn up in what left a task."""

from __future__ import annotations

from taskcontract.clauses.origins import Origin, arrivals
from taskcontract.model import Effect, Observation, Outcome

TOKEN = Origin("argument", "token", ("token-7wvjb6",))
REVERSED = "6bjvw7-nekot"


def _seen(detail: tuple[object, ...]) -> Observation:
    return Observation(Outcome("returned"), "run", effects=(Effect("client", "acme.login", detail),))


def test_a_value_that_names_a_place_does_not_stand_in_it() -> None:
    seen = _seen(("call", ("dict", (REVERSED, "known"), ("also", REVERSED))))
    assert arrivals(seen, [TOKEN]) == {"acme.login also: ": frozenset({TOKEN})}


def test_a_value_that_names_a_place_is_found_nowhere_else() -> None:
    assert arrivals(_seen(("call", ("dict", (REVERSED, "known")))), [TOKEN]) == {}
