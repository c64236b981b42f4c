"""Files as tests read them back."""

import csv
import io
from typing import Any

from python_calamine import CalamineWorkbook

from tests.houses import House


def ask(house: House, who: str, name: str, query: str = "", **more: str) -> Any:
    """What somebody gets who asks for a list on its page."""
    body = {"list": name, "query": query, "format": "csv", **more}
    return house.client(who).post(house.page("exports/"), body)


def table_of(content: bytes) -> list[list[str]]:
    """A CSV file as a program reads it, without the mark of its encoding."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def rows_of(content: bytes) -> list[dict[str, str]]:
    head, *rows = table_of(content)
    return [dict(zip(head, row, strict=True)) for row in rows]


def sheet_of(content: bytes) -> list[list[Any]]:
    """An XLSX file as a program reads it."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
