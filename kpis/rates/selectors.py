"""Reading exchange rates: those in force, all of them, and what waits (V8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, QuerySet

from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from kpis.actuals.rules import month_at
from kpis.models import Effect
from kpis.rates.choices import RateKind, RateState
from kpis.rates.models import Rate
from kpis.rates.rules import Converter
from kpis.rules import Month, months_of_fiscal_year


def rates() -> QuerySet[Rate]:
    """All rates of the tenant with their people."""
    rows: QuerySet[Rate] = Rate.objects.select_related("proposed_by__user", "decided_by__user")
    return rows


def in_force(kind: RateKind, home: str, at: datetime | None = None) -> QuerySet[Rate]:
    """The latest confirmed rate of each currency and month into the tenant's currency.

    With `at`, those that were in force at that moment.
    """
    rows: QuerySet[Rate] = Rate.objects.filter(state=RateState.CONFIRMED, kind=kind, home=home)
    if at is not None:
        rows = rows.filter(decided_at__lte=at)
    rows = rows.order_by("currency", "month", "-decided_at", "-id")
    return rows.distinct("currency", "month")


def converter(
    kind: RateKind, tenant: Tenant | None = None, at: datetime | None = None
) -> Converter:
    """Confirmed rates of a kind, ready to convert; one query where the tenant is given.

    With `at`, those that were in force at that moment.
    """
    tenant = tenant or Tenant.objects.get(pk=active_tenant_id())
    rows = in_force(kind, tenant.currency, at).values_list("currency", "month", "rate")
    found = {(currency, month_at(day)): rate for currency, day, rate in rows}
    return Converter(kind, tenant.currency, tenant.fiscal_year_start, found)


@dataclass(frozen=True, slots=True)
class RateFilters:
    """What a list of rates is narrowed to; `year` is a fiscal year."""

    kind: str = ""
    currency: str = ""
    year: int = 0
    state: str = ""


def rates_matching(filters: RateFilters, tenant: Tenant) -> QuerySet[Rate]:
    """Rates that match all filters, unordered."""
    rows = rates()
    for name in ("kind", "currency", "state"):
        if wanted := getattr(filters, name):
            rows = rows.filter(**{name: wanted})
    if filters.year:
        months = months_of_fiscal_year(filters.year, tenant.fiscal_year_start)
        rows = rows.filter(month__range=(months[0].first_day, months[-1].first_day))
    return rows


def waiting() -> QuerySet[Rate]:
    """Proposals of all kinds, oldest first."""
    return rates().filter(state=RateState.PROPOSED)


def months_with_rates() -> list[Month]:
    """The first and the last month that any rate stands under; one query."""
    span = Rate.objects.aggregate(first=Min("month"), last=Max("month"))
    return [month_at(day) for day in span.values() if day is not None]


def foreign_currencies(tenant: Tenant) -> list[str]:
    """Currencies that effects or rates of the tenant name, without its own; two queries."""
    of_effects = Effect.objects.exclude(currency__in=["", tenant.currency]).order_by()
    of_rates = Rate.objects.filter(home=tenant.currency).order_by()
    named: Iterable[str] = {
        *of_effects.values_list("currency", flat=True).distinct(),
        *of_rates.values_list("currency", flat=True).distinct(),
    }
    return sorted(named)
