"""Reads what a failed run complained about and proposes what to change: the step of the search for a working baseline.

Every rule is about a *kind* of complaint (a type that does not fit, a file that is not there, a choice that is not allowed, a
key that is missing, an answer that sent the run the wrong way), never about a task. A proposal changes one value, or binds
one leaf of an answer the other way.
"""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterator

from taskcontract.model import Observation, Value
from taskcontract.values.client_documents import COMPLAINTS
from taskcontract.values.configuration import Configuration
from taskcontract.values.make import candidates, make, number, token
from taskcontract.values.patterns import patterns_at

# (pattern on "Type: message", sorts to try for the suspect)
_COMPLAINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"has no attribute '(items|keys|values|get|update|setdefault|pop|copy)'", ("dict",)),
    (r"has no attribute '(append|extend|sort|insert)'", ("list:text",)),
    (r"has no attribute '(isoformat|strftime|timestamp|tzinfo|astimezone|year|date)'", ("datetime",)),
    (r"has no attribute '(total_seconds|days|seconds)'", ("timedelta",)),
    (r"has no attribute '(exists|read_text|parent|suffix|joinpath|stem|is_file|is_dir|name)'", ("pathlib", "object:thing")),
    (r"has no attribute '(split|lower|upper|strip|startswith|endswith|encode|format|replace|join)'", ("text",)),
    (r"has no attribute '(decode|hex)'", ("bytes",)),
    (r"has no attribute '(__call__|__name__)'|is not callable", ("callable",)),
    (r"has no attribute ", ("object:thing",)),
    (r"(FileNotFoundError|No such file|does not exist|not found).*director|NotADirectoryError", ("folder", "path")),
    (r"FileNotFoundError|No such file|cannot find .*file|file .*not found|does not exist", ("path", "folder")),
    (r"IsADirectoryError", ("path",)),
    (r"FileExistsError|already exists", ("newpath",)),
    (r"BadZipFile|not a zip", ("zip",)),
    (r"ReadError|not a gzip|Unknown archive", ("zip",)),
    (r"unable to open database|DatabaseError|not a database", ("sqlite",)),
    (r"syntax error|OperationalError", ("query",)),
    (r"JSONDecodeError|Expecting value|Extra data", ("json", "path:json")),
    (r"does not match format '([^']+)'", ("strftime:{1}",)),
    (r"isoformat|ParserError|Unable to parse|Invalid date|Unknown string format", ("isodate", "isodatetime", "datetime")),
    (r"MissingSchema|InvalidSchema|InvalidURL|Invalid URL|No scheme|No host", ("url",)),
    (r"invalid literal for int|could not convert string|must be (an )?int|must be a(n integer| number| real)|"
     r"integer is required|"
     r"not supported between instances|unsupported operand|multiply sequence|string formatting|"
     r"cannot be interpreted as an integer|expected int|must be real number|real number is required",
     ("int", "float", "timedelta", "datetime")),
    (r"must be a mapping|dictionary update|must be (a )?dict|expected dict|string indices must be|cannot convert dictionary|"
     r"not a mapping",
     ("dict", "list:dict")),
    (r"unexpected keyword argument|[Uu]nknown parameter", ("dict:", "empty-dict")),
    (r"\b[UG]UID\b|hexadecimal|[Tt]enant ID", ("uuid",)),
    (r"must be (a )?list|expected list|not iterable|must be (an )?iterable|must be a sequence|can only concatenate list",
     ("list:text", "list:dict")),
    (r"not enough values to unpack|too many values to unpack", ("tuple", "list:tuple")),
    (r"must be (a )?str|expected str|not int$|must be a string|expected string|a bytes-like object is required, not 'str'",
     ("text", "bytes")),
    (r"bytes-like object", ("bytes",)),
    (r"must be (a )?bool", ("bool",)),
    (r"must be .*timedelta|expected timedelta", ("timedelta",)),
    (r"must be .*datetime|expected datetime", ("datetime",)),
)  # fmt: skip


_NULL = re.compile(r"parameter[: ]+['\"]?(\w+)['\"]?[,;: ]+(?:with )?value[: ]+None\b", re.I)
_NOT_AN_OPTION = re.compile(r"""(keyword argument|[Uu]nknown parameter)[^'"]*['"](common|own_\d)['"]""")


def proposals(configuration: Configuration, seen: Observation) -> Iterator[tuple[str, Configuration]]:
    """Changes worth trying after `seen`, likeliest first, each with the word for why."""
    complaint = f"{seen.outcome.type}: {seen.outcome.text}"
    if seen.outcome.kind != "returned":
        yield from _documents(configuration, seen)
        yield from _allowed_keys(configuration, seen)
        yield from _named_options(configuration, seen, complaint)
        yield from _expressions(configuration, seen)
        for said in (complaint, seen.outcome.beneath) if seen.outcome.beneath else (complaint,):
            yield from _missing_keys(configuration, seen, said)
            yield from _other_types(configuration, seen, said)
            yield from _supply(configuration, seen, said)
        yield from _environment(configuration, seen)
    yield from _forks(configuration, seen)
    if seen.outcome.kind != "returned":
        yield from _other_sorts(configuration, seen)
        yield from _leave_out(configuration, seen, complaint)


def suspects(configuration: Configuration, seen: Observation) -> list[str]:
    """The configured names a complaint is likely about: their value or name is in it, or on the line that raised."""
    text = seen.outcome.text
    lines = " ".join(linecache.getline(*_place(frame)) for frame in reversed(seen.outcome.trail))
    scored: list[tuple[int, str]] = []
    for name, value in configuration.values.items():
        score = 0
        if token(name) in text or (len(value.code) > 3 and value.code in text):
            score += 4
        elif value.kind.startswith("dict") and _NOT_AN_OPTION.search(_said(seen)):
            score += 3  # its keys are no option of whoever it was handed on to
        if re.search(rf"\b{re.escape(name)}\b", text) or re.search(rf"\b{re.escape(name.replace('_', ' '))}\b", text):
            score += 3
        if re.search(rf"\b{re.escape(name)}\b", lines):
            score += 2
        if score:
            scored.append((-score, name))
    return [name for _, name in sorted(scored, key=lambda s: s[0])]


def _said(seen: Observation) -> str:
    """The complaint, with the one of a client that the task wrapped into it."""
    return f"{seen.outcome.text}\n{seen.outcome.beneath}".strip()


def _place(frame: str) -> tuple[str, int]:
    file, _, line = frame.rpartition(":")
    return file, int(line)


def _named_options(configuration: Configuration, seen: Observation, complaint: str) -> Iterator[tuple[str, Configuration]]:
    """'must be one of a, b', 'expected "x"', 'not a valid …: choose from [...]'."""
    if not re.search(r"one of|either|valid|choose|allowed|expected|supported|must be|should be|only", complaint, re.I):
        return
    words = re.findall(r"['\"`]([^'\"`\s]{1,40})['\"`]", seen.outcome.text)
    words += re.findall(r"(?:one of|either|in|from)\s*:?\s*[\[({]?\s*([\w\-]+)(?:,|\s+or\b|\])", seen.outcome.text)
    for name in suspects(configuration, seen)[:3]:
        literals = [f.value if isinstance(f.value, str) else repr(f.value) for f in configuration.spec.about("literal", name)]
        for code in dict.fromkeys([*literals, *(repr(w) for w in words if token(name) not in w and w != name)][:6]):
            yield f"{name} is one of the words in the message", configuration.setting(name, Value(code, (), "literal"))


def _allowed_keys(configuration: Configuration, seen: Observation) -> Iterator[tuple[str, Configuration]]:
    """'Unknown parameter in input: "common", must be one of: jobName, …': a dict with an option that no argument gives."""
    listed = re.search(r"must be one of:?\s*([\w\-.]+(?:,\s*[\w\-.]+)*)", _said(seen))
    if not listed or not _NOT_AN_OPTION.search(_said(seen)):
        return
    named = {n.replace("_", "").lower() for n in configuration.values}
    keys = sorted(re.split(r",\s*", listed.group(1)), key=lambda k: k.replace("_", "").lower() in named)
    for name in suspects(configuration, seen)[:2]:
        if configuration.values[name].kind.startswith("dict"):
            for key in keys[:4]:
                yield f"{name} has a key that is allowed", configuration.setting(name, make(f"dict:{key}", name))


def _documents(configuration: Configuration, seen: Observation) -> Iterator[tuple[str, Configuration]]:
    """A document that the client which complains takes apart."""
    wanted = [sort for pattern, sorts in COMPLAINTS if re.search(pattern, seen.outcome.text, re.I) for sort in sorts]
    for sort in wanted:
        likely = [
            n
            for n, v in configuration.values.items()
            if not v.kind.endswith(sort) and any(configuration.spec.about("credential", n))
        ]
        for name in dict.fromkeys([*likely, *suspects(configuration, seen)]):
            yield f"{name} as {sort}", configuration.setting(name, make(sort, name))


def _expressions(configuration: Configuration, seen: Observation) -> Iterator[tuple[str, Configuration]]:
    """A value that matches a regular expression of the function that complained, or that called it."""
    said = re.findall(r"match (?:the )?pattern '(.+)'$", seen.outcome.text)
    for pattern in said:
        for name in suspects(configuration, seen)[:3]:
            yield f"{name} matches {pattern}", configuration.setting(name, make(f"matching:{pattern}", name))
    for frame in reversed(seen.outcome.trail[-3:]):
        for pattern in patterns_at(*_place(frame))[:4]:
            for name in suspects(configuration, seen)[:3]:
                if configuration.values[name].code[:1] in "'\"":
                    value = make(f"matching:{pattern}", name)
                    yield f"{name} matches {pattern}", configuration.setting(name, value)


def _missing_keys(configuration: Configuration, seen: Observation, complaint: str) -> Iterator[tuple[str, Configuration]]:
    lacking = re.match(r"""[\w.]*KeyError: ["']*([\w\-. ]+)["']*$""", complaint)
    found = lacking or re.search(r"has no attribute '(\w+)'", complaint)
    if not found:
        return
    for name in [*suspects(configuration, seen), *configuration.values]:
        value = configuration.values[name]
        if value.kind.startswith("dict") and "KeyError" in complaint:
            keys = [k for k in value.kind.partition(":")[2].split(",") if k]
            yield f"{name} lacks a key", configuration.setting(name, make("dict:" + ",".join([*keys, found.group(1)]), name))
        elif value.kind.startswith("built:"):
            yield f"{name} lacks a key", configuration.setting(name, _built_with(value, name, found.group(1)))


def _built_with(value: Value, name: str, key: str) -> Value:
    """An object that was made without arguments, made from a dict that has `key` too."""
    maker, _, given = value.code.partition("(")
    keys = re.findall(r"'(\w+)':", given)
    return Value(f"{maker}({make('dict:' + ','.join([*keys, key]), name).code})", value.setup, value.kind)


def _numbers_in(value: Value, name: str, seen: Observation) -> Value:
    """A dict of texts with numbers at the keys that the failing line reads, or at all of them."""
    line = " ".join(linecache.getline(*_place(frame)) for frame in seen.outcome.trail[-1:])
    texts = ast.literal_eval(value.code)
    named = [k for k in texts if re.search(rf"['\"]{re.escape(str(k))}['\"]", line)] or list(texts)
    return Value(repr({k: number(f"{name}_{k}") if k in named else v for k, v in texts.items()}), (), value.kind)


def _other_types(configuration: Configuration, seen: Observation, complaint: str) -> Iterator[tuple[str, Configuration]]:
    names = suspects(configuration, seen)
    for pattern, wanted in _COMPLAINTS:
        found = re.search(pattern, complaint)
        if not found:
            continue
        for sort in wanted:
            if "{1}" in sort:
                sort = sort.replace("{1}", found.group(1))
            for name in names[:4] or list(configuration.values)[:4]:
                value = Value("{}", (), "dict") if sort == "empty-dict" else make(sort, name)
                if sort == "int" and configuration.values[name].kind.startswith("dict:"):
                    value = _numbers_in(configuration.values[name], name, seen)
                if configuration.values[name] != value:  # a folder is named as a text is, and made besides
                    yield f"{name} as {sort}", configuration.setting(name, value)


def _supply(configuration: Configuration, seen: Observation, complaint: str) -> Iterator[tuple[str, Configuration]]:
    """The message names a parameter that was left out, or the end of its name: "parameter name, value: None"."""
    missing = r"must|missing|required|provide|not (set|given|specified)|need|specify|None|either|empty"
    if not re.search(missing, complaint, re.I):
        return
    null = _NULL.search(complaint)
    for parameter in (*configuration.spec.run, *configuration.spec.init):
        name = parameter.name
        words = re.escape(name).replace("_", "[ _]")
        meant = null is not None and name.replace("_", "").lower().endswith(null.group(1).lower())
        if name not in configuration.values and (meant or re.search(rf"\b{words}\b", seen.outcome.text, re.I)):
            for value in candidates(configuration.spec, name)[:3]:
                yield f"{name} given", configuration.setting(name, value)


def _environment(configuration: Configuration, seen: Observation) -> Iterator[tuple[str, Configuration]]:
    """Variables the task asked for and did not find."""
    planted = {n for n, _ in configuration.env}
    given = {v.code.strip("'") for v in configuration.values.values()}
    asked = [r.name for r in seen.reads if r.kind == "env" and r.name not in planted]
    wanted = [n for n in asked if (n.isupper() and not n.endswith("_PROXY")) or n in given or n in seen.outcome.text]
    named = [n for n in dict.fromkeys(wanted) if n in seen.outcome.text]
    meant = [n for n in dict.fromkeys(wanted) if _is_meant(n, seen.outcome.text)] if not named else []
    for names in ([found] if (found := named or meant[:2]) else []) + ([list(dict.fromkeys(wanted))[:8]] if wanted else []):
        planting = tuple((n, f"env-{token(n)}") for n in names)
        yield "variables it asks for are set", configuration.with_(env=(*configuration.env, *planting))


def _is_meant(variable: str, complaint: str) -> bool:
    """Whether a complaint speaks of what the variable would say: "You must specify a region" of `…_DEFAULT_REGION`."""
    last = variable.rpartition("_")[2].lower()
    return len(last) > 3 and re.search(rf"\b{re.escape(last)}\b", complaint, re.I) is not None


def _forks(configuration: Configuration, seen: Observation) -> Iterator[tuple[str, Configuration]]:
    """Take one of the last comparisons made on an answer the other way."""
    if seen.outcome.kind == "returned":
        return
    bound = set(configuration.answers.choices)
    exploring = configuration.answers.__class__(choices=configuration.answers.choices)
    for fork in list(reversed(seen.forks))[:10]:
        choice = (fork.path, f"no:{fork.literal}" if fork.taken else fork.literal)
        failing = fork.path.startswith("status:") and not fork.taken and int(fork.literal) >= 400
        if choice not in bound and not failing:
            why = f"{fork.path} {'differs from' if fork.taken else 'is'} {fork.literal}"
            yield why, configuration.with_(answers=exploring.choosing(*choice))


def _other_sorts(configuration: Configuration, seen: Observation) -> Iterator[tuple[str, Configuration]]:
    named = suspects(configuration, seen)
    for name in dict.fromkeys([*named, *configuration.values]):
        for value in candidates(configuration.spec, name):
            if value != configuration.values[name]:
                yield f"{name} as {value.kind or value.code}", configuration.setting(name, value)


def _leave_out(configuration: Configuration, seen: Observation, complaint: str) -> Iterator[tuple[str, Configuration]]:
    named = suspects(configuration, seen)
    for name in dict.fromkeys([*named, *configuration.values]):
        sides = [p for p in (configuration.spec.run_parameter(name), configuration.spec.init_parameter(name)) if p]
        if not any(p.required and name not in configuration.spec.decorated for p in sides):
            yield f"{name} left out", configuration.setting(name, None)
