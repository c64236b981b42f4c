"""Silence escalates: measures whose owed update has not come, found without reading the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from approvals.escalations.choices import EndReason, Tier
from approvals.escalations.registry import Overdue, Settled, Source
from governance.calendars.selectors import current_calendar
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from initiatives.choices import Overlay
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.rules import OWING_STAGES, ReportingPeriod, first_missed
from initiatives.rhythm.selectors import rhythms_of
from initiatives.rhythm.silence_sql import silent_rows


def overdue_updates(now: datetime) -> Iterator[Overdue]:
    """Measures that are stale at a moment (L4), each with the first update that it missed.

    One streak of silence has one key, by the last period that was answered in its time: a report
    about earlier days changes nothing of it. Four queries; three where nothing was missed.
    """
    tenant = Tenant.objects.get(pk=active_tenant_id())
    rhythms = rhythms_of(tenant, current_calendar(), now)
    terms = {0: rhythms.default, **rhythms.own}
    missed: dict[int, list[ReportingPeriod]] = {}
    for pk, code, name, owner, sponsor, forum, package, program, since, answered in silent_rows(
        rhythms, tenant.pk
    ):
        if program not in missed:
            missed[program] = rhythms.missed_of(terms[program])
        period = first_missed(missed[program], since)
        yield Overdue(
            key=silence_key(pk, answered),
            subject_type=SUBJECT,
            subject_id=pk,
            code=code,
            label=name,
            link=f"measures/{code}/status/",
            place_id=package,
            due_at=period.due_at,
            owes=(owner,),
            sponsor=sponsor,
            forum=forum,
            runs_from=period.overdue_at,
        )


def settled_updates(keys: Sequence[str]) -> Mapping[str, Settled]:
    """Updated by whom; else owed by another calendar, or no longer; two queries."""
    asked = {key: int(key.split(":", 1)[0]) for key in keys}
    owing = Measure.objects.filter(
        pk__in=asked.values(), overlay=Overlay.ACTIVE, stage__in=OWING_STAGES, owner__isnull=False
    )
    still, latest = set(owing.values_list("pk", flat=True)), _latest(asked.values())
    found: dict[str, Settled] = {}
    for key, pk in asked.items():
        report = latest.get(pk)
        if report is not None and _answers(report, key, still):
            found[key] = Settled(EndReason.DONE, report.added_by_id)
        elif pk in still:
            found[key] = Settled(EndReason.MOVED)
    return found


def _answers(report: StatusReport, key: str, still: set[int]) -> bool:
    """Whether a streak ended by a report; one without a period, as of an import, may not have."""
    if report.answers_on is None:
        return report.measure_id in still
    return silence_key(report.measure_id, report.answers_on) != key


def _latest(measure_ids: Iterable[int]) -> dict[int, StatusReport]:
    """The report of each measure's own side that answers the latest day; one query."""
    rows = StatusReport.objects.filter(measure__in=set(measure_ids), rater="")
    rows = rows.order_by("measure_id", Coalesce("answers_on", "reported_on").desc(), "-id")
    return {row.measure_id: row for row in rows.distinct("measure_id")}


def silence_key(owed_by: int, answered_on: date | None) -> str:
    """The key of a streak that began after the period of that day; None where none was answered.

    `owed_by` is the id of the measure, or of the place, that no report came of.
    """
    return f"{owed_by}:{answered_on or 'never'}"


SOURCES: Final = (
    Source(
        code="status_update",
        label=_("Status update"),
        is_finance=False,
        shipped={
            Tier.OWES: 0,
            Tier.PACKAGE_LEAD: 2,
            Tier.PROGRAM_MANAGER: 5,
            Tier.SPONSOR: 10,
        },
        due=overdue_updates,
        settled=settled_updates,
    ),
)
