"""What nobody said is asked about before anything is sent: values that would be made up, and a credential that is nowhere."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from taskcontract.cassettes.load import load
from taskcontract.errors import UsageError
from taskcontract.record.consent import Consent
from taskcontract.record.terminal import Terminal, at_terminal
from taskcontract.record.values_file import values_in


@dataclass
class Person:
    """Somebody who answers."""

    typed: str = ""
    goes_on: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str, offered: str) -> str:
        self.asked.append((name, offered))
        return self.typed or offered

    def without(self, name: str, why: str) -> bool:
        self.asked.append((name, why))
        return self.goes_on


def test_nobody_to_ask_is_an_error_that_names_what_to_add(project: Any, service: Any) -> None:
    with pytest.raises(UsageError) as failed:
        project.record("Talk", {"url": service.url}, consent=Consent())
    task = str(failed.value).partition(" reaches")[0].removeprefix("nothing was run: recording ")
    first, second, third = str(failed.value).splitlines()
    assert task.endswith("recorded_tasks:Talk") and first.endswith(f"{task} reaches the real service, and nobody said")
    assert second.startswith("  what: add --value 'what=…' (inferred: 'what-") and second.endswith("')")
    assert third == (f'or declare [tool.taskcontract.tasks."{task}"] values = {{ what = … }}; --infer accepts what is inferred')
    assert failed.value.exit_code == 2 and service.seen == [] and project.files == {}


def test_an_absent_credential_is_named_too(project: Any, service: Any) -> None:
    with pytest.raises(UsageError) as failed:
        project.record("Keep", {"url": service.url}, consent=Consent())
    _, second, third = str(failed.value).splitlines()
    where = "the environment variable SECRET_KEY or the Prefect secret SECRET_KEY"
    assert second == f"  secret_key: there is no credential in {where}; add --anonymous to go on without"
    assert third.endswith("credential = { anonymous = true }")
    assert service.seen == []


def test_a_local_file_and_what_is_accepted_need_no_question(project: Any, service: Any) -> None:
    person = Person()
    path = project.record("Keep", {"url": service.url}, consent=Consent(anonymous=True, ask=person))
    assert load(path).interactions[0].request.body.startswith(b"path-") and person.asked == []
    assert project.said[2].startswith("  path: 'path-") and project.said[2].endswith(".txt' (inferred)")
    path = project.record("Keep", {"url": service.url}, mode="all", credential={"anonymous": True}, consent=Consent())
    assert len(load(path).interactions) == 1


def test_who_is_asked_accepts_or_types(project: Any, service: Any) -> None:
    person = Person()
    project.record("Talk", {"url": service.url}, consent=Consent(ask=person))
    ((name, offered),) = person.asked
    assert name == "what" and project.said[2] == f"  what: {offered} (inferred, and accepted)"
    path = project.record("Talk", {"url": service.url}, mode="all", consent=Consent(ask=Person(typed="fine")), values={})
    assert load(path).values["what"] == offered.strip("'"), "what the cassette was recorded with stands"
    other = project.root / "typed.yaml"
    project.record("Talk", {"url": service.url}, output=other, consent=Consent(ask=Person(typed="fine")))
    assert load(other).values["what"] == "fine" and '  what: "fine" (typed)' in project.said


def test_who_is_asked_goes_on_without_a_credential_or_not(project: Any, service: Any) -> None:
    where = "the environment variable SECRET_KEY or the Prefect secret SECRET_KEY"
    with pytest.raises(UsageError, match=rf"nothing was run: there is no credential for `secret_key` of .*:Keep \({where}\)$"):
        project.record("Keep", {"url": service.url}, consent=Consent(ask=Person()))
    assert service.seen == []
    person = Person(goes_on=True)
    project.record("Keep", {"url": service.url}, consent=Consent(ask=person))
    assert person.asked == [("secret_key", where)]
    assert f"  secret_key: left out: no credential in {where}" in project.said


# --- the terminal and the file -----------------------------------------------------------------------------------------


def test_questions_on_a_terminal() -> None:
    with CliRunner().isolation(input="\nmine\ny\n\n") as streams:
        answers = [Terminal().value("what", "'made'"), Terminal().value("what", "'made'")]
        went_on = [Terminal().without("token", "$TOKEN"), Terminal().without("token", "$TOKEN")]
    assert answers == ["'made'", "mine"] and went_on == [True, False]
    shown = streams[1].getvalue().decode()
    assert shown.startswith("what is sent to the real service; its value (JSON or text) ['made']: ")
    assert "token: there is no credential in $TOKEN; go on without? [y/N]: " in shown


def test_nobody_is_there_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Tty())
    monkeypatch.setattr(sys, "stderr", Tty())
    assert isinstance(at_terminal(), Terminal)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert at_terminal() is None


def test_values_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('repo = "octocat/hello"\nnumber = 7\n')
    (tmp_path / "a.json").write_text('{"labels": ["bug"]}')
    assert values_in(str(tmp_path / "a.toml")) == {"repo": "octocat/hello", "number": 7}
    assert values_in(str(tmp_path / "a.json")) == {"labels": ["bug"]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.toml", b"repo =", r"it is no TOML: Invalid value"),
        ("a.json", b"repo", r"it is no JSON \(a TOML file's name ends in \.toml\): Expecting value"),
        ("a.json", b"[1]", r"it must map names to values"),
        ("a.json", b"\xff", r"it is not UTF-8 \(byte 0\)"),
        ("", b"", r"it cannot be read \(Is a directory\)"),
    ],
)
def test_a_file_of_values_that_is_none(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=f"^--values .*: {message}"):
        values_in(str(path))
