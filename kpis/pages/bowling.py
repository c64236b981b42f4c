"""Periods of KPIs as tables and charts show them: their names, their cells, the line over time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.tenancy.models import Tenant
from governance.ui.charts import Chart, Kind, Series, Unit
from governance.ui.format import number
from kpis.indicators.choices import Rhythm, Standing
from kpis.indicators.models import Kpi, KpiPeriod
from kpis.indicators.selectors import latest, standing_of
from kpis.pages.charts import month_label
from kpis.rules import MONTHS, Month, fiscal_year, year_label

LIGHTS = {
    Standing.MET: "green",
    Standing.WITHIN: "green",
    Standing.MISSED: "red",
    Standing.OUTSIDE: "red",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One period of one KPI, its figures as text; `light` is empty where nothing can be judged."""

    label: str
    period: KpiPeriod | None = None
    light: str = ""
    word: str = ""
    actual: str = ""
    target: str = ""
    band: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI over the periods shown."""

    kpi: Kpi
    url: str
    cells: Sequence[Cell]
    last: Cell | None
    trend: Sequence[Decimal | None]


def period_label(day: date, rhythm: Rhythm, start: int) -> str:
    """`FY18`, `Q1 FY18` or `Oct 17`."""
    month = Month(day.year, day.month)
    if rhythm is Rhythm.MONTH:
        return month_label(month)
    year = year_label(fiscal_year(month, start), start)
    if rhythm is Rhythm.YEAR:
        return year
    quarter = (month.number - start) % MONTHS // rhythm.months + 1
    return _("Q%(quarter)s %(year)s") % {"quarter": quarter, "year": year}


def days_between(days: Iterable[date], rhythm: Rhythm) -> list[date]:
    """The first days of all periods from the first to the last, those without figures too."""
    known = sorted(set(days))
    if not known:
        return []
    found = set(known)
    month = Month(known[0].year, known[0].month)
    while month.first_day < known[-1]:
        found.add(month.first_day)
        month = month.plus(rhythm.months)
    return sorted(found)


def days_in_sight(rows: Iterable[Iterable[KpiPeriod]], rhythm: Rhythm) -> list[date]:
    """First days up to two periods after the last actual: a target for 2050 hides no present."""
    periods = [period for row in rows for period in row]
    reported = [period.starts_on for period in periods if period.actual is not None]
    if not reported:
        return [period.starts_on for period in periods]
    last = max(reported)
    end = Month(last.year, last.month).plus(2 * rhythm.months).first_day
    return [period.starts_on for period in periods if period.starts_on <= end]


def columns_of(days: Iterable[date], rhythm: Rhythm, start: int) -> dict[str, list[date]]:
    """Columns by name; after the fiscal year has moved, two first days may share one."""
    columns: dict[str, list[date]] = {}
    for day in days_between(days, rhythm):
        columns.setdefault(period_label(day, rhythm, start), []).append(day)
    return columns


def cell_of(kpi: Kpi, period: KpiPeriod | None, label: str) -> Cell:
    """One period as its cell; empty figures are empty texts."""
    if period is None:
        return Cell(label)
    stands = standing_of(kpi, period)
    return Cell(
        label=label,
        period=period,
        light=LIGHTS[stands] if stands else "",
        word=str(stands.label) if stands else "",
        actual=figure_text(period.actual),
        target=figure_text(period.target),
        band=band_text(period),
    )


def line_of(
    kpi: Kpi,
    periods: Sequence[KpiPeriod],
    columns: Mapping[str, Sequence[date]],
    *,
    most: int,
    url: str,
) -> Line:
    """A KPI over the last of these columns; of two periods that share one the later stands."""
    by_day = {period.starts_on: period for period in periods}
    cells = []
    for label, days in columns.items():
        found = [by_day[day] for day in days if day in by_day]
        cells.append(cell_of(kpi, found[-1] if found else None, label))
    last = latest(periods)
    names = {day: label for label, days in columns.items() for day in days}
    return Line(
        kpi=kpi,
        url=url,
        cells=cells[len(cells) - most :],
        last=cell_of(kpi, last, names[last.starts_on]) if last else None,
        trend=[period.actual for period in periods],
    )


def figure_text(figure: Decimal | None) -> str:
    return "" if figure is None else number(figure, get_language() or "en")


def band_text(period: KpiPeriod) -> str:
    """`0 to 0.02`, or the one limit there is."""
    facts = {"low": figure_text(period.band_low), "high": figure_text(period.band_high)}
    if facts["low"] and facts["high"]:
        return _("%(low)s to %(high)s") % facts
    if facts["low"]:
        return _("from %(low)s") % facts
    return _("up to %(high)s") % facts if facts["high"] else ""


def period_chart(
    kpi: Kpi, periods: Sequence[KpiPeriod], tenant: Tenant, *, csv_url: str
) -> Chart | None:
    """Target, actual and band over time; None without a figure."""
    rhythm, start = Rhythm(kpi.rhythm), tenant.fiscal_year_start
    by_day = {period.starts_on: period for period in periods}
    days = days_between(by_day, rhythm)
    drawn = [
        ("actual", _("Actual"), "brand", False),
        ("target", _("Target"), "grey", True),
        ("band_low", _("Lower limit"), "gold", True),
        ("band_high", _("Upper limit"), "gold", True),
    ]
    series = [
        Series(label, _values(by_day, days, name), tone=tone, dashed=dashed)
        for name, label, tone, dashed in drawn
        if any(period.has(name) for period in periods)
    ]
    if not series:
        return None
    return Chart(
        id="periods",
        kind=Kind.LINE,
        title=_("Target and actual over time"),
        description=_("In %(unit)s.") % {"unit": kpi.unit} if kpi.unit else "",
        categories=[period_label(day, rhythm, start) for day in days],
        series=series,
        currency=kpi.unit,
        unit=Unit.COUNT,
        csv_url=csv_url,
        show_totals=False,
    )


def _values(
    by_day: Mapping[date, KpiPeriod], days: Sequence[date], name: str
) -> list[Decimal | None]:
    return [getattr(by_day[day], name) if day in by_day else None for day in days]
