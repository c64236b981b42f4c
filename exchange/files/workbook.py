"""One sheet of a workbook: its typed values, and which of them formulas and merges made."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from posixpath import normpath
from typing import Any

import python_calamine
from django.utils.translation import gettext as _

from exchange.files.columns import text_cell
from exchange.files.faults import UnreadableFile
from exchange.files.notes import STRINGS, Notes, Place, check_part, check_strings, notes_of
from exchange.files.package import Package, broken, feed, local_name, parser, protected
from exchange.files.shapes import MAX_CELL, Cell

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
# What the values are read with; everything else in the archive stays behind.
NEEDED = (
    *("[Content_Types].xml", "_rels/.rels", WORKBOOK, RELATIONS),
    *("xl/styles.xml", STRINGS),
)
MIDNIGHT = time()
HEAD_ROWS, HEAD_BYTES = 60, 8_000_000
ROW_END = re.compile(rb"</(?:[A-Za-z0-9_.-]+:)?row\s*>")
EXACT_INTEGER = 10**15
MAX_SHEETS = 500


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet, whether people see it, and the entry it lies in."""

    name: str
    is_hidden: bool
    entry: str


def sheets_of(package: Package) -> list[SheetName]:
    """The sheets with cells in them, those people see first."""
    targets = _targets(package)
    found: list[SheetName] = []
    reader = parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) != "sheet":
            return
        relation = next((v for k, v in attributes.items() if local_name(k) == "id"), "")
        entry = targets.get(relation, "")
        if entry and package.has(entry):
            is_hidden = attributes.get("state", "visible") != "visible"
            found.append(SheetName(attributes.get("name", ""), is_hidden, entry))

    reader.StartElementHandler = start
    feed(reader, package.pieces(WORKBOOK))
    if len(found) > MAX_SHEETS:
        text = _("The workbook has more than %(most)s sheets. Save the one you need by itself.")
        raise UnreadableFile(text % {"most": MAX_SHEETS})
    if not found or len({sheet.name for sheet in found}) != len(found):
        raise UnreadableFile(broken())
    return sorted(found, key=lambda sheet: sheet.is_hidden)


def _targets(package: Package) -> dict[str, str]:
    """The entry of each relation that leads to a worksheet."""
    targets: dict[str, str] = {}
    reader = parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        if local_name(name) == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            path = target.removeprefix("/")
            path = path if path.startswith("xl/") else f"xl/{path}"
            targets[attributes.get("Id", "")] = normpath(path)

    reader.StartElementHandler = start
    if not package.has(RELATIONS):
        raise UnreadableFile(broken())
    feed(reader, package.pieces(RELATIONS))
    return targets


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

    def pieces() -> Iterator[bytes]:
        return iter(replaced.values()) if is_head else package.pieces(sheet.entry)

    notes = notes_of(pieces())
    for name in NEEDED:
        check_part(package, name)
    check_strings(package, pieces(), notes)
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
