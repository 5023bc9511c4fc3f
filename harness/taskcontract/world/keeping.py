"""What a task leaves to others once its run is over: what it says of itself, and the bytes that it would be pickled to.

All that runs the library's own code (`__repr__`, `__reduce__`, `__getstate__`) runs as the task's doing, sealed and on its
budget, and what that does is taken back. What only stands in for a client's object is left out of the bytes: nobody knows what
the real one would put there.
"""

from __future__ import annotations

import functools
import io
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from taskcontract.model import Kept
from taskcontract.world.state import Run, Stopped

MOST: Final = 4_000_000
"""How many bytes or characters are kept of anything."""

_PLAIN: Final = frozenset({str, bytes, bytearray, int, float, bool, type(None), dict, list, tuple, set, frozenset})

Own = Callable[[type], bool]
"""Whether a class is the library's own, and neither the framework's nor a client's."""


def keep(task: Any, result: Any, run: Run, own: Own, *, changed: Sequence[str], early: bool, printed: str) -> Kept:
    """Look at `task` and its `result` as others would.

    `changed` are the attributes that the run changed, and `early` says that construction asked for a secret: otherwise the
    instance holds no more than it was given, and is not pickled.
    """
    shown: list[tuple[str, Any, Callable[[Any], str]]]
    shown = [("repr(task)", task, repr), ("str(task)", task, str), ("repr(result)", result, repr)]
    texts = []
    for name, thing, show in shown:
        text = _sealed(run, functools.partial(show, thing)) if _says(thing, show, own) else None
        if isinstance(text, str):
            texts.append((name, text[:MOST]))
    pickled = _sealed(run, lambda: _pickled(_without(task, changed))) if changed or early else None
    return Kept(tuple(texts), pickled if isinstance(pickled, bytes) else b"", printed[:MOST])


def _says(thing: Any, show: Callable[[Any], str], own: Own) -> bool:
    """Whether the library itself wrote what `thing` says: `str` says what `repr` does unless it is told otherwise."""
    kind = type(thing)
    method = "__repr__" if show is repr else "__str__"
    owner = next((cls for cls in kind.__mro__ if method in vars(cls)), object)
    return owner is not object and own(owner)


def _sealed(run: Run, action: Callable[[], Any]) -> Any:
    """What `action` gives, or None; its effects, reads and logs are taken off the record."""
    before, stopped = [(kept, len(kept)) for kept in _records(run)], run.stopped
    run.working = True
    try:
        return action()
    except (Exception, Stopped, SystemExit, GeneratorExit):
        return None
    finally:
        run.working = False
        run.stopped = stopped
        for kept, length in before:
            del kept[length:]


def _records(run: Run) -> Iterator[list[Any]]:
    yield from (run.effects, run.reads, run.logs, run.forks, run.played, run.unmatched, run.answered)


# --- bytes -----------------------------------------------------------------------------------------------------------


def _without(task: Any, changed: Sequence[str]) -> Any:
    """The task without the clients that a run keeps in private attributes: for its own next run, on this machine."""
    own = {n for n in changed if n.startswith("_") and type(vars(task).get(n)) not in _PLAIN}
    if not own:
        return task
    other = object.__new__(type(task))
    vars(other).update({n: None if n in own else v for n, v in vars(task).items()})
    return other


def _pickled(task: Any) -> bytes:
    """The instance as it goes over a wire; classes, modules and their functions by name, since nothing of a run is in them."""
    import cloudpickle

    class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            kind = type(obj)
            if obj is _named:
                return NotImplemented
            if isinstance(obj, (type, types.ModuleType)) or _of_a_module(obj):
                return _named, (str(getattr(obj, "__qualname__", "") or getattr(obj, "__name__", "")),)
            if isinstance(obj, str):  # one of the harness's own secrets, which have every key
                return _named, (str.__str__(obj),)
            if kind.__module__.partition(".")[0] == "taskcontract" or hasattr(kind, "__taskcontract_canon__"):
                return _named, ("a stand-in",)
            return super().reducer_override(obj)

    sink = io.BytesIO()
    Pickler(sink).dump(task)
    return sink.getvalue()[:MOST]


def _of_a_module(thing: Any) -> bool:
    """Whether it is a function that is defined at the top of a module or of a class: it closes over nothing."""
    return isinstance(thing, types.FunctionType) and thing.__closure__ is None and "<" not in thing.__qualname__


def _named(name: str) -> str:
    """What stands in the bytes for a thing that has a name of its own."""
    return name
