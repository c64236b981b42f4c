"""The zip archive around a spreadsheet: inflated in bounded pieces before anybody trusts it."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from xml.parsers import expat

from django.utils.translation import gettext as _

from exchange.files.faults import UnreadableFile

MAX_INFLATED = 400_000_000
# Sheets of one repeated row shrink to a hundredth; nothing honest shrinks to a thousandth.
MAX_RATIO, RATIO_FROM = 300, 20_000_000
MAX_ENTRIES = 5_000
PIECE = 1 << 20
LOCAL_HEADER, SIGNATURE = 30, b"PK\x03\x04"
ENCRYPTED = 0x1
CONTENT_TYPES = "[content_types].xml"
ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)


class Package:
    """The entries of an archive that has been inflated once and keeps within the limits."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.entries: dict[str, zipfile.ZipInfo] = {}
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                self._enter(archive.infolist())
        except (*ZIP_FAULTS, IndexError, UnicodeError) as error:
            raise UnreadableFile(broken()) from error
        self._refuse_others()
        total = 0
        for entry in self.entries.values():
            total += self._measured(entry, MAX_INFLATED - total)

    def has(self, name: str) -> bool:
        return name.lower() in self.entries

    def name_of(self, name: str) -> str:
        """The name of an entry as the archive spells it."""
        return self.entries[name.lower()].filename

    def pieces(self, name: str) -> Iterator[bytes]:
        """The inflated bytes of one entry, piece by piece."""
        try:
            yield from self._inflated(self.entries[name.lower()])
        except ZIP_FAULTS as error:
            raise UnreadableFile(broken()) from error

    def read(self, name: str) -> bytes:
        return b"".join(self.pieces(name))

    def extract(self, names: Iterable[str], replaced: Mapping[str, bytes]) -> bytes:
        """A small archive of our own, in which the foreign one's tricks have no place."""
        writer = _Writer()
        for name in names:
            if self.has(name) and name not in replaced:
                entry = self.entries[name.lower()]
                writer.add(name, self._raw(entry), entry)
        for name, data in replaced.items():
            writer.add(name, data, None)
        return writer.finished()

    def _enter(self, infos: list[zipfile.ZipInfo]) -> None:
        if len(infos) > MAX_ENTRIES:
            raise UnreadableFile(_("The workbook has too many parts. Save it anew and try again."))
        for info in infos:
            if info.flag_bits & ENCRYPTED:
                raise UnreadableFile(protected())
            name = info.filename.replace("\\", "/").lower()
            if name in self.entries or info.compress_type not in {
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            }:
                raise UnreadableFile(broken())
            self.entries[name] = info

    def _refuse_others(self) -> None:
        """Names what else comes in a zip archive, so that people know what to save as what."""
        if any(name.endswith("vbaproject.bin") for name in self.entries):
            raise UnreadableFile(
                _("This workbook has macros. Save it as an Excel workbook (.xlsx) without them.")
            )
        if "xl/workbook.bin" in self.entries:
            text = _("This is a binary Excel workbook (.xlsb). Save it as .xlsx.")
        elif any(name.startswith("word/") for name in self.entries):
            text = _("This is a Word document. Save the table as .xlsx or CSV.")
        elif any(name.startswith("ppt/") for name in self.entries):
            text = _("This is a PowerPoint file. Save the table as .xlsx or CSV.")
        elif "mimetype" in self.entries:
            text = _("This is an OpenDocument file. Save it as .xlsx or CSV.")
        elif CONTENT_TYPES not in self.entries or "xl/workbook.xml" not in self.entries:
            text = _("This is a zip archive, not a spreadsheet. Unpack it and upload the table.")
        else:
            return
        raise UnreadableFile(text)

    def _measured(self, entry: zipfile.ZipInfo, limit: int) -> int:
        size = 0
        try:
            for piece in self._inflated(entry):
                size += len(piece)
                if size > limit or size > max(RATIO_FROM, entry.compress_size * MAX_RATIO):
                    raise UnreadableFile(
                        _("Unpacked, this file would be far too large. Save the table anew.")
                    )
        except ZIP_FAULTS as error:
            raise UnreadableFile(broken()) from error
        if size != entry.file_size:
            raise UnreadableFile(broken())
        return size

    def _inflated(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """An entry to its true end, whatever size its header claims."""
        raw = self._raw(entry)
        if entry.compress_type == zipfile.ZIP_STORED:
            for offset in range(0, len(raw), PIECE):
                yield bytes(raw[offset : offset + PIECE])
            return
        yield from _deflated(raw)

    def _raw(self, entry: zipfile.ZipInfo) -> memoryview:
        start = entry.header_offset
        header = self.content[start : start + LOCAL_HEADER]
        if len(header) < LOCAL_HEADER or not header.startswith(SIGNATURE):
            raise zipfile.BadZipFile
        start += LOCAL_HEADER + int.from_bytes(header[26:28], "little")
        start += int.from_bytes(header[28:30], "little")
        raw = memoryview(self.content)[start : start + entry.compress_size]
        if len(raw) != entry.compress_size:
            raise zipfile.BadZipFile
        return raw


class _Writer:
    """Puts compressed bytes into a new archive as they are, which `zipfile` cannot."""

    LOCAL, CENTRAL, END = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
    VERSION, IS_UTF8 = 20, 0x800

    def __init__(self) -> None:
        self.body = bytearray()
        self.directory = bytearray()
        self.count = 0

    def add(self, name: str, raw: bytes | memoryview, entry: zipfile.ZipInfo | None) -> None:
        """An entry as it lies in its archive, or plain bytes where there is none."""
        method = entry.compress_type if entry else zipfile.ZIP_STORED
        crc = entry.CRC if entry else zlib.crc32(raw)
        size = entry.file_size if entry else len(raw)
        spelled = name.encode()
        told = (self.IS_UTF8, method, 0, 0, crc, len(raw), size, len(spelled), 0)
        central = (b"PK\x01\x02", self.VERSION, self.VERSION, *told)
        offset = len(self.body)
        self.directory += struct.pack(self.CENTRAL, *central, 0, 0, 0, 0, offset) + spelled
        self.body += struct.pack(self.LOCAL, SIGNATURE, self.VERSION, *told) + spelled
        self.body += raw
        self.count += 1

    def finished(self) -> bytes:
        end = (b"PK\x05\x06", 0, 0, self.count, self.count, len(self.directory))
        closing = struct.pack(self.END, *end, len(self.body), 0)
        return bytes(self.body + self.directory + closing)


def _deflated(raw: memoryview) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for offset in range(0, len(raw), PIECE):
        waiting: bytes | memoryview = raw[offset : offset + PIECE]
        while waiting and not inflater.eof:
            yield inflater.decompress(waiting, PIECE)
            waiting = inflater.unconsumed_tail
    while not inflater.eof:
        piece = inflater.decompress(b"", PIECE)
        if not piece:
            raise zipfile.BadZipFile
        yield piece


def parser() -> expat.XMLParserType:
    """A parser that refuses document types, the home of every known XML attack."""
    made = expat.ParserCreate()
    made.StartDoctypeDeclHandler = _no_doctype
    return made


def _no_doctype(*_told: object) -> None:
    raise UnreadableFile(broken())


def feed(reader: expat.XMLParserType, pieces: Iterator[bytes]) -> None:
    """Parses pieces to their end; raises `UnreadableFile` where they are no XML."""
    try:
        for piece in pieces:
            reader.Parse(piece)
        reader.Parse(b"", True)  # noqa: FBT003  # it takes no keywords
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableFile(broken()) from error


def local_name(name: str) -> str:
    """The name of an element or attribute without its prefix."""
    return name.rpartition(":")[2]


def broken() -> str:
    return _("The workbook is damaged. Open it in your spreadsheet program and save it anew.")


def protected() -> str:
    return _("The workbook is protected by a password. Save it without one and try again.")
