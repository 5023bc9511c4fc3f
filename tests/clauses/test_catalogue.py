"""The laws that the catalogue of clauses obeys."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from taskcontract.clauses import CATALOGUE, Bench, Clause
from taskcontract.clauses.leaving import Left
from taskcontract.model import Fact, Level, Parameter, Source, TaskRef, TaskSpec

ROOT = Path(__file__).parents[2]
REF = TaskRef("lib.tasks", "Upload", "/somewhere/lib/tasks.py", 3)
every_clause = pytest.mark.parametrize("clause", CATALOGUE, ids=[c.code for c in CATALOGUE])


def test_codes_and_slugs_are_unique_and_in_order() -> None:
    codes = [c.code for c in CATALOGUE]
    assert codes == sorted(set(codes))
    assert len({c.slug for c in CATALOGUE}) == len(CATALOGUE)


@every_clause
def test_a_clause_is_named_as_its_file_and_its_class_are(clause: Clause) -> None:
    assert re.fullmatch(r"TC\d{3}", clause.code)
    assert Path(inspect.getfile(type(clause))).name == f"{clause.code.lower()}.py"
    assert re.sub(r"(?<!^)([A-Z])", r"-\1", type(clause).__name__).lower() == clause.slug


@every_clause
def test_a_title_is_one_sentence_on_one_line_and_the_page_tells_more(clause: Clause) -> None:
    page = inspect.cleandoc(type(clause).__doc__ or "").split("\n")
    assert clause.title == page[0]
    assert clause.title.endswith(".") and clause.title[0] in clause.title[0].upper() + "`"
    assert page[1] == "" and len(page) > 4


@every_clause
def test_a_clause_says_since_when_at_what_level_and_what_nothing_means(clause: Clause) -> None:
    assert re.fullmatch(r"\d+\.\d+", clause.since)
    assert clause.level is (Level.ADVICE if clause.code in ("TC210", "TC507") else Level.RULE)
    assert (clause.nothing[0].islower() and not clause.nothing.endswith(".")) or clause.nothing.startswith("`")


@every_clause
def test_a_clause_has_its_page_and_specimens_of_both_kinds(clause: Clause) -> None:
    page = (ROOT / "docs" / "clauses" / f"{clause.code}.md").read_text()
    assert page.startswith(f"# {clause.code} {clause.slug}\n")
    assert clause.title in page
    for kind in ("holds", "violated"):
        assert [n for n in ast.parse((ROOT / "fixtures" / clause.code / f"{kind}.py").read_text()).body]


def test_one_file_holds_one_clause_and_every_such_file_is_in_the_catalogue() -> None:
    folder = ROOT / "harness" / "taskcontract" / "clauses"
    assert sorted(p.stem.upper() for p in folder.glob("tc*.py")) == [c.code for c in CATALOGUE]
    trees = {p.name: ast.parse(p.read_text()) for p in folder.glob("tc*.py")}
    classes = {name: [n.name for n in tree.body if isinstance(n, ast.ClassDef)] for name, tree in trees.items()}
    assert {name: found for name, found in classes.items() if len(found) != 1} == {}


@every_clause
def test_a_clause_reads_its_subjects_from_the_description_alone(clause: Clause) -> None:
    init, run = Parameter("repo", "init", default="None"), Parameter("repo", "run", default="None")
    returns = Fact("returns", "", "dict", Source("annotation"))
    token, secret = Fact("credential", "repo", "by its name", Source("name")), Fact("secret", "", "TOKEN", Source("look-up"))
    declared = {"cassette": "/somewhere/upload.yaml"}
    both = TaskSpec(REF, (init,), (run,), init_var_keyword=True, facts=(returns, token, secret), declared=declared)
    assert clause.applies(both) is None
    assert len(set(clause.subjects(both))) == len(clause.subjects(both)) > 0


EMPTY = TaskSpec(REF)
FUNCTION = TaskSpec(TaskRef("lib.tasks", "upload", kind="function"), run=(Parameter("repo", "run"),))
NOTHING = {
    "TC103": "construction takes no task options and has no parameter that could collide with one",
    "TC104": "construction takes no argument that can be left out",
    "TC201": "no parameter can be given both at construction and at the call",
    "TC202": "no parameter can be given both at construction and at the call",
    "TC203": "no parameter that can be given at both places has a falsy value of its own type",
    "TC204": "no parameter can be given both at construction and at the call",
    "TC205": "no argument of `run` that construction can also give defaults to None",
    "TC208": "it has no parameters of its own",
    "TC210": "`run` takes no argument by position",
    "TC301": "no argument can be left out at both places",
    "TC302": "no argument can be left out at both places",
    "TC303": "no argument can be left out at both places",
    "TC304": "no argument can be left out at both places",
    "TC403": "`run` has no return annotation that says anything",
    "TC501": "no argument is said to hold a credential, and neither secrets nor variables are mentioned",
    "TC502": "no argument is said to hold a credential, and neither secrets nor variables are mentioned",
    "TC503": "no argument is said to hold a credential, and neither secrets nor variables are mentioned",
    "TC504": "no argument is said to hold a credential, and neither secrets nor variables are mentioned",
    "TC505": "no argument is said to hold a credential, and neither secrets nor variables are mentioned",
    "TC506": "neither secrets nor environment variables are mentioned",
    "TC507": "no argument is said to hold a credential, and neither secrets nor variables are mentioned",
    "TC701": "no cassette answers it",
    "TC702": "no cassette answers it",
    "TC703": "no cassette answers it",
}


@every_clause
def test_what_a_clause_says_of_a_task_without_parameters(clause: Clause) -> None:
    assert clause.applies(EMPTY) == NOTHING.get(clause.code)


def test_clauses_about_construction_do_not_apply_to_a_function() -> None:
    said = {c.code: c.applies(FUNCTION) for c in CATALOGUE if not c.needs_run}
    none = "a task made from a function has no construction of its own"
    assert said == {"TC101": none, "TC102": none, "TC103": NOTHING["TC103"], "TC104": NOTHING["TC104"]}


def test_a_base_class_without_a_run_is_judged_by_its_construction_alone() -> None:
    base = TaskSpec(REF, (Parameter("repo", "init", default="None"),), facts=(Fact("base", "", True, Source("name")),))
    said = {c.code for c in CATALOGUE if c.applies(base) is None}
    assert said == {"TC101", "TC102", "TC103", "TC104"}
    why = "the class has no `run`; it is judged in the classes that are derived from it and have one"
    assert {c.applies(base) for c in CATALOGUE if c.needs_run} == {why}


def test_a_clause_that_says_nothing_of_subjects_or_judgement_is_refused() -> None:
    class Silent(Clause):
        """Says nothing."""

    with pytest.raises(NotImplementedError, match="Silent does not say what its subjects are"):
        Silent().subjects(EMPTY)
    with pytest.raises(NotImplementedError, match="Silent does not say how it judges"):
        Silent().judge(Bench.__new__(Bench), "repo")


def test_what_leaving_an_argument_out_does_is_said_in_words() -> None:
    assert [left.value for left in Left] == [
        "the run works without it",
        "ValueError",
        "another error",
        "it is needed only together with another argument",
        "nothing could be learnt",
    ]
