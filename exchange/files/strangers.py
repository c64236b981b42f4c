"""Files that are no tables, recognised by how they begin, and what to do with them."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from exchange.files.faults import UnreadableFile, shown

ZIP_LIKE = (b"PK\x05\x06", b"PK\x07\x08")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A workbook behind a password is an OLE container whose stream has this name.
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
SIGNATURES: tuple[tuple[bytes, StrOrPromise], ...] = (
    (b"%PDF", gettext_lazy("a PDF document")),
    (b"\x89PNG", gettext_lazy("an image")),
    (b"\xff\xd8\xff", gettext_lazy("an image")),
    (b"GIF8", gettext_lazy("an image")),
    (b"II*\x00", gettext_lazy("an image")),
    (b"MM\x00*", gettext_lazy("an image")),
    (b"\x1f\x8b", gettext_lazy("a compressed file (gzip)")),
    (b"BZh", gettext_lazy("a compressed file (bzip2)")),
    (b"\xfd7zXZ", gettext_lazy("a compressed file (xz)")),
    (b"(\xb5/\xfd", gettext_lazy("a compressed file (Zstandard)")),
    (b"7z\xbc\xaf", gettext_lazy("a compressed file (7-Zip)")),
    (b"Rar!", gettext_lazy("a compressed file (RAR)")),
    (b"MZ\x90", gettext_lazy("a program")),
    (b"\x7fELF", gettext_lazy("a program")),
    (b"{\\rtf", gettext_lazy("a formatted text (RTF)")),
    (b"SQLite format 3", gettext_lazy("a database")),
    (b"PAR1", gettext_lazy("a Parquet file")),
)
MARKUP = (b"<!doctype html", b"<html", b"<?xml")
SAMPLE = 4_096
BOMS_16 = (b"\xff\xfe", b"\xfe\xff")


def refuse_strangers(content: bytes, name: str) -> None:
    """Raises `UnreadableFile` naming what a file looks like if it is certainly no table."""
    if content.startswith(ZIP_LIKE):
        raise UnreadableFile(_("The workbook is empty or damaged. Save it anew and try again."))
    if content.startswith(OLE):
        raise UnreadableFile(_old_workbook(content))
    for signature, what in SIGNATURES:
        if content.startswith(signature):
            _refuse(name, what)
    if content[:SAMPLE].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(MARKUP):
        _refuse(name, _("a web page or XML"))
    if b"\0" in content[:SAMPLE] and not content.startswith(BOMS_16):
        _refuse(name, _("a file that is not text (it holds NUL bytes)"))


def _old_workbook(content: bytes) -> str:
    if ENCRYPTED_STREAM in content:
        return _("The workbook is protected by a password. Save it without one and try again.")
    return _(
        "This is a workbook or document in the old Office format (.xls, .doc). "
        "Save it as an Excel workbook (.xlsx) or as CSV."
    )


def _refuse(name: str, what: StrOrPromise) -> None:
    text = _("«%(name)s» looks like %(what)s. Upload a table as CSV, XLSX or JSON.")
    raise UnreadableFile(text % {"name": shown(name), "what": what})
