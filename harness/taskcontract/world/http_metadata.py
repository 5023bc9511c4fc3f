"""The machine that a cloud's client asks who it is: refused at once, since a run takes place on no cloud's machine.

A client that finds no credential anywhere asks an address of the machine's own network for one. That is the last place where
it looks, and no request of the task's: what is told of it is that it was asked. To the client the connection is refused, as it
is on any machine that has no such service, so that its next step is its own.
"""

from __future__ import annotations

import re
from typing import Final

from taskcontract.world.state import Run

_MACHINE: Final = re.compile(
    r"https?://(169\.254\.169\.254|169\.254\.170\.(?:2|23)|\[fd00:ec2::(?:254|23)\]|metadata\.google\.internal\.?|metadata|"
    r"100\.100\.100\.200)(?::\d+)?(?:[/?#]|$)",
    re.I,
)
"""Where AWS (machines, containers, pods), Google, Azure and Alibaba answer their own machines."""


class NoSuchMachine(ConnectionRefusedError):
    """Nobody answers at such an address."""


def is_metadata(url: str) -> bool:
    """Whether a request goes to the machine that tells its own clients who they are."""
    return _MACHINE.match(url) is not None


def refused(run: Run, url: str) -> NoSuchMachine:
    """Note that `run` asked its machine, and what its client is to be told."""
    found = _MACHINE.match(url)
    host = found[1].strip("[]") if found is not None else url
    run.read("metadata", host)
    return NoSuchMachine(111, f"Connection refused: {host} is asked for credentials by clouds' clients; here is no cloud")
