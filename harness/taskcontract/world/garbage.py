"""What nobody holds any more ends on its own side of a run: the host's before it, the run's own within it.

The collector ends unreachable objects whenever enough others were made, in whichever code that happens to be. In the middle of
a run it would end the host's: the temporary folder of somebody else's test would be removed on behalf of the task, which is
refused that, told of it as its own doing, and judged by it, once in many runs. So it does not come by itself during a run.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_away = False
"""Whether the collector was sent away for the run in progress, and not by the host."""


@contextmanager
def settled() -> Iterator[None]:
    """Around a run and all that seals it: what was given up before has ended, and nothing ends by the way.

    A host without a collector has none here, either. Raises nothing.
    """
    global _away
    if not gc.isenabled():
        yield
        return
    gc.collect(0)
    gc.disable()
    _away = True
    try:
        yield
    finally:
        _away = False
        gc.enable()


def end_young() -> None:
    """End what the run in progress made and gave up, as its own doing. Nothing older is looked at."""
    if _away and not gc.isenabled():
        gc.collect(0)


def lasts() -> None:
    """The run in progress takes its time: it shall not fill the memory with what it gave up."""
    if _away:
        gc.enable()
