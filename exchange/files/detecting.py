"""Finds out what a file is and how to read it, from its content and not from its name."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from django.utils.translation import gettext as _

from exchange.files.columns import is_blank, text_cell
from exchange.files.days import month_in
from exchange.files.faults import UnreadableFile, shown
from exchange.files.headings import is_known, normalised
from exchange.files.package import Package
from exchange.files.reading import sheet_lines
from exchange.files.shapes import SEPARATORS, Cell, FileKind, Shape, checked
from exchange.files.strangers import refuse_strangers
from exchange.files.workbook import open_sheet, sheets_of

SAMPLE_BYTES, SAMPLE_RECORDS, PIECE = 600_000, 60, 1 << 20
HEAD_RECORDS = 30
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ZIP_MAGIC = b"PK\x03\x04"
_JSON = re.compile(r"\s*(?:\[\s*[\[{\]]|\{\s*[\"}])")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)
_NUMBER_LIKE = re.compile(r"[-+(]?[£€$]?[0-9][0-9.,' /:-]*[%)]?")
_YEAR = re.compile(r"(?:19|20|21)[0-9]{2}")
# So much of the widest row must be filled, and so much of it be words, to be a row of names.
FILLED, WORDS = 0.6, 0.6
TURNED_AT_LEAST = 3
Grid = list[tuple[int, list[Cell]]]


def detect(content: bytes, *, name: str, known: Collection[str] = ()) -> Shape:
    """How to read a file; `known` are column names to look for. Raises `UnreadableFile`."""
    folded = {normalised(alias) for alias in known} - {""}
    if content.startswith(ZIP_MAGIC):
        return _workbook(content, folded)
    refuse_strangers(content, name)
    encoding = _encoding(content)
    text = _sample(content, encoding)
    if not text.strip():
        raise UnreadableFile(_("«%(name)s» is empty.") % {"name": shown(name)})
    if _JSON.match(text):
        return Shape(FileKind.JSON, encoding=encoding)
    return _text(text, encoding, folded, is_cut=len(content) > SAMPLE_BYTES)


def with_overrides(
    shape: Shape,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    is_turned: bool | None = None,
) -> Shape:
    """The shape as somebody corrected it; raises `UnreadableFile` if that cannot be."""
    return checked(
        replace(
            shape,
            encoding=shape.encoding if encoding is None else encoding,
            separator=shape.separator if separator is None else separator,
            sheet=shape.sheet if sheet is None else sheet,
            header_row=shape.header_row if header_row is None else header_row,
            is_turned=shape.is_turned if is_turned is None else is_turned,
        )
    )


def _encoding(content: bytes) -> str:
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return encoding
    for encoding in ("utf-8", "cp1252"):
        if _decodes(content, encoding):
            return encoding
    raise UnreadableFile(
        _("The text has an unknown encoding. Save the file as “CSV UTF-8” and try again.")
    )


def _decodes(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(content)
    try:
        for offset in range(0, len(view), PIECE):
            decoder.decode(view[offset : offset + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _sample(content: bytes, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    try:
        text = decoder.decode(content[:SAMPLE_BYTES], final=len(content) <= SAMPLE_BYTES)
    except UnicodeError as error:
        raise UnreadableFile(
            _("The file is not text in %(encoding)s.") % {"encoding": encoding}
        ) from error
    if "\0" in text:
        raise UnreadableFile(_("The file holds NUL characters: it is not a text file."))
    return text


def _text(text: str, encoding: str, known: Collection[str], *, is_cut: bool) -> Shape:
    separator = _separator(text, is_cut=is_cut)
    grid = _parsed(text, separator, is_cut=is_cut)
    layout = _layout(grid, known)
    return Shape(
        FileKind.CSV,
        encoding=encoding,
        separator=separator,
        header_row=layout.header_row,
        is_turned=layout.is_turned,
    )


def _separator(text: str, *, is_cut: bool) -> str:
    """The sign that cuts the first records into the most even rows."""
    if match := _SEPARATOR_LINE.match(text):
        return match[1]
    scores = [_evenness(_parsed(text, sign, is_cut=is_cut)) for sign in SEPARATORS]
    best = max(scores)
    return SEPARATORS[scores.index(best)]


def _evenness(grid: Grid) -> float:
    """How many rows share one width, and how wide they are: from nought to one."""
    widths = Counter(len(cells) for _number, cells in grid if not is_blank(cells))
    total = widths.total()
    return max((n / total * (1 - 1 / width) for width, n in widths.items()), default=0)


def _parsed(text: str, separator: str, *, is_cut: bool) -> Grid:
    """The first records of a text, without the last one where the sample cuts it."""
    grid: Grid = []
    start, reader = 1, csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for record in islice(reader, SAMPLE_RECORDS):
            grid.append((start, [text_cell(cell) for cell in record]))
            start = reader.line_num + 1
    except csv.Error:
        return grid
    return grid[:-1] if is_cut and 1 < len(grid) < SAMPLE_RECORDS else grid


def _workbook(content: bytes, known: Collection[str]) -> Shape:
    package = Package(content)
    sheets = sheets_of(package)
    visible = [sheet for sheet in sheets if not sheet.is_hidden] or sheets
    chosen, grid = visible[0], Grid()
    for sheet in visible[:10]:
        lines = sheet_lines(open_sheet(package, sheet, is_head=True), is_filled=False)
        grid = [(number, cells) for number, cells, _marks in islice(lines, SAMPLE_RECORDS)]
        if grid:
            chosen = sheet
            break
    layout = _layout(grid, known)
    return Shape(
        FileKind.XLSX,
        sheet=chosen.name,
        sheets=tuple(sheet.name for sheet in sheets),
        header_row=layout.header_row,
        is_turned=layout.is_turned,
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    header_row: int
    is_turned: bool


def _layout(grid: Grid, known: Collection[str]) -> _Layout:
    filled = [(number, cells) for number, cells in grid if not is_blank(cells)]
    if not filled:
        return _Layout(1, is_turned=False)
    head = filled[:HEAD_RECORDS]
    matches = [_known_among(cells, known) for _number, cells in head]
    column = [cells[0] if cells else None for _number, cells in filled]
    down = _known_among(column, known)
    if down >= TURNED_AT_LEAST and down > 2 * max(matches):
        return _Layout(_first_of_turned(filled), is_turned=True)
    if max(matches) > 1:
        return _Layout(head[matches.index(max(matches))][0], is_turned=False)
    return _Layout(_first_of_words(head), is_turned=False)


def _known_among(cells: Sequence[Cell], known: Collection[str]) -> int:
    if not known:
        return 0
    return sum(isinstance(cell, str) and is_known(cell[:500], known) for cell in cells)


def _first_of_turned(rows: Grid) -> int:
    """The first row with a name and something beside it."""
    for number, cells in rows:
        if cells[0] is not None and not is_blank(cells[1:]):
            return number
    return rows[0][0]


def _first_of_words(rows: Grid) -> int:
    """The first row that is about as full as any and holds mostly words."""
    counts = [sum(cell is not None for cell in cells) for _number, cells in rows]
    for (number, cells), count in zip(rows, counts, strict=True):
        words = sum(_is_word(cell) for cell in cells)
        if count >= FILLED * max(counts) and words >= WORDS * count:
            return number
    return rows[0][0]


def _is_word(cell: Cell) -> bool:
    """Whether a cell may name a column: words, months and years do, amounts do not."""
    if cell is None or isinstance(cell, bool):
        return False
    if month_in(cell) is not None or _YEAR.fullmatch(str(cell)):
        return True
    return isinstance(cell, str) and not _NUMBER_LIKE.fullmatch(cell.strip())
