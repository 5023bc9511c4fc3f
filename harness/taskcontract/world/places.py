"""Which paths a run may touch: everything inside its own folder, reading elsewhere unless it is someone's private matter.

Pure questions about paths, answered for the resolved target: a link or `..` inside the case's folder leads nowhere else.
"""

from __future__ import annotations

import functools
import os
import pwd
import sys
from typing import Any

SINKS = frozenset({"/dev/null", "/dev/zero", "/dev/full", "/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/fd/2"})
_CODE = (".py", ".pyc", ".pyi", ".so", ".pem", ".toml", ".cfg", ".pth")
_SECRET = ("/etc/shadow", "/etc/gshadow", "/etc/sudoers", "/etc/ssh/ssh_host", "/etc/krb5.keytab", "/etc/boto.cfg")
_SECRET_TREES = (
    "/run/secrets", "/var/run/secrets", "/etc/docker", "/etc/kubernetes", "/etc/ssl/private", "/var/lib/docker",
    "/var/lib/kubelet",
)  # fmt: skip

_projects: set[str] = set()


def located(path: Any, dir_fd: Any = None, final: bool = True) -> str:
    """The resolved absolute path; `final` says whether a link at the very end is followed too. '' when it cannot be told."""
    try:
        text = os.readlink(f"/proc/self/fd/{path}") if isinstance(path, int) else os.fsdecode(path)
        if not text.startswith("/"):
            base = os.readlink(f"/proc/self/fd/{dir_fd}") if isinstance(dir_fd, int) and dir_fd >= 0 else os.getcwd()
            text = os.path.join(base, text)
        if final:
            return os.path.realpath(text)
        head, tail = os.path.split(text.rstrip("/"))
        if tail in ("", ".", ".."):
            return os.path.realpath(text)
        return os.path.join(os.path.realpath(head), tail)
    except (OSError, ValueError, TypeError):
        return ""


@functools.lru_cache(maxsize=256)
def real(directory: str) -> str:
    """The resolved folder of a case."""
    return os.path.realpath(directory)


def within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it; both resolved."""
    return path == folder or path.startswith(folder + os.sep)


def private(path: str) -> bool:
    """Whether reading `path` would show a run what belongs to the host or its user: keys, settings, the real environment."""
    if path.startswith("/proc/"):
        return path.rpartition("/")[2] in ("environ", "mem")
    if path.startswith(_SECRET) or any(within(path, tree) for tree in _SECRET_TREES):
        return True
    if os.path.basename(path).startswith((".env", ".netrc", ".pypirc")):
        return True
    home = next((h for h in _homes() if within(path, h)), None)
    if home is None or path.endswith(_CODE):
        return False
    return not any(within(path, root) for root in _code_roots(tuple(sys.path)))


@functools.lru_cache(maxsize=1)
def _homes() -> tuple[str, ...]:
    """Home folders of people: the host's own user's by both accounts of it, and everybody's."""
    own = {os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)} if _known_user() else set()
    return tuple(sorted({h for h in own if h != "/"} | {"/root", "/home", "/Users"} | _declared_home()))


def _declared_home() -> set[str]:
    home = os.environ.get("HOME", "")
    return {os.path.realpath(home)} - {"/"} if os.path.isabs(home) else set()


def _known_user() -> bool:
    try:
        return bool(pwd.getpwuid(os.getuid()))
    except KeyError:
        return False


@functools.lru_cache(maxsize=8)
def _code_roots(search_path: tuple[str, ...]) -> tuple[str, ...]:
    """Folders that code is loaded from: a library may read its own data there. A home folder itself never is one."""
    candidates = {sys.prefix, sys.base_prefix, sys.exec_prefix, *search_path, *_projects}
    roots = {os.path.realpath(p) for p in candidates if os.path.isabs(p)}
    return tuple(sorted(r for r in roots if r != "/" and r not in _homes()))


def remember_host() -> None:
    """Fix what the host's home and project folder are, before any run has surroundings of its own."""
    _homes()
    _projects.add(os.getcwd())
    _code_roots.cache_clear()
