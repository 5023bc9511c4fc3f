"""What every generation of Prefect must answer, so that nothing else has to know which one is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import CodeType
from typing import Any, Literal, Protocol

from taskcontract.model import TaskRef, Value


@dataclass(frozen=True, slots=True)
class OptionSample:
    """A value for one task option, and how to see that it reached the task.

    `needs` names other options that must be given along (each has its own sample). `read` is an expression over `task`,
    `expected` one that it must equal; both are evaluated where `value.setup` has run. `attribute` is where the option lives.
    """

    name: str
    value: Value
    attribute: str
    read: str
    expected: str
    needs: tuple[str, ...] = ()


Phase = Literal["construct", "bind", "run"]


class Framework(Protocol):
    """One generation of Prefect."""

    name: str
    version: str

    def is_task_class(self, obj: object) -> bool:
        """Whether `obj` is a class of tasks (the framework's own base class is not)."""
        ...

    def is_function_task(self, obj: object) -> bool:
        """Whether `obj` is a task made from a function by the framework's decorator."""
        ...

    def has_run(self, cls: type) -> bool:
        """Whether the class has a `run` of its own or of a base other than the framework's."""
        ...

    def load(self, ref: TaskRef) -> Any:
        """The live class or function task."""
        ...

    def function_of(self, task: object) -> Callable[..., Any]:
        """The function that a function task was made from."""
        ...

    def is_framework_base(self, cls: type) -> bool:
        """Whether `cls` is the framework's own machinery (its base classes), whose code is not a task library's."""
        ...

    def is_machinery(self, module: str) -> bool:
        """Whether a module is the framework's own, and none of the task library and helpers that it may ship."""
        ...

    def task_options(self) -> Mapping[str, OptionSample]:
        """A sample for every option of the installed framework's tasks, in signature order."""
        ...

    def reserved_attributes(self) -> frozenset[str]:
        """The attributes that the framework's base class itself sets on every task."""
        ...

    def construct(self, ref: TaskRef, kwargs: Mapping[str, Any]) -> Any:
        """A new task. A function task has no construction side: options change a copy of it."""
        ...

    def call(self, task: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Run the task directly, as a user does outside a flow."""
        ...

    def run_in_flow(
        self,
        ref: TaskRef,
        init: Mapping[str, Any],
        call: Mapping[str, Any],
        phase: Callable[[Phase], None] = ...,
        constructed: Callable[[Any], Any] = ...,
    ) -> Any:
        """Construct, bind in a flow, serialise, run by the flow's runner; the result, or the task's own exception.

        `phase` is told how far it has come; `constructed` is given the task before it is bound.
        """
        ...

    def classify(self, error: BaseException) -> Literal["signal", "raised"]:
        """Whether an exception is the framework's own signal, an outcome rather than an error."""
        ...

    def per_run_context(
        self,
        secrets: Mapping[str, Any],
        any_secret: bool | tuple[str, ...],
        context: Mapping[str, Any],
        read: Callable[[str, str], None],
        log: Callable[[str, str], None],
        made: Callable[[str], str] = ...,
    ) -> AbstractContextManager[None]:
        """The surroundings of one run: secrets, run context, quiet logs; all is undone after.

        `read(kind, name)` is told each look-up of a 'secret' or 'context' key, `log(level, text)` each log line. With
        `any_secret`, a secret of any other name, or of one that it lists, is a text made from the name: by `made`, where that
        gives one.
        """
        ...

    def secret(self, name: str) -> Any:
        """The value of the user's own secret of this name, or None where there is none. For a run for real."""
        ...

    def watched_secrets(self, told: Callable[[str, Any], None]) -> AbstractContextManager[None]:
        """While a task runs for real: `told(name, value)` of each of the user's secrets that it can read, None for one that it
        asked for and that is not there.
        """
        ...

    def run_code(self, ref: TaskRef) -> CodeType | None:
        """The code of the innermost function that the task's run is: what wraps it is not it. None when it is not Python."""
        ...

    def defaulting(self, run: Callable[..., Any]) -> dict[str, str]:
        """Which run parameters a defaulting decorator fills, and from which attribute."""
        ...
