"""Whose request it is: the client on whose behalf a transport such as `requests` works, past whatever only calls for others.

What a transport looks up by itself (a `~/.netrc`) can be kept from it only by who makes the request. That may be a client, and
no task of the library under judgement.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Final

from taskcontract.world.callers import asker
from taskcontract.world.importing import belongs

_TRANSPORTS: Final = frozenset({"requests", "urllib3", "cachecontrol"})
"""What sends requests for whoever calls it; so does every extension of `requests` (`requests_toolbelt`, …)."""
_WRAPPERS: Final = frozenset({"tenacity", "backoff", "retrying", "retry", "stamina", "wrapt", "decorator", "ratelimit"})
"""What calls what it was given, again if need be."""
_FRAMEWORK: Final = "prefect"
UNKNOWN: Final = "?"


def through() -> str:
    """The top-level package of the client whose code has a request made or a file looked for.

    "" where that is the library under judgement, the framework, or the harness itself; `UNKNOWN` where nobody's code is on the
    stack, as in a thread that was handed a function of a transport's.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = asker(str(frame.f_globals.get("__name__", "")))
        if module is not None and not _calls_for_others(top := module.partition(".")[0]):
            return "" if top in ("", _FRAMEWORK) or belongs(frame) else top
        frame = frame.f_back
    return UNKNOWN


def _calls_for_others(top: str) -> bool:
    return top in _TRANSPORTS or top in _WRAPPERS or top.startswith("requests_")
