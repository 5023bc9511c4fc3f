"""The file side of the sealed world: a run writes inside its own folder, and reads nothing private outside it.

Each act is judged by what Python announces before it happens, on the resolved path. What has no announcement (fifos, device
nodes, owners, descriptors that belong to the host) is replaced in `os`. What a run did inside its folder is told by
`inside_changes`; the folder is looked at only when a run is about to change something in it, so a task that touches no file
pays nothing.
"""

from __future__ import annotations

import contextlib
import os
import stat
import urllib.parse
import weakref
from typing import Any, NamedTuple

from taskcontract.model import Change, Effect
from taskcontract.world import audit, databases
from taskcontract.world.callers import reader
from taskcontract.world.canon import canon
from taskcontract.world.patches import replace
from taskcontract.world.places import SINKS, located, private, real, remember_host, within
from taskcontract.world.senders import through
from taskcontract.world.state import Run, active, trusted

HOME, TEMPORARY = ".home", ".tmp"
_SMALL = 64 * 1024
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NOT_CODE = (".py", ".pyc", ".so")


class _Seen(NamedTuple):
    size: int
    modified: int
    inode: int
    mode: int
    content: Any


_before: weakref.WeakKeyDictionary[Run, dict[str, _Seen]] = weakref.WeakKeyDictionary()
_authors: weakref.WeakKeyDictionary[Run, dict[str, str]] = weakref.WeakKeyDictionary()
"""The module whose code first wrote each file of a run, by its resolved path."""


class FileLayer:
    """Refuses writes outside the case's folder and private reads ("write /etc/motd", "read ~/.netrc")."""

    name = "files"

    def install(self) -> None:
        """Listen to what Python announces about files, and replace what it does not announce."""
        remember_host()
        audit.on("open", _open)
        audit.on("os.listdir os.scandir os.chdir", _look)
        audit.on("os.remove os.rmdir", _act("delete", ((0, 1),)))
        audit.on("os.mkdir", _act("make directory", ((0, 2),)))
        audit.on("os.rename", _act("rename", ((0, 2), (1, 3))))
        audit.on("os.link", _act("link", ((0, 2), (1, 3))))
        audit.on("os.symlink", _act("link", ((1, 2),)))
        audit.on("os.chmod", _act("change mode of", ((0, 2),), final=True))
        audit.on("os.chown", _act("change owner of", ((0, 3),), final=True))
        audit.on("os.utime", _act("change times of", ((0, 3),), final=True))
        audit.on("os.truncate", _act("truncate", ((0, None),), final=True))
        audit.on("os.setxattr os.removexattr os.chflags", _act("change attributes of", ((0, None),), final=True))
        audit.on("sqlite3.connect", _sqlite)
        databases.on_open(_sqlite_opened)
        audit.on("sqlite3.load_extension", _sqlite_extension)
        replace(os, "open", _open_with_directory)
        for name in ("stat", "access"):
            _also_known(name, replace(os, name, _looking))
        for name in ("mkfifo", "mknod"):
            replace(os, name, _unannounced)

    def enter(self, run: Run) -> None:
        """Nothing to do until the run touches a file."""

    def exit(self, run: Run) -> None:
        """Forget the run."""
        _before.pop(run, None)
        _authors.pop(run, None)


# --- what a run may do ---------------------------------------------------------------------------------------------------


def _root(run: Run) -> str:
    return real(str(run.directory))


def refuse(run: Run, verb: str, path: str) -> None:
    """Record that the run tried to `verb` a `path` that is not its own, and stop it."""
    raise run.refuse(Effect("file", f"{verb} {path}", (verb, canon(path, str(run.directory))), refused=True))


def _about_to_change(run: Run, path: str, root: str) -> None:
    """Remember the folder as it is before the first change to it; make the parts that exist only when they are needed."""
    if active() is run and run.phase != "setup" and run not in _before:
        with trusted():
            _before[run] = _look_inside(root)
    _make_ready(path, root)


def _make_ready(path: str, root: str) -> None:
    for own in (HOME, TEMPORARY):
        folder = f"{root}/{own}"
        if within(path, folder) and not os.path.isdir(folder):
            with trusted(), contextlib.suppress(OSError):
                os.mkdir(folder)


def _changing(run: Run, verb: str, path: str, named: Any) -> None:
    root = _root(run)
    if not path or not within(path, root):
        refuse(run, verb, path or repr(named))
    if path == root and verb in ("delete", "rename"):
        refuse(run, verb, "<the case's own directory>")
    _about_to_change(run, path, root)
    if active() is run and run.phase != "setup":
        _authors.setdefault(run, {}).setdefault(path, reader())


def _act(verb: str, operands: tuple[tuple[int, int | None], ...], final: bool = False) -> audit.Handler:
    """A handler for an event whose arguments hold a path and its directory descriptor at each pair of positions."""

    def handler(run: Run, arguments: tuple[Any, ...]) -> None:
        for position, descriptor in operands:
            named = arguments[position]
            dir_fd = arguments[descriptor] if descriptor is not None and descriptor < len(arguments) else None
            _changing(run, verb, located(named, dir_fd, final), named)

    return handler


def _open(run: Run, arguments: tuple[Any, ...]) -> None:
    path, mode, flags = arguments
    if isinstance(path, int):
        return
    flags = flags if isinstance(flags, int) else 0
    if flags & _WRITING or (isinstance(mode, str) and any(c in mode for c in "wax+")):
        named = os.fsdecode(path) if isinstance(path, (str, bytes)) else ""
        if named in SINKS or named in ("/dev/tty", "/dev/ptmx"):
            return
        _changing(run, "write", located(path), path)
        return
    _reading(run, path)


def _look(run: Run, arguments: tuple[Any, ...]) -> None:
    if arguments[0] is not None and not isinstance(arguments[0], int):
        _reading(run, arguments[0], listing=True)


def _reading(run: Run, path: Any, listing: bool = False) -> None:
    named = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
    if named.endswith(_NOT_CODE):
        return
    target, root = located(path), _root(run)
    if within(target, root):
        _make_ready(target, root)
        if active() is run and not listing and run.phase != "setup" and not _at_home(run, target) and run.phase == "construct":
            run.read("file", target[len(root) + 1 :])
    elif target and private(target) and os.path.lexists(target):
        refuse(run, "list" if listing else "read", target)


def _open_with_directory(original: Any) -> Any:
    """`os.open` announces the path without the directory that it is relative to."""

    def open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> Any:
        run = active()
        if run is not None and dir_fd is not None and not isinstance(path, int):
            target = located(path, dir_fd)
            if flags & _WRITING:
                _changing(run, "write", target, path)
            else:
                _reading(run, target)
            return original(target, flags, mode)
        return original(path, flags, mode, dir_fd=dir_fd)

    return open


def _looking(original: Any) -> Any:
    """Whether there is a file is a question that Python does not announce; clients look for theirs with it."""

    def look(path: Any, *args: Any, **kwargs: Any) -> Any:
        run = active()
        if run is not None and run.phase == "run" and isinstance(path, (str, bytes, os.PathLike)):
            named = os.fsdecode(path)
            if HOME in named:
                _at_home(run, os.path.normpath(os.path.join(_root(run), named)))
        return original(path, *args, **kwargs)

    return look


def _also_known(name: str, original: Any) -> None:
    """Python lists what each function of `os` can do; the one in its place can do the same."""
    for abilities in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if original in abilities:
            abilities.add(getattr(os, name))


def _at_home(run: Run, target: str) -> bool:
    """Whether `target` is in the run's home; then the run has asked for it."""
    home = f"{_root(run)}/{HOME}/"
    if target.startswith(home):
        run.read("file", f"~/{target[len(home) :]}", through=through())
    return target.startswith(home)


def furnish(run: Run) -> None:
    """Put the case's files into the run's home, readable by their owner alone, as clients demand of theirs.

    Raises ValueError for a path that is not in it.
    """
    home = f"{_root(run)}/{HOME}"
    with trusted():
        for name, text in run.case.home:
            path = os.path.normpath(os.path.join(home, name))
            if not path.startswith(f"{home}/"):
                raise ValueError(f"{name} is no file in the run's home: give its path relative to that")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o600)


def _unannounced(original: Any) -> Any:
    def make(path: Any, *args: Any, dir_fd: int | None = None, **kwargs: Any) -> Any:
        run = active()
        if run is not None:
            _changing(run, "make", located(path, dir_fd, final=False), path)
        return original(path, *args, dir_fd=dir_fd, **kwargs)

    return make


# --- SQLite, which opens files by itself ---------------------------------------------------------------------------------


def _sqlite_file(database: Any) -> str:
    """The file a database argument names, '' for one in memory."""
    text = os.fsdecode(database) if isinstance(database, (str, bytes, os.PathLike)) else ""
    if text.startswith("file:"):
        parsed = urllib.parse.urlsplit(text)
        if "memory" in urllib.parse.parse_qs(parsed.query).get("mode", ()):
            return ""
        text = urllib.parse.unquote(parsed.path)
    return "" if text in ("", ":memory:") else text


def _sqlite(run: Run, arguments: tuple[Any, ...]) -> None:
    file = _sqlite_file(arguments[0])
    if file:
        _changing(run, "open database", located(file), file)


def _sqlite_opened(run: Run, connection: Any) -> None:
    import sqlite3

    def allowed(action: int, first: str | None, *_rest: Any) -> int:
        if action == sqlite3.SQLITE_ATTACH:
            file = _sqlite_file(first)
            if file and not within(located(file), _root(run)):
                run.refuse(Effect("file", f"open database {file}", ("open database", file), refused=True))
                return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    connection.set_authorizer(allowed)


def _sqlite_extension(run: Run, arguments: tuple[Any, ...]) -> None:
    refuse(run, "load as a database extension", str(arguments[1] if len(arguments) > 1 else arguments[0]))


# --- what a run did inside its folder ------------------------------------------------------------------------------------


def inside_changes(run: Run) -> tuple[Change, ...]:
    """Files the run made, changed or deleted in its own folder since it began, by name relative to the folder.

    `before` and `after` are the canonical content (None: no such file; a digest when it is large). To be asked before the
    layers exit. A file that was made and deleted again is no change.
    """
    if run not in _before:
        return ()
    directory, root, authors = str(run.directory), _root(run), _authors.get(run, {})
    with trusted():
        before, after = _before[run], _look_inside(root)
    changes = []
    for name in sorted({*before, *after} - {HOME, TEMPORARY}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None or old != new:
            sides = [_told(s, directory) for s in (old, new)]
            if sides[0] != sides[1] or (old is not None and new is not None and old.mode != new.mode):
                changes.append(Change("directory", name, sides[0], sides[1], authors.get(f"{root}/{name}", "")))
    return tuple(changes)


def _told(seen: _Seen | None, directory: str) -> Any:
    if seen is None:
        return None
    return seen.content if isinstance(seen.content, tuple) else canon(seen.content, directory)


def _look_inside(root: str) -> dict[str, _Seen]:
    seen: dict[str, _Seen] = {}
    waiting = [root]
    while waiting and len(seen) < 5_000:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError:
            continue
        for entry in entries:
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                waiting.append(entry.path)
            content = _content(entry.path, found)
            seen[entry.path[len(root) + 1 :]] = _Seen(found.st_size, found.st_mtime_ns, found.st_ino, found.st_mode, content)
    return seen


def _content(path: str, found: os.stat_result) -> Any:
    if stat.S_ISDIR(found.st_mode):
        return ("directory",)
    if stat.S_ISLNK(found.st_mode):
        return ("link", os.readlink(path))
    if not stat.S_ISREG(found.st_mode):
        return ("special",)
    try:
        with open(path, "rb") as file:
            data = file.read(_SMALL + 1)
    except OSError:
        return ("unreadable", found.st_size)
    if len(data) > _SMALL:
        import hashlib

        return ("large", found.st_size, hashlib.sha256(data).hexdigest())
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
