"""One sheet of a workbook: its typed values, and which of them formulas and merges made."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from posixpath import normpath
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from exchange.files.columns import text_cell
from exchange.files.faults import UnreadableFile
from exchange.files.package import Package, broken, feed, parser, protected
from exchange.files.shapes import MAX_COLUMNS, MAX_ROWS, Cell

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
# What the values are read with; everything else in the archive stays behind.
NEEDED = ("[Content_Types].xml", "_rels/.rels", WORKBOOK, RELATIONS, "xl/styles.xml")
STRINGS = "xl/sharedStrings.xml"
MAX_CELLS = 12_000_000
HEAD_ROWS, HEAD_BYTES = 60, 8_000_000
ROW_END = re.compile(rb"</(?:[A-Za-z0-9_.-]+:)?row\s*>")
PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
EXACT_INTEGER = 10**15
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet, whether people see it, and the entry it lies in."""

    name: str
    is_hidden: bool
    entry: str


@dataclass(slots=True)
class Notes:
    """What the XML says about cells beyond their values; places count from nought."""

    formulas: dict[Place, bool] = field(default_factory=dict)  # whether its value is a text
    errors: dict[Place, str] = field(default_factory=dict)
    height: int = 0
    width: int = 0


def sheets_of(package: Package) -> list[SheetName]:
    """The sheets with cells in them, those people see first."""
    targets = _targets(package)
    found: list[SheetName] = []
    reader = parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) != "sheet":
            return
        relation = next((v for k, v in attributes.items() if _local(k) == "id"), "")
        entry = targets.get(relation, "")
        if entry and package.has(entry):
            is_hidden = attributes.get("state", "visible") != "visible"
            found.append(SheetName(attributes.get("name", ""), is_hidden, entry))

    reader.StartElementHandler = start
    feed(reader, package.pieces(WORKBOOK))
    if not found or len({sheet.name for sheet in found}) != len(found):
        raise UnreadableFile(broken())
    return sorted(found, key=lambda sheet: sheet.is_hidden)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _targets(package: Package) -> dict[str, str]:
    """The entry of each relation that leads to a worksheet."""
    targets: dict[str, str] = {}
    reader = parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            path = target[1:] if target.startswith("/") else f"xl/{target}"
            targets[attributes.get("Id", "")] = normpath(path)

    reader.StartElementHandler = start
    if not package.has(RELATIONS):
        raise UnreadableFile(broken())
    feed(reader, package.pieces(RELATIONS))
    return targets


class _NoteTaker:
    """Follows a sheet's XML and notes places; cells without a reference follow each other."""

    def __init__(self) -> None:
        self.notes = Notes()
        self.row, self.column = -1, -1
        self.kind = ""
        self.error: list[str] | None = None
        self.locals: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = self.locals.get(name)
        if local is None:
            local = self.locals[name] = _local(name)
        if local == "c":
            self._cell(attributes)
        elif local in {"v", "is"}:
            self._value()
        elif local == "f":
            self.notes.formulas[self.row, self.column] = self.kind == "str"
            self._value()
        elif local == "row":
            self._row(attributes.get("r"))

    def end(self, name: str) -> None:
        if self.error is not None and self.locals.get(name) == "c":
            self.notes.errors[self.row, self.column] = "".join(self.error)[:20]
            self.error = None

    def text(self, text: str) -> None:
        if self.error is not None:
            self.error.append(text)

    def _row(self, number: str | None) -> None:
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
            self.row, self.column = place_of(place)
        self.error = [] if self.kind == "e" else None

    def _value(self) -> None:
        notes = self.notes
        if self.row >= notes.height:
            notes.height = self.row + 1
        if self.column >= notes.width:
            notes.width = self.column + 1
        if notes.height * notes.width > MAX_CELLS or notes.height > MAX_ROWS * 2:
            raise UnreadableFile(too_large())
        if notes.width > MAX_COLUMNS:
            raise UnreadableFile(too_large())


def place_of(text: str) -> Place:
    """`B7` as row 6 and column 1, counted from nought."""
    match = PLACE.fullmatch(text.upper())
    if match is None:
        raise UnreadableFile(broken())
    column = 0
    for letter in match.group(1):
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match.group(2)) - 1, column - 1


def too_large() -> str:
    text = _(
        "The sheet is too large: at most %(rows)s rows, %(columns)s columns and "
        "%(cells)s cells between the first and the last. Delete what lies far outside the table."
    )
    return text % {"rows": MAX_ROWS, "columns": MAX_COLUMNS, "cells": MAX_CELLS}


def notes_of(pieces: Iterator[bytes]) -> Notes:
    """Formulas, errors and the size of a sheet; raises `UnreadableFile` before it is held."""
    taker = _NoteTaker()
    reader = parser()
    reader.buffer_text = True
    reader.StartElementHandler = taker.start
    reader.EndElementHandler = taker.end
    reader.CharacterDataHandler = taker.text
    feed(reader, pieces)
    return taker.notes


@dataclass(slots=True)
class Sheet:
    """The values of one sheet in rows from the first, with what is noted about them."""

    rows: Iterator[list[Any]]
    first_column: int
    width: int
    notes: Notes
    merged: list[tuple[Place, Place]]


def open_sheet(package: Package, sheet: SheetName, *, is_head: bool = False) -> Sheet:
    """A sheet's values; `is_head` reads its first rows alone."""
    xml = _head(package, sheet.entry) if is_head else package.read(sheet.entry)
    notes = notes_of(iter([xml]))
    archive = _rebuilt(package, sheet.entry, xml)
    del xml
    with _reader_faults():
        read = python_calamine.load_workbook(archive).get_sheet_by_name(sheet.name)
        start, merged = read.start, read.merged_cell_ranges or []
        rows = _safely(read.iter_rows())
    first = start[1] if start else 0
    width = max(first + read.width, notes.width)
    return Sheet(rows, first, width, notes, merged)


@contextmanager
def _reader_faults() -> Iterator[None]:
    """Whatever ails the reader of values means that the workbook cannot be read."""
    try:
        yield
    except python_calamine.PasswordError as error:
        raise UnreadableFile(protected()) from error
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise UnreadableFile(broken()) from error
    except BaseException as error:
        # The reader's own panics derive from BaseException alone.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFile(broken()) from error


def _safely(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    with _reader_faults():
        yield from rows


def _head(package: Package, entry: str) -> bytes:
    """The XML of a sheet cut behind its first rows and closed again."""
    head = b""
    for piece in package.pieces(entry):
        head += piece
        ends = [match for _n, match in zip(range(HEAD_ROWS), ROW_END.finditer(head), strict=False)]
        if len(ends) == HEAD_ROWS:
            return head[: ends[-1].end()] + _closing(head)
        if len(head) > HEAD_BYTES:
            return (head[: ends[-1].end()] + _closing(head)) if ends else package.read(entry)
    return head


def _closing(head: bytes) -> bytes:
    """The end tags of a cut sheet, with the prefix the file uses."""
    match = re.search(rb"<((?:[A-Za-z0-9_.-]+:)?)worksheet[\s>]", head)
    prefix = match.group(1) if match else b""
    return b"</" + prefix + b"sheetData></" + prefix + b"worksheet>"


def _rebuilt(package: Package, entry: str, xml: bytes) -> io.BytesIO:
    """An archive of our own with the needed parts: no other reading of the foreign one counts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in (*NEEDED, STRINGS):
            if package.has(name):
                archive.writestr(name, package.read(name))
        archive.writestr(entry, xml)
    target.seek(0)
    return target


def cell_of(value: Any) -> Cell:
    """A typed value of the sheet as a cell; whole numbers lose their point, times are texts."""
    if isinstance(value, str):
        return text_cell(value)
    if isinstance(value, int | float):
        return value if isinstance(value, bool) else _number(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    if isinstance(value, datetime | time):
        return value.isoformat()
    return value if isinstance(value, date) else str(value)


def _number(value: Any) -> Decimal | str:
    number = Decimal(repr(value))
    if not number.is_finite():
        return str(value)
    if abs(number) < EXACT_INTEGER and number == number.to_integral_value():
        return Decimal(int(number))
    return number
