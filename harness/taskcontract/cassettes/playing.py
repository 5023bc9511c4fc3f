"""Answers the requests of one run from a template: what its holes took, how often each recording answered, what was chosen."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from taskcontract.cassettes.clones import Choice, any_of
from taskcontract.cassettes.comparison import Comparing, Comparison, address_template, parameter_of, shown
from taskcontract.cassettes.entries import Captures, compiled
from taskcontract.cassettes.finder import HIDDEN, Finder
from taskcontract.cassettes.forms import Form, canonical, forms, text_form
from taskcontract.cassettes.index import Match
from taskcontract.cassettes.recording import Request, Response, Unmatched
from taskcontract.cassettes.rendering import UNKNOWN
from taskcontract.cassettes.sent import Sent, flat, sent, sent_in_one_piece

if TYPE_CHECKING:
    from taskcontract.cassettes.template import Template

MOST_TOLD: Final = 3
NEAR: Final = 20
"""So many recorded requests with the likeliest addresses are compared in full to tell which is the nearest."""


class TemplatePlayer:
    """Answers one run, from all its threads. `operations` counts the steps of its look-ups."""

    def __init__(self, template: Template, given: Mapping[str, Sequence[Any]]) -> None:
        self._template = template
        self._given = _distinct(given)
        self._likely = {name: [form.text for form in some] for name, some in self._given.items()}
        self._lock = threading.Lock()
        self._played: Counter[int] = Counter()
        self._captured: dict[str, Any] = {}
        self._learned: dict[str, Any] = {}
        self._choices: dict[str, Choice] = {}
        self._chosen: dict[str, str] = {}
        self._cuts: dict[str, dict[str, str]] = {}

    def answer(self, request: Request) -> tuple[Response, int]:
        """The answer to a request and the index of the interaction it comes from. Raises Unmatched."""
        with self._lock:
            read = self._as_recorded(sent(request))
            match = self._best(read) or self._given_whole(request) or self._learning(read, request)
            headers = match.entry.from_headers(request.headers, self._likely) if match.entry.headers else ()
            own = self._named((*match.captures, *headers))
            self._captured.update(own)
            number = self._next(match.entry.indexes)
            return self._response(number, own), number

    # --- which recorded request it is ---------------------------------------------------------------------------------

    def _best(self, read: Sent) -> Match | None:
        """The recorded request that a request is; of several the one that fits the run's values best, unplayed ones first."""
        found = self._template.index.matches(read, self._likely)
        if not found:
            return None
        best = found[0] if len(found) == 1 else min(found, key=self._preference)
        self._refuse_cut(read, best)
        return best

    def _given_whole(self, request: Request) -> Match | None:
        """The recorded request that a request is if its body, all of it, is one of the run's values."""
        if not request.body:
            return None
        read = sent_in_one_piece(request)
        whole = read.tree["text"]
        return self._best(self._as_recorded(read)) if any(whole in texts for texts in self._likely.values()) else None

    def _preference(self, match: Match) -> tuple[int, int, int, int]:
        strange = sum(not self._agrees(names, value) for names, value in match.captures)
        return (strange, -match.entry.literal, min(self._played[n] for n in match.entry.indexes), match.entry.indexes[0])

    def _agrees(self, names: Iterable[str], value: Any) -> bool:
        text = text_form(value)
        return any(text in self._likely[name] for name in names if name in self._likely)

    def _next(self, indexes: Sequence[int]) -> int:
        """Recorded answers come in sequence, then the last one again."""
        number = next((n for n in indexes if not self._played[n]), indexes[-1])
        self._played[number] += 1
        return number

    def _refuse_cut(self, read: Sent, match: Match) -> None:
        """A value that was not quoted arrives cut at its `?` or `#`, or without its dots: that is another request."""
        for names, value in match.captures:
            if not isinstance(value, str) or self._agrees(names, value):
                continue
            for name in names:
                text = self._cut(name).get(value)
                if text is not None:
                    told = f"{name} is {shown(text)}, and {shown(value)} arrived: it must be quoted in a URL"
                    raise Unmatched(f"{read.method} {'/'.join(read.units)}: {told}")

    def _cut(self, name: str) -> Mapping[str, str]:
        """The values of a form that are another text in a URL where they are not quoted, by that text."""
        found = self._cuts.get(name)
        if found is None:
            pairs = [(_as_part_of_a_url(text), text) for text in reversed(self._likely.get(name, ()))]
            found = self._cuts[name] = {cut: text for cut, text in pairs if cut != text}
        return found

    def _learning(self, read: Sent, request: Request) -> Match:
        """The nearest recorded request whose every difference is a value of the run's own; what it has there is learned."""
        own = compiled(read, request.headers, Finder((), [form for some in self._given.values() for form in some]))
        comparing = Comparing(own, self._likely, {parameter_of(name) for name in self._given})
        compared = [comparing.addresses(entry) for entry in self._template.index.entries]
        same = [comparing.leaves(one) for one in compared if not one.differences]
        explained = [one for one in same if not one.differences and self._can_be(one.learned)]
        if not explained:
            rest = [one for one in compared if one not in same]
            near = sorted(rest, key=lambda one: one.distance)[:NEAR]
            raise Unmatched(_told(read, [*same, *map(comparing.leaves, near)]))
        best = min(explained, key=lambda one: (one.distance, self._played[one.entry.indexes[0]], one.entry.indexes[0]))
        if best.learned:
            self._learned.update(best.learned)
            self._template = self._template.knowing(self._learned)
        entry = self._template.by_interaction[best.entry.indexes[0]]
        found = [match for match in self._template.index.matches(read, self._likely) if match.entry is entry]
        return found[0] if found else Match(entry, best.captures)

    def _can_be(self, learned: Mapping[str, Any]) -> bool:
        """Whether what was learned agrees with what is known of the recording."""
        for name, value in learned.items():
            known = self._learned.get(name, self._template.recorded(name))
            if known is not UNKNOWN and canonical(text_form(known)) != canonical(text_form(value)):
                return False
        return True

    # --- what it is answered ------------------------------------------------------------------------------------------

    def _named(self, captures: Captures | tuple[Any, ...]) -> dict[str, Any]:
        """What was captured, by form. Where several parameters had one value, those count that the run gives this value."""
        found: dict[str, Any] = {}
        for names, value in captures:
            if len(names) > 1:
                text = text_form(value)
                names = tuple(name for name in names if text in self._likely.get(name, ())) or names
            for name in names:
                if name != HIDDEN:
                    found[name] = value
        return found

    def _response(self, number: int, own: Mapping[str, Any]) -> Response:
        rendering = self._template.rendering(number)
        wanted = self._wanted(rendering.names, own)
        if wanted:
            selecting = self._template.selecting(number, wanted)
            if selecting is not None:
                rendering, choices = selecting
                self._choices.update(choices)
        return rendering.answer(lambda names: self._value(names, own), self._rechosen())

    def _wanted(self, holes: Iterable[tuple[str, ...]], own: Mapping[str, Any]) -> dict[str, list[Any]]:
        """The forms in an answer that no request has carried yet, with the values that the run gives them."""
        wanted: dict[str, list[Any]] = {}
        for names in holes:
            if self._carried(names, own) is UNKNOWN:
                name = next((name for name in names if name in self._given), None)
                if name is not None:
                    wanted[name] = [form.value for form in self._given[name]]
        return wanted

    def _value(self, names: tuple[str, ...], own: Mapping[str, Any]) -> Any:
        value = self._carried(names, own)
        if value is not UNKNOWN:
            return value
        return next((self._given[name][-1].value for name in names if name in self._given), UNKNOWN)

    def _carried(self, names: Iterable[str], own: Mapping[str, Any]) -> Any:
        """What a request carried for a form: this one, or one before; by itself, or in what it is a form of."""
        for source in (own, self._captured):
            for name in names:
                if name in source:
                    return source[name]
                for form in _forms_of(parameter_of(name), source) if name not in source else ():
                    if form.name == name:
                        return form.value
        return UNKNOWN

    # --- which clone was chosen ---------------------------------------------------------------------------------------

    def _as_recorded(self, read: Sent) -> Sent:
        """A request with what was altered in an answer put back as it was recorded; notes what was chosen by it."""
        if not self._choices:
            return read
        pattern = any_of(self._choices)
        if not any(pattern.search(text_form(text)) for text in (*read.units, *read.values)):
            return read
        tree = {key: self._restored(pattern, node) for key, node in read.tree.items()}
        paths, values = flat(tree)
        units = tuple(self._restored(pattern, unit) for unit in read.units)
        return replace(read, units=units, tree=tree, paths=paths, values=values)

    def _restored(self, pattern: re.Pattern[str], node: Any) -> Any:
        if isinstance(node, dict):
            return {key: self._restored(pattern, item) for key, item in node.items()}
        if isinstance(node, list):
            return [self._restored(pattern, item) for item in node]
        if isinstance(node, int) and not isinstance(node, bool) and str(node) in self._choices:
            return int(self._choose(str(node)))
        return pattern.sub(lambda found: self._choose(found[0]), node) if isinstance(node, str) else node

    def _choose(self, text: str) -> str:
        choice = self._choices[text]
        self._chosen[choice.recorded] = text
        self._captured[choice.name] = choice.value
        return choice.recorded

    def _rechosen(self) -> Callable[[str], str] | None:
        """Puts what was chosen into further answers; None if nothing was."""
        if not self._chosen:
            return None
        chosen, pattern = self._chosen, any_of(self._chosen)
        return lambda text: pattern.sub(lambda found: chosen[found[0]], text)


def _distinct(given: Mapping[str, Sequence[Any]]) -> dict[str, list[Form]]:
    """The forms of all given values by name, each value once, the last given last."""
    found: dict[str, dict[str, Form]] = {}
    for name, values in given.items():
        for value in values:
            for form in forms(name, value):
                own = found.setdefault(form.name, {})
                own.pop(canonical(form.value), None)
                own[canonical(form.value)] = form
    return {name: list(own.values()) for name, own in found.items()}


def _forms_of(parameter: str, source: Mapping[str, Any]) -> list[Form]:
    return forms(parameter, source[parameter]) if parameter in source else []


def _as_part_of_a_url(text: str) -> str:
    """What arrives of a text that was put into the path of a URL as it is."""
    cut = re.split(r"[?#]", text, maxsplit=1)[0]
    return urljoin("http://h/", cut).removeprefix("http://h/") if "." in cut and "//" not in cut else cut


def _told(read: Sent, compared: Sequence[Comparison]) -> str:
    """The message about a request that none of the recorded ones is."""
    address = f"{read.method} {'/'.join(read.units)}"
    if not compared:
        return f"{address}: the cassette has recorded no request"
    nearest = min(compared, key=lambda one: one.distance)
    entry = nearest.entry
    recorded = f"{entry.request.method} {entry.request.units[0] if entry.request.units[0] != read.units[0] else '…'}"
    told = nearest.differences or [f"the recording has {shown(v)} in the place of {n}" for n, v in nearest.learned.items()]
    more = f", and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return f"{address}: nearest recorded is {recorded}{address_template(entry)}; {'; '.join(told[:MOST_TOLD])}{more}"
