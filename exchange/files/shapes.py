"""What a file looks like and what comes out of it: shapes, rows and tables."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from exchange.files.faults import UnreadableFile

# A date is a whole day; a moment within a day comes as ISO text. Blank text is None.
Cell = str | Decimal | date | bool | None
NO_MARKS: Mapping[int, str] = MappingProxyType({})
ENCODINGS = ("utf-8", "utf-16", "cp1252")
SEPARATORS = (",", ";", "\t", "|")
MAX_COLUMNS, MAX_ROWS, MAX_CELL = 2_000, 200_000, 32_767


class FileKind(StrEnum):
    """What kinds of files can be read."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class Mark(StrEnum):
    """What a person should know about where a cell's value came from."""

    FORMULA = "formula"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    MERGED = "merged"
    ERROR_VALUE = "error_value"


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be read. A turned table has its column names in the first column."""

    kind: FileKind
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header_row: int = 1
    is_turned: bool = False

    def to_data(self) -> dict[str, Any]:
        return {**asdict(self), "kind": str(self.kind), "sheets": list(self.sheets)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Shape":
        """The shape that `to_data` wrote; raises `UnreadableFile` for anything else."""
        try:
            shape = cls(
                kind=FileKind(data["kind"]),
                encoding=str(data["encoding"]),
                separator=str(data["separator"]),
                sheet=str(data["sheet"]),
                sheets=tuple(str(name) for name in data["sheets"]),
                header_row=int(data["header_row"]),
                is_turned=bool(data["is_turned"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise UnreadableFile(_("These settings do not describe a file.")) from error
        return checked(shape)


def checked(shape: Shape) -> Shape:
    """The shape itself; raises `UnreadableFile` if a file cannot be read that way."""
    if not 1 <= shape.header_row <= MAX_ROWS:
        raise UnreadableFile(
            _("The row of the column names must be between 1 and %(most)s.") % {"most": MAX_ROWS}
        )
    if shape.kind is FileKind.CSV and shape.separator not in SEPARATORS:
        raise UnreadableFile(
            _("Columns can be separated by a comma, a semicolon, a tab or an upright line.")
        )
    if shape.kind is not FileKind.XLSX and shape.encoding not in ENCODINGS:
        raise UnreadableFile(
            _("The encoding must be one of %(known)s.") % {"known": ", ".join(ENCODINGS)}
        )
    if shape.kind is FileKind.XLSX and shape.sheet not in shape.sheets:
        raise UnreadableFile(_("The workbook has no such sheet. Choose one of those listed."))
    if shape.kind is FileKind.JSON and shape.is_turned:
        raise UnreadableFile(_("A JSON file cannot be turned: its records name their own fields."))
    return shape


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `marks` is told by the index of the column."""

    number: int
    cells: tuple[Cell, ...]
    marks: Mapping[int, str] = field(default_factory=lambda: NO_MARKS)


@dataclass
class Table:
    """Named columns and the records below them. Reading on may raise `UnreadableFile`."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
