"""The chart of a measure's plan: by month while it is short, else by fiscal year, by class."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.dates import MONTHS_3
from django.utils.translation import gettext as _

from governance.tenancy.models import Tenant
from governance.ui.charts import Chart, Kind, Series, Unit
from kpis.choices import EffectClass
from kpis.grid import Group, Line, by_class, groups
from kpis.rules import Month, by_fiscal_year, year_label

MOST_MONTHS, MOST_LABELS = 36, 14
TONES = {EffectClass.HARD: "brand", EffectClass.AVOIDANCE: "gold", EffectClass.UNSPLIT: "grey"}
Amounts = dict[EffectClass, dict[str, Decimal]]


def plan_chart(lines: Sequence[Line], tenant: Tenant) -> Chart | None:
    """The first metric's value effects, the tenant's currency before others; None without any."""
    drawn = [group for group in groups(lines) if group.value.months]
    drawn.sort(key=lambda group: group.unit != tenant.currency)
    return _chart(drawn[0], tenant) if drawn else None


def month_label(month: Month) -> str:
    """`Jan 26`, in the reader's language."""
    return f"{str(MONTHS_3[month.number]).capitalize()} {month.year % 100:02d}"


def _chart(group: Group, tenant: Tenant) -> Chart:
    months = _span(list(group.value.months))
    classes = by_class(group.lines)
    is_short = len(months) <= MOST_MONTHS
    if is_short:
        categories = [month_label(month) for month in months]
        table: Amounts = {
            c: {month_label(m): a for m, a in row.items()} for c, row in classes.items()
        }
        title = _("%(metric)s: plan by month")
    else:
        table = _by_year(classes, tenant.fiscal_year_start)
        years = sorted({label for row in table.values() for label in row})
        categories = years
        title = _("%(metric)s: plan by fiscal year")
    return Chart(
        id="plan",
        kind=Kind.STACKED,
        title=title % {"metric": group.metric},
        description=_("Value effects in %(unit)s, all classes; costs are left out.")
        % {"unit": group.unit},
        categories=categories,
        series=[
            Series(str(c.label), [table[c].get(key) for key in categories], tone=TONES[c])
            for c in table
        ],
        currency=group.unit,
        show_totals=len(categories) <= MOST_LABELS,
        unit=Unit.MONEY if group.lines[0].is_money else Unit.COUNT,
    )


def _by_year(classes: dict[EffectClass, dict[Month, Decimal]], start: int) -> Amounts:
    return {
        effect_class: {
            year_label(year, start): amount for year, amount in by_fiscal_year(row, start).items()
        }
        for effect_class, row in classes.items()
    }


def _span(months: list[Month]) -> list[Month]:
    """All months from the first to the last, those without figures too."""
    month, last = min(months), max(months)
    span = [month]
    while month < last:
        month = month.plus(1)
        span.append(month)
    return span
