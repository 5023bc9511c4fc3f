"""The stand-in for a started program: what a `subprocess.Popen` of a run is instead.

The class stays `subprocess.Popen`: saved names, subclasses and `isinstance` work; only instances made by a run start nothing.
Output comes through a real pipe (readers may ask for its descriptor or select on it), what is written to the program's input is
kept, and the exit status is a leaf of the case's answers: `process:0.returncode`, `process:0.stdout`, …
"""

from __future__ import annotations

import io
import os
import subprocess
import threading
import weakref
from collections.abc import Mapping
from dataclasses import replace as with_
from pathlib import Path
from typing import Any

from taskcontract.model import Effect
from taskcontract.world.canon import canon, stable_text
from taskcontract.world.places import located, real, within
from taskcontract.world.state import Run, active, outside, trusted

FIRST_PID = 5_000_000
"""Above every real process id, so that a stand-in's can be told from a real one."""
_SCRIPT = 64 * 1024
_statuses: dict[int, int] = {}
_numbers: weakref.WeakKeyDictionary[Run, int] = weakref.WeakKeyDictionary()


class Standin:
    """One program that a run would have started. Recorded when made; its answers are chosen when they are looked at."""

    def __init__(self, run: Run, args: Any, *, shell: bool = False, cwd: Any = None, env: Any = None) -> None:
        from taskcontract.world.processes import command_line

        self.run = run
        self.number = _numbers[run] = _numbers.get(run, -1) + 1
        self.pid = FIRST_PID + self.number
        self.input = bytearray()
        self.path = f"process:{self.number}"
        self._code: int | None = None
        directory = str(run.directory)
        with outside():
            self._facts: dict[str, Any] = {
                "args": canon(args, directory),
                "shell": bool(shell),
                "cwd": canon(os.fspath(cwd), directory) if cwd is not None else "<case>",
                "env": _differences(env, directory),
                "scripts": _scripts(run, args),
            }
            what = "run " + stable_text(command_line(args), directory)
        run.record(Effect("process", what, self._detail(), via="stand-in:subprocess"))
        self._place = len(run.effects) - 1

    def _detail(self) -> Any:
        given = canon(_readable(bytes(self.input)), str(self.run.directory))
        return ("process", *sorted({**self._facts, "input": given}.items()))

    def feed(self, data: bytes) -> None:
        """Keep what was written to the program's input, in the effect that stands for it."""
        self.input += data
        if not self.run.over:
            self.run.effects[self._place] = with_(self.run.effects[self._place], detail=self._detail())

    def returncode(self) -> int:
        """The exit status that the case's answers say; 0 when they say nothing."""
        if self._code is None:
            path = self.path + ".returncode"
            bound = self.run.literal(path)
            if bound is not None and bound.lstrip("-").isdigit():
                self._code = int(bound)
            else:
                self._code = 0 if self.run.choose(path, 0) else 1
            _statuses[self.pid] = (self._code & 0xFF) << 8
        return self._code

    def output(self, stream: str) -> bytes:
        """What the program says: one recognisable line unless the case's answers say otherwise; nothing on its error stream."""
        path = f"{self.path}.{stream}"
        bound = self.run.literal(path)
        if bound is not None:
            return b"" if bound == "''" else bound.strip("'\"").encode() + b"\n"
        if stream == "stderr" or self.run.choose(path, "", default=False):
            return b""
        return f"answer-of-process-{self.number}\n".encode()


def status_of(pid: int) -> int:
    """The wait status of a stand-in's process id."""
    return _statuses.get(pid, 0)


def _readable(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _differences(env: Any, directory: str) -> Any:
    """What the program's environment has that the run's has not: only that is the task's doing."""
    if env is None:
        return ()
    if not isinstance(env, Mapping):
        return canon(env, directory)
    own = dict(os.environ)
    given = {os.fsdecode(k): os.fsdecode(v) if isinstance(v, (str, bytes, os.PathLike)) else v for k, v in env.items()}
    changed = [(k, canon(v, directory)) for k, v in given.items() if k not in own or own[k] != v]
    return tuple(sorted([*changed, *((k, None) for k in own if k not in given)], key=lambda pair: str(pair[0])))


def _scripts(run: Run, args: Any) -> Any:
    """The content of files in the case's folder that the command names: a script says what is run, its name does not."""
    root, found = real(str(run.directory)), []
    for part in [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)[:100]:
        target = located(part) if isinstance(part, (str, bytes, os.PathLike)) and part else ""
        if target and within(target, root) and os.path.isfile(target) and os.path.getsize(target) <= _SCRIPT:
            with trusted():
                content = Path(target).read_bytes()
            found.append((target[len(root) + 1 :], canon(_readable(content), str(run.directory))))
    return tuple(found)


class _Input(io.BytesIO):
    """The writing end of the program's input."""

    def __init__(self, standin: Standin) -> None:
        super().__init__()
        self._standin = standin

    def write(self, data: Any) -> int:
        count = super().write(data)
        self._standin.feed(bytes(data))
        return count


# --- subprocess.Popen ----------------------------------------------------------------------------------------------------

_ATTRIBUTE = "_taskcontract_standin"


def install_standin() -> None:
    """Replace, on the class, the few methods that meet the operating system; instances of the host keep the originals."""
    cls: Any = subprocess.Popen
    if getattr(cls.__init__, "_taskcontract", False):
        return
    originals = {n: getattr(cls, n) for n in ("__init__", "_internal_poll", "_wait", "_communicate", "send_signal")}

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        run = active()
        if run is None:
            originals["__init__"](self, *args, **kwargs)
        else:
            _start(self, run, *args, **kwargs)

    def _internal_poll(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _end(self) if hasattr(self, _ATTRIBUTE) else originals["_internal_poll"](self, *args, **kwargs)

    def _wait(self: Any, timeout: Any) -> Any:
        return _end(self) if hasattr(self, _ATTRIBUTE) else originals["_wait"](self, timeout)

    def _communicate(self: Any, input: Any, endtime: Any, orig_timeout: Any) -> Any:
        if not hasattr(self, _ATTRIBUTE):
            return originals["_communicate"](self, input, endtime, orig_timeout)
        return _converse(self, input)

    def send_signal(self: Any, sig: Any) -> Any:
        return _end(self) if hasattr(self, _ATTRIBUTE) else originals["send_signal"](self, sig)

    __init__._taskcontract = True  # type: ignore[attr-defined]
    for method in (__init__, _internal_poll, _wait, _communicate, send_signal):
        original = originals[method.__name__]
        method.__doc__, method.__qualname__ = original.__doc__, original.__qualname__
        setattr(cls, method.__name__, method)


def _start(
    popen: Any,
    run: Run,
    args: Any,
    bufsize: int = -1,
    executable: Any = None,
    stdin: Any = None,
    stdout: Any = None,
    stderr: Any = None,
    preexec_fn: Any = None,
    close_fds: bool = True,
    shell: bool = False,
    cwd: Any = None,
    env: Any = None,
    universal_newlines: bool | None = None,
    startupinfo: Any = None,
    creationflags: int = 0,
    *,
    encoding: str | None = None,
    errors: str | None = None,
    text: bool | None = None,
    **_others: Any,
) -> None:
    if not isinstance(args, (str, bytes, os.PathLike)) and not all(isinstance(a, (str, bytes, os.PathLike)) for a in args):
        odd = next(a for a in args if not isinstance(a, (str, bytes, os.PathLike)))
        raise TypeError(f"expected str, bytes or os.PathLike object, not {type(odd).__name__}")
    for pair in env.items() if isinstance(env, Mapping) else ():
        for part in pair:
            os.fsencode(part)  # raises the TypeError that starting the program would
    standin = Standin(run, args, shell=shell, cwd=cwd, env=env)
    popen.args, popen.pid, popen.returncode = args, standin.pid, None
    popen.text_mode = encoding or errors or text or universal_newlines
    popen.encoding, popen.errors, popen.pipesize, popen.process_group = encoding, errors, -1, None
    popen._child_created, popen._communication_started, popen._input = False, False, None
    popen._closed_child_pipe_fds, popen._sigint_wait_secs = True, 0
    popen._waitpid_lock = threading.Lock()
    setattr(popen, _ATTRIBUTE, standin)
    popen.stdin = _Input(standin) if stdin == subprocess.PIPE else None
    if popen.stdin is not None and popen.text_mode:
        popen.stdin = io.TextIOWrapper(popen.stdin, encoding=encoding, errors=errors, write_through=True)
    popen.stdout = _stream(popen, standin, "stdout", stdout, bufsize)
    popen.stderr = None if stderr == subprocess.STDOUT else _stream(popen, standin, "stderr", stderr, bufsize)
    if stdin not in (None, subprocess.PIPE, subprocess.DEVNULL):
        _read_all(standin, stdin)


def _stream(popen: Any, standin: Standin, name: str, wanted: Any, bufsize: int) -> Any:
    if wanted in (None, subprocess.DEVNULL):
        return None
    if wanted != subprocess.PIPE:
        _write_to(wanted, standin.output(name))
        return None
    reading, writing = os.pipe()
    with trusted():
        os.write(writing, standin.output(name))
        os.close(writing)
        raw: Any = os.fdopen(reading, "rb", bufsize if bufsize != 1 else -1)
    return io.TextIOWrapper(raw, encoding=popen.encoding, errors=popen.errors) if popen.text_mode else raw


def _write_to(file: Any, data: bytes) -> None:
    """Output redirected to a file of the run's lands there; to the host's own streams it does not."""
    number = file if isinstance(file, int) else file.fileno()
    if number > 2:
        os.write(number, data)


def _read_all(standin: Standin, file: Any) -> None:
    """Input redirected from a file of the run's is part of what the program was given."""
    number = file if isinstance(file, int) else file.fileno()
    if number > 2 and os.path.isfile(f"/proc/self/fd/{number}"):
        standin.feed(os.pread(number, _SCRIPT, 0))


def _end(popen: Any) -> int:
    standin: Standin = getattr(popen, _ATTRIBUTE)
    if popen.returncode is None:
        popen.returncode = standin.returncode()
    return int(popen.returncode)


def _converse(popen: Any, given: Any) -> tuple[Any, Any]:
    if popen.stdin is not None:
        if given:
            popen.stdin.write(given)
        popen.stdin.close()
    answers = [stream.read() if stream is not None else None for stream in (popen.stdout, popen.stderr)]
    for stream in (popen.stdout, popen.stderr):
        if stream is not None:
            stream.close()
    _end(popen)
    return answers[0], answers[1]
