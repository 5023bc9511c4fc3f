"""TC703: a cassette answers."""

from __future__ import annotations

import ast
from typing import Final

from taskcontract.clauses import playing, reproduce, telling
from taskcontract.clauses.bench import Bench, holds, unproven, violated
from taskcontract.clauses.clause import Clause
from taskcontract.clauses.playing import Tape
from taskcontract.errors import CassetteError
from taskcontract.model import Case, Finding, Observation, TaskSpec

STRUCTURE: Final = ("?", "#", "%", "&", "..")
"""What changes what a URL means when a value goes into it as it is. Slashes often belong there: `owner/name`."""


class CassetteAnswers(Clause):
    """The task finds all its requests in the cassette.

    A recording speaks for the task only while the task asks what was asked then. A request that is not in it was changed
    since, and whatever was proven with the recording is no longer proven.

    Judged on the run that the cassette was recorded for: with the values that it says it was recorded with, or those
    declared. A request that differs only in what is never the same (times, boundaries, the order of keys) is found. Violated
    names the nearest recorded request and what differs; a value that went into a URL without being quoted is named as well.
    Where it is not known with which values the recording was made, an unanswered request is *unproven*. A cassette that cannot
    be read answers nothing.

    `taskcontract check --cassettes-only` holds a recording's age against the project's policy (`cassette_age`) here.
    """

    code, slug = "TC703", "cassette-answers"
    nothing = playing.NOTHING

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return playing.subjects(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        try:
            tape = playing.tape(bench)
        except CassetteError as error:
            return _unreadable(bench, subject, error)
        case = tape.exact.case(everywhere=True)
        seen = bench(case)
        if seen.unmatched:
            return self._unmatched(bench, tape, subject, case, seen)
        if not seen.played:
            return playing.played_nothing(subject, seen)
        rest = len(tape.recording.interactions) - len(set(seen.played))
        if playing.ended_early(seen) and rest:
            why = f"the run ended before it could ask for everything: {telling.ending(seen)}"
            return unproven(subject, why, playing.SETTLE_BY_VALUES)
        count = len(seen.played)
        return holds(subject, f"its {count} request{'s are' if count > 1 else ' is'} found in the recording", 1)

    def _unmatched(self, bench: Bench, tape: Tape, subject: str, case: Case, seen: Observation) -> Finding:
        said = seen.unmatched[0] + _unquoted(case, seen)
        if tape.doubt:
            return unproven(subject, f"{said}; but {tape.doubt}", playing.SETTLE_BY_VALUES)
        if not bench.steady(case, seen):
            return unproven(subject, f"{said}; but two runs are never the same", "a task whose runs can be compared")
        return violated(
            subject,
            f"{telling.usage(case)} asks for what {playing.named(tape.path)} does not have: {said}",
            expected="with the recorded values, every request is a recorded one",
            actual=said,
            fix=f"{telling.place_of_run(bench.spec)}: ask as it was recorded, or record it again: "
            f"`taskcontract record {bench.spec.id} --record-mode all`",
            reproduce=reproduce.alone(case, "not seen.unmatched"),
            cases=(case,),
        )


def _unreadable(bench: Bench, subject: str, error: CassetteError) -> Finding:
    case = bench.baseline.full.case(everywhere=True)
    path = playing.cassette_path(bench.spec)
    return violated(
        subject,
        str(error),
        expected="a cassette that answers the task",
        actual="it cannot be read",
        fix=f"{playing.named(path)}: record it again: `taskcontract record {bench.spec.id} --record-mode all`",
        reproduce=f"from taskcontract.cassettes.load import load\n\nload({path!r})",
        cases=(case,),
    )


def _unquoted(case: Case, seen: Observation) -> str:
    """The values that went into a URL as they are, though they change what it means."""
    urls = [effect.what for effect in seen.effects if effect.kind == "http"]
    for name, value in (*case.init, *case.call):
        text = _text(value.code)
        if any(part in text for part in STRUCTURE) and any(text in url for url in urls):
            return f"; `{name}` = {text!r} went into the URL as it is: quote it, as in quote({name}, safe='')"
    return ""


def _text(code: str) -> str:
    try:
        value = ast.literal_eval(code)
    except (ValueError, SyntaxError):
        return ""
    return value if isinstance(value, str) else ""
