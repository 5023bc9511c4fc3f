"""Each kind of complaint proposes the change that would answer it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskcontract.model import Answers, Fact, Fork, Observation, Outcome, Parameter, Read, Source, TaskRef, TaskSpec, Value
from taskcontract.values import Configuration, make, token
from taskcontract.values.make import number
from taskcontract.values.refine import proposals, suspects

SPEC = TaskSpec(
    TaskRef("lib.tasks", "Upload"),
    run=tuple(Parameter(n, "run", default="None") for n in ("repo", "base", "branch_name")),
    facts=(Fact("literal", "repo", "'open'", Source("comparison")), Fact("literal", "repo", 3, Source("comparison"))),
)
CONFIG = Configuration(SPEC, {"repo": make("text", "repo"), "base": make("text", "base")})


def raised(kind: str, text: str = "", *trail: str, **changes: Any) -> Observation:
    return Observation(Outcome("raised", None, kind, (kind,), text, trail), **changes)


def proposed(seen: Observation, config: Configuration = CONFIG) -> list[tuple[str, dict[str, Value]]]:
    """Why, and the values that are not as before (None: left out)."""
    found = []
    for why, new in proposals(config, seen):
        names = dict.fromkeys([*config.values, *new.values])
        found.append((why, {n: new.values[n] for n in names if n in new.values and new.values[n] != config.values.get(n)}))
    return found


WORD = make("text", "repo").code.strip("'")
COMPLAINTS = [
    ("AttributeError", f"'{WORD}' has no attribute 'items'", "dict"),
    ("AttributeError", f"'{WORD}' has no attribute 'append'", "list:text"),
    ("AttributeError", f"'{WORD}' has no attribute 'isoformat'", "datetime"),
    ("AttributeError", f"'{WORD}' has no attribute 'total_seconds'", "timedelta"),
    ("AttributeError", f"'{WORD}' has no attribute 'read_text'", "pathlib"),
    ("AttributeError", f"'{WORD}' has no attribute 'decode'", "bytes"),
    ("TypeError", f"'{WORD}' object is not callable", "callable"),
    ("AttributeError", f"'{WORD}' has no attribute 'send'", "object:thing"),
    ("NotADirectoryError", f"{WORD}", "folder"),
    ("FileNotFoundError", f"No such file: {WORD}", "path"),
    ("IsADirectoryError", f"{WORD}", "path"),
    ("FileExistsError", f"{WORD}", "newpath"),
    ("zipfile.BadZipFile", f"{WORD} is no archive", "zip"),
    ("tarfile.ReadError", f"{WORD}", "zip"),
    ("sqlite3.DatabaseError", f"{WORD}", "sqlite"),
    ("ProgrammingError", f"syntax error at {WORD}", "query"),
    ("json.JSONDecodeError", f"{WORD}", "json"),
    ("ValueError", f"time data '{WORD}' does not match format '%d/%m'", "strftime:%d/%m"),
    ("ValueError", f"Invalid isoformat string: '{WORD}'", "isodate"),
    ("requests.MissingSchema", f"{WORD}", "url"),
    ("ValueError", f"invalid literal for int() with base 10: '{WORD}'", "int"),
    ("TypeError", f"argument after ** must be a mapping, not {WORD}", "dict"),
    ("ValueError", f"badly formed hexadecimal UUID string {WORD}", "uuid"),
    ("TypeError", f"{WORD} must be a list", "list:text"),
    ("ValueError", f"not enough values to unpack from {WORD}", "tuple"),
    ("TypeError", f"a bytes-like object is required for {WORD}", "bytes"),
    ("TypeError", f"{WORD} must be bool", "bool"),
    ("TypeError", f"{WORD} must be datetime.timedelta", "timedelta"),
    ("TypeError", f"{WORD} must be a datetime", "datetime"),
]


@pytest.mark.parametrize(("kind", "text", "sort"), COMPLAINTS, ids=[f"{k}-{s}" for k, _, s in COMPLAINTS])
def test_a_complaint_about_a_type_proposes_a_value_of_it(kind: str, text: str, sort: str) -> None:
    assert (f"repo as {sort}", {"repo": make(sort, "repo")}) in proposed(raised(kind, text))


def test_a_complaint_about_a_keyword_proposes_an_empty_dict() -> None:
    config = CONFIG.setting("repo", make("dict:a", "repo"))
    found = proposed(raised("TypeError", "repo got an unexpected keyword argument 'a'"), config)
    assert ("repo as empty-dict", {"repo": Value("{}")}) in found


def test_numbers_are_wanted_in_a_dict_at_the_keys_of_the_line(tmp_path: Path) -> None:
    file = tmp_path / "lib.py"
    file.write_text("def run(repo):\n    return repo['size'] * 1.5\n")
    config = CONFIG.setting("repo", make("dict:name,size", "repo"))
    seen = raised("TypeError", "can't multiply sequence by non-int", f"{file}:2")
    word = make("dict:name,size", "repo").code
    expected = Value(word.replace(f"'{WORD}-size'", str(number("repo_size"))))
    assert ("repo as int", {"repo": expected}) in proposed(seen, config)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("repo must be one of 'all', 'none'", ["'open'", "3", "'all'", "'none'"]),
        ("repo should be either public or private", ["'open'", "3", "'public'"]),
        ("Valid values of repo: in [a, b]", ["'open'", "3", "'a'"]),
        (f"repo: '{WORD}' is not allowed, choose \"x\"", ["'open'", "3", "'x'"]),
    ],
)
def test_the_words_of_a_message_are_tried(text: str, words: list[str]) -> None:
    found = [c["repo"].code for why, c in proposed(raised("ValueError", text)) if why.endswith("words in the message")]
    assert found == words


def test_an_expression_of_the_function_that_complained_is_matched(tmp_path: Path) -> None:
    file = tmp_path / "lib.py"
    file.write_text("import re\n\ndef check(repo):\n    if not re.match(r'^\\d+/x$', repo):\n        raise ValueError(repo)\n")
    found = dict(proposed(raised("ValueError", WORD, f"{file}:5")))
    assert found[r"repo matches ^\d+/x$"] == {"repo": Value(f"'{number('repo')}/x'")}


def test_a_key_that_is_missing_is_added() -> None:
    config = CONFIG.setting("repo", make("dict:a", "repo"))
    found = proposed(raised("KeyError", "'name'"), config)
    assert found[0] == ("repo lacks a key", {"repo": make("dict:a,name", "repo")})


def test_a_key_that_an_object_lacks_is_given_to_its_class() -> None:
    config = CONFIG.setting("repo", make("built:lib|Repo", "repo"))
    (first, change), *_ = proposed(raised("AttributeError", "'Repo' object has no attribute 'name'"), config)
    assert first == "repo lacks a key"
    assert change == {"repo": Value(f"lib.Repo({{'name': 'repo-{token('repo')}-name'}})", ("import lib",))}


@pytest.mark.parametrize("text", ["base and branch name must be provided", "missing: branch_name", "branch_name is not set"])
def test_a_parameter_that_the_message_names_is_given(text: str) -> None:
    assert ("branch_name given", {"branch_name": make("text", "branch_name")}) in proposed(raised("ValueError", text))


def test_a_parameter_that_a_client_was_given_null_for_is_given_by_its_last_word() -> None:
    text = "Parameter validation failed:\nInvalid type for parameter name, value: None, type: <class 'NoneType'>"
    found = proposed(raised("botocore.exceptions.ParamValidationError", text))
    assert ("branch_name given", {"branch_name": make("text", "branch_name")}) in found


def test_a_tenant_is_an_identifier_as_clients_make_them() -> None:
    text = f"Invalid tenant ID provided: {WORD}"
    assert ("repo as uuid", {"repo": make("uuid", "repo")}) in proposed(raised("ValueError", text))


def test_variables_that_were_asked_for_are_set() -> None:
    reads = tuple(Read("env", n) for n in ("LIB_TOKEN", "LIB_URL", "HTTP_PROXY", "lower", "HOME"))
    config = CONFIG.with_(env=(("HOME", "/h"),))
    seen = raised("KeyError", "LIB_TOKEN is not set", reads=reads)
    planted = [c.env for why, c in proposals(config, seen) if why == "variables it asks for are set"]
    token_, url = ("LIB_TOKEN", f"env-{token('LIB_TOKEN')}"), ("LIB_URL", f"env-{token('LIB_URL')}")
    assert planted == [(("HOME", "/h"), token_), (("HOME", "/h"), token_, url)]


def test_a_variable_is_set_that_the_message_speaks_of_by_its_last_word() -> None:
    names = (*(f"LIB_OPTION_{n}" for n in "ABCDEFGH"), "LIB_DEFAULT_REGION", "LIB_KEY")
    seen = raised("NoRegionError", "You must specify a region.", reads=tuple(Read("env", n) for n in names))
    first, *_ = [c.env for why, c in proposals(CONFIG, seen) if why == "variables it asks for are set"]
    assert first == (("LIB_DEFAULT_REGION", f"env-{token('LIB_DEFAULT_REGION')}"),)


def test_a_comparison_with_an_answer_is_decided_the_other_way() -> None:
    forks = (Fork("a.state", "'done'", True), Fork("a.kind", "'x'", False), Fork("b", "1", True))
    config = CONFIG.with_(answers=Answers(((200, "{}"),), (("b", "no:1"),)))
    found = [(why, c.answers) for why, c in proposals(config, raised("ValueError", "?", forks=forks))]
    bound = (("b", "no:1"),)
    assert found[:2] == [
        ("a.kind is 'x'", Answers((), (*bound, ("a.kind", "'x'")))),
        ("a.state differs from 'done'", Answers((), (*bound, ("a.state", "no:'done'")))),
    ]


def test_a_run_that_returned_proposes_nothing() -> None:
    seen = Observation(Outcome("returned"), forks=(Fork("a", "1", True),), reads=(Read("env", "TOKEN"),))
    assert proposed(seen) == []


def test_at_last_other_sorts_are_tried_and_then_leaving_out() -> None:
    found = proposed(raised("RuntimeError", f"something about {WORD}"))
    assert [why for why, _ in found] == ["repo as literal", "repo as literal", "repo left out", "base left out"]
    required = TaskSpec(SPEC.ref, run=(Parameter("repo", "run"),))
    config = Configuration(required, {"repo": make("text", "repo")})
    assert proposed(raised("RuntimeError", "something"), config) == []


def test_suspects_are_those_the_complaint_shows_names_or_reads(tmp_path: Path) -> None:
    file = tmp_path / "lib.py"
    file.write_text("raise ValueError(branch_name)\n")
    config = CONFIG.setting("branch_name", make("text", "branch_name"))
    assert suspects(config, raised("ValueError", f"bad base near {WORD}", f"{file}:1")) == ["repo", "base", "branch_name"]
    assert suspects(config, raised("ValueError", "the branch name is bad")) == ["branch_name"]
    assert suspects(config, raised("ValueError", "no")) == []


@pytest.mark.parametrize(
    "text",
    ["Session.client() got an unexpected keyword argument 'common'", 'Unknown parameter in input: "common", must be one of: a'],
)
def test_keys_that_are_no_options_put_the_dict_with_them_under_suspicion(text: str) -> None:
    config = Configuration(SPEC, {"repo": make("text", "repo"), "base": make("dict", "base")})
    seen = raised("TypeError", text)
    assert suspects(config, seen) == ["base"]
    assert ("base as empty-dict", {"base": Value("{}", (), "dict")}) in proposed(seen, config)


def test_a_dict_is_given_the_keys_that_a_client_lists_also_where_the_task_wrapped_its_complaint() -> None:
    config = Configuration(SPEC, {"repo": make("text", "repo"), "base": make("dict", "base")})
    beneath = 'ParamValidationError: Unknown parameter in input: "common", must be one of: Repo, shareIdentifier, size'
    seen = replace(raised("FAIL", "it failed"), outcome=replace(raised("FAIL", "it failed").outcome, beneath=beneath))
    tried = [config["base"].kind for why, config in proposed(seen, config) if why == "base has a key that is allowed"]
    assert tried == ["dict:shareIdentifier", "dict:size", "dict:Repo"]
    assert not [why for why, _ in proposed(raised("FAIL", "it failed"), config) if why == "base has a key that is allowed"]


def test_a_pattern_in_the_message_is_matched() -> None:
    seen = raised("ValidationError", f"'{WORD}' did not match pattern '(/(.|[\\r\\n])*|id:.*)'")
    found = dict(proposed(seen))
    assert found[r"repo matches (/(.|[\r\n])*|id:.*)"]["repo"].code.startswith("'/")


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("Service account info was not in the expected format", ["service-account", "path:service-account"]),
        ("Connection string is either blank or malformed.", ["connection-string"]),
    ],
)
def test_a_document_that_a_client_takes_apart_is_made_for_it(text: str, sorts: list[str]) -> None:
    """The credential is the likely one, whatever the message shows."""
    spec = TaskSpec(SPEC.ref, run=SPEC.run, facts=(Fact("credential", "repo", "repo", Source("name")),))
    config = Configuration(spec, {"repo": make("text", "repo"), "base": make("text", "base")})
    wanted = [(f"repo as {sort}", {"repo": make(sort, "repo")}) for sort in sorts]
    assert proposed(raised("MalformedError", text), config)[: len(sorts)] == wanted
    assert wanted[0] not in proposed(raised("MalformedError", text), config.setting("repo", make(sorts[0], "repo")))
