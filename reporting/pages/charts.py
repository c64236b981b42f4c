"""Charts of the portfolio and node pages, built from exact figures."""

from django.utils.translation import gettext as _

from governance.tenancy.models import Tenant
from governance.ui.charts import Chart, Kind, Mark, Series
from kpis.choices import EffectClass
from kpis.choices import Series as ValueSeries
from kpis.pages.charts import month_label
from reporting.behind.figures import Figure
from reporting.curve import Curve
from reporting.pages.asked import PageFrame
from reporting.rules import YearTable, fiscal_label
from reporting.selectors import Overview

CLASS_TONES = {
    EffectClass.HARD: "primary",
    EffectClass.AVOIDANCE: "green",
    EffectClass.UNSPLIT: "amber",
}


def year_labels(table: YearTable, tenant: Tenant) -> list[str]:
    """Fiscal years as people call them."""
    return [fiscal_label(year, tenant.fiscal_year_start) for year in table.years]


CURVE_TONES = {
    ValueSeries.PLAN: "grey",
    ValueSeries.FORECAST: "brand",
    ValueSeries.FORECAST_WITH_DEPENDENCIES: "red",
    ValueSeries.ACTUAL_CLAIMED: "gold",
    ValueSeries.ACTUAL_VALIDATED: "green",
}


def curve_chart(curve: Curve, frame: PageFrame, metric: str) -> Chart:
    """Plan, forecast and actuals added up by month, with today marked."""
    return Chart(
        id="curve",
        kind=Kind.LINE,
        title=_("%(metric)s: added up month by month") % {"metric": metric},
        categories=[month_label(month) for month in curve.months],
        series=[
            Series(str(name.label), row, CURVE_TONES[name], dashed=name is ValueSeries.PLAN)
            for name, row in curve.added.items()
        ],
        currency=frame.tenant.currency,
        description=_(
            "Recurring and one-off value of live measures, all classes, costs left out. "
            "A forecast exists from the decision on."
        ),
        csv_url=frame.address("curve-csv"),
        links=[
            frame.behind(Figure.CURVE, **{"from": str(curve.months[0]), "to": str(month)})
            for month in curve.months
        ],
        marks=[] if curve.today is None else [Mark(curve.today, _("Today"))],
    )


def plan_by_class_chart(overview: Overview, frame: PageFrame, metric: str) -> Chart:
    """Plan by fiscal year, stacked by class; the stack is labelled «all classes» (V7)."""
    table = overview.by_class
    series = [
        Series(
            str(effect_class.label),
            [table.rows[effect_class.value].get(year) for year in table.years],
            tone=CLASS_TONES[effect_class],
        )
        for effect_class in EffectClass
        if effect_class.value in table.rows
    ]
    return Chart(
        id="plan-by-class",
        kind=Kind.STACKED,
        title=_("%(metric)s: plan by fiscal year") % {"metric": metric},
        categories=year_labels(table, frame.tenant),
        series=series,
        currency=frame.tenant.currency,
        description=_(
            "Recurring and one-off value, costs left out; the columns add up all classes."
        ),
        csv_url=frame.address("plan-csv"),
        links=[frame.plan_of(year) for year in table.years],
    )
