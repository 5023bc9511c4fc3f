"""Where a credential can come from, found by watching: real runs of small tasks in the sealed world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest

from taskcontract.clauses import CATALOGUE, Bench
from taskcontract.clauses.chain import Chain, arrivals, chain, chains
from taskcontract.clauses.marks import harmless, marked, marks, planted, secret_marks
from taskcontract.clauses.nothing_given import without
from taskcontract.clauses.tc502 import observed_order, subsets
from taskcontract.config import Config
from taskcontract.engine import Settings
from taskcontract.engine.session import Session
from taskcontract.model import Effect, Finding, Observation, Outcome, TaskSpec, Value

HEAD = """
import os
from typing import Any
import prefect, requests
from prefect import Task
from prefect.client import Secret

def get(token, path="me"):
    return requests.get(f"https://api.acme.test/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code

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
        file = tmp_path / f"tasks_{len(opened)}.py"
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


PREFERRED = """
secrets = prefect.context.get("secrets", {})
token = token or secrets.get("ACME") or os.environ.get("ACME_TOKEN") or os.environ.get("ACME_KEY")
if not token:
    raise ValueError("no token")
return get(token)
"""


# --- chains ----------------------------------------------------------------------------------------------------------


def test_one_source_after_the_other_is_found(make: Make) -> None:
    chained = found(make(PREFERRED))
    assert told(chained) == ["`token`", "the secret ACME", "$ACME_TOKEN", "$ACME_KEY"]
    assert chained.slots == {"GET headers: authorization: "}
    assert chained.works and not chained.coarse and chained.ambient == ()


def test_a_secret_that_hides_another_one_reveals_it_when_it_is_taken_away(make: Make) -> None:
    chained = found(make("return get(token or prefect.context.secrets.get('NEW') or Secret('OLD').get())"))
    assert told(chained) == ["`token`", "the secret NEW", "the secret OLD"]


def test_a_case_has_exactly_the_sources_that_are_present(make: Make) -> None:
    chained = found(make(PREFERRED))
    explicit, secret, variable, _ = chained.origins
    alone = chained.case((secret,))
    assert (alone.any_secret, alone.env, dict((*alone.init, *alone.call))) == (("ACME",), (), {})
    both = chained.case((explicit, variable), "init")
    assert (both.any_secret, both.env) == (False, (("ACME_TOKEN", "value-of-ACME_TOKEN"),))
    assert [name for name, _ in both.init] == ["token"] and both.call == ()
    assert [name for name, _ in chained.case((explicit,), "call").call] == ["token"]


def test_what_only_looks_at_a_secret_is_not_fed_by_it(make: Make) -> None:
    body = "return get(token or 'x', 'me' if prefect.context.secrets.get('ACME') else 'you')"
    assert chain(make(body), "token") is None


def test_an_argument_that_names_the_secret_is_no_credential(make: Make) -> None:
    bench = make("return get(Secret(token_secret).get())", "token_secret")
    assert chain(bench, "token_secret") is None
    assert chains(bench) == ()


def test_a_secret_that_another_part_needs_is_always_there(make: Make) -> None:
    body = """
    user = Secret("ACME_USER").get()
    token = token or Secret("ACME").get()
    return requests.get("https://api.acme.test", auth=(user, token), timeout=5).status_code
    """
    chained = found(make(body))
    assert told(chained) == ["`token`", "the secret ACME"]
    assert chained.ambient == ("ACME_USER",)
    assert chained.works


def test_a_document_that_is_handed_over_whole_is_seen_call_by_call(make: Make) -> None:
    body = """
    import acmecloud
    credentials = credentials or prefect.context.secrets.get("ACME")
    return acmecloud.Client(acmecloud.login(credentials)).count()
    """
    bench = make(body, "credentials", values={"credentials": {"user": "someone-b7", "key": "unmistakable-b8"}})
    chained = found(bench, "credentials")
    assert told(chained) == ["`credentials`", "the secret ACME"]
    assert chained.coarse and "acmecloud.login " in chained.slots


def test_variables_for_an_address_hold_an_address(make: Make) -> None:
    body = """
    webhook_url = webhook_url or prefect.context.secrets.get("HOOK") or os.environ["ACME_HOOK"]
    return requests.post(webhook_url, timeout=5).status_code
    """
    chained = found(make(body, "webhook_url"), "webhook_url")
    assert told(chained) == ["`webhook_url`", "the secret HOOK", "$ACME_HOOK"]
    assert chained.origins[2].text == "https://value-of-acme-hook.example.com/hook"


REAL_CLIENT = """
import boto3
credentials = credentials or prefect.context.get("secrets", {}).get("AWS_CREDENTIALS") or {}
client = boto3.client(
    "s3",
    region_name="eu-central-1",
    aws_access_key_id=credentials.get("ACCESS_KEY"),
    aws_secret_access_key=credentials.get("SECRET_ACCESS_KEY"),
)
client.delete_object(Bucket="data", Key="old")
"""
KEYS = {"ACCESS_KEY": "access-key-b7", "SECRET_ACCESS_KEY": "secret-access-key-b8"}


def test_a_real_client_looks_where_it_always_does_and_its_signature_tells_whose_key_it_was(make: Make) -> None:
    bench = make(REAL_CLIENT, "credentials", values={"credentials": KEYS})
    chained = found(bench, "credentials")
    assert told(chained) == [
        "`credentials`", "the secret AWS_CREDENTIALS", "$AWS_ACCESS_KEY_ID", "the file ~/.aws/config",
        "the file ~/.aws/credentials", "the file ~/.boto",
    ]  # fmt: skip
    assert "AWS_SECRET_ACCESS_KEY" in dict(chained.origins[2].beside)
    assert chained.slots == {"DELETE headers: authorization: ", "DELETE signature"}
    for code in ("TC501", "TC502"):
        finding = judged(code, bench, "credentials")
        assert finding is not None and finding.verdict == "holds"


def test_a_real_client_remembers_nobody_from_an_earlier_case(make: Make) -> None:
    bench = make(REAL_CLIENT, "credentials", values={"credentials": KEYS})
    chained = found(bench, "credentials")
    some = [*subsets(chained.origins)]
    for subset in (*some, *reversed(some)):
        used = chained.used(bench.anew()(chained.case(subset)))
        assert len(used) == 1 and used <= {o for o in subset if o.rank == subset[0].rank}  # its own in its own order


def test_a_client_that_asks_its_machine_at_last_is_told_that_there_is_none_and_complains(make: Make) -> None:
    bench = make(REAL_CLIENT, "credentials", values={"credentials": KEYS})
    finding = judged("TC503", bench, "credentials")
    assert finding is not None and finding.verdict == "holds"
    assert finding.message.startswith("without it, it raised NoCredentialsError: Unable to locate credentials")
    nothing = bench(found(bench, "credentials").case(()))
    assert {r.name for r in nothing.reads if r.kind == "metadata"} == {"169.254.169.254"}
    assert not [e for e in nothing.effects if e.kind == "http"]


def test_nothing_is_remembered_from_one_case_to_the_next(make: Make) -> None:
    chained = found(make(PREFERRED))
    bench = make(PREFERRED)
    cases = [chained.case(subset) for subset in subsets(chained.origins)]
    once = [bench(case).trace for case in cases]
    again = [bench.anew()(case).trace for case in reversed(cases)]
    assert again[::-1] == once
    leaving = chained.case(())
    assert bench.anew()(leaving).effects == ()


def test_subsets_come_smallest_first_in_the_order_of_the_contract(make: Make) -> None:
    chained = found(make(PREFERRED))
    listed = [[o.name for o in subset] for subset in subsets(chained.origins[:3])]
    assert listed == [
        ["token"], ["ACME"], ["ACME_TOKEN"], ["token", "ACME"], ["token", "ACME_TOKEN"], ["ACME", "ACME_TOKEN"],
        ["token", "ACME", "ACME_TOKEN"],
    ]  # fmt: skip


def test_the_order_seen_is_who_is_used_when_the_others_are_gone(make: Make) -> None:
    bench = make("""
    token = os.environ.get("ACME_TOKEN") or token or prefect.context.secrets.get("ACME")
    if not token:
        raise ValueError("no token")
    return get(token)
    """)
    assert [str(o) for o in observed_order(bench, found(bench))] == ["$ACME_TOKEN", "`token`", "the secret ACME"]


# --- what arrives where ----------------------------------------------------------------------------------------------


def test_a_name_within_another_name_is_not_taken_for_it(make: Make) -> None:
    chained = found(make("return get(token or prefect.context.secrets.get('ACME') or Secret('ACME_TWO').get())"))
    seen = Observation(Outcome("returned"), effects=(Effect("client", "acme.login", ("call", "secret-of-ACME_TWO")),))
    assert {o.name for o in arrivals(seen, chained.origins)["acme.login call: "]} == {"ACME_TWO"}


def test_a_value_that_is_nowhere_as_it_is_is_found_in_disguise(make: Make) -> None:
    body = """
    import hashlib, hmac
    token = token or prefect.context.secrets.get("ACME")
    signature = hashlib.sha256(token.encode()).hexdigest()
    return requests.get("https://api.acme.test/me", headers={"X-Signature": signature}, timeout=5).status_code
    """
    chained = found(make(body))
    assert told(chained) == ["`token`", "the secret ACME"]
    assert chained.slots == {"GET headers: x-signature: "}


def test_what_a_value_is_known_by() -> None:
    assert marks(Value("{'user': 'someone-b7', 'n': 3, 'k': ['unmistakable']}")) == ("someone-b7", "unmistakable")
    assert marks(Value("b'private-key-2'")) == ("private-key-2",)
    assert marks(Value("open('x')")) == ()
    assert marks(Value("'https://host-b7.example.com/x'")) == ("https://host-b7.example.com/x", "host-b7.example.com")
    assert marks(Value("'https://[broken/x'")) == ("https://[broken/x",)
    assert marks(Value("{'short', 'long enough'}")) == ("long enough",)
    assert marked('{"a": "long enough"}') == ("long enough",)
    assert marked("12345678") == ("12345678",)


def test_what_is_planted_is_the_first_literal_as_text() -> None:
    assert planted([Value("open('x')"), Value("3"), Value("{'a': 1}")]) == '{"a": 1}'
    assert planted([Value("'text'")]) == "text"
    assert planted([Value("x")]) is None


def test_who_signs_in_where_may_be_seen() -> None:
    assert secret_marks(Value("{'host': 'host-of-it', 'token': 'token-of-it'}")) == ("token-of-it",)
    assert secret_marks(Value("'token-of-it'")) == ("token-of-it",)
    assert secret_marks(Value("x")) == ()
    assert [harmless(k) for k in ("ACCOUNT", "user_name", "SECRET_ID", "KEY", "ACCESS_KEY", "password")] == [
        True, True, False, False, True, False,
    ]  # fmt: skip


# --- what cannot be told ---------------------------------------------------------------------------------------------


def test_values_used_together_prove_nothing(make: Make) -> None:
    body = """
    extra = prefect.context.secrets.get("ACME")
    token = f"{token}:{extra}" if token and extra else token or extra
    if not token:
        raise ValueError("no token")
    return get(token)
    """
    bench = make(body)
    for code in ("TC501", "TC502"):
        finding = judged(code, bench)
        assert finding is not None and finding.verdict == "unproven"
        assert finding.message == "the values of `token` and the secret ACME were used together"
        assert finding.settles == "a configuration in which one value alone is used"


def test_a_task_that_refuses_two_sources_proves_nothing(make: Make) -> None:
    body = """
    extra = prefect.context.secrets.get("ACME")
    if token and extra:
        raise ValueError("either of them")
    if not (token or extra):
        raise ValueError("one of them")
    return get(token or extra)
    """
    finding = judged("TC501", make(body))
    assert finding is not None and finding.verdict == "unproven"
    assert finding.message == (
        "with `token` and the secret ACME there, no value of theirs left the task; it raised ValueError: either of them"
    )


def test_a_request_without_a_token_may_be_allowed(make: Make) -> None:
    body = """
    headers = {"Authorization": token} if token else {}
    return requests.get("https://api.acme.test/me", headers=headers, timeout=5).status_code
    """
    finding = judged("TC503", make(body))
    assert finding is not None and finding.verdict == "unproven"
    assert finding.message == "without it, GET https://api.acme.test/me is sent, and the service may allow that"
    assert "anonymous = false" in finding.settles


def test_a_client_may_find_one_by_itself(make: Make) -> None:
    finding = judged("TC503", make("import acmecloud\nreturn acmecloud.Client(token=token).count()"))
    assert finding is not None and finding.verdict == "unproven"
    assert finding.message == "acmecloud.Client().count may find one by itself"
    assert finding.settles == "the client, installed where it is judged"


def test_a_task_that_ends_alike_with_and_without_proves_nothing(make: Make) -> None:
    body = """
    if token:
        get(token)
    raise KeyError("never works")
    """
    bench = make(body)
    for code in ("TC503", "TC504"):
        finding = judged(code, bench)
        assert finding is not None and finding.verdict == "unproven"
        assert finding.message.startswith("with a credential, too, it raised KeyError: 'never works'")


def test_what_stands_there_and_is_written_nowhere_is_not_called_a_literal(make: Make) -> None:
    finding = judged("TC504", make("return get(token or 'ab' * 4)"))
    assert finding is not None and finding.verdict == "unproven"
    assert finding.message == "without it, GET headers: authorization says 'abababab'"
    assert finding.settles == "where that comes from"


def test_an_argument_that_goes_nowhere_is_not_judged(make: Make) -> None:
    bench = make("return len(token or '')")
    assert without(bench, "token") is None
    assert [judged(code, bench) for code in ("TC501", "TC502", "TC503", "TC504")] == [None, None, None, None]
    assert judged("TC505", bench, "logs") is None


def test_a_result_that_never_comes_proves_nothing_about_it(make: Make) -> None:
    finding = judged("TC505", make("get(token)\nraise RuntimeError('never returns')"), "the result")
    assert finding is not None and finding.verdict == "unproven"
    assert finding.message == "no run with a credential returned anything"


def test_what_is_asked_for_is_told_and_where_nothing_is_there_is_nothing_to_say(make: Make) -> None:
    bench = make("return get(token or Secret('ACME').get())")
    finding = judged("TC506", bench, "secrets")
    assert finding is not None and finding.verdict == "holds"
    assert finding.message == "ACME: asked for by the run"
    assert judged("TC506", make("return get(token)"), "variables") is None
