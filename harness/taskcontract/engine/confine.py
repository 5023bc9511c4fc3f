"""A worker starts no process, becomes no other program and signals nobody else, whoever asks for it and by whatever route.

The refusals of the sealed world see what Python does. Compiled code calls the system itself, so a worker also asks the
system to say no (seccomp, on Linux): `fork`, `exec` and their kin fail with EPERM, threads still start, and signals go no
further than the worker itself. Where the system cannot do that, nothing happens, and the report does not claim it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from typing import Final

LAYER: Final = "seccomp"
"""The name under which a report says that this was in force."""

_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FORBIDDEN: Final = {  # fork vfork execve execveat ptrace process_vm_writev tkill *sigqueueinfo pidfd_send_signal unshare setns
    "x86_64": (57, 58, 59, 322, 101, 311, 200, 129, 297, 424, 272, 308),
    "aarch64": (221, 281, 117, 271, 130, 138, 240, 424, 97, 268),
}
_CLONE: Final = {"x86_64": 56, "aarch64": 220}
_CLONE3: Final = 435
_KILL: Final = {"x86_64": 62, "aarch64": 129}
_TGKILL: Final = {"x86_64": 234, "aarch64": 131}
_PRCTL: Final = {"x86_64": 157, "aarch64": 167}

_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCH, _FIRST = 0, 4, 16  # offsets in struct seccomp_data; the low half of an argument, little-endian
_CLONE_THREAD, _X32 = 0x10000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 1, 22, 38, 2

_Step = tuple[int, int, int, int]


def confine() -> bool:
    """Confine the calling process, for good. Whether it is in force: false where the system does not offer it."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _ARCHITECTURES or sys.byteorder != "little":
        return False
    steps = _program(machine, os.getpid())
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(held)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.c_void_p(ctypes.addressof(program)), 0, 0) == 0)


def available() -> bool:
    """Whether `confine` works here, tried in a child. To be asked while the process has one thread."""
    pid = os.fork()
    if pid == 0:
        worked = False
        try:
            worked = confine()
        finally:
            os._exit(0 if worked else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _program(machine: str, pid: int) -> list[_Step]:
    refuse: _Step = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    missing: _Step = (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)
    allow: _Step = (_RETURN, 0, 0, _ALLOW)
    first: _Step = (_LOAD, 0, 0, _FIRST)
    steps: list[_Step] = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, _ARCHITECTURES[machine]), refuse, (_LOAD, 0, 0, _NUMBER)]
    if machine == "x86_64":
        steps += [(_AT_LEAST, 0, 1, _X32), refuse]
    for number in _FORBIDDEN[machine]:
        steps += _when(number, refuse)
    steps += _when(_CLONE3, missing)  # its flags are in memory where they cannot be seen; the C library then uses clone
    steps += _when(_CLONE[machine], first, (_ANY_BIT, 0, 1, _CLONE_THREAD), allow, refuse)
    steps += _when(_KILL[machine], first, (_EQUAL, 1, 0, pid), (_EQUAL, 0, 1, 0), allow, refuse)
    steps += _when(_TGKILL[machine], first, (_EQUAL, 0, 1, pid), allow, refuse)
    steps += _when(_PRCTL[machine], first, (_EQUAL, 0, 1, _PR_SET_PDEATHSIG), refuse, allow)
    return [*steps, allow]


def _when(number: int, *then: _Step) -> list[_Step]:
    return [(_EQUAL, 0, len(then), number), *then]
