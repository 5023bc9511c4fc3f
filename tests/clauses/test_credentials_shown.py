"""Where a credential may be seen and what is not held against a task; secrets that hold documents; declared sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest

from taskcontract.clauses import CATALOGUE, Bench
from taskcontract.clauses.arriving import arriving
from taskcontract.clauses.chain import candidates, chain
from taskcontract.clauses.documents import DOCUMENTS
from taskcontract.config import Config
from taskcontract.describe.sources import credential_lines, declarable
from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Arrival, Finding, TaskSpec, Verdict

HEAD = """
import os, json, pathlib, subprocess
from typing import Any
import prefect, requests
from prefect import Task
from prefect.client import Secret

def get(token, path="me", **options):
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"https://api.acme.test/{path}", headers=headers, timeout=5, **options).status_code

class Ask(Task):
    def __init__(self, token=None, **kwargs):
        self.token = token
        self._kept = None
        super().__init__(**kwargs)
    def run(self, token=None, path=None):
        token = self.token if token is None else token
"""
Make = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """A bench for a task whose `run` is given as text, with `methods`; `token` is taken at both places, `path` by the call."""
    opened: list[Session] = []

    def bench(body: str, methods: str = "", **declared: object) -> Bench:
        file = tmp_path / f"tasks_{len(opened)}.py"
        file.write_text(HEAD + indent(dedent(body), " " * 8) + "\n" + indent(dedent(methods), " " * 4))
        session = Session(Settings((str(file),)))
        (spec,) = session.load()
        if declared:
            assert isinstance(spec, TaskSpec)
            session = Session(Settings((str(file),), config=Config(tasks={spec.id: dict(declared)})))
            (spec,) = session.load()
        assert isinstance(spec, TaskSpec)
        opened.append(session)
        return session._at(spec).bench

    yield bench
    for session in opened:
        session.close()


def judged(code: str, bench: Bench, subject: str) -> Finding | None:
    return next(c for c in CATALOGUE if c.code == code).judge(bench, subject)


def told(finding: Finding | None) -> tuple[str, str] | None:
    return (finding.verdict.value, finding.message) if finding is not None else None


# --- places that are not judged --------------------------------------------------------------------------------------


def test_a_file_that_the_caller_named_is_the_callers(make: Make) -> None:
    body = """
    pathlib.Path(path).write_text(token)
    return get(token)
    """
    finding = judged("TC505", make(body, values={"token": "unmistakable-t7", "path": "named.txt"}), "files")
    assert told(finding) == (
        "unproven",
        "the value of `token` is in files: named.txt is a file that the caller named",
    )
    assert finding is not None and finding.settles == "a look at it by someone who knows what it is for"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            """
            pathlib.Path("login.txt").write_text(token)
            subprocess.run(["acme", "--login", "login.txt"], check=True)
            return get(token)
            """,
            "login.txt is handed to a program or a client, which may take its credentials from there",
        ),
        (
            """
            folder = pathlib.Path.home() / ".acme"
            folder.mkdir()
            (folder / "login").write_text(token)
            subprocess.run(["acme"], check=True)
            return get(token)
            """,
            "~/.acme/login is where a program or a client may look for it",
        ),
    ],
)
def test_a_file_that_somebody_needs_is_not_held_against_the_task(make: Make, body: str, why: str) -> None:
    assert told(judged("TC505", make(body), "files")) == ("unproven", f"the value of `token` is in files: {why}")


def test_a_file_that_a_client_wrote_is_the_clients(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "acmewriter.py").write_text("def save(text):\n    open('cache', 'w').write(text)\n")
    monkeypatch.syspath_prepend(str(tmp_path / "clients"))
    finding = judged("TC505", make("import acmewriter\nacmewriter.save(token)\nreturn get(token)"), "files")
    assert told(finding) == (
        "unproven",
        "the value of `token` is in files: cache is written by acmewriter, and not by the task's own code",
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            "pathlib.Path('big').write_text('x' * 100_000 + token)\nreturn get(token)",
            "big is too large to be looked through (",
        ),
        (
            "status = get(token)\nopen('/var/log/acme.log', 'w').write(token)\nreturn status",
            "the run was stopped at write /var/log/acme.log; what it would have written is not known",
        ),
    ],
)
def test_a_file_that_cannot_be_looked_through_proves_nothing(make: Make, body: str, why: str) -> None:
    finding = judged("TC505", make(body), "files")
    assert finding is not None and finding.verdict is Verdict.UNPROVEN
    assert why in finding.message


def test_what_a_client_that_is_not_there_would_pickle_is_not_known(make: Make) -> None:
    body = """
    import acmecloud
    self._kept = acmecloud.Client(token=token)
    return self._kept.count()
    """
    finding = judged("TC505", make(body), "the instance")
    assert told(finding) == (
        "unproven",
        "the value of `token` is in the instance: it is in a client's object that only stands in for the real one, "
        "whose pickle is not known",
    )


def test_a_credential_in_the_query_alone_is_no_breach(make: Make) -> None:
    body = "return requests.get('https://api.acme.test/me', params={'key': token}, timeout=5).status_code"
    assert judged("TC505", make(body), "addresses") is None
    other = "return get('public', params={'key': token})"
    assert told(judged("TC505", make(other), "addresses")) == (
        "unproven",
        "the value of `token` is in addresses: there are services that take it nowhere else",
    )


@pytest.mark.parametrize("subject", ["files", "the environment", "what it says of itself", "command lines", "errors"])
def test_nothing_is_said_of_a_place_in_which_a_run_left_nothing(make: Make, subject: str) -> None:
    assert judged("TC505", make("return get(token)"), subject) is None


def test_an_error_whose_text_cannot_be_had_and_one_that_causes_itself_end_the_search(make: Make) -> None:
    body = """
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no text")
    get(token)
    try:
        raise Mute()
    except Mute as mute:
        error = RuntimeError("denied")
        error.__cause__, mute.__cause__ = mute, error
        raise error
    """
    bench = make(body)
    assert told(judged("TC505", bench, "errors")) == ("holds", "no credential in it, in any encoding")
    seen = bench(bench.baseline.full.case(everywhere=True))
    assert seen.outcome.causes == ("<no message: its __str__ raises>",)


def test_a_repr_that_fails_or_sends_leaves_no_trace(make: Make) -> None:
    methods = """
    def __repr__(self):
        requests.get("https://elsewhere.acme.test", timeout=5)
        raise RuntimeError("cannot be shown")
    """
    bench = make("return get(token)", methods)
    seen = bench(bench.baseline.full.case(everywhere=True))
    assert [e.what for e in seen.effects] == ["GET https://api.acme.test/me"]
    assert seen.kept.texts == ()


# --- documents in secrets --------------------------------------------------------------------------------------------


def test_a_secret_that_is_a_text_is_no_document(make: Make) -> None:
    assert judged("TC502", make("return get(token or Secret('ACME').get().strip())"), DOCUMENTS) is None
    assert judged("TC502", make("return get(token or Secret('ACME').get())"), DOCUMENTS) is None


def test_a_document_in_the_context_holds_and_says_that_text_put_there_by_hand_does_not(make: Make) -> None:
    by_hand = " (not as text that is put into the run context by hand)"
    fine = "used as the document that the configuration gives: ACME"
    body = "return get(token or prefect.context.secrets['ACME']['KEY'])"
    assert told(judged("TC502", make(body), DOCUMENTS)) == ("holds", fine + by_hand)
    assert told(judged("TC502", make("return get(token or Secret('ACME').get()['KEY'])"), DOCUMENTS)) == ("holds", fine)


def test_a_key_that_is_not_written_where_it_is_asked_for_is_learnt_from_the_error(make: Make) -> None:
    body = "return get(token or Secret('ACME').get()['_'.join(['THE', 'KEY'])])"
    assert told(judged("TC502", make(body), DOCUMENTS)) == (
        "holds",
        "used as the document that the configuration gives: ACME",
    )


def test_a_document_that_ends_in_an_error_of_another_kind_proves_nothing(make: Make) -> None:
    body = """
    found = Secret("ACME").get()
    if not isinstance(found, str):
        raise ValueError("ACME must be text")
    return get(json.loads(found)["KEY"])
    """
    finding = judged("TC502", make(body), DOCUMENTS)
    assert told(finding) == (
        "unproven",
        "the secret ACME, given as a document: the run raised ValueError: ACME must be text",
    )
    assert finding is not None and finding.settles == "`Secret(name).get()`, which gives the document either way"


def test_a_secret_whose_other_part_is_needed_is_not_demanded_for_this_one(make: Make) -> None:
    body = """
    found = Secret("ACME").get()
    user = token or found["USER"]
    return requests.get("https://api.acme.test", headers={"X-User": user, "X-Key": found["KEY"]}, timeout=5).status_code
    """
    finding = judged("TC502", make(body), "token")
    assert finding is not None and finding.verdict is not Verdict.VIOLATED


# --- declared sources ------------------------------------------------------------------------------------------------

PREFERRED = """
token = token or prefect.context.get("secrets", {}).get("ACME") or os.environ.get("ACME_TOKEN")
if not token:
    raise ValueError("no token")
return get(token)
"""


def test_an_excluded_source_is_no_part_of_the_chain(make: Make) -> None:
    chained = chain(make(PREFERRED, credential={"argument": "token", "exclude": ("ACME_TOKEN",)}), "token")
    assert chained is not None and [str(o) for o in chained.origins] == ["`token`", "the secret ACME"]
    beside = """
    team = Secret("TEAM").get()
    return get(token or os.environ["ACME_TOKEN"], f"teams/{team}")
    """
    chained = chain(make(beside, credential={"exclude": ("TEAM",)}), "token")
    assert chained is not None and [str(o) for o in chained.origins] == ["`token`", "$ACME_TOKEN"]
    assert chained.ambient == ("TEAM",)
    assert candidates(make(PREFERRED, credential={"exclude": ("token", "path")}).spec) == ()


def test_a_declared_source_that_never_arrives_is_named(make: Make) -> None:
    bench = make("return get(token)", credential={"argument": "token", "secret": ("OLD",), "env": ("ACME_OLD",)})
    chained = chain(bench, "token")
    assert chained is not None and chained.absent == ("the secret OLD", "$ACME_OLD")
    said = "the secret OLD and $ACME_OLD is declared, and its value was not seen where `token` goes"
    assert told(judged("TC501", bench, "token")) == told(judged("TC502", bench, "token")) == ("unproven", said)
    assert [str(each.source) for each in arriving(bench)] == ["`token`", "the secret OLD", "$ACME_OLD"]


def test_a_declared_argument_that_goes_nowhere_is_told(make: Make) -> None:
    bench = make("return get('public')", credential={"argument": "path"})
    said = "`path` is declared to give the credential, and its value was not seen to leave the task"
    assert told(judged("TC501", bench, "path")) == ("unproven", said)
    assert arriving(bench) == (Arrival("path", "declared", "`path`", "`path`"),)


def test_sources_without_an_argument_are_shown(make: Make) -> None:
    bench = make("return get(Secret('ACME').get())")
    found = arriving(bench)
    assert found == (Arrival("", "secret", "ACME", "the secret ACME", ("GET headers: authorization",)),)
    assert declarable(found) == [{"secret": "ACME"}]
    assert credential_lines(found, "")[2:] == [
        "#   asked for, whatever is given",
        "#       the secret ACME: GET headers: authorization",
    ]


def test_an_argument_alone_is_shown_with_its_place(make: Make) -> None:
    found = arriving(make("return get(token)"))
    assert found == (Arrival("token", "argument", "token", "`token`", ("GET headers: authorization",)),)


def test_the_credential_with_most_sources_is_declared_and_nothing_seen_has_its_reason() -> None:
    found = (
        Arrival("user", "argument", "user", "`user`", ("x",)),
        Arrival("password", "argument", "password", "`password`", ("x",)),
        Arrival("password", "secret", "A", "the secret A", ("x",)),
        Arrival("password", "secret", "B", "the secret B", ("x",)),
        Arrival("password", "file", "~/.acme", "the file ~/.acme", ("x",)),
    )
    assert declarable(found) == [{"argument": "password", "secret": ["A", "B"]}, {"argument": "user"}]
    assert credential_lines((), "no credential was seen to leave the task") == [
        "",
        "# credentials: no credential was seen to leave the task",
    ]
    assert credential_lines((), "") == []
