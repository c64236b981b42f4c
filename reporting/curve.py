"""The S-curve: plan, forecast and actuals of the headline metric, added up month by month; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpis.choices import Series
from kpis.rates.rules import ROUNDING
from kpis.rules import Month, fiscal_year, months_of_fiscal_year
from reporting.rules import MonthLine, Months

ZERO = Decimal(0)
MOST_YEARS = 10
# What is promised goes on as it stands; what was shown ends today.
PROMISED = (Series.PLAN, Series.FORECAST, Series.FORECAST_WITH_DEPENDENCIES)
SHOWN = (Series.ACTUAL_CLAIMED, Series.ACTUAL_VALIDATED)
OF_CURVE = (*PROMISED, *SHOWN)


@dataclass(frozen=True, slots=True)
class Curve:
    """Months with what each series brings in them and what that adds up to, from the first on.

    None before a series begins, and of what is shown after `today`. `today` is the position of the
    current month; None where it is not among them. `years` are all that have any figure.
    """

    months: Sequence[Month]
    monthly: Mapping[Series, Sequence[Decimal | None]]
    added: Mapping[Series, Sequence[Decimal | None]]
    today: int | None
    years: Sequence[int]


def curve(
    lines: Iterable[MonthLine], metric: str, *, start: int, this_month: Month, year: int | None
) -> Curve:
    """The curve of one metric, all classes: of one fiscal year, or of at most ten around today."""
    found = by_series(lines, metric)
    years = sorted({fiscal_year(month, start) for row in found.values() for month in row})
    shown = [year] if year is not None else _shown(years, fiscal_year(this_month, start))
    months = [month for one in shown for month in months_of_fiscal_year(one, start)]
    if year is None:
        months = _within(months, {month for row in found.values() for month in row})
    monthly = {name: [row.get(month) for month in months] for name, row in found.items()}
    return Curve(
        months=months,
        monthly=monthly,
        added={
            name: _added(row, months, None if name in PROMISED else this_month)
            for name, row in monthly.items()
        },
        today=months.index(this_month) if this_month in months else None,
        years=years,
    )


def by_series(lines: Iterable[MonthLine], metric: str) -> dict[Series, Months]:
    """Months of one metric by series in the order of the curve, all classes pooled."""
    found: dict[Series, Months] = {}
    for line in lines:
        if line.metric == metric and line.series in OF_CURVE:
            row = found.setdefault(Series(line.series), {})
            row[line.month] = ROUNDING.add(row.get(line.month, ZERO), line.amount)
    return {series: found[series] for series in OF_CURVE if series in found}


def _shown(years: Sequence[int], this_year: int) -> Sequence[int]:
    """All years from the first to the last; of more than ten those nearest to this one."""
    if not years:
        return []
    span = list(range(years[0], years[-1] + 1))
    if len(span) <= MOST_YEARS:
        return span
    first = min(max(this_year - MOST_YEARS // 2, span[0]), span[-1] - MOST_YEARS + 1)
    return range(first, first + MOST_YEARS)


def _within(months: Sequence[Month], entered: set[Month]) -> list[Month]:
    """Without the months before the first entry and after the last."""
    inside = sorted(entered & set(months))
    return [month for month in months if inside and inside[0] <= month <= inside[-1]]


def _added(
    row: Sequence[Decimal | None], months: Sequence[Month], until: Month | None
) -> list[Decimal | None]:
    """Running totals from the first entry on; to a month, or to the last entry if that is later."""
    entered = [at for at, amount in enumerate(row) if amount is not None]
    if not entered:
        return [None] * len(row)
    last = len(row) - 1
    if until is not None:
        last = max(entered[-1], sum(1 for month in months if month <= until) - 1)
    total, found = ZERO, list[Decimal | None]()
    for at, amount in enumerate(row):
        total = ROUNDING.add(total, amount or ZERO)
        found.append(total if entered[0] <= at <= last else None)
    return found
