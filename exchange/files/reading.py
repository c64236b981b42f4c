"""Opens a file of a known shape as named columns and rows."""

from collections.abc import Iterator, Mapping
from itertools import chain, repeat
from typing import Any

from django.utils.translation import gettext as _

from exchange.files import records, separated
from exchange.files.columns import (
    check_count,
    check_width,
    is_blank,
    last_filled,
    named,
)
from exchange.files.faults import UnreadableFile
from exchange.files.notes import Notes, Place
from exchange.files.package import Package, broken
from exchange.files.shapes import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    NO_MARKS,
    Cell,
    FileKind,
    Mark,
    Row,
    Shape,
    Table,
    checked,
)
from exchange.files.workbook import Sheet, TooLongError, cells_of, open_sheet, sheets_of

__all__ = ["MAX_CELL", "MAX_COLUMNS", "MAX_ROWS", "open_table"]

NO_ERRORS: Mapping[int, str] = {}
# A row of the file: its number, its cells and what is marked in it.
Line = tuple[int, list[Cell], Mapping[int, str]]


def open_table(content: bytes, shape: Shape) -> Table:
    """The table in a file's bytes.

    Raises `UnreadableFile`, also while the rows are iterated: they are read as they are asked for.
    """
    checked(shape)
    if shape.kind is FileKind.JSON:
        return records.table_of(content, shape)
    lines = _separated(content, shape) if shape.kind is FileKind.CSV else _sheet(content, shape)
    table = (line for line in lines if line[0] >= shape.header_row)
    return _turned(table) if shape.is_turned else _upright(table)


def _separated(content: bytes, shape: Shape) -> Iterator[Line]:
    for number, cells in separated.records_of(content, shape):
        yield number, cells, NO_MARKS


def _upright(lines: Iterator[Line]) -> Table:
    """The first line names the columns, each further one is a record."""
    head = next(lines, None)
    if head is None:
        raise UnreadableFile(_("No row with column names was found. The file may be empty."))
    check_width(len(head[1]))
    if is_blank(head[1]):
        raise UnreadableFile(
            _("Row %(row)s holds no column names. Choose another row.") % {"row": head[0]}
        )
    columns = named(head[1])
    return Table(columns, _rows(lines, len(columns)))


def _rows(lines: Iterator[Line], width: int) -> Iterator[Row]:
    rows = 0
    for number, cells, marks in lines:
        if len(cells) > width:
            _check_surplus(number, cells, width)
        if is_blank(cells) and not marks:
            continue
        rows += 1
        check_count(rows)
        padded = (*cells[:width], *[None] * (width - len(cells)))
        yield Row(number, padded, marks)


def _check_surplus(number: int, cells: list[Cell], width: int) -> None:
    """A value beyond the last named column would be lost, or all of the row lies askew."""
    if filled := last_filled(cells[width:]):
        text = _(
            "Line %(line)s has %(count)s cells, but only %(width)s columns have a name. "
            "Name the others, or put quotation marks around cells that hold the separator."
        )
        values = {"line": number, "count": width + filled, "width": width}
        raise UnreadableFile(text % values)


def _turned(lines: Iterator[Line]) -> Table:
    """The first cell of each line names a column, each further column of the file is a record."""
    fields: list[Line] = []
    for line in lines:
        if is_blank(line[1]):
            continue
        fields.append(line)
        check_width(len(fields))
    if not fields:
        raise UnreadableFile(_("No column with names was found. The file may be empty."))
    records_count = max(last_filled(cells) for _number, cells, _marks in fields)
    check_count(records_count)
    columns = named(cells[0] for _number, cells, _marks in fields)
    return Table(columns, _turned_rows(fields, records_count))


def _turned_rows(fields: list[Line], width: int) -> Iterator[Row]:
    for index in range(1, width):
        cells = tuple(line[1][index] if index < len(line[1]) else None for line in fields)
        marks = {at: line[2][index] for at, line in enumerate(fields) if index in line[2]}
        if marks or not is_blank(cells):
            yield Row(index + 1, cells, marks or NO_MARKS)


def _sheet(content: bytes, shape: Shape) -> Iterator[Line]:
    """The rows of the chosen sheet, checked and opened at once, read on demand."""
    package = Package(content)
    chosen = [sheet for sheet in sheets_of(package) if sheet.name == shape.sheet]
    if not chosen:
        raise UnreadableFile(_("The workbook has no such sheet. Choose one of those listed."))
    return sheet_lines(open_sheet(package, chosen[0]))


def sheet_lines(sheet: Sheet, *, is_filled: bool = True) -> Iterator[Line]:
    """Each row that holds something of its own, merged ranges filled from their first cell.

    A row that would hold nothing but what is merged into it is no record of its own.
    """
    merges = _Merges(sheet.merged, sheet.width)
    blank = [None] * sheet.first_column
    # A formula without a value may stand below the last value.
    nothing: list[Any] = []
    below = repeat(nothing, sheet.notes.height)
    for row, values in enumerate(chain(sheet.rows, below)):
        if row >= sheet.notes.height:
            return
        cells = [*blank, *_cells(values, row + 1)]
        cells += [None] * (sheet.width - len(cells))
        marks = _marks(sheet.notes, row, cells)
        if marks or not is_blank(cells):
            if is_filled:
                merges.fill(row, cells, marks)
            yield row + 1, cells, marks or NO_MARKS


def _cells(values: list[Any], number: int) -> list[Cell]:
    try:
        return cells_of(values)
    except TooLongError as error:
        text = _("Row %(row)s: at most %(most)s characters fit one cell.")
        raise UnreadableFile(text % {"row": number, "most": MAX_CELL}) from error


def _marks(notes: Notes, row: int, cells: list[Cell]) -> dict[int, str]:
    marks: dict[int, str] = {}
    for packed in notes.formulas.get(row, ()):
        column = packed >> 1
        is_open = cells[column] is None and not packed & 1
        marks[column] = Mark.FORMULA_WITHOUT_VALUE if is_open else Mark.FORMULA
    for column, error in notes.errors.get(row, NO_ERRORS).items():
        cells[column], marks[column] = error, Mark.ERROR_VALUE
    return marks


class _Merges:
    """Merged ranges that are open at the row being read."""

    def __init__(self, ranges: list[tuple[Place, Place]], width: int) -> None:
        self.width = width
        self.starts: dict[int, list[tuple[Place, Place]]] = {}
        self.open: list[tuple[Place, Place, Cell]] = []
        for first, last in ranges:
            self.starts.setdefault(first[0], []).append((first, last))

    def fill(self, row: int, cells: list[Cell], marks: dict[int, str]) -> None:
        self.open = [item for item in self.open if item[1][0] >= row]
        for first, last in self.starts.pop(row, ()):
            if first[1] < self.width:
                self.open.append((first, last, cells[first[1]]))
        if len(self.open) > self.width:
            # More than side by side: they overlap, which no spreadsheet program allows.
            raise UnreadableFile(broken())
        for first, last, value in self.open:
            for column in range(first[1], min(last[1] + 1, self.width)):
                if (row, column) != first and value is not None:
                    cells[column], marks[column] = value, Mark.MERGED
