"""Reading how the tenant closes its months, which are closed, and what waits in them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q

from governance.calendars.selectors import current_calendar, today_of
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.reading import once
from initiatives.selectors import visible_measures
from kpis.actuals.models import Claim, SecondSignature, Validation
from kpis.actuals.rules import month_at
from kpis.periods.choices import PeriodState
from kpis.periods.models import Period
from kpis.periods.rules import Closing
from kpis.rules import Month
from kpis.settings.rules import SHIPPED
from kpis.settings.selectors import value_settings

PERIOD_LOCK = 4731
MONTHS_SHOWN = 24


def closing_of() -> Closing:
    """How the tenant closes its months: three queries, one where no settings were published.

    A gate that asks several times within one block of `reading` reads it once.
    """
    return once("closing", _closing)


def _closing() -> Closing:
    terms = value_settings()
    # Without settings in force no month was ever kept, and so none stands in a row.
    if terms is SHIPPED:
        return Closing()
    rows = Period.objects.values_list("month", "state")
    stored = {month_at(day): PeriodState(state) for day, state in rows}
    return Closing(terms, current_calendar(), stored)


def last_closed_of(tenant: Tenant) -> Month:
    """The latest closed month of a tenant; queries as `closing_of`."""
    return closing_of().last_closed(today_of(tenant))


def share_periods() -> None:
    """Who claims or judges works beside others, but not beside somebody who closes a month.

    Held until the end of the transaction, so that what `closing_of` says next stays true.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, %s)", [PERIOD_LOCK, active_tenant_id()]
        )


@dataclass(frozen=True, slots=True)
class Books:
    """How months are closed on a day, held as it is until the end of the transaction."""

    closing: Closing
    today: date

    def state(self, month: Month) -> PeriodState:
        return self.closing.state(month, self.today)


def open_books() -> Books:
    """The active tenant's books for who claims or judges, beside others but not a closing."""
    share_periods()
    return Books(closing_of(), today_of(Tenant.objects.get(pk=active_tenant_id())))


def period_rows() -> dict[Month, Period]:
    """What was done to months, with who did it; one query."""
    rows = Period.objects.select_related("changed_by__user")
    return {month_at(row.month): row for row in rows}


@dataclass(slots=True)
class Counts:
    """How many claims of a month wait, count, or stand rejected."""

    waiting: int = 0
    validated: int = 0
    rejected: int = 0


def claim_counts(by: Actor, *, since: Month, until: Month) -> dict[Month, Counts]:
    """The latest claims in visible measures by month and what became of them; one query.

    An adjustment without its second signature waits; a claim that was taken back is none.
    """
    later = Claim.objects.filter(
        effect=OuterRef("effect"), month=OuterRef("month"), pk__gt=OuterRef("pk")
    )
    of_claim = Validation.objects.filter(claim=OuterRef("pk"))
    signed = SecondSignature.objects.filter(validation=OuterRef("pk"))
    counting = of_claim.filter(~Q(outcome="rejected"), Q(needs_second=False) | Exists(signed))
    rows = (
        Claim.objects.filter(
            ~Exists(later),
            month__range=(since.first_day, until.first_day),
            amount__isnull=False,
            effect__measure__in=visible_measures(by),
        )
        .annotate(counts=Exists(counting), rejects=Exists(of_claim.filter(outcome="rejected")))
        .order_by()
        .values_list("month", "counts", "rejects")
        .annotate(number=Count("id"))
    )
    found: dict[Month, Counts] = {}
    for day, is_counted, is_rejected, number in rows:
        line = found.setdefault(month_at(day), Counts())
        if is_counted:
            line.validated += number
        elif is_rejected:
            line.rejected += number
        else:
            line.waiting += number
    return found


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One month with its state, its dates, what waits in it, and who closed it."""

    month: Month
    state: PeriodState
    claims_until: date
    validated_until: date
    counts: Counts = field(default_factory=Counts)
    row: Period | None = None
    # What is still running is closed by nobody, and months lock in their order.
    is_over: bool = True
    is_next: bool = False


def period_lines(
    tenant: Tenant, months: Iterable[Month], closing: Closing, *, by: Actor
) -> list[PeriodLine]:
    """Months with all that their page shows, in the given order; two queries."""
    asked, today = list(months), today_of(tenant)
    if not asked:
        return []
    rows = period_rows()
    counts = claim_counts(by, since=min(asked), until=max(asked))
    return [
        PeriodLine(
            month=month,
            state=closing.state(month, today),
            claims_until=closing.claims_until(month),
            validated_until=closing.validated_until(month),
            counts=counts.get(month, Counts()),
            row=rows.get(month),
            is_over=month < month_at(today),
            is_next=closing.is_closed(month.plus(-1), today),
        )
        for month in asked
    ]


def recent_periods(
    tenant: Tenant, *, until: Month | None = None, by: Actor
) -> tuple[list[PeriodLine], Month | None]:
    """The running month and the last ones that are kept, the newest first.

    With them the one before them if there is one.
    """
    closing, today = closing_of(), today_of(tenant)
    kept = closing.months(today) + closing.running(today)
    months = [month for month in kept if until is None or month <= until]
    shown = months[-MONTHS_SHOWN:][::-1]
    earlier = months[-MONTHS_SHOWN - 1] if len(months) > MONTHS_SHOWN else None
    return period_lines(tenant, shown, closing, by=by), earlier


def period_line(tenant: Tenant, month: Month, *, by: Actor) -> PeriodLine:
    """One month; raises `NotVisible` where it is not kept or not over."""
    closing = closing_of()
    if month not in closing.months(today_of(tenant)):
        raise NotVisible
    return period_lines(tenant, [month], closing, by=by)[0]
