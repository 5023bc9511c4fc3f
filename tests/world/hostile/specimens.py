"""Things that a task may try. Each specimen does one; none of them may get anywhere.

A specimen is a function of a `Place`: the address of a listening server and a folder that is not its own. `@tries` says
what the trace must tell: the kind of the effect, and whether it was refused (`stood in for` otherwise).
"""

from __future__ import annotations

import asyncio
import builtins
import concurrent.futures
import contextlib
import contextvars
import ctypes
import locale
import logging
import multiprocessing
import os
import pathlib
import pty
import random
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """Where harm could be done: a server that listens on TCP `port` and UDP `udp`, a `victim` folder, a private `home`."""

    host: str
    port: int
    udp: int
    victim: str
    home: str


@dataclass(frozen=True)
class Specimen:
    name: str
    do: Callable[[Place], Any]
    kind: str
    ends: str


SPECIMENS: dict[str, Specimen] = {}


def tries(kind: str, ends: str) -> Callable[[Callable[[Place], Any]], Callable[[Place], Any]]:
    """Register a specimen: the `kind` of effect that must be told ('' for none), and how the run `ends`."""

    def register(function: Callable[[Place], Any]) -> Callable[[Place], Any]:
        SPECIMENS[function.__name__] = Specimen(function.__name__, function, kind, ends)
        return function

    return register


# --- network -------------------------------------------------------------------------------------------------------------

SAVED_SOCKET, SAVED_CONNECT = socket.socket, socket.socket.connect


@tries("connect", "refused")
def connect(place: Place) -> Any:
    socket.socket().connect((place.host, place.port))


@tries("connect", "refused")
def connect_ex(place: Place) -> Any:
    socket.socket().connect_ex((place.host, place.port))


@tries("connect", "refused")
def create_connection(place: Place) -> Any:
    socket.create_connection((place.host, place.port), timeout=1)


@tries("connect", "refused")
def connect_by_name(place: Place) -> Any:
    socket.socket().connect(("taskcontract.invalid", place.port))


@tries("connect", "refused")
def datagram_by_name(place: Place) -> Any:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", 0, ("taskcontract.invalid", place.udp))


@tries("connect", "refused")
def saved_at_import(place: Place) -> Any:
    SAVED_CONNECT(SAVED_SOCKET(), (place.host, place.port))


@tries("connect", "refused")
def lowest_socket(place: Place) -> Any:
    import _socket

    _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM).connect((place.host, place.port))


@tries("connect", "refused")
def datagram(place: Place) -> Any:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", (place.host, place.udp))


@tries("connect", "refused")
def datagram_message(place: Place) -> Any:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"hello"], [], 0, (place.host, place.udp))


@tries("connect", "refused")
def from_a_thread(place: Place) -> Any:
    thread = threading.Thread(target=connect, args=(place,))
    thread.start()
    thread.join()


@tries("connect", "refused")
def from_an_executor(place: Place) -> Any:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return pool.submit(connect, place).result()


@tries("connect", "refused")
def from_a_bare_thread(place: Place) -> Any:
    import _thread

    done = threading.Event()

    def work() -> None:
        with contextlib.suppress(BaseException):
            connect(place)
        done.set()

    _thread.start_new_thread(work, ())
    done.wait(2)


@tries("connect", "refused")
def from_asyncio(place: Place) -> Any:
    asyncio.run(asyncio.wait_for(asyncio.open_connection(place.host, place.port), 2))


@tries("connect", "refused")
def from_an_empty_context(place: Place) -> Any:
    contextvars.Context().run(connect, place)


@tries("connect", "refused")
def swallowed_and_tried_again(place: Place) -> Any:
    for _ in range(20):
        with contextlib.suppress(BaseException):
            connect(place)
    datagram(place)


@tries("connect", "refused")
def name_look_up(place: Place) -> Any:
    socket.getaddrinfo("taskcontract.invalid", 80)


@tries("connect", "refused")
def old_name_look_up(place: Place) -> Any:
    socket.gethostbyname("taskcontract.invalid")


@tries("connect", "refused")
def listening(place: Place) -> Any:
    socket.create_server(("127.0.0.1", 0))


@tries("connect", "refused")
def unix_socket(place: Place) -> Any:
    socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")


@tries("", "refused")
def connecting_repr(place: Place) -> Any:
    class Result:
        def __repr__(self) -> str:
            connect(place)
            return "never"

        __slots__ = ()

    return Result()


# --- processes -----------------------------------------------------------------------------------------------------------


@tries("process", "stood in for")
def subprocess_run(place: Place) -> Any:
    subprocess.run(["touch", place.victim + "/made"], check=True)


@tries("process", "stood in for")
def subprocess_shell(place: Place) -> Any:
    return subprocess.check_output(f"rm -rf {place.victim}", shell=True)


@tries("process", "stood in for")
def os_system(place: Place) -> Any:
    return os.system(f"touch {place.victim}/made")


@tries("process", "stood in for")
def os_popen(place: Place) -> Any:
    return os.popen(f"touch {place.victim}/made").read()


@tries("process", "stood in for")
def asyncio_subprocess(place: Place) -> Any:
    async def main() -> Any:
        made = await asyncio.create_subprocess_exec("touch", place.victim + "/made", stdout=asyncio.subprocess.PIPE)
        return await made.communicate()

    return asyncio.run(main())


@tries("process", "refused")
def fork(place: Place) -> Any:
    if os.fork() == 0:
        os._exit(0)


@tries("process", "refused")
def forkpty(place: Place) -> Any:
    os.forkpty()


@tries("process", "refused")
def pty_spawn(place: Place) -> Any:
    pty.spawn(["touch", place.victim + "/made"])


@tries("process", "refused")
def posix_spawn(place: Place) -> Any:
    os.posix_spawn("/bin/touch", ["touch", place.victim + "/made"], {})


@tries("process", "refused")
def execute(place: Place) -> Any:
    os.execv("/bin/touch", ["touch", place.victim + "/made"])


@tries("process", "refused")
def spawn(place: Place) -> Any:
    os.spawnv(os.P_WAIT, "/bin/touch", ["touch", place.victim + "/made"])


@tries("process", "refused")
def multiprocessing_process(place: Place) -> Any:
    process = multiprocessing.get_context("fork").Process(target=connect, args=(place,))
    process.start()


@tries("process", "refused")
def lowest_fork_exec(place: Place) -> Any:
    import _posixsubprocess

    getattr(_posixsubprocess, "fork_exec")()  # noqa: B009 - typed differently by every version


@tries("process", "refused")
def kill_the_parent(place: Place) -> Any:
    os.kill(os.getppid(), signal.SIGTERM)


@tries("process", "refused")
def exit_at_once(place: Place) -> Any:
    os._exit(7)


@tries("process", "refused")
def abort(place: Place) -> Any:
    os.abort()


@tries("process", "refused")
def own_signal(place: Place) -> Any:
    signal.raise_signal(signal.SIGTERM)


@tries("process", "refused")
def compiled_system(place: Place) -> Any:
    ctypes.CDLL(None).system(f"touch {place.victim}/made".encode())


@tries("process", "refused")
def raise_a_limit(place: Place) -> Any:
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


# --- files ---------------------------------------------------------------------------------------------------------------


@tries("file", "refused")
def write(place: Place) -> Any:
    with open(place.victim + "/made", "w") as file:
        file.write("x")


@tries("file", "refused")
def append(place: Place) -> Any:
    with open(place.victim + "/kept", "a") as file:
        file.write("x")


@tries("file", "refused")
def low_level_write(place: Place) -> Any:
    os.open(place.victim + "/made", os.O_CREAT | os.O_WRONLY)


@tries("file", "refused")
def write_relative_to_a_directory(place: Place) -> Any:
    os.open("made", os.O_CREAT | os.O_WRONLY, dir_fd=os.open(place.victim, os.O_RDONLY))


@tries("file", "refused")
def write_after_changing_directory(place: Place) -> Any:
    os.chdir(place.victim)
    pathlib.Path("made").write_text("x")


@tries("file", "refused")
def write_through_parents(place: Place) -> Any:
    pathlib.Path(os.path.relpath(place.victim), "made").write_text("x")


@tries("file", "refused")
def write_through_a_link(place: Place) -> Any:
    os.symlink(place.victim, "inside")
    pathlib.Path("inside/made").write_text("x")


@tries("file", "refused")
def delete(place: Place) -> Any:
    os.remove(place.victim + "/kept")


@tries("file", "refused")
def delete_tree(place: Place) -> Any:
    shutil.rmtree(place.victim)


@tries("file", "refused")
def rename_away(place: Place) -> Any:
    os.rename(place.victim + "/kept", "mine")


@tries("file", "refused")
def move_out(place: Place) -> Any:
    pathlib.Path("mine").write_text("x")
    shutil.move("mine", place.victim + "/kept")


@tries("file", "refused")
def hard_link_in(place: Place) -> Any:
    os.link(place.victim + "/kept", "mine")
    pathlib.Path("mine").write_text("x")


@tries("file", "refused")
def link_out(place: Place) -> Any:
    os.symlink("/etc/passwd", place.victim + "/made")


@tries("file", "refused")
def make_directory(place: Place) -> Any:
    os.makedirs(place.victim + "/a/b")


@tries("file", "refused")
def make_fifo(place: Place) -> Any:
    os.mkfifo(place.victim + "/made")


@tries("file", "refused")
def change_mode(place: Place) -> Any:
    os.chmod(place.victim + "/kept", 0)


@tries("file", "refused")
def truncate(place: Place) -> Any:
    os.truncate(place.victim + "/kept", 0)


@tries("file", "refused")
def touch(place: Place) -> Any:
    os.utime(place.victim + "/kept", (0, 0))


@tries("file", "refused")
def temporary_file_elsewhere(place: Place) -> Any:
    with tempfile.NamedTemporaryFile(dir=place.victim):
        pass


@tries("file", "refused")
def database(place: Place) -> Any:
    sqlite3.connect(place.victim + "/made.db").execute("create table t (x)")


@tries("file", "refused")
def attached_database(place: Place) -> Any:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"attach '{place.victim}/made.db' as other")
    connection.execute("create table other.t (x)")


@tries("file", "refused")
def read_private(place: Place) -> Any:
    return pathlib.Path(place.home, ".netrc").read_text()


@tries("file", "refused")
def list_private(place: Place) -> Any:
    return os.listdir(place.home)


@tries("file", "refused")
def read_real_environment(place: Place) -> Any:
    return pathlib.Path("/proc/self/environ").read_bytes()


@tries("file", "refused")
def close_a_host_descriptor(place: Place) -> Any:
    os.closerange(0, 256)


@tries("file", "refused")
def replace_a_host_descriptor(place: Place) -> Any:
    os.dup2(os.open("mine", os.O_CREAT | os.O_RDWR), 1)


# --- the process itself --------------------------------------------------------------------------------------------------


@tries("", "returned")
def read_host_environment(place: Place) -> Any:
    return sorted(os.environ), os.environ.get("TASKCONTRACT_HOST_SECRET"), os.getenv("TASKCONTRACT_HOST_SECRET")


@tries("", "returned")
def clear_environment(place: Place) -> Any:
    os.environ.clear()


@tries("", "returned")
def replace_environment(place: Place) -> Any:
    os.environ = {"PATH": "/nowhere"}  # type: ignore[assignment]  # noqa: B003 - that is the point


@tries("", "returned")
def change_directory_and_mask(place: Place) -> Any:
    os.chdir("/")
    os.umask(0o777)


@tries("", "returned")
def delete_own_directory_contents_and_leave(place: Place) -> Any:
    top = os.path.abspath("a")
    os.makedirs("a/b")
    os.chdir("a/b")
    shutil.rmtree(top)


@tries("", "returned")
def close_standard_streams(place: Place) -> Any:
    for number in (0, 1, 2):
        with contextlib.suppress(OSError):
            open(number, closefd=True).close()


@tries("", "returned")
def patch_functions(place: Place) -> Any:
    os.getcwd = lambda: "/patched"
    time.time = lambda: 0.0
    socket.socket.connect = lambda *a: None  # type: ignore[method-assign]
    subprocess.Popen.__init__ = lambda *a, **k: None  # type: ignore[method-assign]


@tries("", "returned")
def patch_builtins(place: Place) -> Any:
    setattr(builtins, "open", lambda *a, **k: None)  # noqa: B010 - typed otherwise
    builtins.isinstance = lambda *a: True
    builtins.surprise = 1  # type: ignore[attr-defined]


@tries("", "returned")
def empty_import_state(place: Place) -> Any:
    del sys.modules["json"]
    sys.path.clear()
    sys.meta_path.clear()
    sys.argv = []


@tries("", "returned")
def replace_hooks(place: Place) -> Any:
    for owner, name in ((sys, "excepthook"), (sys, "displayhook"), (sys, "unraisablehook"), (threading, "excepthook")):
        setattr(owner, name, lambda *a: None)
    sys.settrace(lambda *a: None)
    logging.disable(logging.CRITICAL)
    logging.root.handlers[:] = []
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.alarm(1)


@tries("", "returned")
def replace_settings(place: Place) -> Any:
    locale.setlocale(locale.LC_ALL, "C")
    sys.setrecursionlimit(10**6)
    sys.setswitchinterval(1)
    random.seed(4)
    socket.setdefaulttimeout(1)
    tempfile.tempdir = "/"


@tries("", "returned")
def replace_streams(place: Place) -> Any:
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, name, None)


# --- never ending --------------------------------------------------------------------------------------------------------


@tries("", "cut")
def endless(place: Place) -> Any:
    while True:
        pass


@tries("", "cut")
def endless_swallowing(place: Place) -> Any:
    while True:
        try:  # noqa: SIM105 - a bare loop is meant
            pass
        except BaseException:
            pass


@tries("", "cut")
def endless_swallowing_calls(place: Place) -> Any:
    def work() -> int:
        return sum(range(10))

    while True:
        try:
            while True:
                try:
                    work()
                except BaseException:
                    work()
        except BaseException:
            continue


@tries("sleep", "cut")
def endless_polling(place: Place) -> Any:
    while True:
        time.sleep(60)


@tries("sleep", "cut")
def endless_polling_that_swallows(place: Place) -> Any:
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(60)


@tries("sleep", "cut")
def endless_async_polling(place: Place) -> Any:
    async def main() -> None:
        while True:
            await asyncio.sleep(60)

    asyncio.run(main())


@tries("", "cut")
def waiting_for_nobody(place: Place) -> Any:
    threading.Event().wait()


@tries("", "returned")
def waiting_for_a_deadline(place: Place) -> Any:
    deadline = time.monotonic() + 3_600
    while time.monotonic() < deadline:
        pass


@tries("thread", "returned")
def thread_that_never_ends(place: Place) -> Any:
    def work() -> None:
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(0.001)

    threading.Thread(target=work).start()


@tries("", "cut")
def memory(place: Place) -> Any:
    kept = []
    while True:
        kept.append(bytearray(b"x" * (1 << 24)))


@tries("", "raised")
def recursion(place: Place) -> Any:
    sys.setrecursionlimit(10**9)
    return recursion(place)


@tries("", "cut")
def output(place: Place) -> Any:
    while True:
        os.write(1, b"x" * 65536)
        sys.__stdout__ and print("x" * 10, file=sys.stdin.__class__())


@tries("", "exited")
def leave(place: Place) -> Any:
    sys.exit(3)


@tries("", "returned")
def result_that_raises(place: Place) -> Any:
    class Result:
        __slots__ = ()

        def __repr__(self) -> str:
            raise RuntimeError("repr")

        def __eq__(self, other: object) -> bool:
            raise RuntimeError("eq")

        def __hash__(self) -> int:
            raise RuntimeError("hash")

    return Result()
