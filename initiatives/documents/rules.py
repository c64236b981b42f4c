"""Which files a document takes, and whether a file is what its name says; pure."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.people.choices import Permission
from initiatives.rules import Hands, may_report

TITLE_LENGTH, COMMENT_LENGTH, REASON_LENGTH, FILE_NAME_LENGTH = 200, 500, 500, 200
ENDING_LENGTH = 10
OFFICE = "application/vnd.openxmlformats-officedocument"
CONTENTS = "[Content_Types].xml"
MACROS = "vbaproject.bin"
UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FileType:
    """One sort of file: what it is served as, and how its bytes show that they are it.

    `mark` is how the file begins; `part` is what an office file must hold; a text has neither.
    """

    content_type: str
    mark: bytes = b""
    part: str = ""


TYPES: Mapping[str, FileType] = {
    "pdf": FileType("application/pdf", b"%PDF-"),
    "png": FileType("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": FileType("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": FileType("image/jpeg", b"\xff\xd8\xff"),
    "docx": FileType(f"{OFFICE}.wordprocessingml.document", b"PK\x03\x04", "word/document.xml"),
    "xlsx": FileType(f"{OFFICE}.spreadsheetml.sheet", b"PK\x03\x04", "xl/workbook.xml"),
    "pptx": FileType(
        f"{OFFICE}.presentationml.presentation", b"PK\x03\x04", "ppt/presentation.xml"
    ),
    "csv": FileType("text/csv; charset=utf-8"),
    "txt": FileType("text/plain; charset=utf-8"),
}
ENDINGS = tuple(TYPES)
# What a browser is told is taken from here alone, never from the one who uploaded.
SERVED = frozenset(file_type.content_type for file_type in TYPES.values())
MARKS = frozenset(file_type.mark for file_type in TYPES.values() if file_type.mark)


def may_upload(hands: Hands, *, is_controller: bool) -> bool:
    """Who reports on a measure brings its documents, and so does its named controller (S10)."""
    return may_report(hands) or is_controller


def may_withdraw(hands: Hands, *, is_added_by_them: bool, is_controller: bool) -> bool:
    """Who added a document, as long as they may bring documents at all, and the PMO."""
    own = is_added_by_them and may_upload(hands, is_controller=is_controller)
    return own or hands.may(Permission.REPORT_CORRECT)


def clean_file_name(name: str) -> str:
    """A name fit for a download: no folders, nothing unprintable, the ending kept, 200 at most."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = " ".join("".join(char for char in last if char.isprintable()).split())
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > ENDING_LENGTH:
        stem, ending = plain, ""
    tail = f".{ending}" if ending else ""
    kept = stem.strip(" .")[: FILE_NAME_LENGTH - len(tail)].strip() or "file"
    return f"{kept}{tail}"


def type_named(name: str) -> FileType | None:
    """The type that the ending of a file's name claims; None for one that is not taken."""
    _stem, dot, ending = name.rpartition(".")
    return TYPES.get(ending.casefold()) if dot else None


def served_as(content_type: str) -> str:
    """What a stored file is served as: its own type while that is on our list, else plain bytes."""
    return content_type if content_type in SERVED else UNKNOWN


# --- sizes and texts ----------------------------------------------------------------------------


def type_text() -> StrOrPromise:
    return _("This sort of file is not taken. Upload one of: %(endings)s.") % {
        "endings": ", ".join(ENDINGS)
    }


def empty_text() -> StrOrPromise:
    return _("The file is empty.")


def size_text(limit: int) -> StrOrPromise:
    return _("The file is larger than %(limit)s MB.") % {"limit": limit // 1_000_000}


def mismatch_text(name: str) -> StrOrPromise:
    return _("The content of %(name)s is not what its name says. Save it anew in that format.") % {
        "name": name
    }


# --- looking into a file ------------------------------------------------------------------------


class TextProbe:
    """Reads a file piece by piece and says whether it is text: decodable, no control characters.

    UTF-8 and the single-byte encodings of spreadsheets pass by having no control bytes; UTF-16
    says so by its mark.
    """

    _control = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")

    def __init__(self) -> None:
        self.is_text = True
        self._wide: codecs.IncrementalDecoder | None = None
        self._is_first = True

    def feed(self, piece: bytes) -> None:
        if self._is_first and piece:
            self._is_first = False
            if piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                self._wide = codecs.getincrementaldecoder("utf-16")()
            elif piece.startswith(tuple(MARKS)):
                self.is_text = False
        if self.is_text:
            self.is_text = self._is_fine(piece)

    def _is_fine(self, piece: bytes) -> bool:
        if self._wide is None:
            return self._control.search(piece) is None
        try:
            return "\x00" not in self._wide.decode(piece)
        except UnicodeDecodeError:
            return False


# A zip file ends with a record that says where its list of contents lies. It is read here and not
# by a library, because a list of half a million names would fill the memory first.
END_MARK, END_LENGTH, MOST_COMMENT = b"PK\x05\x06", 22, 65_535
TAIL = END_LENGTH + MOST_COMMENT
ENTRY_MARK, ENTRY_LENGTH = b"PK\x01\x02", 46
MOST_LISTING = 4_000_000


def listing_place(tail: bytes, size: int) -> tuple[int, int] | None:
    """Where a zip file's list of contents lies: (start, length); None where there is none."""
    at = tail.rfind(END_MARK)
    if at < 0 or len(tail) - at < END_LENGTH:
        return None
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    start = size - (len(tail) - at) - length
    return (start, length) if 0 < length <= MOST_LISTING and start >= 0 else None


def names_listed(listing: bytes) -> set[str]:
    """Names in a zip file's list of contents, as far as it is one."""
    names, at = set(), 0
    while listing[at : at + 4] == ENTRY_MARK and at + ENTRY_LENGTH <= len(listing):
        name, extra, comment = (
            int.from_bytes(listing[at + offset : at + offset + 2], "little")
            for offset in (28, 30, 32)
        )
        start = at + ENTRY_LENGTH
        names.add(listing[start : start + name].decode("utf-8", "replace"))
        at = start + name + extra + comment
    return names


def is_office_file(file_type: FileType, names: set[str]) -> bool:
    """Whether a zip file with these parts is the office file it is named as, without macros."""
    has_macros = any(name.casefold().endswith(MACROS) for name in names)
    return {CONTENTS, file_type.part} <= names and not has_macros
