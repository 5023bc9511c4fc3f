"""A system-call filter: in a worker, no process is started and none is traced, whatever library asks.

Threads may still be made. What a filtered call gets is an error number, not death: a client that asks in passing goes on.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

_SET_SECCOMP, _FILTER_MODE = 22, 2
_NO_NEW_PRIVILEGES = 38
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_THREAD = 0x00010000
_CLONE3 = 435
_OTHER_MACHINE = 0x40000000  # numbers from here on are another calling convention's names for the same calls

_CALLS = {
    "x86_64": (0xC000003E, 56, (57, 58, 59, 322, 101, 310, 311, 308, 165, 272, 169, 246, 321, 298)),
    "aarch64": (0xC00000B7, 220, (221, 281, 117, 270, 271, 268, 40, 97, 142, 104, 280, 241)),
}
"""Per machine: its audit number, `clone`, which makes threads as well as processes, and what is denied altogether: fork, vfork,
execve, execveat, ptrace, process_vm_readv and _writev, setns, mount, unshare, reboot, kexec_load, bpf, perf_event_open."""

_SIGNALS = {
    "x86_64": ((62, 234), (200, 129, 297, 424)),
    "aarch64": ((129, 131), (130, 138, 240, 424)),
}
"""Per machine: the calls whose first argument says who gets a signal (kill, tgkill), and those that say it otherwise and are
denied (tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal)."""


def forbid_processes() -> bool:
    """Install the filter in this process and what it may still start (threads). Returns whether the kernel took it."""
    known = _CALLS.get(platform.machine())
    if known is None:
        return False
    machine, clone, denied = known
    to_self, to_others = _SIGNALS[platform.machine()]
    program = _program(machine, clone, denied + to_others, to_self)
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return bool(library.prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.c_char_p(header), 0, 0) == 0)


def _program(machine: int, clone: int, denied: tuple[int, ...], to_self: tuple[int, ...]) -> list[bytes]:
    """Another machine's call is denied; clone3 does not exist (C libraries then use clone); clone is for threads.

    The calls in `to_self` are for this process only.
    """
    lines = [
        _line(_LOAD, _MACHINE_AT),
        _line(_JUMP_EQUAL, machine, 1, 0),
        _line(_RETURN, _ERROR | errno.EPERM),
        _line(_LOAD, _NUMBER_AT),
        _line(_JUMP_AT_LEAST, _OTHER_MACHINE, 0, 1),
        _line(_RETURN, _ERROR | errno.EPERM),
        _line(_JUMP_EQUAL, _CLONE3, 0, 1),
        _line(_RETURN, _ERROR | errno.ENOSYS),
        _line(_JUMP_EQUAL, clone, 0, 4),
        _line(_LOAD, _FIRST_ARGUMENT_AT),
        _line(_JUMP_SET, _THREAD, 1, 0),
        _line(_RETURN, _ERROR | errno.EPERM),
        _line(_RETURN, _ALLOW),
    ]
    for number in denied:
        lines += [_line(_JUMP_EQUAL, number, 0, 1), _line(_RETURN, _ERROR | errno.EPERM)]
    for number in to_self:
        lines += [
            _line(_JUMP_EQUAL, number, 0, 4),
            _line(_LOAD, _FIRST_ARGUMENT_AT),
            _line(_JUMP_EQUAL, os.getpid(), 1, 0),
            _line(_RETURN, _ERROR | errno.EPERM),
            _line(_RETURN, _ALLOW),
        ]
    return [*lines, _line(_RETURN, _ALLOW)]


def _line(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)
