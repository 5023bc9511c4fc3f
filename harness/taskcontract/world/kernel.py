"""The kernel's help in sealing a worker process: what Python cannot see (compiled clients, `ctypes`) meets these walls.

`seal_process` is called once, before any stranger's code is imported and while the process has one thread; what it gives up
cannot be got back, by this process or its children. `seal_worker` is called once more in each forked worker. Every wall is
optional: where the kernel does not offer one it is left out of the answer, and the report says so.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from taskcontract.world.kernel_filter import forbid_processes
from taskcontract.world.kernel_landlock import forbid_files, forbid_signals

_NEW_USER, _NEW_NETWORK, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_PARENT_DEATH_SIGNAL, _NO_NEW_PRIVILEGES = 1, 38
MEMORY = 4 << 30
FILE_SIZE = 256 << 20
PROCESSES = 512


def seal_process(writable: Iterable[str | os.PathLike[str]] = (), *, memory: int = MEMORY) -> tuple[str, ...]:
    """Give up, for good, the network, writing outside `writable`, running programs, and more than `memory` bytes.

    Returns the names of the walls that stand: 'private-user', 'no-network', 'no-new-privileges', 'landlock', 'limits',
    'dies-with-parent'. Raises nothing; a wall that cannot be had is not in the answer.
    """
    folders = tuple(os.path.realpath(folder) for folder in writable)
    walls: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("private-user", _leave_user),
        ("no-network", _leave_network),
        ("no-new-privileges", lambda: _control(_NO_NEW_PRIVILEGES, 1)),
        ("landlock", lambda: forbid_files(folders)),
        ("limits", lambda: _limit(memory)),
        ("dies-with-parent", lambda: _control(_PARENT_DEATH_SIGNAL, signal.SIGKILL)),
    )
    return tuple(name for name, build in walls if _stands(build))


def seal_worker() -> tuple[str, ...]:
    """What a forked worker gives up on top: starting processes at all, sending signals to others, and outliving its parent.

    Returns the names of the walls that stand: 'no-signals', 'no-processes', 'dies-with-parent'.
    """
    walls: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("no-signals", forbid_signals),
        ("no-processes", forbid_processes),
        ("dies-with-parent", lambda: _control(_PARENT_DEATH_SIGNAL, signal.SIGKILL)),
    )
    return tuple(name for name, build in walls if _stands(build))


def _stands(build: Callable[[], bool]) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        return build()
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _control(option: int, value: int) -> bool:
    return bool(_library().prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)


def _leave_user() -> bool:
    """A user namespace of its own: no privilege that the process had reaches outside it."""
    user, group = os.getuid(), os.getgid()
    if _library().unshare(_NEW_USER) != 0:
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with suppress(OSError):
            Path(f"/proc/self/{name}").write_text(text)
    return True


def _leave_network() -> bool:
    """An empty network namespace: not even a loopback device that is up. System V IPC goes with it."""
    if _library().unshare(_NEW_NETWORK) != 0:
        return False
    _library().unshare(_NEW_IPC)
    return True


def _limit(memory: int) -> bool:
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_NPROC: PROCESSES,
    }
    for which, most in wanted.items():
        _, hard = resource.getrlimit(which)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is an error to the writer, not its end
    return True
