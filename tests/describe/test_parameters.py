"""Both sides' parameters, from ordinary classes and from odd ones; describing never fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from taskcontract.model import MISSING, Parameter, TaskSpec

Describe = Callable[..., TaskSpec]


def facts(spec: TaskSpec, *kinds: str) -> list[tuple[str, str, Any]]:
    """(kind, about, value) of the facts of these kinds."""
    return [(f.kind, f.about, f.value) for f in spec.facts if f.kind in kinds]


def values(spec: TaskSpec, kind: str, about: str = "") -> list[Any]:
    return [f.value for f in spec.about(kind, about)]


def names(spec: TaskSpec) -> tuple[list[str], list[str]]:
    return [p.name for p in spec.init], [p.name for p in spec.run]


def test_both_sides_with_annotation_default_and_documentation(spec: Describe) -> None:
    found = spec('''
        class T(Task):
            """Makes one.

            Args:
                - repo (str, optional): where
                - **kwargs: for the task
            """
            def __init__(self, repo: Optional[str] = None, **kwargs: Any):
                self.repo = repo
                super().__init__(**kwargs)

            @defaults_from_attrs("repo")
            def run(self, repo: str = None, *, token: "str | None" = "x", base: str) -> dict:
                """
                Args:
                    - token (str): a token
                """
    ''')
    assert found.init == (Parameter("repo", "init", "positional-or-keyword", "None", "Optional[str]", "str", "where", 17),)
    assert found.run == (
        Parameter("repo", "run", "positional-or-keyword", "None", "str", None, None, 22),
        Parameter("token", "run", "keyword-only", "'x'", "str | None", "str", "a token", 22),
        Parameter("base", "run", "keyword-only", MISSING, "str", None, None, 22),
    )
    assert (found.line_of_init, found.line_of_run) == (17, 22)
    assert (found.init_var_keyword, found.run_var_keyword, found.run_var_positional) == (True, False, False)
    assert found.decorated == {"repo": "repo"} and found.stored == {"repo": "repo"} and found.shared == ("repo",)
    assert found.source.startswith("class T(Task):")


def test_a_default_is_code(spec: Describe) -> None:
    found = spec("""
        class Mode(enum.Enum):
            A = 1
        NOTHING = object()
        class T(Task):
            def run(self, mode=Mode.A, none=NOTHING, number=-1, text='a', path=Path('x')): ...
    """)
    assert [p.default for p in found.run] == ["Mode.A", "NOTHING", "-1", "'a'", "Path('x')"]


def test_a_function_task_has_no_construction(spec: Describe) -> None:
    found = spec('''
        @task
        def T(x: int, y=2, **more):
            """
            Args:
                - x: the x
            """
            return x["k"]
    ''')
    assert names(found) == ([], ["x", "y"]) and found.run[0].doc == "the x" and found.run_var_keyword
    assert values(found, "key", "x") == ["k"]
    assert found.source.startswith("def T(x: int")


def test_inherited_methods_and_documentation(spec: Describe) -> None:
    found = spec('''
        class Base(Task):
            """
            Args:
                - host (str): the host
            """
            def __init__(self, host=None, **kwargs):
                self.host = host
                super().__init__(**kwargs)
            def run(self, host=None): ...
        class T(Base):
            pass
    ''')
    assert names(found) == (["host"], ["host"]) and found.init[0].doc == "the host"
    assert found.stored == {"host": "host"}


def test_parameters_that_reach_a_base_through_kwargs(spec: Describe) -> None:
    found = spec("""
        class Base(Task):
            def __init__(self, host=None, port=1, **kwargs):
                self.host, self.port = host, port
                super().__init__(**kwargs)
            def run(self, query=None, limit=5): ...
        class T(Base):
            def __init__(self, db=None, **kwargs):
                self.db = db
                super().__init__(port=9, **kwargs)
            def run(self, table=None, **kwargs):
                return super().run(query=table, **kwargs)
    """)
    assert names(found) == (["db", "host"], ["table", "limit"])
    assert found.init[1].kind == "keyword-only" and found.init_var_keyword and not found.run_var_keyword
    assert found.stored == {"db": "db"}


def test_task_options_among_the_parameters(spec: Describe) -> None:
    found = spec("""
        class T(Task):
            def __init__(self, repo=None, max_retries=None, name=None, **kwargs):
                self.repo = repo
                self.secret_name = name
                super().__init__(max_retries=max_retries, name=name, **kwargs)
            def run(self, repo=None): ...
    """)
    assert found.options == {"max_retries"}
    assert facts(found, "forwarded") == [("forwarded", "max_retries", "max_retries"), ("forwarded", "name", "name")]


def test_a_base_without_run(spec: Describe) -> None:
    found = spec(
        """
        class B(Task):
            def __init__(self, repo=None):
                self.repo = repo
                super().__init__()
        class T(B):
            def run(self): ...
    """
    )
    assert names(found) == (["repo"], [])


# --- odd classes -------------------------------------------------------------------------------------------------------


def test_every_kind_of_parameter(spec: Describe) -> None:
    found = spec("""
        class T(Task):
            def __init__(self, a, /, b, *args, c, **rest):
                super().__init__()
            def run(self, x, /, y=1, *, z=2, **more): ...
    """)
    assert [p.kind for p in (*found.init, *found.run)] == [
        "positional-only", "positional-or-keyword", "keyword-only", "positional-only", "positional-or-keyword", "keyword-only",
    ]  # fmt: skip
    assert found.init_var_keyword and found.run_var_keyword


def test_a_class_without_source(spec: Describe) -> None:
    init = "def __init__(self, a=None): self.a = a; super(T, self).__init__()"
    found = spec(f'exec("class T(Task):\\n    {init}\\n    def run(self, a=None): return a or self.a")')
    assert names(found) == (["a"], ["a"]) and found.source == "" and not facts(found, "undescribed")


def test_wrappers_with_and_without_wrapped(spec: Describe) -> None:
    found = spec("""
        import functools
        def quiet(method):
            def inner(self, **kwargs):
                return method(self, **kwargs)
            return inner
        def noisy(method):
            @functools.wraps(method)
            def inner(*args, **kwargs):
                return method(*args, **kwargs)
            return inner
        class T(Task):
            @noisy
            def __init__(self, a=None):
                self.a = a
                super().__init__()
            @quiet
            def run(self, a=None):
                return a["k"]
    """)
    assert names(found) == (["a"], ["a"]) and found.stored == {"a": "a"} and values(found, "key", "a") == ["k"]


def test_a_dataclass(spec: Describe) -> None:
    found = spec("""
        import dataclasses
        @dataclasses.dataclass(eq=False)
        class T(Task):
            host: str = "h"
            port: int = 1
            def __post_init__(self):
                super().__init__()
            @defaults_from_attrs("host")
            def run(self, host=None): ...
    """)
    assert names(found) == (["host", "port"], ["host"]) and found.stored == {"host": "host", "port": "port"}


def test_metaclass_slots_property_and_builtin_run(spec: Describe) -> None:
    found = spec("""
        class Meta(type(Task)):
            def __getattribute__(cls, name):
                if name == "surprise":
                    raise RuntimeError
                return super().__getattribute__(name)
        class T(Task, metaclass=Meta):
            __slots__ = ("held",)
            def __init__(self, a=None):
                self.held = a
                super().__init__()
            @property
            def shown(self):
                return self.held
            def run(self, a=None):
                return a or self.shown
    """)
    assert found.stored == {"a": "held"} and found.fallbacks == {"a": "held"} and not facts(found, "undescribed")


def test_a_stage_that_fails_says_so(spec: Describe) -> None:
    found = spec(
        """
        class T(Task):
            def run(self, a=None):
                return a
    """,
        declared={"required": 3},
    )
    (failed,) = values(found, "undescribed")
    assert failed == "the declaration could not be read: TypeError: 'int' object is not iterable"
    assert names(found) == ([], ["a"])


def test_code_nested_deeper_than_python_recurses(spec: Describe, tmp_path: Path) -> None:
    found = spec(f"""
        class T(Task):
            def run(self, a=None):
                return {" + ".join(["a"] * 900)}
    """)
    assert names(found) == ([], ["a"])


def test_the_declaration_stands_beside_what_is_inferred(spec: Describe) -> None:
    declared = {"required": ["a"], "merged": ["b"], "generated": ["c"], "one_of": [["a", "b"]], "credential": {"argument": "c"}}
    found = spec("class T(Task):\n    def run(self, a=None, b=None, c=None): ...\n", declared=declared)
    assert found.declared == declared
    stated = [(f.kind, f.about) for f in found.facts if f.source.how == "declared"]
    assert stated == [
        ("required", "a"), ("merged", "b"), ("generated", "c"), ("one-of", "a"), ("one-of", "b"), ("credential", "c"),
    ]  # fmt: skip


def test_what_a_constructor_decides_itself_is_no_parameter_of_it(spec: Describe) -> None:
    found = spec("""
        class Base(Task):
            def __init__(self, command=None, shell="bash", **kwargs):
                self.command, self.shell = command, shell
                super().__init__(**kwargs)
            def run(self, command=None): ...
        class T(Base):
            def __init__(self, folder=None, **kwargs):
                super().__init__(**kwargs)
                self.command = f"ls {folder}"
    """)
    assert names(found) == (["folder", "shell"], ["command"])


def test_what_goes_to_the_bases_run_through_kwargs_is_not_unread(spec: Describe) -> None:
    found = spec("""
        class Base(Task):
            def __init__(self, query=None, limit=5, **kwargs):
                self.query, self.limit = query, limit
                super().__init__(**kwargs)
            def run(self, query=None, limit=5):
                return query, limit
        class T(Base):
            @defaults_from_attrs("query", "limit")
            def run(self, host=None, **kwargs):
                return super().run(**kwargs)
    """)
    assert names(found)[1] == ["host", "query", "limit"]
    assert [(f.about, f.value) for f in found.facts if f.kind == "unread"] == [("host", "run")]
