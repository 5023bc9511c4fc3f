"""TC701: a cassette holds no credential."""

from __future__ import annotations

from taskcontract.cassettes.leaks import known_credentials, leaking
from taskcontract.clauses import playing
from taskcontract.clauses.bench import Bench, unproven
from taskcontract.clauses.clause import Clause
from taskcontract.errors import CassetteError
from taskcontract.model import Finding, TaskSpec


class CassetteHasNoSecret(Clause):
    """A cassette holds no known, canary or recognisable credential in any encoding.

    A cassette is committed, and what is committed is published sooner or later. Filtering one header does not make a recording
    safe: tokens are sent in queries and bodies, come back in answers, and hide in base64 and gzip.

    Judged on every request and answer, and on the values that the recording was made with: declared secrets in every
    encoding; texts with the format of a vendor's credential (GitHub, AWS, Slack, private keys, signed tokens and more); and
    values under a credential's name (`Authorization`, `access_token`, `password`) that can be nothing else. Placeholders,
    examples, hashes, identifiers, signatures and anonymous visitors' cookies are no credentials. The finding shows no more than
    four characters of any.

    `taskcontract check --cassettes-only` looks at every cassette of the project, also those of tests, and searches them for the
    credentials in its own environment.
    """

    code, slug = "TC701", "cassette-has-no-secret"
    nothing = playing.NOTHING

    def subjects(self, spec: TaskSpec) -> tuple[str, ...]:
        return playing.subjects(spec)

    def judge(self, bench: Bench, subject: str) -> Finding | None:
        try:
            recording = playing.recording_of(bench.spec)
        except CassetteError as error:
            return unproven(subject, str(error), "a cassette that can be read")
        secrets = bench.spec.declared.get("secrets", {})
        known = known_credentials({f"secret {name}": value for name, value in secrets.items()})
        case = bench.baseline.full.case(everywhere=True)
        return leaking(subject, recording, known, case, _script(bench.spec, declared=bool(known)))


def _script(spec: TaskSpec, declared: bool) -> str:
    """A script that finds the credentials again; those that are declared it takes from the project's file."""
    path, known = playing.cassette_path(spec), "known" if declared else "{}"
    names = "known_credentials, leaks" if declared else "leaks"
    lines = [f"from taskcontract.cassettes.leaks import {names}", "from taskcontract.cassettes.load import load"]
    if declared:
        lines += ["from taskcontract.config import load as project", ""]
        lines += [f"secrets = project().declared({spec.id!r})['secrets']"]
        lines += ["known = known_credentials({f'secret {name}': value for name, value in secrets.items()})"]
    else:
        lines += [""]
    lines += [f"found = leaks(load({path!r}), {known})", "print(*found, sep='\\n')"]
    return "\n".join([*lines, "assert not found, 'the contract is broken'"])
