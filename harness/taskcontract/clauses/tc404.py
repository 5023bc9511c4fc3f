"""TC404: a result stands alone."""

from __future__ import annotations

from typing import Final

from taskcontract.clauses import telling
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.returned import ResultClause, Returned, Wrong, gives_something
from taskcontract.model import TaskSpec

PICKLE: Final = "its pickle"
AGAIN: Final = "a second reading"
LATER: Final = "reading it after the run"


class ResultStandsAlone(ResultClause):
    """The result pickles, can be read twice, and works after every connection is closed.

    Results are kept, cached, sent to another worker, mapped over and handed to several tasks. A generator is empty for the
    second of them, an open cursor or response is closed for all, and a lock or socket cannot even be stored.

    Judged by sending the result through pickle, as Prefect's own serializer does, and by reading everything in it that is no
    plain data twice after `run` has returned: all that it yields, or all that it holds. Reading that raises, that goes out to
    the service again or that never ends is a breach, and so is a second reading that gives something else than the first.
    """

    code, slug = "TC404", "result-stands-alone"
    kept = "the result stands alone"

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return (PICKLE, AGAIN, LATER) if gives_something(spec) else ()

    def wrong(self, bench: Bench, run: Returned, subject: str) -> Wrong | None:
        field, expected, remedy = _ASPECTS[subject]
        said: str = getattr(run.result, field)
        if not said:
            return None
        kind = next((f"{f.type} at {f.path}" for f in run.result.foreign), run.seen.outcome.type)
        return Wrong(
            f"{_SAID[subject].format(said)} ({kind}): {telling.usage(run.case)}",
            expected=expected,
            actual=said,
            remedy=remedy,
            check=f"not seen.result.{field}",
        )


_SAID: Final = {
    PICKLE: "the result does not pickle: {}",
    AGAIN: "the result can be read only once: {}",
    LATER: "after the run, {}",
}
_ASPECTS: Final = {
    PICKLE: ("pickle", "a result that pickles", "return plain data instead of the live object"),
    AGAIN: ("again", "the same at every reading", "return a list of what it yields"),
    LATER: ("alone", "a result that can be read when the run is over", "read all of it before `run` returns"),
}
