"""What a run leaves to others: what a task says of itself, what would be pickled of it, what was printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """What others get to see of a task once it has run, apart from its result and its logs.

    `texts` are what the library's own `__repr__` and `__str__` say, each after the name of what was shown ("repr(task)").
    `pickle` are the bytes of the instance, without those of its class; empty where nothing can be in it but what construction
    was given, or where it cannot be pickled. `printed` is what went to standard output and standard error.
    """

    texts: tuple[tuple[str, str], ...] = ()
    pickle: bytes = b""
    printed: str = ""
