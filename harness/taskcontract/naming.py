"""How a test names the task it means: the class itself, a function task, or a text."""

from __future__ import annotations

import functools
import inspect
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Any

from taskcontract.errors import UsageError
from taskcontract.model import TaskRef, Unimportable


def reference(task: Any) -> TaskRef:
    """Where a task class, a function task, or a task named as `module:Class` or `file.py:Class` lives.

    Raises:
        UsageError: for what is no task or cannot be found again by name: an instance, a class made in a function
    """
    if isinstance(task, str):
        return _named(task)
    if isinstance(task, type):
        return _of_class(task)
    function = getattr(task, "run", None)
    home = sys.modules.get(getattr(function, "__module__", None) or "")
    for name, found in list(vars(home).items()) if home else ():
        if home and found is task and not hasattr(function, "__self__"):
            return TaskRef(home.__name__, name, kind="function")
    raise UsageError(f"{task!r} is no task class and no function task of a module: pass the class itself, or 'module:Class'")


def _of_class(cls: type) -> TaskRef:
    ref = TaskRef(cls.__module__, cls.__qualname__)
    if "<locals>" in ref.qualname:
        raise UsageError(f"{ref.id} is made in a function: define it in a module, where it can be found again by name")
    with suppress(OSError, TypeError):
        lines, line = inspect.getsourcelines(cls)
        return replace(ref, file=inspect.getsourcefile(cls), line=line if lines else None)
    return ref


def _named(name: str) -> TaskRef:
    if ":" not in name:
        raise UsageError(f"{name!r} names no task: write it as 'module:Class' or 'file.py:Class'")
    return _found(name)


@functools.lru_cache(maxsize=256)
def _found(name: str) -> TaskRef:
    from taskcontract.engine import Session, Settings

    (found,) = Session(Settings((name,))).load()
    if isinstance(found, Unimportable):
        raise UsageError(f"{found.name} could not be imported: {found.why}")
    return found.ref


def target_of(task: Any) -> str:
    """How a task is named as a target; a text is taken as it is.

    Raises:
        UsageError: as `reference` does
    """
    return task if isinstance(task, str) else reference(task).id
