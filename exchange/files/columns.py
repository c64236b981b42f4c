"""Names for the columns of any file, and cells from the texts of any file; pure."""

import re
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from exchange.files.faults import UnreadableFile
from exchange.files.shapes import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Cell
from governance.text import one_line

_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
NAME_LENGTH = 500


def seen(text: str) -> str:
    """A text without the characters that nobody can see and no database can keep."""
    return _UNSEEN.sub("", text)


def named(headings: Iterable[Cell]) -> tuple[str, ...]:
    """One name for each heading: in one line, never empty, never twice."""
    names: list[str] = []
    taken: set[str] = set()
    repeats: dict[str, int] = {}
    for number, heading in enumerate(headings, start=1):
        text = seen("" if heading is None else str(heading))
        base = one_line(text)[:NAME_LENGTH] or _("Column %(number)s") % {"number": number}
        name = base
        while name in taken:
            repeats[base] = repeats.get(base, 1) + 1
            name = f"{base} ({repeats[base]})"
        taken.add(name)
        names.append(name)
    return tuple(names)


def text_cell(text: str) -> str | None:
    """A text as a cell: blanks alone are no value."""
    return text if text and not text.isspace() else None


def is_blank(cells: Iterable[Cell]) -> bool:
    return all(cell is None for cell in cells)


def last_filled(cells: Sequence[Cell]) -> int:
    """How many cells there are up to the last one that holds anything."""
    for index in range(len(cells) - 1, -1, -1):
        if cells[index] is not None:
            return index + 1
    return 0


def check_width(columns: int) -> None:
    """Raises `UnreadableFile` if a table has too many columns."""
    if columns > MAX_COLUMNS:
        text = _("The table has more than %(most)s columns. Remove those nobody needs.")
        raise UnreadableFile(text % {"most": MAX_COLUMNS})


def check_count(rows: int) -> None:
    """Raises `UnreadableFile` if a table has too many rows."""
    if rows > MAX_ROWS:
        text = _("The table has more than %(most)s rows. Split it into several files.")
        raise UnreadableFile(text % {"most": MAX_ROWS})


def check_length(cells: Iterable[object], number: int) -> None:
    """Raises `UnreadableFile` if a text is longer than a cell of a spreadsheet may be."""
    for column, cell in enumerate(cells, start=1):
        if isinstance(cell, str) and len(cell) > MAX_CELL:
            text = _("Row %(row)s, column %(column)s: at most %(most)s characters fit one cell.")
            raise UnreadableFile(text % {"row": number, "column": column, "most": MAX_CELL})
