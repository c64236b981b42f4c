"""Rows of a text file with separators, one record at a time."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from exchange.files.columns import text_cell
from exchange.files.faults import UnreadableFile
from exchange.files.shapes import MAX_CELL, Cell, Shape

# What one record may hold in all before it is not a record but an unclosed quotation mark.
MAX_RECORD = 8_000_000
NumberedCells = tuple[int, list[Cell]]


class Lines:
    """The lines of a text, refusing what no text holds and records without end."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self.stream = stream
        self.number = 0
        self.length = 0
        self.record: list[str] = []
        self.has_ended = False

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self.stream.readline(MAX_RECORD + 1)
        if not line:
            self.has_ended = True
            raise StopIteration
        self.number += 1
        self.length += len(line)
        self.record.append(line)
        if self.length > MAX_RECORD:
            raise UnreadableFile(_quotes(self.number - len(self.record) + 1))
        if "\0" in line:
            text = _("Line %(line)s holds the character NUL: this is not plain text.")
            raise UnreadableFile(text % {"line": self.number})
        return line

    def begin_record(self) -> None:
        self.length = 0
        self.record.clear()


def records_of(content: bytes, shape: Shape) -> Iterator[NumberedCells]:
    """Each record with the line where it starts, blank lines included.

    Loose quotation marks within one line are taken as they stand, as spreadsheet programs do.
    Across lines they would swallow rows, so there they must be right.
    """
    encoding = "utf-8-sig" if shape.encoding == "utf-8" else shape.encoding
    lines = Lines(io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline=""))
    start = 1
    try:
        for record in csv.reader(lines, delimiter=shape.separator):
            if len(lines.record) > 1 or lines.has_ended:
                _check_quotes(lines, shape.separator)
            if lines.length > MAX_CELL:
                _check_cells(record, start)
            yield start, [text_cell(text) for text in record]
            start = lines.number + 1
            lines.begin_record()
    except UnicodeError as error:
        text = _("After line %(line)s the file is not text in %(encoding)s. Choose another one.")
        values = {"line": lines.number, "encoding": shape.encoding}
        raise UnreadableFile(text % values) from error
    except csv.Error as error:
        raise UnreadableFile(_quotes(start)) from error


def _check_quotes(lines: Lines, separator: str) -> None:
    """Raises `csv.Error` unless the record ends where its quotation marks say."""
    for _record in csv.reader(lines.record, delimiter=separator, strict=True):
        pass


def _check_cells(record: list[str], start: int) -> None:
    if any(len(text) > MAX_CELL for text in record):
        text = _(
            "Line %(line)s: at most %(most)s characters fit one cell. "
            "Perhaps a quotation mark is not closed there."
        )
        raise UnreadableFile(text % {"line": start, "most": MAX_CELL})


def _quotes(start: int) -> str:
    text = _(
        "Line %(line)s: a quotation mark is not closed, or something stands right behind it. "
        "Close it, or write it twice where it belongs to the text."
    )
    return text % {"line": start}
