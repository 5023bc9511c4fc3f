"""Real servers for tests and recordings: installed if they are missing, started on 127.0.0.1 alone, stopped afterwards.

    servers.install("prometheus-pushgateway")                       # a Debian package; its own service is not started
    servers.node("azurite")                                         # an npm package, in the project's .venv folder
    port = servers.free_port()
    with servers.run(["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}"], port=port):
        ...

A server that cannot be had is a `ServerProblem`, never a skip: a recording that was not made proves nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / ".venv" / "servers"
"""Where what npm installs is kept, beside the project's environments."""

HOST = "127.0.0.1"
PATIENCE = 60.0
"""Seconds that a server has for its start."""

NO_SERVICE = "#!/bin/sh\nexit 101\n"
"""What Debian's invoke-rc.d asks before it starts a service; 101 forbids it."""


class ServerProblem(Exception):
    """A server could not be installed or did not start. The message says which and holds what it printed."""


# --- installing ------------------------------------------------------------------------------------------------------


def install(*packages: str) -> None:
    """Have Debian `packages` installed, without starting the services they bring.

    Raises ServerProblem when apt cannot, or when neither root nor a password-less sudo is there to ask.
    """
    with _only_one("apt"):
        missing = [package for package in packages if not _is_installed(package)]
        if not missing:
            return
        with _no_services():
            _as_root("apt-get", "update", "-qq")
            _as_root("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


def node(package: str, version: str) -> Path:
    """The folder of an npm package with what it depends on, installed on first use; its commands are in `../.bin`.

    Raises ServerProblem when npm is missing or fails.
    """
    place = INSTALLED / f"{package.replace('/', '-').lstrip('@')}-{version}"
    folder = place / "node_modules" / package
    with _only_one("npm"):
        if not (place / "complete").is_file():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
            _done(["npm", "install", "--prefix", str(place), *quiet, f"{package}@{version}"])
            (place / "complete").touch()
    return folder


def node_files(package: str, version: str) -> Path:
    """The folder of what an npm package holds, without what it depends on: for one that is read and not run.

    Raises ServerProblem when npm is missing or fails.
    """
    place = INSTALLED / f"{package.replace('/', '-').lstrip('@')}-{version}-files"
    with _only_one("npm"):
        if not (place / "complete").is_file():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            _done(["npm", "pack", "--loglevel=error", "--pack-destination", str(place), f"{package}@{version}"])
            for packed in place.glob("*.tgz"):
                with tarfile.open(packed) as archive:
                    archive.extractall(place, filter="data")
            (place / "complete").touch()
    return place / "package"


def _is_installed(package: str) -> bool:
    asked = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True, check=False)
    return asked.stdout == "installed"


def _as_root(*command: str) -> None:
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    _done([*become, "env", "DEBIAN_FRONTEND=noninteractive", *command])


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Forbid services to be started by an installation; where a policy is set already, that one stands."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists() or os.geteuid() != 0:
        yield
        return
    policy.write_text(NO_SERVICE)
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def _done(command: list[str]) -> None:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError as error:
        where = "Node.js has it (Debian: nodejs, npm)" if command[0] == "npm" else "install it"
        raise ServerProblem(f"{command[0]} is needed and is not there: {where}") from error
    if done.returncode != 0:
        raise ServerProblem(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")


@contextlib.contextmanager
def _only_one(name: str) -> Iterator[None]:
    """Several test processes ask for the same server at once; one installs it, the others wait."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- running ---------------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Whether something accepts connections at 127.0.0.1:`port`."""
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((HOST, port)) == 0


@contextlib.contextmanager
def run(
    command: Sequence[str],
    *,
    port: int,
    ready: Callable[[], bool] | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server, for as long as the block lasts: started, waited for until it answers, stopped with everything it started.

    `ready` says whether it answers (default: it accepts connections at `port`). `folder` is its working directory (default:
    an empty one that is removed afterwards), `environment` its variables besides the caller's own, `user` whom it runs as
    where root must not. Raises ServerProblem with the end of its output when it ends early or takes longer than `PATIENCE`.
    """
    with contextlib.ExitStack() as closing:
        place = folder or Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="server-")))
        output = closing.enter_context(tempfile.TemporaryFile())
        try:
            process = subprocess.Popen(
                list(command),
                cwd=place,
                env={**os.environ, **(environment or {})},
                user=user,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerProblem(f"{command[0]} cannot be started: {error}") from error
        closing.callback(_stop, process)
        asked = ready or (lambda: answers(port))
        end = time.monotonic() + PATIENCE
        while not asked():
            ended = process.poll()
            if ended is not None or time.monotonic() > end:
                said = os.pread(output.fileno(), 1 << 20, 0)[-4000:].decode(errors="replace")
                how = f"took more than {PATIENCE:.0f} s to answer" if ended is None else f"ended with {ended}"
                raise ServerProblem(f"{' '.join(map(str, command))} {how}:\n{said}")
            time.sleep(0.05)
        yield process


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started: politely first."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        if process.returncode is not None and _gone(process.pid):
            return


def _gone(group: int) -> bool:
    """Whether all processes of a group have ended, or do so within a second."""
    for _ in range(20):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
