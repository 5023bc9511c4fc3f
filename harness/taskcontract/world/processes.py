"""The process side of the sealed world: no program is ever started.

`subprocess.Popen` (and all that is built on it) becomes a recorded stand-in that ends at once with an invented answer: a task
that runs a program is judged by how it runs it. `os.system` is recorded likewise. What cannot be stood in for is refused: fork,
exec, spawn, a pseudo terminal, signals to others, the end of the process, calls through ctypes.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from typing import Any

from taskcontract.model import Effect
from taskcontract.world import audit
from taskcontract.world.patches import replace
from taskcontract.world.processes_standin import FIRST_PID, Standin, install_standin, status_of
from taskcontract.world.state import Run, active

_NEVER = (
    "setuid", "setgid", "seteuid", "setegid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "initgroups",
    "setsid", "setpgid", "setpriority", "nice", "chroot", "unshare", "setns", "sched_setaffinity", "sched_setscheduler",
    "pidfd_open", "abort", "_exit",
)  # fmt: skip


class ProcessLayer:
    """Records programs that would be started and stands in for them; refuses every other way to a new process."""

    name = "processes"

    def install(self) -> None:
        """Put the stand-in in place and listen to what Python announces."""
        install_standin()
        audit.on("subprocess.Popen", lambda run, a: refuse(run, "run " + command_line(a[1]), a[1]))
        audit.on("os.system", lambda run, a: refuse(run, "run " + command_line(a[0]), a[0]))
        audit.on("os.exec", lambda run, a: refuse(run, "exec " + command_line(a[1] or a[0]), a[1]))
        audit.on("os.posix_spawn os.spawn", lambda run, a: refuse(run, "spawn " + command_line(a[-2]), a[-2]))
        audit.on("os.fork os.forkpty", lambda run, a: refuse(run, "fork", ()))
        audit.on("pty.spawn", lambda run, a: refuse(run, "spawn " + command_line(a[0]), a[0]))
        audit.on("os.kill os.killpg signal.pthread_kill", _kill)
        audit.on("sys.addaudithook", lambda run, a: refuse(run, "watch the interpreter", ()))
        audit.on("resource.setrlimit resource.prlimit", lambda run, a: refuse(run, "set a resource limit", ()))
        audit.on("ctypes.dlopen", _foreign_library)
        audit.on("ctypes.dlsym ctypes.dlsym/handle ctypes.call_function", _foreign_call)
        audit.on("ctypes.string_at ctypes.wstring_at ctypes.cdata ctypes.set_errno", _foreign_call)
        self._install_replacements()

    def _install_replacements(self) -> None:
        replace(os, "system", _system)
        replace(os, "waitpid", _waitpid)
        replace(os, "kill", _kill_standin)
        import _posixsubprocess

        for owner, name in ((_posixsubprocess, "fork_exec"), (subprocess, "_fork_exec")):
            if hasattr(owner, name):
                replace(owner, name, _never("start a program"))
        for name in _NEVER:
            if hasattr(os, name):
                replace(os, name, _never(f"call os.{name}"))
        replace(signal, "raise_signal", _never("send itself a signal"))

    def enter(self, run: Run) -> None:
        """Nothing to set up: stand-ins number themselves by run."""

    def exit(self, run: Run) -> None:
        """Nothing to undo."""


def command_line(arguments: Any) -> str:
    """What a person would type; never raises."""
    if isinstance(arguments, (bytes, str, os.PathLike)):
        return os.fsdecode(arguments)
    with contextlib.suppress(TypeError, ValueError):
        return " ".join(shlex.quote(os.fsdecode(a)) for a in arguments)
    return repr(arguments)


def refuse(run: Run, what: str, detail: Any) -> None:
    """Record that the run tried to do `what` with processes, and stop it."""
    from taskcontract.world.canon import canon, stable_text

    directory = str(run.directory)
    raise run.refuse(Effect("process", stable_text(what, directory), canon(detail, directory), refused=True))


def _never(what: str) -> Any:
    def make(original: Any) -> Any:
        def never(*args: Any, **kwargs: Any) -> Any:
            run = active()
            if run is not None:
                refuse(run, what, args)
            return original(*args, **kwargs)

        return never

    return make


def _system(original: Any) -> Any:
    def system(command: Any) -> Any:
        run = active()
        if run is None:
            return original(command)
        standin = Standin(run, command, shell=True)
        return standin.returncode() << 8

    return system


def _waitpid(original: Any) -> Any:
    def waitpid(pid: int, options: int) -> Any:
        return (pid, status_of(pid)) if active() is not None and pid >= FIRST_PID else original(pid, options)

    return waitpid


def _kill_standin(original: Any) -> Any:
    def kill(pid: int, number: int) -> Any:
        return None if active() is not None and pid >= FIRST_PID else original(pid, number)

    return kill


def _kill(run: Run, arguments: tuple[Any, ...]) -> None:
    refuse(run, f"send signal {arguments[1]} to a process", ())


def _importing() -> bool:
    """Whether a module is being imported further up the stack: libraries load their compiled halves then."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name in ("_find_and_load", "exec_module") and "importlib" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _foreign_library(run: Run, arguments: tuple[Any, ...]) -> None:
    if not _importing():
        refuse(run, f"load the compiled library {arguments[0]!r}", ())


def _foreign_call(run: Run, arguments: tuple[Any, ...]) -> None:
    if not _importing():
        refuse(run, "call compiled code through ctypes", ())
