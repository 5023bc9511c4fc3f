"""Documents that clients take apart before they ask for anything, made so that they are taken: each is all of one word.

A client refuses an invented text with a complaint that tells what it wanted: then this is tried. Every text in a document has
the word in it, so that wherever one turns up it tells which document it is from.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from taskcontract.cassettes.credential_made import made_like
from taskcontract.cassettes.private_keys import made as private_key

_CONNECTION: Final = (
    "DefaultEndpointsProtocol=https;AccountName=<text 8>;AccountKey=<base64 64>;EndpointSuffix=core.windows.net"
)


def service_account(word: str) -> dict[str, str]:
    """The key file of a Google service account, with a key that is real and nobody's."""
    return {
        "type": "service_account",
        "project_id": f"{word}-project",
        "private_key_id": f"{word}-key",
        "private_key": private_key("PRIVATE KEY rsa", word),
        "client_email": f"{word}@robots.example.com",
        "token_uri": f"https://{word}.example.com/token",
    }


def connection_string(word: str) -> str:
    """An Azure storage account's connection string."""
    return made_like(_CONNECTION, word)


DOCUMENTS: Final[dict[str, Callable[[str], Any]]] = {
    "service-account": service_account,
    "connection-string": connection_string,
}
"""How each is made of a word, by its sort."""

COMPLAINTS: Final = (
    (r"service account", ("service-account", "path:service-account")),
    (r"connection string", ("connection-string",)),
)
"""What a client says that wants one, and the sorts to try."""


def as_text(sort: str, word: str) -> str:
    """A document as a file has it."""
    made = DOCUMENTS[sort](word)
    return made if isinstance(made, str) else json.dumps(made)
