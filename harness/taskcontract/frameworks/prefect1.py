"""Prefect 1.x behind the protocol of `taskcontract.frameworks`."""

from __future__ import annotations

import copy
import functools
import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import CodeType
from typing import Any, Literal

import prefect
from prefect.exceptions import PrefectSignal
from prefect.tasks.core.function import FunctionTask

from taskcontract.frameworks import prefect1_context, prefect1_flow, prefect1_options, prefect1_real
from taskcontract.frameworks.protocol import OptionSample, Phase
from taskcontract.loading import object_of
from taskcontract.model import TaskRef
from taskcontract.source import layers


def _silent(_: Any) -> None:
    """Nobody wants to know."""


class Prefect1:
    """The generation of Prefect in which a task is a class with `__init__` and `run`."""

    name = "prefect"

    def __init__(self, version: str) -> None:
        self.version = version
        prefect1_context.watch_logs()

    # --- what is a task ---

    def is_task_class(self, obj: object) -> bool:
        try:
            return isinstance(obj, type) and issubclass(obj, prefect.Task) and obj is not prefect.Task
        except Exception:  # a metaclass may object to being asked
            return False

    def is_function_task(self, obj: object) -> bool:
        return type(obj) is FunctionTask

    def has_run(self, cls: type) -> bool:
        return getattr(cls, "run", None) is not prefect.Task.run or issubclass(cls, FunctionTask)

    def load(self, ref: TaskRef) -> Any:
        return object_of(ref)

    def function_of(self, task: object) -> Callable[..., Any]:
        function = getattr(task, "run", None)
        if not callable(function):
            raise TypeError(f"{task!r} is no function task")
        return function  # type: ignore[no-any-return]

    def is_framework_base(self, cls: type) -> bool:
        return cls is prefect.Task or cls is object

    def is_machinery(self, module: str) -> bool:
        return (module + ".").startswith("prefect.") and not module.startswith(("prefect.tasks.", "prefect.utilities."))

    # --- options ---

    @functools.cached_property
    def _options(self) -> dict[str, OptionSample]:
        return {sample.name: sample for sample in prefect1_options.samples()}

    def task_options(self) -> Mapping[str, OptionSample]:
        return self._options

    @functools.cached_property
    def _reserved(self) -> frozenset[str]:
        with prefect.context(_unused_task_tracker=set()):
            return frozenset(vars(prefect.Task()))

    def reserved_attributes(self) -> frozenset[str]:
        return self._reserved

    # --- running ---

    def construct(self, ref: TaskRef, kwargs: Mapping[str, Any]) -> Any:
        found = self.load(ref)
        if isinstance(found, type):
            args, rest = _by_position(getattr(found, "__init__", None), kwargs)
            return found(*args, **rest)
        return found.copy(**kwargs) if kwargs else copy.copy(found)

    def call(self, task: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return task.run(*args, **kwargs)

    def run_in_flow(
        self,
        ref: TaskRef,
        init: Mapping[str, Any],
        call: Mapping[str, Any],
        phase: Callable[[Phase], None] = _silent,
        constructed: Callable[[Any], Any] = _silent,
    ) -> Any:
        phase("construct")
        task = self.construct(ref, init)
        constructed(task)
        return prefect1_flow.run_bound(task, call, phase)

    def classify(self, error: BaseException) -> Literal["signal", "raised"]:
        return "signal" if isinstance(error, PrefectSignal) else "raised"

    def per_run_context(
        self,
        secrets: Mapping[str, Any],
        any_secret: bool | tuple[str, ...],
        context: Mapping[str, Any],
        read: Callable[[str, str], None],
        log: Callable[[str, str], None],
        made: Callable[[str], str] = prefect1_context.no_form,
    ) -> AbstractContextManager[None]:
        return prefect1_context.per_run(secrets, any_secret, context, read, log, made)

    def secret(self, name: str) -> Any:
        return prefect1_real.secret(name)

    def watched_secrets(self, told: Callable[[str, Any], None]) -> AbstractContextManager[None]:
        return prefect1_real.watched(told)

    def run_code(self, ref: TaskRef) -> CodeType | None:
        found = layers(getattr(self.load(ref), "run", None))
        return getattr(found[-1], "__code__", None) if found else None

    # --- defaulting ---

    def defaulting(self, run: Callable[..., Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for layer in layers(run):
            found.update(_injected(layer))
        return found


def _injected(layer: Any) -> dict[str, str]:
    """What one wrapper injects, read from the names it closes over: it sets what is missing, or gets attributes by name."""
    code, cells = getattr(layer, "__code__", None), getattr(layer, "__closure__", None)
    if code is None or not cells or not {"setdefault", "getattr"} & set(code.co_names):
        return {}
    found: dict[str, str] = {}
    for name, cell in zip(code.co_freevars, cells, strict=False):
        try:
            value = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        if name == "attr_args" or (isinstance(value, (tuple, list, set, frozenset)) and value):
            names = [value] if isinstance(value, str) else list(value)
            if all(isinstance(n, str) and n.isidentifier() for n in names):
                found.update({n: n for n in names})
        elif isinstance(value, dict) and value and all(isinstance(x, str) for pair in value.items() for x in pair):
            found.update(value)
    return found


def _by_position(method: Any, kwargs: Mapping[str, Any]) -> tuple[list[Any], Mapping[str, Any]]:
    """What a method takes by position only goes by position, as far as it is given without a gap; the rest goes by name."""
    code = getattr(inspect.unwrap(method) if callable(method) else None, "__code__", None)
    if code is None or not code.co_posonlyargcount:
        return [], kwargs
    names = itertools.takewhile(kwargs.__contains__, code.co_varnames[1 : code.co_posonlyargcount])
    taken = {name: kwargs[name] for name in names}
    return list(taken.values()), {name: value for name, value in kwargs.items() if name not in taken}
