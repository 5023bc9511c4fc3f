"""What no run has asked a recording for, and whether some run may yet: reading requests and source, running nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from taskcontract.cassettes.recording import Interaction
from taskcontract.clauses.playing import Tape
from taskcontract.model import TaskSpec


def left(interactions: tuple[Interaction, ...], played: set[int]) -> list[int]:
    """What no run has asked for, in order."""
    requests = {_key(interactions[n]) for n in played if n < len(interactions)}
    places = {place for n in played if n < len(interactions) for place in _led_to(interactions[n])}
    return [
        n
        for n, each in enumerate(interactions)
        if n not in played and _key(each) not in requests and each.request.url.partition("#")[0] not in places
    ]


def askable(spec: TaskSpec, tape: Tape, left_over: list[int], played: set[int]) -> dict[int, str]:
    """Of what no run asked for, what a run that was not tried may ask for, each with the reason."""
    interactions = tape.recording.interactions
    asked = [interactions[n] for n in sorted(played) if n < len(interactions)]
    common = {word for each in asked for word in _words(each)}
    source = _written(spec)
    found = {}
    for n in left_over:
        own = _words(interactions[n]) - common
        if not own:
            found[n] = "it differs from what is played in nothing that is told by words"
        elif written := sorted(own & source):
            found[n] = f"{written[0]!r} is written in the task's module"
        elif not tape.recording.values and any(_shape(interactions[n]) == _shape(each) for each in asked):
            found[n] = "it is a request like those that are played, with other values"
    return found


def _written(spec: TaskSpec) -> set[str]:
    """The words of the module that the task is written in, without what its docstrings tell."""
    try:
        tree = ast.parse(Path(spec.ref.file or "").read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set(_folded(spec.source))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node):
            node.body = node.body[1:]
    return set(_folded(ast.unparse(tree)))


def _folded(text: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"\w+", text)]


def _words(interaction: Interaction) -> set[str]:
    request = interaction.request
    text = f"{request.method} {request.url.partition('://')[2]} {request.body[:10_000].decode('utf-8', 'replace')}"
    return {word for word in _folded(unquote(text)) if not word.isdigit()}


def _shape(interaction: Interaction) -> tuple[str, str, int, tuple[str, ...]]:
    split = urlsplit(interaction.request.url)
    names = tuple(sorted(name for name, _ in parse_qsl(split.query, keep_blank_values=True)))
    return interaction.request.method, split.netloc, split.path.count("/"), names


def _key(interaction: Interaction) -> tuple[str, str, bytes]:
    return (interaction.request.method, interaction.request.url, interaction.request.body)


def _led_to(interaction: Interaction) -> list[str]:
    if not 300 <= interaction.response.status < 400:
        return []
    said = [value for name, value in interaction.response.headers if name.lower() == "location"]
    return [urljoin(interaction.request.url, place).partition("#")[0] for place in said]
