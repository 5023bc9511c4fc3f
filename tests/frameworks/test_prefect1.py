"""Prefect 1 behind the protocol: what is a task, its options, and one run of it, directly and in a flow."""

from __future__ import annotations

import datetime
import logging
import sys
import threading
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from textwrap import dedent
from typing import Any

import prefect
import pytest
from prefect.engine import signals

from taskcontract.errors import UsageError
from taskcontract.frameworks import Framework, OptionSample, installed_framework
from taskcontract.frameworks.prefect1_options import guess
from taskcontract.model import TaskRef

SOURCE = """
    import functools
    import prefect
    from prefect import Task, task
    from prefect.client import Secret
    from prefect.engine import signals
    from prefect.utilities.tasks import defaults_from_attrs


    class Say(Task):
        def __init__(self, word="hi", **kwargs):
            self.word = word
            super().__init__(**kwargs)

        @defaults_from_attrs("word")
        def run(self, word=None, how=""):
            if how:
                return getattr(self, how)()
            return word

        def log(self):
            self.logger.info("one %s", 1)
            prefect.context.get("logger").warning("two")
            self.logger.error("%d", "three")

        def elsewhere(self):
            import logging
            logging.getLogger("acme.diagnostics").warning("by %s way", "another")

        def secret(self):
            return Secret("TOKEN").get()

        def nested(self):
            return prefect.context.get("secrets", {}).get("AWS", {}).get("KEY")

        def context(self):
            return [prefect.context.today, prefect.context["flow_run_name"], "absent" in prefect.context]

        def fails(self):
            raise KeyError("k")

        def skips(self):
            raise signals.SKIP("s")

        def succeeds(self):
            raise signals.SUCCESS("s", result=4)

        def exits(self):
            raise SystemExit(3)

        def mutes(self):
            self.logger.parent.handlers.clear()
            prefect.context.update(left="over")


    class Strict(Task):
        def run(self, x):
            return x


    class Empty(Task):
        pass


    def unnamed(*names):
        def wrap(method):
            def inner(self, **kwargs):
                for name in names:
                    kwargs.setdefault(name, getattr(self, name))
                return method(self, **kwargs)
            return inner
        return wrap


    class Mapped(Task):
        word = "own"

        @unnamed("word")
        def run(self, word=None):
            return word


    @task
    def add(x, y=2):
        return x + y

    class ByPosition(Task):
        def __init__(self, host="", port=None, /, user="", **kwargs):
            self.host, self.port, self.user = host, port, user
            super().__init__(**kwargs)

        def run(self):
            pass
"""


class Told:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.reads: list[tuple[str, str]] = []
        self.logs: list[tuple[str, str]] = []

    def read(self, kind: str, name: str) -> None:
        self.reads.append((kind, name))

    def log(self, level: str, text: str) -> None:
        self.logs.append((level, text))


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tasks")
    name = "frameworks_prefect1_tasks"
    (folder / f"{name}.py").write_text(dedent(SOURCE))
    sys.path.insert(0, str(folder))
    yield name
    sys.path.remove(str(folder))
    sys.modules.pop(name, None)


@pytest.fixture
def framework() -> Framework:
    return installed_framework()


def outcome(framework: Framework, ref: TaskRef, call: dict[str, Any], flow: bool, told: Told, **given: Any) -> Any:
    """What one run gives: its value, or the exception that it raised."""
    surroundings = framework.per_run_context(
        given.get("secrets", {}), given.get("any_secret", False), given.get("context", {}), told.read, told.log
    )
    with surroundings:
        try:
            if flow:
                return framework.run_in_flow(ref, given.get("init", {}), call)
            return framework.call(framework.construct(ref, given.get("init", {})), (), call)
        except BaseException as error:
            return error


# --- which Prefect -----------------------------------------------------------------------------------------------------


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    installed_framework.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    installed_framework.cache_clear()


def test_the_generation_is_read_from_the_installed_version(framework: Framework) -> None:
    assert (framework.name, framework.version) == ("prefect", metadata.version("prefect"))


def test_without_prefect_the_message_says_what_to_install(unread: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    unread.setattr(metadata, "version", missing)
    with pytest.raises(UsageError, match="Prefect is not installed here: install it"):
        installed_framework()


def test_another_generation_is_refused_by_name(unread: pytest.MonkeyPatch) -> None:
    unread.setattr(metadata, "version", lambda name: "3.9.0")
    with pytest.raises(UsageError, match=r"Prefect 3\.9\.0 is installed, and taskcontract judges Prefect 1 so far"):
        installed_framework()


# --- what is a task ----------------------------------------------------------------------------------------------------


def test_what_is_a_task(framework: Framework, module: str) -> None:
    say = framework.load(TaskRef(module, "Say"))
    add = framework.load(TaskRef(module, "add"))
    assert framework.is_task_class(say) and not framework.is_task_class(add)
    assert framework.is_function_task(add) and not framework.is_function_task(say())
    assert not framework.is_task_class(prefect.Task) and not framework.is_task_class(3)
    assert framework.has_run(say) and not framework.has_run(framework.load(TaskRef(module, "Empty")))
    assert framework.function_of(add)(1) == 3
    with pytest.raises(TypeError, match="is no function task"):
        framework.function_of(3)


def test_a_class_that_objects_to_being_asked_is_no_task(framework: Framework) -> None:
    class Objecting(type):
        @property
        def __mro__(cls) -> Any:
            raise RuntimeError

        def __subclasscheck__(cls, other: type) -> bool:
            raise RuntimeError

    assert not framework.is_task_class(Objecting("C", (), {}))


def test_the_frameworks_own_code(framework: Framework) -> None:
    assert framework.is_framework_base(prefect.Task) and not framework.is_framework_base(Told)
    assert framework.is_machinery("prefect.engine.signals") and framework.is_machinery("prefect")
    assert not framework.is_machinery("prefect.tasks.shell") and not framework.is_machinery("prefectly")


def test_reserved_attributes_are_those_a_bare_task_has(framework: Framework) -> None:
    assert {"name", "tags", "timeout", "result", "logger", "trigger"} <= framework.reserved_attributes()
    assert framework.reserved_attributes() == set(vars(prefect.Task()))


def test_the_code_of_run_is_the_innermost(framework: Framework, module: str) -> None:
    for name, line in (("Say", 15), ("Mapped", 78), ("add", 83)):
        code = framework.run_code(TaskRef(module, name))
        assert code is not None and (code.co_name, code.co_firstlineno) == ("run" if name != "add" else "add", line)


def test_decorators_are_recognised_by_what_they_close_over(framework: Framework, module: str) -> None:
    assert framework.defaulting(framework.load(TaskRef(module, "Say")).run) == {"word": "word"}
    assert framework.defaulting(framework.load(TaskRef(module, "Mapped")).run) == {"word": "word"}
    assert framework.defaulting(framework.load(TaskRef(module, "Strict")).run) == {}


# --- options -----------------------------------------------------------------------------------------------------------


def option_values(framework: Framework, sample: OptionSample, scope: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in (sample.name, *sample.needs):
        value = framework.task_options()[name].value
        for line in value.setup:
            exec(line, scope)
        given[name] = eval(value.code, scope)
    return given


def test_every_option_of_the_installed_prefect_has_a_sample(framework: Framework) -> None:
    import inspect

    assert list(framework.task_options()) == list(inspect.signature(prefect.Task.__init__).parameters)[1:]


@pytest.mark.parametrize("name", list(installed_framework().task_options()))
def test_an_options_sample_is_seen_on_the_task_and_only_then(framework: Framework, module: str, name: str) -> None:
    sample = framework.task_options()[name]
    scope: dict[str, Any] = {"__name__": "options"}
    ref = TaskRef(module, "Say")
    given = option_values(framework, sample, scope)
    expected = eval(sample.expected, scope)
    assert eval(sample.read, {**scope, "task": framework.construct(ref, given)}) == expected
    assert eval(sample.read, {**scope, "task": framework.construct(ref, {})}) != expected
    assert hasattr(framework.construct(ref, {}), sample.attribute)


def test_an_option_not_known_here_is_sampled_by_what_it_looks_like() -> None:
    import inspect

    later = datetime.timedelta()

    def newer(flag: bool = False, label: str = "", count: int = 0, pause: datetime.timedelta = later, odd: object = 0j) -> None:
        """An `__init__` of a release to come."""

    found = {name: guess(p) for name, p in inspect.signature(newer).parameters.items()}
    codes = {name: sample.value.code if sample else None for name, sample in found.items()}
    assert codes == {
        "flag": "True",
        "label": "'contract-label'",
        "count": "4711",
        "pause": "datetime.timedelta(seconds=4711)",
        "odd": None,
    }


# --- one run -----------------------------------------------------------------------------------------------------------

BOTH = pytest.mark.parametrize("flow", [False, True], ids=["direct", "flow"])


@BOTH
def test_a_value_comes_back(framework: Framework, module: str, flow: bool) -> None:
    assert outcome(framework, TaskRef(module, "Say"), {}, flow, Told(), init={"word": "ho"}) == "ho"
    assert outcome(framework, TaskRef(module, "Say"), {"word": [1, {"a": (2,)}]}, flow, Told()) == [1, {"a": (2,)}]
    assert outcome(framework, TaskRef(module, "add", kind="function"), {"x": 1}, flow, Told()) == 3


@BOTH
def test_the_tasks_own_exception_comes_back(framework: Framework, module: str, flow: bool) -> None:
    ref, retries = TaskRef(module, "Say"), {"max_retries": 2, "retry_delay": datetime.timedelta(hours=9)}
    for how, kind in (("fails", KeyError), ("exits", SystemExit)):
        error = outcome(framework, ref, {"how": how}, flow, Told(), init=retries)
        assert type(error) is kind
        assert framework.classify(error) == "raised"
        trace, names = error.__traceback__, []
        while trace is not None:
            names.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        assert names[-1] == how


@BOTH
def test_signals_come_back_as_signals(framework: Framework, module: str, flow: bool) -> None:
    for how, kind in (("skips", signals.SKIP), ("succeeds", signals.SUCCESS)):
        error = outcome(framework, TaskRef(module, "Say"), {"how": how}, flow, Told())
        assert type(error) is kind
        assert framework.classify(error) == "signal"
        assert str(error) == "s"


def test_a_flow_needs_what_binding_needs(framework: Framework, module: str) -> None:
    phases: list[str] = []
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        framework.run_in_flow(TaskRef(module, "Strict"), {}, {}, phases.append)
    assert phases == ["construct", "bind"]
    made: list[Any] = []
    assert framework.run_in_flow(TaskRef(module, "Strict"), {}, {"x": 1}, phases.append, made.append) == 1
    assert phases[2:] == ["construct", "bind", "run"]
    assert type(made[0]).__name__ == "Strict"


@BOTH
def test_logs_are_told_and_not_printed(
    framework: Framework, module: str, flow: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told()
    outcome(framework, TaskRef(module, "Say"), {"how": "log"}, flow, told)
    assert told.logs[:2] == [("INFO", "one 1"), ("WARNING", "two")]
    assert told.logs[2] == ("ERROR", "'%d' (its arguments do not fit: TypeError)")
    assert len(told.logs) == 3
    assert capsys.readouterr().out == ""


@BOTH
def test_a_logger_with_its_own_way_to_the_terminal_is_told_too(
    framework: Framework, module: str, flow: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    handler, logger, told = logging.StreamHandler(sys.stdout), logging.getLogger("acme.diagnostics"), Told()
    logger.addHandler(handler)
    try:
        outcome(framework, TaskRef(module, "Say"), {"how": "elsewhere"}, flow, told)
        assert told.logs == [("WARNING", "by another way")] and capsys.readouterr().out == ""
        logger.warning("after the run")
        assert capsys.readouterr().out == "after the run\n"
    finally:
        logger.removeHandler(handler)


@BOTH
def test_secrets_are_watched(framework: Framework, module: str, flow: bool) -> None:
    ref, told = TaskRef(module, "Say"), Told()
    assert outcome(framework, ref, {"how": "secret"}, flow, told, secrets={"TOKEN": '{"a": 1}'}) == {"a": 1}
    assert outcome(framework, ref, {"how": "secret"}, flow, told, any_secret=True) == "secret-of-TOKEN"
    assert outcome(framework, ref, {"how": "nested"}, flow, told, any_secret=True) == "secret-of-AWS-KEY"
    assert told.reads == [("secret", "TOKEN"), ("secret", "TOKEN"), ("secret", "AWS")]
    missing = outcome(framework, ref, {"how": "secret"}, flow, told)
    assert isinstance(missing, ValueError) and str(missing) == 'Local Secret "TOKEN" was not found.'
    assert outcome(framework, ref, {"how": "nested"}, flow, told, secrets={"AWS": {"KEY": 5}}) == 5


def test_a_thread_of_the_task_finds_the_secrets_too(framework: Framework) -> None:
    told, found = Told(), []

    def look() -> None:
        found.append(prefect.context.get("secrets", {}).get("X"))

    with framework.per_run_context({"X": "1"}, False, {}, told.read, told.log):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == ["1"]
    assert ("secret", "X") in told.reads
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == ["1", None]


@BOTH
def test_reads_of_the_run_context_are_told(framework: Framework, module: str, flow: bool) -> None:
    told = Told()
    ref = TaskRef(module, "Say")
    assert outcome(framework, ref, {"how": "context"}, flow, told) == ["2024-01-15", "contract-flow-run", False]
    assert told.reads == [("context", "today"), ("context", "flow_run_name"), ("context", "absent")]
    told = Told()
    changed = outcome(framework, ref, {"how": "context"}, flow, told, context={"flow_run_name": "other"})
    assert changed == ["2024-01-15", "other", False]


def test_everything_is_put_back(framework: Framework, module: str) -> None:
    logger = logging.getLogger("prefect")
    before = (logger.handlers[:], logger.level, dict(prefect.context))
    outcome(framework, TaskRef(module, "Say"), {"how": "mutes"}, False, Told())
    outcome(framework, TaskRef(module, "Say"), {"how": "mutes"}, True, Told())
    assert (logger.handlers[:], logger.level, dict(prefect.context)) == before
    assert prefect.context.get("left") is None


def test_options_change_a_copy_of_a_function_task(framework: Framework, module: str) -> None:
    ref = TaskRef(module, "add", kind="function")
    changed = framework.construct(ref, {"name": "other"})
    assert (changed.name, framework.load(ref).name) == ("other", "add")
    assert framework.construct(ref, {}) is not framework.load(ref)


def test_clients_that_remember_credentials_are_forgotten(framework: Framework, monkeypatch: pytest.MonkeyPatch) -> None:
    import types
    import weakref

    class Client:
        """Kept alive by the test, and by nobody else."""

    client, told = Client(), Told()
    helper, boto3 = types.ModuleType("prefect.utilities.contract_clients"), types.ModuleType("boto3")
    cache: Any = weakref.WeakValueDictionary({"key": client})
    vars(helper)["_CACHE"] = cache
    vars(boto3)["DEFAULT_SESSION"] = client
    monkeypatch.setitem(sys.modules, helper.__name__, helper)
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    with framework.per_run_context({}, False, {}, told.read, told.log):
        assert len(cache) == 0
        assert vars(boto3)["DEFAULT_SESSION"] is None


def test_a_secret_whose_shape_nobody_knows_serves_as_text_and_as_dict(framework: Framework, tmp_path: Path) -> None:
    told = Told()
    with framework.per_run_context({}, True, {}, told.read, told.log):
        secret = prefect.context.secrets["GCP"]
        assert (secret, secret["key"], secret.get("user")) == ("secret-of-GCP", "secret-of-GCP-key", "secret-of-GCP-user")
        assert secret["tenant_id"] == "secret-of-GCP-tenant-id", "as Azure's clients demand it"
        assert secret[0] == "s"
        assert "ANY" in prefect.context.secrets
    assert told.reads == [("secret", "GCP"), ("secret", "ANY")]


@BOTH
def test_a_host_that_makes_warnings_errors_changes_nothing(framework: Framework, module: str, flow: bool) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert outcome(framework, TaskRef(module, "Say"), {"word": "ho"}, flow, Told()) == "ho"


def test_what_construction_takes_by_position_only_is_given_so(framework: Framework, module: str) -> None:
    ref = TaskRef(module, "ByPosition")
    task = framework.construct(ref, {"host": "h", "port": 1, "user": "u"})
    assert (task.host, task.port, task.user) == ("h", 1, "u")
    assert framework.construct(ref, {"host": "h"}).port is None
    with pytest.raises(TypeError, match="port"):
        framework.construct(ref, {"port": 1})  # nothing can be given by position behind a gap
