"""What the README shows runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from taskcontract.config import load

ROOT = Path(__file__).resolve().parents[2]


def blocks(language: str) -> list[str]:
    """The code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)


def test_the_reproduction_shows_what_the_report_says(tmp_path: Path) -> None:
    script = tmp_path / "reproduce.py"
    script.write_text(blocks("python")[0])
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "GET https://api.github.com/repos/repo-zf2qzj/repo-zf2qzj1/git/refs/heads" in done.stdout, done.stderr
    assert "AssertionError: the contract is broken" in done.stderr


def test_the_example_of_the_fixtures_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("from prefect.tasks.github import CreateBranch\n\n" + blocks("python")[1])
    pytester.runpytest_subprocess("-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_the_stubs_answer(pytester: pytest.Pytester) -> None:
    imports = "from prefect.tasks.github import CreateBranch\nfrom taskcontract import contract, observe\n\n"
    test = """
def test_stubs():
    call = {"repo": "octocat/hello", "branch_name": "fix", "token": "any"}
    seen = observe(CreateBranch, call=call, answers=branches)
    assert (seen.played, seen.unmatched) == ((0,), ())
    """
    pytester.makepyfile(imports + blocks("python")[2] + test)
    pytester.runpytest_subprocess("-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_the_configuration_is_accepted(tmp_path: Path) -> None:
    (text,) = blocks("toml")
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    config = load(file)
    assert config.targets == ("acme.tasks",)
    assert list(config.tasks) == list(tomllib.loads(text)["tool"]["taskcontract"]["tasks"])
