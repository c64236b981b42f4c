"""Texts and JSON that are broken, huge or made to hurt; and any bytes at all."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.files import reading, records
from exchange.files.detecting import detect
from exchange.files.faults import UnreadableFile
from exchange.files.reading import open_table
from exchange.files.shapes import MAX_CELL, MAX_COLUMNS, FileKind, Shape
from tests.exchange.files.samples import cells, opened, rows_workbook

CSV = Shape(FileKind.CSV, encoding="utf-8", separator=";")
BOOK = rows_workbook(["a", "b"], ["c", 1.5], ["d", 2])


def refusal(content: bytes, shape: Shape | None = None) -> str:
    with pytest.raises(UnreadableFile) as caught:
        list(open_table(content, shape or detect(content, name="file")).rows)
    return str(caught.value.text)


def check_any(content: bytes) -> None:
    """The one promise for any bytes: a table of even rows, or a refusal in words."""
    try:
        shape, table, rows = opened(content, known=("alpha", "beta"))
    except UnreadableFile as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert str(refused.text)
        return
    assert Shape.from_data(shape.to_data()) == shape
    assert len(set(table.columns)) == len(table.columns)
    assert all(table.columns)
    assert all(len(row.cells) == len(table.columns) for row in rows)
    assert all(row.number >= 1 for row in rows)


@settings(deadline=None)
@given(st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"\xff\xfe\0\xd8")
@example(b"PK\x03\x04")
@example(b'[{"a": "\\ud800"}]')
@example(b'{"a": [{}]}')
@example(b"[" * 10_000)
def test_any_bytes_are_a_table_or_a_refusal(content: bytes) -> None:
    check_any(content)


@settings(deadline=None)
@given(st.text(alphabet="ab1,;\t|\"'\r\n \u00e4[]{}:=", max_size=300))
def test_any_text_is_a_table_or_a_refusal(text: str) -> None:
    for encoding in ("utf-8", "utf-16", "cp1252"):
        check_any(text.encode(encoding))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_a_workbook_is_a_table_or_a_refusal(data: st.DataObject) -> None:
    content = bytearray(BOOK)
    for _time in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    check_any(bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))]))


rows = st.lists(
    st.lists(st.text(alphabet="ab ;,\"'\n\r\t=+-\u00e4", max_size=8), min_size=3, max_size=3),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(rows)
def test_quoted_cells_come_back_as_they_were(table: list[list[str]]) -> None:
    lines = [["x1", "x2", "x3"], *table]
    text = "\n".join(";".join('"' + c.replace('"', '""') + '"' for c in row) for row in lines)
    found = [row.cells for row in open_table(text.encode(), CSV).rows]
    wanted = [tuple(cell if cell.strip() else None for cell in row) for row in table]
    assert found == [row for row in wanted if any(row)]


def test_a_quotation_mark_that_is_not_closed_swallows_no_rows() -> None:
    assert "Line 2" in refusal(b'a;b\n"c;d\ne;f\n', CSV)
    assert "Line 3" in refusal(b'a;b\n1;2\n"c;d\ne;"f";g\n"', CSV)
    assert "Line 2" in refusal(b'a;b\n"' + b"x\n" * 100_000, CSV)


def test_loose_quotation_marks_within_a_line_are_taken_as_they_stand() -> None:
    assert cells(b'Size;Name\n5" pipe;a\n6";"b" c\n') == [('5" pipe', "a"), ('6"', "b c")]


def test_a_line_of_a_million_characters_is_refused_by_its_number() -> None:
    assert "Line 2" in refusal(b"a;b\n" + b"x" * 1_000_000 + b";1\n", CSV)
    assert "Line 1" in refusal(b"x" * 9_000_000, CSV)
    assert "Line 2" in refusal(b"a;b\n" + b"x" * (MAX_CELL + 1) + b";1\n", CSV)
    assert len(list(open_table(b"a;b\n" + b"x" * MAX_CELL + b";1\n", CSV).rows)) == 1


def test_more_columns_than_anybody_needs_are_refused() -> None:
    assert str(MAX_COLUMNS) in refusal(b";".join([b"a"] * (MAX_COLUMNS + 1)), CSV)
    assert "line" in refusal(b"a;b\n" + b";" * 3_000_000 + b"x\n", CSV).lower()
    assert len(open_table(b";".join([b"a"] * MAX_COLUMNS), CSV).columns) == MAX_COLUMNS


def test_more_rows_than_fit_are_refused_while_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.files.columns.MAX_ROWS", 10)
    table = open_table(b"a;b\n" + b"1;2\n" * 11, CSV)
    assert len(list(itertools.islice(table.rows, 10))) == 10
    with pytest.raises(UnreadableFile):
        next(table.rows)


def test_a_value_beyond_the_last_named_column_is_not_lost() -> None:
    text = refusal(b"a;b\n1;2;;\n1;2;3\n", CSV)
    assert "Line 3 has 3 cells" in text
    assert [row.cells for row in open_table(b"a;b\n1;2;;\n1\n", CSV).rows] == [
        ("1", "2"),
        ("1", None),
    ]


def test_bytes_of_another_encoding_are_told_by_line() -> None:
    shape = Shape(FileKind.CSV, encoding="utf-8", separator=";")
    assert "utf-8" in refusal("a;b\nö;1\n".encode("cp1252"), shape)
    late = "a;b\n" + "1;2\n" * 50_000 + "ö;1\n"
    assert detect(late.encode("cp1252"), name="a").encoding == "cp1252"
    assert "NUL" in refusal(b"a;b\n1;\0\n", CSV)
    assert "NUL" in refusal(b"a;b\n" + b"1;2\n" * 200_000 + b"\0;1\n", CSV)


def test_names_without_rows_are_a_table_without_rows() -> None:
    assert opened(b"a;b\n")[2] == []
    assert "column names" in refusal(b"a;b\n", Shape(FileKind.CSV, "utf-8", ";", header_row=9))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"a": NaN}]', "NaN"),
        (b'[{"a": -Infinity}]', "Infinity"),
        (b'[{"a": 1, "a": 2}]', "twice"),
        (b'[{"a": 1}, 5]', "Record 2"),
        (b"[]", "no records"),
        (b'{"a": [{"b": 1}], "c": [{"d": 1}]}', "exactly one"),
        (b'{"a": 1}', "exactly one"),
        (b'[{"a": 1}', "line 1"),
        (b'[{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}]", "nested"),
    ],
)
def test_json_that_is_no_table_says_why(content: bytes, said: str) -> None:
    assert said in refusal(content)


def test_json_numbers_are_exact_and_nested_values_are_their_text() -> None:
    content = (
        b'{"note": "x", "rows": [{"a": 0.1000000000000000055, "b": true, "c": null, "d": " "},'
        b' {"a": 10000000000000000000001, "e": {"f": [1.10, "\xc3\xa4", null]}}, {}]}'
    )
    _shape, table, found = opened(content)
    assert table.columns == ("a", "b", "c", "d", "e")
    assert [(row.number, row.cells) for row in found] == [
        (1, (Decimal("0.1000000000000000055"), True, None, None, None)),
        (2, (Decimal(10000000000000000000001), None, None, None, '{"f":[1.10,"ä",null]}')),
    ]


def test_json_numbers_too_long_for_any_amount_stay_texts() -> None:
    for number in ("1e999999999", "9" * 500, "1e-99999", "1e99999999999999999999999"):
        assert cells(f'[{{"a": {number}}}]'.encode()) == [(number,)]


def test_json_with_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_NESTED", 5)
    assert "too many" in refusal(b'[{"a": [[],[],[],[],[]]}]')
    assert "characters" in refusal(b'[{"a": "' + b"x" * (MAX_CELL + 1) + b'"}]')


def test_turned_tables_keep_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = Shape(FileKind.CSV, "utf-8", ";", is_turned=True)
    assert reading.MAX_COLUMNS == MAX_COLUMNS
    assert str(MAX_COLUMNS) in refusal(b"a;1\n" * (MAX_COLUMNS + 1), shape)
    monkeypatch.setattr("exchange.files.columns.MAX_ROWS", 3)
    assert "rows" in refusal(b"a;1;2;3;4\n", shape)
