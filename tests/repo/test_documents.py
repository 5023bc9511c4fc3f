"""What is written about the project agrees with the project."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import taskcontract

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "document_clauses.py"


def test_the_pages_agree_with_the_clauses() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_a_page_that_does_not_agree_is_named_and_written_anew(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / SCRIPT.name
    script.write_text(SCRIPT.read_text())
    command = [sys.executable, str(script)]
    subprocess.run(command, check=True)
    page = tmp_path / "docs" / "clauses" / "TC202.md"
    page.write_text("Something else")
    (page.parent / "TC999.md").write_text("A clause that is gone")
    checked = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert [line.split()[0] for line in checked.stdout.splitlines()] == ["docs/clauses/TC202.md", "docs/clauses/TC999.md"]
    subprocess.run(command, check=True)
    assert page.read_text() == (ROOT / "docs" / "clauses" / "TC202.md").read_text()
    assert not (page.parent / "TC999.md").exists()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_what_a_document_links_to_or_names_is_there(name: str) -> None:
    text = (ROOT / name).read_text()
    links = set(re.findall(r"\]\((?!https?:)([^)#]+)\)", text))
    words = re.findall(r"`([\w./-]+/[\w./-]+)`", text)
    named = {word for word in words if not re.search("nnn|TC|^acme", word)}
    assert [path for path in sorted(links | named) if not (ROOT / path).exists()] == []


def test_the_changelog_has_a_place_for_this_version() -> None:
    assert re.search(rf"## \[({re.escape(taskcontract.__version__)}|Unreleased)\]", (ROOT / "CHANGELOG.md").read_text())


def test_the_public_names_are_there_and_listed() -> None:
    assert taskcontract.__all__ == ["check_task", "contract", "observe", "parametrize_contract"]
    assert set(taskcontract.__all__) <= set(dir(taskcontract))
    assert all(callable(getattr(taskcontract, name)) for name in taskcontract.__all__)
    with pytest.raises(AttributeError, match="module 'taskcontract' has no attribute 'judge'"):
        taskcontract.judge  # noqa: B018


def test_every_ignored_rule_and_warning_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    ignored = [line for line in lines if re.match(r'\s+"(RUF|E|F|B|UP|SIM|I)\d+"', line)]
    assert ignored
    assert [line for line in ignored if "#" not in line] == []


def test_no_lock_file_or_address_of_a_registry_is_kept() -> None:
    assert not [file.name for file in ROOT.glob("*.lock")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert not re.search(r"https?://|file://|find-links|index-url", str(project["project"]) + str(project["dependency-groups"]))
