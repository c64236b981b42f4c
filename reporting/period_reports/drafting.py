"""The draft of a report: all that is told of a node for a period, before anybody signs (R4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from governance.audit.rules import plain
from governance.calendars.rules import local_day
from governance.errors import Invalid
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from initiatives.rhythm.rules import ReportingPeriod
from initiatives.rhythm.selectors import Rhythms
from kpis.rules import FIRST_YEAR, LAST_YEAR, Month
from reporting.bridge_facts import Window, bridge_of
from reporting.period_reports.facts_events import (
    Stretch,
    decisions_body,
    exceptions_body,
    milestones_body,
    overrides_body,
    updates_body,
)
from reporting.period_reports.facts_figures import (
    amount_of,
    figures_body,
    figures_of,
    lights_body,
)
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.rules import draft_hash

# A bridge replays what happened to each measure: above so many it has a page of its own.
MOST_BRIDGED = 1_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be signed now: the facts, their hash, and how current the figures are."""

    period: ReportingPeriod
    facts: Mapping[str, Any]
    computed_at: datetime
    is_current: bool

    @property
    def hash(self) -> str:
        return draft_hash(self.facts)


def draft_of(
    node: Node,
    period: ReportingPeriod,
    since: datetime,
    *,
    tenant: Tenant,
    by: Actor,
    rhythms: Rhythms,
) -> Draft:
    """What a report of a period of a node says now, with what happened after `since`.

    Figures and lights are those of the moment, events go up to the end of the period. A fixed
    number of queries but for the bridge, whose size is limited.
    """
    until = min(timezone.now(), _end_of(period.due_on, rhythms))
    stretch = Stretch(node, since, until, local_day(rhythms.now, rhythms.zone))
    figures = figures_of(node, tenant, by)
    facts = {
        "tenant": tenant.public_id,
        "node": {
            "id": node.public_id,
            "code": node.code,
            "name": node.name,
            "level": figures.level,
        },
        "period": {
            "first_on": period.first_on,
            "due_on": period.due_on,
            "due_at": period.due_at,
        },
        "since": since,
        "figures": figures_body(figures, tenant),
        "lights": lights_body(node, figures, tenant, by),
        "overrides": overrides_body(stretch),
        "updates": updates_body(stretch, period, rhythms),
        "decisions": decisions_body(stretch),
        "milestones": milestones_body(stretch),
        "exceptions": exceptions_body(stretch),
        "bridge": _bridge(node, since, tenant, figures.measures),
    }
    return Draft(period, plain(facts), figures.computed_at, figures.is_current)


def since_of(period: ReportingPeriod, last: PeriodReport | None, rhythms: Rhythms) -> datetime:
    """From when on a report tells of events: from where the last one ended, if there is one.

    So nothing is told twice and nothing is lost, also where a period was left out.
    """
    if last is None:
        return _start_of(period.first_on, rhythms)
    return min(last.signed_at, _end_of(last.due_on, rhythms))


def _start_of(day: date, rhythms: Rhythms) -> datetime:
    return datetime.combine(day, time.min, tzinfo=rhythms.zone)


def _end_of(day: date, rhythms: Rhythms) -> datetime:
    return _start_of(day + timedelta(days=1), rhythms)


def _bridge(node: Node, since: datetime, tenant: Tenant, measures: int) -> dict[str, Any] | None:
    """How the forecast came from the last report to now (F8); None where that is too much."""
    if measures > MOST_BRIDGED:
        return None
    months = Month(FIRST_YEAR, 1).first_day, Month(LAST_YEAR, 12).plus(1).first_day
    try:
        bridge = bridge_of([node.path], Window(since, timezone.now(), *months), tenant)
    except Invalid:  # more has happened than one request replays
        return None
    return {
        "start": amount_of(bridge.start),
        "steps": {step.value: amount_of(amount) for step, amount in bridge.steps.items() if amount},
        "end": amount_of(bridge.end),
    }
