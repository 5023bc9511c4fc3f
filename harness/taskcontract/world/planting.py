"""The values of secrets that nobody declared, where a recording says what form the real ones had."""

from __future__ import annotations

from collections.abc import Callable

from taskcontract.model import Answers


def maker(answers: Answers) -> Callable[[str], str]:
    """Gives a value for the secret of a name, in the form that the one had with which the cassette of `answers` was recorded;
    "" where that says nothing of it. The cassette has been read by then (`http_answers.prepare`)."""

    def made(name: str) -> str:
        if not answers.cassette:
            return ""
        from taskcontract.cassettes.credential_made import made_like, secret_called, shape_for
        from taskcontract.cassettes.load import load

        recording = load(answers.cassette)
        shape = shape_for(recording.credentials, recording.values, name)
        return made_like(shape, secret_called(name)) if shape else ""

    return made
