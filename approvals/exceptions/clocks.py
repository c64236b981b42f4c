"""When an exception is due, by the calendar it was opened under (E2, S5)."""

from datetime import datetime

from approvals.clock import Clock
from approvals.exceptions.choices import Tier
from approvals.exceptions.rules import STANDARD
from governance.calendars.rules import STANDARD as EVERY_WEEKDAY
from governance.calendars.rules import NoBusinessDay, due_at


def due_after(tier: Tier, start: datetime, clock: Clock) -> datetime:
    """The end of the tier's last business day after `start`.

    A calendar that leaves no business day is counted Monday to Friday instead: an exception
    without a due time would never climb, and one that is due at once would climb at once.
    """
    days = STANDARD.clock_days[tier]
    try:
        return clock.due_after(days, start)
    except NoBusinessDay:
        return due_at(start, days, EVERY_WEEKDAY, clock.zone)
