"""Facts that are said rather than done: by documentation, by names, and by the contributor's own declaration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from taskcontract.describe.docs import default_in, says_optional, says_required
from taskcontract.describe.frame import Notes
from taskcontract.describe.raised import missing
from taskcontract.model import Parameter, Source, TaskRef

_CREDENTIAL_NAME = re.compile(
    r"(^|_)(password|passwd|pwd|passphrase|token|secret|secrets|api_?key|apikey|access_?key|secret_?key|private_?key|credential|"
    r"credentials|creds|auth|bearer|connection_string|conn_str|webhook_secret|sas_token|pat)(_id)?$",
    re.I,
)
_NOT_A_CREDENTIAL = re.compile(
    r"(_name|_env_var|_env|_path|_file|_url|_type|_scope|_ttl|_expiry|_version)$"
    r"|^(next|page|continuation|sync|idempotency|client_request)_",
    re.I,
)
_CREDENTIAL_WORDS = re.compile(
    r"\b(passwords?|(access|api|auth\w*|bearer|personal|security|oauth) tokens?|api keys?|secret keys?|private keys?|"
    r"credentials?)\b",
    re.I,
)
_NAME_OF_ONE = re.compile(r"\b(name|names|id|key|arn) of (the|a|an|your)\b|\bsecret name\b|\bname that references\b", re.I)
_GROUP = re.compile(r"\beither\b|\bone of\b|\bat least one\b|\bor\b", re.I)
_DEMAND = re.compile(r"\b(must|should|required?|requires|needs?|has to|have to|provide|specif(y|ied))\b", re.I)


def parameters(notes: Notes, given: Iterable[Parameter], file: str | None) -> None:
    """What each parameter's documentation says: required, optional, its default, its values, and what its annotation allows."""
    for parameter in given:
        source = Source("docstring", file, parameter.line)
        text = parameter.doc or ""
        if says_required(text) or re.search(r"\brequired\b", parameter.doc_type or "", re.I):
            notes.add("required", parameter.name, "documented", source)
        elif says_optional(text):
            notes.add("optional", parameter.name, "documented", source)
        default = default_in(text)
        if default:
            notes.add("documented-default", parameter.name, default, source)
        for literal in _documented_literals(text):
            notes.add("documented-literal", parameter.name, literal, source)
        for literal in _annotated_literals(parameter.annotation or ""):
            notes.add("literal", parameter.name, literal, Source("annotation", file, parameter.line))


def _documented_literals(text: str) -> list[str]:
    """`one of "one" "many" or "all"`: quoted words after a phrase that lists what is accepted."""
    said = re.search(
        r"(?:one of|must be either|either|options?(?: are| include)?|valid (?:values|options)(?: are)?|choices|allowed values)"
        r"[:\s]([^.;]*)",
        text,
        re.I,
    )
    if not said:
        return []
    words = re.findall(r"""[`'"]+([\w\-+./]+)[`'"]+""", said.group(1))
    return [repr(w) for w in words if w not in ("None", "True", "False")] if len(words) > 1 else []


def _annotated_literals(annotation: str) -> list[str]:
    found = re.search(r"\bLiteral\[([^\]]*)\]", annotation)
    return [t.strip().replace('"', "'") for t in found.group(1).split(",") if t.strip()] if found else []


def groups(notes: Notes, documents: Sequence[str], names: set[str], ref: TaskRef) -> None:
    """ "Either `a` or `b` must be provided", where both are parameters."""
    source = Source("docstring", ref.file, ref.line)
    for document in documents:
        for sentence in re.split(r"(?<=[.;])\s+|\n\s*\n|\n\s*-\s", document):
            words = " ".join(sentence.split())
            if not (_GROUP.search(words) and _DEMAND.search(words)):
                continue
            for group in _alternatives(words, names):
                for name in group:
                    notes.add("one-of", name, group, source)


def raised(notes: Notes, documents: Sequence[str], names: set[str], ref: TaskRef) -> None:
    """ "ValueError: if `a` is missing" under "Raises": without what an error is promised, and what must be missing, too."""
    source = Source("docstring", ref.file, ref.line)
    for document in documents:
        for name, others in missing(document, names):
            notes.add("raises-without", name, others, source)


def _alternatives(words: str, names: set[str]) -> list[tuple[str, ...]]:
    """Groups of parameters that a sentence joins by "or": `a` or `b`, either a or b, one of `a`, `b` or `c`."""
    found: list[tuple[str, ...]] = []
    name = r"\*?[`'\"]*([A-Za-z_]\w*)[`'\"]*\*?"
    chains = rf"\b(either|one of|at least one of)\b\W+{name}(?:\s*,\s*{name})*\s*,?\s*\W*\b(?:or|and)\b\W*\s*{name}"
    for chain in re.finditer(chains, words, re.I):
        group = tuple(dict.fromkeys(w for w in re.findall(r"[A-Za-z_]\w*", chain.group(0)) if w in names))
        if len(group) > 1:
            found.append(group)
    return found


def credentials(notes: Notes, given: Sequence[Parameter], file: str | None) -> None:
    """Parameters that hold a credential, by their names or by what is said of them."""
    for parameter in given:
        if _NOT_A_CREDENTIAL.search(parameter.name) or (parameter.annotation or "") in ("bool", "int", "float"):
            continue
        first = (parameter.doc or "").split(". ")[0]
        named = any(f.about == parameter.name and f.kind in ("secret-name", "env-name") for f in notes.facts.values())
        if named or (_NAME_OF_ONE.search(first) and not re.search(r"password|token", parameter.name, re.I)):
            if _CREDENTIAL_NAME.search(parameter.name) or named:
                notes.add("credential-name", parameter.name, "names one", Source("docstring", file, parameter.line))
        elif _CREDENTIAL_NAME.search(parameter.name):
            notes.add("credential", parameter.name, "by its name", Source("name", file, parameter.line))
        elif len(first) < 120 and _CREDENTIAL_WORDS.search(first):
            notes.add("credential", parameter.name, "by its documentation", Source("docstring", file, parameter.line))


def declared(notes: Notes, declaration: Mapping[str, Any]) -> None:
    """The contributor's own words, which stand beside what was inferred."""
    source = Source("declared")
    for kind in ("required", "merged", "generated"):
        for name in declaration.get(kind, ()):
            notes.add(kind, str(name), "declared", source)
    for group in declaration.get("one_of", ()):
        for name in group:
            notes.add("one-of", str(name), tuple(map(str, group)), source)
    credential = declaration.get("credential")
    if isinstance(credential, Mapping):
        if credential.get("argument"):
            notes.add("credential", str(credential["argument"]), "declared", source)
        for kind in ("secret", "env"):
            for name in credential.get(kind, ()):
                notes.add(kind, "", str(name), source)
