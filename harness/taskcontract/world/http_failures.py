"""A connection that fails because a stub says so, told to each client in the words it knows.

Stubs are written with `responses`, so their failures are mostly exceptions of `requests`; a task that uses another client
handles that client's own.
"""

from __future__ import annotations

import sys
from typing import Any


def plainly(error: Exception) -> Exception:
    """A failure of `requests` as the standard library's `TimeoutError` or `ConnectionError`; anything else as it is."""
    known: Any = sys.modules.get("requests.exceptions")
    if known is None or not isinstance(error, known.RequestException):
        return error
    said = str(error) or type(error).__name__
    return TimeoutError(said) if isinstance(error, known.Timeout) else ConnectionError(said)


def told_to_urllib3(error: Exception, pool: Any, url: str) -> Exception:
    """A failure as a connection of `urllib3` raises it, so that its retries are real."""
    from urllib3.exceptions import ReadTimeoutError

    plain = plainly(error)
    return ReadTimeoutError(pool, url, str(plain)) if isinstance(plain, TimeoutError) else plain


def told_to_httpx(error: Exception, request: Any) -> Exception:
    """A failure as a transport of `httpx` raises it."""
    import httpx

    plain = plainly(error)
    if isinstance(plain, TimeoutError):
        return httpx.ReadTimeout(str(plain), request=request)
    return httpx.ConnectError(str(plain), request=request) if isinstance(plain, OSError) else plain


def told_to_botocore(error: Exception, url: str) -> Exception:
    """A failure as `botocore`'s session raises it, so that its retries are real."""
    from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

    plain = plainly(error)
    if isinstance(plain, TimeoutError):
        plain = ReadTimeoutError(endpoint_url=url, error=plain)
    elif isinstance(plain, OSError):
        plain = EndpointConnectionError(endpoint_url=url, error=plain)
    return plain
