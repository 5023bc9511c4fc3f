"""What `[tool.taskcontract]` accepts, refuses and says; every message is seen here."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from taskcontract.config import Config, check_declaration, load, nearest
from taskcontract.errors import ConfigError, UsageError

WHOLE = """
[tool.taskcontract]
targets = ["acme", "./src/acme.py", "acme.github:CreateBranch"]
clauses = ["TC2"]
profile = "quick"
seed = 3
strict = true
jobs = 2
paths = ["src"]
cassettes = "tests/cassettes"
cassette_age = 365

[tool.taskcontract.tasks."acme.github:CreateBranch"]
values = { repo = "octocat/hello-world", limit = 3 }
required = ["repo", "token"]
merged = ["headers"]
one_of = [["repo", "repo_id"]]
generated = ["run_name"]
credential = { argument = "token", secret = "GITHUB_ACCESS_TOKEN", env = ["GITHUB_TOKEN"] }
secrets = { GITHUB_ACCESS_TOKEN = { token = "t" } }
env = { GITHUB_API = "https://example.test" }
processes = ["git"]
cassette = "create_branch.yaml"
"""


def project(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_everything_is_read(tmp_path: Path) -> None:
    file = project(tmp_path, WHOLE)
    assert load(tmp_path) == Config(
        targets=("acme", str(tmp_path / "src/acme.py"), "acme.github:CreateBranch"),
        clauses=("TC2",),
        profile="quick",
        seed=3,
        strict=True,
        jobs=2,
        paths=("src",),
        cassettes="tests/cassettes",
        cassette_age=365,
        tasks={
            "acme.github:CreateBranch": {
                "values": {"repo": "octocat/hello-world", "limit": 3},
                "required": ("repo", "token"),
                "merged": ("headers",),
                "one_of": (("repo", "repo_id"),),
                "generated": ("run_name",),
                "credential": {"argument": "token", "secret": ("GITHUB_ACCESS_TOKEN",), "env": ("GITHUB_TOKEN",)},
                "secrets": {"GITHUB_ACCESS_TOKEN": {"token": "t"}},
                "env": {"GITHUB_API": "https://example.test"},
                "processes": ("git",),
                "cassette": "create_branch.yaml",
            }
        },
        file=file,
        root=tmp_path,
    )


def test_the_nearest_file_with_the_table_counts(tmp_path: Path) -> None:
    file = project(tmp_path, "[tool.taskcontract]\nseed = 5\n")
    inner = tmp_path / "package" / "deep"
    inner.mkdir(parents=True)
    project(tmp_path / "package", '[tool.other]\nname = "x"\n')
    found = load(inner)
    assert (found.seed, found.file, found.root) == (5, file, tmp_path)


def test_the_current_folder_is_where_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, "[tool.taskcontract]\nseed = 6\n")
    monkeypatch.chdir(tmp_path)
    assert load().seed == 6


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Config(root=tmp_path)
    assert load(tmp_path).declared("acme:Get") == {}


def test_paths_start_from_the_file(tmp_path: Path) -> None:
    project(tmp_path, '[tool.taskcontract]\npaths = ["src", "."]\n')
    assert load(tmp_path).import_paths == (str(tmp_path / "src"), str(tmp_path))


def test_it_can_be_sent_to_another_process(tmp_path: Path) -> None:
    project(tmp_path, WHOLE)
    assert pickle.loads(pickle.dumps(load(tmp_path))) == load(tmp_path)


TASK = '[tool.taskcontract.tasks."acme:Get"]\n'
KEY = 'tool.taskcontract.tasks."acme:Get"'
REFUSED = [
    ("[tool.taskcontract]\ntarget = []\n", "unknown key tool.taskcontract.target; did you mean 'targets'?; known keys: "),
    ("[tool.taskcontract]\nzzz = 1\n", "unknown key tool.taskcontract.zzz; known keys: targets, clauses, profile, seed, "),
    ('[tool.taskcontract]\ntargets = "acme"\n', "tool.taskcontract.targets must be an array of strings, not a string ('acme')"),
    ("[tool.taskcontract]\ntargets = [1]\n", "tool.taskcontract.targets[0] must be a string, not an integer (1)"),
    ("[tool.taskcontract]\nseed = true\n", "tool.taskcontract.seed must be an integer, not a boolean (True)"),
    ("[tool.taskcontract]\nseed = -1\n", "tool.taskcontract.seed must be 0 or more, not -1"),
    ("[tool.taskcontract]\njobs = 0\n", "tool.taskcontract.jobs must be 1 or more, not 0"),
    ("[tool.taskcontract]\ncassettes = 3\n", "tool.taskcontract.cassettes must be a string, not an integer (3)"),
    ("[tool.taskcontract]\ncassette_age = 0\n", "tool.taskcontract.cassette_age must be 1 or more, not 0"),
    ("[tool.taskcontract]\njobs = 1.5\n", "tool.taskcontract.jobs must be an integer, not a float (1.5)"),
    ('[tool.taskcontract]\nstrict = "yes"\n', "tool.taskcontract.strict must be true or false, not a string ('yes')"),
    ("[tool.taskcontract]\nstrict = 2026-01-01\n", "must be true or false, not date (datetime.date(2026, 1, 1))"),
    ("[tool.taskcontract]\nstrict = [1]\n", "tool.taskcontract.strict must be true or false, not an array ([1])"),
    ('[tool.taskcontract]\nprofile = "quik"\n', "profile is 'quik'; did you mean 'quick'?; profiles: quick, default, thorough"),
    ("[tool.taskcontract]\nprofile = 1\n", "tool.taskcontract.profile must be a string, not an integer (1)"),
    ("[tool.taskcontract]\ntasks = []\n", "tool.taskcontract.tasks must be a table, not an array ([])"),
    ("[tool]\ntaskcontract = 1\n", "tool.taskcontract must be a table, not an integer (1)"),
    ('[tool.taskcontract.tasks."acme.Get"]\n', 'names no task; write it as [tool.taskcontract.tasks."module:Class"]'),
    ("[tool.taskcontract.tasks.acme]\nGet = 1\n", 'tool.taskcontract.tasks."acme" names no task'),
    ('[tool.taskcontract.tasks]\n"acme:Get" = 1\n', f"{KEY} must be a table, not an integer (1)"),
    (TASK + 'require = ["x"]\n', f"unknown key {KEY}.require; did you mean 'required'?"),
    (TASK + "required = [[]]\n", f"{KEY}.required[0] must be a string, not an array ([])"),
    (TASK + "values = []\n", f"{KEY}.values must be a table, not an array ([])"),
    (TASK + 'one_of = ["a"]\n', f"{KEY}.one_of[0] must be an array of strings, not a string ('a')"),
    (TASK + "one_of = 1\n", f"{KEY}.one_of must be an array, not an integer (1)"),
    (TASK + 'one_of = [["a"]]\n', f"{KEY}.one_of[0] must name two alternatives or more, not ['a']"),
    (
        TASK + "credential = { enw = [] }\n",
        f"{KEY}.credential.enw; did you mean 'env'?; known keys: argument, secret, env, exclude, anonymous",
    ),
    (TASK + "credential = { secret = 1 }\n", f"{KEY}.credential.secret must be an array of strings, not an integer (1)"),
    (TASK + "env = { A = 1 }\n", f"{KEY}.env.A must be a string, not an integer (1)"),
    (TASK + f"env = '{'x' * 99}'\n", "must be a table, not a string ('" + "x" * 58 + "…)"),
    ("[tool.taskcontract\n", "is not valid TOML: Expected ']'"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[message[:60] for _, message in REFUSED])
def test_what_cannot_be_used_is_refused_with_its_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    file = project(tmp_path, text)
    with pytest.raises(ConfigError) as refusal:
        load(tmp_path)
    assert str(refusal.value).startswith(f"{file}: ")
    assert message in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_a_named_file_must_be_there_and_have_the_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: no such file; name a TOML file with a \[tool.taskcontract\] table"):
        load(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match=r"has no \[tool.taskcontract\] table; add one, or leave the option out"):
        load(project(tmp_path, "tool = 1\n"))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_bytes(b"# \xff\n")
    with pytest.raises(ConfigError, match=r"is not UTF-8 \(byte 2\); TOML must be: save it as UTF-8"):
        load(file)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = project(tmp_path, WHOLE)

    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(ConfigError, match=r"cannot be read \(Permission denied\); mend its permissions"):
        load(file)


def test_options_override_the_file() -> None:
    known = Config(targets=("acme",), clauses=("TC2",), profile="quick", seed=3, strict=True, jobs=2)
    assert known.override() == known
    assert known.override(targets=[], clauses=None) == known
    changed = known.override(targets=["b"], clauses=["TC101"], profile="thorough", seed=0, strict=False, jobs=1)
    assert changed == Config(targets=("b",), clauses=("TC101",), profile="thorough", seed=0, strict=False, jobs=1)


def test_options_are_checked_as_the_file_is() -> None:
    with pytest.raises(UsageError, match=r"unknown profile 'deflaut'; did you mean 'default'\?; profiles: quick, "):
        Config().override(profile="deflaut")
    with pytest.raises(UsageError, match="0 jobs cannot judge anything; give 1 or more"):
        Config().override(jobs=0)
    with pytest.raises(UsageError, match="seed -1 is negative; give 0 or more"):
        Config().override(seed=-1)


def test_python_declarations_are_checked_alike() -> None:
    assert check_declaration({"required": ["a"], "values": {"x": 1}}, "here") == {"required": ("a",), "values": {"x": 1}}
    with pytest.raises(ConfigError, match=r"^contract\(Get\): unknown key mergd; did you mean 'merged'\?"):
        check_declaration({"mergd": []}, "contract(Get)")


def test_further_declarations_are_laid_over_key_by_key() -> None:
    known = Config(tasks={"a:A": {"required": ("x",), "merged": ("h",)}})
    changed = known.declaring({"a:A": {"required": ()}, "a:B": {"merged": ("z",)}})
    assert changed.tasks == {"a:A": {"required": (), "merged": ("h",)}, "a:B": {"merged": ("z",)}}


def test_the_nearest_name_keeps_its_spelling() -> None:
    assert nearest("tc220", ["TC210", "TC301"]) == "; did you mean 'TC210'?"
    assert nearest("qqqq", ["TC210"]) == ""


def test_results_are_allowed_for_all_tasks_and_for_one(tmp_path: Path) -> None:
    project(tmp_path, '[tool.taskcontract]\nresults = ["pandas"]\n[tool.taskcontract.tasks."a:B"]\nresults = ["numpy"]\n')
    config = load(tmp_path)
    assert config.declared("a:B") == {"results": ("pandas", "numpy")}
    assert config.declared("a:C") == {"results": ("pandas",)}
    assert config.declaring({"a:B": {"cassette": "c.yaml"}}).declared("a:B") == {
        "cassette": "c.yaml",
        "results": ("pandas", "numpy"),
    }
    assert Config().declared("a:C") == {}
