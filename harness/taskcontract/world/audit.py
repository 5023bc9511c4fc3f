"""One audit hook for the whole sealed world: what Python itself announces before it acts, whichever name it was called by.

An event reaches functions that were saved before anything was patched, and calls from threads and executors. A handler that
raises prevents the act. It also holds while the harness looks at a task's objects, whose `repr` is the task's code. The
interpreter never lets go of a hook, so there is exactly one, and it does nothing outside a run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from taskcontract.world.state import Run, owner

Handler = Callable[[Run, tuple[Any, ...]], None]
_handlers: dict[str, tuple[Handler, ...]] = {}
_installed = False


def on(events: str, handler: Handler) -> None:
    """Call `handler(run, arguments)`, after those that came earlier, before any of `events` happens on behalf of a run."""
    global _installed
    for event in events.split():
        before = _handlers.get(event, ())
        if handler not in before:
            _handlers[event] = (*before, handler)
    if not _installed:
        _installed = True
        sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _handlers is None:  # the interpreter is shutting down and has taken it
        return  # type: ignore[unreachable]
    handlers = _handlers.get(event)
    if handlers is not None:
        run = owner()
        if run is not None:
            for handler in handlers:
                handler(run, arguments)
