"""The declaration that `show` prints is TOML to edit, and every fact in it has its source."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace

from taskcontract.describe import declaration, listing
from taskcontract.model import TaskRef, TaskSpec

Describe = Callable[..., TaskSpec]

SOURCE = '''
class T(Task):
    """
    Args:
        - repo (str, optional): where
    """
    def __init__(self, repo: str = None, headers: dict = None, nout: int = None, **kwargs):
        self.repo = repo
        self.headers = headers or {}
        super().__init__(nout=nout, **kwargs)

    @defaults_from_attrs("repo")
    def run(self, repo: str = None, headers: dict = None, token: str = None, name: str = None, *, mode="a", extra=None):
        if not repo:
            raise ValueError("A repo must be given")
        if not token and not extra:
            raise ValueError("token or extra")
        name = name or str(uuid.uuid4())
        token = token or Secret("TOKEN").get() or os.environ["TOKEN"]
        return post({**self.headers, **headers}, mode in ("a", "b"), name)["id"]
'''


def test_the_declaration_in_full(spec: Describe) -> None:
    found = spec(SOURCE)
    shown = replace(found, ref=replace(found.ref, module="acme"))
    assert declaration(shown) == DECLARATION.replace("FILE", (found.ref.file or "").rpartition("/")[2])


DECLARATION = '''\
# acme:T
# FILE:10

[tool.taskcontract.tasks."acme:T"]
required = ["repo"]  # repo: guard, FILE:22
merged = ["headers"]  # headers: merge, FILE:28
one_of = [["token", "extra"]]  # token: guard, FILE:24; extra: guard, FILE:24
generated = ["name"]  # name: fallback, FILE:26
credential = { argument = "token", secret = "TOKEN", env = ["TOKEN"] }  # token: name, FILE:21; look-up, FILE:27
# values = { repo = …, headers = …, token = …, name = …, mode = …, extra = … }

# construction
#   repo: str = None
#       documented as str
#       construction keeps it in the attribute: repo  [assignment, FILE:16]
#   headers: dict = None
#       construction changes it: self.headers = headers or {}  [assignment, FILE:17]
#   nout: int = None (a task option)
#       construction passes it on as the task option: nout  [super().__init__, FILE:18]
#   **kwargs

# call
#   repo: str = None
#       run falls back to the attribute (decorator): repo  [decorator, FILE:20]
#       left out, run raises: ValueError: A repo must be given  [guard, FILE:22]
#   headers: dict = None
#       substitute: {}  [fallback, FILE:17]
#   token: str = None
#       looked-up: Secret('TOKEN').get()  [fallback, FILE:27]
#   name: str = None
#   mode = 'a' (by name only)
#       literal: 'a'  [comparison, FILE:28]
#       literal: 'b'  [comparison, FILE:28]
#   extra = None (by name only)

# the task
#   secret: TOKEN  [look-up, FILE:27]
#   env: TOKEN  [look-up, FILE:27]
#   response-key: id  [subscript, FILE:28]
'''


def test_it_reads_as_toml(spec: Describe) -> None:
    found = spec(SOURCE)
    read = tomllib.loads(declaration(found))["tool"]["taskcontract"]["tasks"][found.id]
    assert read == {
        "required": ["repo"],
        "merged": ["headers"],
        "one_of": [["token", "extra"]],
        "generated": ["name"],
        "credential": {"argument": "token", "secret": "TOKEN", "env": ["TOKEN"]},
    }


def test_what_was_declared_is_shown_as_declared() -> None:
    declared = {"values": {"odd key": 'a "b"\n', "n": 1, "on": True, "off": False}, "env": {"A": "b"}, "required": ["x"]}
    found = TaskSpec(TaskRef("acme", 'odd"name'), declared=declared)
    assert tomllib.loads(declaration(found))["tool"]["taskcontract"]["tasks"]['acme:odd"name'] == declared
    assert "required = [\"x\"]  # declared" in declaration(found)
    assert "# construction: no parameters" in declaration(found)


def test_the_lines_of_a_list(spec: Describe) -> None:
    found = spec(SOURCE)
    assert listing(found, ("TC101", "TC201")).splitlines() == [
        found.id,
        "  construct(repo=None, headers=None, nout=None, **kwargs)",
        "  run(repo=None, headers=None, token=None, name=None, mode='a', extra=None)",
        "  TC101 TC201",
    ]
    assert listing(TaskSpec(TaskRef("acme", "f", kind="function"), run_var_keyword=True)) == "acme:f\n  run(**kwargs)"
