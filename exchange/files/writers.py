"""Tables as CSV and XLSX, row by row: texts stay texts, and no figure is rounded."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any, Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from governance.ui.format import plain_number

Cell = str | int | Decimal | date | None
BOM: Final = "\ufeff"
PIECE = 64 * 1024
# What a spreadsheet program takes for a formula, with the full-width signs some of them fold.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# What XML cannot carry, and what CSV readers stumble over.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# A spreadsheet keeps fifteen digits; a longer figure is written as text, whole.
SURE_DIGITS = 15
# A sheet has 1 048 576 rows, and a cell 32 767 characters.
SHEET_ROWS = 1_048_576
CELL_LENGTH = 32_767
GROUP = 3
CUT = " […]"
FIRST_YEAR = 1900
NAME_LENGTH = 28
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")


def guarded(text: str) -> str:
    """A text that no spreadsheet program runs: an apostrophe before what begins like a formula.

    A text that already carries such an apostrophe gets a second one, so that `unguarded` gives
    every text back.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text as it was before `guarded`."""
    return text[1:] if _GUARDED.match(text) else text


def printable(text: str) -> str:
    """A text without what no file could carry."""
    return _UNPRINTABLE.sub("\ufffd", text)


def spelled(cell: Cell) -> str:
    """A cell in a CSV file: numbers with a point and no groups, dates by ISO 8601, times in UTC."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guarded(printable(cell))
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(cell, date):
        return cell.isoformat()
    return _plain(plain_number(cell))


def _plain(number: str) -> str:
    """A dot before three digits may stand for thousands to a reader; a zero more cannot."""
    whole, _dot, decimals = number.partition(".")
    is_open = len(decimals) == GROUP and whole.lstrip("-") != "0"
    return f"{number}0" if is_open else number


def csv_pieces(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A CSV file in pieces: UTF-8 with a mark of its encoding, commas, RFC 4180 quotes."""
    buffer = io.StringIO()
    buffer.write(BOM)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([spelled(heading) for heading in headings])
    for row in rows:
        writer.writerow([spelled(cell) for cell in row])
        if buffer.tell() >= PIECE:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_csv(target: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a CSV file."""
    for piece in csv_pieces(headings, rows):
        target.write(piece)


class _Sheet(Worksheet):  # type: ignore[misc]  # the library ships no types
    """A sheet whose texts are texts: one that looks like the library's own mark-up as well."""

    def _xml_rich_inline_string(self, string: str, attributes: Any) -> None:
        self._xml_inline_string(string, preserve=True, attributes=attributes)


class _Book:
    """A workbook of one table, which goes on over further sheets where one is full."""

    def __init__(self, target: IO[bytes], title: str, headings: Sequence[str]) -> None:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = Workbook(target, options)
        self.title = NOT_IN_NAMES.sub(" ", title)[:NAME_LENGTH].strip() or "1"
        self.headings = headings
        self.bold = self.book.add_format({"bold": True})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.sheets = 0
        self._next_sheet()

    def _next_sheet(self) -> None:
        self.sheets += 1
        name = self.title if self.sheets == 1 else f"{self.title} {self.sheets}"
        self.sheet = self.book.add_worksheet(name, worksheet_class=_Sheet)
        self.sheet.freeze_panes(1, 0)
        self.row = 0
        for column, heading in enumerate(self.headings):
            self.sheet.write_string(0, column, _fitting(heading), self.bold)

    def add(self, cells: Sequence[Cell]) -> None:
        if self.row + 1 >= SHEET_ROWS:
            self._next_sheet()
        self.row += 1
        for column, cell in enumerate(cells):
            self._write(column, cell)

    def _write(self, column: int, cell: Cell) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, str):
            self.sheet.write_string(self.row, column, _fitting(cell))
        elif isinstance(cell, date):
            self._write_date(column, cell)
        elif _is_sure(cell):
            self.sheet.write_number(self.row, column, cell)
        else:
            self.sheet.write_string(self.row, column, plain_number(cell))

    def _write_date(self, column: int, cell: date) -> None:
        if cell.year < FIRST_YEAR:  # before the calendar of spreadsheets
            self.sheet.write_string(self.row, column, spelled(cell))
        elif isinstance(cell, datetime):
            utc = cell.astimezone(UTC).replace(tzinfo=None, microsecond=0)
            self.sheet.write_datetime(self.row, column, utc, self.moment)
        else:
            self.sheet.write_datetime(self.row, column, cell, self.day)


def write_xlsx(
    target: IO[bytes], title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> None:
    """Write a workbook in constant memory."""
    book = _Book(target, title, headings)
    for row in rows:
        book.add(row)
    book.book.close()


def _fitting(text: str) -> str:
    """A text as a cell can hold it; one that was cut says so."""
    plain = printable(text)
    if len(plain.encode("utf-16-le")) // 2 <= CELL_LENGTH:
        return plain
    room = (CELL_LENGTH - len(CUT)) * 2
    return plain.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT


def _is_sure(number: Decimal | int) -> bool:
    """Whether a spreadsheet gives back the very figure it was given."""
    digits = plain_number(number).removeprefix("-").replace(".", "").strip("0")
    return len(digits) <= SURE_DIGITS
