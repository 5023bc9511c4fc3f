"""Where a credential may not be seen, and what a run showed in each of those places.

A place is looked at only when there is something in it: a run that wrote no file says nothing about files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from taskcontract.clauses.leaves import leaves
from taskcontract.model import Case, Change, Effect, Observation

RESULT, LOGS, ERRORS, INSTANCE, COMMANDS = "the result", "logs", "errors", "the instance", "command lines"
FILES, ENVIRONMENT, TEXTS, ADDRESSES = "files", "the environment", "what it says of itself", "addresses"


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that was seen in a place. `open` says why a credential in it is not held against the task, `unread` why nobody
    can tell whether there is one; "" where it can be judged.
    """

    thing: Any
    open: str = ""
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """`look` gives what a run showed there. `checked` is where its observation has that, as a reproduction says it; `remedy`
    what to do instead. `always` is whether a run that got as far as its body has been looked at when it showed nothing.
    `ours` is whether what construction was given as an argument may be there.
    """

    name: str
    look: Callable[[Observation, Case], Iterator[Shown]]
    checked: str
    remedy: str
    always: bool = False
    ours: bool = False


# --- what was shown --------------------------------------------------------------------------------------------------


def _result(seen: Observation, _: Case) -> Iterator[Shown]:
    if seen.outcome.kind in ("returned", "signal"):
        yield Shown(_own(seen.outcome.value))
        yield from (Shown(text) for name, text in seen.kept.texts if name == "repr(result)")


def _logs(seen: Observation, _: Case) -> Iterator[Shown]:
    yield from (Shown(text) for _, text in seen.logs)
    if seen.kept.printed:
        yield Shown(seen.kept.printed)


def _errors(seen: Observation, _: Case) -> Iterator[Shown]:
    if seen.outcome.kind in ("raised", "signal", "exited"):
        if not seen.outcome.deep:
            yield Shown(seen.outcome.text)
        yield from map(Shown, seen.outcome.causes)


def _instance(seen: Observation, _: Case) -> Iterator[Shown]:
    changed = [change for change in seen.changes if change.where == "instance"]
    yield from (Shown(_own(change.after)) for change in changed if not change.name.startswith("_"))
    if seen.kept.pickle:
        yield Shown(seen.kept.pickle)
    for change in changed:
        if _own(change.after) != change.after:
            yield Shown(
                change.after, "it is in a client's object that only stands in for the real one, whose pickle is not known"
            )


def _commands(seen: Observation, _: Case) -> Iterator[Shown]:
    yield from (Shown(effect.what) for effect in seen.effects if effect.kind == "process")


def _texts(seen: Observation, _: Case) -> Iterator[Shown]:
    yield from (Shown(text) for name, text in seen.kept.texts if name != "repr(result)")


def _environment(seen: Observation, _: Case) -> Iterator[Shown]:
    """What programs that are started later would find. What one program is given with `env=` is for it alone."""
    changes = [change for change in seen.changes if change.where == "environment"]
    yield from (Shown((change.name, change.after)) for change in changes if change.after is not None)


def _files(seen: Observation, case: Case) -> Iterator[Shown]:
    """Files that are still there when the run is over, and the names of those that were not allowed."""
    for effect in seen.effects:
        if effect.kind == "file" and effect.refused:
            yield Shown(effect.what)
            if not effect.what.startswith(("read ", "list ", "delete ")):
                yield Shown(None, unread=f"the run was stopped at {effect.what}; what it would have written is not known")
    for change in seen.changes:
        if change.where == "directory" and change.after is not None:
            yield _file(change, seen, case)


def _file(change: Change, seen: Observation, case: Case) -> Shown:
    content = change.after
    if isinstance(content, tuple) and content[:1] == ("large",):
        return Shown(change.name, unread=f"{change.name} is too large to be looked through ({content[1]:,} bytes)")
    if isinstance(content, tuple) and content[:1] in (("special",), ("unreadable",)):
        return Shown(change.name, unread=f"{change.name} cannot be read")
    return Shown((change.name, content), _not_its_own(change, seen, case))


def _not_its_own(change: Change, seen: Observation, case: Case) -> str:
    """Why a credential in a file is not held against the task."""
    library, base = case.ref.module.partition(".")[0], change.name.rpartition("/")[2]
    if change.by.partition(".")[0] != library:
        return f"{change.name} is written by {change.by or 'a client'}, and not by the task's own code"
    if any(base in value.code for _, value in (*case.init, *case.call)):
        return f"{change.name} is a file that the caller named"
    if any(base in _text_of(effect) for effect in seen.effects if effect.kind in ("process", "client")):
        return f"{change.name} is handed to a program or a client, which may take its credentials from there"
    if change.name.startswith(".home/.") and any(e.kind in ("process", "client") for e in seen.effects):
        return f"~{change.name[5:]} is where a program or a client may look for it"
    return ""


def _text_of(effect: Effect) -> str:
    return f"{effect.what} {effect.detail!r}"


def _addresses(seen: Observation, _: Case) -> Iterator[Shown]:
    """What stands in the query of a request that has it in a header, too: the service needs it in one of them only."""
    for effect in seen.effects:
        if effect.kind == "http":
            found = [(path, str(leaf)) for path, leaf in leaves(effect.detail) if leaf is not None]
            query = [text for path, text in found if path.startswith("query: ")]
            headers = [text for path, text in found if path.startswith("headers: ") and _SIGNS_IN.search(path)]
            twice = tuple(text for text in query if len(text) > _SHORT and any(text in header for header in headers))
            if headers:
                yield Shown(twice)
                yield Shown(tuple(text for text in query if text not in twice), "there are services that take it nowhere else")


_SIGNS_IN: Final = re.compile(r"auth|token|key|secret|pass", re.I)
_SHORT: Final = 5


def _own(tree: Any) -> Any:
    """A canonical tree without what stands for a client's object, which is shown with what it was made from."""
    if not isinstance(tree, tuple):
        return tree
    return None if tree[:1] == ("phantom",) else tuple(_own(item) for item in tree)


# --- the places ------------------------------------------------------------------------------------------------------

PLACES: Final = (
    Place(RESULT, _result, "(seen.outcome.value, seen.kept)", "leave the credential out of what is returned"),
    Place(LOGS, _logs, "(seen.logs, seen.kept.printed)", "log what is done, not what it is done with", always=True),
    Place(
        ERRORS, _errors, "(seen.outcome.text, seen.outcome.causes)",
        "say what is wrong with the credential without showing it",
    ),
    Place(
        INSTANCE, _instance, "(seen.changes, seen.kept.pickle)", "use a local name, not an attribute", always=True, ours=True,
    ),
    Place(
        COMMANDS, _commands, "[e.what for e in seen.effects]",
        "hand the credential over in the environment (`env=`) or on standard input",
    ),
    Place(FILES, _files, "([c for c in seen.changes if c.where == 'directory'], [e.what for e in seen.effects])",
          "leave the credential out of what is written, or delete the file when it has served"),
    Place(ENVIRONMENT, _environment, "[c for c in seen.changes if c.where == 'environment']",
          "give it to the one program that needs it (`env=`), or to the client as an argument"),
    Place(TEXTS, _texts, "seen.kept.texts", "leave the credential out of `__repr__` and `__str__`"),
    Place(ADDRESSES, _addresses, "[e.detail[6] for e in seen.effects if e.kind == 'http']",
          "leave it in the header alone: addresses are logged everywhere"),
)  # fmt: skip
