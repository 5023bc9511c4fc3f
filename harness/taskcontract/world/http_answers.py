"""The recorded or written answers of one run: which player its case asks for, kept for as long as the run is.

What can be read once for all runs is read by `prepare`, before anything is sealed: a contributor's module of stubs, the
cassette's file. `player` then makes the fresh player of one run.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from taskcontract.cassettes import stubs
from taskcontract.cassettes.recording import Player
from taskcontract.errors import UsageError
from taskcontract.model import Answers
from taskcontract.world.state import Run, Stopped, outside

if TYPE_CHECKING:
    from taskcontract.cassettes.template import Template


class Book:
    """The player of a run, a lock for the threads that ask it, and how many requests were answered."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.lock = threading.RLock()
        self._requests = 0

    def count(self) -> int:
        """Count an answered request; returns its number, from 0."""
        self._requests += 1
        return self._requests - 1


_books: weakref.WeakKeyDictionary[Run, Book] = weakref.WeakKeyDictionary()
_templates: dict[str, Template] = {}


def prepare(answers: Answers) -> None:
    """Load what players of these answers are made of.

    Raises:
        TaskcontractError: for a cassette that cannot be read, or stubs that are not there
    """
    if answers.cassette:
        from taskcontract.cassettes.template import template

        _templates.clear()  # the run that follows is answered by one
        _templates[answers.cassette] = template(answers.cassette)
    elif answers.stubs:
        stubs.named(answers.stubs)


def player(run: Run) -> Player | None:
    """The player of the run's case; None when the case has neither a cassette nor stubs.

    Raises:
        TaskcontractError: for a cassette that cannot be read, or stubs that cannot be written
    """
    found = book(run)
    return None if found is None else found.player


def book(run: Run) -> Book | None:
    """The player of the run's case with what goes with it; see `player`."""
    found = _books.get(run)
    if found is None and run.case.answers.real:
        with outside():
            found = _books[run] = Book(_made(run))
    return found


def _made(run: Run) -> Player:
    answers = run.case.answers
    if answers.cassette:
        if answers.cassette not in _templates:
            prepare(answers)
        return _templates[answers.cassette].player(run.given)
    try:
        return stubs.player(answers.stubs, run.given)
    except Stopped as stopped:
        raise UsageError(f"the stubs could not be written: they reach out of the sealed world ({stopped})") from stopped
