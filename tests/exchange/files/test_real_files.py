"""The four real folders: recognised and read to their published counts and sums."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from exchange.files.headings import best_matches
from exchange.files.notations import Notation, NotationScout, amount_in, day_in
from exchange.files.shapes import FileKind, Row, Table
from tests.exchange.files.samples import needs, opened, real

KNOWN = ("GMPP ID Number", "Project Name", "Department", "Annual Report Category")
ALIASES = {
    "end": ["Project - End Date"],
    "baseline": ["Financial Year Baseline"],
    "forecast": ["Financial Year Forecast"],
    "whole_life": ["TOTAL Baseline Whole Life Costs", "Whole Life Cost"],
}
# n and the sum of £ million of whole life, baseline, forecast; then the number of end dates.
CHECK = {
    2021: ((164, "541951.37"), (173, "46250.73"), (173, "44406.00"), 178),
    2022: ((191, "494181.00"), (198, "43128.88"), (200, "39554.02"), 218),
}


def column(table: Table, rows: Iterable[Row], field: str) -> list[object]:
    matches = {name: index for index, name in best_matches(table.columns, ALIASES).items()}
    index = matches[field]
    scout = NotationScout()
    found = [row.cells[index] for row in rows]
    for cell in found:
        scout.see(cell)
    read = day_in if field == "end" else amount_in
    return [read(cell, scout.notation) for cell in found]


@needs("uk-gmpp")
@pytest.mark.parametrize(("year", "projects"), [(2021, 184), (2022, 235)])
def test_the_status_files_are_turned_and_have_their_check_figures(year: int, projects: int) -> None:
    shape, table, rows = opened(real(f"uk-gmpp/gmpp_{year}.csv"), known=KNOWN)
    assert (shape.encoding, shape.separator, shape.header_row) == ("cp1252", ";", 1)
    assert shape.is_turned
    assert table.columns[:3] == KNOWN[:3]
    assert len(rows) == projects
    assert [row.number for row in rows] == list(range(2, projects + 2))
    *money, ends = CHECK[year]
    for field, (count, total) in zip(["whole_life", "baseline", "forecast"], money, strict=True):
        amounts = [cell for cell in column(table, rows, field) if isinstance(cell, Decimal)]
        assert (field, len(amounts), sum(amounts)) == (field, count, Decimal(total))
    days = [cell for cell in column(table, rows, "end") if isinstance(cell, date)]
    assert len(days) == ends


@needs("us-gsa-kpi")
def test_the_kpi_file_has_its_rows_and_its_targets() -> None:
    shape, table, rows = opened(real("us-gsa-kpi/FY2018_APR_Complete_Data.csv"))
    assert (shape.kind, shape.separator, shape.is_turned) == (FileKind.CSV, ",", False)
    assert len(rows) == 185
    at = {name: index for index, name in enumerate(table.columns)}
    assert len({row.cells[at["KPI"]] for row in rows}) == 28
    judged = Counter[str]()
    for row in rows:
        target, actual = (amount_in(row.cells[at[n]], Notation(".")) for n in ("Target", "Actual"))
        if isinstance(target, Decimal) and isinstance(actual, Decimal):
            direction = str(row.cells[at["Desired Direction"]]).strip()
            is_met = actual >= target if direction == "Increase" else actual <= target
            judged["both"] += 1
            if direction in {"Increase", "Decrease"}:
                judged["met" if is_met else "missed"] += 1
    assert judged == {"both": 85, "met": 51, "missed": 22}


@needs("de-muenster-klimaschutz")
def test_the_german_file_is_read_in_spite_of_its_loose_quotation_marks() -> None:
    shape, table, rows = opened(real("de-muenster-klimaschutz/muenster_sachstand.csv"))
    assert (shape.encoding, shape.separator) == ("utf-8", ",")
    assert table.columns == ("assessment", "id", "title", "text", "priority", "potential", "parent")
    assert len(rows) == 275
    assert any("Klimaschutz" in str(row.cells[3]) for row in rows)
    assert all(len(row.cells) == 7 for row in rows)
    assert len(opened(real("de-muenster-klimaschutz/muenster_emissionen.csv"))[2]) == 60


@needs("us-ed-it-cost-savings")
def test_the_cost_savings_file_is_one_list_in_an_object() -> None:
    shape, table, rows = opened(real("us-ed-it-cost-savings/costsavings.json"))
    assert shape.kind is FileKind.JSON
    assert len(rows) == 61
    index = table.columns.index("fy2013")
    assert rows[0].cells[index] == '{"amount":1.746,"netOrGross":"Net"}'
