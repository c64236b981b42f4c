"""KPIs by period as a list: a row for each period of the KPIs that an address asks for."""

from collections.abc import Sequence

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.people.actor import Actor
from governance.web.lists import Cell, Chosen, Field, ListSource, Reader
from governance.web.pages import Order
from initiatives.pages.frame import require_sight
from kpis.indicators.choices import Direction, Rhythm
from kpis.indicators.models import KpiPeriod
from kpis.indicators.selectors import KpiFilters, kpi_list
from kpis.pages.kpi_filters import KpiFilterForm, parsed

BY_CODE = Order(
    "code",
    "place",
    expression=Concat(
        F("kpi__code"),
        Value(" "),
        Cast("starts_on", TextField()),
        output_field=TextField(db_collation="C"),
    ),
)


def choose_periods(query: QueryDict, by: Actor) -> Chosen[KpiFilterForm, KpiPeriod]:
    """The periods of the KPIs that an address asks for, of every rhythm unless it names one."""
    require_sight(by)
    form = parsed(query)
    filters = KpiFilters(**form.cleaned_data, rhythm=query.get("rhythm", ""))
    kpis = kpi_list(filters, by=by)
    rows = KpiPeriod.objects.select_related("kpi__objective__parent")
    return Chosen(form, rows.filter(kpi__in=kpis.order_by().values("pk")), BY_CODE)


def period_fields(_rows: QuerySet[KpiPeriod], _reader: Reader) -> list[Field]:
    """Names are those that an import of KPIs takes."""
    return [
        Field("code", _("Code")),
        Field("name", _("KPI")),
        Field("goal", _("Goal")),
        Field("objective", _("Objective")),
        Field("rhythm", _("Rhythm"), dict(Rhythm.choices)),
        Field("period", _("Period")),
        Field("target", _("Target")),
        Field("actual", _("Actual")),
        Field("band_low", _("Lower limit")),
        Field("band_high", _("Upper limit")),
        Field("unit", _("Unit")),
        Field("direction", _("Desired direction"), dict(Direction.choices)),
        Field("description", _("Description")),
        Field("notes", _("Note on the period")),
    ]


def period_cells(
    periods: Sequence[KpiPeriod], _fields: Sequence[Field], _reader: Reader
) -> list[Sequence[Cell]]:
    """Periods as rows of a file; an empty figure is not entered, which is not zero."""
    return [_cells(period) for period in periods]


def _cells(period: KpiPeriod) -> list[Cell]:
    kpi = period.kpi
    objective = kpi.objective
    goal = (objective.parent or objective) if objective else None
    return [
        kpi.code,
        kpi.name,
        goal.name if goal else "",
        objective.name if objective and objective.parent else "",
        kpi.rhythm,
        period.month,
        period.target,
        period.actual,
        period.band_low,
        period.band_high,
        kpi.unit,
        "" if kpi.direction == Direction.UNKNOWN else kpi.direction,
        kpi.description,
        period.note,
    ]


KPI_PERIODS = ListSource(
    "kpi-periods", gettext_lazy("KPIs by period"), choose_periods, period_fields, period_cells
)
