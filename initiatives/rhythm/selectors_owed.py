"""What an owner owes now: each measure with what its update starts from (R2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from governance.audit.models import AuditEvent
from governance.audit.sentences import Sentence
from governance.calendars.selectors import current_calendar
from governance.history import sentence_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.tree.rules import below
from initiatives.choices import Overlay
from initiatives.lights import HeadLight, Lamps, lamps_of, named
from initiatives.milestones.models import Milestone
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.rules import OWING_STAGES, ReportingPeriod, comes_late
from initiatives.rhythm.selectors import rhythms_of

# A page that is filled in at one go; what is beyond it comes once these are reported.
MOST_UPDATES = 100
EVENTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class OwedUpdate:
    """One measure of an owner, the period that an update would answer, and what it starts from."""

    measure: Measure
    period: ReportingPeriod
    last: StatusReport | None = None
    milestones: Sequence[Milestone] = ()
    events: Sequence[Sentence] = ()
    lights: Sequence[HeadLight] = ()

    @property
    def seen(self) -> str:
        """What the last report is and in which version; empty without one."""
        return f"{self.last.public_id}:{self.last.version}" if self.last else ""

    @property
    def is_answered(self) -> bool:
        """Whether an update for the period stands."""
        return self.last is not None and answers(self.last) >= self.period.first_on


def answers(report: StatusReport) -> date:
    """The day that a report answers."""
    day: date = report.answers_on or report.reported_on
    return day


def owing_measures(by: Actor) -> QuerySet[Measure]:
    """The measures for which the acting person owes updates, by their codes."""
    here = below(by.scope.paths(Permission.TREE_VIEW), "package__path")
    rows: QuerySet[Measure] = Measure.objects.filter(
        here, owner=by.membership_id, overlay=Overlay.ACTIVE, stage__in=OWING_STAGES
    )
    return rows.select_related("package", "stage_model").order_by("code")


def owed_updates(by: Actor, tenant: Tenant) -> list[OwedUpdate]:
    """All measures that owe an update under a rhythm in force, answered ones too.

    Ten queries and those of the lights, whatever the number; none without a rhythm.
    """
    if by.membership_id is None:
        return []
    rhythms = rhythms_of(tenant, current_calendar())
    if rhythms.default is None and not rhythms.own:
        return []
    measures = list(owing_measures(by))
    last = _last_own([row.pk for row in measures])
    found = []
    for row in measures:
        report = last.get(row.pk)
        stands = rhythms.standing_at(row.path)
        period = stands.answered(rhythms.now, answers(report) if report else None)
        if period is not None:
            found.append(OwedUpdate(row, period, report))
    return found


def with_facts(owed: Sequence[OwedUpdate], today: date) -> list[OwedUpdate]:
    """The same with late milestones, derived lights and the last events since the last report."""
    ids = [one.measure.pk for one in owed]
    milestones, events = _late_milestones(ids, today), _events_since(owed)
    lamps: Mapping[int, Lamps] = lamps_of([one.measure for one in owed])
    return [
        OwedUpdate(
            one.measure,
            one.period,
            one.last,
            milestones.get(one.measure.pk, ()),
            events.get(one.measure.code, ()),
            named(lamps.get(one.measure.pk, {})),
        )
        for one in owed
    ]


def _last_own(measure_ids: Sequence[int]) -> dict[int, StatusReport]:
    """The newest report of each measure's own side; one query."""
    rows = StatusReport.objects.filter(measure__in=list(measure_ids), rater="")
    newest = rows.order_by("-measure_id", "-reported_on", "-id").distinct("measure_id")
    return {row.measure_id: row for row in newest}


def _late_milestones(measure_ids: Sequence[int], today: date) -> dict[int, list[Milestone]]:
    """Open milestones that are overdue or expected late; one query."""
    rows = Milestone.objects.filter(
        Q(forecast_on__gt=F("plan_on")) | Q(plan_on__lt=today),
        measure__in=list(measure_ids),
        done_at__isnull=True,
    )
    found: dict[int, list[Milestone]] = {}
    for row in rows.order_by("plan_on", "id"):
        if comes_late(row.plan_on, row.forecast_on, today):
            found.setdefault(row.measure_id, []).append(row)
    return found


def _events_since(owed: Sequence[OwedUpdate]) -> dict[str, list[Sentence]]:
    """The last few events of each measure after its last report, newest first; one query."""
    since = {one.measure.code: one.last.created_at if one.last else None for one in owed}
    rows = AuditEvent.objects.filter(subject_type="measure", subject_key__in=list(since))
    rows = rows.exclude(action__startswith="status_report.")
    place = Window(RowNumber(), partition_by=[F("subject_key")], order_by=F("id").desc())
    rows = rows.annotate(place=place).filter(place__lte=EVENTS_SHOWN)
    found: dict[str, list[Sentence]] = {}
    for row in rows.order_by("-id"):
        moment = since[row.subject_key]
        if moment is None or row.recorded_at > moment:
            found.setdefault(row.subject_key, []).append(sentence_of(row))
    return found
