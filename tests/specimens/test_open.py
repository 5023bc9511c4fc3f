"""What must be left open: the clause can say neither that it holds nor that it is violated, and says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from taskcontract.model import Cell, Verdict

Judge = Callable[[Path, str, str], Cell]

WAITS = '''
from xml.etree import ElementTree

import requests
from prefect import Task


class Waits(Task):
    """Asks a service for a thing; which options there must be depends on the kind of thing."""

    def __init__(self, kind=None, options=None, **kwargs):
        self.kind = kind
        self.options = options
        super().__init__(**kwargs)

    def run(self, kind=None, options=None):
        """
        Args:
            - kind (str, optional): what is asked for
            - options (dict, optional): further words of the question, if the kind has any
        """
        kind = self.kind if kind is None else kind
        options = self.options if options is None else options
        if kind is None:
            raise ValueError("a `kind` must be given")
        if not options:
            options = {}
        element = ElementTree.Element(kind, options)
        ElementTree.fromstring("" if not options else "<ok/>")
        return requests.get("https://api.acme.test/things", params={element.tag: str(sorted(options.items()))}).status_code
'''


def test_what_a_substitute_does_not_fit_is_not_held_against_the_argument(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "waits.py"
    path.write_text(WAITS)
    cell = judge(path, "Waits", "TC301")
    found = {finding.subject: (finding.verdict, finding.message) for finding in cell.findings}
    assert found["kind"][0] is Verdict.HOLDS
    assert found["options"] == (
        Verdict.UNPROVEN,
        "the task puts a value of its own in its place, which does not fit the other arguments",
    )
