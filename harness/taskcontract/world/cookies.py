"""Cookies that a run's answers set, taken back after it: a session that a library made when it was imported outlives the run.

What is made within a run is the run's. A jar that was there before is afterwards as it was, or the next run would send what the
answers of this one told it to.
"""

from __future__ import annotations

import weakref
from types import ModuleType
from typing import Any, Final

from taskcontract.world.state import owner

Content = dict[str, dict[str, dict[str, Any]]]
"""Cookies by domain, path and name."""

_made: Final[dict[int, weakref.ref[Any]]] = {}
_before: Final[dict[int, tuple[Any, Content]]] = {}


def patch_cookie_jars(module: ModuleType) -> None:
    """Let the jars of `http.cookiejar`, which requests and httpx keep theirs in, tell when an answer fills one that was there
    before the run."""
    jar: Any = module.CookieJar
    init, extract = jar.__init__, jar.extract_cookies

    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        if owner() is not None:
            _made[id(self)] = weakref.ref(self)
        init(self, *args, **kwargs)

    def extract_cookies(self: Any, *args: Any, **kwargs: Any) -> None:
        if owner() is not None and id(self) not in _before and not _of_this_run(self):
            _before[id(self)] = (self, _copy(self._cookies))
        extract(self, *args, **kwargs)

    jar.__init__, jar.extract_cookies = made, extract_cookies


def take_cookies_back() -> None:
    """Put back what the jars held before the run that is over."""
    for jar, content in _before.values():
        jar._cookies = content
    _before.clear()
    _made.clear()


def _of_this_run(jar: Any) -> bool:
    known = _made.get(id(jar))
    return known is not None and known() is jar


def _copy(cookies: Content) -> Content:
    return {domain: {path: dict(named) for path, named in paths.items()} for domain, paths in cookies.items()}
