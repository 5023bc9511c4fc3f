"""The surroundings of one run under Prefect 1: secrets, run context and logs, watched, and put back afterwards.

Secrets are a dict that tells what was asked of it; reads of `prefect.context` by anything but Prefect's own machinery are
told as well. Clients that Prefect keeps between runs are forgotten, because they remember the credentials they were made with.
"""

from __future__ import annotations

import datetime
import functools
import logging
import os
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import pendulum
import prefect
import prefect.utilities.context as context_module
from prefect.utilities.context import Context

from taskcontract.frameworks import prefect1_config

NOW: Final = datetime.datetime(2024, 1, 15, 10, 20, 30, tzinfo=datetime.UTC)
"""When every run takes place, as far as the run context tells."""

_MACHINERY = (
    "prefect.core.",
    "prefect.engine.",
    "prefect.utilities.",
    "prefect.client.",
    "prefect.executors.",
    "prefect.configuration",
    "collections.",
    "_collections_abc",
    "contextlib",
    "taskcontract.frameworks.",
)
_NOT_RECORDED = ("secrets", "config", "logger")
_PLAIN = frozenset(dir(Context))
_CACHES = (weakref.WeakValueDictionary, weakref.WeakKeyDictionary)
Tell = Callable[[str, str], None]
Make = Callable[[str], str]


class _Surroundings(NamedTuple):
    read: Tell
    configured: Mapping[str, Any]


_current: _Surroundings | None = None


def no_form(name: str) -> str:
    """The value of a secret of whose form nothing is known: none."""
    return ""


class SecretText(str):
    """The value of a secret nobody declared: its text tells its name, and it has every key a credentials dict might have.

    A tenant is called as Azure's clients demand it: they take letters, digits, dots and hyphens.
    """

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        return self.get(key) if isinstance(key, str) else super().__getitem__(key)

    def get(self, key: str, default: object = None) -> str:
        text = f"{self}-{key}"
        return text.replace("_", "-") if "tenant" in key.lower() else text


class Secrets(dict[str, Any]):
    """The secrets of one run. Every look-up is told to `record`. `any_secret`: no name, or none of those names, is unknown.

    The value of a name that is not known is `made`, which knows its form, or is a `SecretText` where that gives "".
    """

    __slots__ = ("_any", "_made", "_record")

    def __init__(
        self, known: Mapping[str, Any], record: Tell, any_secret: bool | tuple[str, ...], made: Make = no_form
    ) -> None:
        super().__init__(known)
        self._record, self._any, self._made = record, any_secret, made

    def __missing__(self, key: str) -> Any:
        if not self._answers(key):
            raise KeyError(key)
        return self._made(key) or SecretText(f"secret-of-{key}")

    def __getitem__(self, key: str) -> Any:
        self._record("secret", key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key: object) -> bool:
        self._record("secret", str(key))
        return self._answers(key) or super().__contains__(key)

    def _answers(self, key: object) -> bool:
        return self._any if isinstance(self._any, bool) else key in self._any


@functools.lru_cache(maxsize=8)
def _dates(now: datetime.datetime) -> Mapping[str, Any]:
    date = pendulum.instance(now)
    days = {"today": date, "yesterday": date.add(days=-1), "tomorrow": date.add(days=1)}
    return {
        "date": date,
        **{name: day.strftime("%Y-%m-%d") for name, day in days.items()},
        **{f"{name}_nodash": day.strftime("%Y%m%d") for name, day in days.items()},
        "scheduled_start_time": date,
    }


def run_context(now: datetime.datetime = NOW) -> dict[str, Any]:
    """What Prefect puts into its context for the run of a task, with constant values."""
    return {
        **_dates(now),
        "flow_name": "contract-flow",
        "flow_run_name": "contract-flow-run",
        "flow_id": "11111111-1111-4111-8111-111111111111",
        "flow_run_id": "22222222-2222-4222-8222-222222222222",
        "task_id": "33333333-3333-4333-8333-333333333333",
        "task_run_id": "44444444-4444-4444-8444-444444444444",
        "task_run_count": 1,
        "task_name": "contract-task",
        "task_slug": "contract-task-1",
        "task_full_name": "contract-task",
        "map_index": None,
        "parameters": {},
        "checkpointing": False,
        "caches": {},
    }


@contextmanager
def per_run(
    secrets: Mapping[str, Any],
    any_secret: bool | tuple[str, ...],
    context: Mapping[str, Any],
    read: Tell,
    log: Tell,
    made: Make = no_form,
) -> Iterator[None]:
    """See `Framework.per_run_context`."""
    global _current
    _watch_context()
    forget_clients()
    watched = Secrets(secrets, read, any_secret, made)
    saved = _current
    if "config" in context:
        context = {**context, "config": prefect1_config.planted(context["config"])}
    try:
        with (
            _quiet_logs(log),
            warnings.catch_warnings(),
            prefect1_config.configured(context.get("config", {}), lambda name: read("config", name)),
            _in_context({**run_context(), **context, "secrets": watched}),
        ):
            warnings.simplefilter("ignore")  # the host may have made warnings errors: they are none of the task's
            _current = _Surroundings(read, {**context, "secrets": watched})
            try:
                yield
            finally:
                _current = saved
    finally:
        forget_clients()


@contextmanager
def _in_context(values: Mapping[str, Any]) -> Iterator[None]:
    """As `prefect.context(values)`, which sets and takes back each key by itself: a tenth of what a short run costs."""
    if "config" in values:  # is merged, not replaced
        with prefect.context(dict(values)):
            yield
        return
    content = vars(prefect.context)
    saved = content.copy()
    content.update(values)
    try:
        yield
    finally:
        content = vars(prefect.context)
        content.clear()
        content.update(saved)


# --- reads of the run context ----------------------------------------------------------------------------------------


def _told(name: object, depth: int = 2) -> None:
    """Tell the recorder of a read by the code `depth` frames up, unless that is Prefect's own machinery."""
    if _current is None or not isinstance(name, str) or name.startswith("_") or name in _NOT_RECORDED:
        return
    caller = sys._getframe(depth).f_globals.get("__name__") or ""
    if not caller.startswith(_MACHINERY) and caller != "prefect":
        _current.read("context", name)


def _watch_context() -> None:
    """Make `prefect.context` tell what is read of it, once per process; without a run in progress it behaves as ever."""
    if getattr(Context, "_taskcontract_watched", False):
        return
    plain_init, plain_get, plain_item = Context.__init__, Context.get, Context.__getitem__
    plain_contains, plain_attribute = Context.__contains__, Context.__getattribute__

    def init(self: Context, *args: Any, **kwargs: Any) -> None:
        plain_init(self, *args, **kwargs)
        if _current is not None:  # the context of a thread that the run started holds what is configured
            self.update(_current.configured)

    def get(self: Context, key: str, default: Any = None) -> Any:
        _told(key)
        return plain_get(self, key, default)

    def getitem(self: Context, key: str) -> Any:
        _told(key)
        return plain_item(self, key)

    def contains(self: Context, key: object) -> bool:
        _told(key)
        return bool(plain_contains(self, key))

    def attribute(self: Context, name: str) -> Any:
        if _current is not None and name not in _PLAIN:
            _told(name)
        return plain_attribute(self, name)

    watching: dict[str, object] = {
        "__init__": init,
        "get": get,
        "__getitem__": getitem,
        "__contains__": contains,
        "__getattribute__": attribute,
        "_taskcontract_watched": True,
    }
    for name, method in watching.items():
        setattr(Context, name, method)


@contextmanager
def shared_configuration() -> Iterator[None]:
    """Entering the context does not copy Prefect's whole configuration when it is given the one it already has.

    That copy is nine tenths of what running a flow costs.
    """
    module = vars(context_module)
    plain = module["merge_dicts"]

    def merge(first: Any, second: Any) -> Any:
        return first if first is second else plain(first, second)

    module["merge_dicts"] = merge
    try:
        yield
    finally:
        module["merge_dicts"] = plain


# --- logs and clients ------------------------------------------------------------------------------------------------

_ENGINE = os.path.dirname(str(prefect.engine.__file__)) + os.sep


class _Capture(logging.Handler):
    def __init__(self, log: Tell) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if record.pathname.startswith(_ENGINE):  # the runner's own remarks
            return
        try:
            text = record.getMessage()
        except Exception as error:
            text = f"{record.msg!r} (its arguments do not fit: {type(error).__name__})"
        self._log(record.levelname, text)


_capturing: _Capture | None = None


def watch_logs() -> None:
    """Make all loggers tell the recorder instead of their handlers while a run is in progress; once per process.

    Handlers that were made before the run hold on to the terminal, whatever standard output is meanwhile.
    """
    plain: Any = logging.Logger.callHandlers
    if hasattr(plain, "_taskcontract_watched"):
        return

    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        if _capturing is None:
            plain(self, record)
        else:
            _capturing.emit(record)

    call_handlers._taskcontract_watched = True  # type: ignore[attr-defined]
    functools.update_wrapper(call_handlers, plain)
    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]


@contextmanager
def _quiet_logs(log: Tell) -> Iterator[None]:
    """What is logged is told to the recorder; what the task does to Prefect's logger is undone."""
    global _capturing
    logger = logging.getLogger("prefect")
    saved = (logger.handlers[:], logger.level, logger.propagate, logger.disabled, _capturing)
    _capturing = _Capture(log)
    logger.handlers[:] = [_capturing]
    logger.propagate, logger.disabled = False, False
    _set_level(logger, logging.DEBUG)  # a user may have it so: what is told then is told as well
    try:
        yield
    finally:
        logger.handlers[:] = saved[0]
        _set_level(logger, saved[1])
        logger.propagate, logger.disabled, _capturing = saved[2:]


def _set_level(logger: logging.Logger, level: int) -> None:
    """As `setLevel`, which also empties what the loggers know that are not below this one."""
    if logger.level != level:
        logger.level = level
        below = logger.name + "."
        for name, other in list(logger.manager.loggerDict.items()):
            if isinstance(other, logging.Logger) and (other is logger or name.startswith(below)):
                other._cache.clear()  # type: ignore[attr-defined]


_cached: dict[tuple[int, str], tuple[tuple[dict[str, Any], str], ...]] = {}
"""Where the client caches are (a module's namespace and a name in it), by how many modules there are and which came last."""


def forget_clients() -> None:
    """Empty the client caches of Prefect's helper modules and of boto3, where they are loaded."""
    modules = sys.modules
    known = (len(modules), next(reversed(modules)))
    places = _cached.get(known)
    if places is None:
        if len(_cached) > 100:
            _cached.clear()
        places = _cached[known] = _client_caches()
    for space, name in places:
        cache = space.get(name)
        if isinstance(cache, _CACHES):
            cache.clear()
    boto3 = modules.get("boto3")
    if boto3 is not None and vars(boto3).get("DEFAULT_SESSION") is not None:
        vars(boto3)["DEFAULT_SESSION"] = None


def _client_caches() -> tuple[tuple[dict[str, Any], str], ...]:
    spaces = [vars(module) for name, module in list(sys.modules.items()) if name.startswith("prefect.utilities.")]
    return tuple((space, name) for space in spaces for name, value in list(space.items()) if isinstance(value, _CACHES))
