"""Reading the rhythm: which calendar holds where, where it stands, and which measures are stale."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from governance.calendars.rules import BusinessCalendar, local_day
from governance.calendars.selectors import current_calendar, zone_of
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.rules import below
from governance.versions.choices import VersionState
from governance.versions.selectors import versions_of
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.models import ReportingCalendar
from initiatives.rhythm.rules import (
    LOOK_BACK,
    ReportingPeriod,
    RhythmTerms,
    Standing,
    is_stale,
    owes_updates,
    periods,
    standing,
)

NOWHERE = Standing()


@dataclass(frozen=True, slots=True)
class Rhythms:
    """The reporting calendars in force at a moment: the tenant's, and those of single programs."""

    now: datetime
    calendar: BusinessCalendar
    zone: ZoneInfo
    default: RhythmTerms | None = None
    own: Mapping[int, RhythmTerms] = field(default_factory=dict)

    def terms_at(self, path: str) -> RhythmTerms | None:
        """What holds at or below a program; None where no calendar was published."""
        return self.own.get(program_of(path), self.default)

    def standing_at(self, path: str) -> Standing:
        """Where the rhythm of a place stands."""
        return self.standing_of(self.terms_at(path))

    def standing_of(self, terms: RhythmTerms | None) -> Standing:
        return NOWHERE if terms is None else standing(terms, self.now, self.calendar, self.zone)

    def missed_of(self, terms: RhythmTerms | None) -> list[ReportingPeriod]:
        """The periods whose grace has passed, as far as one looks back, the oldest first."""
        if terms is None:
            return []
        today = local_day(self.now, self.zone)
        every = periods(terms, today - LOOK_BACK, today, self.calendar, self.zone)
        return [period for period in every if period.overdue_at < self.now]

    @property
    def stale_before(self) -> date | None:
        """L4 in the programs without a calendar of their own."""
        return self.standing_of(self.default).stale_before

    @property
    def stale_before_in(self) -> dict[int, date | None]:
        """L4 in the programs that have one, by id."""
        return {pk: self.standing_of(terms).stale_before for pk, terms in sorted(self.own.items())}


def program_of(path: str) -> int:
    """The id of the program that a path at or below one goes through; 0 above programs."""
    parts = path.rstrip("/").split("/")
    return int(parts[Level.PROGRAM]) if len(parts) > Level.PROGRAM else 0


def rhythms_of(tenant: Tenant, calendar: BusinessCalendar, now: datetime | None = None) -> Rhythms:
    """The reporting calendars of the active tenant as they hold now; one query."""
    rows = ReportingCalendar.objects.filter(state=VersionState.PUBLISHED).order_by("id")
    terms = {row.program_id or 0: row.terms for row in rows}
    default = terms.pop(0, None)
    return Rhythms(now or timezone.now(), calendar, zone_of(tenant), default, terms)


def last_answers(measure_ids: Iterable[int]) -> dict[int, date]:
    """Which day the last update of each measure's own side answers; one query."""
    rows = StatusReport.objects.filter(measure_id__in=list(measure_ids), rater="").order_by()
    day = Max(Coalesce("answers_on", "reported_on"))
    return dict(rows.values_list("measure_id").annotate(day=day))


def stale_measures(measures: Iterable[Measure], rhythms: Rhythms) -> set[int]:
    """Which of these measures, with their `package`, are stale (L4); a query if any can be."""
    stale_before: dict[int, tuple[Measure, date]] = {}
    known: dict[RhythmTerms | None, date | None] = {}
    for row in measures:
        terms = rhythms.terms_at(row.path)
        if terms not in known:
            known[terms] = rhythms.standing_of(terms).stale_before
        day = known[terms]
        owing = owes_updates(
            Stage(row.stage), Overlay(row.overlay), has_owner=row.owner_id is not None
        )
        if day is not None and owing:
            stale_before[row.pk] = (row, day)
    if not stale_before:
        return set()
    last = last_answers(stale_before)
    return {
        pk
        for pk, (row, day) in stale_before.items()
        if is_stale(local_day(row.created_at, rhythms.zone), last.get(pk), day)
    }


def period_answered(measure: Measure, reported_on: date) -> ReportingPeriod | None:
    """The period that a report written now answers, if a rhythm holds; at most four queries.

    One about a day before that period answers none: it is about what was, and comes too late.
    """
    tenant = Tenant.objects.get(pk=measure.tenant_id)
    rhythms = rhythms_of(tenant, current_calendar())
    terms = rhythms.terms_at(measure.path)
    if terms is None:
        return None
    last = last_answers([measure.pk]).get(measure.pk)
    period = rhythms.standing_of(terms).answered(rhythms.now, last)
    return None if period is None or reported_on < period.first_on else period


def rhythm_hold(node_ids: Sequence[int]) -> str:
    """A refusal code where a calendar was ever proposed for one of these nodes; one query."""
    rows = ReportingCalendar.objects.filter(program__in=node_ids)
    return "node_has_rhythm" if rows.exists() else ""


# --- versions -----------------------------------------------------------------------------------


def calendar_versions(by: Actor) -> QuerySet[ReportingCalendar]:
    """Versions of the tenant's calendar and of visible programs', with people, newest first."""
    here = below(by.scope.paths(Permission.TREE_VIEW), "program__path")
    rows = versions_of(ReportingCalendar).select_related(
        "program", "proposed_by__user", "published_by__user"
    )
    return rows.filter(Q(program__isnull=True) | here)


def calendars_in_force(by: Actor) -> list[ReportingCalendar]:
    """What holds: the tenant's calendar first, then the programs' by their codes. One query."""
    rows = calendar_versions(by).filter(state=VersionState.PUBLISHED)
    return sorted(rows, key=lambda row: row.program.code if row.program else "")


def calendars_proposed(by: Actor) -> list[ReportingCalendar]:
    """What waits for a second person (S5), the oldest first. One query."""
    return list(calendar_versions(by).filter(state=VersionState.DRAFT).order_by("number"))


def calendar_version(number: int, *, by: Actor) -> ReportingCalendar:
    """One version by its number; raises `NotVisible`."""
    row = calendar_versions(by).filter(number=number).first()
    if row is None:
        raise NotVisible
    return row
