"""What falls due on measures: milestones, conditions, reviews of holds (T6, T9, D1, G10)."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from approvals.choices import ConditionState
from approvals.escalations.choices import EndReason, Tier
from approvals.escalations.registry import Overdue, Settled, Source
from approvals.models import ApprovalCondition
from governance.calendars.rules import business_days_before, end_of_day, local_day
from governance.calendars.selectors import current_calendar, zone_of
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.choices import Overlay, Stage
from initiatives.gates.position import SUBJECT
from initiatives.milestones.models import Milestone
from initiatives.models import Measure

# Before the decision a plan is still a proposal, after the closure nobody works on it.
UNDER_WAY: Final = (Stage.DECIDED, Stage.IMPLEMENTED)
# People hear of a condition this many business days before its day: after it nothing can be mended.
DAYS_BEFORE: Final = 3


def tenant_zone() -> ZoneInfo:
    """The time zone of the active tenant; one query."""
    return zone_of(Tenant.objects.get(pk=active_tenant_id()))


def overdue_milestones(now: datetime) -> Iterable[Overdue]:
    """Milestones past their day, the forecast's where there is one; two queries."""
    zone = tenant_zone()
    rows = Milestone.objects.filter(
        done_at__isnull=True,
        measure__overlay__in=[Overlay.ACTIVE, Overlay.ON_HOLD],
        measure__stage__in=UNDER_WAY,
    ).annotate(day=Coalesce(F("forecast_on"), F("plan_on")))
    rows = rows.filter(day__lt=local_day(now, zone)).select_related("measure")
    for row in rows.order_by("day", "id"):
        yield owed_on(
            row.measure,
            key=f"{row.public_id}:{row.day.isoformat()}",
            label=row.title,
            page="plan/",
            due_at=end_of_day(row.day, zone),
            owes=[row.measure.owner_id],
        )


def settled_milestones(keys: Sequence[str]) -> Mapping[str, Settled]:
    """Done by whom, or given another day; one query."""
    days = {key: key.rsplit(":", 1) for key in keys}
    ids = [uuid.UUID(public_id) for public_id, _day in days.values()]
    rows = {str(row.public_id): row for row in Milestone.objects.filter(public_id__in=ids)}
    found: dict[str, Settled] = {}
    for key, (public_id, day) in days.items():
        row = rows.get(public_id)
        if row is not None and row.done_at is not None:
            found[key] = Settled(EndReason.DONE, row.done_by_id)
        elif row is not None and (row.forecast_on or row.plan_on) != date.fromisoformat(day):
            found[key] = Settled(EndReason.MOVED)
    return found


def nearing_conditions(now: datetime) -> Iterable[Overdue]:
    """Open conditions from three business days before their day on; four queries at most."""
    zone, calendar = tenant_zone(), current_calendar()
    today = local_day(now, zone)
    rows = list(
        ApprovalCondition.objects.filter(subject_type=SUBJECT, state=ConditionState.OPEN)
        .select_related("request__place")
        .order_by("due_on", "id")
    )
    measures = measures_by_id(row.subject_id for row in rows)
    for row in rows:
        start, measure = business_days_before(row.due_on, DAYS_BEFORE, calendar), None
        if start <= today:
            measure = measures.get(row.subject_id)
        if measure is None or measure.overlay == Overlay.CANCELLED:
            continue
        owed = owed_on(
            measure,
            key=str(row.public_id),
            label=row.text,
            page="decisions/",
            due_at=end_of_day(row.due_on, zone),
            owes=[row.owner_id],
        )
        yield replace(
            owed, runs_from=datetime.combine(start, time.min, tzinfo=zone).astimezone(UTC)
        )


def settled_conditions(keys: Sequence[str]) -> Mapping[str, Settled]:
    """Accepted by whom; a condition that lapsed put its measure on hold and is owed no longer."""
    ids = [uuid.UUID(key) for key in keys]
    rows = ApprovalCondition.objects.filter(public_id__in=ids, state=ConditionState.MET)
    return {str(row.public_id): Settled(EndReason.DONE, row.settled_by_id) for row in rows}


def overdue_reviews(now: datetime) -> Iterable[Overdue]:
    """Measures on hold past the day on which that is looked at again (T9); two queries."""
    zone = tenant_zone()
    rows: QuerySet[Measure] = Measure.objects.filter(
        overlay=Overlay.ON_HOLD, review_on__lt=local_day(now, zone)
    )
    for row in rows.order_by("review_on", "id"):
        if row.review_on is not None:
            owed = owed_on(
                row,
                key=f"{row.pk}:{row.review_on.isoformat()}",
                label=row.name,
                page="",
                due_at=end_of_day(row.review_on, zone),
                owes=[row.owner_id],
            )
            yield replace(owed, is_stopped=False)  # a hold does not stop its own review


def settled_reviews(keys: Sequence[str]) -> Mapping[str, Settled]:
    """Looked at again: resumed, cancelled, or given a later day; one query."""
    ids = {key: int(key.split(":", 1)[0]) for key in keys}
    held = {row.pk for row in Measure.objects.filter(pk__in=ids.values(), overlay=Overlay.ON_HOLD)}
    return {
        key: Settled(EndReason.MOVED if pk in held else EndReason.DONE) for key, pk in ids.items()
    }


def measures_by_id(ids: Iterable[int]) -> dict[int, Measure]:
    """Measures by their ids; one query."""
    return {row.pk: row for row in Measure.objects.filter(pk__in=set(ids))}


def owed_on(
    measure: Measure,
    *,
    key: str,
    label: str,
    page: str,
    due_at: datetime,
    owes: Iterable[int | None],
) -> Overdue:
    """Something people owe on a measure, nobody where None is named; `page` is below its own.

    Its clock runs from `due_at` and stands while the measure is on hold.
    """
    return Overdue(
        key=key,
        subject_type=SUBJECT,
        subject_id=measure.pk,
        code=measure.code,
        label=label,
        link=f"measures/{measure.code}/{page}",
        place_id=measure.package_id,
        due_at=due_at,
        owes=tuple(member for member in owes if member is not None),
        sponsor=measure.sponsor_id,
        forum=measure.forum_id,
        is_stopped=measure.overlay == Overlay.ON_HOLD,
    )


SOURCES: Final = (
    Source(
        code="milestone",
        label=_("Milestone"),
        is_finance=False,
        shipped={
            Tier.OWES: 1,
            Tier.PACKAGE_LEAD: 3,
            Tier.PROGRAM_MANAGER: 6,
            Tier.SPONSOR: 10,
            Tier.FORUM_CHAIR: 15,
        },
        due=overdue_milestones,
        settled=settled_milestones,
    ),
    Source(
        code="condition",
        label=_("Condition"),
        is_finance=False,
        shipped={Tier.OWES: 0, Tier.PACKAGE_LEAD: 2},
        due=nearing_conditions,
        settled=settled_conditions,
    ),
    Source(
        code="hold_review",
        label=_("Review of a hold"),
        is_finance=False,
        shipped={Tier.OWES: 0, Tier.SPONSOR: 3, Tier.FORUM_CHAIR: 10},
        due=overdue_reviews,
        settled=settled_reviews,
    ),
)
