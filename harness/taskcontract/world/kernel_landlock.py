"""Landlock: the kernel refuses writing outside some folders, running programs, and reaching out to other processes.

Reading stays, since code is loaded lazily from everywhere. Spoken through bare system calls, for which the standard library has
no names; the rights that are asked for are those that the running kernel knows.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_BENEATH = 1
_EXECUTE, _WRITE_FILE = 1 << 0, 1 << 1
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))  # remove dir and file; make char, dir, reg, sock, fifo, block, symlink
_REFER, _TRUNCATE, _DEVICE_CONTROL = 1 << 13, 1 << 14, 1 << 15
_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty")


def forbid_files(writable: Iterable[str]) -> bool:
    """Allow changes only below the folders `writable` (and to the null devices); no program may be run from anywhere.

    Returns whether the kernel agreed. Raises OSError where it does not know Landlock.
    """
    version = _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return False
    changing = _WRITE_FILE | _REMOVE_AND_MAKE
    changing |= _REFER if version >= 2 else 0
    changing |= _TRUNCATE if version >= 3 else 0
    network = _BIND_AND_CONNECT if version >= 4 else 0
    scoped = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    fields = [changing | _EXECUTE, *([network] if version >= 4 else []), *([scoped] if version >= 6 else [])]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _call(_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    try:
        for folder in writable:
            _allow(ruleset, folder, changing)
        for device in _DEVICES:
            _allow(ruleset, device, _WRITE_FILE | (_TRUNCATE if version >= 3 else 0))
        return _call(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def forbid_signals() -> bool:
    """A domain of its own for this process: it signals nothing outside it, not even what shares its files' domain."""
    if _call(_CREATE_RULESET, None, 0, _ASK_VERSION) < 6:
        return False
    ruleset = _call(_CREATE_RULESET, struct.pack("=3Q", 0, 0, _ABSTRACT_SOCKETS_AND_SIGNALS), 24, 0)
    if ruleset < 0:
        return False
    try:
        return _call(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _call(_ADD_RULE, ruleset, _BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: int | bytes | None) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
