"""What sort of value a parameter wants, guessed from annotation, documentation, default, uses in the source and name.

A sort is a short word ('text', 'int', 'dict', 'path', 'url', 'list:text', 'object:RunConfig', …) that make.py turns into
values. Guesses come ordered, likeliest first; a search that fails with one goes on to the next. No task is known by name
here: only words that libraries use for kinds of things.
"""

from __future__ import annotations

import ast
import re

from taskcontract.model import MISSING, Parameter, TaskSpec

_ANNOTATIONS: dict[str, str] = {
    "str": "text", "string": "text", "text": "text", "int": "int", "integer": "int", "float": "float", "number": "int",
    "bool": "bool", "boolean": "bool", "dict": "dict", "mapping": "dict", "mutablemapping": "dict", "ordereddict": "dict",
    "list": "list:text", "sequence": "list:text", "iterable": "list:text", "collection": "list:text", "iterator": "list:text",
    "tuple": "tuple", "set": "set", "frozenset": "set", "bytes": "bytes", "bytearray": "bytes", "callable": "callable",
    "function": "callable", "datetime": "datetime", "date": "date", "time": "datetime", "timedelta": "timedelta",
    "duration": "timedelta", "path": "pathlib", "pathlike": "pathlib", "decimal": "decimal", "uuid": "uuid",
    "url": "url", "json": "json", "none": "", "nonetype": "", "any": "", "object": "", "optional": "",
}  # fmt: skip

_NAMES: tuple[tuple[str, str], ...] = (
    (r"(^|_)(url|uri|endpoint|webhook|link|href)s?$|_url_", "url"),
    (r"(^|_)e?mail(_to|_from|_address)?s?$", "email"),
    (r"(^|_)(start|end|since|until|from|to|begin)?_?date(time)?s?$|_at$|(^|_)timestamp$", "isodate"),
    (r"(^|_)(query|sql|statement|queries)$", "query"),
    (r"(^|_)(command|cmd|script|helper_script)s?$", "command"),
    (r"(^|_)(file|filename|filepath|file_path|local_path|path|source_path|zip_file|notebook)$", "path"),
    (r"(^|_)(dir|directory|folder)$", "folder"),
    (r"(^|_)(port|timeout|seconds|minutes|interval|limit|count|size|retries|max_\w+|num_\w+|n_\w+|ttl|port_number)$", "int"),
    (r"(^|_)(is|use|should|include|enable|allow|with)_\w+$|^(verbose|debug|force|wait|recursive|overwrite)$", "bool"),
    (r"(kwargs|params|parameters|options|config|headers|settings|labels|env|environment|variables|body|payload|properties|"
     r"metadata|context|extra|args)$", "dict"),
    (r"(^|_)(callback|fn|func|function|hook|handler_fn|predicate|factory|condition)$", "callable"),
    (r"s_list$|_list$|_ids$|_names$|^ids$|^tags$", "list:text"),
)  # fmt: skip


def sorts(spec: TaskSpec, name: str) -> tuple[str, ...]:
    """Sorts for the parameter `name`, likeliest first; 'text' is always among them."""
    found: list[str] = []
    sides = [p for p in (spec.run_parameter(name), spec.init_parameter(name)) if p is not None]
    for parameter in sides:
        found += _from_uses(spec, name)
        found += _specialised(parameter, from_type(parameter.annotation))
    for parameter in sides:
        found += _specialised(parameter, from_type(parameter.doc_type))
    for parameter in sides:
        found += _from_default(parameter)
    if not found:
        found += [sort for pattern, sort in _NAMES if re.search(pattern, name)]
    ordered = [s for s in dict.fromkeys(found) if s]
    return tuple(dict.fromkeys([*ordered, "text"]))


def from_type(text: str | None) -> list[str]:
    """Sorts for a type as written in a signature or a docstring: `Optional[List[str]]`, 'list of dict', 'str, optional'."""
    if not text:
        return []
    plain = re.sub(r"\b(typing|t|datetime|pathlib|collections|abc|np|builtins)\.", "", text.strip().strip("`'\""))
    plain = re.sub(r"[\s,;(]+(optional|required)\b(?!\[).*$", "", plain, flags=re.I).strip()
    literal = re.match(r"Literal\[(.*)\]$", plain)
    if literal:
        return [f"literal:{literal.group(1)}"]
    inner = re.match(r"(Optional|Union|Annotated|)\[(.*)\]$", plain, flags=re.S)
    if inner:
        parts = _split(inner.group(2))
        if not inner.group(1) and len(parts) == 1:
            return from_type(f"list of {parts[0]}")
        return [s for part in (parts[:1] if inner.group(1) == "Annotated" else parts) for s in from_type(part)]
    if "|" in plain:
        return [s for part in plain.split("|") for s in from_type(part)]
    words = re.split(r"\s+or\s+|\s*/\s*(?=[a-z]+$)", plain)
    if len(words) > 1:
        return [s for part in words for s in from_type(part)]
    listed = re.match(r"(?:list|sequence|iterable|collection|set|iterator)s?\s*(?:\[|of\s+|\()(.*?)[\])]?$", plain, flags=re.I)
    if listed:
        inside = from_type(listed.group(1).rstrip("s")) or ["text"]
        return [f"list:{inside[0]}"]
    if re.match(r"tuple\b", plain, flags=re.I):
        return ["tuple"]
    if re.match(r"(dict|mapping|ordereddict)\b", plain, flags=re.I):
        return ["dict"]
    if re.match(r"callable\b", plain, flags=re.I):
        return ["callable"]
    last = (plain.rpartition(".")[2].split("[")[0].split() or [""])[0].lower()
    if last in _ANNOTATIONS:
        return [_ANNOTATIONS[last]] if _ANNOTATIONS[last] else []
    if re.fullmatch(r"[A-Za-z_][\w.]*", plain):
        return [f"object:{plain}"]
    return []


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in "[(") - (char in "])")
        if char == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [p.strip() for p in [*parts, text[start:]] if p.strip()]


_SHAPE = re.compile(
    r"(?:form(?:at)?|like|e\.g\.)\s*(?:of\s*)?[:,]?\s*[`'\"]([\w{}<>.\-]+(?:[/:@|][\w{}<>.\-]+)+)[`'\"]",
)
_NO_TEXTS = ("int", "bool", "dict", "callable")


def _specialised(parameter: Parameter, found: list[str]) -> list[str]:
    """A plain 'text' whose name or documentation says what the text is."""
    if "text" not in found:
        return found
    doc = (parameter.doc or "").lower()
    special: list[str] = []
    if shape := _SHAPE.search(doc):
        special.append(f"shape:{shape.group(1)}")
    if re.search(r"one of|must be either|either [`'\"]|valid (values|options)|allowed values|options are|possible values", doc):
        words = [word for word in re.findall(r"[`'\"]([\w\-.]+)[`'\"]", parameter.doc or "") if word != "None"]
        special += [f"literal:{word!r}" for word in words[:4]]
    special += [sort for pattern, sort in _NAMES if sort not in _NO_TEXTS and re.search(pattern, parameter.name)]
    if re.search(r"iso ?8601|yyyy|%y-%m", doc):
        special.append("isodate")
    if re.search(r"path to (a |the )?(local )?(file|\w+ file)|file ?path", doc):
        special.append("path")
    if re.search(r"json[- ](string|text|document|encoded)", doc):
        special.append("json")
    return [*special, *found]


def _from_default(parameter: Parameter) -> list[str]:
    if parameter.default is MISSING:
        return []
    try:
        value = ast.literal_eval(str(parameter.default))
    except (ValueError, SyntaxError):
        return []
    sort = sort_of(value)
    return [sort] if sort is not None else []


_LITERALS: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (int, "int"), (float, "float"), (str, "text"), (dict, "dict"), (list, "list:text"), (tuple, "tuple"),
    (bytes, "bytes"),
)  # fmt: skip


def sort_of(literal: object) -> str | None:
    """The sort of a value that is at hand."""
    return next((sort for kind, sort in _LITERALS if isinstance(literal, kind)), None)


def _from_uses(spec: TaskSpec, name: str) -> list[str]:
    """What the source does with it says more than words: called, opened, parsed, looked up by key."""
    found: list[str] = []
    if any(spec.about("called", name)):
        found.append("callable")
    if any(spec.about("json", name)):
        found.append("json")
    if any(spec.about("path", name)):
        found.append("path")
    methods = {str(f.value) for f in spec.about("method", name)}
    if methods & {"items", "keys", "values", "update", "setdefault"} or any(spec.about("key", name)):
        found.append("dict")
    if methods & {"isoformat", "strftime", "timestamp"}:
        found.append("datetime")
    if methods & {"total_seconds"}:
        found.append("timedelta")
    return found
