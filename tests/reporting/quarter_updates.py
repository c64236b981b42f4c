"""Weekly updates and exceptions of the quarter: what people do, and by plain counting what is due.

Nothing here asks the product when a period ends: Fridays are counted with a calendar of its own.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from approvals.escalations.models import Escalation, EscalationReceiver
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.services.handling import (
    Option,
    exception_ask,
    exception_assign,
    exception_decide,
)
from approvals.exceptions.services.opening import ExceptionDraft, exception_open
from governance.people.models import Membership
from governance.permissions.selectors import actor_for
from initiatives.gates.exceptions import subject_of
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.rules import RhythmTerms
from tests.houses import House
from tests.initiatives.rhythm.keeping import in_rhythm

FRIDAY, MONDAY, WORKING_DAYS = 5, 1, 5
ONE_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
NOON, DUE = time(12), time(17)
# How likely an owner of each habit updates a measure on Friday, or on Monday at the latest.
ON_FRIDAY = {0.7: 0.93, 0.12: 0.6, 0.0: 0.0}
ON_MONDAY = {0.7: 0.6, 0.12: 0.2, 0.0: 0.0}
EXCEPTIONS = 20


def at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, tzinfo=UTC)


@dataclass
class Updates:
    """Who updated what for which Friday, and who is silent by that."""

    house: House
    start: date
    habits: dict[int, float]
    luck: random.Random
    measures: dict[int, Measure] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    given: dict[int, dict[date, datetime]] = field(default_factory=lambda: defaultdict(dict))
    owed: Counter[date] = field(default_factory=Counter)
    silent: set[int] = field(default_factory=set)
    streaks: Counter[int] = field(default_factory=Counter)

    def begin(self, measures: Iterable[Measure]) -> None:
        """All is due on Fridays at five, and missed on Monday at five."""
        in_rhythm(self.house, RhythmTerms(starts_on=self.start))
        self.measures = {row.pk: row for row in measures}

    @property
    def first_friday(self) -> date:
        """The first that is owed: the one before ends the period of the first day."""
        return friday_from(self.start) + A_WEEK

    def work(self, day: date) -> None:
        """What owners give on a working day: on Fridays, late on Mondays, or once they are told."""
        told = self._told()
        if day.isoweekday() == FRIDAY and day >= self.first_friday:
            self.owed[day] = sum(pk not in self.held for pk in self.measures)
        found: list[StatusReport] = []
        for pk, row in self.measures.items():
            friday = friday_from(day)
            if day.isoweekday() == MONDAY and self._may_be_late(pk, friday - A_WEEK):
                friday -= A_WEEK
            if pk in self.held or friday in self.given[pk] or friday < self.first_friday:
                continue
            if self.luck.random() < self._zeal(row, day, is_told=pk in told):
                self.given[pk][friday] = at(day, NOON)
                found.append(self._report(row, day, friday))
        StatusReport.objects.bulk_create(found)

    def _told(self) -> set[int]:
        rows = EscalationReceiver.objects.filter(
            escalation__source="status_update", escalation__ended_at__isnull=True, number=1
        )
        return set(rows.values_list("escalation__subject_id", flat=True))

    def _may_be_late(self, pk: int, friday: date) -> bool:
        return friday >= self.first_friday and friday not in self.given[pk]

    def _zeal(self, row: Measure, day: date, *, is_told: bool) -> float:
        habit = self.habits[row.owner_id or 0]
        by_day = {FRIDAY: ON_FRIDAY, MONDAY: ON_MONDAY}.get(day.isoweekday())
        return max(by_day[habit] if by_day else 0.0, habit if is_told else 0.0)

    def _report(self, row: Measure, day: date, friday: date) -> StatusReport:
        return StatusReport(
            measure=row,
            reported_on=day,
            answers_on=friday,
            due_at=at(friday, DUE),
            created_at=at(day, NOON),
            light="green",
            source="form",
            author="owner",
            added_by_id=row.owner_id,
        )

    def count(self, day: date) -> None:
        """Who is silent in the night that begins a day: nothing for the last Friday whose Monday
        has passed, or a later one."""
        last = friday_from(day) - A_WEEK
        if day <= last + 3 * ONE_DAY:
            last -= A_WEEK
        now = set()
        if last >= self.first_friday:
            now = {
                pk
                for pk in self.measures
                if pk not in self.held and max(self.given[pk], default=self.start) < last
            }
        self.streaks.update(now - self.silent)
        self.silent = now

    def story(self) -> list[str]:
        """Week by week: due, given in time and late, missed, and the streaks that began with it."""
        began = Counter(
            row.due_at.date() for row in Escalation.objects.filter(source="status_update")
        )
        lines = []
        for friday, due in sorted(self.owed.items()):
            moments = [days[friday] for days in self.given.values() if friday in days]
            late = sum(moment > at(friday, DUE) for moment in moments)
            lines.append(
                f"due {friday:%d.%m.}: {due:3} updates, {len(moments) - late:3} in time, "
                f"{late:2} late, {due - len(moments):3} missed, {began[friday]:3} escalated"
            )
        return lines


def friday_from(day: date) -> date:
    """The day itself, or the Friday after it."""
    return day + timedelta(days=(FRIDAY - day.isoweekday()) % 7)


@dataclass
class Deviations:
    """Exceptions of the first day, which nobody hurries to answer."""

    house: House
    habits: dict[int, float]
    luck: random.Random
    rows: list[GovernanceException] = field(default_factory=list)

    def begin(self, measures: list[Measure]) -> None:
        pmo = self.house.actor("pmo")
        for number, row in enumerate(self.luck.sample(measures, EXCEPTIONS)):
            draft = ExceptionDraft(subject_of(row), f"Deviation {number}", "supply")
            made = exception_open(draft=draft, by=pmo)
            self.rows.append(
                exception_assign(row=made, owner=row.owner, seen_version=made.version, by=pmo)
            )

    def work(self) -> None:
        """Owners who hear of it ask, and the chair of the forum decides."""
        told = EscalationReceiver.objects.filter(
            escalation__source="exception", escalation__ended_at__isnull=True, number=1
        ).select_related("escalation")
        for one in told.order_by("id"):
            if self.luck.random() < self.habits.get(one.member_id, 0.0):
                self._decide(one)

    def _decide(self, told: EscalationReceiver) -> None:
        rows = GovernanceException.objects.select_related("place")
        row = rows.get(code=told.escalation.item_key)
        owner = Membership.objects.select_related("user").get(pk=told.member_id)
        option = Option("accelerate", "Pay for express freight", "100.00")
        asked = exception_ask(
            row=row,
            ask="May we?",
            options=[option],
            seen_version=row.version,
            by=actor_for(owner, via="page"),
        )
        exception_decide(
            row=asked,
            outcome="accelerate",
            rationale="It must not stop.",
            seen_version=asked.version,
            by=self.house.actor("forum_member"),
        )
