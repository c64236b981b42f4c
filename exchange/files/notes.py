"""What a sheet's XML says beyond its values, and whether its values fit into memory."""

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from django.utils.translation import gettext as _

from exchange.files.faults import UnreadableFile
from exchange.files.package import Package, broken, feed, local_name, parser
from exchange.files.shapes import MAX_COLUMNS, MAX_ROWS

STRINGS = "xl/sharedStrings.xml"
MAX_CELLS, MAX_ERRORS, MAX_MERGES = 12_000_000, 500_000, 50_000
# Each cell gets its own copy of a shared text: a small file can spell out to any size.
MAX_TEXT, MAX_STRINGS, MAX_PART = 400_000_000, 4_000_000, 20_000_000
LETTERS = re.compile(r"[A-Za-z]{1,3}")
ERROR_LENGTH, COUNT_DIGITS = 20, 7
# The reader sets aside as much memory as a count claims, and dies where there is not so much.
_COUNT = re.compile(rb"ount\s*=\s*[\"'][^\"'<>]{0,20}?[0-9]{8}")
_ROOT = re.compile(rb"<(?:[A-Za-z0-9_.-]+:)?sst\b[^<]*")
_STRING_END = re.compile(rb"</(?:[A-Za-z0-9_.-]+:)?si\s*>")
Place = tuple[int, int]


@dataclass(slots=True)
class Notes:
    """What the XML says about cells; rows and columns count from nought.

    A formula is kept as twice its column, plus one where its value is a text.
    """

    formulas: "dict[int, array[int]]" = field(default_factory=dict)
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    height: int = 0
    width: int = 0
    shared: int = 0


def check_part(package: Package, name: str) -> None:
    """Raises `UnreadableFile` if a part beside the sheets is absurd."""
    if not package.has(name):
        return
    xml = package.read(name)
    if name == STRINGS:
        xml = b"".join(_ROOT.findall(xml))
    elif len(xml) > MAX_PART:
        raise UnreadableFile(broken())
    if _COUNT.search(xml):
        raise UnreadableFile(broken())


def check_strings(package: Package, pieces: Iterator[bytes], notes: Notes) -> None:
    """Raises `UnreadableFile` if the shared texts of a sheet, each spelled out, are too long."""
    if not notes.shared or not package.has(STRINGS):
        return
    sizes = _sizes(package.read(STRINGS))
    if len(sizes) > MAX_STRINGS:
        raise UnreadableFile(too_large())
    if notes.shared * max(sizes, default=0) > MAX_TEXT:
        _Speller(sizes).check(pieces)


def _sizes(xml: bytes) -> "array[int]":
    """The most bytes that each shared text can have: from one end tag to the next."""
    if b"<![CDATA[" in xml or b"<!--" in xml:
        # End tags might stand in these and mean nothing.
        raise UnreadableFile(broken())
    sizes, last = array("i"), 0
    for match in _STRING_END.finditer(xml):
        sizes.append(match.end() - last)
        last = match.end()
    return sizes


class _Speller:
    """Adds up the shared texts that the cells of a sheet name."""

    def __init__(self, sizes: "array[int]") -> None:
        self.sizes = sizes
        self.total = 0
        self.is_shared = False
        self.index: list[str] = []

    def check(self, pieces: Iterator[bytes]) -> None:
        reader = parser()
        reader.buffer_text = True
        reader.StartElementHandler = self._start
        reader.EndElementHandler = self._end
        reader.CharacterDataHandler = self.index.append
        feed(reader, pieces)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.index.clear()
        if local_name(name) == "c":
            self.is_shared = attributes.get("t") == "s"

    def _end(self, name: str) -> None:
        if not self.is_shared or local_name(name) != "v":
            return
        text = "".join(self.index).strip()
        if text.isascii() and text.isdigit() and int(text[:9]) < len(self.sizes):
            self.total += self.sizes[int(text[:9])]
        if self.total > MAX_TEXT:
            raise UnreadableFile(
                _("The texts of this sheet are far too long in all. Split it into several files.")
            )


class _NoteTaker:
    """Follows a sheet's XML and notes places; cells without a reference follow each other."""

    def __init__(self, reader: expat.XMLParserType) -> None:
        self.reader = reader
        self.notes = Notes()
        self.row, self.column = -1, -1
        self.kind = ""
        self.error: list[str] = []
        self.columns: dict[str, int] = {}
        self.words: dict[str, str] = {}
        self.errors = self.merges = 0
        self.handlers: dict[str, Callable[[dict[str, str]], None] | None] = {}
        self.known = {"row": self._row, "c": self._cell, "f": self._formula}
        self.known |= {"v": self._value, "is": self._value}
        self.known |= {"mergeCells": self._merges, "mergeCell": self._merge}
        reader.StartElementHandler = self.start

    def start(self, name: str, attributes: dict[str, str]) -> None:
        try:
            handler = self.handlers[name]
        except KeyError:
            handler = self.handlers[name] = self.known.get(local_name(name))
        if handler is not None:
            handler(attributes)

    def _row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        row = self.row + 1
        if number is not None:
            if not (number.isascii() and number.isdigit()):
                raise UnreadableFile(broken())
            row = int(number[:8]) - 1
        self.row, self.column = row, -1

    def _cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        self.kind = attributes.get("t", "")
        if place is None:
            self.column += 1
            self.row = max(self.row, 0)
        else:
            letters = place.rstrip("0123456789")
            column = self.columns.get(letters)
            if column is None:
                column = self.columns[letters] = _column_of(letters)
            self.column = column
            self.row = int(place[len(letters) :][:8] or 0) - 1
        if self.kind == "e":
            self._listen()

    def _listen(self) -> None:
        """Keeps the text of an error value, the one value that the reader leaves out."""
        self.error = []
        self.reader.CharacterDataHandler = self.error.append
        self.reader.EndElementHandler = self._end

    def _end(self, name: str) -> None:
        local = local_name(name)
        if local == "v":
            text = "".join(self.error)[:ERROR_LENGTH]
            row = self.notes.errors.setdefault(self.row, {})
            row[self.column] = self.words.setdefault(text, text)
            self.errors += 1
            if self.errors > MAX_ERRORS:
                raise UnreadableFile(_("Most of the sheet shows errors. Correct its formulas."))
        if local == "c":
            self.reader.CharacterDataHandler = self.reader.EndElementHandler = None
        self.error.clear()

    def _formula(self, attributes: dict[str, str]) -> None:
        row = self.notes.formulas.setdefault(self.row, array("i"))
        row.append(self.column * 2 + (self.kind == "str"))
        self._value(attributes)

    def _merges(self, attributes: dict[str, str]) -> None:
        if len(attributes.get("count", "")) > COUNT_DIGITS:
            raise UnreadableFile(broken())

    def _merge(self, attributes: dict[str, str]) -> None:  # noqa: ARG002  # one kind of handler
        self.merges += 1
        if self.merges > MAX_MERGES:
            text = _("The sheet has more than %(most)s merged ranges. Unmerge the cells.")
            raise UnreadableFile(text % {"most": MAX_MERGES})

    def _value(self, attributes: dict[str, str]) -> None:  # noqa: ARG002  # one kind of handler
        notes = self.notes
        notes.shared += self.kind == "s"
        if self.row < notes.height and self.column < notes.width:
            return
        notes.height = max(notes.height, self.row + 1)
        notes.width = max(notes.width, self.column + 1)
        is_long = notes.height > 2 * MAX_ROWS or notes.width > MAX_COLUMNS
        if is_long or notes.height * notes.width > MAX_CELLS:
            raise UnreadableFile(too_large())


def _column_of(letters: str) -> int:
    """`AA` as 26, counted from nought."""
    if not LETTERS.fullmatch(letters):
        raise UnreadableFile(broken())
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def too_large() -> str:
    text = _(
        "The sheet is too large: at most %(rows)s rows, %(columns)s columns and "
        "%(cells)s cells between the first and the last. Delete what lies far outside the table."
    )
    return text % {"rows": MAX_ROWS, "columns": MAX_COLUMNS, "cells": MAX_CELLS}


def notes_of(pieces: Iterator[bytes]) -> Notes:
    """Formulas, errors and the size of a sheet; raises `UnreadableFile` before it is held."""
    reader = parser()
    reader.buffer_text = True
    taker = _NoteTaker(reader)
    feed(reader, pieces)
    return taker.notes
