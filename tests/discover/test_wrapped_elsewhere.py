"""A function task is where its own function is written, whatever wraps it and wherever the wrapper is."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from taskcontract.discover import discover
from taskcontract.model import TaskRef


def test_a_wrapper_that_hides_what_it_wraps(tmp_path: Path) -> None:
    package = tmp_path / "shelves_elsewhere"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "wrapping.py").write_text(
        dedent("""
            import functools
            import inspect

            def with_client(function):
                def wrapper(*args, **kwargs):
                    return function(*args, client=object(), **kwargs)

                wrapped = functools.wraps(function)(wrapper)
                del wrapped.__wrapped__
                own = inspect.signature(function)
                kept = [p for p in own.parameters.values() if p.name != "client"]
                wrapped.__signature__ = own.replace(parameters=kept)
                return wrapped
        """)
    )
    (package / "shelves.py").write_text(
        dedent("""
            from prefect import task
            from .wrapping import with_client

            @task
            @with_client
            def open_shelf(shelf, client):
                return client
        """).lstrip()
    )
    (found,) = discover(str(package))
    assert isinstance(found, TaskRef)
    assert (found.qualname, Path(found.file or "").name, found.line) == ("open_shelf", "shelves.py", 6)
