"""What is told to be a credential by its looks, and what is not. The examples are put together here so that none lies about."""

from __future__ import annotations

import base64
import json

import pytest

from taskcontract.cassettes.canaries import Hit
from taskcontract.cassettes.recognised import KINDS, recognised

RANDOM = "Zq8Xw3Rt7Yp2Lm5Kv9Jh4Gf6Ds1Ab0Cn"


def _segment(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


EXAMPLES = {
    "GitHub token": "gh" + "p_" + (RANDOM + RANDOM)[:36],
    "GitHub fine-grained token": "github" + "_pat_" + RANDOM[:22] + "_" + (RANDOM + RANDOM)[:59],
    "AWS access key ID": "AK" + "IA" + "Q3ZX7PLM4WRT6YKN",
    "Slack token": "xo" + "xb-" + "1234509876-" + RANDOM[:24],
    "Slack app token": "xa" + "pp-1-A03XYZ-12345098-" + "9f8e7d6c5b4a" * 3,
    "Slack webhook": "https://hooks." + "slack.com/services/T03XYZ9QW/B03ABCQ8/" + RANDOM[:24],
    "GitLab token": "gl" + "pat-" + RANDOM[:20],
    "Google API key": "AI" + "za" + (RANDOM + RANDOM)[:35],
    "Google OAuth token": "ya" + "29." + RANDOM,
    "Google OAuth client secret": "GOC" + "SPX-" + RANDOM[:28],
    "OpenAI key": "sk-" + RANDOM[:20] + "T3Blbk" + "FJ" + RANDOM[:20],
    "Anthropic key": "sk-" + "ant-api03-" + RANDOM + RANDOM,
    "secret key (sk-…)": "sk-" + "4eC39HqLyjWDarjtT1zdp7dcQ8Xw3Rt7",
    "Stripe key": "sk_" + "live_" + RANDOM[:24],
    "Stripe webhook secret": "wh" + "sec_" + RANDOM,
    "SendGrid key": "S" + "G." + RANDOM[:22] + "." + (RANDOM + RANDOM)[:43],
    "npm token": "np" + "m_" + (RANDOM + RANDOM)[:36],
    "PyPI token": "py" + "pi-AgE" + RANDOM + RANDOM,
    "Databricks token": "da" + "pi" + "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "Shopify token": "sh" + "pat_" + "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "DigitalOcean token": "do" + "p_v1_" + "9f8e7d6c5b4a39281706f5e4d3c2b1a0" * 2,
    "Hugging Face token": "h" + "f_" + "ZqXwRtYpLmKvJhGfDsAbCnQeUiOoWaSeDr",
    "Vault token": "hv" + "s." + RANDOM,
    "Telegram bot token": "729481035:" + "AA" + (RANDOM + RANDOM)[:33],
    "Azure storage key": "Account" + "Key=" + (RANDOM * 3)[:86] + "==",
    "JSON Web Token": f"{_segment({'alg': 'RS256', 'typ': 'JWT'})}.{_segment({'sub': 'joe', 'n': 1})}.{RANDOM}",
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
}


def test_every_kind_has_an_example_and_a_public_source() -> None:
    assert sorted(EXAMPLES) == sorted(kind.name for kind in KINDS)
    assert [kind.name for kind in KINDS if not kind.source.startswith("https://")] == []


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_each_kind_is_recognised(name: str) -> None:
    assert recognised(f"x: {EXAMPLES[name]}") == [Hit(name, "raw", f"byte {3 + (8 if name == 'Slack webhook' else 0)}")]


def test_and_in_disguise() -> None:
    token = EXAMPLES["GitHub token"]
    assert [hit.encoding for hit in recognised(base64.b64encode(f"joe:{token}".encode()))] == ["base64"]
    assert [hit.encoding for hit in recognised(token.replace("_", "%5F"))] == ["url-quoted"]


@pytest.mark.parametrize(
    "text",
    [
        "AK" + "IAIOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "ghp_" + "your_token_here_your_token_here_your",
        "sk-ipad-landscape-keyboard-shortcuts-panel",
        "sk-" + "a" * 40,
        "eyJ0eXAiOiJ4In0x.eyJzdWIiOiJqb2UifQ.aaaabbbbccccddddeeeeffff",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "{{GITHUB_TOKEN}}",
        "a8e7b9288698f744173d",
    ],
)
def test_what_is_no_credential(text: str) -> None:
    assert recognised(text) == []
