"""Charts of the portfolio and node pages, built from the overview's exact figures."""

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.tenancy.models import Tenant
from governance.ui.charts import Chart, Kind, Series
from kpis.choices import EffectClass
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


def plan_by_class_chart(overview: Overview, tenant: Tenant, metric: str) -> Chart:
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
        categories=year_labels(table, tenant),
        series=series,
        currency=tenant.currency,
        description=_(
            "Recurring and one-off value, costs left out; the columns add up all classes."
        ),
        csv_url=reverse("reporting:plan-csv", args=[tenant.slug, overview.roll_up.code]),
    )
