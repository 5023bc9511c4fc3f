"""A run's own folder is its own; what it does there is told, and what is not code or public stays unread."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from taskcontract.model import Change


def test_files_made_changed_and_deleted_are_told(sealed: Any) -> None:
    def prepare() -> None:
        for name in ("kept", "changed", "deleted", "mode"):
            Path(name).write_text(name)

    def run() -> None:
        Path("changed").write_text("anew")
        Path("deleted").unlink()
        Path("made").write_bytes(b"\xff")
        Path("folder").mkdir()
        Path("folder", "large").write_bytes(b"x" * 100_000)
        os.symlink("kept", "link")
        os.chmod("mode", 0o700)
        Path("gone").write_text("for a moment")
        Path("gone").unlink()

    seen = sealed(run, prepare)
    large = ("large", 100_000, "fc9ea3b2a5a3b7c2ef4ea9d2cf5cb5a5")
    assert [(c.name, c.before, c.after) for c in seen.changes if c.name != "folder/large"] == [
        ("changed", "changed", "anew"),
        ("deleted", "deleted", None),
        ("folder", None, ("directory",)),
        ("link", None, ("link", "kept")),
        ("made", None, b"\xff"),
        ("mode", "mode", "mode"),
    ]
    told = next(c for c in seen.changes if c.name == "folder/large")
    assert told.after[:2] == large[:2]


def test_what_is_prepared_or_only_read_is_no_change(sealed: Any) -> None:
    seen = sealed(lambda: Path("a").read_text(), lambda: Path("a").write_text("x"))
    assert seen.value == "x" and seen.changes == () and seen.run.effects == []


def test_the_folder_of_the_case_is_not_named_in_contents(sealed: Any) -> None:
    seen = sealed(lambda: Path("a").write_text(os.path.abspath("b")))
    assert seen.changes == (Change("directory", "a", None, "<case>/b"),)


def test_temporary_files_are_inside_and_named_alike(sealed: Any) -> None:
    def run() -> Any:
        with tempfile.NamedTemporaryFile(prefix="p-") as file, tempfile.TemporaryDirectory() as folder:
            kept = tempfile.mkstemp()[1]
            with tempfile.TemporaryFile() as nameless, tempfile.SpooledTemporaryFile() as spooled:
                nameless.write(b"x")
                spooled.write(b"x")
            return file.name, folder, kept, tempfile.gettempdir()

    first, second = sealed(run), sealed(run)
    assert first.value == second.value
    assert first.value[1:] == ("<case>/.tmp/p-00000001", "<case>/.tmp/tmp00000002", "<case>/.tmp/tmp00000003", "<case>/.tmp")
    assert [c.name for c in first.changes] == [".tmp/tmp00000003"]


def test_home_is_the_runs_own_and_what_is_looked_for_there_is_told(sealed: Any) -> None:
    def run() -> Any:
        try:
            Path("~/.aws/credentials").expanduser().read_text()
        except FileNotFoundError:
            Path("~/.profile").expanduser().write_text("x")
        return os.listdir(Path.home())

    seen = sealed(run)
    assert seen.value == ("list", ".profile")
    assert ("file", "~/.aws/credentials") in {(read.kind, read.name) for read in seen.run.reads}


def test_sinks_code_and_public_files_stay_usable(sealed: Any) -> None:
    def run() -> Any:
        Path("/dev/null").write_text("x")
        Path("/etc/passwd").read_text()
        import colorsys

        Path(colorsys.__file__).read_text()
        return os.path.exists("/nowhere/at/all")

    seen = sealed(run)
    assert seen.ended == "returned" and seen.run.effects == []


def test_a_private_file_that_is_not_there_is_just_not_there(sealed: Any) -> None:
    absent = Path.home() / ".taskcontract-none"
    assert isinstance(sealed(lambda: absent.read_text()).value, FileNotFoundError)


def test_databases_inside_work_and_are_told(sealed: Any) -> None:
    def run() -> Any:
        own, memory = sqlite3.connect("own.db"), sqlite3.connect(":memory:")
        with closing(own), closing(memory), closing(sqlite3.connect("file:x?mode=memory", uri=True)):
            own.execute("create table t (x)")
            memory.execute("attach 'own.db' as other")
            return memory.execute("select count(*) from other.t").fetchone()

    seen = sealed(run)
    assert seen.value == ("tuple", 0) and [c.name for c in seen.changes] == ["own.db"]


def test_the_folder_itself_cannot_be_removed(sealed: Any) -> None:
    seen = sealed(lambda: os.rmdir(os.getcwd()))
    assert seen.ended == "refused" and seen.run.effects[0].what == "delete <the case's own directory>"


def test_special_files_and_directory_descriptors_inside(sealed: Any) -> None:
    def run() -> Any:
        os.mkfifo("fifo")
        folder = os.open(".", os.O_RDONLY)
        os.close(os.open("made", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
        read = os.open("made", os.O_RDONLY, dir_fd=folder)
        os.unlink("made", dir_fd=folder)
        os.truncate(os.open("cut", os.O_CREAT | os.O_RDWR), 3)
        os.close(folder)
        return os.read(read, 1)

    seen = sealed(run)
    assert seen.value == b"" and [(c.name, c.after) for c in seen.changes] == [("cut", "\0\0\0"), ("fifo", ("special",))]


def test_extensions_of_the_database_are_refused(sealed: Any) -> None:
    def run() -> None:
        connection = sqlite3.connect(":memory:")
        connection.enable_load_extension(True)
        connection.load_extension("/tmp/none")

    seen = sealed(run)
    assert seen.ended == "refused" or isinstance(seen.value, AttributeError)  # some builds of Python have no extensions
