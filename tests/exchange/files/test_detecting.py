"""What a file is: recognised from its content, whatever its name says."""

import gzip
from typing import Any

import pytest

from exchange.files.detecting import detect, with_overrides
from exchange.files.faults import UnreadableFile
from exchange.files.reading import open_table
from exchange.files.shapes import FileKind, Shape
from tests.exchange.files.samples import opened, rows_workbook, workbook

LINES = ["Title;Owner;Amount", "Heat pump;anna@x.example;1,5", "Lights;ben@x.example;2,5", ""]


def text(*lines: str, encoding: str = "utf-8", end: str = "\n") -> bytes:
    return end.join(lines).encode(encoding)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_and_line_ends_are_found(separator: str, end: str) -> None:
    rows = [["Title", "Owner", "Note"], ["Heat; pump", "a,b", "tab\there"], ["L|ights", "b", "c"]]
    lines = [separator.join(f'"{cell}"' for cell in row) for row in rows]
    shape, table, found = opened(text(*lines, end=end))
    assert (shape.kind, shape.separator) == (FileKind.CSV, separator)
    assert table.columns == ("Title", "Owner", "Note")
    assert [list(row.cells) for row in found] == rows[1:]
    assert [row.number for row in found] == [2, 3]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_the_encoding_is_found(encoding: str, found: str) -> None:
    shape, table, rows = opened(text("Maßnahme;Wärme", "Übung;ß", encoding=encoding))
    assert shape.encoding == found
    assert table.columns == ("Maßnahme", "Wärme")
    assert rows[0].cells == ("Übung", "ß")


def test_decimal_commas_do_not_make_a_comma_the_separator() -> None:
    assert detect(text(*LINES), name="a.csv").separator == ";"


def test_a_line_for_spreadsheet_programs_names_the_separator() -> None:
    shape, table, rows = opened(text("sep=|", "a|b,c,d", "1|2,3,4"))
    assert (shape.separator, shape.header_row) == ("|", 2)
    assert table.columns == ("a", "b,c,d")
    assert len(rows) == 1


def test_titles_and_blank_lines_above_the_names_are_skipped() -> None:
    shape, table, rows = opened(text("Report of May;;", "", ";;", *LINES))
    assert shape.header_row == 4
    assert table.columns == ("Title", "Owner", "Amount")
    assert [row.number for row in rows] == [5, 6]


def test_months_and_years_name_columns_too() -> None:
    shape, _table, rows = opened(text("Id;2024;2025;Jan 2026", "M-1;1;2;3", "M-2;4;5;6"))
    assert shape.header_row == 1
    assert len(rows) == 2


def test_known_names_find_their_row_and_turn_the_table() -> None:
    known = ("Project Name", "Department", "Start", "Costs")
    upright = text("Some;words;above;here", "Project name;Department;Start;Costs", "A;B;C;D")
    assert detect(upright, name="a.csv", known=known).header_row == 2
    turned = text("Project Name;A;B", "Department;MOD;MOJ", "Start (date);1;2", "Other;5;", ";;")
    shape, table, rows = opened(turned, known=known)
    assert shape.is_turned
    assert table.columns == ("Project Name", "Department", "Start (date)", "Other")
    assert [(row.number, row.cells) for row in rows] == [
        (2, ("A", "MOD", "1", "5")),
        (3, ("B", "MOJ", "2", None)),
    ]
    assert not detect(turned, name="a.csv").is_turned


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a", "a.pdf"])
def test_the_name_of_a_file_decides_nothing(name: str) -> None:
    assert detect(text(*LINES), name=name).kind is FileKind.CSV
    assert detect(rows_workbook(["a", "b"], ["c", "d"]), name=name).kind is FileKind.XLSX
    assert detect(b' [ {"a": 1}]', name=name).kind is FileKind.JSON
    assert detect(b'\xef\xbb\xbf{"a": [{"b": 1}]}', name=name).kind is FileKind.JSON


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0", "image"),
        (gzip.compress(b"a,b", mtime=0), "gzip"),
        (b"MZ\x90\0\3", "program"),
        (b"\x7fELF\2", "program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office format"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        (b"a,b\0\0\0", "NUL"),
        (b"\0" * 5_000, "NUL"),
        (b"<!DOCTYPE html><table>", "web page"),
        (b"PK\x05\x06" + b"\0" * 18, "damaged"),
        (b"PK\x03\x04rubbish", "damaged"),
        (b"\xff\xfea", "utf-16"),
        (b"a;\x81\x8d;b", "encoding"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        detect(content, name="upload.csv")
    assert caught.value.code == "invalid"
    assert said in str(caught.value.errors["file"][0])


def test_the_first_sheet_people_see_is_chosen_and_hidden_ones_come_last() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.hide()
        sheet.write_row(0, 0, ["hidden", "sheet"])
        book.add_worksheet("Empty")
        third = book.add_worksheet("Data")
        third.write_row(2, 1, ["a", "b"])
        third.write_row(3, 1, ["c", "d"])
        third.activate()

    shape = detect(workbook(fill), name="a.xlsx")
    assert shape.sheets == ("Empty", "Data", "Measures")
    assert (shape.sheet, shape.header_row) == ("Data", 3)


def test_what_was_found_can_be_set_right() -> None:
    content = text("a;b", "c;d", "e;f")
    shape = with_overrides(detect(content, name="a.csv"), header_row=2, separator=",")
    table = open_table(content, shape)
    assert table.columns == ("c;d",)
    assert [row.cells for row in table.rows] == [("e;f",)]
    turned = with_overrides(detect(content, name="a.csv"), is_turned=True)
    assert open_table(content, turned).columns == ("a", "c", "e")


@pytest.mark.parametrize(
    "wrong",
    [
        {"encoding": "rot13"},
        {"encoding": ""},
        {"separator": "x"},
        {"separator": ""},
        {"header_row": 0},
        {"header_row": 10**9},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFile):
        with_overrides(detect(text(*LINES), name="a.csv"), **wrong)


def test_a_workbook_has_only_its_own_sheets() -> None:
    shape = detect(rows_workbook(["a"], ["b"]), name="a.xlsx")
    with pytest.raises(UnreadableFile):
        with_overrides(shape, sheet="Other")
    with pytest.raises(UnreadableFile):
        with_overrides(detect(b'[{"a":1}]', name="a.json"), is_turned=True)


def test_a_shape_survives_being_kept() -> None:
    for content in (text(*LINES), rows_workbook(["a"], ["b"]), b'[{"a":1}]'):
        shape = detect(content, name="a")
        assert Shape.from_data(shape.to_data()) == shape
    for broken in ({}, {"kind": "exe"}, {**shape.to_data(), "header_row": "x"}):
        with pytest.raises(UnreadableFile):
            Shape.from_data(broken)
