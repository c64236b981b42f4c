"""Claiming actuals: the owner says what a month brought; finance has the last word (V5, G10)."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.calendars.selectors import today_of
from governance.errors import Conflict, Forbidden, Refused
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from initiatives.choices import Overlay, Stage
from initiatives.gates.editing import measure_edited, measure_for_edit
from kpis.actuals.choices import MonthState
from kpis.actuals.models import Claim
from kpis.actuals.rules import ACCEPTED, claim_refusal, month_at
from kpis.actuals.selectors import MonthFacts, actuals_of, may_claim_at
from kpis.choices import Series, Source
from kpis.models import Effect
from kpis.periods.rules import claim_refusal_in
from kpis.periods.selectors import open_books
from kpis.rules import Month
from kpis.services import effect_locked
from kpis.services_months import checked_cells, values_changed, write_months

EMPTY = MonthFacts()
TEXTS = {
    "period_submitted": _("The claims of this month have ended (V4)."),
    "period_closed": _("This month is locked; ask for a restatement (V4, S8)."),
}


@transaction.atomic
def claims_write(
    *,
    effect: Effect,
    cells: Mapping[str, object],
    seen_version: int,
    by: Actor,
    source: Source = Source.FORM,
) -> Effect:
    """Claim months (`2026-01` → amount as text; None takes a claim back), all or none.

    The same amount again says nothing new, except after a rejection. Raises `Stale`,
    `Conflict("not_decided")`, `Conflict("measure_on_hold")` (G10), `Conflict("measure_cancelled")`,
    `Conflict("period_submitted")`, `Conflict("period_closed")` (V4) with `cells.<month>`,
    `Refused("future_month")` with `cells.<month>`, `Conflict("already_validated")` with them too,
    and `Invalid` for each cell that cannot be kept; then nothing is written.
    """
    me = require_claim(effect, by)
    measure = measure_for_edit(effect.measure_id, allow_closed=True)
    row = effect_locked(effect.pk, seen_version)
    if refusal := claim_refusal(Stage(measure.stage), Overlay(measure.overlay)):
        raise Conflict(refusal)
    wanted = checked_cells(cells, row.metric.decimals)
    _refuse_future(wanted, Tenant.objects.get(pk=row.tenant_id))
    facts = actuals_of([row])[row.pk]
    fresh = {m: a for m, a in wanted.items() if _says_something(facts.get(m, EMPTY), a)}
    _refuse_closed(fresh)
    _refuse_accepted(fresh, facts)
    if not fresh:
        return row
    Claim.objects.bulk_create(
        Claim(effect=row, month=month.first_day, amount=amount, claimed_by_id=me)
        for month, amount in sorted(fresh.items())
    )
    write_months(row, Series.ACTUAL_CLAIMED, fresh, by=by, source=source)
    told = {str(m): [facts.get(m, EMPTY).claimed, amount] for m, amount in sorted(fresh.items())}
    values_changed(row, Series.ACTUAL_CLAIMED, told, by=by)
    measure_edited(measure, by=by)
    return effect_locked(row.pk, None)


def require_claim(effect: Effect, by: Actor) -> int:
    """V5: the right to claim here, by a person, for S4 must know who it was: answers who."""
    by.require(Permission.TREE_VIEW, effect.measure.path)
    if by.membership_id is None or not may_claim_at(effect, by):
        raise Forbidden
    by.require_writing()
    return by.membership_id


def _says_something(facts: MonthFacts, amount: Decimal | None) -> bool:
    return facts.claimed != amount or (facts.state is MonthState.REJECTED and amount is not None)


def _refuse_future(wanted: Mapping[Month, Decimal | None], tenant: Tenant) -> None:
    now = month_at(today_of(tenant))
    text = _("This month has not begun; only what has happened can be claimed.")
    if errors := {f"cells.{month}": [text] for month in sorted(wanted) if month > now}:
        raise Refused("future_month", errors=errors)


def _refuse_closed(fresh: Mapping[Month, Decimal | None]) -> None:
    """V4: closed months take no claim, nor is one taken back there."""
    if not fresh:
        return
    books = open_books()
    codes = {month: claim_refusal_in(books.state(month)) for month in sorted(fresh)}
    if errors := {f"cells.{m}": [TEXTS[code]] for m, code in codes.items() if code}:
        is_locked = "period_closed" in codes.values()
        raise Conflict("period_closed" if is_locked else "period_submitted", errors=errors)


def _refuse_accepted(
    fresh: Mapping[Month, Decimal | None], facts: Mapping[Month, MonthFacts]
) -> None:
    text = _("Finance has validated this month; ask for a restatement (S8).")
    taken = [month for month in sorted(fresh) if facts.get(month, EMPTY).state in ACCEPTED]
    if taken:
        raise Conflict("already_validated", errors={f"cells.{month}": [text] for month in taken})
