"""Files built for one test, and where the real ones lie."""

import io
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.conf import settings

from exchange.files.detecting import detect
from exchange.files.reading import open_table
from exchange.files.shapes import Row, Shape, Table

DATA = settings.BASE_DIR.parent / "shared/data"


def needs(folder: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not (DATA / folder).exists(), reason=f"../shared/data/{folder} is not on this machine"
    )


def real(path: str) -> bytes:
    return Path(DATA / path).read_bytes()


def opened(
    content: bytes, *, name: str = "file.csv", known: Collection[str] = ()
) -> tuple[Shape, Table, list[Row]]:
    """A file as somebody uploads it: recognised, opened and read to its end."""
    shape = detect(content, name=name, known=known)
    table = open_table(content, shape)
    return shape, table, list(table.rows)


def cells(content: bytes) -> list[tuple[Any, ...]]:
    return [row.cells for row in opened(content)[2]]


def workbook(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    """A workbook whose first sheet `fill(book, sheet)` writes."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, **options}) as book:
        fill(book, book.add_worksheet("Measures"))
    return target.getvalue()


def rows_workbook(*rows: list[Any]) -> bytes:
    def fill(_book: Any, sheet: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return workbook(fill)


def with_parts(content: bytes, **changes: bytes | None) -> bytes:
    """A workbook with some of its parts replaced, added or (None) left out."""
    target = io.BytesIO()
    parts: dict[str, bytes | None] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts.update({name: old.read(name) for name in old.namelist()})
    parts.update(changes)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            if data is not None:
                new.writestr(name, data)
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def with_sheet(data: str, *, tail: str = "") -> bytes:
    """A workbook whose sheet holds exactly this XML between its `sheetData` tags."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = f'<worksheet xmlns="{main}"><sheetData>{data}</sheetData>{tail}</worksheet>'
    return with_parts(rows_workbook(["a"]), **{SHEET: xml.encode()})
