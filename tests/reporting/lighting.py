"""Random portfolios with milestones and stated lights, spread over the tree."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.calendars.rules import Holiday
from governance.calendars.services import CalendarDraft, calendar_propose, calendar_publish
from governance.people.choices import Role
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_create
from initiatives.milestones.models import Milestone
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.rules import RhythmTerms
from kpis.figures.choices import Lamp, LightName
from kpis.figures.models import LightOverride
from reporting.rollups.selectors import freshness
from reporting.rollups.services import drain, refresh
from tests.houses import House
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.kpis.oracle.loading import loaded
from tests.kpis.oracle.portfolios import Dice, RawMeasure


def packages(house: House) -> list[Node]:
    """Packages below both programs, two of them below one project."""
    by = house.system(Role.PMO)
    found = [house.package]
    project = node_create(
        parent=house.other_program, draft=NodeDraft(Level.PROJECT, "Second project"), by=by
    )
    for parent in (house.project, project):
        draft = NodeDraft(Level.PACKAGE, "Another package")
        found.append(node_create(parent=parent, draft=draft, by=by))
    return found


def with_calendar(house: House) -> None:
    """A calendar in which Saturdays are worked and some days are free, weekends among them."""
    days = [date(2025, 12, 31) - timedelta(days=9 * n) for n in range(60)]
    draft = CalendarDraft(
        working_days=frozenset(range(1, 7)), holidays=[Holiday(day, "Free") for day in days]
    )
    made = calendar_propose(draft=draft, by=house.actor("pmo"))
    calendar_publish(number=made.number, seen_version=1, by=house.actor("administrator"))


def spread(
    house: House, portfolio: list[RawMeasure], places: Sequence[Node], today: date, seed: int
) -> list[Measure]:
    """The measures in random packages, with random milestones and stated lights."""
    dice, rows = Dice(seed), loaded(house, portfolio)
    for row in rows:
        move_to(house, [row], dice.random.choice(places))
        for number in range(dice.random.choice((0, 1, 2, 4))):
            Milestone.objects.create(**_milestone(house, row, today, dice, number))
        for _stated in range(dice.random.choice((0, 0, 1, 2))):
            LightOverride.objects.create(**_override(house, row, today, dice))
        _reported(house, row, today, dice)
    ids = [row.pk for row in rows]
    found = Measure.objects.select_related("package", "stage_model").filter(pk__in=ids)
    return list(found.order_by("id"))


def _reported(house: House, row: Measure, today: date, dice: Dice) -> None:
    """When it was written down, whose it is, and some reports, of others too."""
    Measure.objects.filter(pk=row.pk).update(
        created_at=datetime.combine(_day(today, dice), time(22, 30), tzinfo=UTC),
        owner=None if dice.often(0.2) else house.people["owner"],
    )
    days = {_day(today, dice) for _report in range(dice.random.choice((0, 1, 2)))}
    StatusReport.objects.bulk_create(
        StatusReport(measure=row, **_said(day, dice)) for day in sorted(days)
    )


def _said(day: date, dice: Dice) -> dict[str, Any]:
    rater = "IPA" if dice.often(0.2) else ""
    answers_on = None if rater or dice.often(0.5) else day + timedelta(days=2)
    due_at = answers_on and datetime.combine(answers_on, time(17), tzinfo=UTC)
    return {
        "reported_on": day,
        "rater": rater,
        "light": "green",
        "source": "form",
        "author": "x",
        "answers_on": answers_on,
        "due_at": due_at,
    }


def with_rhythm(house: House, today: date, dice: Dice) -> None:
    """Sometimes a calendar of the tenant's, sometimes one of the second program's own."""
    for program in (None, house.other_program):
        if dice.often(0.3):
            continue
        terms = RhythmTerms(
            rhythm=dice.random.choice(list(ReportRhythm)),
            weekday=dice.random.randint(1, 7),
            grace_days=dice.random.choice((0, 1, 4)),
            starts_on=today - timedelta(days=dice.random.choice((1, 30, 300))),
        )
        in_rhythm(house, terms, program)


def move_to(house: House, rows: Sequence[Measure], package: Node) -> None:
    """Put measures into another package, past the service."""
    record(AuditAction.MEASURE_CHANGED, subject=Subject("measure", "x", "x"), by=house.system())
    Measure.objects.filter(pk__in=[row.pk for row in rows]).update(package=package)


def _day(today: date, dice: Dice) -> date:
    return today + timedelta(days=dice.random.choice((-40, -20, -8, -3, 0, 0, 2, 6, 8, 25, 40)))


def _milestone(house: House, row: Measure, today: date, dice: Dice, number: int) -> dict[str, Any]:
    is_done = dice.often(0.3)
    is_accepted = is_done and dice.often(0.7)
    return {
        "measure": row,
        "title": f"Step {number}",
        "weight": dice.random.choice((1, 5, 10, 40)),
        "is_critical": dice.often(0.5),
        "plan_on": None if dice.often(0.1) else _day(today, dice),
        "forecast_on": _day(today, dice) if dice.often(0.6) else None,
        "actual_on": today if is_done else None,
        "done_at": timezone.now() if is_done else None,
        "done_by": house.people["owner"] if is_done else None,
        "acceptor": house.people["sponsor"],
        "accepted_at": timezone.now() if is_accepted else None,
        "accepted_by": house.people["sponsor"] if is_accepted else None,
    }


def _override(house: House, row: Measure, today: date, dice: Dice) -> dict[str, Any]:
    derived, stated = dice.random.sample((Lamp.GREEN, Lamp.AMBER, Lamp.RED), 2)
    return {
        "measure": row,
        "light": dice.random.choice(list(LightName)),
        "derived": derived,
        "stated": stated,
        "reason": "x",
        "expires_on": today + timedelta(days=dice.random.choice((-1, 0, 20))),
        "stated_by": house.people["owner"],
    }


def settled(tenant: Tenant) -> None:
    """Drain until nothing is left."""
    refresh(tenant)
    while drain(tenant):
        pass
    assert freshness(tenant).is_current
