"""What waits for people around measures: decisions, updates, milestones, conditions, fields."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.choices import RequestState
from approvals.models import ApprovalCondition, ApprovalRequest
from approvals.selectors import conditions_owned, conditions_to_accept, inbox, visible_requests
from governance.calendars.rules import end_of_day
from governance.calendars.selectors import today_of, zone_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.work.registry import Work, WorkKind, WorkLine
from governance.work.selectors import shown_and_count
from initiatives.choices import Overlay, Stage
from initiatives.gates.transitions import asked_for
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from initiatives.overdue import UNDER_WAY
from initiatives.rhythm.selectors_owed import owed_updates
from initiatives.rules import missing_fields
from initiatives.selectors import MeasureFilters, measure_list, measure_names, visible_measures

# Milestones are shown this many days before their day.
DAYS_AHEAD: Final = 7
# When a milestone comes.
DAY: Final = Coalesce(F("forecast_on"), F("plan_on"))


def decisions(by: Actor, _tenant: Tenant, most: int) -> Work:
    """Requests that wait for a person's vote, the most urgent first; as the inbox says."""
    rows = inbox(by).order_by(F("due_at").asc(nulls_last=True), "id")
    steps, count = shown_and_count(rows, most)
    names = measure_names(step.request.subject_id for step in steps) if most else {}
    return Work(count, [_request_line(step.request, names, due_at=step.due_at) for step in steps])


def asked(by: Actor, _tenant: Tenant, most: int) -> Work:
    """Open requests that a person made and others decide, the oldest first."""
    rows = visible_requests(by).filter(requested_by=by.membership_id, state=RequestState.OPEN)
    found, count = shown_and_count(rows.order_by("id"), most)
    names = measure_names(row.subject_id for row in found) if most else {}
    return Work(count, [_request_line(row, names) for row in found])


def updates(by: Actor, tenant: Tenant, most: int) -> Work:
    """Measures that owe the update of the running period (R1)."""
    owed = [one for one in owed_updates(by, tenant) if not one.is_answered]
    owed.sort(key=lambda one: (one.period.due_at, one.measure.code))
    lines = [
        WorkLine(one.measure.name, "my-updates/", one.measure.code, due_at=one.period.due_at)
        for one in owed[:most]
    ]
    return Work(len(owed), lines)


def milestones(by: Actor, tenant: Tenant, most: int) -> Work:
    """Milestones of one's own measures that are late or come soon."""
    soon = today_of(tenant) + timedelta(days=DAYS_AHEAD)
    rows = _milestones(by).filter(measure__owner=by.membership_id, done_at__isnull=True)
    rows = rows.filter(Q(forecast_on__lte=soon) | Q(forecast_on=None, plan_on__lte=soon))
    return _of_milestones(rows, zone_of(tenant), most)


def acceptances(by: Actor, tenant: Tenant, most: int) -> Work:
    """Milestones that are said to be done and that this person accepts (S1)."""
    rows = _milestones(by).filter(
        acceptor=by.membership_id, done_at__isnull=False, accepted_at__isnull=True
    )
    return _of_milestones(rows, zone_of(tenant), most)


def conditions(by: Actor, tenant: Tenant, most: int) -> Work:
    """Open conditions to meet, and those to accept (T6)."""
    owned, to_meet = shown_and_count(conditions_owned(by), most)
    accepted, to_accept = shown_and_count(conditions_to_accept(by), most)
    rows = [(row, _("to meet")) for row in owned] + [(row, _("to accept")) for row in accepted]
    rows.sort(key=lambda pair: (pair[0].due_on, pair[0].pk))
    zone = zone_of(tenant)
    lines = [_condition_line(row, word, zone) for row, word in rows[:most]]
    return Work(to_meet + to_accept, lines)


def gaps(by: Actor, _tenant: Tenant, most: int) -> Work:
    """One's own measures without all governability fields, which bars their gates."""
    wanted = MeasureFilters(missing="any")
    rows = (
        measure_list(wanted, by=by)
        .filter(owner=by.membership_id, overlay=Overlay.ACTIVE)
        .exclude(stage=Stage.CLOSED)
    )
    found, count = shown_and_count(rows.order_by("code"), most)
    lines = [
        WorkLine(row.name, f"measures/{row.code}/edit/", row.code, _missing(row)) for row in found
    ]
    return Work(count, lines)


def _missing(measure: Measure) -> str:
    names = ", ".join(str(field.label) for field in missing_fields(measure))
    return _("lacks %(fields)s") % {"fields": names}


def _request_line(
    row: ApprovalRequest, names: Mapping[int, str], due_at: datetime | None = None
) -> WorkLine:
    name = names.get(row.subject_id, row.subject_code)
    path = f"gate-requests/{row.public_id}/"
    return WorkLine(name, path, row.subject_code, asked_for(row.transition), due_at)


def _condition_line(row: ApprovalCondition, word: str, zone: ZoneInfo) -> WorkLine:
    code = row.request.subject_code
    path = f"measures/{code}/decisions/"
    return WorkLine(row.text, path, code, word, end_of_day(row.due_on, zone))


def _milestones(by: Actor) -> QuerySet[Milestone]:
    """Milestones of visible measures under way."""
    rows: QuerySet[Milestone] = Milestone.objects.filter(
        measure__in=visible_measures(by),
        measure__overlay=Overlay.ACTIVE,
        measure__stage__in=UNDER_WAY,
    )
    return rows


def _of_milestones(rows: QuerySet[Milestone], zone: ZoneInfo, most: int) -> Work:
    found, count = shown_and_count(rows.select_related("measure").order_by(DAY, "id"), most)
    lines = [
        WorkLine(
            row.title,
            f"measures/{row.measure.code}/plan/",
            row.measure.code,
            row.measure.name,
            end_of_day(day, zone) if day else None,
        )
        for row in found
        for day in [row.forecast_on or row.plan_on]
    ]
    return Work(count, lines)


WORK: Final = (
    WorkKind(
        "decisions",
        gettext_lazy("Decisions"),
        "gavel",
        10,
        decisions,
        page="initiatives:decisions",
        path="decisions/",
    ),
    WorkKind(
        "updates",
        gettext_lazy("Updates"),
        "report-analytics",
        20,
        updates,
        page="initiatives:my-updates",
        path="my-updates/",
        permission=Permission.MEASURE_EDIT_OWN,
    ),
    WorkKind("milestones", gettext_lazy("Milestones"), "flag", 30, milestones),
    WorkKind("acceptances", gettext_lazy("Milestones to accept"), "flag", 35, acceptances),
    WorkKind("conditions", gettext_lazy("Conditions"), "list-check", 40, conditions),
    WorkKind("gaps", gettext_lazy("Missing fields"), "list-details", 80, gaps),
    WorkKind(
        "asked",
        gettext_lazy("What you asked for"),
        "send",
        90,
        asked,
        path="decisions/?tab=asked",
        is_told=True,
    ),
)
