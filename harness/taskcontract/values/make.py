"""Turns a sort into values: real, distinct, recognisable in a trace, and held as the code that makes them.

Every value carries a token made from the parameter's name and a number, so that wherever it turns up it tells which
parameter and which alternative it was. Files, folders and databases are made in the case's own directory by the value's
`setup` lines.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable

from taskcontract.cassettes.credential_made import made_like
from taskcontract.cassettes.credential_parts import shape_of
from taskcontract.model import TaskSpec, Value
from taskcontract.values.client_documents import DOCUMENTS, as_text
from taskcontract.values.patterns import matching
from taskcontract.values.sorts import sort_of, sorts

_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"
FALSY = {
    "bool": "False", "int": "0", "float": "0.0", "text": "''", "dict": "{}", "list": "[]", "tuple": "()", "set": "set()",
    "bytes": "b''",
}  # fmt: skip


def token(name: str, n: int = 0) -> str:
    """A short word for alternative `n` of `name`; letters that stay themselves in URLs, JSON, SQL and shells."""
    digest = hashlib.sha256(f"{name}/{n}".encode()).digest()
    return "".join(_ALPHABET[b % len(_ALPHABET)] for b in digest[:6])


def _named(name: str, n: int) -> str:
    """The token of alternative `n` with `name` before it, for people."""
    return f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}-{token(name, n)}"


def number(name: str, n: int = 0) -> int:
    """A whole number for alternative `n` of `name`: 11 to 997, rarely the same for two names, never for two alternatives."""
    return 11 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big") % 87 + 100 * (n % 10)


def make(sort: str, name: str, n: int = 0) -> Value:
    """Alternative `n` of a value of `sort` for the parameter `name`."""
    head, _, rest = sort.partition(":")
    if head in DOCUMENTS:
        return Value(repr(DOCUMENTS[head](_named(name, n))), (), sort)
    maker = _MAKERS.get(head, _MAKERS["text"])
    made = maker(name, _named(name, n), n, rest)
    return Value(made.code, made.setup, sort)


def _text(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(word))


def _int(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(number(name, n)))


def _float(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(number(name, n) + 0.5))


def _bool(name: str, word: str, n: int, rest: str) -> Value:
    return Value("False" if n % 2 else "True")


def _dict(name: str, word: str, n: int, rest: str) -> Value:
    keys = rest.split(",") if rest else ["common", f"own_{n}"]
    return Value(repr({k: f"{word}-{k}" if rest else (word if k == "common" else f"{word}-own") for k in keys}))


def _list(name: str, word: str, n: int, rest: str) -> Value:
    items = [make(rest or "text", name, n), make(rest or "text", f"{name}2", n)]
    return Value(f"[{', '.join(i.code for i in items)}]", _setups(items))


def _tuple(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr((word, f"{word}-2")))


def _set(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr({word}))


def _bytes(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(word.encode()))


def _url(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(f"https://{word}.example.com/{token(name, n + 50)}"))


def _email(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(f"{word}@example.com"))


def _day(name: str, n: int) -> tuple[int, int, int]:
    """Year, month and day."""
    return 2021 + n % 5, 1 + number(name) % 12, 1 + number(name, n) % 28


def _iso(name: str, n: int) -> str:
    year, month, day = _day(name, n)
    return f"{year}-{month:02}-{day:02}"


def _isodate(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(_iso(name, n)))


def _isodatetime(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(f"{_iso(name, n)}T10:{number(name) % 60:02}:00+00:00"))


def _datetime(name: str, word: str, n: int, rest: str) -> Value:
    return Value(f"datetime.datetime{(*_day(name, n), 10, number(name) % 60)}", ("import datetime",))


def _date(name: str, word: str, n: int, rest: str) -> Value:
    return Value(f"datetime.date{_day(name, n)}", ("import datetime",))


def _timedelta(name: str, word: str, n: int, rest: str) -> Value:
    return Value(f"datetime.timedelta(seconds={number(name, n)})", ("import datetime",))


def _formatted(name: str, word: str, n: int, rest: str) -> Value:
    moment = _datetime(name, word, n, rest)
    return Value(f"{moment.code}.strftime({rest!r})", moment.setup)


def _query(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(f"SELECT '{word}'"))


def _command(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(f"echo {word}"))


def _path(name: str, word: str, n: int, rest: str) -> Value:
    file = f"{word}.{'json' if rest in DOCUMENTS else rest or 'txt'}"
    content = as_text(rest, word) if rest in DOCUMENTS else _CONTENT.get(rest, "{word}").format(word=word)
    return Value(repr(file), ("import pathlib", f"pathlib.Path({file!r}).write_text({content!r})"))


def _zip(name: str, word: str, n: int, rest: str) -> Value:
    file = f"{word}.zip"
    fill = f"with zipfile.ZipFile({file!r}, 'w') as z: z.writestr(zipfile.ZipInfo('{word}.txt'), {word!r})"
    return Value(repr(file), ("import zipfile", fill))


def _folder(name: str, word: str, n: int, rest: str) -> Value:
    lines = (f"pathlib.Path({word!r}).mkdir(exist_ok=True)", f"pathlib.Path({word!r}, 'inside.txt').write_text({word!r})")
    return Value(repr(word), ("import pathlib", *lines))


def _newpath(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(f"{word}.new"))


def _pathlib(name: str, word: str, n: int, rest: str) -> Value:
    plain = _path(name, word, n, rest)
    return Value(f"pathlib.Path({plain.code})", plain.setup)


_TABLE = "drop table if exists t;create table t (word text);"


def _sqlite(name: str, word: str, n: int, rest: str) -> Value:
    file = f"{word}.sqlite"
    insert = f"insert into t values ({word!r})"
    fill = f"with sqlite3.connect({file!r}) as d: d.executescript({_TABLE + insert!r})"
    return Value(repr(file), ("import sqlite3", fill))


def _json(name: str, word: str, n: int, rest: str) -> Value:
    return Value(repr(f'{{"key": "{word}"}}'))


def _callable(name: str, word: str, n: int, rest: str) -> Value:
    return Value(f"(lambda *args, **kwargs: {rest or repr(word)})")


def _literal(name: str, word: str, n: int, rest: str) -> Value:
    options = _options(rest)
    return Value(options[n % len(options)]) if options else Value(repr(word))


def _shape(name: str, word: str, n: int, rest: str) -> Value:
    parts = iter(range(100))
    return Value(repr(re.sub(r"[\w{}<>.\-]+", lambda _: f"{word}{next(parts) or ''}", rest)))


def _matching(name: str, word: str, n: int, rest: str) -> Value:
    made = matching(rest, word, str(number(name, n)))
    return Value(repr(made if made is not None else word))


def _uuid(name: str, word: str, n: int, rest: str) -> Value:
    digest = hashlib.sha256(f"{name}/{n}".encode()).hexdigest()
    return Value(repr(f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"))


def _decimal(name: str, word: str, n: int, rest: str) -> Value:
    return Value(f"decimal.Decimal('{number(name, n)}.25')", ("import decimal",))


def _object(name: str, word: str, n: int, rest: str) -> Value:
    return Value(f"thing({word!r})", ("from taskcontract.testing import thing",))


def _built(name: str, word: str, n: int, rest: str) -> Value:
    module, _, attribute = rest.partition("|")
    return Value(f"{module}.{attribute}()", (f"import {module}",))


_CONTENT = {"json": '{{"key": "{word}"}}', "csv": "name,value\n{word},1\n", "yaml": "key: {word}\n", "html": "<p>{word}</p>"}

_MAKERS = {
    "text": _text, "int": _int, "float": _float, "bool": _bool, "dict": _dict, "list": _list, "tuple": _tuple, "set": _set,
    "bytes": _bytes, "url": _url, "email": _email, "isodate": _isodate, "isodatetime": _isodatetime, "datetime": _datetime,
    "date": _date, "timedelta": _timedelta, "strftime": _formatted, "query": _query, "command": _command, "path": _path,
    "zip": _zip, "folder": _folder, "newpath": _newpath, "pathlib": _pathlib, "sqlite": _sqlite, "json": _json,
    "callable": _callable, "literal": _literal, "shape": _shape, "uuid": _uuid, "decimal": _decimal, "object": _object,
    "built": _built, "matching": _matching,
}  # fmt: skip


def _setups(values: Iterable[Value]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for v in values for line in v.setup))


def _options(text: str) -> list[str]:
    """The source texts of the literals in `'a', "b", 3`."""
    try:
        parsed = ast.parse(f"({text},)", mode="eval").body
    except SyntaxError:
        return []
    return [ast.unparse(e) for e in parsed.elts] if isinstance(parsed, ast.Tuple) else []


def candidates(spec: TaskSpec, name: str) -> tuple[Value, ...]:
    """Values to try for `name`, likeliest first: what is declared, then one of every sort it may have."""
    declared = spec.declared.get("values", {})
    if name in declared:
        given = declared[name]  # a declaration in Python may hold what no literal says
        return (Value(given.code, given.setup, "declared") if isinstance(given, Value) else Value.of(given, "declared"),)
    found: list[Value] = []
    for sort in sorts(spec, name):
        found += _of_sort(spec, sort, name)
    for kind in ("literal", "documented-literal"):
        found += [Value(str(fact.value), (), "literal") for fact in spec.about(kind, name)]
    return tuple(dict.fromkeys(found))


def _of_sort(spec: TaskSpec, sort: str, name: str) -> list[Value]:
    if sort == "dict":
        keys = ",".join(dict.fromkeys(str(f.value) for f in spec.about("key", name)))
        nested = nested_keys(spec.source, name)
        if any(nested.values()):
            return [Value(repr(_filled(nested, name, 0)), (), "nested"), make("dict", name)]
        return [make(f"dict:{keys}" if keys else "dict", name)]
    if sort.startswith("object:"):
        dotted = sort.partition(":")[2].strip("'\"")
        built = [make(f"built:{spec.ref.module}|{dotted}", name)] if not spec.ref.path else []
        return [*built, make(sort, name)]
    return [make(sort, name)]


Keys = dict[str, "Keys"]


def nested_keys(source: str, name: str) -> Keys:
    """The keys that `source` reads of `name` one in another: `body["metadata"]["name"]`, `body.get("a", {}).get("b")`."""
    step = r"""(?:\[['"]\w+['"]\]|\.get\(\s*['"]\w+['"][^()]*\))"""
    found: Keys = {}
    for chain in re.findall(rf"(?<![\w.]){re.escape(name)}({step}+)", source):
        at = found
        for key in re.findall(r"""[\[(]\s*['"](\w+)['"]""", chain):
            at = at.setdefault(key, {})
    return found


def _filled(keys: Keys, name: str, n: int) -> object:
    return {k: _filled(inner, f"{name}_{k}", n) for k, inner in keys.items()} if keys else _named(name, n)


def alternative(value: Value, name: str, n: int = 1) -> Value:
    """Another value of the same sort as `value`: what changes when only this parameter changes."""
    if value.kind == "nested":
        return Value(repr(_renamed(ast.literal_eval(value.code), n)), (), "nested")
    if value.kind in ("declared", "literal", ""):
        return _beside(value, name, n)
    for other in (make(value.kind, name, n), make(value.kind, name, n + 1), make("object", name, n)):
        if other.code != value.code:
            return other
    return value


def _renamed(tree: object, n: int) -> object:
    if isinstance(tree, dict):
        return {k: _renamed(v, n) for k, v in tree.items()}
    return f"{tree}-{n}" if isinstance(tree, str) else tree


def _beside(value: Value, name: str, n: int) -> Value:
    try:
        plain = ast.literal_eval(value.code)
    except (ValueError, SyntaxError):
        return make("text", name, n)
    shape = shape_of(plain) if isinstance(plain, str) else ""
    if "<" in shape:  # a client takes it apart: only its secret parts can be others
        return Value(repr(made_like(shape, _named(name, n))), (), value.kind)
    if isinstance(plain, bool):
        return Value(repr(not plain), (), value.kind)
    return make(sort_of(plain) or "text", name, n)


def falsy(value: Value, spec: TaskSpec, name: str) -> tuple[Value, ...]:
    """The falsy values that are legal where `value` is: of its own type only."""
    try:
        kind = type(ast.literal_eval(value.code)).__name__
    except (ValueError, SyntaxError, TypeError):
        return ()
    kind = {"str": "text"}.get(kind, kind)
    code = FALSY.get(kind)
    return (Value(code, (), "falsy"),) if code and code != value.code else ()
