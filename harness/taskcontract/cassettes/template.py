"""A cassette as a template that answers for any value.

Every recorded configuration value is a hole. A request that fits a recorded one fills its holes, and the answer is given back
with the run's own values. Where a cassette does not say what it was recorded with, what its holes are is learned from the
run's requests: the recording has another text where the run has a value of its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from taskcontract.cassettes.clones import Choice, Used, cloned
from taskcontract.cassettes.contents import decoded, encoded
from taskcontract.cassettes.entries import Entry, compiled
from taskcontract.cassettes.finder import Finder
from taskcontract.cassettes.forms import Form, as_json, canonical, forms, text_form
from taskcontract.cassettes.index import Index
from taskcontract.cassettes.load import loaded
from taskcontract.cassettes.playing import TemplatePlayer
from taskcontract.cassettes.recording import Player, Recording, Request
from taskcontract.cassettes.rendering import UNKNOWN, Rendering, rendering
from taskcontract.cassettes.sent import Sent, sent, sent_in_one_piece

MOST_TEMPLATES: Final = 64
MOST_KEPT: Final = 256

Selecting = tuple[Rendering, Mapping[str, Choice]]

_templates: OrderedDict[tuple[str, str], Template] = OrderedDict()
_lock: Final = threading.Lock()


def template(path: str | Path, values: Mapping[str, Any] | None = None) -> Template:
    """The template of a cassette, compiled once for each content. Raises CassetteError.

    `values` are what the task was configured with while it was recorded, for a cassette that does not say so itself.
    """
    recording, digest = loaded(path)
    if values and not recording.values:
        recording = replace(recording, values={name: as_json(value) for name, value in values.items()})
    key = (digest, canonical(recording.values))
    with _lock:
        found = _templates.get(key)
        if found is not None:
            _templates.move_to_end(key)
            return found
    made = Template(recording)
    with _lock:
        _templates[key] = made
        while len(_templates) > MOST_TEMPLATES:
            _templates.popitem(last=False)
    return made


class Template:
    """A recording, compiled. It is shared by runs and threads; what one run did is known to its player alone.

    `more` are forms of recorded values that the recording does not tell of. `by_interaction` gives the entry that an
    interaction's request became.
    """

    def __init__(self, recording: Recording, more: Sequence[Form] = ()) -> None:
        self.recording = recording
        self._known = [form for name, value in recording.values.items() for form in forms(name, value)]
        self._more = tuple(more)
        self._finder = Finder(self._known, more)
        self.index = Index(self._entries())
        self.by_interaction = {number: entry for entry in self.index.entries for number in entry.indexes}
        self._used: Used | None = None
        self._renderings: dict[int, Rendering] = {}
        self._selecting: dict[tuple[int, str], Selecting | None] = {}
        self._knowing: dict[str, Template] = {}

    def player(self, given: Mapping[str, Sequence[Any]]) -> Player:
        """A player for one run, which gives these values by parameter: construction's, then the call's."""
        return TemplatePlayer(self, given)

    def recorded(self, name: str) -> Any:
        """The recorded value of a form, where it is distinctive enough to have been found; UNKNOWN otherwise."""
        form = self._finder.forms.get(name)
        return form.value if form is not None and len(form.text) >= 3 and not isinstance(form.value, bool) else UNKNOWN

    def knowing(self, learned: Mapping[str, Any]) -> Template:
        """This template with holes for further recorded values, by form."""
        key = canonical(learned)
        if key not in self._knowing:
            more = [form for name, value in learned.items() for form in _learned_forms(name, value)]
            _keep(self._knowing, key, Template(self.recording, [*self._more, *more]))
        return self._knowing[key]

    def rendering(self, number: int) -> Rendering:
        """The answer of an interaction, divided at its holes."""
        found = self._renderings.get(number)
        if found is None:
            found = self._renderings[number] = rendering(self.recording.interactions[number], self._finder)
        return found

    def selecting(self, number: int, wanted: Mapping[str, Sequence[Any]]) -> Selecting | None:
        """The answer of an interaction with its selecting items cloned for each wanted value; None if nothing in it selects."""
        key = (number, canonical(wanted))
        if key not in self._selecting:
            _keep(self._selecting, key, self._select(number, wanted))
        return self._selecting[key]

    def _select(self, number: int, wanted: Mapping[str, Sequence[Any]]) -> Selecting | None:
        interaction = self.recording.interactions[number]
        response = interaction.response
        content, encoding = decoded(response.body, response.headers)
        if self._used is None:
            requests = [(sent(i.request), i.request.url) for i in self.recording.interactions]
            self._used = Used([(read.units, read.values, url) for read, url in requests])
        used = self._used
        found = cloned(content, wanted, self._finder, lambda leaf: used.after(number, leaf))
        if found is None:
            return None
        rest = Finder(
            [form for form in self._known if form.name not in wanted], [form for form in self._more if form.name not in wanted]
        )
        body = replace(response, body=encoded(found.body, encoding))
        return rendering(replace(interaction, response=body), rest), found.choices

    def _entries(self) -> Iterable[Entry]:
        for number, interaction in enumerate(self.recording.interactions):
            entry = compiled(self._read(interaction.request), interaction.request.headers, self._finder)
            entry.indexes.append(number)
            yield entry

    def _read(self, request: Request) -> Sent:
        """A recorded request as it is compared. A body that is one recorded value is one text, also if it looks like more."""
        if request.body:
            whole = sent_in_one_piece(request)
            if self._finder.whole(whole.tree["text"]):
                return whole
        return sent(request)


def _learned_forms(name: str, value: Any) -> list[Form]:
    return [Form(name, value, text_form(value))] if "@" in name else forms(name, value)


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    """Keep what was worked out, but not without end."""
    if len(kept) >= MOST_KEPT:
        kept.pop(next(iter(kept)))
    kept[key] = value
