"""What goes out comes in again: nothing differs, and after one edit exactly that differs."""

import csv
import io
from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from exchange.choices import ExportFormat
from exchange.exports.making import Wanted, plan_of
from exchange.models import Import, ImportRow
from governance.people.actor import Actor
from governance.web.lists import Reader
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_create
from kpis.choices import EffectClass, EffectKind, Series
from kpis.services import STARTING_METRICS, EffectDraft, effect_create, metric_create, values_write
from tests.exchange.importing import checked
from tests.houses import House


@pytest.fixture
def by(in_alpha: House) -> Actor:
    """Measures as people make them: with and without anything, with texts that look like more."""
    by = in_alpha.actor("pmo")
    metric = metric_create(draft=STARTING_METRICS[0], by=by)
    names = ("Plain", '=HYPERLINK("x")', 'Ümläut; and, «quotes» "', "-5 degrees", "'quoted", "007")
    for number, name in enumerate(names):
        people = in_alpha.people
        draft = MeasureDraft(
            name=name,
            description=f"@first line\nsecond line {number}" if number % 2 else "",
            owner=people["owner"] if number % 2 else None,
            sponsor=people["sponsor"] if number else None,
            business_unit=in_alpha.unit if number % 3 == 0 else None,
            forum=in_alpha.forum if number % 2 else None,
            planned_start=date(2026, 1, 31) if number % 2 else None,
            planned_end=date(2027, 2, 1) if number % 2 else None,
            source_key="list:A-17" if number == 4 else "",
        )
        measure = measure_create(package=in_alpha.package, draft=draft, by=by)
        for kind in (EffectKind.RECURRING, EffectKind.ONE_TIME_COST)[: number % 3]:
            effect = effect_create(
                measure=measure, draft=EffectDraft(metric, kind, EffectClass.AVOIDANCE), by=by
            )
            values_write(
                effect=effect,
                series=Series.PLAN,
                cells={"2026-01": "1234567.89", "2026-02": "-0.05", "2027-03": "0"},
                seen_version=effect.version,
                by=by,
            )
    return by


def taken_out(name: str, house: House, by: Actor, *, extension: str) -> bytes:
    plan = plan_of(Wanted(name, "", ExportFormat(extension)), Reader(by, house.tenant))
    target = io.BytesIO()
    plan.write(target, (row for ids in plan.batches() for row in plan.cells(ids)))
    return target.getvalue()


def states(run: Import) -> list[str]:
    rows = ImportRow.objects.filter(run=run).order_by("number")
    return list(rows.values_list("state", flat=True))


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize(("name", "profile"), [("measures", "measures"), ("values", "values")])
def test_a_list_comes_in_unchanged(
    in_alpha: House, by: Actor, name: str, profile: str, extension: str
) -> None:
    content = taken_out(name, in_alpha, by, extension=extension)
    run = checked(content, profile, by=by, name=f"{name}.{extension}")
    found = [(r.number, r.state, r.changes, r.findings) for r in ImportRow.objects.filter(run=run)]
    assert set(states(run)) == {"unchanged"}, found
    assert len(found) == 6


@pytest.mark.parametrize("kind", ["business-units", "functions", "legal-entities", "forums"])
def test_master_data_come_in_unchanged(in_alpha: House, by: Actor, kind: str) -> None:
    content = taken_out(kind, in_alpha, by, extension="csv")
    run = checked(content, "master_data", by=by, kind=kind)
    assert states(run) == ["unchanged"]


def test_after_one_edit_exactly_that_differs(in_alpha: House, by: Actor) -> None:
    content = taken_out("measures", in_alpha, by, extension="csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    at = rows[0].index("planned_end")
    code = rows[2][rows[0].index("code")]
    rows[2][at] = "2027-03-01"
    edited = io.StringIO()
    csv.writer(edited).writerows(rows)
    run = checked(edited.getvalue().encode(), "measures", by=by)
    changed = ImportRow.objects.filter(run=run).exclude(state="unchanged")
    assert [(row.subject, row.changes) for row in changed] == [
        (code, {"planned_end": ["2027-02-01", "2027-03-01"]})
    ]


def test_after_one_edited_month_exactly_that_cell_differs(in_alpha: House, by: Actor) -> None:
    content = taken_out("values", in_alpha, by, extension="xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    at = sheet[0].index("2026-02")
    edited = io.BytesIO()
    with xlsxwriter.Workbook(edited) as book:
        page = book.add_worksheet()
        for number, row in enumerate(sheet):
            page.write_row(number, 0, row)
        page.write_number(1, at, 99.5)
    run = checked(edited.getvalue(), "values", by=by, name="values.xlsx")
    (changed,) = ImportRow.objects.filter(run=run).exclude(state="unchanged")
    ((_effect, months),) = changed.changes.items()
    assert months == {"2026-02": ["-0.05", "99.5"]}
    assert Measure.objects.filter(code=changed.subject).exists()
