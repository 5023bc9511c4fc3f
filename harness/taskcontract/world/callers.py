"""Who asks: the module on whose behalf a patched function was called.

The standard library reads the clock and the environment for its own purposes (a log record's time, a proxy setting's name);
only what the task's library or a client asks for says something about the task.
"""

from __future__ import annotations

import functools
import sys
from types import FrameType

_HARNESS = ("hypothesis.", "_pytest.", "pytest", "pluggy.", "coverage.", "xdist.", "execnet.")
"""What runs a test may time itself (a collector callback of hypothesis does) while a task runs."""

_PASSED = frozenset({"os", "posixpath", "genericpath", "_collections_abc", "collections.abc", "datetime", "contextlib"})


def caller(depth: int = 1) -> str:
    """Top-level name of the module that called, or '' when the standard library or the harness asks for itself.

    `depth` counts the frames between the module that is asked for and this function's own caller.
    """
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None:
        answer = _answer(str(frame.f_globals.get("__name__", "")))
        if answer is not None:
            return answer
        frame = frame.f_back
    return ""


_READERS = frozenset({"decouple", "dotenv", "environ", "environs", "dynaconf", "everett", "pydantic_settings"})
"""Libraries that look settings up on behalf of whoever calls them."""


def reader(depth: int = 1) -> str:
    """Name of the module whose code asked, past the standard library and past libraries that only look things up for others.

    '' when the harness asked for itself. `depth` as for `caller`.
    """
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None:
        answer = asker(str(frame.f_globals.get("__name__", "")))
        if answer is not None:
            return answer
        frame = frame.f_back
    return ""


@functools.lru_cache(maxsize=4096)
def asker(module: str) -> str | None:
    """The module itself if its code asks for the task, '' for the harness, None where it asks for whoever called it."""
    if module.startswith(("taskcontract.world.", "taskcontract.frameworks.")):
        return None
    if module.startswith(("taskcontract.", *_HARNESS)):
        return ""
    top = module.partition(".")[0]
    return None if top in _READERS or (top in sys.stdlib_module_names and top != "__main__") else module


@functools.lru_cache(maxsize=4096)
def _answer(module: str) -> str | None:
    """What it means that code of this module asks; None when it asks on behalf of its own caller."""
    if module in _PASSED or module.startswith("taskcontract.world."):
        return None
    if module.startswith(("taskcontract.", *_HARNESS)):
        return ""
    top = module.partition(".")[0]
    return "" if top in sys.stdlib_module_names and top != "__main__" else module
