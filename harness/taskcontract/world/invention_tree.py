"""What an invented answer remembers: a tree of leaves with their uses, the defaults for decisions, and the concrete form.

Decisions have defaults under which an ordinary task comes to its end: an error key is absent, a state is not one of failure,
a poll sees the state it waits for, and a chain of pages ends. Each decision goes through `Run.choose`, so that a case can
bind it the other way.
"""

from __future__ import annotations

import ast
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from taskcontract.world.state import Run

_ERROR_KEY: Final = re.compile(r"(?i:^_*(err|exceptions?|faults?|failures?|error\w*|\w*[_-]errors?)$)|[a-z]Errors?$")
_BAD_STATE: Final = re.compile(r"(?i)fail|err|cancel|abort|denied|invalid|dead|timed?.?out|crash|reject|unheal|inactiv|deprec")
_PAGING_KEY: Final = re.compile(r"(?i)next|token|cursor|more|continu|offset|marker|after")
_FINE_KEY: Final = re.compile(r"(?i)^(ok|success|succeeded|valid|enabled|active|healthy|available)$")
_DATE_KEY: Final = re.compile(r"(?i)(date|time|timestamp|created|updated|modified|expires|since|until)$|[a-z_](at|At)$")
_CODE_KEY: Final = re.compile(r"(?i)(exit|return|ret|status)_?(code|value|status)$")
_LINK_KEY: Final = re.compile(r"(?i)(url|uri|href|link|endpoint|location)$|^(next|prev|previous)(_?page)?$")
_WORDLESS: Final = re.compile(r"[^0-9A-Za-z]+")
_UNSET: Final = object()


def word(path: str, key: str) -> str:
    """The text of a leaf that is bound to nothing: short, derived from its path, and the sort of text its key promises."""
    mark = zlib.crc32(path.encode("utf-8", "replace"))
    if _DATE_KEY.search(key):
        year = 2001 if _BAD_STATE.search(key) else 2031 + _request(path)  # later answers are of later dates
        return f"{year}-{mark % 12 + 1:02}-{mark // 12 % 28 + 1:02}T{mark % 24:02}:{mark % 60:02}:{mark // 60 % 60:02}Z"
    name = _WORDLESS.sub("-", key).strip("-").lower()[:24]
    head = f"answer-{name}" if name and name != "answer" else "answer"
    digits = 4 + -len(head.replace("-", "")) % 4  # so that it can be read as base64 too
    plain = f"{head}-{mark:08x}"[: len(head) + 1 + digits]
    if key.lower().endswith("uuid"):
        return f"{mark:08x}-0000-4000-8000-{mark:012x}"
    return f"https://{plain}.invalid/of/it" if _LINK_KEY.search(key) else plain


def _request(path: str) -> int:
    digits = path.removeprefix("http:").partition("[")[0]
    return min(int(digits), 60) if digits.isdecimal() else 0


def literal_of(value: Any) -> Any:
    """The plain literal that `value` stands for in a comparison, or `NO_LITERAL`."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind.__str__(value) if kind is str else kind(value)
    return NO_LITERAL


NO_LITERAL: Final = object()


class Ledger:
    """All that was invented for one run: its requests with their answers' roots, and how often each decision was taken."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.requests: list[tuple[str, str]] = []
        self.methods: list[str] = []
        self.statuses: list[Callable[[], int]] = []
        self.roots: dict[str, Leaf] = {}
        self.taken: Counter[tuple[str, str, str]] = Counter()

    def request(self, method: str, where: str, whole: str) -> int:
        """Note a request (`where` without its query, `whole` with its body: what tells a poll); returns its number."""
        self.requests.append((where, whole))
        self.methods.append(method)
        self.statuses.append(lambda: 200)
        return len(self.requests) - 1

    def root(self, number: int) -> Leaf:
        path = f"http:{number}"
        if path not in self.roots:
            self.roots[path] = Leaf(self, path, "answer", number)
        return self.roots[path]

    def status(self, number: int) -> int:
        """The status that answer `number` has come to have."""
        return self.statuses[number]()

    def document(self, number: int) -> Any:
        """Answer `number` as plain data; an object with an id and a name when nothing was read of it."""
        return concrete(self.root(number))

    def seen(self, number: int | None, relative: str, literal: str, *, whole: bool) -> int:
        """How often a decision was taken before in answers to the same address (or to the very same request)."""
        return self.taken[self._key(number, relative, literal, whole)]

    def count(self, number: int | None, relative: str, literal: str, *, whole: bool) -> None:
        self.taken[self._key(number, relative, literal, whole)] += 1

    def _key(self, number: int | None, relative: str, literal: str, whole: bool) -> tuple[str, str, str]:
        request = "" if number is None or number >= len(self.requests) else self.requests[number][whole]
        return (request, relative, literal)


class Leaf:
    """One place in an invented answer: what was read below it, how it was used, and what was decided about it."""

    __slots__ = (
        "boxed", "children", "key", "ledger", "members", "nested", "number", "path", "shape", "truth", "unequal", "uses",
    )  # fmt: skip

    def __init__(self, ledger: Ledger, path: str, key: str, number: int | None = None, boxed: bool = False) -> None:
        self.ledger, self.path, self.key, self.number, self.boxed = ledger, path, key, number, boxed
        self.children: dict[str | int, Leaf] = {}
        self.members: dict[Any, bool] = {}
        self.unequal: set[str] = set()
        self.uses: set[str] = set()
        self.shape: str = (ledger.run.literal(path + "#") or "").strip("'")
        self.nested: Leaf | None = None
        self.truth: bool | None = None

    @property
    def is_root(self) -> bool:
        """Whether it is a whole document, which is an object unless it is read as something else."""
        return self.path.endswith(")") if self.path.startswith("json(") else self.path == f"http:{self.number}"

    @property
    def bound(self) -> Any:
        """The literal that it equals, or `UNBOUND`."""
        text = self.ledger.run.literal(self.path)
        return _UNSET if text is None else ast.literal_eval(text)

    @property
    def is_text(self) -> bool:
        """Whether it can only be text: used as such, or of a key whose values have a form."""
        promised = _DATE_KEY.search(self.key) or _LINK_KEY.search(self.key)
        return self.uses == {"text"} or (not self.uses and bool(promised) and not self.children)

    @property
    def relative(self) -> str:
        return self.path.partition("[")[2]

    @property
    def word(self) -> str:
        return word(self.path, self.key)

    @property
    def text(self) -> str:
        """What it is as text."""
        bound = self.bound
        return self.word if bound is _UNSET else str(bound)

    def child(self, key: str | int) -> Leaf:
        """The leaf below it; asking for it is what brings it about."""
        self.shape = self.shape or ("list" if isinstance(key, int) else "dict")
        found = self.children.get(key)
        if found is None:
            name = self.key if isinstance(key, int) else key
            found = self.children[key] = Leaf(self.ledger, f"{self.path}[{key!r}]", name, self.number, self.boxed)
        return found

    def box(self) -> None:
        """From here down, keys are attributes too."""
        self.boxed = True
        for child in self.children.values():
            child.box()

    def decode(self) -> Leaf:
        """The JSON document that this leaf's text holds."""
        if self.nested is None:
            self.nested = Leaf(self.ledger, f"json({self.path})", self.key, self.number)
        return self.nested

    # --- decisions -----------------------------------------------------------------------------------------------------

    def is_true(self) -> bool:
        """Whether it is true, non-empty, present."""
        bound = self.bound
        if bound is not _UNSET:
            return bool(bound)
        if self.truth is None:
            if self.children or self.nested is not None:
                self.truth = True
            elif self.ledger.run.over:
                return True
            else:
                self.truth = self.ledger.run.choose(self.path + "?", True, self._truth_default())
                if self.truth:
                    for number in (self.number, None):
                        self.ledger.count(number, self.relative + "?", "True", whole=False)
        return self.truth

    def _truth_default(self) -> bool:
        if _ERROR_KEY.search(self.key) or _CODE_KEY.search(self.key):
            return False
        if _FINE_KEY.search(self.key):
            return True
        if _PAGING_KEY.search(self.key):
            return self.ledger.seen(None, self.relative + "?", "True", whole=False) < 1
        return self.ledger.seen(self.number, self.relative + "?", "True", whole=False) < 3

    def equals(self, literal: Any) -> bool:
        """Whether it equals a plain literal; the first one that it does is the one it is bound to."""
        bound = self.bound
        if bound is not _UNSET:
            return bool(bound == literal)
        if self.ledger.run.over:
            return bool(concrete(self) == literal)
        text = repr(literal)
        if text in self.unequal or (self.truth is not None and self.truth != bool(literal)):
            return False
        if self.children or self.nested is not None:
            return False
        taken = self.ledger.run.choose(self.path, literal, self._equal_default(literal))
        if taken:
            self.uses.add("text" if isinstance(literal, str) else "number")
            self.ledger.count(self.number, self.relative, text, whole=True)
        else:
            self.unequal.add(text)
        return taken

    def _equal_default(self, literal: Any) -> bool:
        if _ERROR_KEY.search(self.key):
            return not literal
        if literal is False:
            return not _FINE_KEY.search(self.key)
        if literal is None or (isinstance(literal, str) and _BAD_STATE.search(literal)):
            return False
        if isinstance(literal, str) and _DATE_KEY.search(self.key) and not any(c.isdigit() for c in literal):
            return False
        return self.ledger.seen(self.number, self.relative, repr(literal), whole=True) < 2

    def is_of(self, kind: str) -> bool:
        """Whether, asked before anything else is known of it, it is a 'dict' or 'list'; text, unless the case says so."""
        if "#" + kind not in self.unequal and self.ledger.run.choose(self.path + "#", kind, False):
            self.shape = kind
        self.unequal.add("#" + kind)
        return self.shape == kind

    def has(self, item: Any, *, default: bool | None = None) -> bool:
        """Whether `item` is a key, a member or a part of it."""
        if item in self.children:
            return True
        if item not in self.members:
            if self.truth is False or self.ledger.run.over:
                return False
            usual = not (isinstance(item, str) and _ERROR_KEY.search(item)) if default is None else default
            self.members[item] = self.ledger.run.choose(f"{self.path} has {item!r}", True, usual)
        return self.members[item]

    def get(self, key: str) -> Leaf | None:
        """The child at `key`, or None where an answer would not have one."""
        if key in self.children:
            return self.children[key]
        run = self.ledger.run
        if self.members.get(key) is False or self.truth is False or self.path.count("[") > 8:
            return None
        if _ERROR_KEY.search(key) and run.literal(f"{self.path} has {key!r}") is None and key not in self.members:
            self.members[key] = run.choose(f"{self.path} has {key!r}", True, False)
            if not self.members[key]:
                return None
        return self.child(key)

    def elements(self, least: int = 1) -> list[Leaf]:
        """Its elements as a list: as many as were asked for, at least `least`; none when it was decided to be empty."""
        if self.truth is False:
            self.shape = self.shape or "list"
            return []
        count = max([least, *(key + 1 for key in self.children if isinstance(key, int))])
        return [self.child(position) for position in range(count)]

    def known_keys(self) -> list[str]:
        """Its keys as far as they are known; one made-up key when none is."""
        self.shape = self.shape or "dict"
        if self.truth is False:
            return []
        for item, present in self.members.items():
            if present and isinstance(item, str):
                self.child(item)
        if not self.children:
            self.child(f"key-{zlib.crc32(self.path.encode()) & 0xFFFF:04x}")
        return [key for key in self.children if isinstance(key, str)]

    def as_keys(self) -> None:
        """What was iterated turned out to be the keys of a dict: the element's text is the key."""
        element = self.children.pop(0)
        self.shape = "dict"
        self.child(element.word)

    def number_value(self) -> int | float:
        """Its value as a number."""
        self.uses.add("number")
        bound = self.bound
        if bound is _UNSET:
            return 0 if self.truth is False else 1
        if isinstance(bound, (int, float)):
            return bound
        return float(bound) if "." in str(bound) else int(bound)


UNBOUND: Final = _UNSET


def concrete(leaf: Leaf) -> Any:
    """Plain data that answers everything that was asked of `leaf` in the same way."""
    bound = leaf.bound
    if bound is not _UNSET:
        return bound
    if leaf.nested is not None:
        return json.dumps(concrete(leaf.nested), ensure_ascii=False)
    if leaf.truth is False:
        return _empty(leaf)
    members = [item for item, present in leaf.members.items() if present]
    if leaf.shape == "dict":
        found = {str(key): concrete(child) for key, child in leaf.children.items()}
        return {**{item: word(f"{leaf.path}[{item!r}]", item) for item in members if isinstance(item, str)}, **found}
    if leaf.shape == "list":
        return [concrete(child) for child in leaf.elements()] + [m for m in members if m not in leaf.children]
    if "number" in leaf.uses:
        return "1" if "text" in leaf.uses else 1
    if "text" in leaf.uses:
        return " ".join([leaf.word, *(str(m) for m in members)])
    if "sized" in leaf.uses and not members:
        return [leaf.word]
    if leaf.is_root:
        names = [m for m in members if isinstance(m, str)] or ["id", "name"]
        return {name: word(f"{leaf.path}[{name!r}]", name) for name in names}
    return members or leaf.word


def _empty(leaf: Leaf) -> Any:
    shapes: dict[str, Any] = {"list": [], "dict": {}}
    if leaf.shape in shapes:
        return shapes[leaf.shape]
    if "number" in leaf.uses or _CODE_KEY.search(leaf.key):
        return 0
    if leaf.is_root:
        return {}
    return "" if "text" in leaf.uses else [] if "sized" in leaf.uses else None
