"""The sortable plan totals of measures: the headline metric, in the tenant's currency (V8)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, localcontext

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.services_bulk import measures_note_values
from kpis.choices import EffectKind, Series
from kpis.models import MONTH_COLUMNS, Effect, ValueYear
from kpis.rates.choices import RateKind
from kpis.rates.rules import EXACT
from kpis.rates.selectors import converter
from kpis.rules import Month, minor_units


def note_values(measure_ids: Sequence[int]) -> None:
    """Refresh the sortable plan totals of measures; the caller holds their locks.

    Value effects of the headline metric count, costs are left out. What is planned in another
    currency counts at its plan rate, and not at all in months without one (V8).
    """
    tenant = Tenant.objects.get(pk=active_tenant_id())
    # Two steps: before the tables have statistics one join reads every value of the tenant.
    effects = Effect.objects.filter(
        measure__in=list(measure_ids),
        metric__code=tenant.headline_metric,
        kind__in=[EffectKind.RECURRING, EffectKind.ONE_OFF],
    )
    found = list(effects.values_list("pk", "measure_id", "currency"))
    home = [pk for pk, _measure, currency in found if currency in {"", tenant.currency}]
    abroad = {pk: currency for pk, _measure, currency in found if pk not in set(home)}
    planned = _home_totals(home) | _converted_totals(abroad, tenant)
    totals = dict.fromkeys(measure_ids, Decimal(0))
    with localcontext(EXACT):
        for pk, measure_id, _currency in found:
            totals[measure_id] += planned.get(pk, Decimal(0))
    measures_note_values({pk: minor_units(total) for pk, total in totals.items()})


def _home_totals(effect_ids: Iterable[int]) -> dict[int, Decimal]:
    year_sum = sum((Coalesce(F(column), Decimal(0)) for column in MONTH_COLUMNS), Decimal(0))
    rows = ValueYear.objects.filter(effect_id__in=list(effect_ids), series=Series.PLAN)
    return dict(rows.order_by().values_list("effect_id").annotate(total=Sum(year_sum)))


def _converted_totals(currencies: Mapping[int, str], tenant: Tenant) -> dict[int, Decimal]:
    """Plan totals of effects in other currencies; two queries where there are any."""
    totals: dict[int, Decimal] = {}
    if not currencies:
        return totals
    rates = converter(RateKind.PLAN, tenant)
    rows = ValueYear.objects.filter(effect_id__in=list(currencies), series=Series.PLAN)
    with localcontext(EXACT):
        for effect_id, year, *months in rows.values_list("effect_id", "year", *MONTH_COLUMNS):
            for number, amount in enumerate(months, start=1):
                month, currency = Month(year, number), currencies[effect_id]
                found = None if amount is None else rates.convert(amount, currency, month)
                totals[effect_id] = totals.get(effect_id, Decimal(0)) + (found or Decimal(0))
    return totals
