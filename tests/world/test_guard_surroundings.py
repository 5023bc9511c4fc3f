"""The environment, chance, threads and names around a run: its own, the same every time, and gone afterwards."""

from __future__ import annotations

import os
import random
import secrets
import socket
import sys
import threading
import time
import uuid
from typing import Any

import pytest

from taskcontract.model import Change
from taskcontract.world import environment, guard, state
from taskcontract.world.callers import caller

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning",  # what a refused run leaves open is found later, by the collector
)


def _reads(seen: Any, kind: str = "env") -> list[str]:
    return [read.name for read in seen.run.reads if read.kind == kind]


def test_variables_are_the_cases_and_asking_is_told(sealed: Any) -> None:
    def run() -> Any:
        environ = os.environ
        return environ.get("GIVEN"), os.getenv("ABSENT"), "ALSO_ABSENT" in environ, environ["GIVEN"], "HOME" in environ

    seen = sealed(run, env={"GIVEN": "value"})
    assert seen.value == ("tuple", "value", None, False, "value", True)
    assert _reads(seen) == ["GIVEN", "ABSENT", "ALSO_ABSENT", "GIVEN", "HOME"]


def test_looking_at_all_variables_is_told_as_such(sealed: Any) -> None:
    seen = sealed(lambda: sorted(os.environ))
    assert seen.value == ("list", "HOME", "LANG", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER") and _reads(seen) == ["*"]


def test_changes_to_the_environment_are_told_and_undone(sealed: Any) -> None:
    def run() -> None:
        os.environ["ADDED"] = "here: " + os.getcwd()
        os.environ["GIVEN"] = "changed"
        del os.environ["TZ"]
        os.chdir("/")

    host = dict(os.environ)
    seen = sealed(run, env={"GIVEN": "value"})
    assert seen.changes == (
        Change("environment", "ADDED", None, "here: <case>"),
        Change("environment", "GIVEN", "value", "changed"),
        Change("environment", "TZ", "UTC", None),
        Change("environment", "working directory", "<case>", "/"),
    )
    assert dict(os.environ) == host and type(os.environ).__name__ == "_Environ"


def test_replacing_the_environment_is_told(sealed: Any) -> None:
    def run() -> None:
        os.environ = {"ONLY": "1"}  # type: ignore[assignment]  # noqa: B003 - that is the point

    assert {c.name for c in sealed(run).changes} >= {"ONLY", "HOME", "PATH"}


def test_nobody_changed_anything_outside_a_run(tmp_path: Any) -> None:
    from taskcontract.model import Case, TaskRef

    run = state.Run(Case(TaskRef("m", "q")), tmp_path)
    assert guard.environment_changes(run) == () == guard.inside_changes(run)
    guard.mend(run)


def test_chance_is_the_same_in_every_run(sealed: Any) -> None:
    def run() -> Any:
        own = random.Random()
        numbers = random.random(), own.random(), random.SystemRandom().random(), random.Random(5).random()
        random.seed()
        return (*numbers, random.random(), uuid.uuid4(), uuid.uuid1(), secrets.token_hex(), os.urandom(4), os.getrandom(4))

    before = random.getstate()
    first, second = sealed(run), sealed(run)
    assert first.ended == "returned" and first.value == second.value
    assert random.getstate() == before
    assert uuid.uuid4() != uuid.uuid4() and uuid.uuid1() != uuid.uuid1() and os.urandom(8) != os.urandom(8)


def test_arrays_chance_is_seeded_too_where_it_is_installed(sealed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Numbers:
        seeds: list[int] = []  # noqa: RUF012 - one list is meant
        state = "host's"

        def get_state(self) -> str:
            return self.state

        def seed(self, value: int) -> None:
            self.seeds.append(value)
            self.state = "run's"

        def set_state(self, value: str) -> None:
            self.state = value

    numbers = Numbers()
    monkeypatch.setitem(sys.modules, "numpy.random", numbers)
    assert sealed(lambda: numbers.state).value == "run's"
    assert numbers.seeds == [20_250_115] and numbers.state == "host's"


def test_standard_input_is_empty(sealed: Any) -> None:
    assert isinstance(sealed(input).value, EOFError)


def test_threads_are_told_once_and_work_for_their_run(sealed: Any) -> None:
    def work() -> None:
        os.environ.get("FROM_A_THREAD")

    def run() -> None:
        for _ in range(3):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()

    seen = sealed(run)
    assert [(e.kind, e.constructing) for e in seen.run.effects] == [("thread", True)]
    assert seen.run.effects[0].what.endswith("<locals>.work") and _reads(seen) == ["FROM_A_THREAD"] * 3


def test_a_threads_error_is_noted_and_the_hosts_is_its_own(sealed: Any) -> None:
    def fail() -> None:
        raise LookupError("in a thread")

    def run() -> None:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    assert sealed(run).run.notes == ["a thread that the run started ended with LookupError"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_hosts_threads_end_as_they_do(sealed: Any) -> None:
    sealed(lambda: None)
    heard: list[str] = []
    own, threading.excepthook = threading.excepthook, lambda args: heard.append(args.exc_type.__name__)
    try:
        thread = threading.Thread(target=lambda: [][0])
        thread.start()
        thread.join()
    finally:
        threading.excepthook = own
    assert heard == ["IndexError"]


def test_a_thread_left_behind_can_do_nothing_more(sealed: Any, tmp_path: Any) -> None:
    go: list[bool] = []
    done = threading.Event()
    tried: list[str] = []

    def wait() -> None:
        try:
            while not go:
                sum(range(1000))
        except BaseException:
            wait()

    def later() -> None:
        wait()
        for attempt in (lambda: (tmp_path / "late").write_text("x"), lambda: socket.create_connection(("127.0.0.1", 1))):
            try:
                attempt()
            except state.Stopped as stopped:
                tried.append(type(stopped).__name__)
            except BaseException as error:
                tried.append(repr(error))
        done.set()

    seen = sealed(lambda: threading.Thread(target=later, daemon=True).start())
    go.append(True)
    assert done.wait(10)
    assert seen.ended == "returned" and not (tmp_path / "late").exists()
    assert set(tried) <= {"Refused", "Cut"} and tried


def test_what_is_registered_for_the_end_is_done_sealed(sealed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    import atexit

    registered: list[Any] = []
    monkeypatch.setattr(atexit, "register", _registering(registered))

    def run() -> None:
        atexit.register(lambda: (tmp_path / "late").write_text("x"))

    sealed(run)
    function, *arguments = registered.pop()
    function(*arguments)
    assert not (tmp_path / "late").exists()


def _registering(registered: list[Any]) -> Any:
    from taskcontract.world.threads import _at_exit

    return _at_exit(lambda *call: registered.append(call))


def test_own_names_are_answered_without_asking(sealed: Any) -> None:
    def run() -> Any:
        return (
            socket.gethostname(), socket.getfqdn(), socket.gethostbyname("localhost"), socket.gethostbyaddr("127.0.0.1")[0],
            socket.getaddrinfo("10.0.0.1", 80, type=socket.SOCK_STREAM)[0][4], socket.getfqdn("0.0.0.0"),
        )  # fmt: skip

    assert sealed(run).value == (
        "tuple", "localhost", "localhost", "127.0.0.1", "localhost", ("tuple", "10.0.0.1", 80), "localhost",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attempt", "what"),
    [
        (lambda: socket.socket().connect(("db.example.com", 5432)), "connect db.example.com:5432"),
        (lambda: socket.create_connection(("db.example.com", b"5432")), "connect db.example.com:5432"),
        (lambda: socket.socket(socket.AF_UNIX).connect(b"\0abstract"), "connect unix:@abstract"),
        (lambda: socket.gethostbyname("db.example.com"), "connect db.example.com"),
        (lambda: socket.getnameinfo(("10.1.2.3", 80), 0), "connect 10.1.2.3:80"),
        (lambda: socket.socket().bind(("", 8080)), "listen :8080"),
        (lambda: socket.sethostname("x"), "connect the system log or host name"),
    ],
)
def test_refusals_say_where_to(sealed: Any, attempt: Any, what: str) -> None:
    seen = sealed(attempt)
    assert seen.ended == "refused" and [(e.kind, e.what, e.refused) for e in seen.run.effects] == [("connect", what, True)]


def test_the_hosts_network_is_its_own(sealed: Any) -> None:
    sealed(lambda: None)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connection:
        connection.sendall(b"x")
    assert socket.gethostname() and socket.getfqdn("localhost") and socket.getaddrinfo("127.0.0.1", 1)


def test_a_host_thread_is_not_the_runs(sealed: Any) -> None:
    stop, names = threading.Event(), []

    def host() -> None:
        while not stop.is_set():
            names.append(state.active())
            time.sleep(0.001)

    thread = threading.Thread(target=host)
    thread.start()
    try:
        seen = sealed(lambda: [sum(range(1000)) for _ in range(200)])
    finally:
        stop.set()
        thread.join()
    assert seen.run.effects == [] and set(names) == {None}


def test_a_budget_elsewhere_than_in_the_main_thread_does_nothing(sealed: Any) -> None:
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(sealed(lambda: 5)))
    thread.start()
    thread.join()
    assert seen[0].value == 5


def test_the_caller_is_the_first_that_is_not_the_standard_librarys() -> None:
    assert caller(0) == __name__


def test_what_is_ignored_in_a_run_does_not_reach_the_hook_of_the_host(sealed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fragile:
        def __del__(self) -> None:
            raise RuntimeError("at the end")

    heard: list[Any] = []
    hook = heard.append
    monkeypatch.setattr(sys, "unraisablehook", hook)
    assert sealed(lambda: [Fragile()].clear()).ended == "returned"
    assert heard == [] and sys.unraisablehook is hook


def test_a_limit_that_is_passed_when_the_tasks_code_has_ended_does_not_end_what_the_harness_does(
    hurried: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also not where the harness has called code of another module, as here: the standard library's, in this test its own."""
    met: list[bool] = []

    class Slow(dict[Any, Any]):
        def get(self, key: Any, default: Any = None) -> Any:
            met.append(key.working)
            while guard.BUDGET._ticks < 6:  # the third tick is at the limit on processor time that the fixture sets
                pass
            return dict.get(self, key, default)

    monkeypatch.setattr(environment, "_layers", Slow())
    seen = hurried(lambda: 5)
    assert met == [False] and (seen.ended, seen.value) == ("returned", 5) and seen.run.stopped is None
