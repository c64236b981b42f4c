"""What happened below a node in a window of time, as a report freezes it.

Every list names at most `MOST_LISTED` entries and tells how many there are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window

from approvals.exceptions.choices import ENDED, LIVE, UNANSWERED
from approvals.exceptions.models import GovernanceException
from approvals.models import ApprovalDecision
from governance.audit.rules import plain
from governance.tree.models import Node
from governance.tree.rules import below
from initiatives.choices import Overlay
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from initiatives.rhythm.rules import ReportingPeriod, periods
from initiatives.rhythm.selectors import Rhythms
from kpis.figures.models import LightOverride
from reporting.facts import fetch, path_clause
from reporting.period_reports.rules import MOST_LISTED
from reporting.rhythm_sql import owed_in_period


@dataclass(frozen=True, slots=True)
class Stretch:
    """A node and the time that a report tells of: after `since`, up to `until`."""

    node: Node
    since: datetime
    until: datetime
    today: date

    def within(self, field: str) -> Q:
        return Q(**{f"{field}__gt": self.since, f"{field}__lte": self.until})

    def below(self, field: str) -> Q:
        return below([self.node.path], field)


def updates_body(stretch: Stretch, period: ReportingPeriod, rhythms: Rhythms) -> dict[str, Any]:
    """Updates owed for the period, in time, late, and of whom none has come; two queries.

    Programs with a calendar of their own below a place above them count with what was due in the
    days of the period.
    """
    clause, params = path_clause([stretch.node.path])
    params |= _periods(period, rhythms, stretch.node.path)
    params |= {"zone": rhythms.zone.key, "most": MOST_LISTED}
    owed, in_time, late, missing, ids = fetch(owed_in_period(clause), params)[0]
    # No measure has the id 0: a draft costs the same whether an update is missing or not.
    rows = Measure.objects.filter(pk__in=ids or [0]).select_related("owner__user").order_by("code")
    items = [
        {"measure": row.code, "name": row.name, "owner": row.owner.name if row.owner else ""}
        for row in rows
    ]
    counts = {"owed": owed, "in_time": in_time, "late": late}
    return {**counts, "missing": {"count": missing, "items": items}}


def _periods(period: ReportingPeriod, rhythms: Rhythms, path: str) -> dict[str, Any]:
    """The period itself for the calendar of the place, and what else falls into its days."""
    terms = rhythms.terms_at(path)
    found: list[tuple[int, ReportingPeriod]] = []
    for program, own in {0: rhythms.default, **rhythms.own}.items():
        if own == terms:
            found.append((program, period))
        elif own is not None:
            days = (period.first_on, period.due_on)
            rows = periods(own, *days, rhythms.calendar, rhythms.zone)
            found += [(program, one) for one in rows]
    return {
        "programs": [program for program, _one in found],
        "place": [1 for _one in found],
        "first_on": [one.first_on for _program, one in found],
        "due_on": [one.due_on for _program, one in found],
        "due_at": [one.due_at for _program, one in found],
        "own": sorted(rhythms.own),
    }


def overrides_body(stretch: Stretch) -> dict[str, Any]:
    """Lights stated otherwise that count today, by the measures' codes; two queries."""
    later = LightOverride.objects.filter(
        stretch.below("measure__package__path"), expires_on__gte=stretch.today
    )
    # The latest of a light counts, also where it is one that has expired.
    keys = set(later.order_by().values_list("measure", "light"))
    rows = LightOverride.objects.filter(measure__in={pk for pk, _light in keys})
    latest = rows.order_by("measure", "light", "-id").distinct("measure", "light")
    counted = [
        row
        for row in latest.select_related("measure", "stated_by__user")
        if row.expires_on >= stretch.today
    ]
    counted.sort(key=lambda row: (row.measure.code, row.light))
    return _listed(counted, len(counted), _override)


def _override(row: LightOverride) -> Mapping[str, Any]:
    return {
        "measure": row.measure.code,
        "name": row.measure.name,
        "light": row.light,
        "derived": row.derived,
        "stated": row.stated,
        "by": row.stated_by.name,
        "until": row.expires_on,
        "reason": row.reason,
    }


def decisions_body(stretch: Stretch) -> dict[str, Any]:
    """Decisions of the window, latest first, and what moved by them; two queries."""
    rows = ApprovalDecision.objects.filter(
        stretch.below("request__place__path"), stretch.within("decided_at")
    )
    moved = Q(to_state=F("request__from_state"), to_overlay=F("request__from_overlay"))
    moves: dict[str, int] = {}
    for transition in (
        rows.exclude(moved).order_by("id").values_list("request__transition", flat=True)
    ):
        moves[transition] = moves.get(transition, 0) + 1
    found = rows.select_related("request", "decided_by__user").order_by("-decided_at", "-id")
    return {**_counted(found, _decision), "moves": moves}


def _decision(row: ApprovalDecision) -> Mapping[str, Any]:
    request = row.request
    return {
        "subject": request.subject_code,
        "transition": request.transition,
        "outcome": row.outcome,
        "at": row.decided_at,
        "by": row.decided_by.name if row.decided_by else "",
        "stage": [request.from_state, row.to_state],
        "overlay": [request.from_overlay, row.to_overlay],
    }


def milestones_body(stretch: Stretch) -> dict[str, Any]:
    """Milestones done in the window, and open ones that are or come late; two queries."""
    rows = Milestone.objects.filter(
        stretch.below("measure__package__path"), measure__overlay=Overlay.ACTIVE
    ).select_related("measure")
    late = Q(forecast_on__gt=F("plan_on")) | Q(plan_on__lt=stretch.today)
    done = rows.filter(stretch.within("done_at")).order_by("-done_at", "-id")
    open_late = rows.filter(late, done_at__isnull=True, plan_on__isnull=False)
    return {
        "done": _counted(done, _milestone),
        "late": _counted(open_late.order_by("-is_critical", "plan_on", "id"), _milestone),
    }


def _milestone(row: Milestone) -> Mapping[str, Any]:
    return {
        "measure": row.measure.code,
        "title": row.title,
        "is_critical": row.is_critical,
        "plan_on": row.plan_on,
        "forecast_on": row.forecast_on,
        "actual_on": row.actual_on,
    }


def exceptions_body(stretch: Stretch) -> dict[str, Any]:
    """Exceptions opened and ended in the window, and those that wait now; three queries."""
    rows = GovernanceException.objects.filter(stretch.below("place__path"))
    opened = rows.filter(stretch.within("opened_at")).order_by("-opened_at", "-id")
    ended = rows.filter(stretch.within("closed_at"), state__in=ENDED).order_by("-closed_at", "-id")
    live = rows.filter(state__in=LIVE).order_by("-rank", "-id")
    return {
        "opened": _counted(opened, _exception),
        "ended": _counted(ended, _exception),
        "live": _counted(live, _exception),
    }


def _exception(row: GovernanceException) -> Mapping[str, Any]:
    return {
        "code": row.code,
        "subject": row.subject_code,
        "source": row.source,
        "title": row.title,
        "tier": row.tier,
        "state": row.state,
        "outcome": row.outcome,
        "is_unanswered": row.state in UNANSWERED,
    }


def _counted(rows: QuerySet[Any], tell: Callable[[Any], Mapping[str, Any]]) -> dict[str, Any]:
    """How many rows there are and the first of them; one query."""
    found = list(rows.annotate(total=Window(Count("pk")))[:MOST_LISTED])
    return _listed(found, found[0].total if found else 0, tell)


def _listed(
    rows: Iterable[Any], count: int, tell: Callable[[Any], Mapping[str, Any]]
) -> dict[str, Any]:
    shown: Sequence[Any] = list(rows)[:MOST_LISTED]
    return {"count": count, "items": [plain(tell(row)) for row in shown]}
