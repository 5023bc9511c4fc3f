"""A request that carries what may be a signature, as it was sent: what the signature can be made from again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signed:
    """The method, the whole URL, the headers with lower-case names in the order of the wire, and the bytes of the body.

    The canonical form of a request tells what it means; a signature is made over how it was written.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, several of one name joined as they may be; None if there is none."""
        found = [value for known, value in self.headers if known == name]
        return ",".join(found) if found else None
