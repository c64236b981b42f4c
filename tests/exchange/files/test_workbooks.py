"""Workbooks: typed values, formulas, merged ranges, and archives that lie."""

import io
import struct
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from exchange.files import notes as notes_module
from exchange.files import package
from exchange.files import workbook as workbook_module
from exchange.files.detecting import detect
from exchange.files.faults import UnreadableFile
from exchange.files.shapes import Mark
from tests.exchange.files.samples import (
    SHEET,
    cells,
    opened,
    rows_workbook,
    with_parts,
    with_sheet,
    workbook,
)


def inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        opened(content, name="book.xlsx")
    return str(caught.value.text)


def test_values_keep_their_types_and_their_exact_digits() -> None:
    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, ["n", "whole", "third", "day", "moment", "flag", "text", "hour"])
        sheet.write_row(1, 0, [0.1, 1000, 1 / 3])
        sheet.write_datetime(1, 3, datetime(2026, 1, 31), day)
        sheet.write_datetime(1, 4, datetime(2026, 1, 31, 13, 5), day)
        sheet.write_row(1, 5, [True])
        sheet.write_string(1, 6, " =1+1\n")
        sheet.write_datetime(1, 7, time(5, 30), book.add_format({"num_format": "hh:mm"}))

    row = opened(workbook(fill))[2][0]
    assert row.cells == (
        *(Decimal("0.1"), Decimal(1000), Decimal("0.3333333333333333"), date(2026, 1, 31)),
        *("2026-01-31T13:05:00", True, " =1+1\n", "05:30:00"),
    )
    assert str(row.cells[1]) == "1000"
    assert row.marks == {}
    stored = '<row r="1"><c r="A1" t="str"><v>a</v></c></row><row><c><v>{}</v></c></row>'
    for number in ("0.30000000000000004", "1E-7", "123456789012345680000", "-0.5"):
        assert cells(with_sheet(stored.format(number))) == [(Decimal(number),)]
    assert cells(with_sheet(stored.format("NaN"))) == [("nan",)]


def test_formulas_are_marked_and_never_computed() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["sum", "open", "text", "error", "command", "plain"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, "=1+1", None, "")
        sheet.write_formula(1, 2, '="a"&"b"', None, "ab")
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
        sheet.write_string(1, 4, "=cmd|' /C calc'!A0")
        sheet.write_number(1, 5, 7)
        sheet.write_formula(2, 1, "=A2", None, "")

    rows = opened(workbook(fill))[2]
    assert rows[0].cells == (
        *(Decimal(2), None, "ab", "#DIV/0!", "=cmd|' /C calc'!A0", Decimal(7)),
    )
    assert rows[0].marks == {
        0: Mark.FORMULA,
        1: Mark.FORMULA_WITHOUT_VALUE,
        2: Mark.FORMULA,
        3: Mark.ERROR_VALUE,
    }
    # Nothing but a formula nobody computed is still a row, even below all values.
    assert (rows[1].number, rows[1].marks) == (3, {1: Mark.FORMULA_WITHOUT_VALUE})


def test_an_error_typed_without_a_formula_is_marked() -> None:
    row = f'<row r="1">{inline("A1", "a")}</row><row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>'
    found = opened(with_sheet(row))[2]
    assert [(r.number, r.cells, dict(r.marks)) for r in found] == [
        (2, ("#REF!",), {0: Mark.ERROR_VALUE})
    ]


def test_merged_ranges_are_filled_from_their_first_cell() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 2, "A title over all")
        sheet.write_row(1, 0, ["Program", "Title", "Money"])
        sheet.merge_range(2, 0, 5, 0, "Energy")
        sheet.write_row(2, 1, ["one", 1])
        sheet.write_row(3, 1, ["two", 2])
        sheet.merge_range(6, 0, 6, 1, "Wide")

    shape, table, rows = opened(workbook(fill))
    assert (shape.header_row, table.columns) == (2, ("Program", "Title", "Money"))
    assert [(r.number, r.cells, dict(r.marks)) for r in rows] == [
        (3, ("Energy", "one", Decimal(1)), {}),
        (4, ("Energy", "two", Decimal(2)), {0: Mark.MERGED}),
        (7, ("Wide", "Wide", None), {1: Mark.MERGED}),
    ]


def test_a_table_that_begins_anywhere_keeps_its_row_numbers() -> None:
    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(6, 3, ["a", "b"])
        sheet.write_row(9, 3, [1, 2])

    _shape, table, rows = opened(workbook(fill))
    assert table.columns == ("Column 1", "Column 2", "Column 3", "a", "b")
    assert [(row.number, row.cells) for row in rows] == [
        (10, (None, None, None, Decimal(1), Decimal(2)))
    ]


def test_three_hundred_columns_are_read() -> None:
    content = rows_workbook([f"c{n}" for n in range(300)], list(range(300)))
    assert cells(content) == [tuple(Decimal(n) for n in range(300))]


def test_a_sheet_of_names_alone_has_no_rows_and_an_empty_one_no_names() -> None:
    assert opened(rows_workbook(["a", "b"]))[2] == []
    assert "empty" in refusal(rows_workbook())


def test_prefixed_and_unnumbered_cells_are_read_alike() -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = (
        f'<x:worksheet xmlns:x="{main}"><x:sheetData><x:row><x:c t="str"><x:v>a</x:v></x:c>'
        "</x:row><x:row><x:c><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    rows = opened(with_parts(rows_workbook(["a"]), **{SHEET: xml.encode()}))[2]
    assert [(row.number, row.cells, dict(row.marks)) for row in rows] == [
        (2, (Decimal(2),), {0: Mark.FORMULA})
    ]


@pytest.mark.parametrize(
    "row",
    [
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row>',
        '<row r="1"><c r="BXX1"><v>1</v></c></row><row r="9000"><c r="A9000"><v>1</v></c></row>',
        "<row r=\"9\"><c r='A999999999'><v>1</v></c></row>",
    ],
)
def test_one_cell_far_outside_is_refused_before_memory_is_taken(row: str) -> None:
    assert "too large" in refusal(with_sheet(row))


@pytest.mark.parametrize(
    "row",
    [
        '<row r="1"><c r="1A"><v>1</v></c></row>',
        '<row r="x"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</c></row>',
        '<row r="1"><c r="AAAA1"><v>1</v></c></row>',
    ],
)
def test_broken_cells_are_refused(row: str) -> None:
    assert "damaged" in refusal(with_sheet(row))


def test_entities_of_document_types_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    assert "damaged" in refusal(with_parts(rows_workbook(["a"]), **{SHEET: bomb}))


def test_styled_cells_without_values_do_not_widen_a_table() -> None:
    row = f'<row r="1">{inline("A1", "a")}<c r="XFD1" s="0"/></row><row r="1048576" s="1"/>'
    _shape, table, rows = opened(with_sheet(row))
    assert (table.columns, rows) == (("a",), [])


STRINGS = "xl/sharedStrings.xml"


@pytest.mark.parametrize(
    "part",
    [
        {STRINGS: b'<sst count="1" uniqueCount="99999999999"><si><t>a</t></si></sst>'},
        {STRINGS: b"<x:sst  uniqueCount = '99999999999'></x:sst>"},
        {"xl/styles.xml": b'<styleSheet><cellXfs count="99999999999"></cellXfs></styleSheet>'},
        {"xl/workbook.xml": b'<?xml version="1.0" encoding="nonsense"?><workbook/>'},
        {STRINGS: b"<sst><si><t>a<!--</si>--></t></si></sst>"},
    ],
)
def test_claims_that_would_take_all_memory_are_refused(part: dict[str, bytes | None]) -> None:
    assert "damaged" in refusal(with_parts(rows_workbook(["a"]), **part))


def test_a_claim_about_merged_ranges_and_the_size_of_a_sheet_takes_no_memory() -> None:
    row = f'<row r="1">{inline("A1", "a")}</row>'
    content = with_sheet(row, tail='<mergeCells count="99999999999"></mergeCells>')
    assert "damaged" in refusal(content)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = (
        f'<worksheet xmlns="{main}"><dimension ref="A1:XFD1048576"/>'
        f"<sheetData>{row}</sheetData></worksheet>"
    )
    assert opened(with_parts(rows_workbook(["a"]), **{SHEET: xml.encode()}))[1].columns == ("a",)


def test_one_long_text_shared_by_many_cells_is_not_spelled_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = rows_workbook(["a"], *[["x" * 30_000]] * 50)
    assert len(opened(content)[2]) == 50
    monkeypatch.setattr(notes_module, "MAX_TEXT", 1_000_000)
    assert "far too long" in refusal(content)
    # A long text beside many short ones is nothing to refuse.
    assert len(opened(rows_workbook(["a"], ["x" * 30_000], *[["y"]] * 50))[2]) == 51


def test_merged_ranges_that_overlap_or_abound_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    row = f'<row r="1">{inline("A1", "a")}</row><row r="2">{inline("A2", "b")}</row>'
    merge = '<mergeCell ref="A1:A2"/>'
    content = with_sheet(row, tail=f"<mergeCells>{merge * 3}</mergeCells>")
    assert "damaged" in refusal(content)
    monkeypatch.setattr(notes_module, "MAX_MERGES", 2)
    assert "merged ranges" in refusal(content)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"xl/vbaProject.bin": b"x"}, "macros"),
        ({"xl/workbook.xml": None, "xl/workbook.bin": b"x"}, "xlsb"),
        ({"xl/workbook.xml": None, "word/document.xml": b"x"}, "Word"),
        ({"xl/workbook.xml": None, "ppt/presentation.xml": b"x"}, "PowerPoint"),
        ({"xl/workbook.xml": None, "mimetype": b"x"}, "OpenDocument"),
        ({"xl/workbook.xml": None}, "zip archive"),
        ({"xl/workbook.xml": b"<workbook"}, "damaged"),
        ({"xl/workbook.xml": b"<workbook/>"}, "damaged"),
        ({SHEET: None}, "damaged"),
        ({"xl/_rels/workbook.xml.rels": None}, "damaged"),
        ({"XL/Worksheets/Sheet1.xml": b"<worksheet/>"}, "damaged"),
    ],
)
def test_what_is_no_plain_workbook_is_called_by_its_name(
    parts: dict[str, bytes | None], said: str
) -> None:
    assert said in refusal(with_parts(rows_workbook(["a"], ["b"]), **parts))


def test_a_zip_bomb_is_refused_by_what_it_inflates_to() -> None:
    zeros = b"0" * 40_000_000
    assert "far too large" in refusal(with_parts(rows_workbook(["a"]), **{"xl/media/x": zeros}))


def test_many_entries_are_measured_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_INFLATED", 100_000)
    parts = {f"xl/media/{n}": bytes(range(256)) * 200 for n in range(3)}
    assert "far too large" in refusal(with_parts(rows_workbook(["a"]), **parts))


def test_absurdly_many_entries_are_refused() -> None:
    parts: dict[str, bytes | None] = {f"x/{n}": b"" for n in range(package.MAX_ENTRIES + 1)}
    assert "too many parts" in refusal(with_parts(rows_workbook(["a"]), **parts))


def lying(content: bytes, size: int) -> bytes:
    """The directory claims another size for the sheet than it inflates to."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        honest = archive.getinfo(SHEET).file_size
    entry = content.rindex(SHEET.encode()) - 46
    assert struct.unpack_from("<I", content, entry + 24)[0] == honest
    return content[: entry + 24] + struct.pack("<I", size) + content[entry + 28 :]


def test_sizes_that_lie_are_found_out() -> None:
    content = rows_workbook(["a"], ["b"])
    assert "damaged" in refusal(lying(content, 10))
    assert "damaged" in refusal(lying(content, 10**9))


def test_encrypted_entries_are_refused() -> None:
    content = bytearray(rows_workbook(["a"], ["b"]))
    entry = bytes(content).rindex(SHEET.encode()) - 46
    content[entry + 8] |= 1
    assert "password" in refusal(bytes(content))


def test_bytes_after_the_true_end_are_not_followed() -> None:
    """A truncated stream and one with a tail are both damaged, not half read."""
    content = rows_workbook(["a"], ["b"])
    for cut in (30, len(content) // 2, len(content) - 30):
        assert "damaged" in refusal(content[:cut])


def test_detecting_reads_the_head_of_a_long_sheet_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    content = rows_workbook(["Id", "Title"], *[[f"M-{n}", "x"] for n in range(5_000)])
    heights: list[int] = []

    def noted(pieces: Iterator[bytes]) -> workbook_module.Notes:
        notes = notes_of(pieces)
        heights.append(notes.height)
        return notes

    notes_of = workbook_module.notes_of
    monkeypatch.setattr(workbook_module, "notes_of", noted)
    assert detect(content, name="a.xlsx").header_row == 1
    assert heights == [workbook_module.HEAD_ROWS]
    assert len(opened(content)[2]) == 5_000
