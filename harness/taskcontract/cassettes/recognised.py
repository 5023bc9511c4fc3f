"""Credentials that can be told by their looks, whoever they belong to.

Each kind is a pattern and the public page that says why a text like that is one. Formats are narrow on purpose: a text that
merely looks random is none of them, and what a vendor's own documentation uses as its example is no credential.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from taskcontract.cassettes.canaries import Hit, jwt_algorithm
from taskcontract.cassettes.decoded import ESCAPES, readings


@dataclass(frozen=True, slots=True)
class Kind:
    """One recognisable format: what it is, a word that every such text has (of several, one), what it looks like, and where
    that is documented."""

    name: str
    marks: str
    pattern: str
    source: str


_GITHUB = "https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/"
_AWS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes"
_SLACK = "https://api.slack.com/concepts/token-types"
_GITLAB = "https://docs.gitlab.com/security/tokens/#token-prefixes"
_STRIPE = "https://docs.stripe.com/keys"
_PEM = "https://www.rfc-editor.org/rfc/rfc7468#section-10"

KINDS: Final = (
    Kind("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,}", _GITHUB),
    Kind("GitHub fine-grained token", "github_pat_", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}", _GITHUB),
    Kind("AWS access key ID", "AKIA ASIA", r"(?:AKIA|ASIA)[A-Z2-7]{16}", _AWS),
    Kind("Slack token", "xox", r"xox[abeoprs]-(?:[0-9]+-)*[A-Za-z0-9-]{10,}", _SLACK),
    Kind("Slack app token", "xapp-", r"xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]{32,}", _SLACK),
    Kind("Slack webhook", "hooks.slack.com",
         r"hooks\.slack\.com/(?:services|workflows)/T[A-Z0-9]{8,}/[A-Z0-9]+/[A-Za-z0-9]{20,}", _SLACK),
    Kind("GitLab token", "glpat- gldt- glrt- glptt-", r"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}", _GITLAB),
    Kind("Google API key", "AIza", r"AIza[A-Za-z0-9_-]{35}", "https://docs.cloud.google.com/docs/authentication/api-keys"),
    Kind("Google OAuth token", "ya29.", r"ya29\.[A-Za-z0-9_-]{30,}", "https://developers.google.com/identity/protocols/oauth2"),
    Kind("Google OAuth client secret", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{28}",
         "https://developers.google.com/identity/protocols/oauth2"),
    Kind("OpenAI key", "T3BlbkFJ", r"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{16,}T3BlbkFJ[A-Za-z0-9_-]{16,}",
         "https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns"),
    Kind("Anthropic key", "sk-ant-", r"sk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_-]{40,}",
         "https://docs.anthropic.com/en/api/overview"),
    Kind("secret key (sk-…)", "sk-", r"sk-(?!\w*T3BlbkFJ)(?=[A-Za-z]*[0-9])(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{32,}",
         "https://platform.openai.com/docs/api-reference/authentication"),
    Kind("Stripe key", "k_live_ k_test_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}", _STRIPE),
    Kind("Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,}", _STRIPE),
    Kind("SendGrid key", "SG.", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
         "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys"),
    Kind("npm token", "npm_", r"npm_[A-Za-z0-9]{36}",
         "https://github.blog/2021-09-23-announcing-npms-new-access-token-format/"),
    Kind("PyPI token", "pypi-", r"pypi-AgE[A-Za-z0-9_-]{50,}", "https://docs.github.com/en/code-security/secret-scanning"),
    Kind("Databricks token", "dapi", r"dapi[0-9a-f]{32}(?:-[0-9])?", "https://docs.databricks.com/aws/en/dev-tools/auth/pat"),
    Kind("Shopify token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
         "https://shopify.dev/changelog/app-secret-key-length-has-increased"),
    Kind("DigitalOcean token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}",
         "https://docs.digitalocean.com/reference/api/create-personal-access-token/"),
    Kind("Hugging Face token", "hf_", r"hf_[A-Za-z]{34}", "https://huggingface.co/docs/hub/security-tokens"),
    Kind("Vault token", "hvs. hvb. hvr.", r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
         "https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes"),
    Kind("Telegram bot token", ":AA", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
         "https://core.telegram.org/bots/api#authorizing-your-bot"),
    Kind("Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{86}==",
         "https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string"),
    Kind("JSON Web Token", "eyJ", r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
         "https://www.rfc-editor.org/rfc/rfc7519"),
    Kind("private key", "-----BEGIN", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----", _PEM),
)  # fmt: skip
"""The table, in the order in which a text is tried."""

_LOOKS: Final = tuple(
    (kind, tuple(mark.encode() for mark in kind.marks.split(" ")), re.compile(rb"(?<![A-Za-z0-9])" + kind.pattern.encode()))
    for kind in KINDS
)
_EXAMPLE: Final = re.compile(rb"EXAMPLE|(?i:dummy|fake|redacted|placeholder|your[_-]|changeme)|(.)\1{7}|0123456789|abcdefgh")
"""What no real credential holds: the words of examples, and a character eight times over."""


def recognised(text: str | bytes) -> list[Hit]:
    """Every kind of credential in a text, in whatever encoding, each once; `where` is the byte where the first begins."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    hits: dict[tuple[str, str], Hit] = {}
    known: dict[tuple[str, ...], set[str]] = {}
    for reading in readings(data):
        through, here = reading.through, known.setdefault(reading.through, set())
        before = known.get(through[:-1], set()) if through and through[-1] in ESCAPES else set()
        for kind, found in matches(reading.data):
            here.add(kind.name)
            if kind.name not in before:
                place = f"byte {found.start()}{' of what is inside' if through else ''}"
                hits.setdefault((kind.name, reading.encoding), Hit(kind.name, reading.encoding, place))
    return list(hits.values())


def matches(data: bytes) -> Iterator[tuple[Kind, re.Match[bytes]]]:
    """Every recognisable credential in the bytes as they are."""
    for kind, marks, looks in _LOOKS:
        if any(mark in data for mark in marks):
            for found in looks.finditer(data):
                if not _EXAMPLE.search(found.group()) and (kind.name != "JSON Web Token" or _is_token(found.group())):
                    yield kind, found


def _is_token(text: bytes) -> bool:
    return jwt_algorithm(text.partition(b".")[0]) != ""
