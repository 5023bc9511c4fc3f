"""What must be left open: the clause can say neither that it holds nor that it is violated, and says why."""

from __future__ import annotations

import re
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


TAKES_ANYTHING = '''
import acmecloud
from prefect import Task
from prefect.utilities.tasks import defaults_from_attrs


class Fetches(Task):
    """Fetches an object to a file, with a client that is not installed here and refuses nothing."""

    def __init__(self, client: acmecloud.Client = None, bucket: str = None, path: str = None, mode: str = "all", **kwargs):
        self.client = client
        self.bucket = bucket
        self.path = path
        self.mode = mode
        super().__init__(**kwargs)

    @defaults_from_attrs("client", "bucket", "path", "mode")
    def run(self, client: acmecloud.Client, bucket: str, path: str, mode: str = None) -> str:
        client.fetch(bucket=bucket, path=path)
        if mode == "all":
            return path


class Either(Task):
    """Reads one file or all that match."""

    def __init__(self, file: str = None, pattern: str = None, **kwargs):
        self.file = file
        self.pattern = pattern
        super().__init__(**kwargs)

    @defaults_from_attrs("file", "pattern")
    def run(self, file: str = None, pattern: str = None):
        if file is None and pattern is None:
            raise RuntimeError("either `file` or `pattern` must be given")
        return acmecloud.Client().read(file=file, pattern=pattern)
'''


def test_a_client_that_takes_anything_does_not_show_that_an_argument_is_not_required(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "takes.py"
    path.write_text(TAKES_ANYTHING)
    cell = judge(path, "Fetches", "TC301")
    found = {finding.subject: (finding.verdict, finding.message, finding.settles) for finding in cell.findings}
    assert found["client"][0] is Verdict.VIOLATED
    verdict, message, settles = found["bucket"]
    assert verdict is Verdict.UNPROVEN
    assert re.fullmatch(
        r"`bucket` has no default, and left out it is None in client-\w+\(\)\.fetch, where nothing real refuses it", message
    )
    assert settles == 'what the real client does with it, or `required = ["bucket"]` in the declaration'
    assert "mode" not in found


def test_none_in_a_run_that_was_not_given_what_it_demands_is_not_held_against_the_annotation(
    judge: Judge, tmp_path: Path
) -> None:
    path = tmp_path / "takes.py"
    path.write_text(TAKES_ANYTHING)
    assert judge(path, "Fetches", "TC403").verdict is Verdict.UNPROVEN


def test_what_mends_a_group_names_all_of_it(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "takes.py"
    path.write_text(TAKES_ANYTHING)
    fixes = {f.fix.partition("first in `run`: ")[2] for f in judge(path, "Either", "TC301").findings if f.fix}
    assert fixes == {'`if file is None and pattern is None: raise ValueError("`file` or `pattern` must be provided")`'}
