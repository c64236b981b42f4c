"""A closed measure that does not sustain what was confirmed opens an exception, in finance (V2)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby

from django.db import transaction

from approvals.exceptions.choices import Category, ExceptionSource
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.rules import Size
from approvals.exceptions.selectors import causes_known
from approvals.exceptions.services.opening import Cause, exception_open_for
from governance.people.actor import Actor
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.gates.exceptions import subject_of
from initiatives.models import Measure
from kpis.figures.shortfalls import (
    Shortfall,
    money_behind,
    shortfalls,
    still_short,
    sustain_terms,
)
from kpis.rates.choices import RateKind
from kpis.rates.rules import Converter
from kpis.rates.selectors import converter


@transaction.atomic
def shortfall_exceptions_open(*, by: Actor) -> int:
    """Open one exception for each closed measure that stays behind in its sustain months.

    One for a measure and the months after one closure, whatever number of effects is short and
    however often the worker looks; how many were opened.
    """
    tenant = Tenant.objects.get(pk=active_tenant_id())
    found = shortfalls(Measure.objects.all(), tenant, sustain_terms())
    if not found:
        return 0
    ordered = sorted(found, key=lambda one: one.measure.pk)
    by_key = {
        _key(short): short
        for short in (list(group) for _pk, group in groupby(ordered, lambda one: one.measure.pk))
    }
    known = causes_known(ExceptionSource.SUSTAIN_SHORTFALL, by_key)
    rates, opened = converter(RateKind.PLAN, tenant), 0
    for key, short in by_key.items():
        if key not in known:
            opened += exception_open_for(cause=_cause(key, short, rates), by=by) is not None
    return opened


def _key(short: Sequence[Shortfall]) -> str:
    return f"{short[0].measure.code}/{short[0].sustained.first}"


def _cause(key: str, short: Sequence[Shortfall], rates: Converter) -> Cause:
    first = short[0].sustained.first
    return Cause(
        source=ExceptionSource.SUSTAIN_SHORTFALL,
        key=key,
        subject=subject_of(short[0].measure),
        category=Category.FINANCE,
        size=Size(_money(money_behind(one, rates) for one in short)),
        details={"first_month": str(first), "effects": len(short)},
        is_finance=True,
    )


def _money(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """What stays behind in money; None where none of it is money."""
    found = [amount for amount in amounts if amount is not None]
    return sum(found, Decimal(0)) if found else None


def shortfalls_ended(rows: Sequence[GovernanceException]) -> set[int]:
    """Of exceptions about shortfalls those whose measure stays behind no more; eight queries."""
    tenant = Tenant.objects.get(pk=active_tenant_id())
    measures = Measure.objects.filter(pk__in={row.subject_id for row in rows})
    short = still_short(measures, tenant)
    return {row.pk for row in rows if row.subject_id not in short}
