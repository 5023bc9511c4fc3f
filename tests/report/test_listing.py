"""What `list` and `explain` print."""

from __future__ import annotations

from dataclasses import dataclass

from taskcontract.model import Level, Parameter, TaskRef, TaskSpec, Unimportable
from taskcontract.report.listing import catalogue_lines, page, task_lines


@dataclass(frozen=True)
class Clause:
    """A value is used.

    Because users expect it.
    """

    code: str
    slug: str
    title: str
    level: Level = Level.RULE
    since: str = "0.1.0"

    def applies(self, spec: TaskSpec) -> str | None:
        return None if spec.init else "nothing is constructed"


CATALOGUE = (
    Clause("TC201", "init-value-used", "a value given at construction is used"),
    Clause("TC210", "positional-agrees", "position and name agree", Level.ADVICE),
)


def test_tasks_are_listed_with_both_sides_and_their_clauses() -> None:
    get = TaskSpec(
        TaskRef("acme", "Get", "acme.py", 3),
        init=(Parameter("url", "init", default="None"),),
        run=(Parameter("url", "run"), Parameter("n", "run", default="0")),
        init_var_keyword=True,
        run_var_positional=True,
        run_var_keyword=True,
    )
    bare = TaskSpec(TaskRef("acme", "Bare"))
    function = TaskSpec(TaskRef("acme", "hello", kind="function"))
    gone = Unimportable("acme.g\x1bone", "ImportError: no client\ncaused by: OSError")
    assert list(task_lines([get, bare, function, gone], CATALOGUE)) == [
        "acme:Get  (acme.py:3)",
        "    construction  url=None, **kwargs",
        "    call          url, n=0, *args, **kwargs",
        "    clauses       TC201 TC210  (2 of 2)",
        "acme:Bare",
        "    construction  (nothing)",
        "    call          (nothing)",
        "    clauses       none  (0 of 2)",
        "acme:hello",
        "    call          (nothing)",
        "    clauses       none  (0 of 2)",
        "acme.g\\x1bone",
        "    could not be imported: ImportError: no client",
        "      caused by: OSError",
        "3 tasks, 1 unimportable",
    ]


def test_the_catalogue_is_a_line_each() -> None:
    assert list(catalogue_lines(CATALOGUE)) == [
        "TC201  init-value-used             a value given at construction is used",
        "TC210  positional-agrees (advice)  position and name agree",
    ]
    assert list(catalogue_lines(())) == []


def test_a_page_is_the_docstring_under_its_name() -> None:
    assert page(CATALOGUE[0]) == "TC201 init-value-used (rule, since 0.1.0)\n\nA value is used.\n\nBecause users expect it.\n"
