"""TC402: JSON is parsed before it is returned."""

from __future__ import annotations

import re
from typing import Any, Final

from taskcontract.clauses import answering, telling
from taskcontract.clauses.bench import Bench
from taskcontract.clauses.returned import ResultClause, Returned, Wrong, not_known
from taskcontract.model import TaskSpec

_AS_TEXT: Final = re.compile(
    r"json[-\s\w()\[\]]{0,40}\b(strings?|str|texts?|bytes|encoded|formatted|serial\w+|dump\w*|lines|documents?|blob)\b"
    r"|\b(strings?|str|texts?|bytes|encoded|format\w*|serial\w+|dump\w*)\b[^.\n]{0,40}json",
    re.I,
)


class JsonParsed(ResultClause):
    """No JSON document is returned as text or bytes.

    A service's JSON answer is data; handed on as text it has to be parsed by every task that uses it, and `result["id"]` fails
    in a way that names neither.

    Judged on every text in a result that is a whole JSON object or array. It is a breach when the text is the body of an answer
    that the service itself calls JSON, or when the task made it. It is none when the caller gave the text (or the file that it
    stands in), when it is one field of a service's answer handed on as it came, when the answer is a file or page that happens
    to hold JSON, and when documentation says that the result is JSON as text. With invented answers, a text that is an answer's
    proves nothing.
    """

    code, slug = "TC402", "json-parsed"
    kept = "no text in the result is a JSON document"

    def wrong(self, bench: Bench, run: Returned, subject: str) -> Wrong | None:
        if _said_to_be_text(bench.spec):
            return None
        for path, text in run.result.documents:
            why = _breach(run, text)
            if why:
                where = "it returns" if path == "$" else f"{path} of what it returns is"
                return Wrong(
                    f"{where} JSON as text, {why}: {telling.usage(run.case)}",
                    expected="the document, parsed",
                    actual=f"{path}: {telling.short(text)}",
                    remedy="return `response.json()`, or `json.loads(…)` of the text",
                    check="not seen.result.documents",
                )
        return None

    def unclear(self, bench: Bench, run: Returned, subject: str) -> str:
        if run.result.documents and not run.real:
            return "it returns the text of an answer that was invented, and whether a real one is JSON is not known"
        return not_known(run)


def _said_to_be_text(spec: TaskSpec) -> bool:
    """Whether documentation, or the task's own name, says that JSON as text is what it is for."""
    said = [str(f.value) for f in spec.about("documented-result")]
    return any(_AS_TEXT.search(text) for text in said) or "json" in spec.ref.qualname.lower()


def _breach(run: Returned, text: str) -> str:
    """Why returning this JSON text is the task's fault; "" if it is not, or if that cannot be told."""
    seen = run.seen
    bare = text.strip()
    if any(e.kind == "process" for e in seen.effects) or _given(run, bare):
        return ""
    whole = [a for a in seen.answered if a.text and a.text.strip() == bare]
    if whole:
        return "the body of an answer that calls itself JSON" if run.real and answering.speaks_json(whole[0]) else ""
    documents = [answering.document(a) for a in seen.answered]
    if any(bare == part.strip() for tree in documents for part in answering.texts(tree)):
        return ""
    if "__taskcontract__" in bare or any(bare in a.text for a in seen.answered):
        return ""
    return "which the task made itself"


def _given(run: Returned, bare: str) -> bool:
    """Whether the caller gave the text, or wrote the file that it stands in, or construction keeps it."""
    case, seen = run.case, run.seen
    kept: list[Any] = [answering.shown(v) for v in ({**(seen.entry or {}), **seen.attributes}).values()]
    if any(bare in part for part in answering.texts(kept)):
        return True
    written = [line for _, value in (*case.init, *case.call) for line in (value.code, *value.setup)]
    secrets = [text for _, text in case.secrets]
    return any(bare in line or repr(bare)[1:-1] in line for line in (*written, *secrets))
