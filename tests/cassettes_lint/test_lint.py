"""What is said of a folder of cassettes without running anything: row by row, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from taskcontract.cassettes.lint import Lint, Surroundings, lint, recorded_on
from taskcontract.cassettes.recording import Interaction, Recording, Request, Response
from taskcontract.config import Config
from taskcontract.errors import ConfigError, UsageError
from taskcontract.model import Cell, Verdict

Put = Callable[..., Path]
TODAY = date(2026, 7, 1)
OPAQUE = "f3Qz81LmWc0Tt7YbJr92VdXs"
NO_RUN = "no run was made that could play it"


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A package of two tasks beside the cassettes."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "__init__.py").write_text("")
    (tmp_path / "acme" / "github.py").write_text("class CreateBranch: ...\nclass DeleteBranch: ...\n")
    return tmp_path


def looked(root: Path, around: Mapping[str, Any] | None = None, **config: Any) -> Lint:
    given: dict[str, Any] = {"today": TODAY, "paths": [str(root)], **(around or {})}
    return lint(Config(root=root, **config), Surroundings(**given))


def cell(found: Lint, clause: str, task: str = "acme.github:CreateBranch") -> Cell:
    (one,) = [c for c in found.cells if (c.task, c.clause) == (task, clause)]
    return one


def said(found: Lint, clause: str, task: str = "acme.github:CreateBranch") -> tuple[str, str]:
    one = cell(found, clause, task)
    return one.verdict.value, one.why


def test_a_cassette_of_a_task_is_its_row_and_needs_runs_for_the_rest(acme: Path, put: Put) -> None:
    path = put("acme.github.CreateBranch.yaml")
    found = looked(acme)
    (row,) = found.rows
    assert (row.task, row.file, row.status) == ("acme.github:CreateBranch", str(path), "judged")
    assert [(c.clause, c.verdict.value) for c in found.cells] == [
        ("TC701", "holds"),
        ("TC702", "unproven"),
        ("TC703", "unproven"),
    ]
    assert said(found, "TC702") == said(found, "TC703") == ("unproven", NO_RUN)
    (finding,) = cell(found, "TC703").findings
    assert finding.settles == "`taskcontract check --cassettes-only TARGET` with a target that has its task"


def test_credentials_are_found(acme: Path, put: Put) -> None:
    put("acme.github.CreateBranch.yaml", sent={"Authorization": f"Bearer {OPAQUE}"})
    verdict, why = said(looked(acme), "TC701")
    assert verdict == "violated"
    assert why == (
        "acme.github.CreateBranch.yaml holds 1 credential: the value of `authorization` (f3Qz…, 24 characters) "
        "in interaction 1, request header Authorization"
    )


def test_credentials_of_the_surroundings_are_found_under_any_name(acme: Path, put: Put) -> None:
    put("acme.github.CreateBranch.yaml", headers={"X-Note": OPAQUE})
    assert said(looked(acme), "TC701")[0] == "holds"
    verdict, why = said(looked(acme, {"known": {"ACME_TOKEN": OPAQUE}}), "TC701")
    assert verdict == "violated"
    assert why.endswith("holds 1 credential: the value of ACME_TOKEN in interaction 1, response header X-Note")


def test_a_cassette_that_cannot_be_read_is_a_row_of_its_own_and_stops_nothing(acme: Path, put: Put) -> None:
    put("acme.github.CreateBranch.yaml")
    broken = acme / "cassettes" / "acme.github.DeleteBranch.yaml"
    broken.write_text("interactions: [")
    found = looked(acme)
    assert [(row.task, row.status) for row in found.rows] == [
        ("acme.github:CreateBranch", "judged"),
        ("cassettes:acme.github.DeleteBranch.yaml", "error"),
    ]
    assert found.rows[1].why.startswith(f"{broken}: ")
    assert {c.task for c in found.cells} == {"acme.github:CreateBranch"}


def test_recordings_of_tests_are_searched_and_nothing_else_is_asked_of_them(acme: Path, put: Put) -> None:
    put("test_github/test_create.yaml", sent={"X-Api-Key": OPAQUE})
    found = looked(acme)
    name = "cassettes:test_github/test_create.yaml"
    assert [row.task for row in found.rows] == [name]
    assert said(found, "TC701", name)[0] == "violated"
    none = ("not-applicable", "it is the recording of a test, and answers no task")
    assert said(found, "TC702", name) == said(found, "TC703", name) == none


def test_equal_recordings_of_tests_are_mentioned(acme: Path, put: Put) -> None:
    put("test_a/test_x.yaml", url="https://api.acme.test/same")
    put("test_b/test_x.yaml", url="https://api.acme.test/same")
    why = "it is the recording of a test, and answers no task; test_a/test_x.yaml holds the same conversation"
    assert said(looked(acme), "TC702", "cassettes:test_b/test_x.yaml") == ("not-applicable", why)


# --- tasks that are gone


@pytest.mark.parametrize(
    ("file", "metadata", "task", "why"),
    [
        ("acme.github.CreateBrunch.yaml", {}, "acme.github:CreateBrunch", "acme.github has no CreateBrunch"),
        ("acme.gitlab.Create.yaml", {}, "acme.gitlab:Create", "there is no module acme.gitlab"),
        ("old.yaml", {"task": "acme.github:Rebase"}, "acme.github:Rebase", "acme.github has no Rebase"),
    ],
)
def test_the_recording_of_a_task_that_is_gone(
    acme: Path, put: Put, file: str, metadata: dict[str, str], task: str, why: str
) -> None:
    put(file, **metadata)
    found = looked(acme)
    assert said(found, "TC702", task) == ("violated", f"{file} is a recording of {task}, which is no longer there: {why}")
    (finding,) = cell(found, "TC702", task).findings
    assert (finding.expected, finding.actual) == ("a task that plays it", why)
    assert finding.fix == f"{file}: delete it, or record the task that took its place"
    assert finding.cases[0].answers.cassette == str(acme / "cassettes" / file)


def test_a_task_whose_package_is_not_here_is_not_called_gone(acme: Path, put: Put) -> None:
    put("absent.github.CreateBranch.yaml")
    why = "whether absent.github:CreateBranch is still there is not known: there is no package absent here to look for it in"
    assert said(looked(acme), "TC702", "absent.github:CreateBranch") == ("unproven", why)


def test_a_task_among_the_targets_is_there_wherever_it_is(acme: Path, put: Put) -> None:
    put("absent.github.CreateBranch.yaml")
    around = {"tasks": {"absent.github:CreateBranch"}}
    assert said(looked(acme, around), "TC702", "absent.github:CreateBranch") == ("unproven", NO_RUN)


def test_a_task_of_a_lone_file_is_known_by_the_file(acme: Path, put: Put) -> None:
    put("deploy.Deploy.yaml")
    lone = "_taskcontract_file_0a1b2c3d_deploy:Deploy"
    assert said(looked(acme, {"tasks": {lone}}), "TC702", lone) == ("unproven", NO_RUN)


def test_a_recording_says_itself_which_lone_file_it_is_of(acme: Path, put: Put) -> None:
    lone = "_taskcontract_file_0a1b2c3d_deploy:Deploy"
    put("deploy.Deploy.yaml", task=lone)
    why = f"whether {lone} is still there is not known: it was loaded from a file whose place is not known"
    assert said(looked(acme), "TC702", lone) == ("unproven", why)


def test_a_file_that_is_called_like_no_class_is_a_recording_of_a_test(acme: Path, put: Put) -> None:
    put("acme.github.helpers.yaml")
    put("session-2.1.yaml")
    found = looked(acme)
    assert [row.task for row in found.rows] == ["cassettes:acme.github.helpers.yaml", "cassettes:session-2.1.yaml"]
    assert {c.verdict for c in found.cells if c.clause == "TC702"} == {Verdict.NOT_APPLICABLE}


# --- several cassettes for one task


def test_behind_another_suffix_a_cassette_is_never_played(acme: Path, put: Put) -> None:
    put("acme.github.CreateBranch.yaml")
    put("acme.github.CreateBranch.json", url="https://api.acme.test/other")
    found = looked(acme)
    assert said(found, "TC702") == ("unproven", NO_RUN)
    verdict, why = said(found, "TC702", "cassettes:acme.github.CreateBranch.json")
    assert verdict == "violated"
    assert why == (
        "acme.github.CreateBranch.json is never played: acme.github.CreateBranch.yaml answers acme.github:CreateBranch, "
        "which stands before it"
    )


@pytest.mark.parametrize("copy", ["a-copy.yaml", "copy.yaml"])
def test_a_copy_of_what_answers_the_task_is_never_played(acme: Path, put: Put, copy: str) -> None:
    same = {"url": "https://api.acme.test/same", "task": "acme.github:CreateBranch"}
    put("acme.github.CreateBranch.yaml", **same)
    put(copy, **same)
    verdict, why = said(looked(acme), "TC702", f"cassettes:{copy}")
    assert verdict == "violated"
    assert why == (
        f"{copy} is never played: acme.github.CreateBranch.yaml answers acme.github:CreateBranch, "
        "which holds the same conversation"
    )


def test_another_conversation_of_the_task_may_be_given_to_it_by_a_test(acme: Path, put: Put) -> None:
    put("acme.github.CreateBranch.yaml", task="acme.github:CreateBranch")
    put("refused.yaml", task="acme.github:CreateBranch")
    why = "acme.github.CreateBranch.yaml answers acme.github:CreateBranch; nothing in the configuration names refused.yaml"
    found = looked(acme)
    assert said(found, "TC702", "cassettes:refused.yaml") == ("unproven", why)
    (finding,) = cell(found, "TC702", "cassettes:refused.yaml").findings
    assert finding.settles == 'a declaration: [tool.taskcontract.tasks."acme.github:CreateBranch"] cassette = "…"'


def test_a_recording_that_nothing_gives_to_its_task(acme: Path, put: Put) -> None:
    put("branch.yaml", task="acme.github:CreateBranch")
    why = "nothing gives branch.yaml to acme.github:CreateBranch, of which it is a recording"
    assert said(looked(acme), "TC702") == ("unproven", why)


def test_two_recordings_that_nothing_gives_to_their_task_are_two_rows(acme: Path, put: Put) -> None:
    put("one.yaml", task="acme.github:CreateBranch")
    put("two.yaml", task="acme.github:CreateBranch")
    assert [row.task for row in looked(acme).rows] == ["acme.github:CreateBranch", "cassettes:two.yaml"]


def test_a_declared_cassette_is_its_tasks_wherever_it_lies(acme: Path, put: Put) -> None:
    put("branch.yaml", folder="recorded")
    declared = {"acme.github:CreateBranch": {"cassette": "recorded/branch.yaml"}}
    found = looked(acme, tasks=declared)
    assert [row.task for row in found.rows] == ["acme.github:CreateBranch"]
    assert said(found, "TC702") == ("unproven", NO_RUN)


def test_a_cassette_that_two_tasks_declare_is_one_row(acme: Path, put: Put) -> None:
    put("both.yaml")
    names = ("acme.github:CreateBranch", "acme.github:DeleteBranch")
    found = looked(acme, tasks={name: {"cassette": "both.yaml"} for name in names})
    assert [row.task for row in found.rows] == ["acme.github:CreateBranch"]


def test_a_declared_task_that_is_gone(acme: Path, put: Put) -> None:
    put("branch.yaml")
    found = looked(acme, tasks={"acme.github:Rebase": {"cassette": "branch.yaml"}})
    assert said(found, "TC702", "acme.github:Rebase")[0] == "violated"


# --- age


@pytest.mark.parametrize(
    ("policy", "verdict", "why"),
    [
        (None, "unproven", NO_RUN),
        (200, "unproven", NO_RUN),
        (181, "unproven", NO_RUN),
        (180, "violated", "old.yaml was recorded 181 days ago, on 2026-01-01; the policy allows 180"),
    ],
)
def test_age_counts_where_there_is_a_policy(acme: Path, put: Put, policy: int | None, verdict: str, why: str) -> None:
    put("old.yaml", made="2026-01-01T10:20:30+00:00", task="acme.github:CreateBranch")
    found = looked(acme, cassette_age=policy)
    assert said(found, "TC703") == (verdict, why)
    if verdict == "violated":
        (finding,) = cell(found, "TC703").findings
        assert (finding.expected, finding.actual) == ("a recording of at most 180 days (`cassette_age`)", "181 days")
        assert finding.fix == "old.yaml: `taskcontract record acme.github:CreateBranch --record-mode all`"


def test_recordings_of_tests_age_too(acme: Path, put: Put) -> None:
    put("test_a/test_x.yaml", headers={"Date": "Thu, 01 Jan 2026 10:20:30 GMT"})
    name = "cassettes:test_a/test_x.yaml"
    assert said(looked(acme, cassette_age=30), "TC703", name)[0] == "violated"
    assert said(looked(acme, cassette_age=365), "TC703", name)[0] == "not-applicable"


def test_a_recording_without_a_day_is_not_called_old(acme: Path, put: Put) -> None:
    put("acme.github.CreateBranch.yaml")
    found = looked(acme, cassette_age=1)
    assert said(found, "TC703") == ("unproven", "it does not say when it was recorded")
    assert cell(found, "TC703").findings[0].settles == "`taskcontract record acme.github:CreateBranch` again"


@pytest.mark.parametrize(
    ("made", "dates", "day"),
    [
        ("2026-03-14", (), date(2026, 3, 14)),
        ("2026-03-14T09:26:53+00:00", ("Thu, 01 Jan 2026 10:20:30 GMT",), date(2026, 3, 14)),
        ("", ("Thu, 01 Jan 2026 10:20:30 GMT", "Fri, 02 Jan 2026 10:20:30 GMT"), date(2026, 1, 2)),
        ("yesterday", ("no date at all", "Thu, 01 Jan 2026 10:20:30 GMT"), date(2026, 1, 1)),
        ("", ("no date at all",), None),
        ("", (), None),
    ],
)
def test_the_day_of_a_recording(made: str, dates: tuple[str, ...], day: date | None) -> None:
    request = Request("GET", "https://api.acme.test/")
    interactions = tuple(Interaction(request, Response(200, (("date", text),))) for text in dates)
    assert recorded_on(Recording(interactions, made=made)) == day


# --- nothing to look over


def test_where_there_is_no_folder_or_nothing_in_it_it_is_a_usage_error(acme: Path) -> None:
    how = "`cassettes` in [tool.taskcontract] names the folder of cassettes, and `taskcontract record TASK` makes one"
    with pytest.raises(UsageError) as absent:
        looked(acme)
    assert str(absent.value) == f"{acme / 'cassettes'}: there is no such folder; {how}"
    (acme / "recorded").mkdir()
    with pytest.raises(UsageError) as empty:
        looked(acme, cassettes="recorded")
    assert str(empty.value) == f"{acme / 'recorded'}: there is no cassette in this folder; {how}"


def test_a_declared_cassette_that_is_not_there_is_an_error(acme: Path, put: Put) -> None:
    put("one.yaml")
    with pytest.raises(ConfigError, match=r"there is no file 'on\.yaml' in .*; did you mean 'one\.yaml'\?"):
        looked(acme, tasks={"acme.github:CreateBranch": {"cassette": "on.yaml"}})


@pytest.mark.parametrize(
    ("folder", "name"), [("cassettes", "cassettes:one.yaml"), (".", ".:one.yaml"), ("a/b/", "a/b:one.yaml")]
)
def test_a_file_is_named_from_the_folder(acme: Path, put: Put, folder: str, name: str) -> None:
    put("one.yaml", folder=folder)
    assert [row.task for row in looked(acme, cassettes=folder).rows] == [name]


def test_a_file_elsewhere_is_named_by_its_place(acme: Path, put: Put, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "one.yaml"
    put("acme.github.CreateBranch.yaml").rename(other)
    declared = {name: {"cassette": str(other)} for name in ("acme.github:CreateBranch",)}
    (acme / "cassettes" / "x.yaml").write_text("interactions: [")
    found = looked(acme, tasks=declared)
    assert [row.task for row in found.rows] == ["cassettes:x.yaml", "acme.github:CreateBranch"]
    other.write_text("interactions: [")
    assert [row.task for row in looked(acme, tasks=declared).rows] == ["cassettes:x.yaml", f"{other.parent}:one.yaml"]
