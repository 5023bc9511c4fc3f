"""Made-up credentials of a given shape: what is planted where a recording says what form the real one had.

Each carries a word that tells it from all others wherever it turns up, also inside base64 and hexadecimal; where the form
leaves no room for a word (digits, keys), it follows from the word.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from taskcontract.cassettes.credential_parts import HOLE, mere_text
from taskcontract.cassettes.private_keys import made as private_key


def made_like(shape: str, word: str) -> str:
    """A credential of a shape, which carries `word`. Its secret parts differ in what follows the word."""
    document = _document(shape)
    return json.dumps(_filled(document, word)) if document is not None else _text(shape, word)


def secret_called(name: str) -> str:
    """The word that a secret's made-up value carries."""
    return f"secret-of-{name}"


def shape_for(credentials: Mapping[str, str], values: Mapping[str, Any], name: str) -> str:
    """The shape of the secret of this name; of the only one that was recorded where another name was asked for; "" for none,
    and for a mere text.

    `credentials` are shapes by the name of the secret, variable or argument that the credential came from; those of arguments
    are among `values`.
    """
    others = [shape for known, shape in credentials.items() if known not in values]
    found = credentials.get(name) or (others[0] if len(others) == 1 else "")
    return "" if mere_text(found) else found


def with_credentials(values: Mapping[str, Any], credentials: Mapping[str, str]) -> dict[str, Any]:
    """The values that a task was recorded with, and a made-up one in the place of each credential whose form is known."""
    return {name: _in_place(name, value, credentials.get(name, "")) for name, value in values.items()}


def _in_place(name: str, value: Any, shape: str) -> Any:
    if mere_text(shape) or "{{" not in json.dumps(value, default=str):
        return value
    made = made_like(shape, f"recorded-{name}")
    return made if isinstance(value, str) else json.loads(made)


def _document(shape: str) -> Any:
    try:
        read = json.loads(shape)
    except ValueError:
        return None
    return read if isinstance(read, (dict, list)) else None


def _filled(tree: Any, word: str) -> Any:
    if isinstance(tree, dict):
        return {key: _filled(inner, f"{word}-{key}") for key, inner in tree.items()}
    if isinstance(tree, list):
        return [_filled(inner, f"{word}-{number}") for number, inner in enumerate(tree)]
    return _text(tree, word) if isinstance(tree, str) else tree


def _text(shape: str, word: str) -> str:
    several = len(HOLE.findall(shape)) > 1
    numbers = iter(range(1, 1000))
    return HOLE.sub(lambda found: _part(found, f"{word}-{next(numbers)}" if several else word), shape)


def _part(found: re.Match[str], word: str) -> str:
    kind, more = found[1], (found[2] or "").strip()
    if kind == "private key":
        return private_key(more, word).rstrip("\n") + "\n"
    if kind == "jwt":
        return _token(more, word)
    if kind == "uuid":
        digest = hashlib.sha256(word.encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    return _MAKERS[kind](word, int(more))


def _plain(word: str, size: int) -> str:
    """The word, filled up to a size that it has not."""
    more = size - len(word) - 1
    return f"{word}-{_hexadecimal_digest(word, more)}" if more > 0 else word


def _based(word: str, size: int) -> str:
    content = word.encode()
    return base64.b64encode(content + hashlib.shake_256(content).digest(max(0, size - len(content)))).decode()


def _hexadecimal(word: str, size: int) -> str:
    content = word.encode().hex()
    return (content if len(content) <= size else "") + _hexadecimal_digest(word, size - len(content) * (len(content) <= size))


def _hexadecimal_digest(word: str, size: int) -> str:
    return hashlib.shake_256(word.encode()).hexdigest(size // 2 + 1)[:size]


def _digits(word: str, size: int) -> str:
    number = int.from_bytes(hashlib.shake_256(word.encode()).digest(size), "big") % 10**size
    return f"{number:0{size}}"


_MAKERS: Final = {"text": _plain, "base64": _based, "hex": _hexadecimal, "digits": _digits}


def _token(algorithm: str, word: str) -> str:
    """A JSON Web Token that is valid for long, and signed by nobody."""
    parts = [{"alg": algorithm or "HS256", "typ": "JWT"}, {"sub": word, "iat": 1700000000, "exp": 4100000000}]
    digest = hashlib.sha256(word.encode()).digest()
    coded = [json.dumps(part, separators=(",", ":")).encode() for part in parts]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (*coded, digest))
