"""Files that carry texts as texts and figures as they are."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.files import writers
from exchange.files.writers import csv_pieces, guarded, spelled, unguarded, write_csv, write_xlsx
from tests.exchange.taking_out import sheet_of, table_of


def csv_of(*rows: list) -> bytes:
    return b"".join(csv_pieces(["a", "b"], rows))


def xlsx_of(*rows: list, headings: tuple[str, ...] = ("a", "b")) -> bytes:
    target = io.BytesIO()
    write_xlsx(target, "A list: [1]", headings, rows)
    return target.getvalue()


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30", "-5", "@sum", "\t=1", "\r=1", "\n=1", "\uff1d1", "'=1", "''-1"]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe_that_can_be_taken_back(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "steel", "'quoted'", "a=1", "1-2", "Ä+", " =1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text
    assert unguarded(text) == text


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_numbers_stay_numbers_with_a_point_and_without_groups() -> None:
    assert spelled(Decimal("-1234567.8900")) == "-1234567.89"
    assert spelled(Decimal("1E+3")) == "1000"
    assert spelled(Decimal("-0.0000")) == "0"
    assert spelled(0) == "0"
    assert spelled(Decimal("1234567890123456.7891")) == "1234567890123456.7891"


def test_dates_are_iso_and_times_in_utc() -> None:
    assert spelled(date(2026, 3, 1)) == "2026-03-01"
    assert spelled(datetime(2026, 3, 1, 12, 5, 9, 77, tzinfo=UTC)) == "2026-03-01T12:05:09Z"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2))
def test_any_text_in_a_csv_file_comes_back_but_for_what_nobody_can_print(cells: list[str]) -> None:
    found = table_of(csv_of(cells))[1]
    assert [unguarded(cell) for cell in found] == [writers.printable(cell) for cell in cells]


def test_umlauts_quotes_commas_and_lines_follow_the_standard() -> None:
    content = csv_of(['Müll "rot", ß', "eins\nzwei"], [None, Decimal("1.5")])
    assert content.decode("utf-8-sig") == ('a,b\r\n"Müll ""rot"", ß","eins\nzwei"\r\n,1.5\r\n')


def test_a_long_csv_file_comes_in_pieces() -> None:
    pieces = list(csv_pieces(["a"], (["x" * 100] for _row in range(2000))))
    assert len(pieces) > 2
    assert len(list(csv.reader(io.StringIO(b"".join(pieces).decode())))) == 2001


def test_a_csv_file_is_written_whole() -> None:
    target = io.BytesIO()
    write_csv(target, ["=a"], [["b"]])
    assert table_of(target.getvalue()) == [["'=a"], ["b"]]


TEXTS = [
    "=1+1",
    "{=SUM(A1)}",
    "https://example.com/",
    "mailto:a@b.example",
    "<r><t>marked</t></r>",
    "_x0041_",
    "007",
    "  two blanks  ",
    "Ä & <ü>",
    "one\ntwo",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_in_a_workbook_is_a_text(text: str) -> None:
    content = xlsx_of([text, 1])
    assert sheet_of(content) == [["a", "b"], [text, 1.0]]
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


def test_control_characters_do_not_break_a_workbook() -> None:
    found = sheet_of(xlsx_of(["a\x00b\x1f\x7f\ufffe\ud800c", "x\ty"]))
    assert found[1] == ["a\ufffdb\ufffd\ufffd\ufffd\ufffdc", "x\ty"]


def test_a_workbook_keeps_figures_whole() -> None:
    found = sheet_of(
        xlsx_of(
            [Decimal("1234567.8901"), Decimal("-0.1000")],
            [Decimal("12345678901234567.8901"), Decimal(1234567890123456)],
            [Decimal(100), 0],
        )
    )
    assert found[1:] == [
        [1234567.8901, -0.1],
        ["12345678901234567.8901", "1234567890123456"],
        [100.0, 0.0],
    ]


def test_a_workbook_holds_real_days_and_times() -> None:
    at = datetime(2026, 3, 1, 12, 5, 9, tzinfo=UTC)
    found = sheet_of(xlsx_of([date(2026, 3, 1), at], [date(1815, 6, 18), None]))
    assert found[1] == [date(2026, 3, 1), datetime(2026, 3, 1, 12, 5, 9)]
    assert found[2][0] == "1815-06-18"


def test_a_text_longer_than_a_cell_says_that_it_was_cut() -> None:
    found = sheet_of(xlsx_of(["x" * 40_000, "😀" * 20_000]))
    assert found[1][0].endswith("x […]")
    assert found[1][1].endswith("😀 […]")


def test_a_full_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "SHEET_ROWS", 3)
    book = zipfile.ZipFile(io.BytesIO(xlsx_of(*([number, "x"] for number in range(5)))))
    sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 3


@pytest.mark.parametrize(
    ("number", "text"),
    [("9.125", "9.1250"), ("-9.125", "-9.1250"), ("0.038", "0.038"), ("9.1", "9.1"), ("9", "9")],
)
def test_three_decimals_cannot_be_taken_for_thousands(number: str, text: str) -> None:
    assert spelled(Decimal(number)) == text
