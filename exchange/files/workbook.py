"""One sheet of a workbook: its typed values, and which of them formulas and merges made."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from posixpath import normpath
from typing import Any
from xml.parsers import expat

import python_calamine
from django.utils.translation import gettext as _

from exchange.files.columns import text_cell
from exchange.files.faults import UnreadableFile
from exchange.files.package import Package, broken, feed, parser, protected
from exchange.files.shapes import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Cell

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
# What the values are read with; everything else in the archive stays behind.
NEEDED = (
    *("[Content_Types].xml", "_rels/.rels", WORKBOOK, RELATIONS),
    *("xl/styles.xml", "xl/sharedStrings.xml"),
)
MIDNIGHT = time()
MAX_CELLS = 12_000_000
HEAD_ROWS, HEAD_BYTES = 60, 8_000_000
ROW_END = re.compile(rb"</(?:[A-Za-z0-9_.-]+:)?row\s*>")
LETTERS = re.compile(r"[A-Za-z]{1,3}")
ERROR_LENGTH = 20
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

    def __init__(self, reader: expat.XMLParserType) -> None:
        self.reader = reader
        self.notes = Notes()
        self.row, self.column = -1, -1
        self.kind = ""
        self.error: list[str] = []
        self.columns: dict[str, int] = {}
        self.handlers: dict[str, Callable[[dict[str, str]], None] | None] = {}
        self.known = {"row": self._row, "c": self._cell, "f": self._formula}
        self.known |= {"v": self._value, "is": self._value}
        reader.StartElementHandler = self.start

    def start(self, name: str, attributes: dict[str, str]) -> None:
        try:
            handler = self.handlers[name]
        except KeyError:
            handler = self.handlers[name] = self.known.get(_local(name))
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
        local = _local(name)
        if local == "v":
            self.notes.errors[self.row, self.column] = "".join(self.error)[:ERROR_LENGTH]
        if local == "c":
            self.reader.CharacterDataHandler = self.reader.EndElementHandler = None
        self.error.clear()

    def _formula(self, attributes: dict[str, str]) -> None:
        self.notes.formulas[self.row, self.column] = self.kind == "str"
        self._value(attributes)

    def _value(self, attributes: dict[str, str]) -> None:  # noqa: ARG002  # one kind of handler
        notes = self.notes
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
    replaced = {sheet.entry: _head(package, sheet.entry)} if is_head else {}
    pieces = iter(replaced.values()) if is_head else package.pieces(sheet.entry)
    notes = notes_of(pieces)
    archive = io.BytesIO(package.extract((*NEEDED, sheet.entry), replaced))
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


class TooLongError(ValueError):
    """A text is longer than a cell of a spreadsheet may be."""


def cells_of(values: list[Any]) -> list[Cell]:
    """Typed values of a sheet as cells; whole numbers lose their point, times are texts."""
    return [CONVERTERS.get(type(value), str)(value) for value in values]


def _text(value: str) -> str | None:
    if len(value) > MAX_CELL:
        raise TooLongError
    return text_cell(value)


def _same(value: bool | date) -> bool | date:  # noqa: FBT001  # a cell
    return value


def _moment(value: datetime) -> date | str:
    return value.date() if value.time() == MIDNIGHT else value.isoformat()


def _number(value: Any) -> Decimal | str:
    """The shortest exact decimal that the stored number stands for."""
    if not isfinite(value):
        return str(value)
    if abs(value) < EXACT_INTEGER and value == int(value):
        return Decimal(int(value))
    return Decimal(repr(value))


CONVERTERS: dict[type, Callable[[Any], Cell]] = {
    str: _text,
    bool: _same,
    int: _number,
    float: _number,
    date: _same,
    datetime: _moment,
    time: time.isoformat,
}
