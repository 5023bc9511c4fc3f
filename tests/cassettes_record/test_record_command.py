"""`taskcontract record` from its values to its file: what it takes, what it refuses, and that the old cassette survives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import prefect
import pytest
import yaml

from taskcontract.cassettes.load import load
from taskcontract.describe import describe
from taskcontract.errors import CassetteError, UsageError
from taskcontract.frameworks import installed_framework
from taskcontract.loading import import_file
from taskcontract.model import TaskRef
from taskcontract.record import RecordingFailed
from taskcontract.record.consent import Consent
from taskcontract.record.values import choose

PLANT = "cassettes/recorded_tasks.Plant.yaml"
TALK = "cassettes/recorded_tasks.Talk.yaml"


def _talk(project: Any, service: Any, what: str, **more: Any) -> Path:
    path: Path = project.record("Talk", {"url": service.url, "what": what}, **more)
    return path


# --- values and credentials ------------------------------------------------------------------------------------------


def test_values_are_given_declared_or_inferred(project: Any, service: Any) -> None:
    path = project.record("Talk", {"what": "fine"}, values={"url": service.url})
    assert load(path).values == {"url": service.url, "what": "fine"}
    told = [f"  url: {service.url!r} (declared)", '  what: "fine" (--value)', f"  GET {service.url}/fine -> 200"]
    assert project.said[1:4] == told
    path = project.record("Talk", {"url": service.url}, output=project.root / "inferred.yaml")
    inferred = load(path).values["what"]
    assert inferred.startswith("what-") and project.said[2] == f"  what: {inferred!r} (inferred)"
    assert service.seen[-1] == f"/{inferred}"


def test_the_call_can_be_given_what_construction_is_not(project: Any, service: Any) -> None:
    path = project.record("Talk", {"url": service.url, "what": "other"}, call={"what": "fine"})
    assert load(path).values == {"url": service.url, "what": "fine"} and service.seen == ["/fine", "/fine"]


def test_inferred_files_are_made_in_a_folder_that_goes(project: Any, service: Any) -> None:
    before = Path.cwd()
    path = project.record("Keep", {"url": service.url})
    assert load(path).interactions[0].request.body.startswith(b"path-")
    assert Path.cwd() == before and list(project.files) == ["cassettes/recorded_tasks.Keep.yaml"]


def test_a_value_that_the_task_does_not_take(project: Any) -> None:
    with pytest.raises(UsageError, match=r"^--value wat: .*:Keep does not take it; .*it has path, secret_key, url$"):
        project.record("Keep", {"wat": 1})
    with pytest.raises(UsageError, match=r"^--call urll: .*:Talk does not take it; did you mean 'url'\?; its call has url,"):
        project.record("Talk", call={"urll": 1})


def test_no_credential_names_where_it_looked_and_runs_nothing(project: Any, service: Any) -> None:
    looked = "looked for the environment variable {0} and the Prefect secret {0}; set one, or declare credential = "
    with pytest.raises(CassetteError, match="no credential for `token` of .*:Plant: " + looked.format("TOKEN")):
        project.record("Plant", {"url": service.url, "place": "JSON"})
    with pytest.raises(CassetteError, match=looked.format("ACME") + ".*; nothing was run"):
        project.record("Plant", {"url": service.url}, credential={"argument": "token", "env": ["ACME"]})
    assert service.seen == [] and project.files == {}


def test_a_credential_that_a_task_can_do_without_is_said_to_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "REPOS_TOKEN", "TOKEN"):
        monkeypatch.delenv(name, raising=False)
    framework = installed_framework()
    ref = TaskRef("prefect.tasks.github.repos", "CreateBranch")
    given = {"repo": "octocat/hello", "branch_name": "fix"}
    chosen = choose(describe(ref, framework), given, {}, {}, framework, Consent(anonymous=True))
    places = "GITHUB_TOKEN, REPOS_TOKEN, TOKEN"
    assert chosen.said["token"] == (
        f"left out: no credential in the environment variables {places} or the Prefect secrets {places}"
    )


def test_a_credential_is_looked_for_where_one_would_keep_it(project: Any, service: Any) -> None:
    framework = installed_framework()
    module = import_file(Path(__file__).with_name("recorded_tasks.py"))
    ref = TaskRef(module.__name__, "Plant", module.__file__, 1, path=module.__file__)
    spec = replace(describe(ref, framework), ref=replace(ref, module="acme.tasks.github.repos"))
    tried = "the environment variables GITHUB_TOKEN, TOKEN|the environment variables ACME_TOKEN, GITHUB_TOKEN, TOKEN"
    with pytest.raises(CassetteError, match=tried):
        choose(spec, {"url": service.url, "place": "JSON"}, {}, {}, framework)


@pytest.mark.parametrize("where", ["variable", "secret", "declared"])
def test_a_credential_comes_from_where_it_is(where: str, project: Any, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"url": service.url, "place": "JSON"}
    if where == "variable":
        monkeypatch.setenv("TOKEN", service.token)
        project.record("Plant", asked)
        assert "  token: a credential, from the environment variable TOKEN" in project.said
    elif where == "secret":
        with prefect.context(secrets={"ACME": service.token}):
            project.record("Plant", asked, credential={"argument": "token", "secret": "ACME"})
        assert "  token: a credential, from the Prefect secret ACME" in project.said
    else:
        project.record("Plant", asked, values={"token": service.token})
        assert "  token: a credential, from the declaration's values" in project.said
    assert load(project.root / PLANT).values["token"] == "{{token}}"


@pytest.mark.parametrize("form", ["text", "document"])
def test_what_the_task_reads_itself_is_scrubbed(form: str, project: Any, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "pin-from-env-83729")
    key = service.token if form == "text" else json.dumps({"key": service.token})
    with prefect.context(secrets={"ACME_KEY": key, "UNUSED": "no-part-of-it"}):
        path = project.record("Login", {"url": service.url})
    first, second = load(path).interactions
    name = "ACME_KEY" if form == "text" else "ACME_KEY.key"
    assert dict(first.request.headers)["X-Acme-Key"] == "{{" + name + "}}"
    assert json.loads(first.request.body) == {"pin": "{{ACME_TOKEN}}"}
    assert json.loads(first.response.body) == {"access_token": "{{access_token}}"}
    assert dict(second.request.headers)["Authorization"] == "Bearer {{access_token}}"
    assert dict(second.request.headers)["Cookie"] == "sid={{cookie.sid}}"
    shape = "<text 19>" if form == "text" else '{"key": "<text 19>"}'
    assert load(path).credentials == {"ACME_KEY": shape, "ACME_TOKEN": "<text 18>"}
    names = sorted(["ACME_TOKEN", "access_token", "cookie.sid", name])
    assert project.said[-1] == f"placeholders stand for {', '.join(names)}"


def test_a_secret_that_is_not_there_is_named(project: Any, service: Any) -> None:
    with pytest.raises(RecordingFailed, match="it asked for the Prefect secret ACME_KEY, which is not there; nothing"):
        project.record("Login", {"url": service.url})


# --- modes -----------------------------------------------------------------------------------------------------------


def test_once_leaves_what_is_there(project: Any, service: Any) -> None:
    path = _talk(project, service, "fine")
    before = path.read_bytes()
    with pytest.raises(CassetteError, match=r"is there already, and stays as it is: `--record-mode new` .*`--record-mode all`"):
        _talk(project, service, "fine")
    assert path.read_bytes() == before and service.seen == ["/fine", "/fine"], "and nothing was run"


def test_new_adds_what_was_not_there(project: Any, service: Any) -> None:
    path = _talk(project, service, "fine")
    assert [each.request.url for each in load(path).interactions] == [f"{service.url}/fine"] * 2
    document = yaml.safe_load(path.read_bytes())
    document["interactions"][0]["request"]["uri"] = f"{service.url}/old"
    del document["interactions"][1]
    path.write_text(yaml.safe_dump(document))
    project.record("Talk", mode="new", values={"what": "something else"})
    assert [each.request.url for each in load(path).interactions] == [f"{service.url}/{p}" for p in ("old", "fine", "fine")]
    assert '  what: "fine" (as the cassette was recorded)' in project.said
    host = service.url.removeprefix("http://")
    assert project.said[-2:] == [f"compared with the old one ({load(path).made}):", f"  + GET {host}/{{what}}"]


def test_new_needs_the_values_of_the_old(project: Any, service: Any) -> None:
    path = _talk(project, service, "fine")
    with pytest.raises(CassetteError, match=r'was recorded with what = "fine", and what is added must fit it: leave `what`'):
        _talk(project, service, "other", mode="new")
    _talk(project, service, "fine", mode="new")
    assert len(load(path).interactions) == 2 and project.said[-1].endswith(" the answers have the same shapes")


def test_all_records_anew_and_shows_how_shapes_changed(project: Any, service: Any) -> None:
    service.extra.update(name="x", count=1, gone=[{"a": None}])
    path = _talk(project, service, "fine")
    service.extra.clear()
    service.extra.update(name="x", count="1", came={"b": True})
    _talk(project, service, "fine", mode="all")
    request = f"GET {service.url.removeprefix('http://')}/{{what}}"
    assert project.said[-7:] == [
        f"compared with the old one ({load(path).made}):",
        f"  + {request} $.came: object",
        f"  + {request} $.came.b: boolean",
        f"  ~ {request} $.count: number -> text",
        f"  - {request} $.gone: list",
        f"  - {request} $.gone[]: object",
        f"  - {request} $.gone[].a: null",
    ]
    assert "came" in json.loads(load(path).interactions[0].response.body)


def test_a_cassette_of_another_task_is_not_touched(project: Any, service: Any) -> None:
    path = _talk(project, service, "fine")
    before = path.read_bytes()
    with pytest.raises(CassetteError, match=r"is a recording of .*:Talk, not of .*:Keep; name another file"):
        project.record("Keep", {"url": service.url}, mode="all", output=path)
    assert path.read_bytes() == before


def test_a_broken_cassette_can_be_recorded_anew_but_not_added_to(project: Any, service: Any) -> None:
    path = project.root / TALK
    path.parent.mkdir()
    path.write_text("{broken")
    with pytest.raises(CassetteError):
        _talk(project, service, "fine", mode="new")
    assert path.read_text() == "{broken" and service.seen == []
    _talk(project, service, "fine", mode="all")
    assert len(load(path).interactions) == 2


def test_the_declared_cassette_is_made_where_it_is_declared(project: Any, service: Any) -> None:
    assert _talk(project, service, "fine", cassette="mine.yaml") == project.root / "cassettes" / "mine.yaml"
    with pytest.raises(CassetteError, match=r"mine\.yaml is there already"):
        _talk(project, service, "fine", cassette="mine.yaml")


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("cut", r"the task did not end well: ConnectionError: .*; nothing was written"),
        ("slow", r"the task did not end well: ReadTimeout: .*; nothing was written"),
        ("refused", r"the task did not end well: HTTPError: 503 Server Error.*; nothing was written"),
        ("exit", r"the task did not end well: SystemExit: 3; nothing was written"),
    ],
)
def test_a_conversation_that_breaks_off_is_shown_and_not_written(what: str, message: str, project: Any, service: Any) -> None:
    with pytest.raises(RecordingFailed, match=message) as failed:
        _talk(project, service, what)
    assert failed.value.exit_code == 3 and project.files == {}
    assert (f"  GET {service.url}/fine -> 200" in project.said) is (what != "exit")


def test_the_old_cassette_survives_it(project: Any, service: Any) -> None:
    path = _talk(project, service, "fine")
    before = path.read_bytes()
    with pytest.raises(RecordingFailed, match=rf"; {path} is as it was"):
        _talk(project, service, "cut", mode="all")
    with pytest.raises(KeyboardInterrupt):
        _talk(project, service, "interrupt", mode="all")
    assert path.read_bytes() == before


def test_the_message_does_not_tell_the_secret(project: Any, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", service.token)
    with pytest.raises(RecordingFailed, match=r"ValueError: set ACME_TOKEN, it is \{\{ACME_TOKEN\}\};"):
        _talk(project, service, "variable")
    monkeypatch.delenv("ACME_TOKEN")
    with pytest.raises(RecordingFailed, match=r"it asked for the environment variable ACME_TOKEN, which is not there"):
        _talk(project, service, "variable")


def test_a_success_signal_is_a_good_end(project: Any, service: Any) -> None:
    assert len(load(_talk(project, service, "success")).interactions) == 1


def test_a_run_without_http_makes_no_cassette(project: Any, service: Any) -> None:
    with pytest.raises(CassetteError, match="ended well without any HTTP request that could be recorded; nothing was written"):
        _talk(project, service, "nothing")
    assert project.files == {}


def test_a_folder_that_cannot_be_written_is_found_out_before_the_run(project: Any, service: Any) -> None:
    (project.root / "cassettes").write_text("a file")
    with pytest.raises(CassetteError, match=r"Talk\.yaml cannot be written \(.*\): nothing was run; mend its folder, or use"):
        _talk(project, service, "fine")
    assert service.seen == []


def test_what_cannot_be_scrubbed_is_not_written(project: Any, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import taskcontract.record as recording
    from taskcontract.cassettes.scrub import Scrubbed

    path = project.record("Plant", {"url": service.url, "place": "JSON", "token": service.token})
    before = path.read_bytes()
    monkeypatch.setattr(recording, "scrub", lambda whole, known: Scrubbed(whole, known))
    with pytest.raises(CassetteError, match=r"not written: the recording still holds credentials:\n  token \(raw\) in "):
        project.record("Plant", {"url": service.url, "place": "JSON", "token": service.token}, mode="all")
    assert path.read_bytes() == before


# --- retries and threads ---------------------------------------------------------------------------------------------


def test_retries_are_recorded_one_by_one(project: Any, service: Any) -> None:
    recorded = load(_talk(project, service, "flaky"))
    assert [each.response.status for each in recorded.interactions] == [200, 503, 503, 200]


def test_what_threads_send_is_recorded_too(project: Any, service: Any) -> None:
    recorded = load(_talk(project, service, "many"))
    assert sorted(each.request.url for each in recorded.interactions) == sorted(f"{service.url}/many/{n}" for n in range(80))
