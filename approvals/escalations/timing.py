"""When the levels of escalations are due: business days of the calendar each began under (S5)."""

from datetime import datetime

from approvals.clock import Clock, Clocks
from approvals.escalations.models import Escalation
from approvals.escalations.rules import Days, Level, due_levels, levels_of
from approvals.escalations.selectors import SHIPPED_NUMBER, policies_numbered, policy_in_force
from governance.calendars.rules import NoBusinessDay
from governance.calendars.selectors import current_calendar


class Timetable:
    """Calendars and policies of one run; each is read once."""

    def __init__(self) -> None:
        self.clocks = Clocks()
        self.calendar_number = current_calendar().number
        row = policy_in_force()
        self.policy_number = row.number if row else SHIPPED_NUMBER
        self.policies: dict[int, dict[str, Days]] = {}

    def levels(self, row: Escalation) -> tuple[Level, ...]:
        """The chain of an escalation by the policy it began under."""
        if row.policy_number not in self.policies:
            self.policies[row.policy_number] = policies_numbered(row.policy_number)
        return levels_of(self.policies[row.policy_number].get(row.source, {}))

    def clock(self, row: Escalation) -> Clock:
        return self.clocks.of(row.calendar_number)

    def moment(self, row: Escalation, level: Level) -> datetime | None:
        """When a level is due; None where the calendar leaves no business day for ten years."""
        try:
            return self.clock(row).due_after(level.after_days + row.days_lost, row.runs_from)
        except NoBusinessDay:
            return None

    def due(self, row: Escalation, now: datetime) -> list[Level]:
        """The levels that are due and not reached; empty before `next_at`, without a look."""
        if row.next_at is None or row.next_at > now:
            return []
        levels = self.levels(row)
        moments = [self.moment(row, level) for level in levels]
        return [levels[number - 1] for number in due_levels(row.level, moments, now)]

    def next_at(self, row: Escalation) -> datetime | None:
        """When the level after the last one that was reached is due."""
        levels = self.levels(row)
        return self.moment(row, levels[row.level]) if row.level < len(levels) else None

    def begin(self, row: Escalation, now: datetime) -> None:
        """Set the first due time of a row that is new.

        Days that passed before anybody could be told do not count: whoever is nearest hears of it
        first, however long it was overdue when it was noticed.
        """
        row.next_at = self.next_at(row)
        if row.next_at is not None and row.next_at < now:
            row.days_lost = max(0, -self.clock(row).days_left(row.next_at, now) - 1)
            row.next_at = self.next_at(row)

    def resume(self, row: Escalation, now: datetime) -> None:
        """Let a stopped clock run on; the business days it stood do not count (G10)."""
        if row.stopped_at is not None:
            row.days_lost += max(0, -self.clock(row).days_left(row.stopped_at, now))
        row.stopped_at, row.next_at = None, None
        row.next_at = self.next_at(row)
