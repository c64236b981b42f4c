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
from initiatives.models import Measure, StatusReport
from initiatives.services import MeasureDraft, measure_create
from initiatives.services_reports import ReportDraft, status_report_add
from kpis.choices import EffectClass, EffectKind, Series
from kpis.indicators.choices import Direction
from kpis.indicators.models import Kpi, KpiPeriod
from kpis.indicators.services.periods import PeriodDraft
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.services import EffectDraft, effect_create, values_write
from tests.exchange.importing import applied, checked, undone
from tests.houses import House
from tests.kpis.indicating import fill, make_filled, make_kpi


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


def ordered(run: Import) -> list[ImportRow]:
    """The rows as they stand in the file: without an order the database gives them in any."""
    return list(ImportRow.objects.filter(run=run).order_by("number"))


def states(run: Import) -> list[str]:
    return [row.state for row in ordered(run)]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize(("name", "profile"), [("measures", "measures"), ("values", "values")])
def test_a_list_comes_in_unchanged(
    in_alpha: House, by: Actor, name: str, profile: str, extension: str
) -> None:
    content = taken_out(name, in_alpha, by, extension=extension)
    run = checked(content, profile, by=by, name=f"{name}.{extension}")
    found = [(r.number, r.state, r.changes, r.findings) for r in ordered(run)]
    assert set(states(run)) == {"unchanged"}, found
    assert len(found) == 6


@pytest.mark.parametrize("kind", ["business-units", "functions", "legal-entities", "forums"])
def test_master_data_come_in_unchanged(in_alpha: House, by: Actor, kind: str) -> None:
    content = taken_out(kind, in_alpha, by, extension="csv")
    run = checked(content, "master_data", by=by, kind=kind)
    assert states(run) == ["unchanged"]


@pytest.fixture
def rated(in_alpha: House, by: Actor) -> list[Measure]:
    """Two measures, each rated twice; words as only people write them."""
    measures = list(Measure.objects.order_by("id")[:2])
    words = (("Amber/Red", '=SUM(A1) said "no"\r\r\nsecond line'), ("", ""))
    for measure in measures:
        for day, (stated, text) in zip((date(2026, 1, 31), date(2026, 2, 28)), words, strict=True):
            draft = ReportDraft(day, "amber", "IPA" if stated else "", stated, text)
            status_report_add(measure=measure, draft=draft, by=by)
    return measures


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_status_reports_come_in_unchanged(
    in_alpha: House, by: Actor, rated: list[Measure], extension: str
) -> None:
    content = taken_out("status-reports", in_alpha, by, extension=extension)
    run = checked(content, "reports", by=by, name=f"reports.{extension}")
    found = [(r.subject, r.state, r.changes, r.findings) for r in ordered(run)]
    assert [(subject, state) for subject, state, *_rest in found] == [
        (measure.code, "unchanged") for measure in rated for _report in range(2)
    ], found


def test_status_reports_are_added_changed_and_taken_back(
    in_alpha: House, by: Actor, rated: list[Measure]
) -> None:
    code = rated[0].code
    rows = (
        f"code,date,rag,commentary\n{code},2026-03-31,Amber/Green,New\n"
        f"{code},2026-02-28,red,Later\n"
    )
    run = applied(checked(rows.encode(), "reports", by=by), by=by)
    assert states(run) == ["change", "change"]
    told = StatusReport.objects.filter(measure=rated[0]).order_by("reported_on")
    assert list(told.values_list("light", "stated", "commentary"))[1:] == [
        ("red", "", "Later"),
        ("amber", "Amber/Green", "New"),
    ]
    undone(run, by=by)
    assert list(told.values_list("reported_on", "light", "commentary"))[1:] == [
        (date(2026, 2, 28), "amber", "")
    ]


def test_a_report_names_a_measure_a_day_and_a_rating(in_alpha: House, by: Actor) -> None:
    code = Measure.objects.order_by("id")[0].code
    rows = (
        f"code,date,rag\n,2026-03-31,red\n{code},,red\n{code},soon,red\n"
        f"{code},2026-03-31,\nM-999999,2026-03-31,red\n"
    )
    run = checked(rows.encode(), "reports", by=by)
    assert states(run) == ["refused"] * 5
    codes = [[f["code"] for f in row.findings] for row in ordered(run)]
    assert codes == [["no_key"], ["required"], ["not_a_date"], ["required"], ["unknown_measure"]]


@pytest.fixture
def indicated(in_alpha: House) -> None:
    """A KPI with goal and objective, one with neither and of the same name twice."""
    make_filled(in_alpha, description="Two\nlines")
    for low in ("1", "2"):
        kpi = make_kpi(in_alpha, "Same name", direction=Direction.WITHIN_BAND)
        fill(in_alpha, kpi, {2026: PeriodDraft(band_low=low, band_high="9.125", actual="-3")})


@pytest.mark.usefixtures("indicated")
@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_kpis_come_in_unchanged(in_alpha: House, by: Actor, extension: str) -> None:
    content = taken_out("kpi-periods", in_alpha, by, extension=extension)
    run = checked(content, "kpis", by=by, name=f"kpis.{extension}")
    found = [(r.subject, r.state, r.changes, r.findings) for r in ordered(run)]
    assert [state for _subject, state, *_rest in found] == ["unchanged"] * 5, found
    assert len({subject for subject, *_rest in found}) == 3


@pytest.mark.usefixtures("indicated")
def test_a_new_period_without_code_joins_its_kpi(in_alpha: House, by: Actor) -> None:
    code = Kpi.objects.get(name="Vacant space").code
    rows = (
        f"code,goal,name,period,actual\n{code},,Vacant space,2018-01,0.040\n"
        ",Real estate,Vacant space,2019-01,0.041\n"
    )
    run = applied(checked(rows.encode(), "kpis", by=by), by=by)
    assert states(run) == ["change", "change"]
    actuals = KpiPeriod.objects.filter(kpi__code=code).order_by("starts_on")
    assert [f"{actual:f}" for (actual,) in actuals.values_list("actual")[1:]] == [
        "0.040000",
        "0.041000",
    ]
    assert Kpi.objects.count() == 3


@pytest.mark.usefixtures("indicated")
def test_a_code_that_is_not_here_is_refused(by: Actor) -> None:
    run = checked(b"code,name,period,actual\nK-9999,Vacant space,2018,1\n", "kpis", by=by)
    (row,) = ImportRow.objects.filter(run=run)
    assert (row.state, [f["code"] for f in row.findings]) == ("refused", ["unknown_kpi"])


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
