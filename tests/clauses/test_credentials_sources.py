"""Sources of a credential beyond secrets and variables, in real runs of small tasks: files, keys, a netrc, who looked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest

from taskcontract.clauses import CATALOGUE, Bench, client_files, documented
from taskcontract.clauses.chain import Chain, chain
from taskcontract.clauses.origins import Origin, given
from taskcontract.clauses.tc502 import subsets
from taskcontract.config import Config
from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Case, Finding, TaskRef, TaskSpec

HEAD = """
import configparser, json, os
from pathlib import Path
import prefect, requests
from prefect import Task
from prefect.client import Secret

class Bearer(requests.auth.AuthBase):
    def __init__(self, token):
        self.token = token
    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request

def get(token):
    if not token:
        raise ValueError("no token")
    return requests.get("https://api.acme.test/me", auth=Bearer(token), timeout=5).status_code

class Ask(Task):
    def __init__(self, %s=None, **kwargs):
        self.%s = %s
        super().__init__(**kwargs)
    def run(self, %s=None):
        %s = self.%s if %s is None else %s
"""
Make = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A bench for a task whose `run` is given as text; `argument` is taken at both places."""
    opened: list[Session] = []

    def bench(body: str, argument: str = "token", **declared: object) -> Bench:
        file = tmp_path / f"source_tasks_{len(opened)}.py"
        file.write_text(HEAD % ((argument,) * 8) + indent(dedent(body), " " * 8))
        session = Session(Settings((str(file),)))
        (spec,) = session.load()
        assert isinstance(spec, TaskSpec)
        if declared:
            session = Session(Settings((str(file),), config=Config(tasks={spec.id: dict(declared)})))
            (spec,) = session.load()
            assert isinstance(spec, TaskSpec)
        opened.append(session)
        return session._at(spec).bench

    yield bench
    for session in opened:
        session.close()


def found(bench: Bench, argument: str = "token") -> Chain:
    known = chain(bench, argument)
    assert known is not None
    return known


def told(chained: Chain) -> list[str]:
    return [str(origin) for origin in chained.origins]


def judged(code: str, bench: Bench, subject: str = "token") -> Finding | None:
    return next(c for c in CATALOGUE if c.code == code).judge(bench, subject)


def certain(code: str, bench: Bench, subject: str = "token") -> Finding:
    finding = judged(code, bench, subject)
    assert finding is not None
    return finding


# --- variables -------------------------------------------------------------------------------------------------------


def test_a_variable_that_ends_the_run_hides_no_other_one(make: Make) -> None:
    body = """
    if os.environ.get("ACME_AUTH_MODE_KEY", "plain") != "plain":
        raise RuntimeError("no such mode")
    return get(token or os.environ.get("ACME_TOKEN"))
    """
    assert told(found(make(body))) == ["`token`", "$ACME_TOKEN"]


def test_variables_of_which_each_needs_the_others_are_one_source(make: Make) -> None:
    body = """
    parts = [os.environ.get(name) for name in ("ACME_CLIENT_KEY", "ACME_TOKEN", "ACME_SECRET")]
    return get(token or (parts[1] if all(parts) else None))
    """
    chained = found(make(body))
    assert told(chained) == ["`token`", "$ACME_TOKEN"]
    assert [name for name, _ in chained.origins[1].beside] == ["ACME_CLIENT_KEY", "ACME_SECRET"]


def test_a_variable_that_is_documented_is_looked_at_whatever_it_is_called(make: Make) -> None:
    body = "return requests.get('https://api.acme.test/' + (token or os.environ['AZURE_TENANT_ID']), timeout=5).status_code"
    assert told(found(make(body))) == ["`token`", "$AZURE_TENANT_ID"]


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "read",
    [
        "(Path.home() / '.acme/token').read_text()",
        "json.loads((Path.home() / '.acme/token').read_text())['api_key']",
        "(lambda p: p.read(Path.home() / '.acme/token') and p.get('default', 'token'))(configparser.ConfigParser())",
    ],
)
def test_a_file_that_nobody_documents_is_planted_in_common_forms(make: Make, read: str) -> None:
    bench = make(f"if token is None and (Path.home() / '.acme/token').exists():\n    token = {read}\nreturn get(token)")
    chained = found(bench)
    assert told(chained) == ["`token`", "the file ~/.acme/token"]
    assert certain("TC501", bench).verdict == "holds"
    case = chained.case(chained.origins[1:])
    assert [name for name, _ in case.home] == [".acme/token"] and "value-in-acme-token" in case.home[0][1]


def test_a_file_whose_form_is_not_found_leaves_the_matter_open(make: Make) -> None:
    body = """
    file = Path.home() / ".acme.conf"
    token = token or Secret("ACME").get()
    if file.exists() and "!!" not in file.read_text():
        raise RuntimeError("no such form")
    return get(token)
    """
    bench = make(body)
    assert found(bench).unread == ("~/.acme.conf",)
    for code in ("TC501", "TC502"):
        finding = certain(code, bench)
        assert finding.verdict == "unproven"
        assert finding.message == "~/.acme.conf changes what the run does, and its values were not seen where `token` goes"


def test_a_file_that_changes_nothing_is_not_mentioned(make: Make) -> None:
    bench = make("(Path.home() / '.acme/settings.json').exists()\nreturn get(token or Secret('ACME').get())")
    chained = found(bench)
    assert (told(chained), chained.unread) == (["`token`", "the secret ACME"], ())


KEYS = {"ACCESS_KEY": "access-key-b7", "SECRET_ACCESS_KEY": "secret-access-key-b8"}
AWS = """
import boto3
found = credentials or prefect.context.get("secrets", {}).get("AWS_CREDENTIALS") or {}
keys = {"aws_access_key_id": found.get("ACCESS_KEY"), "aws_secret_access_key": found.get("SECRET_ACCESS_KEY")}
boto3.client("s3", region_name="eu-central-1", **keys).delete_object(Bucket="data", Key="old")
"""


def test_the_real_boto3_prefers_what_its_page_says(make: Make) -> None:
    bench = make(AWS, "credentials", values={"credentials": KEYS})
    chained = found(bench, "credentials")
    origins = {str(o): o for o in chained.origins}
    order = ["`credentials`", "the secret AWS_CREDENTIALS", "$AWS_ACCESS_KEY_ID", "the file ~/.aws/credentials"]
    order += ["the file ~/.aws/config", "the file ~/.boto"]
    assert sorted(origins) == sorted(order)
    for number, name in enumerate(order):
        present = [origins[later] for later in order[number:]]
        assert [str(o) for o in chained.used(bench(chained.case(present)))] == [name]


def test_a_variable_that_says_where_the_file_is_has_a_file_of_its_own(make: Make) -> None:
    body = """
    path = os.environ.get("DATABRICKS_CONFIG_FILE")
    if token is None and path:
        config = configparser.ConfigParser()
        config.read(path)
        token = config["DEFAULT"]["token"]
    return get(token)
    """
    chained = found(make(body))
    assert told(chained) == ["`token`", "$DATABRICKS_CONFIG_FILE"]
    (case,) = [chained.case((o,)) for o in chained.origins[1:]]
    assert case.env == (("DATABRICKS_CONFIG_FILE", ".home/value-in-DATABRICKS-CONFIG-FILE"),)
    assert [name for name, _ in case.home] == ["value-in-DATABRICKS-CONFIG-FILE"]


def test_one_that_names_the_folder_has_the_file_in_it(make: Make) -> None:
    body = """
    folder = os.environ.get("DBT_PROFILES_DIR")
    if token is None and folder:
        profiles = json.loads((Path(folder) / "profiles.yml").read_text())
        token = profiles["default"]["outputs"]["dev"]["password"]
    return get(token)
    """
    assert told(found(make(body))) == ["`token`", "$DBT_PROFILES_DIR"]


@pytest.mark.parametrize("name", sorted(client_files.FILES))
def test_every_documented_file_holds_its_mark(name: str) -> None:
    (form,) = client_files.forms(name)
    assert client_files.is_known(name)
    assert "unmistakable-7" in form("unmistakable-7")


def test_every_file_that_a_variable_names_is_documented() -> None:
    assert set(client_files.NAMING.values()) <= set(client_files.FILES)


def test_documents_are_documents() -> None:
    for name in ("~/.kube/config", "~/.dbt/profiles.yml", "~/.config/gcloud/application_default_credentials.json"):
        assert json.loads(client_files.FILES[name]("m"))
    assert json.loads(client_files.FILES["~/.azure/credentials.json"]("m"))["clientSecret"] == "m"


def test_two_sources_of_one_sort_are_in_one_case_together() -> None:
    case = given(
        Case(TaskRef("m", "T"), context=(), env=(("A", "1"),)),
        [
            Origin("config", "acme.token", ("t",), "t"),
            Origin("config", "acme.key", ("k",), "k"),
            Origin("context", "acme", ("c",), "c"),
            Origin("file", "~/.acme", ("f",), "f"),
            Origin("variable", "B", ("b",), "b", files=((".b", "text"),)),
        ],
    )
    assert [(name, value.code) for name, value in case.context] == [
        ("acme", "'c'"), ("config", "{'acme': {'token': 't', 'key': 'k'}}"),
    ]  # fmt: skip
    assert (case.env, case.home, case.any_secret) == ((("A", "1"), ("B", "b")), ((".acme", "f"), (".b", "text")), False)


def test_of_many_sources_the_clients_own_come_one_and_two_at_a_time_and_all_at_once() -> None:
    own = tuple(Origin("variable", name, ()) for name in "ABCDE")
    explicit, secret = Origin("argument", "token", ()), Origin("secret", "S", ())
    listed = ["".join(o.name[0] for o in subset) for subset in subsets((*own, secret, explicit))]
    assert len(listed) == len(set(listed)) == 3 + 5 * 4 + 10 * 4 + 4
    assert listed[:8] == ["t", "S", "A", "B", "C", "D", "E", "tS"] and listed[-1] == "tSABCDE"
    assert "SAB" in listed and "tSDE" in listed and "ABCDE" in listed and "ABC" not in listed and "tSABCD" not in listed


def test_of_six_sources_every_subset_is_tried() -> None:
    own = tuple(Origin("variable", name, ()) for name in "ABCD")
    listed = list(subsets((Origin("argument", "token", ()), Origin("secret", "S", ()), *own)))
    assert len(listed) == len(set(listed)) == 2**6 - 1


def test_a_file_that_is_asked_for_only_beside_the_argument_and_beats_it_is_a_source(make: Make) -> None:
    body = """
    token = token or Secret("ACME").get()
    file = Path.home() / ".acme/token"
    return get(file.read_text() if file.exists() else token)
    """
    bench = make(body)
    assert told(found(bench)) == ["`token`", "the secret ACME", "the file ~/.acme/token"]
    finding = certain("TC501", bench)
    assert finding.verdict == "violated"
    assert finding.message == "`token` was given at the call, and the value of the file ~/.acme/token was used"


# --- keys ------------------------------------------------------------------------------------------------------------


def test_keys_of_the_configuration_and_of_the_run_context_are_sources(make: Make) -> None:
    body = "return get(token or prefect.config.get('acme', {}).get('key') or prefect.context.get('acme_token'))"
    bench = make(body)
    assert told(found(bench)) == ["`token`", "the configuration key acme", "the run context's acme_token"]
    assert certain("TC502", bench).verdict == "holds"


def test_what_the_run_context_always_has_is_no_source(make: Make) -> None:
    assert chain(make("prefect.context.get('flow_run_id')\nreturn get(token)"), "token") is None


# --- a netrc ---------------------------------------------------------------------------------------------------------

HEADER = """
headers = {"Authorization": "Bearer " + (token or Secret("ACME").get())}
return %s("https://api.acme.test/me", headers=headers).status_code
"""


def test_a_netrc_that_takes_the_place_of_the_header_is_a_breach_and_hides_no_other_subject(make: Make) -> None:
    bench = make(HEADER % "requests.get")
    finding = certain("TC507", bench, "netrc")
    assert (finding.verdict, finding.subject) == ("violated", "netrc")
    assert finding.message == (
        "`token` was given, and the password of ~/.netrc was sent: `requests` puts it in the place of an Authorization header"
    )
    assert finding.fix.endswith("give the credential as `auth=`, or use a session with `trust_env = False`")
    assert "home={'.netrc': 'machine api.acme.test login login-in-netrc password password-in-netrc\\n'}" in finding.reproduce
    assert certain("TC501", bench).verdict == "holds" == certain("TC507", bench).verdict


@pytest.mark.parametrize(
    "body",
    [
        "return get(token)",
        "return requests.get('https://api.acme.test/me', headers={'X-Key': token}).status_code",
        "import httpx\nreturn httpx.get('https://api.acme.test/me', headers={'Authorization': token}).status_code",
        "session = requests.Session()\nsession.trust_env = False\n"
        "return session.get('https://api.acme.test/me', headers={'Authorization': token}).status_code",
        "return len(token or '')",
    ],
    ids=["auth", "another header", "a client that reads none", "a session that trusts nothing", "nothing is sent"],
)
def test_where_no_file_takes_its_place_there_is_nothing_to_say(make: Make, body: str) -> None:
    bench = make(body)
    assert judged("TC507", bench, "netrc") is None


def test_a_client_that_looks_and_leaves_the_header_alone_keeps_the_contract(make: Make) -> None:
    body = """
    (Path.home() / ".netrc").exists()
    import httpx
    return httpx.get("https://api.acme.test/me", headers={"Authorization": token}).status_code
    """
    finding = certain("TC507", make(body), "netrc")
    assert finding.verdict == "holds"
    assert finding.message == "the client looks into ~/.netrc, and sends the credential that the task gives"


def test_a_run_that_ends_for_the_sake_of_the_file_proves_nothing(make: Make) -> None:
    body = """
    if (Path.home() / ".netrc").exists():
        raise RuntimeError("no netrc, please")
    return requests.get("https://api.acme.test/me", headers={"Authorization": token}).status_code
    """
    finding = certain("TC507", make(body), "netrc")
    assert finding.verdict == "unproven"
    assert finding.message == "with a ~/.netrc there, it raised RuntimeError: no netrc, please"
    assert finding.settles == "a run that sends the same then"


SENDING_CLIENT = """
import concurrent.futures
import requests

def get(token):
    headers = {"Authorization": "Bearer " + token}
    return requests.get("https://api.acme.test/me", headers=headers, timeout=5).status_code

def get_aside(token):
    headers = {"Authorization": "Bearer " + token}
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(requests.get, "https://api.acme.test/me", headers=headers, timeout=5).result().status_code

def passed_on(function, *args):
    return function(*args)
"""


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for clients, that is not the library's."""
    folder = tmp_path_factory.mktemp("clients")
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for file in folder.glob("*.py"):
        sys.modules.pop(file.stem, None)


@pytest.mark.parametrize(
    ("body", "who"),
    [
        ("return sending_client.get(token or Secret('ACME').get())", "`sending_client` makes the request"),
        ("return sending_client.get_aside(token or Secret('ACME').get())", "and whose code made the request is not known"),
    ],
    ids=["a client", "a thread"],
)  # fmt: skip
def test_nobody_is_accused_of_a_request_that_a_client_makes(make: Make, elsewhere: Path, body: str, who: str) -> None:
    (elsewhere / "sending_client.py").write_text(SENDING_CLIENT)
    bench = make("import sending_client\n" + body)
    finding = certain("TC507", bench, "netrc")
    assert finding.verdict == "unproven"
    assert finding.message.startswith("the password of ~/.netrc was sent") and who in finding.message
    assert finding.settles == "a client that does not look into ~/.netrc, or can be told not to"


def test_what_a_client_only_calls_back_is_the_librarys_own_request(make: Make, elsewhere: Path) -> None:
    (elsewhere / "calling_client.py").write_text(SENDING_CLIENT)
    body = """
    import calling_client
    def own(token):
        return requests.get("https://api.acme.test/me", headers={"Authorization": token}, timeout=5).status_code
    return calling_client.passed_on(own, token)
    """
    assert certain("TC507", make(body), "netrc").verdict == "violated"


# --- whose code looked -----------------------------------------------------------------------------------------------


def test_where_a_library_may_know_the_variable_it_is_not_called_an_invention(make: Make) -> None:
    finding = certain(
        "TC507", make("import acmecloud\nreturn acmecloud.Client(token=token or os.environ.get('ACME_TOKEN')).count()")
    )
    assert finding.verdict == "unproven"
    assert finding.message == "whether acmecloud looks up $ACME_TOKEN by itself, as the task's own code does, is not known"
    assert finding.settles == (
        'the client, installed where it is judged, or declared: credential = { argument = "…", env = ["…"] }'
    )


def test_a_variable_that_is_declared_is_known(make: Make) -> None:
    body = "return get(token or os.environ.get('ACME_TOKEN'))"
    assert certain("TC507", make(body)).verdict == "violated"
    bench = make(body, credential={"argument": "token", "env": ["ACME_TOKEN"]})
    finding = certain("TC507", bench)
    assert (finding.verdict, finding.message) == ("holds", "it can come from $ACME_TOKEN")


def test_a_task_that_takes_no_credential_elsewhere_has_nothing_to_say(make: Make) -> None:
    bench = make("os.environ.get('ACME_PLACE')\nreturn get(token)")
    assert judged("TC507", bench) is None
    assert judged("TC507", bench, "what no argument gives") is None


def test_a_variable_beside_the_argument_is_a_source_of_its_own(make: Make) -> None:
    body = """
    headers = {"X-Password": os.environ.get("ACME_PASSWORD", "")}
    return requests.get("https://api.acme.test/me", auth=Bearer(token), headers=headers, timeout=5).status_code
    """
    finding = certain("TC507", make(body), "what no argument gives")
    assert finding.verdict == "violated"
    assert finding.message == ("$ACME_PASSWORD is looked up by the task's own code: no caller names it, and no client does so")


def test_imports_are_followed_through_the_library_itself(tmp_path: Path) -> None:
    package = tmp_path / "acme"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("import acmecloud\n")
    (package / "tasks.py").write_text("import os, requests\nfrom . import helpers\nfrom acme.inner import deep\n")
    (package / "helpers.py").write_text("def client():\n    import helpercloud.login\n")
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "deep.py").write_text("import boto3\nfrom .. import helpers\nimport deepcloud\n")
    unknown = documented.unknown_clients(str(package / "tasks.py"), "acme.tasks")
    assert unknown is not None and set(unknown) == {"helpercloud", "deepcloud", "acmecloud"}
    assert documented.unknown_clients(str(package / "inner" / "__init__.py"), "acme.inner") == ()
    assert documented.unknown_clients(str(tmp_path / "none.py"), "none") is None
    assert documented.unknown_clients(None, "none") is None
