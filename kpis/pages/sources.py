"""Values by month as a list: the plans of the measures an address asks for, month by month."""

from collections.abc import Sequence

from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.people.actor import Actor
from governance.web.lists import Cell, Chosen, Field, ListSource, Reader
from initiatives.pages.filters import MeasureFilterForm
from initiatives.pages.sources import choose_measures, order_by_measure
from initiatives.selectors import measure_by_code
from kpis.choices import EffectClass, EffectKind, Series
from kpis.models import MONTH_COLUMNS, Effect, ValueYear
from kpis.pages.charts import month_label
from kpis.rules import Month, month_of
from kpis.selectors import values_of

ONE = "measure"


def choose_values(query: QueryDict, by: Actor) -> Chosen[MeasureFilterForm, Effect]:
    """The effects of the measures that an address of the measure list asks for, in its order.

    `measure=M-000001` instead asks for those of one measure alone.
    """
    rest = query.copy()
    codes = rest.pop(ONE, [])
    chosen = choose_measures(rest, by)
    rows: QuerySet[Effect] = Effect.objects.select_related("measure", "metric")
    if codes:
        rows = rows.filter(measure=measure_by_code(str(codes[-1]), by=by))
    else:
        rows = rows.filter(measure__in=chosen.rows.order_by().values("pk"))
    return Chosen(chosen.form, rows, order_by_measure(chosen.order))


def value_fields(rows: QuerySet[Effect], _reader: Reader) -> list[Field]:
    """What an effect is, then the months from the first to the last with a value; one query."""
    return [
        Field("code", _("Code")),
        Field("name", _("Measure")),
        Field("effect", _("Effect")),
        Field("effect_id", _("Effect, id")),
        Field("metric", _("Metric")),
        Field("kind", _("Kind"), dict(EffectKind.choices)),
        Field("class", _("Class"), dict(EffectClass.choices)),
        Field("currency", _("Currency")),
        *(Field(str(month), month_label(month)) for month in _months(rows)),
    ]


def _months(rows: QuerySet[Effect]) -> list[Month]:
    years = ValueYear.objects.filter(
        effect__in=rows.order_by().values("pk"), series=Series.PLAN, baseline_no=0
    )
    counted = years.order_by().values_list("year").annotate(*map(Count, MONTH_COLUMNS))
    entered = [
        Month(year, number)
        for year, *counts in counted
        for number, count in enumerate(counts, start=1)
        if count
    ]
    if not entered:
        return []
    first, last = min(entered), max(entered)
    length = (last.year - first.year) * 12 + last.number - first.number + 1
    return [first.plus(offset) for offset in range(length)]


def value_cells(
    effects: Sequence[Effect], fields: Sequence[Field], _reader: Reader
) -> list[Sequence[Cell]]:
    """Effects with their months; one query. An empty month is not entered, which is not zero."""
    months = [month for field in fields if (month := month_of(field.name))]
    rows: list[Sequence[Cell]] = []
    for found in values_of(effects):
        effect, plan = found.effect, found.series(Series.PLAN)
        rows.append(
            [
                effect.measure.code,
                effect.measure.name,
                effect.name,
                str(effect.public_id),
                effect.metric.code,
                effect.kind,
                effect.effect_class,
                effect.currency,
                *(plan.get(month) for month in months),
            ]
        )
    return rows


VALUES = ListSource(
    "values", gettext_lazy("Values by month"), choose_values, value_fields, value_cells
)
