"""TC401: what a task returns is plain Python data."""

from __future__ import annotations

from typing import Final

from taskcontract.clauses import telling
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.returned import ResultClause, Returned, Wrong
from taskcontract.model import Foreign, TaskSpec

DATA: Final = frozenset({"numpy", "pandas", "polars", "pyarrow", "pydantic"})
"""Packages whose types are data: one of theirs may be returned where the return annotation names it."""


class ReturnsNative(ResultClause):
    """What a task returns is plain Python data, all the way down.

    A downstream task uses a result as it is: stores it, sends it, compares it, in another process, without the client that made
    it. A response object, a client's own `dict`, a generator or an open file makes every user of the task a user of its client.

    Judged by the exact types of everything in the result: builtins, the value types of the standard library (`datetime`,
    `Decimal`, `UUID`, `Path`, enums, named tuples, …), and its containers (`OrderedDict`, `Counter`, …). A class of the task's
    own library or of the framework (a dataclass, a named tuple, an enum) is data if the return annotation names it; so is one
    of pandas, numpy, polars, pyarrow or pydantic. `results = ["pandas"]` in the configuration allows the types of a package
    altogether. What the caller handed in may come back. What a client that is not installed, or an answer that was invented,
    has put into a result proves nothing; an object that the task would return whatever it is answered does.
    """

    code, slug = "TC401", "returns-native"
    kept = "the result is plain data, all the way down"

    def wrong(self, bench: Bench, run: Returned, subject: str) -> Wrong | None:
        allowed = frozenset(bench.spec.declared.get("results", ()))
        found = next((f for f in run.result.foreign if not _is_data(f, allowed)), None)
        if found is None:
            return None
        where = "it returns" if found.path == "$" else f"{found.path} of what it returns is"
        return Wrong(
            f"{where} {_a(found.type)}: {telling.usage(run.case)}",
            expected="builtin types and the standard library's value types, all the way down",
            actual=f"{found.path}: {found.type}",
            remedy=_remedy(found, bench.spec),
            check=f"{found.type!r} not in [f.type for f in seen.result.foreign]",
        )


def _is_data(found: Foreign, allowed: frozenset[str]) -> bool:
    if found.sort == "stream":
        return False
    if allowed & set(found.families):
        return True
    return found.named and (found.sort == "own" or bool(DATA & set(found.families)))


def _remedy(found: Foreign, spec: TaskSpec) -> str:
    if found.sort == "stream":
        return "read it to its end and return what was read"
    if found.sort == "own":
        declared = next((str(f.value) for f in spec.about("returns")), "")
        instead = f"instead of {declared!r}" if declared else "as what is returned"
        return f"annotate {found.type.rpartition('.')[2]} {instead}, or return a dict of its fields"
    if found.type.endswith("Response"):
        return "return what the response holds (`.json()`), not the response"
    return f"turn the {found.type.rpartition('.')[2]} into builtin types before it is returned"


def _a(name: str) -> str:
    return f"an {name}" if name[:1] in "aeiou" else f"a {name}"
