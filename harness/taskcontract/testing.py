"""For test modules: judge a task in one call, declare what inference cannot know, and look at single runs.

Everything here is also importable from `taskcontract` itself: `from taskcontract import check_task, contract`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, cast

from taskcontract.declaring import contract
from taskcontract.errors import UsageError
from taskcontract.model import Answers, Case, Cell, Observation, Route, Value
from taskcontract.naming import reference, target_of

if TYPE_CHECKING:
    from responses import RequestsMock

    from taskcontract.world.observe import World
else:
    RequestsMock = Any  # imported by whoever makes one

__all__ = ["check_task", "contract", "observe", "parametrize_contract", "thing", "value"]

TestT = TypeVar("TestT", bound=Callable[..., None])

# --- values ----------------------------------------------------------------------------------------------------------


def value(code: str, *setup: str) -> Value:
    """A configuration value as the code that makes it: what reproductions are written with.

    Args:
        code: one Python expression
        setup: statements that must have run before it, in the run's own working directory
    """
    return Value(code, setup)


def thing(name: str) -> Any:
    """An object whose every use is recorded under `name`: a value for a parameter that takes a client's object."""
    from taskcontract.world.phantoms import anything

    return anything(name)


# --- judging ---------------------------------------------------------------------------------------------------------


def check_task(
    task: Any,
    *,
    clauses: Iterable[str] = (),
    profile: str | None = None,
    seed: int | None = None,
    strict: bool = False,
) -> tuple[Cell, ...]:
    """Judge one task against the contract.

    Args:
        task: a task class, a function task, or `"module:Class"`
        clauses: only these, by code, slug or beginning of codes; advice named in full counts as a rule
        profile: 'quick', 'default' or 'thorough'; default: as configured
        seed: of the search; default: as configured
        strict: also fail what is unproven, and advice that is not followed

    Returns:
        the cell of every clause that applies

    Raises:
        AssertionError: listing every violated clause with its reproduction, and what could not be judged
        UsageError: for what is no task, or a clause that does not exist
    """
    from taskcontract.judging import Judge
    from taskcontract.outcome import Result, explained, result

    judge = Judge.of((target_of(task),), clauses=clauses, profile=profile, seed=seed)
    broken = [f"{thing.name} could not be imported:\n{thing.why}" for thing in judge.unimportable]
    cells = tuple(judge.cell(*planned) for planned in judge.applicable)
    bad = [cell for cell in cells if result(cell, strict=strict, named=judge.named) in (Result.FAILED, Result.ERROR)]
    if broken or bad:
        raise AssertionError("\n\n".join([*broken, *(explained(cell) for cell in bad)]))
    return cells


def parametrize_contract(
    *tasks: Any, clauses: Sequence[str] = (), profile: str | None = None, seed: int | None = None
) -> Callable[[TestT], TestT]:
    """Call a test function once for each task and applicable clause; its argument `check` judges that cell when called.

    @parametrize_contract(CreateBranch, DeleteBranch)
    def test_contract(check):
        check()

    `check()` returns the cell where the clause holds; it fails, skips or xfails the test as the plugin's own items do.

    Raises:
        UsageError: for what is no task, or no task at all
    """
    import pytest

    if not tasks:
        raise UsageError("parametrize_contract needs at least one task")
    names = tuple(target_of(task) for task in tasks)
    mark: Callable[[TestT], TestT] = pytest.mark.contract(*names, clauses=tuple(clauses), profile=profile, seed=seed)
    return mark


# --- single runs -----------------------------------------------------------------------------------------------------

Documents = Answers | Path | Callable[..., Any] | Sequence[Any] | Mapping[str, Any] | RequestsMock | None
"""What the outside says back: one answer or several in order, each as JSON-able data or (status, data), the last repeating.
The path of a cassette, a `responses.RequestsMock`, or a function that fills one answers by what was asked. None invents what
the task reads."""


class TaskWorld:
    """A sealed world with its secrets, environment and answers, in which single runs are observed."""

    def __init__(self, world: World, secrets: Mapping[str, object], env: Mapping[str, str], answers: Documents) -> None:
        self._world = world
        self.secrets, self.env, self.answers = secrets, env, answers

    def observe(
        self,
        task: Any,
        *,
        init: Mapping[str, Any] | None = None,
        call: Mapping[str, Any] | None = None,
        positional: Sequence[Any] = (),
        options: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        answers: Documents = None,
        route: Route = "direct",
        first: Mapping[str, Any] | None = None,
        any_secret: bool | Sequence[str] = False,
        home: Mapping[str, str] | None = None,
        tables: Sequence[str] = (),
        inspect: bool = False,
    ) -> Observation:
        """Construct the task with `init`, call it with `call`, and say what was seen. Raises nothing that the task raises.

        Args:
            task: a task class, a function task, or `"module:Class"`
            init: arguments of the construction
            call: arguments of the call
            positional: arguments of the call given by position, before `call`
            options: task options given at construction
            context: what the run finds in `prefect.context`
            answers: replace the world's own for this run
            route: how it is constructed and called, as in `taskcontract.model.Case`
            first: for the route 'twice', the arguments of the call before the one that is observed
            any_secret: whether secrets that nobody set are there, or which, each with a value made from its name
            home: files that the run finds in its home directory, by their path in it
            tables: the secrets of which the run context has the document that their JSON text says
            inspect: whether to look at the result while it is still an object, as `Observation.result` tells

        Raises:
            UsageError: for what is no task
        """
        case = Case(
            reference(task),
            init=_values(init),
            call=_values(call),
            positional=tuple(given for _, given in _values(dict(enumerate(positional)))),
            options=_values(options),
            secrets=tuple((name, _secret(secret)) for name, secret in self.secrets.items()),
            any_secret=any_secret if isinstance(any_secret, bool) else tuple(any_secret),
            env=tuple(self.env.items()),
            home=tuple((home or {}).items()),
            tables=tuple(tables),
            context=_values(context),
            answers=answers_of(self.answers if answers is None else answers),
            route=route,
            first=_values(first),
            inspect=inspect,
        )
        return self._world.observe(case)


class TaskWorlds:
    """Opens sealed worlds: what the fixture `task_world` is. `answers` are what a world is answered by that is given none."""

    def __init__(self, secrets: Mapping[str, object], env: Mapping[str, str], answers: Documents = None) -> None:
        self._secrets, self._env, self._answers = secrets, env, answers

    @contextmanager
    def __call__(
        self,
        *,
        secrets: Mapping[str, object] | None = None,
        env: Mapping[str, str] | None = None,
        answers: Documents = None,
        cassette: str | Path | None = None,
    ) -> Iterator[TaskWorld]:
        """A world with the fixtures' secrets and environment, and what is given here laid over them.

        Raises:
            UsageError: for a cassette beside other answers
        """
        from taskcontract.judging import the_world

        if cassette is not None and answers is not None:
            raise UsageError("a world is answered by a cassette or by other answers, not by both; give one of them")
        answers = Path(cassette) if cassette is not None else answers
        answers = self._answers if answers is None else answers
        yield TaskWorld(the_world(), {**self._secrets, **(secrets or {})}, {**self._env, **(env or {})}, answers)


def observe(
    task: Any,
    *,
    secrets: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    any_secret: bool | Sequence[str] = True,
    **case: Unpack[Arguments],
) -> Observation:
    """Run a task once in the sealed world and say what was seen: how it ended, what went out, what it read and changed.

    What reproductions are written with; see `TaskWorld.observe` for the further arguments. Unless `any_secret` is false,
    secrets that nobody set are there, as they are while judging.
    """
    with TaskWorlds(secrets or {}, env or {})() as world:
        return world.observe(task, any_secret=any_secret, **case)


class Arguments(TypedDict, total=False):
    """The arguments that `observe` hands on."""

    init: Mapping[str, Any] | None
    call: Mapping[str, Any] | None
    positional: Sequence[Any]
    options: Mapping[str, Any] | None
    context: Mapping[str, Any] | None
    answers: Documents
    route: Route
    first: Mapping[str, Any] | None
    home: Mapping[str, str] | None
    tables: Sequence[str]
    inspect: bool


def _values(given: Mapping[Any, Any] | None) -> tuple[tuple[str, Value], ...]:
    from taskcontract.code_values import value_of

    return tuple((str(name), value_of(thing)) for name, thing in (given or {}).items())


def answers_of(given: Documents) -> Answers:
    """`Answers` from what is convenient to write.

    A document, or several in order, each alone or as (status, document); the path of a cassette; stubs written with
    `responses`, or the function that writes them.
    """
    if given is None:
        return Answers()
    if isinstance(given, Answers):
        return given
    if isinstance(given, Path):
        return Answers(cassette=str(given.absolute()))
    if callable(given) or type(given).__module__.partition(".")[0] == "responses":
        from taskcontract.cassettes.stubs import name_of

        return Answers(stubs=name_of(given))
    documents: list[Any] = [given] if isinstance(given, (Mapping, str)) else list(cast("Sequence[Any]", given))
    return Answers(documents=tuple(_document(entry) for entry in documents))


def _document(entry: Any) -> tuple[int, str]:
    paired = isinstance(entry, tuple) and len(entry) == 2 and type(entry[0]) is int
    status, body = entry if paired else (200, entry)
    return status, json.dumps(body)


def _secret(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
