"""Places in XML documents, and documents changed at them."""

from __future__ import annotations

import pytest

from taskcontract.cassettes.xml_places import DEEPEST, HowInXml, NoXml, at, change, changes, elements

HEAD = b'<?xml version="1.0"?>\n<l:List xmlns:l="http://l/" a=">">'
LIST = HEAD + b"<Name>n</Name><C><K>a</K><N>-3.5</N></C><C><K/></C><E></E></l:List>"


def test_what_can_be_odd_in_a_list() -> None:
    names = ["/List/Name", "/List/C", "/List/C[1]", "/List/C[1]/K", "/List/C[1]/N", "/List/C[2]", "/List/C[2]/K", "/List/E"]
    assert changes(LIST, 60) == [
        *(("missing", name) for name in names),
        ("type", "/List/Name"), ("type", "/List/C[1]/K"), ("type", "/List/C[1]/N"),
        ("empty", "/List/Name"), ("empty", "/List/C[1]"), ("empty", "/List/C[1]/K"), ("empty", "/List/C[1]/N"),
        ("empty", "/List/C[2]"),
    ]  # fmt: skip


def test_so_many_places_and_no_more() -> None:
    assert changes(LIST, 2) == [
        ("missing", "/List/Name"),
        ("missing", "/List/C"),
        ("type", "/List/Name"),
        ("empty", "/List/Name"),
    ]
    assert changes(b"<alone>text</alone>", 60) == []


@pytest.mark.parametrize(
    ("path", "how", "rest"),
    [
        ("/List/C", "missing", b"<Name>n</Name><E></E></l:List>"),
        ("/List/C[1]", "missing", b"<Name>n</Name><C><K/></C><E></E></l:List>"),
        ("/List/C[2]/K", "missing", b"<Name>n</Name><C><K>a</K><N>-3.5</N></C><C></C><E></E></l:List>"),
        ("/List/C[1]", "empty", b"<Name>n</Name><C></C><C><K/></C><E></E></l:List>"),
        ("/List/Name", "empty", b"<Name></Name><C><K>a</K><N>-3.5</N></C><C><K/></C><E></E></l:List>"),
        ("/List/Name", "type", b"<Name>7</Name><C><K>a</K><N>-3.5</N></C><C><K/></C><E></E></l:List>"),
        ("/List/C[1]/N", "type", b"<Name>n</Name><C><K>a</K><N>seven</N></C><C><K/></C><E></E></l:List>"),
    ],
)
def test_a_document_changed_at_one_place(path: str, how: HowInXml, rest: bytes) -> None:
    assert change(LIST, path, how) == HEAD + rest


def test_bytes_stay_bytes() -> None:
    document = '<?xml version="1.0" encoding="ISO-8859-1"?><r>ä<b>ö &lt;<![CDATA[<c>]]></b></r>'.encode("latin-1")
    assert change(document, "/r/b", "type") == '<?xml version="1.0" encoding="ISO-8859-1"?><r>ä<b>7</b></r>'.encode("latin-1")
    marked = b"\xef\xbb\xbf<r><b>x</b></r>"
    assert change(marked, "/r/b", "empty") == b"\xef\xbb\xbf<r><b></b></r>"


def test_nothing_is_at_a_place_that_is_not_there() -> None:
    with pytest.raises(LookupError, match=r"^the document has nothing at /List/D$"):
        at(LIST, "/List/D")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b'{"a": 1}', "it does not begin with a tag"),
        (b"", "it does not begin with a tag"),
        (b"<r>", r"it is no XML document \(no element found: line 1, column 3\)"),
        (b"<br><p></br>", r"it is no XML document \(mismatched tag: line 1, column 9\)"),
        (b"<r>&x;</r>", r"it is no XML document \(undefined entity: line 1, column 3\)"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "it declares its own type, which may not be followed"),
        (b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>', "it declares its own type, which may not be followed"),
        (b'<?xml version="1.0" encoding="x-none"?><r/>', r"it is no XML document \(unknown encoding: x-none\)"),
        (b'<?xml version="1.0" encoding="utf-7"?><r/>', r"it is no XML document \(multi-byte encodings are not supported\)"),
        ("<r><b/></r>".encode("utf-16-le"), "it is not written in the bytes of ASCII"),
        (b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), "it is more than 100 elements deep"),
        (b"<r>" + b" " * 2_000_000 + b"</r>", "it has more than 2,000,000 bytes"),
    ],
)
def test_what_is_not_looked_into(document: bytes, why: str) -> None:
    with pytest.raises(NoXml, match=f"^{why}$"):
        elements(document)
