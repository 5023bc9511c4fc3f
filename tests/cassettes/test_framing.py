"""Bodies in AWS's own encoding: what is inside them, and what is not what it says."""

from __future__ import annotations

import gzip

import pytest

from taskcontract.cassettes.contents import decoded
from taskcontract.cassettes.framing import framed, unframed
from taskcontract.cassettes.parts import redone, undone

SENT = b"b\r\nfirst piece\r\n7\r\n second\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
HEADERS = (("Content-Encoding", "aws-chunked"),)


def test_pieces_are_put_together_and_checksums_left_out() -> None:
    assert unframed(SENT) == b"first piece second"
    assert unframed(b"5;chunk-signature=ad80\r\nhello\r\n0;chunk-signature=b6c6\r\n\r\n") == b"hello"
    assert unframed(b"0\r\n\r\n") == b""


@pytest.mark.parametrize(
    "body",
    [b"hello", b"", b"b\r\nfirst", b"5\r\nhelloX\r\n0\r\n\r\n", b"5\r\nhello\r\n", b"zz\r\nhello\r\n0\r\n\r\n"],
    ids=["no frame", "nothing", "cut in a piece", "too long a piece", "no end", "no number"],
)
def test_what_is_no_such_body_is_left_as_it_is(body: bytes) -> None:
    assert unframed(body) is None
    assert decoded(body, HEADERS) == (body, "")
    assert undone(HEADERS, body) == body


def test_framing_again_gives_what_can_be_read() -> None:
    assert framed(b"a longer content") == b"10\r\na longer content\r\n0\r\n\r\n"
    assert framed(b"") == b"0\r\n\r\n"


def test_requests_are_compared_and_searched_by_what_is_inside() -> None:
    assert decoded(SENT, HEADERS) == (b"first piece second", "")
    assert undone(HEADERS, SENT) == b"first piece second"
    assert redone(HEADERS, b"changed", SENT) == b"7\r\nchanged\r\n0\r\n\r\n"
    assert redone(HEADERS, b"changed", b"hello") == b"changed"


def test_another_encoding_may_be_inside() -> None:
    packed = gzip.compress(b"packed content", mtime=0)
    headers = (("content-encoding", "gzip, aws-chunked"),)
    assert decoded(framed(packed), headers) == (b"packed content", "gzip")
    assert undone(headers, framed(packed)) == b"packed content"
    assert redone(headers, b"packed content", framed(packed)) == framed(packed)
