"""Who asks: the module on whose behalf a patched function was called.

The standard library reads the clock and the environment for its own purposes (a log record's time, a proxy setting's name);
only what the task's library or a client asks for says something about the task.
"""

from __future__ import annotations

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
        module = str(frame.f_globals.get("__name__", ""))
        if module not in _PASSED and not module.startswith("taskcontract."):
            if module.startswith(_HARNESS):
                return ""
            top = module.partition(".")[0]
            return "" if top in sys.stdlib_module_names and top != "__main__" else module
        if module.startswith("taskcontract.") and not module.startswith("taskcontract.world."):
            return ""
        frame = frame.f_back
    return ""
