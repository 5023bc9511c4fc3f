"""AWS's own content encoding: what is uploaded goes in pieces, each under its length, with checksums after the last one.

`aws-chunked` is not HTTP's chunked transfer, though it looks alike: it is what boto3 hands to the connection as the body, on S3
uploads by default. What a task uploads is inside; lengths, signatures of pieces and checksums only follow from it.
"""

from __future__ import annotations

import re
from typing import Final

CODING: Final = "aws-chunked"

_HEAD: Final = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[^\r\n]*)?\r\n")


def unframed(body: bytes) -> bytes | None:
    """The content of an aws-chunked body; None for one that is not what it is declared to be."""
    pieces: list[bytes] = []
    at = 0
    while head := _HEAD.match(body, at):
        size = int(head[1], 16)
        if not size:
            return b"".join(pieces)
        piece = body[head.end() : head.end() + size]
        at = head.end() + size + 2
        if len(piece) != size or body[at - 2 : at] != b"\r\n":
            return None
        pieces.append(piece)
    return None


def framed(content: bytes) -> bytes:
    """`content` as one piece, without a checksum after it."""
    piece = b"%x\r\n%b\r\n" % (len(content), content) if content else b""
    return piece + b"0\r\n\r\n"
