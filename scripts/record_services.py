"""Records Prefect's own tasks against real servers, into `cassettes/`: `./record [SERVICE]... [--into FOLDER]`.

Starts the servers on 127.0.0.1 (installing those that are missing), sets up what each task needs there, runs it, takes out what
is secret, looks again, and writes. Says of each cassette how its shape changed, and ends with 1 when one did.
"""

from __future__ import annotations

import importlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.services.comparing import differences  # noqa: E402
from tests.services.recording import Conversation, record  # noqa: E402

from taskcontract.cassettes.credential_parts import secret_texts  # noqa: E402 - after the project's folder is known
from taskcontract.cassettes.load import load  # noqa: E402
from taskcontract.cassettes.recording import Recording  # noqa: E402
from taskcontract.cassettes.save import save, written  # noqa: E402
from taskcontract.cassettes.scrub import gate, scrub  # noqa: E402

SERVICES = ("aws", "azure", "github", "prometheus")


def recordings(service: str) -> Iterator[tuple[Conversation, Recording]]:
    """Every task of a service with what it says to the real thing now. Raises what a task raises, and ServerProblem."""
    if service == "github":
        from scripts import convert_octokit

        yield from convert_octokit.recordings()
        return
    module = importlib.import_module(f"tests.services.recorded_{service}")
    with module.serving():
        for conversation in module.CONVERSATIONS:
            yield conversation, record(conversation)


def secrets(conversation: Conversation) -> dict[str, str]:
    """What must not be found in the conversation's cassette, by name."""
    ambient = {name: value for name, value in os.environ.items() if name.startswith("AWS_") and "REGION" not in name}
    return ambient | {n: text for name, value in conversation.secrets.items() for n, text in secret_texts(name, value).items()}


def write(conversation: Conversation, recording: Recording, folder: Path) -> list[str]:
    """Write the cassette; gives how its shape differs from what was there. Raises CassetteError for a secret in it."""
    known, path = secrets(conversation), folder / conversation.file
    clean = scrub(recording, known).recording
    gate(clean, known, written(clean, path))
    before = load(path) if path.is_file() else None
    save(clean, path)
    return [] if before is None else differences(before, clean)


def main(arguments: list[str]) -> int:
    """Exit code 0 when nothing was there before, or when it still has its shape."""
    asked = ArgumentParser(prog="./record", description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("services", nargs="*", choices=[*SERVICES, []], metavar="SERVICE", help=", ".join(SERVICES))
    asked.add_argument("--into", type=Path, default=ROOT / "cassettes", help="the folder of cassettes (default: cassettes)")
    given = asked.parse_args(arguments)
    changed = False
    for service in given.services or SERVICES:
        for conversation, recording in recordings(service):
            found = write(conversation, recording, given.into)
            changed = changed or bool(found)
            print(
                f"{conversation.file}: {len(recording.interactions)} requests{''.join(f'{chr(10)}  {line}' for line in found)}"
            )
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
