"""No case sees what an earlier one left in a library's or a client's memory, in whatever order they are run."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from taskcontract.frameworks import installed_framework
from taskcontract.model import Case, Observation, TaskRef, Value
from taskcontract.world.importing import declare_library
from taskcontract.world.memories import remembered
from taskcontract.world.memory_places import containers
from taskcontract.world.observe import World

TASK = """
    import os
    import requests
    from prefect import Task
    from {library} import found

    class Ask(Task):
        def run(self, token=None):
            requests.get("https://api.acme.test/me", headers={{"Authorization": found(token or os.environ.get("ACME_TOKEN"))}})
    """

KEEPING = {
    "a global": """
        _client = None
        def found(token):
            global _client
            if _client is None:
                _client = token
            return _client
        """,
    "a global that is not there at first": """
        def found(token):
            global _made
            try:
                return _made
            except NameError:
                _made = token
            return _made
        """,
    "a cached function": """
        import functools
        _tokens = []
        @functools.lru_cache
        def _first():
            return _tokens[-1]
        def found(token):
            _tokens.append(token)
            return _first()
        """,
    "a cached static method": """
        import functools
        class Keeper:
            latest = None
            @staticmethod
            @functools.cache
            def first():
                return Keeper.latest
        def found(token):
            Keeper.latest = token
            return Keeper.first()
        """,
    "a module's dict": """
        _clients = {}
        def found(token):
            return _clients.setdefault("default", token)
        """,
    "a dict in an object in a list": """
        class Registry:
            def __init__(self):
                self.by_name = {"other": "x"}
        _registries = [Registry()]
        def found(token):
            return _registries[0].by_name.setdefault("default", token)
        """,
    "a list, a set and a deque": """
        from collections import OrderedDict, deque
        _list, _set, _deque, _ordered = [], set(), deque(), OrderedDict()
        def found(token):
            if _list or _set or _deque or _ordered:
                return "kept"
            _list.append(token); _set.add(token); _deque.append(token); _ordered[token] = token
            return token
        """,
    "a singleton of a class": """
        class Client:
            _instance = None
            def __init__(self, token):
                self.token = token
            @classmethod
            def get(cls, token):
                if cls._instance is None:
                    cls._instance = cls(token)
                return cls._instance
        def found(token):
            return Client.get(token).token
        """,
    "an attribute that its class had not": """
        class Client:
            def __init__(self, token):
                if not hasattr(type(self), "kept"):
                    type(self).kept = token
        def found(token):
            return Client(token).kept
        """,
    "an attribute that a class method sets by its name": """
        class Base:
            @classmethod
            def get(cls, token):
                try:
                    return cls._first
                except AttributeError:
                    setattr(cls, "_first", token)
                return cls._first
        class Client(Base):
            pass
        def found(token):
            return Client.get(token)
        """,
    "an attribute of the framework's class": """
        from prefect import Task
        def found(token):
            if not hasattr(Task, "acme_token"):
                Task.acme_token = token
            return Task.acme_token
        """,
    "an attribute of a client's class": """
        def found(token):
            from {client}.connection import Pool
            return Pool().signed(token)
        """,
    "an attribute of a client's class, by its name": """
        def found(token):
            from {client}.connection import named
            return named(token)
        """,
    "a default": """
        def found(token, _cache={}):
            return _cache.setdefault("token", token)
        """,
    "a closure": """
        def remembering(function):
            memory = {}
            def first(token):
                if "first" not in memory:
                    memory["first"] = function(token)
                return memory["first"]
            return first
        @remembering
        def found(token):
            return token
        """,
    "a session's headers": """
        import requests
        SESSION = requests.Session()
        def found(token):
            return SESSION.headers.setdefault("X-Token", token)
        """,
    "a session's cookies": """
        import requests
        SESSION = requests.Session()
        def found(token):
            if not SESSION.cookies:
                SESSION.cookies.set("session", token, domain="api.acme.test")
            return SESSION.cookies["session"]
        """,
    "a thread's own": """
        import threading
        _local = threading.local()
        def found(token):
            if not hasattr(_local, "token"):
                _local.token = token
            return _local.token
        """,
    "a context variable": """
        import contextvars
        _current = contextvars.ContextVar("current")
        def found(token):
            if _current.get(None) is None:
                _current.set(token)
            return _current.get()
        """,
    "weak references": """
        import weakref
        class Client:
            def __init__(self, token):
                self.token = self.me = token
                self.me = self
        _clients = weakref.WeakValueDictionary()
        def found(token):
            if "client" not in _clients:
                _clients["client"] = Client(token)
            return _clients["client"].token
        """,
    "an opener for everybody": """
        import urllib.request
        def found(token):
            if urllib.request._opener is None:
                opener = urllib.request.build_opener()
                opener.addheaders = [("X-Token", token)]
                urllib.request.install_opener(opener)
            return urllib.request._opener.addheaders[0][1]
        """,
    "an attribute of a client's module": """
        import {client}
        def found(token):
            if {client}.api_key is None:
                {client}.api_key = token
            return {client}.api_key
        """,
    "a client that is imported when it is needed": """
        def found(token):
            from {client}.connection import connect
            return connect(token)
        """,
}
CLIENT = {
    "__init__.py": "api_key = None",
    "connection.py": """
        import functools
        _first = None
        def connect(token):
            global _first
            _first = _first or token
            return _first
        class Pool:
            def signed(self, token):
                if not hasattr(self, "signature"):
                    self.__class__.signature = token
                return self.signature
        def named(token):
            if getattr(Pool, "named", None) is None:
                Pool.named = token
            return Pool.named
        """,
}
Library = Callable[[str], Case]


def _case(library: str, token: str | None, env: tuple[tuple[str, str], ...] = ()) -> Case:
    call = (("token", Value.of(token)),) if token else ()
    return Case(TaskRef(f"{library}_tasks", "Ask"), call=call, env=env)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World(installed_framework())
    yield made
    made.close()


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Writes a library that keeps something, its task, and the client that it uses; gives its name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def write(source: str) -> str:
        name = f"keeping_{tmp_path.name.replace('-', '_').replace('[', '_')}"
        client = f"{name}_client"
        (tmp_path / client).mkdir()
        for file, text in CLIENT.items():
            (tmp_path / client / file).write_text(dedent(text))
        (tmp_path / f"{name}.py").write_text(dedent(source).replace("{client}", client))
        (tmp_path / f"{name}_tasks.py").write_text(dedent(TASK).format(library=name))
        declare_library(name)
        declare_library(f"{name}_tasks")
        return name

    yield write
    for module in set(sys.modules) - before:
        if module.startswith("keeping_"):
            del sys.modules[module]


def _tokens(seen: Observation) -> list[str]:
    """The tokens in what a run sent."""
    assert [e.kind for e in seen.effects if e.kind == "http"] == ["http"], (seen.outcome, seen.effects)
    return [word for word in ("token-a", "token-b", "token-c") if word in repr(seen.effects)]


@pytest.mark.parametrize("keeping", KEEPING)
def test_no_case_sees_an_earlier_ones_credential(
    library: Callable[[str], str], world: World, keeping: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib.request._opener", None)  # an earlier test may have opened something in this process
    name = library(KEEPING[keeping])
    cases = {
        "token-a": _case(name, "token-a"),
        "token-b": _case(name, "token-b"),
        "token-c": _case(name, None, env=(("ACME_TOKEN", "token-c"),)),
    }
    for order in itertools.permutations(cases):
        for token in order:
            assert _tokens(world.observe(cases[token])) == [token], order


def test_two_runs_of_one_instance_share_a_memory(library: Callable[[str], str], world: World) -> None:
    """That is how one run can be seen to affect the next."""
    name = library(KEEPING["a global"])
    twice = Case(
        _case(name, None).ref, call=(("token", Value.of("token-b")),), first=(("token", Value.of("token-a")),), route="twice"
    )
    assert _tokens(world.observe(twice)) == ["token-a"]
    assert _tokens(world.observe(_case(name, "token-b"))) == ["token-b"]


def test_what_a_module_defines_while_a_case_runs_stays(library: Callable[[str], str], world: World, tmp_path: Path) -> None:
    name = library(
        """
        import importlib
        _kinds, _tokens = {}, {}
        def found(token):
            importlib.import_module(__name__ + "_plugin")
            _tokens.setdefault("first", token)
            return _kinds["plugin"](_tokens["first"])
        """
    )
    (tmp_path / f"{name}_plugin.py").write_text(f"import {name}\n{name}._kinds['plugin'] = str.lower\ndel {name}\n")
    text = (tmp_path / f"{name}_plugin.py").read_text().replace("str.lower", "lambda token: token")
    (tmp_path / f"{name}_plugin.py").write_text(text)
    for token in ("token-a", "token-b", "token-a"):
        assert _tokens(world.observe(_case(name, token))) == [token]


def test_what_cannot_be_put_back_is_left(library: Callable[[str], str], world: World) -> None:
    name = library(
        """
        class Fixed(type):
            def __setattr__(cls, name, value):
                if value is None:
                    raise AttributeError(name)
                super().__setattr__(name, value)
        class Client(metaclass=Fixed):
            token = None
        def found(token):
            Client.token = token
            return token
        """
    )
    for token in ("token-a", "token-b"):
        assert _tokens(world.observe(_case(name, token))) == [token]
    assert sys.modules[name].Client.token == "token-b"


def test_code_that_cannot_be_imported_ahead_says_so_in_the_run(
    library: Callable[[str], str], world: World, tmp_path: Path
) -> None:
    name = library(
        """
        import typing
        if typing.TYPE_CHECKING:
            from {client}.nowhere import Nothing
        def found(token):
            from {client} import connection
            import {client}.broken
        """
    )
    (tmp_path / f"{name}_client" / "broken.py").write_text("print('loud')\nraise SystemExit('no licence')")
    seen = world.observe(_case(name, "token-a"))
    assert (seen.outcome.kind, seen.outcome.text) == ("exited", "no licence")
    assert f"{name}_client.connection" in sys.modules


def test_how_much_is_looked_at_does_not_grow_with_the_library() -> None:
    """What is deep or much is not followed without end."""
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    assert len(containers([deep])) == 7
    assert len(containers([[[n] for n in range(10_000)]])) == 400
    remembered("a module that nobody imported").put_back()
