"""Which files a document takes: names, sorts, and what stands in them; no database."""

import io
import zipfile

import pytest

from initiatives.documents.rules import (
    FILE_NAME_LENGTH,
    TYPES,
    UNKNOWN,
    TextProbe,
    clean_file_name,
    is_office_file,
    listing_place,
    names_listed,
    served_as,
    type_named,
)
from tests.initiatives.papers import office


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("case.pdf", "case.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\plan.xlsx", "plan.xlsx"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("fdp.\u202egnp.pdf", "fdp.gnp.pdf"),
        ("a\ud800b.pdf", "ab.pdf"),
        (".pdf", "file.pdf"),
        ("...", "file"),
        ("", "file"),
        ("/", "file"),
        ("  spaced   out .pdf", "spaced out.pdf"),
        ("Bücher «2026».csv", "Bücher «2026».csv"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("x." + "y" * 300, "x." + "y" * 198),
    ],
)
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert clean_file_name(given) == kept
    assert 0 < len(kept) <= FILE_NAME_LENGTH


@pytest.mark.parametrize(
    "name", ["a.exe", "a.html", "a.svg", "a", "pdf", "a.pdf.", "a.docm", "a.zip"]
)
def test_other_sorts_are_not_taken(name: str) -> None:
    assert type_named(name) is None


def test_an_ending_says_the_sort_in_any_case() -> None:
    assert type_named("a.b.PDF") is TYPES["pdf"]


def test_only_our_own_types_are_served() -> None:
    assert served_as("application/pdf") == "application/pdf"
    assert served_as("text/html") == UNKNOWN


@pytest.mark.parametrize(
    ("pieces", "is_text"),
    [
        ([b"a;b\r\n1;2\r\n"], True),
        (["Größe".encode(), "€\t".encode()], True),
        (["Größe".encode("cp1252")], True),
        ([b"\xff\xfe" + "Größe".encode("utf-16-le")], True),
        (["Größe".encode("utf-16")[:3], "Größe".encode("utf-16")[3:]], True),
        ([b"a\x00b"], False),
        ([b"fine", b"\x01"], False),
        ([b"%PDF-1.7"], False),
        ([b"PK\x03\x04"], False),
        ([b"\x89PNG\r\n\x1a\n"], False),
        ([b"\xff\xfe\x00\x00"], False),
        ([b"\xff\xfe\x00\xd8\x00\xd8"], False),
    ],
)
def test_text_is_what_can_be_read(pieces: list[bytes], *, is_text: bool) -> None:
    probe = TextProbe()
    for piece in pieces:
        probe.feed(piece)
    assert probe.is_text is is_text


def parts_in(content: bytes) -> set[str]:
    place = listing_place(content, len(content))
    return names_listed(content[place[0] : sum(place)]) if place else set()


def test_the_parts_of_a_zip_file_are_read_as_a_library_reads_them() -> None:
    content = office("word/document.xml", "docProps/core.xml", "Größe.txt")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert parts_in(content) == set(archive.namelist())


@pytest.mark.parametrize(
    ("sort", "content", "is_it"),
    [
        ("docx", office("word/document.xml"), True),
        ("xlsx", office("xl/workbook.xml"), True),
        ("pptx", office("ppt/presentation.xml"), True),
        ("docx", office("xl/workbook.xml"), False),
        ("docx", office("word/document.xml", "word/vbaProject.bin"), False),
        ("docx", b"PK\x03\x04", False),
        ("docx", office()[:-10], False),
        ("docx", b"PK\x05\x06" + b"\xff" * 18, False),
        ("docx", b"PK\x05\x06" + b"\x00" * 18, False),
    ],
)
def test_an_office_file_holds_its_parts(sort: str, content: bytes, *, is_it: bool) -> None:
    assert is_office_file(TYPES[sort], parts_in(content)) is is_it


def test_an_endless_listing_is_not_read() -> None:
    claimed = b"\x00" * 12 + (2**32 - 1).to_bytes(4, "little")
    assert listing_place(b"PK\x05\x06" + claimed[4:] + b"\x00" * 6, 2**33) is None
