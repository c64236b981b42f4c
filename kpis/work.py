"""What waits for people around values: months to claim, to validate and to sign (V4, V5)."""

from typing import Final

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from governance.calendars.rules import end_of_day
from governance.calendars.selectors import today_of, zone_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.work.registry import Work, WorkKind, WorkLine
from governance.work.selectors import shown_and_count
from kpis.actuals.overdue import recent_months, unclaimed
from kpis.actuals.queue import month_counts, seconds_for
from kpis.periods.choices import PeriodState
from kpis.periods.selectors import closing_of


def claims(by: Actor, tenant: Tenant, most: int) -> Work:
    """Months that are over, open, and not claimed yet for planned effects of one's own."""
    closing, today, zone = closing_of(), today_of(tenant), zone_of(tenant)
    mine = Q(owner=by.membership_id) | Q(owner=None, measure__owner=by.membership_id)
    lines = [
        WorkLine(
            measure.name,
            f"measures/{measure.code}/values/",
            measure.code,
            date_format(month.first_day, "F Y"),
            end_of_day(closing.claims_until(month), zone),
        )
        for month in recent_months(closing, timezone.now())
        if closing.state(month, today) is PeriodState.OPEN
        for measure, _owners in unclaimed(month, mine)
    ]
    return Work(len(lines), lines[:most])


def validations(by: Actor, _tenant: Tenant, most: int) -> Work:
    """Claims that a controller judges, month by month, the oldest first."""
    waiting = [row for row in reversed(month_counts(by)) if row.waiting]
    lines = [
        WorkLine(
            ngettext("%(number)s claim", "%(number)s claims", row.waiting)
            % {"number": row.waiting},
            f"controlling/?month={row.month}",
            note=date_format(row.month.first_day, "F Y"),
        )
        for row in waiting[:most]
    ]
    return Work(sum(row.waiting for row in waiting), lines)


def second_signatures(by: Actor, _tenant: Tenant, most: int) -> Work:
    """Adjustments above the claim that wait for a second finance person (S4)."""
    found, count = shown_and_count(seconds_for(by).order_by("id"), most)
    lines = [
        WorkLine(
            row.effect.measure.name,
            "controlling/#second-signatures",
            row.effect.measure.code,
            date_format(row.month, "F Y"),
        )
        for row in found
    ]
    return Work(count, lines)


WORK: Final = (
    WorkKind(
        "claims",
        _("Months to claim"),
        "calendar",
        60,
        claims,
        permission=Permission.MEASURE_EDIT_OWN,
    ),
    WorkKind(
        "validations",
        _("Claims to validate"),
        "clipboard-check",
        12,
        validations,
        page="kpis:controlling",
        path="controlling/",
        permission=Permission.VALUE_VALIDATE,
    ),
    WorkKind(
        "second-signatures",
        _("Second signatures"),
        "clipboard-check",
        13,
        second_signatures,
        page="kpis:controlling",
        path="controlling/#second-signatures",
        permission=Permission.VALUE_VALIDATE,
    ),
)
