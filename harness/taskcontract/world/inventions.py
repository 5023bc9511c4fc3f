"""Invented answers: the JSON of a response, grown by what the code reads of it.

An exploring run answers its n-th request with a marker document. Decoding that marker yields the root of a tree that has
every key and element the code asks for. Each node stands for dict, list, text and number at once and remembers in its `Leaf`
how it was used; what it is compared with decides what it equals (`Run.choose`), so that a search can take the other way.
When the run is over, `materialise` turns what was remembered into plain documents under which the same code takes the same
path again.
"""

from __future__ import annotations

import json
import json.decoder
import weakref
from typing import Any

from taskcontract.model import Answers
from taskcontract.world import invention_texts
from taskcontract.world.invention_nodes import Derived, InventedList, InventedObject, Invention, Symbolic, node_for
from taskcontract.world.invention_tree import Leaf, Ledger
from taskcontract.world.state import Run, active

__all__ = [
    "Derived",
    "InventedList",
    "InventedObject",
    "Invention",
    "Symbolic",
    "install_decoder",
    "invent",
    "ledger",
    "marker",
    "materialise",
]

invention_texts.equip()

_MARK = '{"__taskcontract__":'
_ledgers: weakref.WeakKeyDictionary[Run, Ledger] = weakref.WeakKeyDictionary()


def ledger(run: Run) -> Ledger:
    """What was invented for `run` so far."""
    found = _ledgers.get(run)
    if found is None:
        found = _ledgers[run] = Ledger(run)
    return found


def invent(run: Run, path: str) -> Any:
    """The node at the root of a symbolic path of its own, such as a stand-in's answer ("boto3.client().get()")."""
    book = ledger(run)
    leaf = book.roots.get(path)
    if leaf is None:
        leaf = book.roots[path] = Leaf(book, path, "answer")
    return node_for(leaf)


def marker(number: int) -> str:
    """The text that goes over the wire as the answer to request `number`."""
    return f"{_MARK} {number}}}"


def materialise(run: Run) -> Answers:
    """The invented answers of a run that is over, as plain documents; the choices that the case bound are kept."""
    book = ledger(run)
    documents = [(book.status(n), json.dumps(book.document(n), ensure_ascii=False)) for n in range(len(book.requests))]
    while len(documents) > 1 and documents[-1] == documents[-2]:
        documents.pop()
    return Answers(tuple(documents), run.case.answers.choices)


def _number(text: str) -> int | None:
    digits = text[len(_MARK) : -1].strip()
    return int(digits) if text[-1:] == "}" and digits.isdecimal() else None


def _decoding(original: Any) -> Any:
    def decode(self: Any, s: Any, *args: Any, **kwargs: Any) -> Any:
        """As the original, except that the active run's marker (or invented text) decodes to an invented node."""
        if isinstance(s, Symbolic):
            return s.__taskcontract_decoded__()
        if s[:20] == _MARK and (run := active()) is not None:
            number = _number(str(s).strip())
            if number is not None and number < len(ledger(run).requests):
                return node_for(ledger(run).root(number))
        return original(self, s, *args, **kwargs)

    decode.__taskcontract_original__ = original  # type: ignore[attr-defined]
    return decode


def install_decoder(decoder: Any = json.decoder.JSONDecoder) -> None:
    """Teach a `JSONDecoder` class (the standard library's, or one like it) the marker. Once is enough; more does no harm."""
    if not hasattr(decoder.decode, "__taskcontract_original__"):
        decoder.decode = _decoding(decoder.decode)


def plain(value: Any) -> Any:
    """`value` with what was invented made concrete, as deep as lists and dicts go."""
    if isinstance(value, Symbolic):
        return value.__taskcontract_plain__()
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value
