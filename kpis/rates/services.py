"""Writing exchange rates: one person proposes many, another confirms or refuses (S5, V8)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import Entry, Subject, record_many
from governance.errors import Conflict, Forbidden, Invalid, NotVisible
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.services_bulk import locked_measures
from kpis.actuals.rules import month_at
from kpis.models import Effect
from kpis.rates.choices import RateKind, RateState
from kpis.rates.models import Rate
from kpis.rates.rules import MOST_LINES, currency_fault, rate_month, rate_of
from kpis.rates.selectors import in_force
from kpis.rules import Month
from kpis.totals import note_values

SECOND_PERSON = _("Somebody other than who proposed a rate confirms or refuses it (S5).")
Cells = Mapping[str, Mapping[str, object]]


@transaction.atomic
def rates_propose(*, kind: RateKind, rates: Cells, by: Actor) -> list[Rate]:
    """Put rates forward, all or none: currency → month (`2026-01`) → rate as text or Decimal.

    They hold nowhere until a second person confirms them (S5). Raises `Forbidden`, and `Invalid`
    with `rates.<currency>.<month>` for each that cannot be kept or has a proposal that waits.
    """
    by.require_anywhere(Permission.RATE_MANAGE)
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=active_tenant_id())
    if by.membership_id is None:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})
    wanted = _checked(kind, rates, tenant)
    _refuse_waiting(kind, wanted)
    rows = [
        Rate(
            kind=kind,
            currency=currency,
            home=tenant.currency,
            month=month.first_day,
            rate=rate,
            proposed_by_id=by.membership_id,
        )
        for (currency, month), rate in sorted(wanted.items())
    ]
    try:
        with transaction.atomic():
            Rate.objects.bulk_create(rows)
    except IntegrityError as error:
        raise Conflict("changed_meanwhile") from error
    _tell(AuditAction.RATES_PROPOSED, rows, by=by)
    publish("rates.proposed", key=str(rows[0].public_id), payload={"noun": "rates"})
    return rows


@transaction.atomic
def rates_confirm(*, ids: Sequence[UUID], by: Actor) -> list[Rate]:
    """Bring proposed rates into force, all or none; what was in force of the same key stays told.

    Raises `Forbidden("segregation_of_duties")` for who proposed one of them (S5), `NotVisible`,
    `Conflict("rate_not_proposed")`. Sortable plan totals of measures follow at once.
    """
    rows = _decided(ids, RateState.CONFIRMED, by)
    if currencies := sorted({row.currency for row in rows if row.kind == RateKind.PLAN}):
        _refresh_totals(currencies)
    publish("rates.confirmed", key=str(active_tenant_id()), payload={"count": len(rows)})
    return rows


@transaction.atomic
def rates_refuse(*, ids: Sequence[UUID], by: Actor) -> list[Rate]:
    """Turn proposed rates down, all or none; raises as `rates_confirm` does."""
    return _decided(ids, RateState.REFUSED, by)


@transaction.atomic
def rates_withdraw(*, ids: Sequence[UUID], by: Actor) -> list[Rate]:
    """Take one's own proposals back, all or none.

    Raises `Forbidden("rate_of_another")`, `NotVisible`, `Conflict("rate_not_proposed")`.
    """
    return _decided(ids, RateState.WITHDRAWN, by)


def _decided(ids: Sequence[UUID], state: RateState, by: Actor) -> list[Rate]:
    """Proposals moved to a state, each told with the rate in force before it."""
    by.require_anywhere(Permission.RATE_MANAGE)
    wanted = set(ids)
    rows = list(Rate.objects.lock().filter(public_id__in=wanted).order_by("id"))
    if len(rows) < len(wanted):
        raise NotVisible
    if any(row.state != RateState.PROPOSED for row in rows):
        raise Conflict("rate_not_proposed")
    _refuse_person(rows, state, by)
    before = _standing(rows)
    for row in rows:
        row.state, row.decided_by_id, row.decided_at = state, by.membership_id, timezone.now()
    Rate.objects.bulk_update(rows, ["state", "decided_by_id", "decided_at"])
    _tell(ACTIONS[state], rows, by=by, before=before)
    for first in _first_of_each(rows):
        publish("rates.decided", key=str(first), payload={"noun": "rates"})
    return rows


def _first_of_each(rows: Sequence[Rate]) -> list[UUID]:
    """The first rates of what was proposed at once, which name it in events; one query."""
    together = ("proposed_by_id", "proposed_at")
    people, moments = ({getattr(row, name) for row in rows} for name in together)
    found = Rate.objects.filter(proposed_by__in=people, proposed_at__in=moments)
    firsts = found.order_by(*together, "id").distinct(*together)
    return list(firsts.values_list("public_id", flat=True))


def _refuse_person(rows: Sequence[Rate], state: RateState, by: Actor) -> None:
    """S5: another person decides; only its maker takes a proposal back."""
    makers = {row.proposed_by_id for row in rows}
    if state is RateState.WITHDRAWN:
        if makers - {by.membership_id}:
            raise Forbidden("rate_of_another")
    elif by.membership_id is None or by.membership_id in makers:
        raise Forbidden("segregation_of_duties", SECOND_PERSON, errors={"rule": ["S5"]})


ACTIONS = {
    RateState.CONFIRMED: AuditAction.RATES_CONFIRMED,
    RateState.REFUSED: AuditAction.RATES_REFUSED,
    RateState.WITHDRAWN: AuditAction.RATES_WITHDRAWN,
}


def _checked(kind: RateKind, rates: Cells, tenant: Tenant) -> dict[tuple[str, Month], Decimal]:
    wanted: dict[tuple[str, Month], Decimal] = {}
    errors: dict[str, list[StrOrPromise]] = {}
    for currency, cells in rates.items():
        fault = currency_fault(currency, tenant.currency)
        for text, value in cells.items():
            month = rate_month(text, kind, tenant.fiscal_year_start)
            rate = rate_of(value)
            faults = [x for x in (month, rate) if not isinstance(x, (Month, Decimal))]
            if fault is not None:
                faults = [fault]
            if faults:
                errors[f"rates.{currency}.{text}"] = faults
            elif isinstance(month, Month) and isinstance(rate, Decimal):
                wanted[currency, month] = rate
    if errors:
        raise Invalid(errors)
    if not 0 < len(wanted) <= MOST_LINES:
        text = _("Name from 1 to %(most)s rates.") % {"most": MOST_LINES}
        raise Invalid({"rates": [text]})
    return wanted


def _refuse_waiting(kind: RateKind, wanted: Mapping[tuple[str, Month], Decimal]) -> None:
    rows = Rate.objects.filter(kind=kind, state=RateState.PROPOSED)
    taken = {(currency, month_at(day)) for currency, day in rows.values_list("currency", "month")}
    text = _("A proposal for this waits already; it is decided or withdrawn first.")
    if errors := {
        f"rates.{currency}.{month}": [text] for currency, month in sorted(taken & wanted.keys())
    }:
        raise Invalid(errors)


def _standing(rows: Sequence[Rate]) -> dict[tuple[str, str, Month], Decimal]:
    """The rates in force of the kinds that are decided; one query each kind."""
    return {
        (kind, currency, month_at(day)): rate
        for kind, home in sorted({(row.kind, row.home) for row in rows})
        for currency, day, rate in in_force(RateKind(kind), home).values_list(
            "currency", "month", "rate"
        )
    }


def _tell(
    action: AuditAction,
    rows: Sequence[Rate],
    *,
    by: Actor,
    before: Mapping[tuple[str, str, Month], Decimal] | None = None,
) -> None:
    """One event for each kind, with every rate of it."""
    entries = []
    for kind in RateKind:
        told: dict[str, Any] = {
            f"{row.currency} {row.month:%Y-%m}": [
                (before or {}).get((kind, row.currency, month_at(row.month))),
                row.rate,
            ]
            for row in rows
            if row.kind == kind
        }
        if told:
            subject = Subject("rates", kind.value, str(kind.label))
            entries.append(Entry(action, subject, {"cells": told}))
    record_many(entries, by=by)


def _refresh_totals(currencies: Sequence[str]) -> None:
    """Sortable plan totals of the measures that plan in these currencies (V8).

    Under the locks of the measures: whoever is writing values there reads these rates or is read.
    """
    tenant = Tenant.objects.get(pk=active_tenant_id())
    effects = Effect.objects.filter(
        metric__code=tenant.headline_metric, currency__in=list(currencies)
    )
    note_values(list(locked_measures(sorted(set(effects.values_list("measure_id", flat=True))))))
